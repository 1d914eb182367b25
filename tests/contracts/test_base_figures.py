"""The base's figures counted on both engines: life cycles, declines that ended, promises, who stayed."""

from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from alembic import command
from sqlalchemy import delete, insert, select, update

from contact_center.customers.record import Customer
from contact_center.customers.rows import CustomerRow
from contact_center.loyalty.base_figures import BaseCounts, Part
from contact_center.loyalty.profile import Churn
from contact_center.loyalty.retention import held_out
from contact_center.storage import imports
from contact_center.storage.base_figures import BaseFigureStore
from contact_center.storage.base_history import note_changes
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
from contact_center.storage.migrate import configuration
from contact_center.storage.timeline import TimelineStore
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
    """Profit of the 90 days after a customer was first to be kept by ourselves, of both groups, whyever.

    Declines from before that was written down are taken over by the migration: of who was valuable then.
    """
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
    async with database.transaction() as connection:
        await connection.run_sync(
            lambda c: command.downgrade(configuration(c), "0018_how_relationships_went")
        )
        await connection.run_sync(lambda c: command.upgrade(configuration(c), "head"))
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
    kept = [
        {**change("x0004", 150, "no", "churn"), "what": "keep"},
        {**change("x0002", 140, "no", "shrinking"), "what": "keep"},  # again: his first counts
    ]
    await put(database, profile_change, *kept)
    await put(database, sale, sold("x0004", 100, 1, 90, 50))
    assert held_out("x0004", 0.5), "the other reasons count as a decline does"
    found = await counted(database)
    assert (sorted(found.held_out), sorted(found.treated)) == ([30.0, 40.0], [0.0, 0.0, 15.0])


async def kept_since(database: Database) -> list[tuple[str, float, str, str]]:
    """Who is to be kept by ourselves since when, and why."""
    c = profile_change.c
    query = select(c.customer, c.at, c.before, c.after).where(c.what == "keep").order_by(c.customer, c.at)
    async with database.reading() as connection:
        return [(row.customer, row.at, row.before, row.after) for row in await connection.execute(query)]


@aio
async def test_since_when_somebody_is_to_be_kept_is_written_once_and_whyever(database: Database) -> None:
    """Held out or not; not of who spoke, nor of who was to be kept before."""
    await fill(database, 10)
    await reckoned(LoyaltyStore(database))
    calm = await known(LoyaltyStore(database), "c1")
    likely = Churn(chance=0.6, renewal=1)
    now: dict[str, dict[str, Any]] = {
        "gold": {"stage": "decline", "tier": "gold"},
        "iron": {"stage": "decline", "tier": "iron"},
        "quiet": {"reaction": "exit", "because": "drawdown"},
        "spoke": {"reaction": "exit", "because": "cancel"},
        "voice": {"stage": "decline", "tier": "gold", "reaction": "voice", "because": "complaint"},
        "ends": {"churn": likely, "tier": "lead"},
        "guess": {"churn": Churn(chance=0.6)},
        "worthless": {"churn": likely, "value": 0.0},
    }
    before = {who: replace(calm, customer=who, as_of=NOW) for who in now}
    after = [replace(before[who], as_of=NOW + DAY, **what) for who, what in now.items()]
    people = [CustomerRow(customer=Customer(id=who, name=who), consents=()) for who in now]
    await imports.put(database, people)
    async with database.transaction() as connection:
        await note_changes(connection, before, after)
        await note_changes(connection, {p.customer: p for p in after}, after)
        heard = [replace(p, reaction=None, as_of=NOW + 2 * DAY) for p in after if p.customer == "voice"]
        await note_changes(connection, {p.customer: p for p in after}, heard)
        await note_changes(connection, {}, [replace(after[0], customer="iron", as_of=NOW)])
    assert await kept_since(database) == [
        ("ends", NOW + DAY, "no", "churn"),
        ("gold", NOW + DAY, "no", "decline"),
        ("quiet", NOW + DAY, "no", "shrinking"),
        ("voice", NOW + 2 * DAY, "no", "decline"),  # once his complaint is over
    ]
    seen = await TimelineStore(database).page("ends", ["change"], None, 9)
    assert [(m.id, m.kind) for m in seen] == [(f"{NOW + DAY!r} tier", "change")], (
        "who serves him does not see whether he may be left alone"
    )
