"""The wait estimate keeps what it says: real waits fall inside its 80 % interval 78 to 82 % of the time."""

from collections import Counter
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contact_center.acd.estimate import LEVELS, Calibration, Prospect, prospect
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
