"""What is kept beside a customer's record: organisation, consents, notes; and his refusal of profiling."""

from dataclasses import asdict, dataclass

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from contact_center.customers.record import Consent, Customer, CustomerNote, Organisation
from contact_center.recordings.recording import AuditRow
from contact_center.runtime.errors import NotFound
from contact_center.storage.customer_tables import consent, customer_note, organisation, profile
from contact_center.storage.engine import Database
from contact_center.storage.tables import audit, customer
from contact_center.storage.upsert import upsert

MOST_NOTES = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """Notes are the newest first, the last `MOST_NOTES` of them."""

    organisation: Organisation | None
    consents: tuple[Consent, ...]
    notes: tuple[CustomerNote, ...]


async def beside(database: Database, of: Customer) -> Beside:
    """Everything that hangs on a record and is no money."""
    async with database.reading() as connection:
        firm = select(organisation).where(organisation.c.id == (of.organisation or ""))
        row = (await connection.execute(firm)).one_or_none()
        given = select(consent).where(consent.c.customer == of.id).order_by(consent.c.purpose)
        written = select(customer_note).where(customer_note.c.customer == of.id)
        newest = written.order_by(customer_note.c.at.desc(), customer_note.c.id).limit(MOST_NOTES)
        return Beside(
            organisation=None if row is None else Organisation(**row._mapping),
            consents=tuple(Consent(**r._mapping) for r in await connection.execute(given)),
            notes=tuple(CustomerNote(**r._mapping) for r in await connection.execute(newest)),
        )


async def add_note(database: Database, note: CustomerNote) -> None:
    """Raises `NotFound` when there is no such customer."""
    async with database.transaction() as connection:
        await _must_be(connection, note.customer)
        await connection.execute(insert(customer_note).values(**asdict(note)))


async def set_consent(database: Database, given: Consent, row: AuditRow) -> None:
    """Raises `NotFound` when there is no such customer."""
    async with database.transaction() as connection:
        await _must_be(connection, given.customer)
        await upsert(connection, consent, [asdict(given)])
        await connection.execute(insert(audit).values(**asdict(row)))


async def set_profiling(database: Database, id_: str, *, refused: bool, row: AuditRow) -> None:
    """A refusal takes the profile away in the same transaction. Raises `NotFound`."""
    async with database.transaction() as connection:
        await _must_be(connection, id_)
        which = customer.c.id == id_
        await connection.execute(
            update(customer).where(which).values(no_profiling=refused, version=customer.c.version + 1)
        )
        if refused:
            await connection.execute(delete(profile).where(profile.c.customer == id_))
        await connection.execute(insert(audit).values(**asdict(row)))


async def _must_be(connection: AsyncConnection, id_: str) -> None:
    if (await connection.execute(select(customer.c.id).where(customer.c.id == id_))).first() is None:
        raise NotFound(f"There is no customer {id_}.")
