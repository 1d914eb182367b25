"""The segment explorer over a base of a million: how long every question of the screen takes.

python -m load_tests.segments [postgresql|sqlite] [CUSTOMERS]

The base is the one of `known_caller`, with a contact for each customer.
"""

import asyncio
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

from contact_center.loyalty.base_run import BaseRun
from contact_center.loyalty.policy import DEFAULT
from contact_center.loyalty.profile import equity_of
from contact_center.loyalty.segments import CutOffs
from contact_center.storage.base_history import BaseHistory, keep_run
from contact_center.storage.engine import Database, open_database
from contact_center.storage.loyalty import LoyaltyStore
from contact_center.storage.segments import After, Cut, SegmentStore
from load_tests.customer_files import database_url
from load_tests.known_caller import fill

CUSTOMERS = 20_000
TIMES = 5
NOW = 1_700_000_000.0
ALL, SOME = Cut(), Cut(tiers=("platinum", "gold"), stages=("decline",), at_risk=True)
CELL = Cut(current=(400.0, 800.0), potential=(50.0, 100.0))


async def a_run(database: Database, loyalty: LoyaltyStore) -> None:
    """Leaves what a night would have left: the matrix draws its cells by the cut-offs of one."""
    lesson = await loyalty.learn(DEFAULT, NOW)
    assert lesson is not None
    lesson = replace(lesson, learnt=replace(lesson.learnt, cut=CutOffs(current=800.0, potential=100.0)))
    segments = await loyalty.segments()
    run = BaseRun(
        at=NOW,
        policy=0,
        customers=sum(s.customers for s in segments),
        equity=equity_of(segments),
        segments=tuple(segments),
        lesson=lesson,
    )
    async with database.transaction() as connection:
        await keep_run(connection, run)


async def measure(url: str) -> None:
    database = open_database(url)
    store, loyalty, history = SegmentStore(database), LoyaltyStore(database), BaseHistory(database)
    await a_run(database, loyalty)
    far = (await store.members(ALL, None, 50))[-1]
    questions: dict[str, Callable[[], Awaitable[object]]] = {
        "tiers and stages": loyalty.segments,
        "matrix of all": lambda: store.matrix(ALL),
        "matrix of a cut": lambda: store.matrix(SOME),
        "pyramid of all": lambda: store.pyramid(ALL),
        "pyramid of a cut": lambda: store.pyramid(SOME),
        "flow of stages": lambda: history.flow("stage", NOW - 600_000, NOW),
        "first page of all": lambda: store.members(ALL, None, 51),
        "next page of all": lambda: store.members(ALL, After(worth=far.current, id=far.id), 51),
        "first page of a cut": lambda: store.members(SOME, None, 51),
        "first page of a cell": lambda: store.members(CELL, None, 51),
        "count of all": lambda: store.count(ALL),
        "count of a cut": lambda: store.count(SOME),
    }
    for name, ask in questions.items():
        took = []
        for _ in range(TIMES):
            began = time.perf_counter()
            await ask()
            took.append((time.perf_counter() - began) * 1e3)
        first, *again = took
        print(f"{name:22} first {first:7.0f} ms, again {min(again):7.0f} to {max(again):7.0f} ms", flush=True)
    await database.close()


def main() -> None:
    engine = sys.argv[1] if len(sys.argv) > 1 else "postgresql"
    customers = int(sys.argv[2]) if len(sys.argv) > 2 else CUSTOMERS
    with tempfile.TemporaryDirectory(prefix="cc-segments-") as name, database_url(engine, Path(name)) as url:
        asyncio.run(fill(url, customers, customers))
        asyncio.run(measure(url))


if __name__ == "__main__":
    main()
