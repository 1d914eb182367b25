"""The base's figures counted on both engines: life cycles, declines that ended, promises, who stayed."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy import delete, insert, update

from contact_center.loyalty.base_figures import BaseCounts, Part
from contact_center.loyalty.retention import held_out
from contact_center.storage.base_figures import BaseFigureStore
from contact_center.storage.customer_tables import (
    benefit,
    profile,
    profile_change,
    repair_case,
    sale,
    survey_answer,
)
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


def sold(
    customer: str, days_ago: float, quantity: int, price: int, cost: int, kind: str = "order"
) -> dict[str, Any]:
    e4 = {"quantity_e4": quantity, "unit_price_e4": price, "unit_cost_e4": cost}
    plain = {"id": f"{customer} {days_ago}", "customer": customer, "at": NOW - days_ago * DAY, "kind": kind}
    return plain | {"currency": "EUR"} | {name: amount * 10_000 for name, amount in e4.items()}


def answer(contact: str, customer: str, days_ago: float, value: int) -> dict[str, Any]:
    at = NOW - days_ago * DAY
    return {"contact": contact, "question": "csat", "customer": customer, "at": at, "answer": value}


async def put(database: Database, table: sa.Table, *rows: dict[str, Any]) -> None:
    async with database.transaction() as connection:
        await connection.execute(insert(table), list(rows))


async def counted(database: Database, days: float = 100.0) -> BaseCounts:
    return await BaseFigureStore(database).counts(NOW - days * DAY, NOW, 0.5)


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


@aio
async def test_what_keeping_brought_is_told_by_the_hold_out(database: Database) -> None:
    """Profit of the 90 days after a valuable customer began to decline, of both groups."""
    await fill(database, 10)
    await reckoned(LoyaltyStore(database))
    async with database.transaction() as connection:
        await connection.execute(update(profile).values(tier="gold", value=500.0))
        await connection.execute(delete(sale))
    who = ["x0001", "x0002", "x0003", "x0005", "x0006"]
    assert [held_out(each, 0.5) for each in who] == [True, False, False, False, False]
    began = [change(each, 150, "stable", "decline") for each in who]
    tiers = [change("x0003", 140, "iron", "gold"), change("x0005", 155, "iron", "gold")]
    await put(database, profile_change, *began, *({**each, "what": "tier"} for each in tiers))
    await put(database, profile_change, change("x0006", 160, "formation", "decline"))  # counts from here
    await put(
        database,
        sale,
        sold("x0001", 100, 3, 50, 40),
        sold("x0002", 149, 2, 30, 10),
        sold("x0002", 120, 1, 30, 10, kind="refund"),
        sold("x0002", 151, 9, 99, 0),  # before
        sold("x0002", 59, 9, 99, 0),  # too long after
        sold("x0003", 100, 1, 10, 0),  # was iron then
        sold("x0006", 65, 1, 10, 0),  # after the 90 days of his first decline, not of his second
    )
    gift = {"id": "b1", "customer": "x0002", "at": NOW - 130 * DAY, "kind": "remedy", "amount_e4": -50_000}
    await put(database, benefit, gift)
    found = await counted(database)
    assert list(found.held_out) == [30.0]
    assert sorted(found.treated) == [0.0, 0.0, 15.0], "x0005, x0006 and x0002; x0003 was iron"
