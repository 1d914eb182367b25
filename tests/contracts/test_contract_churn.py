"""Contracts of a stored base, on both engines: learnt at night, kept with it, gone by until the next one."""

from dataclasses import replace
from decimal import Decimal

import pytest

from contact_center.customers.record import Customer
from contact_center.customers.rows import CustomerRow
from contact_center.loyalty.ledger import Transaction
from contact_center.loyalty.profile import Churn
from contact_center.storage import imports
from contact_center.storage.base_history import BaseHistory
from contact_center.storage.engine import Database
from contact_center.storage.loyalty import LoyaltyStore
from tests.contracts.test_base_figures import kept_since
from tests.contracts.test_loyalty_store import MONTH, NOW, known, reckoned
from tests.support import aio

ENDED, STAYED = 40, 20


def person(id_: str, since_months: float, left_months: float | None) -> CustomerRow:
    until = None if left_months is None else NOW + left_months * MONTH
    who = Customer(id=id_, name=id_, since=NOW - since_months * MONTH, contract_until=until)
    return CustomerRow(customer=who, consents=())


async def fill(database: Database, *, ended: int) -> None:
    """Contracts that ended at their first renewal, some that were renewed once or twice; three to look at."""
    people = [person(f"gone{i:02}", 14, -2) for i in range(ended)]
    people += [person(f"here{i:02}", 30, 6) for i in range(STAYED)]
    people += [person("first", 6, 6), person("third", 30, 6), person("long", 6, 20), person("free", 6, None)]
    people += [person("begun", 0.2, 12.5)]  # his first renewal comes within the year a month from now
    bought = [
        Transaction(
            id=f"{who}-{month}",
            customer=who,
            at=NOW - month * MONTH - 86_400.0,
            unit_price=Decimal(100),
            unit_cost=Decimal(40),
        )
        for who in ("first", "third", "long", "free", "begun")
        for month in range(6 if who != "begun" else 1)
    ]
    async with database.transaction() as connection:
        await imports._put(connection, people)
        await imports._put(connection, bought)


@aio
async def test_a_night_learns_who_renews_and_the_day_goes_by_it(database: Database) -> None:
    await fill(database, ended=ENDED)
    store = LoyaltyStore(database)
    await reckoned(store)
    first, third, long, free = [await known(store, who) for who in ("first", "third", "long", "free")]
    (run,) = await BaseHistory(database).runs(1)
    model = run.lesson.learnt.renewals
    assert model is not None, "kept with the night"
    assert first.churn == Churn(chance=1 - model.retention(1), renewal=1)
    assert third.churn == Churn(chance=1 - model.retention(3), renewal=3)
    assert long.churn == Churn(chance=0.0, renewal=2)
    assert free.churn is None
    assert first.churn.chance > 0.5 > third.churn.chance
    assert ("likely_churn" in first.risks, "likely_churn" in third.risks) == (True, False)
    hazard = {
        p.customer: next(c.score for c in p.contributions if c.name == "behaviour") for p in (first, third)
    }
    assert hazard["third"] > hazard["first"], "the index knows who is likelier to stay"
    await store.refresh(["first"], NOW)
    again = await known(store, "first")
    assert replace(again, past=first.past) == first, "after a contact by what the night found"
    await imports.put(database, [person("fresh", 6, 6)])
    await store.reckon(["fresh", "first"], NOW + 3600)
    assert (await known(store, "fresh")).churn == first.churn
    assert await BaseHistory(database).runs(2) == [run], "nothing is learnt by day"
    assert await kept_since(database) == [], "nobody knows how long it has been so at the first night"
    await reckoned(store, NOW + MONTH)
    assert await kept_since(database) == [("begun", NOW + MONTH, "no", "churn")]


@aio
async def test_too_few_contracts_teach_nothing_and_nothing_acts(database: Database) -> None:
    await fill(database, ended=3)
    store = LoyaltyStore(database)
    await store.save_policy(
        replace(
            await store.policy(),
            version=1,
            value=replace((await store.policy()).value, survival_monthly=0.90),
        )
    )
    await reckoned(store)
    first, free = await known(store, "first"), await known(store, "free")
    assert first.churn is not None
    assert first.churn.renewal is None
    assert first.churn.chance == pytest.approx(1 - 0.90**12)
    assert first.churn.chance > 0.5
    assert first.risks == ()
    behaviour = {p.customer: {c.name: c.score for c in p.contributions}["behaviour"] for p in (first, free)}
    assert behaviour["first"] == behaviour["free"], "the index counts no guess"
