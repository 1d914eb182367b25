"""Callbacks in the database: one row each, advanced by the events of the log in the same transaction."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

from sqlalchemy import Row, bindparam, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from contact_center.acd.callback import OPEN, Callback, advance
from contact_center.cti.events import CallbackEvent, CallbackRequested, Recorded
from contact_center.storage.engine import Database
from contact_center.storage.merging import owners
from contact_center.storage.tables import callback


class CallbackStore:
    """What is kept of callbacks; the log is what changes it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def open(self) -> list[Callback]:
        """Those that wait or are being called, however old."""
        async with self._database.reading() as connection:
            rows = await connection.execute(select(callback).where(callback.c.state.in_(OPEN)))
            return [_callback(row) for row in rows]

    async def ended(self, limit: int, queue: str | None = None) -> list[Callback]:
        """Those that are over, the newest request first."""
        query = select(callback).where(callback.c.state.not_in(OPEN))
        if queue is not None:
            query = query.where(callback.c.queue == queue)
        query = query.order_by(callback.c.requested_at.desc(), callback.c.id.desc()).limit(limit)
        async with self._database.reading() as connection:
            return [_callback(row) for row in await connection.execute(query)]


async def advance_callbacks(connection: AsyncConnection, new: Sequence[Recorded]) -> None:
    """Carry the events on into the rows they are about."""
    mine = [(recorded.event, recorded.at) for recorded in new if isinstance(recorded.event, CallbackEvent)]
    if not mine:
        return
    query = select(callback).where(callback.c.id.in_({event.callback for event, _ in mine}))
    before = {row.id: _callback(row) for row in await connection.execute(query)}
    now = dict(before)
    for event, at in mine:
        if event.callback in now or isinstance(event, CallbackRequested):  # else it began before this log
            now[event.callback] = advance(now.get(event.callback), event, at)
    asked = {name: each.customer for name, each in now.items() if name not in before and each.customer}
    if asked:
        for name, owner in (await owners(connection, asked, "callback")).items():
            now[name] = replace(now[name], customer=owner)
    if added := [asdict(each) for name, each in now.items() if name not in before]:
        await connection.execute(insert(callback), added)
    if changed := [asdict(each) | {"its_id": name} for name, each in now.items() if name in before]:
        await connection.execute(update(callback).where(callback.c.id == bindparam("its_id")), changed)


def _callback(row: Row[Any]) -> Callback:
    columns = dict(row._mapping)
    columns["alternatives"] = tuple(columns["alternatives"])
    columns["relaxed"] = tuple((after_s, tuple(ways)) for after_s, ways in columns["relaxed"])
    return Callback(**columns)
