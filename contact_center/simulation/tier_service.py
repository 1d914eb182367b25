"""How each tier is served against its own target, the staff that target takes, and what serving costs. Pure.

The share is §5.1 of the theory, answered in time / (offered − short abandons), with its Wilson interval;
staff hours are Erlang C at the tier's target, hour by hour as the calls came, each tier alone (§4.3,
"capacity allocation"). Tiers that share agents need fewer together: the sum is the price of a level for each.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from contact_center.loyalty.measures import Share, share
from contact_center.loyalty.policy import Policy, TierLevers
from contact_center.loyalty.segments import TIERS, Tier
from contact_center.simulation.queueing import erlang_c

HOUR_S: Final = 3600.0
DAY_S: Final = 86_400.0
MONTH_DAYS: Final = 365.25 / 12
Group = Tier | Literal["none"]
"""A tier, or everybody without one: strangers, the new, who refused profiling."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TierTraffic:
    """What a span of time shows of a tier's customers.

    `offered` calls were answered or given up in queues that go by tiers, `within` of them answered within the
    tier's target, `short` given up at once; `wait_s` they waited together. `hours` are how many came in each
    hour that had any. `handled` calls took `work_s` of agents there; `all_work_s` is everywhere. `value` is
    the lifetime profit of the tier's customers, None where no money is known; `remedies` what was given to
    make good.
    """

    offered: int = 0
    within: int = 0
    short: int = 0
    hours: tuple[int, ...] = ()
    handled: int = 0
    wait_s: float = 0.0
    work_s: float = 0.0
    all_work_s: float = 0.0
    value: float | None = None
    remedies: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TierService:
    """One tier. `agents_busiest` and `staff_hours` keep its target; None while no call was handled.

    Money: `cost` of the span to serve its customers; `cost_share` is that cost, going on for the horizon of
    the lifetime profit, over that profit; None where there is none.
    """

    tier: Tier
    target_level: float
    target_s: float
    offered: int
    served: Share
    mean_wait_s: float | None
    mean_handle_s: float | None
    agents_busiest: int | None
    staff_hours: float | None
    cost: float
    value: float | None
    cost_share: float | None


def mean_wait_s(seen: TierTraffic) -> float | None:
    """Of all who were offered, answered or not: what the disparity between groups is seen by (theory §12)."""
    return seen.wait_s / seen.offered if seen.offered else None


def tier_service(
    traffic: Mapping[Group, TierTraffic], policy: Policy, span_days: float
) -> tuple[TierService, ...]:
    """Every tier, the highest first."""
    return tuple(_of(tier, traffic.get(tier, TierTraffic()), policy, span_days) for tier in TIERS)


def agents_for(calls_an_hour: float, handle_s: float, levers: TierLevers) -> int:
    """The fewest agents that answer the tier's share of calls within its time (Erlang C)."""
    arrivals_per_s = calls_an_hour / HOUR_S
    agents = int(arrivals_per_s * handle_s) + 1
    while (
        erlang_c(arrivals_per_s, handle_s, agents, levers.target_s).service_level < levers.target_level
        and levers.target_level < 1.0
    ):
        agents += 1
    return agents


def _of(tier: Tier, seen: TierTraffic, policy: Policy, span_days: float) -> TierService:
    levers = policy.levers[tier]
    handle_s = seen.work_s / seen.handled if seen.handled else None
    staff = _staff(seen.hours, handle_s, levers) if handle_s else None
    cost = seen.all_work_s / 60 * policy.value.cost_per_minute + seen.remedies
    ahead = policy.value.horizon_months * MONTH_DAYS / span_days
    return TierService(
        tier=tier,
        target_level=levers.target_level,
        target_s=levers.target_s,
        offered=seen.offered,
        served=share(seen.within, seen.offered - seen.short),
        mean_wait_s=mean_wait_s(seen),
        mean_handle_s=handle_s,
        agents_busiest=None if staff is None else max(staff, default=0),
        staff_hours=None if staff is None else float(sum(staff)),
        cost=cost,
        value=seen.value,
        cost_share=cost * ahead / seen.value if seen.value is not None and seen.value > 0 else None,
    )


def _staff(hours: Sequence[int], handle_s: float, levers: TierLevers) -> list[int]:
    """Agents of each hour that had calls."""
    needed = {calls: agents_for(calls, handle_s, levers) for calls in set(hours)}
    return [needed[calls] for calls in hours]
