"""How each tier is served against its own target, the staff that target takes, and what serving costs. Pure.

The share is §5.1 of the theory, answered in time / (offered − short abandons), with its Wilson interval;
staff hours are Erlang C at the tier's target, hour by hour as the calls came, each tier alone (§4.3,
"capacity allocation"). Tiers that share agents need fewer together: the sum is the price of a level for each.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
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
    tier's target there, `short` given up at once; `wait_s` they waited together. `hours` are how many came in
    each hour (since 1970) that had any. `handled` calls took `work_s` of agents there; `all_work_s` is
    everywhere. `value` is the lifetime profit of the tier's customers, None where no money is known;
    `remedies` what was given to make good. `own`: the part of it in each queue that has a target of its own.
    """

    offered: int = 0
    within: int = 0
    short: int = 0
    hours: Mapping[int, int] = field(default_factory=dict)
    handled: int = 0
    wait_s: float = 0.0
    work_s: float = 0.0
    all_work_s: float = 0.0
    value: float | None = None
    remedies: float = 0.0
    own: Mapping[str, "TierTraffic"] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetService:
    """One tier in one queue, against the target that the queue has of its own for it."""

    queue: str
    target_level: float
    target_s: float
    offered: int
    served: Share
    mean_wait_s: float | None
    mean_handle_s: float | None
    agents_busiest: int | None
    staff_hours: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TierService:
    """One tier. `agents_busiest` and `staff_hours` keep its target; None while no call was handled.

    `target_level` and `target_s` are the company's; in each of `queues` the queue's own stands for it, there
    and in the sums.

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
    queues: tuple[TargetService, ...] = ()


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
    common = _staff(_common(seen), levers)
    own = {queue: _staff(part, policy.levers_in(tier, queue)) for queue, part in seen.own.items()}
    staff = _together((common, *own.values()))
    cost = seen.all_work_s / 60 * policy.value.cost_per_minute + seen.remedies
    ahead = policy.value.horizon_months * MONTH_DAYS / span_days
    return TierService(
        tier=tier,
        target_level=levers.target_level,
        target_s=levers.target_s,
        offered=seen.offered,
        served=_served(seen),
        mean_wait_s=mean_wait_s(seen),
        mean_handle_s=_handle_s(seen),
        agents_busiest=_busiest(staff),
        staff_hours=_hours(staff),
        cost=cost,
        value=seen.value,
        cost_share=cost * ahead / seen.value if seen.value is not None and seen.value > 0 else None,
        queues=tuple(
            _in_queue(queue, part, own[queue], policy.levers_in(tier, queue))
            for queue, part in sorted(seen.own.items())
        ),
    )


def _in_queue(
    queue: str, seen: TierTraffic, staff: Mapping[int, int] | None, levers: TierLevers
) -> TargetService:
    return TargetService(
        queue=queue,
        target_level=levers.target_level,
        target_s=levers.target_s,
        offered=seen.offered,
        served=_served(seen),
        mean_wait_s=mean_wait_s(seen),
        mean_handle_s=_handle_s(seen),
        agents_busiest=_busiest(staff),
        staff_hours=_hours(staff),
    )


def _common(seen: TierTraffic) -> TierTraffic:
    """What came to queues without a target of their own: there the company's is kept by one group."""
    hours = Counter(seen.hours)
    for part in seen.own.values():
        hours.subtract(part.hours)
    return TierTraffic(
        hours=+hours,
        handled=seen.handled - sum(part.handled for part in seen.own.values()),
        work_s=seen.work_s - sum(part.work_s for part in seen.own.values()),
    )


def _served(seen: TierTraffic) -> Share:
    return share(seen.within, seen.offered - seen.short)


def _handle_s(seen: TierTraffic) -> float | None:
    return seen.work_s / seen.handled if seen.handled else None


def _staff(seen: TierTraffic, levers: TierLevers) -> dict[int, int] | None:
    """Agents of each hour that had calls; None where nobody knows how long a call takes."""
    handle_s = _handle_s(seen)
    if not handle_s:
        return None
    needed = {calls: agents_for(calls, handle_s, levers) for calls in set(seen.hours.values())}
    return {hour: needed[calls] for hour, calls in seen.hours.items()}


def _together(groups: Iterable[Mapping[int, int] | None]) -> Counter[int] | None:
    """The agents of all groups in each hour; None where none is known."""
    known = [group for group in groups if group is not None]
    together: Counter[int] = Counter()
    for group in known:
        together.update(group)
    return together if known else None


def _busiest(staff: Mapping[int, int] | None) -> int | None:
    return None if staff is None else max(staff.values(), default=0)


def _hours(staff: Mapping[int, int] | None) -> float | None:
    return None if staff is None else float(sum(staff.values()))
