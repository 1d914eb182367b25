"""The log: written before it is told, and nothing lost between file and database."""

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from contact_center.cti import events as cti
from contact_center.cti.events import Recorded
from contact_center.cti.journal import Entry, Journal, Turn
from contact_center.cti.log import EventLog
from tests.support import aio, until


class Shelf:
    """A store in memory that can be told to fail."""

    def __init__(self) -> None:
        self.events: list[Recorded] = []
        self.away = False

    async def append(self, batch: Sequence[Recorded]) -> None:
        if self.away:
            raise ConnectionError("database is away")
        known = {event.seq for event in self.events}
        self.events += [event for event in batch if event.seq not in known]

    async def last_seq(self) -> int:
        return self.events[-1].seq if self.events else 0


def log_over(folder: Path, shelf: Shelf) -> EventLog:
    ids = iter(range(10_000))
    return EventLog(Journal(folder), shelf, None, lambda: 100.0, lambda: f"e{next(ids)}")


def ready(agent: str = "anna") -> cti.CtiEvent:
    return cti.AgentReady(agent=agent)


@aio
async def test_numbers_have_no_gaps_and_listeners_hear_what_is_written(tmp_path: Path) -> None:
    log = log_over(tmp_path, Shelf())
    heard: list[int] = []
    on_disk: list[int] = []

    def listen(batch: Sequence[Recorded]) -> None:
        heard.extend(event.seq for event in batch)
        on_disk.append(sum(len(entry.events) for entry in Journal(tmp_path).entries()))

    log.subscribe(listen)
    log.append([ready(), ready("bo")])
    log.append([ready()])
    assert heard == [1, 2, 3]
    assert on_disk == [2, 3]


@aio
async def test_a_killed_core_leaves_events_that_the_next_one_stores(tmp_path: Path) -> None:
    shelf = Shelf()
    killed = log_over(tmp_path, shelf)
    turn = Turn(conversation="v1", turn=1, ack=2, blob="{}", ops="[]")
    killed.append([ready()], [turn])
    log = log_over(tmp_path, shelf)
    assert await log.recover() == [turn]
    assert [event.seq for event in shelf.events] == [1]
    assert log.append([ready()])[0].seq == 2


@aio
async def test_a_database_away_for_a_while_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("contact_center.cti.log.RETRY_S", 0.01)
    shelf = Shelf()
    shelf.away = True
    log = log_over(tmp_path, shelf)
    log.start()
    log.append([ready()])
    await until(lambda: log.store_fault)
    log.append([ready(), ready()])
    assert log.unstored == 3
    shelf.away = False
    await until(lambda: log.unstored == 0)
    assert [event.seq for event in shelf.events] == [1, 2, 3]
    assert log.store_fault is None
    await log.stop()


def test_a_torn_last_line_is_cut(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    event = Recorded(seq=1, id="e1", at=1.0, event=ready())
    journal.append(Entry(events=(event,)))
    journal.close()
    with (tmp_path / "00000001.jsonl").open("ab") as file:
        file.write(b'{"events":[{"seq":2,')
    again = Journal(tmp_path)
    assert [entry.events for entry in again.entries()] == [(event,)]
    again.append(Entry(events=(Recorded(seq=2, id="e2", at=2.0, event=ready()),)))
    assert [e.seq for entry in again.entries() for e in entry.events] == [1, 2]


def test_a_broken_line_is_named(tmp_path: Path) -> None:
    (tmp_path / "00000001.jsonl").write_bytes(b'{"events":[]}\n{"nothing":1}\n')
    with pytest.raises(ValueError, match=r"00000001\.jsonl:2: not a journal line"):
        list(Journal(tmp_path).entries())


def test_files_rotate_and_stored_ones_go(tmp_path: Path) -> None:
    journal = Journal(tmp_path, rotate_bytes=300)
    for seq in range(1, 21):
        journal.append(Entry(events=(Recorded(seq=seq, id=f"e{seq}", at=1.0, event=ready()),)))
    files = sorted(tmp_path.iterdir())
    assert len(files) > 4
    assert [e.seq for entry in journal.entries() for e in entry.events] == list(range(1, 21))
    journal.forget_stored(20)
    assert len(list(tmp_path.iterdir())) == 2
    assert next(iter(journal.entries())).events[0].seq > 1


@aio
async def test_a_full_disk_is_told_and_the_database_still_gets_the_event(tmp_path: Path) -> None:
    shelf = Shelf()
    journal = Journal(tmp_path)
    os.dup2(os.open("/dev/full", os.O_WRONLY), journal._file)
    log = EventLog(journal, shelf, None, lambda: 1.0, lambda: "e")
    log.start()
    log.append([ready()])
    assert "No space left" in str(log.journal_fault)
    await until(lambda: shelf.events)
    await log.stop()
