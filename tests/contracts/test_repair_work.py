"""What opens repair cases beside words, what is done to them, and that the log alone tells it again."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from contact_center.cti import events as cti
from contact_center.loyalty import casework, repair
from contact_center.loyalty.repair import Assign, Close, Give, Remedy, Reopen, RepairCase, TaskDone
from contact_center.loyalty.service import Loyalty
from contact_center.recordings.recording import AuditRow
from contact_center.storage.customer_tables import benefit, repair_act, repair_case
from contact_center.storage.engine import Database, open_database
from contact_center.storage.erasure import erase
from contact_center.storage.events import EventStore
from contact_center.storage.loyalty import LoyaltyStore
from contact_center.storage.migrate import upgrade
from tests.calls import ARRIVED_AT, handled_call, recorded
from tests.contracts.test_loyalty_store import DAY, MONTH, NOW, fill, known, reckoned
from tests.support import aio


class Core:
    """A core whose log is stored as it is said; `now` is its clock."""

    def __init__(self, database: Database) -> None:
        self.database, self.now = database, NOW
        self.store, self.events = LoyaltyStore(database), EventStore(database)
        self.said: list[cti.CtiEvent] = []
        self.service = Loyalty(self.store, self.events.read, lambda: self.now, self.said.extend)

    async def happens(self, events: Sequence[cti.CtiEvent]) -> None:
        """These events come into the log, are followed, and what was done beside it is told and stored."""
        last = await self.events.last_seq()
        await self.events.append(recorded(events, first_seq=last + 1, at=self.now))
        await self.service.follow()
        await self.service.tell_log()
        if said := self.said[:]:
            self.said.clear()
            await self.happens(said)

    async def does(self, case: str, act: casework.CaseAct, id_: str) -> RepairCase:
        before = await self.store.case(case)
        assert before is not None
        after, _ = repair.step(before, act, self.now)
        told = casework.act_event(before, after, act, id_=id_, by="sue", at=self.now)
        await self.store.keep_case(after, self.now, () if told is None else (told,))
        return after


async def rows(database: Database) -> dict[str, list[dict[str, Any]]]:
    async with database.reading() as connection:
        return {
            table.name: [
                {**row} for row in (await connection.execute(table.select().order_by(table.c.id))).mappings()
            ]
            for table in (repair_case, repair_act, benefit)
        }


@aio
async def test_the_log_alone_tells_again_what_was_done_to_a_case(database: Database, tmp_path: Path) -> None:
    """Tiers, owners and times are those of then, though the new base has no profile of anybody."""
    await fill(database, 20)
    core = Core(database)
    await reckoned(core.store)
    await core.happens(handled_call("k", disposition="complaint"))
    acts: list[tuple[casework.CaseAct, str]] = [
        (TaskDone(task="apology"), "act-1"),
        (TaskDone(task="apology"), "act-2"),  # done already: nothing to tell
        (Assign(owner="a2"), "act-3"),
        (Give(remedy=Remedy(kind="credit", amount=12.5, at=NOW + 2400.0, by="ann", cap=20.0)), "act-3b"),
        (Close(outcome="customer_confirms"), "act-4"),
        (Reopen(), "act-5"),
        (Close(outcome="final_reply"), "act-6"),
    ]
    for step, (act, id_) in enumerate(acts):
        core.now = NOW + 600.0 * (step + 1)
        await core.does("k.voice", act, id_)
        await core.happens([])
    kept = await rows(database)
    assert [row["id"] for row in kept["repair_act"]] == [
        *("act-1", "act-3", "act-3b", "act-4", "act-5", "act-6"),
        *("k.voice.follow_up.opened", "k.voice.opened"),
    ]
    assert not any(row["unsaid"] for row in kept["repair_act"])
    (booked,) = kept["benefit"]
    assert (booked["customer"], booked["kind"], booked["amount_e4"]) == ("c1", "remedy", -125_000)
    assert booked["at"] == NOW + 2400.0
    whole = await core.events.read(0, 1000)
    url = f"sqlite+aiosqlite:///{tmp_path / 'again.db'}"
    await upgrade(url)
    other = open_database(url)
    await fill(other, 20)
    again = Core(other)
    await again.events.append(whole)
    for _ in range(2):  # and once more from its beginning: nothing is done twice
        await again.service.follow()
        await again.service.tell_log()
        assert await rows(other) == kept
        assert again.said == []
        async with other.transaction() as connection:
            await connection.exec_driver_sql("UPDATE projection_cursor SET seq = 0 WHERE name = 'loyalty'")
    await other.close()


@aio
async def test_a_night_opens_a_case_for_a_valuable_customer_who_leaves_without_a_word(
    database: Database,
) -> None:
    await fill(database, 60)
    core = Core(database)
    await reckoned(core.store, NOW - 13 * MONTH)
    first = await known(core.store, "leaving")
    assert (first.reaction, await core.store.open_cases()) == (None, [])
    for months_ago in range(12, -1, -1):
        await reckoned(core.store, NOW - months_ago * MONTH)
    quiet = await known(core.store, "leaving")
    assert (quiet.reaction, quiet.because) == ("exit", "drawdown")
    (case,) = await core.store.cases_of("leaving")
    assert (case.reaction, case.because, case.closed_at) == ("exit", "drawdown", None)
    assert case.tier in ("platinum", "gold")
    assert case.due_at == case.opened_at + 3600.0 * (1 if case.tier == "gold" else 0.25)
    for other in await core.store.open_cases():
        assert other.tier in ("platinum", "gold"), "the others cost more to call than they bring"
    await core.happens([])
    told = [r.event for r in await core.events.read(0, 1000) if isinstance(r.event, cti.RepairOpened)]
    assert case.case in {event.case for event in told}
    assert await core.store.acts_unsaid() == []


def wish(callback: str, contact: str, promised_at: float | None = None) -> cti.CallbackRequested:
    return cti.CallbackRequested(
        callback=callback,
        contact=contact,
        queue="billing",
        number="+12025550100",
        skills={},
        priority=0,
        enqueued_at=NOW,
        expires_at=NOW + 900,
        language="en",
        customer="c1",
        promised_at=promised_at,
    )


@aio
async def test_a_callback_that_nobody_made_is_a_broken_promise(database: Database) -> None:
    await fill(database, 20)
    core = Core(database)
    await reckoned(core.store)
    await core.happens([*handled_call("k"), wish("b1", "k"), wish("b2", "k"), wish("b3", "k")])
    kept = cti.CallbackDone(callback="b1", contact="k", queue="billing", agent="a1", wait_s=9.0)
    await core.happens([kept, cti.CallbackGivenUp(callback="b2", contact=None, queue="billing")])
    assert await core.store.open_cases() == []
    happy = await known(core.store, "c1")
    await core.happens([cti.CallbackExpired(callback="b3", contact=None, queue="billing")])
    (case,) = await core.store.open_cases()
    assert (case.case, case.customer, case.because) == ("b3.missed", "c1", "missed_callback")
    assert (case.reaction, case.owner) == ("loyalty", "a1")  # who talked to him last makes good
    assert case.due_at is not None
    angry = await known(core.store, "c1")
    trust = [next(c.score for c in p.contributions if c.name == "trust") for p in (happy, angry)]
    assert trust[0] > trust[1]
    assert (angry.reaction, angry.because) == ("loyalty", "waits_after_failure")


@aio
async def test_a_callback_later_than_promised_is_one_broken_promise(database: Database) -> None:
    await fill(database, 20)
    core = Core(database)
    await reckoned(core.store)
    await core.happens([*handled_call("k"), wish("b1", "k", NOW + 60.0), wish("b2", "k", NOW + 60.0)])
    done = cti.CallbackDone(callback="b1", contact="k", queue="billing", agent="a1", wait_s=50.0)
    await core.happens([done])
    kept = await known(core.store, "c1")
    late = cti.CallbackLate(callback="b2", contact="k", queue="billing", promised_at=NOW + 60.0)
    await core.happens([late])
    (case,) = await core.store.open_cases()
    assert (case.case, case.customer, case.because) == ("b2.missed", "c1", "late_callback")
    await core.happens([replace(done, callback="b2", wait_s=500.0)])
    broken = await known(core.store, "c1")
    trust = [next(c.score for c in p.contributions if c.name == "trust") for p in (kept, broken)]
    assert trust[0] > trust[1], "made, but not by then"
    await core.happens([wish("b3", "k", NOW + 60.0), replace(late, callback="b3")])
    await core.happens([cti.CallbackExpired(callback="b3", contact=None, queue="billing")])
    assert sorted(c.case for c in await core.store.open_cases()) == ["b2.missed", "b3.missed"], "one each"


@aio
async def test_the_erased_leave_no_act_behind(database: Database, tmp_path: Path) -> None:
    await fill(database, 5)
    core = Core(database)
    await core.happens(handled_call("k", disposition="complaint"))
    row = AuditRow(id="e1", at=NOW, user="sue", action="customer.erased", subject="c1", address="")
    assert await erase(database, "c1", tmp_path, row) is not None
    assert await rows(database) == {"repair_case": [], "repair_act": [], "benefit": []}
    opened = [r.event for r in await core.events.read(0, 1000) if isinstance(r.event, cti.RepairOpened)]
    assert [event.customer for event in opened] == [""]


@pytest.mark.parametrize("days", [0, 40])
@aio
async def test_an_opening_says_all_a_case_begins_with(sqlite_database: Database, days: int) -> None:
    """Of a complaint from long ago, that it is history."""
    await fill(sqlite_database, 5)
    core = Core(sqlite_database)
    core.now = ARRIVED_AT + days * DAY
    last = await core.events.last_seq()
    await core.events.append(recorded(handled_call("k", disposition="complaint"), first_seq=last + 1))
    await core.service.follow()
    case = await core.store.case("k.voice")
    assert case is not None
    assert casework.opened_case(casework.opened_event(case), case.customer) == case
    assert bool(case.clocks) == (days == 0)


@aio
async def test_a_case_closed_in_time_costs_the_index_half(database: Database) -> None:
    await fill(database, 20)
    store, events = LoyaltyStore(database), EventStore(database)
    await reckoned(store)
    await events.append(recorded(handled_call("k", disposition="complaint")))
    await Loyalty(store, events.read, lambda: NOW).follow()
    (case,) = await store.open_cases()
    complaining = await known(store, "c1")
    soon = case.opened_at + 600
    case, _ = repair.step(case, TaskDone(task="apology"), soon)
    case, _ = repair.step(case, Close(outcome="confirmed"), soon)
    await store.keep_case(case, soon)
    assert await store.open_cases() == []
    assert await store.case("k.voice") == case
    repaired = await known(store, "c1")
    assert repaired.index is not None
    assert complaining.index is not None
    assert repaired.index > complaining.index
