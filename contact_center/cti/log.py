"""The one event log: gives every event its number, keeps it, and tells everybody in order.

`append` is synchronous: numbered, written to the journal, folded by the listeners; storing in the database
follows in batches and is retried for as long as the database is away. Nothing is told before it is written.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Protocol

from contact_center.cti.events import CtiEvent, Recorded
from contact_center.cti.journal import Entry, Journal, Turn

_log = logging.getLogger(__name__)
BATCH = 500
RETRY_S = 1.0
GATHER_S = 0.1
"""How long events wait for company before they are stored: a transaction costs far more than a row."""

Listener = Callable[[Sequence[Recorded]], None]


class Store(Protocol):
    """Where events are kept for good (`storage.events.EventStore`)."""

    async def append(self, batch: Sequence[Recorded]) -> None: ...

    async def last_seq(self) -> int: ...


class Bus(Protocol):
    """Who else hears of events: other processes over Redis Streams, or nobody."""

    async def publish(self, batch: Sequence[Recorded]) -> None: ...


class EventLog:
    """`clock` gives epoch seconds; `new_id` a unique id per event."""

    def __init__(
        self,
        journal: Journal,
        store: Store,
        bus: Bus | None,
        clock: Callable[[], float],
        new_id: Callable[[], str],
    ) -> None:
        self._journal, self._store, self._bus = journal, store, bus
        self._clock, self._new_id = clock, new_id
        self._listeners: list[Listener] = []
        self._unstored: list[Recorded] = []
        self._unstored_came = asyncio.Event()
        self._drained = asyncio.Event()
        self._drained.set()
        self._task: asyncio.Task[None] | None = None
        self.seq = 0
        self.last_at = 0.0
        self.store_fault: str | None = None
        self.store_changed: Callable[[str | None], None] = lambda _: None
        """Told when the database goes away (why) and when it is back (None)."""
        self.journal_fault: str | None = None

    async def recover(self) -> list[Turn]:
        """Bring the database up to the journal; the journal's turns, oldest first. Call before `start`."""
        stored = await self._store.last_seq()
        turns: list[Turn] = []
        missing: list[Recorded] = []
        for entry in self._journal.entries():
            missing += [event for event in entry.events if event.seq > stored]
            turns += entry.turns
        for start in range(0, len(missing), BATCH):
            await self._store.append(missing[start : start + BATCH])
        if missing:
            _log.info("stored %d events the database had missed", len(missing))
        self.seq = max(stored, missing[-1].seq if missing else 0)
        return turns

    def start(self) -> None:
        self._task = asyncio.ensure_future(self._drain())

    async def stop(self) -> None:
        """Store what is left (waiting up to 5 s for the database) and close the journal."""
        try:
            await asyncio.wait_for(self._drained.wait(), 5.0)
        except TimeoutError:
            _log.warning("%d events stay in the journal only: %s", len(self._unstored), self.store_fault)
        if self._task is not None:
            self._task.cancel()
        self._journal.close()

    def subscribe(self, listener: Listener) -> None:
        """Called with every batch after it is written, in order, in the core's own turn."""
        self._listeners.append(listener)

    def now(self) -> float:
        """Epoch seconds, never behind the last event: a clock set back does not reorder the log."""
        return max(self._clock(), self.last_at)

    def append(self, events: Sequence[CtiEvent], turns: Sequence[Turn] = ()) -> list[Recorded]:
        """Number, write and tell, all or nothing; `turns` go into the same journal line."""
        now = self.now()
        recorded = [
            Recorded(seq=self.seq + n, id=self._new_id(), at=now, event=event)
            for n, event in enumerate(events, 1)
        ]
        if not recorded and not turns:
            return recorded
        try:
            self._journal.append(Entry(events=tuple(recorded), turns=tuple(turns)))
            self.journal_fault = None
        except OSError as error:
            # The call goes on and the database still gets it; readiness and the log say what is at risk.
            self.journal_fault = str(error)
            _log.exception("journal cannot be written; events are kept in memory until stored")
        if recorded:
            self.seq, self.last_at = recorded[-1].seq, now
            self._unstored += recorded
            self._drained.clear()
            self._unstored_came.set()
            for listener in self._listeners:
                listener(recorded)
        return recorded

    async def store_rest(self) -> None:
        """Store what is not yet stored, now; raises what the database raises."""
        while batch := self._unstored[:BATCH]:
            await self._keep(batch)

    async def _keep(self, batch: Sequence[Recorded]) -> None:
        await self._store.append(batch)
        if self._bus is not None:
            await self._bus.publish(batch)
        del self._unstored[: len(batch)]
        self._journal.forget_stored(batch[-1].seq)

    @property
    def unstored(self) -> int:
        """How many events the database does not have yet."""
        return len(self._unstored)

    async def _drain(self) -> None:
        while True:
            await self._unstored_came.wait()
            await asyncio.sleep(GATHER_S)
            batch = self._unstored[:BATCH]
            try:
                await self._keep(batch)
            except Exception as error:  # noqa: BLE001  # whatever the driver raises, the events must wait
                gone, self.store_fault = self.store_fault is None, str(error) or type(error).__name__
                if gone:
                    _log.warning("events cannot be stored, will retry: %s", error)
                    self.store_changed(self.store_fault)
                await asyncio.sleep(RETRY_S)
                continue
            if self.store_fault is not None:
                _log.info("events are stored again")
                self.store_fault = None
                self.store_changed(None)
            if not self._unstored:
                self._unstored_came.clear()
                self._drained.set()
