"""Figures of the base from counts: the median by hand, shares of patterns, nothing said of nothing."""

import pytest

from contact_center.loyalty.base_figures import BaseCounts, Part, base_figures, median_of
from contact_center.loyalty.lifecycle import stages
from contact_center.loyalty.repair import Close, RepairCase, TaskDone, Tick, as_history, opened, step


@pytest.mark.parametrize(
    ("counted", "median"),
    [
        ({}, None),
        ({7: 1}, 7.0),
        ({4: 1, 8: 1}, 6.0),
        ({3: 2, 5: 1}, 3.0),
        ({3: 2, 5: 2}, 4.0),
        ({9: 0}, None),
    ],
)
def test_the_median_of_counted_values(counted: dict[int, int], median: float | None) -> None:
    assert median_of(counted) == median


def test_shares_are_of_what_is_known() -> None:
    found = base_figures(
        BaseCounts(
            period="month",
            stable=Part(hits=3, n=4),
            stable_after={4: 1, 8: 2},
            patterns={"early_abort": 1, "long_term": 3},
            declines=10,
            recovered=4,
            declining=5,
            in_time=Part(hits=45, n=50),
        )
    )
    assert (found.stable.value, found.became_stable, found.periods_to_stable) == (0.75, 3, 8.0)
    assert [(each.pattern, each.of.value, each.of.n) for each in found.endings] == [
        ("early_abort", 0.25, 4),
        ("midway_death", 0.0, 4),
        ("early_exit", 0.0, 4),
        ("long_term", 0.75, 4),
    ]
    assert (found.recovered.value, found.declining) == (0.4, 5)
    assert found.in_time.value == 0.9
    assert (round(found.in_time.low, 4), round(found.in_time.high, 4)) == (0.7864, 0.9565)  # Wilson, by hand
    assert (found.satisfied.value, found.satisfied.n) == (None, 0)


def test_of_nobody_nothing_is_said() -> None:
    nobody = base_figures(BaseCounts())
    assert (nobody.stable.value, nobody.recovered.value, nobody.periods_to_stable) == (None, None, None)
    assert [each.of.value for each in nobody.endings] == [None] * 4


def test_what_keeping_brought_needs_both_groups() -> None:
    few = base_figures(BaseCounts(treated=[10.0] * 500, held_out=[0.0] * 29)).retained
    assert (few.treated, few.held_out, few.profit, few.low) == (500, 29, None, None)
    found = base_figures(BaseCounts(treated=[9.0, 11.0] * 50, held_out=[7.0, 9.0] * 20)).retained
    assert found.profit == pytest.approx(200.0), "2 more of each of 100"
    # by hand: variances 100/99 and 40/39, the error of the difference sqrt(1/99 + 1/39), times 1.96 × 100
    assert found.low == pytest.approx(162.94, abs=0.01)
    assert found.high == pytest.approx(237.06, abs=0.01)


def test_when_it_first_was_stable_is_what_its_history_shows() -> None:
    """Also of who left, came again, and was stable sooner: his present relationship counts."""
    grown = [10.0, 25.0, 45.0, 65.0, 82.0, 95.0, *[100.0] * 12]
    seen, last = stages(grown, 100.0)
    assert last.stable_after == seen.index("stable") + 1
    _, again = stages([*grown, *[0.0] * 4, *[100.0] * 8], 100.0)
    assert again.reactivated
    assert 0 < again.stable_after < last.stable_after
    _, never = stages([1.0] * 3, 100.0)
    assert never.stable_after == 0


def complaint() -> RepairCase:
    found = opened(case="r", customer="c", reaction="voice", tier="gold", owner="", now=0.0)
    assert found is not None
    return found


def test_a_promise_is_kept_broken_or_open() -> None:
    open_ = complaint()
    assert open_.in_time is None
    kept, _ = step(step(open_, TaskDone(task="apology"), 60.0)[0], Close(outcome="final_reply"), 120.0)
    assert kept.in_time is True
    broken, _ = step(open_, Tick(), 30 * 86_400.0)
    assert broken.in_time is False
    assert step(broken, Close(outcome="final_reply"), 31 * 86_400.0)[0].in_time is False
    assert as_history(open_).in_time is None, "history promised nothing"
