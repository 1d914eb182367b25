"""Each tier against its own target: the share measured, Erlang's staff for it, cost to serve over worth."""

from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from contact_center.loyalty.measures import share
from contact_center.loyalty.policy import DEFAULT, TierLevers
from contact_center.loyalty.segments import TIERS
from contact_center.simulation.queueing import erlang_c
from contact_center.simulation.tier_service import TierTraffic, agents_for, tier_service

TWENTY = replace(DEFAULT.levers["iron"], target_level=0.8, target_s=20.0)


@pytest.mark.parametrize(
    ("calls_an_hour", "handle_s", "agents"),
    [(100, 180, 8), (200, 180, 14), (1, 180, 1)],
)
def test_staff_is_that_of_the_published_tables(calls_an_hour: float, handle_s: float, agents: int) -> None:
    """80 % in 20 s: 200 calls of 3 minutes (10 erlangs) take 14 agents, the usual worked example."""
    assert agents_for(calls_an_hour, handle_s, TWENTY) == agents
    load = calls_an_hour * handle_s / 3600
    reached = erlang_c(calls_an_hour / 3600, handle_s, agents, 20.0).service_level
    assert reached >= 0.8
    if agents - 1 > load:
        assert erlang_c(calls_an_hour / 3600, handle_s, agents - 1, 20.0).service_level < 0.8


@example(154, 899.9999999999999, "platinum")  # ten more are 41 erlangs, or a hair less
@given(st.integers(1, 400), st.floats(20, 900), st.sampled_from(TIERS))
def test_more_calls_or_a_tighter_target_never_need_fewer(calls: int, handle_s: float, tier: str) -> None:
    levers: TierLevers = DEFAULT.levers[tier]  # type: ignore[index]  # one of the tiers
    needed = agents_for(calls, handle_s, levers)
    assert needed > calls * handle_s / 3600, "stable"
    assert agents_for(calls + 10, handle_s, levers) >= needed
    assert agents_for(calls, handle_s, replace(levers, target_s=levers.target_s / 2)) >= needed
    assert agents_for(calls, handle_s, replace(levers, target_level=0.99)) >= needed


def test_a_tier_is_measured_staffed_and_priced() -> None:
    seen = TierTraffic(
        offered=100,
        within=76,
        short=3,
        hours={1: 100, 2: 20, 3: 20},
        handled=90,
        work_s=90 * 180.0,
        all_work_s=100 * 180.0,
        value=5400.0,
        remedies=30.0,
    )
    policy = replace(DEFAULT, levers=DEFAULT.levers | {"platinum": TWENTY})
    best, *others = tier_service({"platinum": seen}, policy, 365.25 / 12)
    assert best.served == share(76, 97)
    assert best.served.value == pytest.approx(0.7835, abs=1e-4), "theory §5.1: 78.35 %"
    assert (best.mean_handle_s, best.agents_busiest) == (180.0, 8)
    assert best.staff_hours == 8 + 2 * agents_for(20, 180.0, TWENTY)
    assert best.cost == pytest.approx(300 * 0.90 + 30)
    assert best.cost_share == pytest.approx(300 * 36 / 5400), (
        "the month's cost for 36 months over their profit"
    )
    for empty in others:
        assert (empty.served.value, empty.staff_hours, empty.cost_share) == (None, None, None)


def test_without_profit_no_share_is_named() -> None:
    for value in (None, 0.0, -5.0):
        (best, *_) = tier_service({"platinum": TierTraffic(value=value, all_work_s=60.0)}, DEFAULT, 28.0)
        assert (best.cost_share, best.value) == (None, value)
