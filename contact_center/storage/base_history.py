"""What reckonings of the base left behind: their totals and lessons, and who changed stage or tier."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Select, Subquery, case, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from contact_center.loyalty.base_run import BaseRun
from contact_center.loyalty.profile import Profile
from contact_center.loyalty.remedies import by_ourselves
from contact_center.runtime.codec import Codec
from contact_center.storage.customer_tables import base_run, profile, profile_change
from contact_center.storage.engine import Database
from contact_center.storage.tables import customer
from contact_center.storage.upsert import upsert

RUNS: Codec[BaseRun] = Codec(BaseRun)
NEW = "new"
KEEP, NOT_YET = "keep", "no"
"""What a change is of who is to be kept by ourselves from then on; `after` is why."""
Changing = Literal["stage", "tier"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """How many customers were `before` at the first moment and `after` at the second."""

    before: str
    after: str
    customers: int


async def keep_run(connection: AsyncConnection, run: BaseRun) -> None:
    await upsert(connection, base_run, [{"at": run.at, "body": RUNS.dump(run).decode()}])


async def note_changes(
    connection: AsyncConnection, before: Mapping[str, Profile], after: Sequence[Profile]
) -> None:
    """Whoever had a profile and has another stage or tier in the new one, or is to be kept from now on.

    The latter is written of who is in the hold-out and of who is not, by the same rule: both are counted from
    then (`storage.base_figures`).
    """
    rows = [
        {
            "customer": now.customer,
            "at": now.as_of,
            "what": what,
            "before": getattr(earlier, what),
            "after": getattr(now, what),
            "policy": now.policy,
        }
        for now in after
        if (earlier := before.get(now.customer)) is not None
        for what in ("stage", "tier")
        if getattr(earlier, what) != getattr(now, what)
    ]
    for now in after:
        trigger, earlier = by_ourselves(now), before.get(now.customer)
        if trigger is not None and earlier is not None and by_ourselves(earlier) is None:
            turn = {"what": KEEP, "before": NOT_YET, "after": trigger}
            rows.append({"customer": now.customer, "at": now.as_of, "policy": now.policy, **turn})
    await upsert(connection, profile_change, rows)


async def newest_run(connection: AsyncConnection) -> BaseRun | None:
    newest = select(base_run.c.body).order_by(base_run.c.at.desc()).limit(1)
    body = (await connection.execute(newest)).scalar_one_or_none()
    return None if body is None else RUNS.load(body)


class BaseHistory:
    """The reckonings of a database, read."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def runs(self, limit: int) -> list[BaseRun]:
        """The last ones, oldest first."""
        query = select(base_run.c.body).order_by(base_run.c.at.desc()).limit(limit)
        async with self._database.reading() as connection:
            bodies = list((await connection.execute(query)).scalars())
        return [RUNS.load(body) for body in reversed(bodies)]

    async def flow(self, what: Changing, from_at: float, to_at: float) -> list[Flow]:
        """Where customers were at two moments; whose business began between them counts as new before.

        A customer is at a moment what his first change after it was from, and what he is now without one.
        """
        async with self._database.reading() as connection:
            everybody = select(profile.c[what], func.count()).group_by(profile.c[what])
            same = {row[0]: row[1] for row in await connection.execute(everybody)}
            moved = [*await connection.execute(_moved(what, from_at, to_at))]
        flows: dict[tuple[str, str], int] = {}
        for row in moved:  # everybody else is now where he was at both moments
            same[row.now] -= row.customers
            if row.was is not None:
                flows[row.was, row.became] = flows.get((row.was, row.became), 0) + row.customers
        for place, count in same.items():
            if count:
                flows[place, place] = flows.get((place, place), 0) + count
        return [Flow(before=was, after=became, customers=n) for (was, became), n in sorted(flows.items())]


def _moved(what: Changing, from_at: float, to_at: float) -> Select[Any]:
    """Who came or changed after `from_at`: where he is and was; `was` is None for who came after `to_at`."""
    c, now = profile_change.c, profile.c[what]
    came = select(customer.c.id.label("who")).where(customer.c.since > from_at)
    turned = select(c.customer.label("who")).where(c.what == what, c.at > from_at)
    some = came.union(turned).subquery()
    first, second = _first_change(what, from_at), _first_change(what, to_at)
    was = case(
        (customer.c.since > to_at, None),
        (customer.c.since > from_at, NEW),
        else_=func.coalesce(first.c.before, now),
    )
    each = (
        select(now.label("now"), was.label("was"), func.coalesce(second.c.before, now).label("became"))
        .select_from(some.join(profile, profile.c.customer == some.c.who))
        .join(customer, customer.c.id == some.c.who)
        .outerjoin(first, first.c.customer == some.c.who)
        .outerjoin(second, second.c.customer == some.c.who)
        .subquery()
    )
    parts = (each.c.now, each.c.was, each.c.became)
    return select(*parts, func.count().label("customers")).group_by(*parts)


def _first_change(what: Changing, after: float) -> Subquery:
    """The first change of each customer after a moment, by one pass over the changes."""
    c = profile_change.c
    place = func.row_number().over(partition_by=c.customer, order_by=c.at).label("place")
    later = select(c.customer, c.before, place).where(c.what == what, c.at > after).subquery()
    return select(later.c.customer, later.c.before).where(later.c.place == 1).subquery()
