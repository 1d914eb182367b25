"""The base's figures counted on both engines: life cycles, declines that ended, promises, who stayed."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy import insert, update

from contact_center.loyalty.base_figures import BaseCounts, Part
from contact_center.storage.base_figures import BaseFigureStore
from contact_center.storage.customer_tables import profile, profile_change, repair_case, survey_answer
from contact_center.storage.engine import Database
from contact_center.storage.loyalty import LoyaltyStore
from tests.contracts.test_loyalty_store import DAY, NOW, fill, known, reckoned
from tests.support import aio


def case(id_: str, customer: str, days_ago: float, kept: bool | None, **more: Any) -> dict[str, Any]:
    """Opened so long ago, closed a day later where it says nothing else."""
    at = NOW - days_ago * DAY
    plain = {"id": id_, "customer": customer, "owner": "", "reaction": "voice", "opened_at": at, "body": "{}"}
    return plain | {"closed_at": at + DAY, "next_deadline": None, "in_time": kept} | more


def change(customer: str, days_ago: float, before: str, after: str) -> dict[str, Any]:
    at = NOW - days_ago * DAY
    return {"customer": customer, "at": at, "what": "stage", "before": before, "after": after, "policy": 0}


def answer(contact: str, customer: str, days_ago: float, value: int) -> dict[str, Any]:
    at = NOW - days_ago * DAY
    return {"contact": contact, "question": "csat", "customer": customer, "at": at, "answer": value}


async def put(database: Database, table: sa.Table, *rows: dict[str, Any]) -> None:
    async with database.transaction() as connection:
        await connection.execute(insert(table), list(rows))


async def counted(database: Database, days: float = 100.0) -> BaseCounts:
    return await BaseFigureStore(database).counts(NOW - days * DAY, NOW)


@aio
async def test_life_cycles_of_the_base_as_they_are(database: Database) -> None:
    await fill(database, 10)
    assert await counted(database) == BaseCounts(), "before the first night nothing is known"
    store = LoyaltyStore(database)
    await reckoned(store)
    loyal, new = await known(store, "c1"), await known(store, "new")
    assert loyal.stable_after is not None
    assert 0 < loyal.stable_after <= loyal.periods
    assert new.stable_after is None
    everybody = [*(f"x{i:04}" for i in range(10)), "c1", "leaving", "new"]
    profiles = [await known(store, who) for who in everybody]
    found = await counted(database)
    staying = [p for p in profiles if p.stage != "exited"]
    assert found.stable == Part(hits=sum(p.stage == "stable" for p in staying), n=len(staying))
    ever = [p.stable_after for p in profiles if p.stable_after is not None]
    assert dict(found.stable_after) == {after: ever.count(after) for after in ever}
    assert found.period == loyal.period
    patterns = [p.pattern for p in profiles if p.pattern is not None]
    assert dict(found.patterns) == {each: patterns.count(each) for each in patterns}


@aio
async def test_a_decline_that_ended_well_is_told_from_the_others(database: Database) -> None:
    await fill(database, 10)
    await put(
        database,
        profile_change,
        change("x0001", 90, "stable", "decline"),
        change("x0001", 40, "decline", "formation"),
        change("x0001", 20, "formation", "decline"),  # again, and nothing since
        change("x0002", 80, "stable", "decline"),
        change("x0002", 30, "decline", "exited"),
        change("x0003", 70, "formation", "decline"),
        change("x0003", 60, "decline", "stable"),
        change("x0004", 110, "stable", "decline"),  # before the span
        change("x0004", 50, "decline", "stable"),
    )
    found = await counted(database)
    assert (found.declines, found.recovered, found.declining) == (4, 2, 1)


@aio
async def test_promises_kept_and_what_they_brought(database: Database) -> None:
    await fill(database, 10)
    await reckoned(LoyaltyStore(database))
    async with database.transaction() as connection:
        await connection.execute(update(profile).values(stage="stable"))
        await connection.execute(
            update(profile).where(profile.c.customer.in_(["x0002", "x0004"])).values(stage="exited")
        )
    await put(
        database,
        repair_case,
        case("r1", "x0001", 150, True),
        case("r1b", "x0001", 140, False),  # his second: the first counts for whether he stayed
        case("r2", "x0002", 150, False),
        case("r3", "x0003", 120, True),
        case("r4", "x0004", 120, False),  # left, but only after the 90 days
        case("r5", "x0001", 60, True),  # repeats the one before within 90 days
        case("r6", "x0005", 50, False, closed_at=None),  # open, but broken already
        case("r7", "x0006", 10, None, closed_at=None),  # open
        case("r8", "x0006", 5, None, reaction="welcome"),  # a call of our own
    )
    await put(
        database,
        profile_change,
        change("x0002", 100, "decline", "exited"),
        change("x0004", 20, "decline", "exited"),
    )
    await put(
        database,
        survey_answer,
        answer("a1", "x0001", 58.5, 5),
        answer("a2", "x0001", 57, 1),  # not the first after the repair
        answer("a3", "x0001", 61, 1),  # before it
        answer("a4", "x0005", 40, 1),  # its case is open
        answer("a5", "x0003", 10, 1),  # too long after
    )
    found = await counted(database)
    assert found.in_time == Part(hits=1, n=2), "r5 and r6; r7 is still to be kept"
    assert found.satisfied == Part(hits=1, n=1)
    assert found.kept_repaired == Part(hits=2, n=2), "x0001 and x0003"
    assert found.kept_failed == Part(hits=1, n=2), "x0004 stayed his 90 days, x0002 did not"
    assert found.repeated == Part(hits=1, n=3), "of r5, r6 and r7"
