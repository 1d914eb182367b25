"""Giving out customers, transactions and benefits, a page at a time; and all there is of one customer."""

from collections.abc import AsyncIterator
from dataclasses import asdict
from typing import Any

from sqlalchemy import Table, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from contact_center.customers.rows import CUSTOMER_COLUMNS
from contact_center.storage.customer_tables import (
    benefit,
    consent,
    customer_merge,
    customer_note,
    expected_event,
    organisation,
    profile,
    profile_change,
    repair_case,
    sale,
    survey_answer,
)
from contact_center.storage.engine import Database
from contact_center.storage.imports import Kind
from contact_center.storage.money import amount
from contact_center.storage.records import Records
from contact_center.storage.tables import audit, callback, cti_event, interaction, recording

PAGE = 1000
_TABLES = {
    "transactions": sale,
    "benefits": benefit,
    "surveys": survey_answer,
    "organisations": organisation,
    "notes": customer_note,
    "events": expected_event,
}
_OF_CUSTOMER = (
    consent,
    customer_note,
    sale,
    benefit,
    survey_answer,
    expected_event,
    profile,
    profile_change,
    repair_case,
)


async def rows_of(database: Database, kind: Kind) -> AsyncIterator[dict[str, Any]]:
    """Every row in order of its id, as an import takes it."""
    if kind == "customers":
        async for row in _customers(database):
            yield row
        return
    table = _TABLES[kind]
    keys = list(table.primary_key)
    after: list[Any] = [""] * len(keys)
    while True:
        query = select(table).where(tuple_(*keys) > tuple_(*after)).order_by(*keys).limit(PAGE)
        async with database.reading() as connection:
            page = (await connection.execute(query)).mappings().all()
        if not page:
            return
        for found in page:
            yield _money({**found})
        after = [page[-1][key.name] for key in keys]


def _money(row: dict[str, Any]) -> dict[str, Any]:
    """Ten-thousandths as decimal text, under the names an import has."""
    return {
        name.removesuffix("_e4"): str(amount(value)) if name.endswith("_e4") else value
        for name, value in row.items()
    }


async def _customers(database: Database) -> AsyncIterator[dict[str, Any]]:
    records, after = Records(database), ""
    while page := await records.customers_after(after, PAGE):
        async with database.reading() as connection:
            wanted = select(consent).where(consent.c.customer.in_([c.id for c in page]))
            reckoned = select(profile.c.customer, profile.c.tier).where(
                profile.c.customer.in_([c.id for c in page])
            )
            tiers = {row.customer: row.tier for row in await connection.execute(reckoned)}
            given: dict[str, dict[str, bool]] = {}
            for one in await connection.execute(wanted):
                given.setdefault(one.customer, {})[one.purpose] = one.granted
        for record in page:
            row = asdict(record) | {"tier": tiers.get(record.id, ""), "consents": given.get(record.id, {})}
            yield {name: row[name] for name in CUSTOMER_COLUMNS}
        after = page[-1].id


async def everything_of(database: Database, id_: str) -> dict[str, Any] | None:
    """All that is kept of a customer, by kind: for himself to read. None when there is no such one."""
    record = await Records(database).customer(id_)
    if record is None:
        return None
    async with database.reading() as connection:
        found: dict[str, Any] = {"customer": asdict(record)}
        for table in _OF_CUSTOMER:
            found[table.name] = await _all(connection, table, table.c.customer == id_)
        found["merge"] = await _all(connection, customer_merge, customer_merge.c.kept == id_)
        contacts = select(interaction.c.contact).where(interaction.c.customer == id_)
        found["interaction"] = await _all(connection, interaction, interaction.c.customer == id_)
        found["cti_event"] = await _all(connection, cti_event, cti_event.c.contact.in_(contacts))
        found["callback"] = await _all(
            connection, callback, callback.c.asked_in.in_(contacts) | (callback.c.customer == id_)
        )
        found["recording"] = await _all(connection, recording, recording.c.contact.in_(contacts))
        found["audit"] = await _all(connection, audit, audit.c.subject == id_)
    return found


async def _all(connection: AsyncConnection, table: Table, which: Any) -> list[dict[str, Any]]:
    rows = await connection.execute(select(table).where(which).order_by(*table.primary_key))
    return [_money({**row}) for row in rows.mappings()]
