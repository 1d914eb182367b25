"""The flow between stages is that of every customer followed on his own, on both engines."""

from collections import Counter

import numpy as np
import pytest
from sqlalchemy import insert, select, update

from contact_center.storage.base_history import NEW, BaseHistory
from contact_center.storage.customer_tables import profile, profile_change
from contact_center.storage.engine import Database
from contact_center.storage.loyalty import LoyaltyStore
from contact_center.storage.tables import customer
from tests.contracts.test_loyalty_store import fill, reckoned
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
