"""What the history shows of each tier: who was answered in time, when calls came, what they took."""

from dataclasses import replace
from typing import Any, Final

from sqlalchemy import BigInteger, ColumnElement, Row, Select, and_, case, cast, func, literal, select
from sqlalchemy.sql.base import ReadOnlyColumnCollection

from contact_center.loyalty.policy import Policy
from contact_center.loyalty.segments import TIERS
from contact_center.simulation.tier_service import HOUR_S, Group, TierTraffic
from contact_center.storage.customer_tables import benefit, profile, profile_change
from contact_center.storage.engine import Database
from contact_center.storage.tables import interaction, queue

NONE: Final[Group] = "none"
AIMS: Final = frozenset({"target_level", "target_s"})
"""Levers that are a target."""
_E4 = 10_000.0


class TierServiceStore:
    """Reads; one pass over the interactions of a span."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def traffic(self, policy: Policy, from_at: float, to_at: float) -> dict[Group, TierTraffic]:
        """By the tier each customer had when his contact began (epoch seconds, the end exclusive).

        Who has no profile now, or refused one, belongs to no tier.
        """
        found: dict[Group, TierTraffic] = {tier: TierTraffic() for tier in (*TIERS, NONE)}
        async with self._database.reading() as connection:
            for row in await connection.execute(_by_hour(policy, from_at, to_at)):
                seen = found[row.tier] = _with(found[row.tier], row)
                if row.own and row.offered:
                    part = _with(seen.own.get(row.own, TierTraffic()), row)
                    found[row.tier] = replace(seen, own={**seen.own, row.own: part})
            for row in await connection.execute(_worth()):
                found[row.tier] = replace(found[row.tier], value=row.value)
            for row in await connection.execute(_remedies(from_at, to_at)):
                found[row.tier] = replace(found[row.tier], remedies=-row.amount / _E4)
        return found


def _with(was: TierTraffic, row: Row[Any]) -> TierTraffic:
    """One hour more."""
    hours = {**was.hours, row.hour: was.hours.get(row.hour, 0) + row.offered} if row.offered else was.hours
    return replace(
        was,
        offered=was.offered + row.offered,
        within=was.within + row.within,
        short=was.short + row.short,
        hours=hours,
        handled=was.handled + row.handled,
        wait_s=was.wait_s + row.wait_s,
        work_s=was.work_s + row.work_s,
        all_work_s=was.all_work_s + row.all_work_s,
    )


def _by_hour(policy: Policy, from_at: float, to_at: float) -> Select[Any]:
    """Counts of each tier and hour, apart for each queue (`own`) with a target of its own for the tier.

    In line are contacts of callers in queues that go by tiers.
    """
    i, change = interaction.c, profile_change.c
    later = (
        select(change.before)
        .where(change.customer == i.customer, change.what == "tier", change.at > i.started_at)
        .order_by(change.at)
        .limit(1)
        .scalar_subquery()
    )
    tiered = and_(queue.c.tiering, queue.c.id.not_in(policy.tiering_off), i.direction == "inbound")
    each = (
        select(
            func.coalesce(later, profile.c.tier, NONE).label("tier"),
            (cast(i.started_at, BigInteger) // int(HOUR_S)).label("hour"),
            case((tiered, i.outcome), else_="").label("ended"),
            i.queue,
            i.wait_s,
            func.coalesce(queue.c.short_s, 0.0).label("short_s"),
            (i.talk_s + i.hold_s + i.wrap_up_s).label("work_s"),
        )
        .outerjoin(profile, profile.c.customer == i.customer)
        .outerjoin(queue, queue.c.id == i.queue)
        .where(i.started_at >= from_at, i.started_at < to_at, i.outcome.is_not(None))
        .subquery()
    )
    own, target_s = _targets(policy, each.c)
    placed = select(each, own.label("own"), target_s.label("target_s")).subquery()
    e = placed.c
    handled, gave_up = e.ended == "handled", e.ended == "abandoned"
    return select(
        e.tier,
        e.own,
        e.hour,
        _count(handled | gave_up).label("offered"),
        _count(handled & (e.wait_s <= e.target_s)).label("within"),
        _count(gave_up & (e.wait_s < e.short_s)).label("short"),
        _count(handled).label("handled"),
        func.sum(case((handled | gave_up, e.wait_s), else_=0.0)).label("wait_s"),
        func.sum(case((handled, e.work_s), else_=0.0)).label("work_s"),
        func.sum(e.work_s).label("all_work_s"),
    ).group_by(e.tier, e.own, e.hour)


def _targets(
    policy: Policy, e: ReadOnlyColumnCollection[str, Any]
) -> tuple[ColumnElement[str], ColumnElement[float]]:
    """The queue, if it has a target of its own for the tier (else empty), and the seconds of the target."""
    company = [(e.tier == tier, literal(policy.levers[tier].target_s)) for tier in TIERS]
    where, own, own_s = [], [], []
    for name in policy.queue_levers:
        for tier in TIERS:
            if not AIMS.isdisjoint(policy.own(tier, name)):
                where.append(and_(e.tier == tier, e.queue == name, e.ended != ""))
                own.append(literal(name))
                own_s.append(literal(policy.levers_in(tier, name).target_s))
    if not where:
        return literal(""), case(*company, else_=0.0)
    there = case(*zip(where, own, strict=True), else_="")
    return there, case(*zip(where, own_s, strict=True), *company, else_=0.0)


def _count(which: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((which, 1), else_=0))


def _worth() -> Select[Any]:
    """The lifetime profit of each tier's customers who have not left; NULL where no money is known."""
    p = profile.c
    return select(p.tier, func.sum(p.value).label("value")).where(p.stage != "exited").group_by(p.tier)


def _remedies(from_at: float, to_at: float) -> Select[Any]:
    b = benefit.c
    query = select(profile.c.tier, func.sum(b.amount_e4).label("amount"))
    query = query.join(profile, profile.c.customer == b.customer)
    return query.where(b.kind == "remedy", b.at >= from_at, b.at < to_at).group_by(profile.c.tier)
