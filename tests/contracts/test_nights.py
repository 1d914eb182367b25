"""The base is reckoned at its hour, by one process at a time, and caught up; on both engines."""

import os
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from contact_center.customers.record import Customer
from contact_center.loyalty.nights import Night, Nights, due, in_process_of_its_own, last_due
from contact_center.metrics.exporter import NightGauges
from contact_center.runtime.errors import Conflict
from contact_center.storage import loyalty as loyalty_store
from contact_center.storage.engine import Database, open_database
from contact_center.storage.loyalty import LoyaltyStore
from contact_center.storage.migrate import upgrade
from contact_center.storage.nights import NightStore, StillRunning
from contact_center.storage.records import Records
from tests.contracts.test_loyalty_store import NOW, fill, known
from tests.support import aio

HOUR = 3600.0
SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
MIDNIGHT = 1_700_006_400.0  # 15 November 2023 00:00 UTC, 08:00 in Shanghai


@pytest.mark.parametrize(
    ("now", "hour", "zone", "expected"),
    [
        (MIDNIGHT, 8, SHANGHAI, MIDNIGHT),
        (MIDNIGHT - 1, 8, SHANGHAI, MIDNIGHT - 24 * HOUR),
        (MIDNIGHT, 3, SHANGHAI, MIDNIGHT - 5 * HOUR),
        (1711846800.0, 3, BERLIN, 1711846800.0),  # 31 March 2024 03:00 CEST: the night of 23 hours
        (1711846799.0, 3, BERLIN, 1711846800.0 - 23 * HOUR),
    ],
)
def test_the_hour_is_that_of_the_zone(now: float, hour: int, zone: ZoneInfo, expected: float) -> None:
    assert last_due(now, hour, zone) == expected


NIGHT = Night(id="n", started_at=100.0, seen_at=150.0, customers=9, ended_at=160.0)


@pytest.mark.parametrize(
    ("latest", "now", "since", "scheduled", "expected"),
    [
        (None, 1000.0, 900.0, 800.0, False),  # the first comes at its hour
        (None, 1000.0, 900.0, 950.0, True),
        (NIGHT, 1000.0, 900.0, 50.0, False),
        (NIGHT, 1000.0, 900.0, 500.0, True),  # missed while nothing ran: caught up
        (replace(NIGHT, ended_at=None), 200.0, 0.0, 190.0, False),  # still running
        (replace(NIGHT, ended_at=None), 999.0, 0.0, 50.0, False),  # died; tried again in a while
        (replace(NIGHT, ended_at=None), 1000.0, 0.0, 50.0, True),
        (replace(NIGHT, fault="disk"), 1000.0, 0.0, 50.0, True),
    ],
)
def test_when_a_night_is_due(
    latest: Night | None, now: float, since: float, scheduled: float, *, expected: bool
) -> None:
    assert due(latest, now, since, scheduled) is expected


@aio
async def test_a_night_is_told_as_it_goes_and_is_alone(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loyalty_store, "CHUNK", 20)
    await fill(database, 30)
    nights, now = NightStore(database), [NOW]
    seen = []
    async for here in nights.run("n1", lambda: now[0]):
        seen.append((here.done, here.customers, here.ended_at))
        if not seen[1:]:
            assert await nights.latest() == here
            with pytest.raises(StillRunning):
                _ = [night async for night in nights.run("n2", lambda: now[0])]
        now[0] += 1
    assert [done for done, _, _ in seen] == [20, 34, 34]
    assert seen[-1][1:] == (34, NOW + 2)
    assert [night.id for night in await nights.nights(9)] == ["n1"]
    store = LoyaltyStore(database)
    nightly = await known(store, "c1")
    await store.reckon(["c1", "nobody"], NOW)  # one alone, by what the night had learnt
    assert replace(await known(store, "c1"), past=()) == replace(nightly, past=())


@aio
async def test_what_stops_a_night_is_kept_and_the_next_one_may_run(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill(database, 30)
    nights = NightStore(database)

    async def broken(*_: object) -> AsyncIterator[int]:
        yield 10
        raise OSError("disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(LoyaltyStore, "recompute", broken)
        with pytest.raises(OSError, match="full"):
            _ = [night async for night in nights.run("n1", lambda: NOW)]
    failed = await nights.latest()
    assert failed is not None
    assert (failed.done, failed.fault, failed.running(NOW)) == (10, "OSError: disk is full", False)
    last = [night async for night in nights.run("n2", lambda: NOW + 1)][-1]
    assert (last.done, last.fault, last.ended_at) == (34, "", NOW + 1)


@aio
async def test_the_centre_begins_it_at_its_hour_once_and_shows_it(sqlite_database: Database) -> None:
    await fill(sqlite_database, 20)
    kept, now, ran = NightStore(sqlite_database), [MIDNIGHT - 60], []

    async def work() -> str:
        ran.append(now[0])
        _ = [night async for night in kept.run(f"n{len(ran)}", lambda: now[0])]
        return ""

    nights = Nights(kept, work, lambda: now[0], hour=8, zone=SHANGHAI)
    registry = CollectorRegistry()
    registry.register(NightGauges(lambda: nights.latest, lambda: now[0]))
    assert not await nights.tick()
    now[0] = MIDNIGHT + 5
    assert await nights.tick()
    assert not await nights.tick()  # it has begun
    with pytest.raises(Conflict, match="already"):
        await nights.now()
    await nights.finished()
    assert not await nights.tick()
    shown = generate_latest(registry).decode()
    assert "cc_night_customers_done 24.0" in shown
    assert "cc_night_running 0.0" in shown
    now[0] += 3 * 86_400  # the centre was down for days: one night catches up
    again = Nights(kept, work, lambda: now[0], hour=8, zone=SHANGHAI)
    assert await again.tick()
    await again.finished()
    assert not await again.tick()
    assert len(ran) == 2


@aio
async def test_a_process_of_its_own_does_it(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'base.db'}"
    await upgrade(url)
    database = open_database(url)
    await Records(database).save_customers([Customer(id="c1", name="Mei")])
    where = {**os.environ, "CC_DATA_DIR": str(tmp_path), "CC_DATABASE_URL": url}
    assert await in_process_of_its_own(where) == ""
    done = await NightStore(database).latest()
    assert done is not None
    assert (done.done, done.fault) == (1, "")
    await database.close()
    assert "CC_NONSENSE" in await in_process_of_its_own({**where, "CC_NONSENSE": "1"})
