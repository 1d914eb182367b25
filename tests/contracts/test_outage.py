"""The database goes away while calls go on: nothing is lost, everybody can see it, nothing comes twice."""

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from contact_center.cti.events import CtiEvent
from contact_center.cti.feed import LiveFeed
from contact_center.cti.journal import Journal
from contact_center.cti.log import EventLog
from contact_center.customers import history
from contact_center.loyalty.notices import Notices
from contact_center.metrics.exporter import FloorGauges
from contact_center.metrics.wallboard import Floor
from contact_center.runtime.directory import Directory
from contact_center.storage import engine
from contact_center.storage.engine import Database, open_database
from contact_center.storage.events import EventStore
from contact_center.storage.migrate import upgrade
from contact_center.storage.records import Records
from load_tests.own_postgres import OwnPostgres
from tests.calls import abandoned_call, handled_call
from tests.support import aio, until


class Sqlite:
    """A file that somebody else holds the write lock of for as long as the outage lasts."""

    def __init__(self, path: Path) -> None:
        self._path, self._held = path, sqlite3.connect(":memory:")
        self.url = f"sqlite+aiosqlite:///{path}"

    def stop(self) -> None:
        self._held = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
        self._held.execute("BEGIN IMMEDIATE")

    def start(self) -> None:
        self._held.execute("ROLLBACK")
        self._held.close()

    def remove(self) -> None:
        self._held.close()


class Postgres:
    """A server that is really stopped and started again."""

    def __init__(self) -> None:
        self._server = OwnPostgres()
        self._server.start()
        self.url = f"{self._server.url}/postgres"

    def stop(self) -> None:
        self._server.stop()

    def start(self) -> None:
        self._server.start()

    def remove(self) -> None:
        self._server.remove()


@contextmanager
def outages(kind: str, folder: Path) -> Iterator[Sqlite | Postgres]:
    server = Sqlite(folder / "test.db") if kind == "sqlite" else Postgres()
    try:
        yield server
    finally:
        server.remove()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
@aio
async def test_an_outage_loses_nothing_and_is_seen(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "BUSY_TIMEOUT_S", 0)
    monkeypatch.setattr("contact_center.cti.log.RETRY_S", 0.2)
    with outages(kind, tmp_path) as server:
        await upgrade(server.url)
        database = open_database(server.url)
        await _through_an_outage(database, server, tmp_path)
        await database.close()


async def _through_an_outage(database: Database, server: Sqlite | Postgres, folder: Path) -> None:
    at, ids, store = [100.0], iter(range(10_000)), EventStore(database)
    log = EventLog(Journal(folder / "events"), store, None, lambda: at[0], lambda: f"e{next(ids)}")
    notices, registry = Notices(), CollectorRegistry()
    floor = Floor(Directory())
    feed = LiveFeed([floor, notices], "f", lambda: at[0])
    registry.register(FloorGauges(floor, tuple, lambda: log.unstored))
    log.store_changed = lambda fault: feed.touch(notices.records(fault, at[0]))
    log.subscribe(feed.tell)
    log.start()
    calls = [("before", handled_call("before")), ("during", handled_call("during"))]
    calls += [("lost", abandoned_call("lost")), ("after", handled_call("after"))]
    _speak(log, at, calls[0][1])
    await until(lambda: log.unstored == 0)
    await asyncio.to_thread(server.stop)
    _speak(log, at, calls[1][1])
    _speak(log, at, calls[2][1])
    await until(lambda: log.store_fault)
    assert isinstance(server, Sqlite) or not await database.ping()  # readyz says 503
    row = notices.row(("notices", "records"))
    assert row is not None
    assert (row["kind"], row["detail"] != "") == ("records_away", True)
    waiting = len(calls[1][1]) + len(calls[2][1])
    assert f"cc_events_unstored {waiting}.0" in generate_latest(registry).decode()
    at[0] += 60  # a minute of it
    await asyncio.to_thread(server.start)
    await until(lambda: log.unstored == 0)
    assert log.store_fault is None
    assert notices.row(("notices", "records")) is None
    assert await database.ping()
    _speak(log, at, calls[3][1])
    await until(lambda: log.unstored == 0)
    whole = await store.read(0, 1000)
    assert [r.seq for r in whole] == list(range(1, sum(len(events) for _, events in calls) + 1))
    records = Records(database)
    for contact, events in calls:
        told = await store.of_contact(contact)
        assert [r.event for r in told] == events
        assert await records.interaction(contact) == history.fold(told)
    await log.stop()


def _speak(log: EventLog, at: list[float], events: list[CtiEvent]) -> None:
    for event in events:
        at[0] += 1
        log.append([event])
