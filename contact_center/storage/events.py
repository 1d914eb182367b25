"""The event log in the database, and the rows of interactions and callbacks that follow from it."""

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import asdict, replace
from typing import Any

from sqlalchemy import Row, Select, bindparam, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from contact_center.cti.events import (
    CtiEvent,
    CustomerIdentified,
    CustomersMerged,
    CustomersSplit,
    Recorded,
    agent_of,
    contact_of,
)
from contact_center.customers.history import Interaction, advance
from contact_center.runtime.codec import Codec
from contact_center.storage.callbacks import advance_callbacks
from contact_center.storage.engine import Database
from contact_center.storage.merging import in_history, owners
from contact_center.storage.rows import interaction_of
from contact_center.storage.tables import cti_event, interaction, projection_cursor

_EVENTS: Codec[CtiEvent] = Codec(CtiEvent, union=True)
_CURSOR = "history"
_PAGE = 1000
_COLUMNS = tuple(column.name for column in interaction.columns)


class LogDiverged(Exception):  # noqa: N818  # named for what happened, as the other refusals are
    """What is appended does not continue the stored log; nothing was stored."""


class EventStore:
    """Keeps the one log. History can never differ from it: both change in one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def append(self, batch: Sequence[Recorded]) -> None:
        """Store events and advance the interactions they touch; what is stored already is passed over.

        Raises `LogDiverged` when the batch leaves a gap after the stored log, or disagrees with it.
        """
        if not batch:
            return
        ordered = sorted({recorded.seq: recorded for recorded in batch}.values(), key=lambda r: r.seq)
        async with self._database.transaction() as connection:
            last = await lock_cursor(connection, _CURSOR)
            known = [r for r in ordered if r.seq <= last]
            new = [r for r in ordered if r.seq > last]
            await _check_same(connection, known)
            if not new:
                return
            _check_no_gap(last, new)
            await connection.execute(insert(cti_event), [_row(recorded) for recorded in new])
            for some in _between_merges(new):
                await _advance_interactions(connection, some)
                await advance_callbacks(connection, some)
                last_one = some[-1]
                if isinstance(last_one.event, CustomersMerged | CustomersSplit):
                    await in_history(connection, last_one.event, last_one.at)
            moved = update(projection_cursor).where(projection_cursor.c.name == _CURSOR)
            await connection.execute(moved.values(seq=new[-1].seq))

    async def last_seq(self) -> int:
        """The last event stored, 0 when there is none."""
        async with self._database.reading() as connection:
            cursor = select(projection_cursor.c.seq).where(projection_cursor.c.name == _CURSOR)
            return (await connection.execute(cursor)).scalar_one_or_none() or 0

    async def read(self, after: int, limit: int) -> list[Recorded]:
        """At most `limit` events following `after`, in order."""
        return await self._fetch(_select().where(cti_event.c.seq > after).limit(limit))

    async def of_contact(self, contact: str) -> list[Recorded]:
        """Every event of a contact, in order."""
        return await self._fetch(_select().where(cti_event.c.contact == contact))

    async def between(
        self, from_at: float, to_at: float, types: Collection[str] | None = None
    ) -> AsyncIterator[Recorded]:
        """Events with `from_at <= at < to_at` in order, only of `types` when given; read page by page."""
        wanted = _select().where(cti_event.c.at >= from_at, cti_event.c.at < to_at)
        if types is not None:
            wanted = wanted.where(cti_event.c.type.in_(types))
        after = 0
        while page := await self._fetch(wanted.where(cti_event.c.seq > after).limit(_PAGE)):
            for recorded in page:
                yield recorded
            after = page[-1].seq

    async def _fetch(self, query: Select[Any]) -> list[Recorded]:
        async with self._database.reading() as connection:
            return [_recorded(row) for row in await connection.execute(query)]


def _select() -> Select[Any]:
    return select(cti_event.c.seq, cti_event.c.id, cti_event.c.at, cti_event.c.body).order_by(cti_event.c.seq)


def _row(recorded: Recorded) -> dict[str, Any]:
    event = recorded.event
    return {
        "seq": recorded.seq,
        "id": recorded.id,
        "at": recorded.at,
        "type": event.type,
        "contact": contact_of(event),
        "agent": agent_of(event),
        "body": _EVENTS.dump(event).decode(),
    }


def _recorded(row: Row[Any]) -> Recorded:
    return Recorded(seq=row.seq, id=row.id, at=row.at, event=_EVENTS.load(row.body))


async def lock_cursor(connection: AsyncConnection, name: str) -> int:
    """The number a cursor is at, locked until the transaction ends: two cannot both go on from it."""
    query = select(projection_cursor.c.seq).where(projection_cursor.c.name == name).with_for_update()
    last: int | None = (await connection.execute(query)).scalar_one_or_none()
    if last is None:
        await connection.execute(insert(projection_cursor).values(name=name, seq=0))
    return last or 0


async def _check_same(connection: AsyncConnection, known: Sequence[Recorded]) -> None:
    if not known:
        return
    query = select(cti_event.c.seq, cti_event.c.id).where(
        cti_event.c.seq.between(known[0].seq, known[-1].seq)
    )
    stored = {row.seq: row.id for row in await connection.execute(query)}
    for recorded in known:
        if stored.get(recorded.seq) != recorded.id:
            raise LogDiverged(
                f"event {recorded.seq} is stored as {stored.get(recorded.seq)}, not {recorded.id}: "
                "the event journal and the database do not belong together"
            )


def _check_no_gap(last: int, new: Sequence[Recorded]) -> None:
    for expected, recorded in enumerate(new, start=last + 1):
        if recorded.seq != expected:
            raise LogDiverged(f"event {recorded.seq} follows {expected - 1}: events are missing between them")


def _between_merges(new: Sequence[Recorded]) -> list[list[Recorded]]:
    """Runs of events that each end with a merge or a split, the last one perhaps not."""
    runs: list[list[Recorded]] = [[]]
    for recorded in new:
        runs[-1].append(recorded)
        if isinstance(recorded.event, CustomersMerged | CustomersSplit):
            runs.append([])
    return [run for run in runs if run]


async def _advance_interactions(connection: AsyncConnection, new: Sequence[Recorded]) -> None:
    touched = {contact for r in new if (contact := contact_of(r.event)) is not None}
    if not touched:
        return
    query = select(interaction).where(interaction.c.contact.in_(touched))
    before = {row.contact: interaction_of(row) for row in await connection.execute(query)}
    now: dict[str, Interaction] = dict(before)
    for recorded in new:
        contact = contact_of(recorded.event)
        if contact is not None:
            now[contact] = advance(now.get(contact), recorded)
    said = {
        r.event.contact: r.event.customer
        for r in new
        if isinstance(r.event, CustomerIdentified) and r.event.customer is not None
    }
    if said:
        for contact, owner in (await owners(connection, said)).items():
            now[contact] = replace(now[contact], customer=owner)
    if added := [_values(row) for contact, row in now.items() if contact not in before]:
        await connection.execute(insert(interaction), added)
    if changed := [
        _values(row) | {"its_contact": contact} for contact, row in now.items() if contact in before
    ]:
        same = interaction.c.contact == bindparam("its_contact")
        await connection.execute(update(interaction).where(same), changed)


def _values(row: Interaction) -> dict[str, Any]:
    values = {name: getattr(row, name) for name in _COLUMNS}
    values["digits"] = [{"node": keyed.node, "digits": keyed.digits} for keyed in row.digits]
    values["segments"] = [asdict(segment) for segment in row.segments]
    values["quality"] = [asdict(leg) for leg in row.quality]
    values["survey"] = [asdict(answered) for answered in row.survey]
    return values
