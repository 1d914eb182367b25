"""Rows of recordings and of the audit."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Row, delete, insert, select

from contact_center.recordings.recording import AuditRow, Pause, Peaks, Recording
from contact_center.storage.engine import Database
from contact_center.storage.tables import audit, recording


class RecordingStore:
    """What is kept of recordings, and who touched them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def keep(self, kept: Recording) -> None:
        """Store a finished recording; the same again replaces it."""
        async with self._database.transaction() as connection:
            await connection.execute(delete(recording).where(recording.c.id == kept.id))
            await connection.execute(insert(recording).values(**asdict(kept)))

    async def of_contact(self, contact: str) -> list[Recording]:
        """A contact's recordings, oldest first."""
        query = select(recording).where(recording.c.contact == contact)
        async with self._database.reading() as connection:
            rows = await connection.execute(query.order_by(recording.c.started_at, recording.c.id))
            return [_recording(row) for row in rows]

    async def expired(self, now: float) -> Sequence[Recording]:
        async with self._database.reading() as connection:
            rows = await connection.execute(select(recording).where(recording.c.expires_at <= now))
            return [_recording(row) for row in rows]

    async def forget(self, id_: str, row: AuditRow) -> None:
        """Delete a recording's row and write why, together."""
        async with self._database.transaction() as connection:
            await connection.execute(delete(recording).where(recording.c.id == id_))
            await connection.execute(insert(audit).values(**asdict(row)))

    async def note(self, row: AuditRow) -> None:
        """Write what somebody did."""
        async with self._database.transaction() as connection:
            await connection.execute(insert(audit).values(**asdict(row)))

    async def noted(
        self, limit: int, subject: str | None = None, user: str | None = None, action: str | None = None
    ) -> list[AuditRow]:
        """The newest audit rows, those of a subject, a user, an action where given."""
        query = select(audit).order_by(audit.c.at.desc(), audit.c.id.desc()).limit(limit)
        for column, wanted in ((audit.c.subject, subject), (audit.c.user, user), (audit.c.action, action)):
            if wanted is not None:
                query = query.where(column == wanted)
        async with self._database.reading() as connection:
            return [AuditRow(**row._mapping) for row in await connection.execute(query)]


def _recording(row: Row[Any]) -> Recording:
    values = dict(row._mapping)
    values["peaks"] = Peaks(left=tuple(row.peaks["left"]), right=tuple(row.peaks["right"]))
    values["pauses"] = tuple(Pause(**pause) for pause in row.pauses)
    return Recording(**values)
