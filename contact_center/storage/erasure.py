"""Forgetting one customer: the record and all that hangs on it, his words, and his recordings.

Calls that happened stay counted: interactions and events keep their times and codes and lose what tells who
it was. The log's bodies are rewritten in place, the only time that ever happens, and an audit row says so.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import bindparam, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from contact_center.recordings.recording import AuditRow
from contact_center.storage.customer_tables import customer_merge, repair_act, repair_case
from contact_center.storage.engine import Database
from contact_center.storage.tables import audit, callback, cti_event, customer, interaction, recording

PERSONAL: Final = frozenset(
    {"from_number", "from_name", "to_number", "number", "with_number", "digits", "name", "note", "customer"}
)
"""Keys of event bodies that may tell who it was; emptied whatever the event."""
BESIDE: Final = (
    "RepairClockReached",
    "RepairOpened",
    "RepairRemedyGiven",
    "RepairClosed",
    "CustomersMerged",
    "CustomersSplit",
)
"""Events that name customers and belong to no contact."""


_NO_CALLER: dict[str, Any] = {"number": "", "customer": None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """How much was forgotten."""

    contacts: int
    events: int
    recordings: int


async def erase(database: Database, id_: str, recordings_dir: Path, row: AuditRow) -> Erased | None:
    """Forget the customer; None when there is no such one. `row` is the audit row to leave behind.

    Files go after the database has agreed; a file that is gone already is no fault.
    """
    async with database.transaction() as connection:
        if (await connection.execute(select(customer.c.id).where(customer.c.id == id_))).first() is None:
            return None
        of_him = interaction.c.customer == id_
        contacts = list((await connection.execute(select(interaction.c.contact).where(of_him))).scalars())
        events = await _anonymise(connection, contacts) + await _anonymise_beside(connection, id_)
        files = []
        for some in _by_hundreds(contacts):
            kept = recording.c.contact.in_(some)
            files += list((await connection.execute(select(recording.c.file).where(kept))).scalars())
            await connection.execute(delete(recording).where(kept))
        nobody: dict[str, Any] = {
            "customer": None,
            "from_number": "",
            "to_number": "",
            "digits": [],
            "note": "",
        }
        await connection.execute(update(callback).where(callback.c.customer == id_).values(_NO_CALLER))
        for some in _by_hundreds(contacts):
            asked = callback.c.asked_in.in_(some) | callback.c.contact.in_(some)
            await connection.execute(update(callback).where(asked).values(_NO_CALLER))
        await connection.execute(update(interaction).where(of_him).values(**nobody))
        merges = or_(customer_merge.c.kept == id_, customer_merge.c.absorbed == id_)
        await connection.execute(delete(customer_merge).where(merges))
        his = select(repair_case.c.id).where(repair_case.c.customer == id_)
        await connection.execute(delete(repair_act).where(repair_act.c.case.in_(his)))
        await connection.execute(delete(customer).where(customer.c.id == id_))
        await connection.execute(audit.insert().values(**asdict(row)))
    for file in files:
        (recordings_dir / file).unlink(missing_ok=True)
    return Erased(contacts=len(contacts), events=events, recordings=len(files))


def _by_hundreds(items: list[str]) -> list[list[str]]:
    return [items[i : i + 100] for i in range(0, len(items), 100)]


async def _anonymise(connection: AsyncConnection, contacts: list[str]) -> int:
    count = 0
    for some in _by_hundreds(contacts):
        query = select(cti_event.c.seq, cti_event.c.body).where(cti_event.c.contact.in_(some))
        changed = [
            {"its_seq": row.seq, "body": emptied}
            for row in await connection.execute(query)
            if (emptied := without_person(row.body)) != row.body
        ]
        if changed:
            same = cti_event.c.seq == bindparam("its_seq")
            await connection.execute(update(cti_event).where(same), changed)
            count += len(changed)
    return count


async def _anonymise_beside(connection: AsyncConnection, id_: str) -> int:
    """Events that name the customer and belong to no contact: promises, merges. They are searched for."""
    named = cti_event.c.contact.is_(None), cti_event.c.type.in_(BESIDE)
    query = select(cti_event.c.seq, cti_event.c.body).where(*named)
    said = cti_event.c.body.contains(json.dumps(id_, ensure_ascii=False), autoescape=True)
    changed = [
        {"its_seq": row.seq, "body": without_customer(row.body, id_)}
        for row in await connection.execute(query.where(said))
    ]
    if changed:
        same = cti_event.c.seq == bindparam("its_seq")
        await connection.execute(update(cti_event).where(same), changed)
    return len(changed)


def without_customer(body: str, id_: str) -> str:
    """The JSON text of an event beside a contact without the customer's id and the words on the outcome."""
    fields: dict[str, Any] = json.loads(body)
    kept = {name: "" if value == id_ or name == "outcome" else value for name, value in fields.items()}
    return json.dumps(kept, ensure_ascii=False, separators=(",", ":"))


def without_person(body: str) -> str:
    """The JSON text of an event with personal values emptied: texts to "", the customer to null."""
    fields: dict[str, Any] = json.loads(body)
    for name in PERSONAL & fields.keys():
        if isinstance(fields[name], str):
            fields[name] = None if name == "customer" else ""
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":"))
