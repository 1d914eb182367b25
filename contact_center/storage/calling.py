"""Who is calling, and all that is shown of him before the device rings: three questions, one connection.

A look-up at ring time is mostly waiting for answers, so each question is one statement and no transaction
spans them.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, and_, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from contact_center.customers.history import Interaction
from contact_center.customers.identity import identified
from contact_center.customers.pop import Called, Match
from contact_center.customers.record import Customer
from contact_center.loyalty.profile import Portrait, portrait
from contact_center.storage.base_reading import CASES
from contact_center.storage.customer_tables import profile, repair_case
from contact_center.storage.profile_rows import profile_of
from contact_center.storage.records import Records, from_row, named_interactions, newest_first
from contact_center.storage.repairs import shown_of
from contact_center.storage.rows import interaction_of
from contact_center.storage.tables import customer, customer_identity, interaction

_THEIRS = customer_identity.alias("theirs")
_CASE = repair_case.c.body.label("case_body")


class CallerBook(Records):
    """The records, with the look-up of a caller."""

    async def called(self, e164: str, limit: int) -> Called:
        """Everybody reachable at a number, the last contacts of the one (or of the number), his portrait."""
        async with self.database.glance() as connection:
            matches = await _matches(connection, e164)
            caller = identified(matches)
            if caller is None:
                past = await _of_number(connection, e164, limit)
                apart = await _told_apart(connection, matches) if matches else ()
                return Called(matches=matches, told_apart=apart, interactions=past)
            past = await _of_customer(connection, caller.id, limit)
            shown = await _portrait(connection, caller)
        return Called(matches=matches, interactions=past, portrait=shown)


async def _matches(connection: AsyncConnection, e164: str) -> tuple[Customer, ...]:
    asked = customer_identity.c
    query = (
        select(customer, _THEIRS.c.type.label("its_type"), _THEIRS.c.value.label("its_value"))
        .join(customer_identity, asked.customer == customer.c.id)
        .join(_THEIRS, _THEIRS.c.customer == customer.c.id)
        .where(asked.type == "phone", asked.value == e164)
        .order_by(customer.c.name, customer.c.id, _THEIRS.c.place)
    )
    rows: dict[str, Row[Any]] = {}
    identities: dict[str, list[tuple[str, str]]] = {}
    for row in await connection.execute(query):
        rows[row.id] = row
        identities.setdefault(row.id, []).append((row.its_type, row.its_value))
    return tuple(from_row(row, identities[id_]) for id_, row in rows.items())


async def _of_customer(connection: AsyncConnection, id_: str, limit: int) -> Sequence[Interaction]:
    wanted = newest_first(named_interactions().where(interaction.c.customer == id_)).limit(limit)
    return tuple(interaction_of(row) for row in await connection.execute(wanted))


async def _of_number(connection: AsyncConnection, e164: str, limit: int) -> Sequence[Interaction]:
    wanted = newest_first(named_interactions().where(interaction.c.from_number == e164)).limit(limit)
    return tuple(interaction_of(row) for row in await connection.execute(wanted))


async def _told_apart(connection: AsyncConnection, matches: Sequence[Customer]) -> tuple[Match, ...]:
    """In the order of the matches: their tiers and last contacts."""
    last = (
        select(interaction.c.customer.label("who"), func.max(interaction.c.started_at).label("last_at"))
        .where(interaction.c.customer.in_([each.id for each in matches]))
        .group_by(interaction.c.customer)
        .subquery()
    )
    query = (
        select(customer.c.id, profile.c.tier, last.c.last_at)
        .select_from(customer)
        .outerjoin(profile, profile.c.customer == customer.c.id)
        .outerjoin(last, last.c.who == customer.c.id)
        .where(customer.c.id.in_([each.id for each in matches]))
    )
    rows = {row.id: row for row in await connection.execute(query)}
    return tuple(
        Match(
            customer=each.id,
            tier="" if each.no_profiling else rows[each.id].tier or "",
            last_at=rows[each.id].last_at,
        )
        for each in matches
        if each.id in rows
    )


async def _portrait(connection: AsyncConnection, caller: Customer) -> Portrait:
    its = and_(repair_case.c.customer == customer.c.id, repair_case.c.closed_at.is_(None))
    query = (
        select(profile, _CASE)
        .select_from(customer)
        .outerjoin(profile, profile.c.customer == customer.c.id)
        .outerjoin(repair_case, its)
        .where(customer.c.id == caller.id)
        .order_by(repair_case.c.next_deadline.is_(None), repair_case.c.next_deadline, repair_case.c.id)
    )
    rows = (await connection.execute(query)).all()
    kept = profile_of(rows[0]) if rows and rows[0].customer is not None else None
    cases = tuple(shown_of(CASES.load(row.case_body)) for row in rows if row.case_body is not None)
    return portrait(kept, cases, refused=caller.no_profiling)
