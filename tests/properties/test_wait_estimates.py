"""The wait estimate keeps what it says: real waits fall inside its 80 % interval 78 to 82 % of the time."""

from collections import Counter
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contact_center.acd.estimate import LEVELS, Calibration, Estimate, Prospect, loss_s, prospect
from contact_center.acd.rules import PolicyName
from contact_center.simulation.estimates import Case, coverage, foretold
from contact_center.simulation.scenario import read_scenario

SCENARIOS = Path(__file__).parents[2] / "load_tests" / "scenarios"
CASES: list[tuple[str, PolicyName]] = [
    ("s1-x-model", "fair"),
    ("s2-n-model", "fair"),
    ("s3-two-skills", "fair"),
    ("s4-vip", "fair"),
    ("s5-burst", "fair"),
    ("s1-x-model", "target"),
    ("s5-burst", "fcfs"),
]


@cache
def told(name: str, policy: PolicyName) -> list[Case]:
    """What was told on one simulated day, and came of it."""
    return foretold(read_scenario(SCENARIOS / f"{name}.toml"), policy, 1, seed=11)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "policy"), CASES)
def test_the_interval_covers_what_it_says(name: str, policy: PolicyName) -> None:
    """Fixed seed; 2 000 to 6 000 waits each, so chance alone moves a share by less than 1 point."""
    scenario = read_scenario(SCENARIOS / f"{name}.toml")
    patience_s = {queue.name: queue.mean_patience_s for queue in scenario.queue}
    cases = [c for c in told(name, policy) if c.asked.stage == "entering"]
    seen = coverage(cases, patience_s)
    assert seen.cases > 1500
    assert 0.78 <= seen.covered <= 0.82, seen
    assert 0.765 <= seen.patient <= 0.825, seen
    assert abs(seen.below - seen.above) <= 0.06, seen
    for queue in patience_s:  # and not in total only
        mine = coverage([case for case in cases if case.queue == queue], patience_s)
        assert mine.cases < 500 or 0.75 <= mine.covered <= 0.85, (queue, mine)


@pytest.mark.slow
def test_an_interval_told_again_while_waiting_covers_it_too() -> None:
    """Of all of them together: those of one jam go alike, so a single day's share says little."""
    again = Counter[str]()
    for name, policy in CASES:
        waits = [case for case in told(name, policy) if case.asked.stage == "waiting" and case.served]
        again["all"] += len(waits)
        again["inside"] += sum(
            case.asked.estimate.low_s <= case.wait_s <= case.asked.estimate.high_s for case in waits
        )
    assert again["all"] > 5000
    assert 0.78 <= again["inside"] / again["all"] <= 0.82


@given(st.floats(0.0, 400.0), st.floats(1e-3, 10.0), st.one_of(st.just(0.0), st.floats(1e-5, 0.1)), st.data())
def test_more_ahead_or_fewer_agents_never_shorten_a_wait(
    ahead: float, rate_per_s: float, leave_per_s: float, data: st.DataObject
) -> None:
    one = prospect(ahead, rate_per_s, leave_per_s)
    more = prospect(ahead + data.draw(st.floats(0.01, 50.0)), rate_per_s, leave_per_s)
    slower = prospect(ahead, rate_per_s * data.draw(st.floats(0.1, 0.99)), leave_per_s)
    assert 0.0 < one.mean_s < more.mean_s
    assert one.mean_s < slower.mean_s
    assert one.stages > 0.0


@given(st.floats(0.1, 1e4), st.floats(0.5, 60.0), st.lists(st.tuples(st.floats(0, 10), st.booleans())))
def test_an_interval_is_always_in_order(
    mean_s: float, stages: float, waits: list[tuple[float, bool]]
) -> None:
    """Whatever it has learnt from."""
    calibration, situation = Calibration(), Prospect(mean_s=mean_s, stages=stages)
    for share, served in waits:
        told = calibration.scaled(situation)
        calibration.learn(told, situation, share * mean_s, served=served)
    estimate = calibration.estimate(situation)
    assert 0.0 <= estimate.low_s <= estimate.likely_s <= estimate.high_s
    assert len(calibration.z) == len(LEVELS)


def test_who_gives_up_does_not_shorten_what_is_told() -> None:
    """Three of ten wait long, and half of them do not wait to the end: the ends hold for who does."""
    draw = np.random.default_rng(3)
    calibration, situation = Calibration(), Prospect(mean_s=50.0, stages=2.0)
    beyond = [0, 0]
    for case in range(12_000):
        wait_s = float(draw.gamma(8.0, 18.0 if draw.random() < 0.3 else 2.0))
        patience_s = float(draw.exponential(180.0))
        told = calibration.estimate(situation)
        if case >= 2_000:
            beyond[0] += wait_s < told.low_s
            beyond[1] += wait_s > told.high_s
        scaled = calibration.scaled(situation)
        calibration.learn(scaled, situation, min(wait_s, patience_s), served=wait_s <= patience_s)
    assert beyond[0] / 10_000 == pytest.approx(0.1, abs=0.01)
    assert beyond[1] / 10_000 == pytest.approx(0.1, abs=0.01)


@given(
    st.lists(st.floats(0.0, 600.0), min_size=20, max_size=60),
    st.sampled_from([-1, 0, 1]),
    st.floats(1.0, 99.0),
)
def test_nobody_is_nearer_than_who_tells_the_true_quantiles(
    waits_s: list[float], which: int, off_s: float
) -> None:
    """What both calibrations of a queue are compared by."""
    ends = [float(each) for each in np.quantile(waits_s, (0.1, 0.5, 0.9), method="inverted_cdf")]
    true = Estimate(low_s=ends[0], likely_s=ends[1], high_s=ends[2])
    ends[which] += off_s
    other = Estimate(low_s=ends[0], likely_s=ends[1], high_s=ends[2])
    least, more = (sum(loss_s(each, wait_s) for wait_s in waits_s) for each in (true, other))
    assert least <= more + 1e-6
