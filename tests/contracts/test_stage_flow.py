"""Figures of pages are those of the night: the flow between stages, and a value by a curve of one's own."""

from collections import Counter
from decimal import Decimal

import numpy as np
import pytest
from sqlalchemy import insert, select, update

from contact_center.customers.record import Customer
from contact_center.customers.rows import CustomerRow
from contact_center.loyalty.ledger import Transaction
from contact_center.storage import imports
from contact_center.storage.base_history import NEW, BaseHistory
from contact_center.storage.customer_tables import profile, profile_change
from contact_center.storage.customer_theory import TheoryStore
from contact_center.storage.engine import Database
from contact_center.storage.loyalty import LoyaltyStore
from contact_center.storage.tables import customer
from tests.contracts.test_loyalty_store import DAY, NOW, fill, reckoned
from tests.support import aio

STAGES = ("exploration", "formation", "stable", "decline")


@pytest.mark.parametrize("seed", [1, 2])
@aio
async def test_a_flow_is_the_sum_of_everybodys_way(database: Database, seed: int) -> None:
    await fill(database, 60)
    await reckoned(LoyaltyStore(database))
    draw = np.random.default_rng(seed)
    turns: dict[str, list[tuple[float, str]]] = {}
    async with database.transaction() as connection:
        stages = {r.customer: r.stage for r in await connection.execute(select(profile))}
        since = {id_: float(draw.integers(0, 100)) for id_ in stages}
        for id_, stage in stages.items():
            times = sorted(float(at) for at in draw.choice(100, draw.integers(0, 4), replace=False))
            way = [*(str(draw.choice(STAGES)) for _ in times), stage]
            turns[id_] = [(at, before) for at, before in zip(times, way, strict=False)]
            which = customer.c.id == id_
            await connection.execute(update(customer).where(which).values(since=since[id_]))
            rows = [
                {"customer": id_, "at": at, "what": "stage", "before": b, "after": a, "policy": 0}
                for at, b, a in zip(times, way, way[1:], strict=False)
            ]
            if rows:
                await connection.execute(insert(profile_change), rows)

    def at(id_: str, moment: float) -> str:
        return next((before for when, before in turns[id_] if when > moment), stages[id_])

    for begin, end in ((20.0, 60.0), (0.0, 100.0), (60.0, 60.0)):
        expected = Counter(
            (NEW if since[id_] > begin else at(id_, begin), at(id_, end))
            for id_ in stages
            if since[id_] <= end
        )
        found = await BaseHistory(database).flow("stage", begin, end)
        assert {(f.before, f.after): f.customers for f in found} == dict(expected)


@aio
async def test_a_value_by_ones_own_curve_is_the_one_that_counts(sqlite_database: Database) -> None:
    """In a base too small for a model of purchases a page fits the curve as the night did, cap included."""
    await fill(sqlite_database, 0)
    grows = [
        Transaction(id=f"up{m}", customer="up", at=NOW - m * 30 * DAY, unit_price=Decimal(900 - 30 * m))
        for m in range(28)
    ]
    row = CustomerRow(customer=Customer(id="up", name="Grows"), consents=())
    await imports.put(sqlite_database, [row, *grows])
    store = LoyaltyStore(sqlite_database)
    await reckoned(store)
    found = await TheoryStore(sqlite_database, store).theory("up", NOW)
    assert found is not None
    assert found.worth is not None
    profile = found.portrait.profile
    assert profile is not None
    assert profile.method == "fitted_curve"
    assert profile.value is not None
    own, group = (
        next(e.value for e in found.worth.estimates if e.method == method) or 0.0
        for method in ("fitted_curve", "segment_migration")
    )
    share = profile.rests_on.own_share
    assert profile.value == pytest.approx(share * own + (1 - share) * group)
