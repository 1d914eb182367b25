"""The E-model against its published points, and what it must obey."""

from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry

from contact_center.cti import events as cti
from contact_center.metrics.exporter import EventCounters
from contact_center.telephony.quality import Quality, grade, mos, rating
from tests.calls import recorded


def leg(lost: float = 0.0, round_trip_ms: float | None = None, **more: float) -> Quality:
    return Quality(seconds=60, lost_in=lost, jitter_ms=1.0, round_trip_ms=round_trip_ms, **more)


def test_r_and_scores_of_the_recommendation() -> None:
    """G.107 Annex B: R 93.2 is MOS 4.41, R 80 is 4.03, R 70 is 3.60, R 60 is 3.10; G.113: 1 % random loss."""
    assert rating(0.0, 0.0) == 93.2
    assert mos(leg()) == 4.40  # with the 20 ms of one packet
    assert round(rating(0.01, 0.0), 2) == 89.56
    assert round(rating(0.0, 100.0), 1) == 90.8
    assert round(rating(0.0, 300.0), 2) == 72.5  # 7.2 of delay and 13.5 beyond 177.3 ms


def test_the_worse_direction_counts() -> None:
    assert mos(leg(0.05)) == mos(Quality(seconds=60, lost_in=0.0, jitter_ms=1.0, lost_out=0.05))


def test_grades() -> None:
    assert [grade(mos(leg(lost))) for lost in (0.0, 0.03, 0.08)] == ["good", "good", "poor"]
    assert grade(mos(leg(0.045))) == "fair"


def test_each_leg_that_ended_is_exported() -> None:
    registry = CollectorRegistry()
    counters = EventCounters(registry)
    for trip_ms in (80.0, None):
        ended = cti.QualityMeasured(
            contact="c",
            party="agent",
            agent="amy",
            number="",
            seconds=60.0,
            lost_in=0.02,
            lost_out=None,
            jitter_ms=3.0,
            round_trip_ms=trip_ms,
            mos=4.0,
        )
        counters.tell(recorded([ended]))

    def value(name: str, **labels: str) -> float | None:
        return registry.get_sample_value(f"cc_leg_{name}", {"party": "agent", **labels})

    assert (value("mos_sum"), value("lost_ratio_sum"), value("jitter_seconds_sum")) == (8.0, 0.04, 0.006)
    assert (value("round_trip_seconds_count"), value("round_trip_seconds_sum")) == (1.0, 0.08)


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 5_000), st.floats(0, 5_000), st.floats(0, 400))
def test_more_loss_or_delay_never_sounds_better(
    lost: float, more: float, trip_ms: float, longer_ms: float, buffer_ms: float
) -> None:
    before = Quality(seconds=1, lost_in=lost, jitter_ms=0, round_trip_ms=trip_ms, buffer_ms=buffer_ms)
    after = Quality(
        seconds=1,
        lost_in=min(1.0, lost + more),
        jitter_ms=0,
        round_trip_ms=trip_ms + longer_ms,
        buffer_ms=buffer_ms,
    )
    assert 1.0 <= mos(after) <= mos(before) <= 4.5
