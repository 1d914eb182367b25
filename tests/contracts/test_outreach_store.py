"""Calls by ourselves over a stored base: opened by events and by the night, told to the log, replayed."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from sqlalchemy import update

from contact_center.cti import events as cti
from contact_center.customers.record import Consent
from contact_center.loyalty.policy import DEFAULT, OutreachRules
from contact_center.loyalty.repair import OCCASIONS, Close, RepairCase
from contact_center.recordings.recording import AuditRow
from contact_center.storage import customer_file
from contact_center.storage.customer_tables import consent, profile
from contact_center.storage.engine import Database, open_database
from contact_center.storage.migrate import upgrade
from contact_center.storage.tables import customer
from contact_center.storage.upsert import upsert
from tests.calls import abandoned_call, handled_call
from tests.contracts.test_loyalty_store import DAY, MONTH, NOW, fill, known, reckoned
from tests.contracts.test_repair_work import Core, rows
from tests.support import aio


def by_c1(events: Sequence[cti.CtiEvent], contact: str) -> list[cti.CtiEvent]:
    """The same contact, of a customer who was recognised."""
    return [events[0], cti.CustomerIdentified(contact=contact, customer="c1", matches=1), *events[1:]]


def gave_up(contact: str, wait_s: float = 40.0) -> list[cti.CtiEvent]:
    return by_c1(abandoned_call(contact, wait_s=wait_s), contact)


async def calls(core: Core) -> list[RepairCase]:
    return [case for case in await core.store.open_cases() if case.begins_with_call]


async def says(database: Database, who: str, purpose: str, *, granted: bool) -> None:
    given = Consent(customer=who, purpose=purpose, granted=granted, at=NOW)
    row = AuditRow(id=f"{who} {purpose} {granted}", at=NOW, user="sue", action="x", subject=who, address="")
    await customer_file.set_consent(database, given, row)


async def of_tier(database: Database, who: str, tier: str) -> None:
    async with database.transaction() as connection:
        await connection.execute(update(profile).where(profile.c.customer == who).values(tier=tier))


@aio
async def test_who_waited_longer_than_his_tier_allows_is_called_once(database: Database) -> None:
    await fill(database, 20)
    core = Core(database)
    await reckoned(core.store)
    assert (await known(core.store, "c1")).tier == "platinum"
    await core.happens([*gave_up("k0", wait_s=9.0), *handled_call("k1")])
    assert await calls(core) == []
    await core.happens([*gave_up("k2"), *gave_up("k3")])
    (call,) = await calls(core)
    assert (call.case, call.because, call.reaction) == ("k2.failure", "long_abandon", "loyalty")
    await core.happens(gave_up("k4"))
    assert await calls(core) == [call], "somebody is caring for him already"
    await core.does(call.case, Close(outcome="sent"), "act-1")
    await of_tier(database, "c1", "gold")
    await core.happens(gave_up("k5"))
    assert await calls(core) == [], "gold asks for complaints only"


@aio
async def test_a_failure_of_a_day_ago_or_of_a_call_out_opens_nothing(sqlite_database: Database) -> None:
    await fill(sqlite_database, 20)
    core = Core(sqlite_database)
    await reckoned(core.store)
    outbound = [
        replace(each, direction="outbound") if isinstance(each, cti.ContactArrived) else each
        for each in gave_up("k1")
    ]
    await core.happens(outbound)
    core.now = NOW + 2 * DAY
    last = await core.events.last_seq()
    old = [
        cti.Recorded(seq=last + n, id=f"old{n}", at=NOW, event=event)
        for n, event in enumerate(gave_up("k2"), 1)
    ]
    await core.events.append(old)
    await core.service.follow()
    assert await calls(core) == []


@aio
async def test_a_solved_complaint_is_followed_up_and_all_of_it_is_in_the_log(
    database: Database, tmp_path: Path
) -> None:
    await fill(database, 20)
    core = Core(database)
    await reckoned(core.store)
    await core.happens(handled_call("k", disposition="complaint"))
    await core.does("k.voice", Close(outcome="customer_confirms"), "act-1")
    await core.happens([])
    (call,) = await calls(core)
    assert (call.reaction, call.owner, call.because) == ("follow_up", "a1", "complaint")
    await core.does(call.case, Close(outcome="still_good"), "act-2")
    await core.happens(gave_up("k2"))
    kept = await rows(database)
    assert {row["id"] for row in kept["repair_case"]} == {"k.voice", "k.voice.follow_up", "k2.failure"}
    whole = await core.events.read(0, 1000)
    url = f"sqlite+aiosqlite:///{tmp_path / 'again.db'}"
    await upgrade(url)
    again = Core(open_database(url))
    await fill(again.database, 20)
    await again.events.append(whole)
    for _ in range(2):  # a base without profiles, and once more from the beginning
        await again.service.follow()
        await again.service.tell_log()
        assert (await rows(again.database), again.said) == (kept, [])
        async with again.database.transaction() as connection:
            await connection.exec_driver_sql("UPDATE projection_cursor SET seq = 0 WHERE name = 'loyalty'")
    await again.database.close()


async def all_say(database: Database, which: Sequence[int], *, granted: bool) -> None:
    said = [Consent(customer=f"x{n:04}", purpose="marketing", granted=granted, at=NOW) for n in which]
    async with database.transaction() as connection:
        await upsert(connection, consent, [asdict(each) for each in said])


@aio
async def test_a_night_plans_calls_by_stage_and_potential(database: Database) -> None:
    await fill(database, 60)
    await all_say(database, range(0, 60, 2), granted=True)
    await all_say(database, range(1, 60, 4), granted=False)
    async with database.transaction() as connection:
        lately = customer.c.id.in_(("new", "refused"))
        await connection.execute(update(customer).where(lately).values(since=NOW - DAY))
    core = Core(database)
    for months_ago in (2, 1, 0):
        await reckoned(core.store, NOW - months_ago * MONTH)
    every = [case for case in await core.store.open_cases() if case.proactive]
    assert {case.reaction for case in every} >= {"welcome", "onboarding", "development"}
    assert "refused" not in {case.customer for case in every}
    for case in every:
        lever = DEFAULT.levers[case.tier].proactive
        assert lever == "development" if case.reaction == "development" else lever.startswith("stage_plan")
        if case.reaction == "development":
            assert int(case.customer.removeprefix("x")) % 2 == 0, "asked, and said yes"
    assert len({case.customer for case in every}) == len(every), "nobody has two"
    await core.happens([])
    told = {r.event.case for r in await core.events.read(0, 1000) if isinstance(r.event, cti.RepairOpened)}
    assert {case.case for case in every} <= told


@pytest.mark.parametrize("most", [0, 3])
@aio
async def test_no_night_plans_more_than_agents_can_make(sqlite_database: Database, most: int) -> None:
    """Who has most potential is called first."""
    await fill(sqlite_database, 40)
    await all_say(sqlite_database, range(40), granted=True)
    core = Core(sqlite_database)
    levers = {tier: replace(each, proactive="development") for tier, each in DEFAULT.levers.items()}
    policy = replace(DEFAULT, version=1, levers=levers, outreach=OutreachRules(most_a_night=most))
    await core.store.save_policy(policy)
    await reckoned(core.store)
    planned = {case.customer for case in await core.store.open_cases() if case.reaction in OCCASIONS}
    assert len(planned) == most
    fit = [
        p for n in range(40) if (p := await known(core.store, f"x{n:04}")).stage in ("formation", "stable")
    ]
    fit = sorted((p for p in fit if p.reaction is None and not p.risks), key=lambda p: -p.potential)
    assert planned <= {"c1", *(p.customer for p in fit[:most])}


@aio
async def test_who_says_no_is_not_called_any_more(database: Database) -> None:
    await fill(database, 20)
    core = Core(database)
    await reckoned(core.store)
    await core.happens(handled_call("k", disposition="complaint"))
    await core.does("k.voice", Close(outcome="customer_confirms"), "act-1")
    await core.happens([])
    assert await core.service.withdraw() == 0
    await says(database, "c1", "calls", granted=False)
    assert await core.service.withdraw() == 1
    await core.happens([])
    assert await calls(core) == []
    closed = [r.event for r in await core.events.read(0, 1000) if isinstance(r.event, cti.RepairClosed)]
    assert closed[-1].outcome == "withdrawn"
    await core.happens(gave_up("k2"))
    assert await calls(core) == []
    await says(database, "c1", "calls", granted=True)
    await core.happens(gave_up("k3"))
    assert [call.case for call in await calls(core)] == ["k3.failure"]
