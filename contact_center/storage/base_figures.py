"""Counts of the whole base's life cycles and repairs, by one pass over each table."""

from collections import Counter
from typing import Any, Final

from sqlalchemy import ColumnElement, Double, Select, and_, case, cast, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from contact_center.loyalty.base_figures import ANSWER_DAYS, REPEAT_DAYS, RETAINED_DAYS, BaseCounts, Part
from contact_center.loyalty.retention import held_out
from contact_center.storage.base_history import KEEP
from contact_center.storage.customer_tables import (
    benefit,
    profile,
    profile_change,
    repair_case,
    sale,
    survey_answer,
)
from contact_center.storage.engine import Database

_DAY_S: Final = 86_400.0
_E4: Final = 10_000.0
_RECOVERED: Final = ("formation", "stable")


class BaseFigureStore:
    """Reads."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def counts(self, from_at: float, to_at: float, hold_out: float) -> BaseCounts:
        """Of the base as it is, and of what began in the span (epoch seconds, the end exclusive).

        `hold_out` is the share of customers whom we do not try to keep by ourselves.
        """
        async with self._database.reading() as connection:
            lives = await _lives(connection)
            declines = {row.next: row.n for row in await connection.execute(_declines(from_at, to_at))}
            back_s = RETAINED_DAYS * _DAY_S
            kept = await _parts(connection, _retained(from_at - back_s, to_at - back_s))
            groups: dict[bool, list[float]] = {True: [], False: []}
            for row in await connection.execute(_to_be_kept(from_at - back_s, to_at - back_s)):
                groups[held_out(row.customer, hold_out)].append((row.goods or 0.0) + (row.given or 0.0))
            return BaseCounts(
                **lives,
                declines=sum(declines.values()),
                recovered=sum(declines.get(stage, 0) for stage in _RECOVERED),
                declining=declines.get(None, 0),
                in_time=await _part(connection, _in_time(from_at, to_at)),
                satisfied=await _part(connection, _satisfied(from_at, to_at)),
                kept_repaired=kept.get(True, Part()),
                kept_failed=kept.get(False, Part()),
                repeated=await _part(connection, _repeated(from_at, to_at)),
                treated=tuple(groups[False]),
                held_out=tuple(groups[True]),
            )


async def _lives(connection: AsyncConnection) -> dict[str, Any]:
    p = profile.c
    groups = (p.stage, p.pattern, p.period, p.stable_after)
    customers = stable = 0
    after: dict[str, Counter[int]] = {}
    patterns: Counter[str] = Counter()
    for row in await connection.execute(select(*groups, func.count().label("n")).group_by(*groups)):
        customers += row.n if row.stage != "exited" else 0
        stable += row.n if row.stage == "stable" else 0
        if row.pattern is not None:
            patterns[row.pattern] += row.n
        if row.stable_after is not None:
            after.setdefault(row.period, Counter())[row.stable_after] += row.n
    period = max(after, key=lambda each: after[each].total(), default=None)  # a base is reckoned in one
    return {
        "period": period,
        "stable": Part(hits=stable, n=customers),
        "stable_after": after.get(period or "", {}),
        "patterns": patterns,
    }


async def _part(connection: AsyncConnection, query: Select[int, int]) -> Part:
    row = (await connection.execute(query)).one()
    return Part(hits=row.hits or 0, n=row.n)


async def _parts(connection: AsyncConnection, query: Select[Any]) -> dict[bool, Part]:
    return {row.kept: Part(hits=row.hits, n=row.n) for row in await connection.execute(query)}


def _counted(hit: ColumnElement[bool]) -> tuple[ColumnElement[int], ColumnElement[int]]:
    return func.sum(case((hit, 1), else_=0)).label("hits"), func.count().label("n")


def _declines(from_at: float, to_at: float) -> Select[Any]:
    """Entries into decline by what came next, None where nothing did."""
    c = profile_change.c
    following = func.lead(c.after).over(partition_by=c.customer, order_by=c.at).label("next")
    each = select(c.at, c.after, following).where(c.what == "stage", c.at >= from_at).subquery().c
    began = select(each.next, func.count().label("n")).where(each.after == "decline", each.at < to_at)
    return began.group_by(each.next)


def _in_time(from_at: float, to_at: float) -> Select[int, int]:
    r = repair_case.c
    begun = and_(r.opened_at >= from_at, r.opened_at < to_at)
    return select(*_counted(r.in_time.is_(True))).where(begun, r.in_time.is_not(None))


def _satisfied(from_at: float, to_at: float) -> Select[int, int]:
    """The first answer after each repair that ended in the span; one that follows two repairs counts once."""
    r, a = repair_case.c, survey_answer.c
    first = func.row_number().over(partition_by=r.id, order_by=(a.at, a.contact)).label("place")
    after = (
        select(a.contact, a.answer, first)
        .join(repair_case, r.customer == a.customer)
        .where(
            r.in_time.is_not(None),
            r.closed_at >= from_at,
            r.closed_at < to_at,
            a.question == "csat",
            a.at > r.closed_at,
            a.at <= r.closed_at + ANSWER_DAYS * _DAY_S,
        )
        .subquery()
        .c
    )
    answers = select(after.contact, after.answer).where(after.place == 1).distinct().subquery().c
    return select(*_counted(answers.answer >= 4))


def _retained(from_at: float, to_at: float) -> Select[Any]:
    """Promise kept or not: who had not left so long after the first case he had in the span."""
    r, change = repair_case.c, profile_change.c
    place = func.row_number().over(partition_by=r.customer, order_by=(r.opened_at, r.id)).label("place")
    cases = select(r.customer, r.opened_at, r.in_time, place)
    cases = cases.where(r.in_time.is_not(None), r.opened_at >= from_at, r.opened_at < to_at)
    each = cases.subquery().c
    later = (
        select(change.before)
        .where(
            change.customer == each.customer,
            change.what == "stage",
            change.at > each.opened_at + RETAINED_DAYS * _DAY_S,
        )
        .order_by(change.at)
        .limit(1)
        .scalar_subquery()
    )
    then = (
        select(each.in_time.label("kept"), func.coalesce(later, profile.c.stage).label("stage"))
        .join(profile, profile.c.customer == each.customer)
        .where(each.place == 1)
        .subquery()
        .c
    )
    return select(then.kept, *_counted(then.stage != "exited")).group_by(then.kept)


def _repeated(from_at: float, to_at: float) -> Select[int, int]:
    r = repair_case.c
    earlier = func.lag(r.opened_at).over(partition_by=r.customer, order_by=(r.opened_at, r.id))
    complaints = select(r.opened_at, earlier.label("earlier"))
    complaints = complaints.where(r.reaction == "voice", r.opened_at >= from_at - REPEAT_DAYS * _DAY_S)
    each = complaints.subquery().c
    again = each.opened_at - each.earlier <= REPEAT_DAYS * _DAY_S
    return select(*_counted(again)).where(each.opened_at >= from_at, each.opened_at < to_at)


def _to_be_kept(from_at: float, to_at: float) -> Select[Any]:
    """Who was to be kept by ourselves for the first time in the span, whyever, and his profit after that.

    Goods less refunds, and what was given to make good (negative); only where a lifetime profit is known.
    """
    c, s, b = profile_change.c, sale.c, benefit.c
    entries = select(c.customer, func.min(c.at).label("at")).where(c.what == KEEP)
    each = entries.where(c.at >= from_at, c.at < to_at).group_by(c.customer).subquery().c
    until = each.at + RETAINED_DAYS * _DAY_S
    margin = cast(s.quantity_e4, Double) / _E4 * cast(s.unit_price_e4 - s.unit_cost_e4, Double) / _E4
    goods = select(func.sum(case((s.kind == "refund", -margin), else_=margin))).where(
        s.customer == each.customer, s.at >= each.at, s.at < until
    )
    given = select(func.sum(cast(b.amount_e4, Double)) / _E4).where(
        b.customer == each.customer, b.kind == "remedy", b.at >= each.at, b.at < until
    )
    of = (each.customer, goods.scalar_subquery().label("goods"), given.scalar_subquery().label("given"))
    kept = select(*of).join(profile, profile.c.customer == each.customer)
    return kept.where(profile.c.value.is_not(None))
