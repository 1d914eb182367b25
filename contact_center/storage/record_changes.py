"""Records written by hand: made and changed in one transaction with consents and the row of the audit."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict

from sqlalchemy import delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from contact_center.customers.record import Consent, Customer, Organisation
from contact_center.recordings.recording import AuditRow
from contact_center.runtime.errors import Conflict, NotFound
from contact_center.storage.customer_tables import consent, organisation, profile
from contact_center.storage.engine import Database
from contact_center.storage.records import customer_of, put_customers
from contact_center.storage.tables import audit, customer
from contact_center.storage.upsert import upsert


async def make(database: Database, new: Customer, said: Mapping[str, bool], row: AuditRow) -> Customer:
    """A new record, with what the customer allowed or refused."""
    async with database.transaction() as connection:
        await put_customers(connection, [new])
        await _consents(connection, new.id, said, row)
        await connection.execute(insert(audit).values(**asdict(row)))
        return await _stored(connection, new.id)


async def change(
    database: Database, seen: int, after: Customer, said: Mapping[str, bool], row: AuditRow
) -> Customer:
    """The record as it is to be, by somebody who saw version `seen` of it; a refusal takes the profile away.

    Raises `NotFound`, and `Conflict` when somebody else changed it meanwhile: nothing is stored then.
    """
    async with database.transaction() as connection:
        version = select(customer.c.version).where(customer.c.id == after.id).with_for_update()
        now = (await connection.execute(version)).scalar_one_or_none()
        if now is None:
            raise NotFound(f"There is no customer {after.id}.")
        if now != seen:
            raise Conflict("record", "Somebody changed this record meanwhile. Load it and change it again.")
        await put_customers(connection, [after])
        await _consents(connection, after.id, said, row)
        if after.no_profiling:
            await connection.execute(delete(profile).where(profile.c.customer == after.id))
        await connection.execute(insert(audit).values(**asdict(row)))
        return await _stored(connection, after.id)


async def organisations(database: Database, text: str, limit: int) -> list[Organisation]:
    """Those whose name or id contains a text, by name."""
    o, wanted = organisation.c, text.strip().lower()
    query = select(organisation).order_by(o.name, o.id).limit(limit)
    if wanted:
        named = func.lower(o.name).contains(wanted, autoescape=True)
        query = query.where(named | func.lower(o.id).contains(wanted, autoescape=True))
    async with database.reading() as connection:
        return [Organisation(**row._mapping) for row in await connection.execute(query)]


async def known_organisations(database: Database, ids: Sequence[str]) -> set[str]:
    query = select(organisation.c.id).where(organisation.c.id.in_(ids))
    async with database.reading() as connection:
        return set((await connection.execute(query)).scalars())


async def make_organisation(database: Database, new: Organisation, row: AuditRow) -> None:
    async with database.transaction() as connection:
        await connection.execute(insert(organisation).values(**asdict(new)))
        await connection.execute(insert(audit).values(**asdict(row)))


async def _consents(connection: AsyncConnection, id_: str, said: Mapping[str, bool], row: AuditRow) -> None:
    """Only what is new: who says the same again has not said it today."""
    kept = select(consent.c.purpose, consent.c.granted).where(consent.c.customer == id_)
    before = {each.purpose: each.granted for each in await connection.execute(kept)}
    new = [
        Consent(customer=id_, purpose=purpose.strip(), granted=granted, at=row.at, source=row.user)
        for purpose, granted in said.items()
        if before.get(purpose.strip()) != granted
    ]
    await upsert(connection, consent, [asdict(one) for one in new])


async def _stored(connection: AsyncConnection, id_: str) -> Customer:
    found = await customer_of(connection, id_)
    if found is None:
        raise NotFound(f"There is no customer {id_}.")
    return found
