"""Who is calling, and all that is shown of him before the device rings, over a base of a million.

python -m load_tests.known_caller [postgresql|sqlite] [CUSTOMERS [INTERACTIONS]]

1000000 10000000 is the full measurement: some 8 GB of disk for as long as it runs. The rows are made by the
database itself. Every look-up is of another caller drawn at random: most of it was not read before.
"""

import asyncio
import resource
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from sqlalchemy import text

from contact_center.customers.service import Customers
from contact_center.storage.calling import CallerBook
from contact_center.storage.engine import Database, open_database
from contact_center.storage.loyalty import LoyaltyStore
from contact_center.storage.migrate import upgrade
from contact_center.storage.tables import interaction
from load_tests.customer_files import database_url

CUSTOMERS, INTERACTIONS = 20_000, 200_000
LOOK_UPS = 3000
SQL = Path(__file__).with_suffix(".sql")
COUNTED = "SELECT 0 UNION ALL SELECT i + 1 FROM s WHERE i < {}"
SHARED_EVERY = 20
"""Every so-manyth customer shares the number of the one before: two matches."""


def statements(engine: str, customers: int, interactions: int) -> list[str]:
    """The SQL of `known_caller.sql` for an engine and so many rows."""
    postgres = engine == "postgresql"

    def series(n: int) -> str:
        if postgres:
            return f"generate_series(0, {n - 1}) AS s(i)"
        return f"(WITH RECURSIVE s(i) AS ({COUNTED.format(n - 1)}) SELECT i FROM s)"  # noqa: S608  # numbers

    def seven(of: str) -> str:
        return f"lpad(({of})::text, 7, '0')" if postgres else f"printf('%07d', {of})"

    whole = SQL.read_text().format(
        customers=series(customers),
        interactions=series(interactions),
        id=seven("i"),
        number=seven(f"i - CASE WHEN i % {SHARED_EVERY} = 1 THEN 1 ELSE 0 END"),
        scattered=seven(f"(i::bigint * 7919) % {customers}" if postgres else f"(i * 7919) % {customers}"),
        yes="true" if postgres else "1",
        no="false" if postgres else "0",
        json="::json" if postgres else "",
    )
    return [statement for statement in whole.split(";\n") if statement.strip()]


async def fill(url: str, customers: int, interactions: int) -> None:
    """The indexes of the largest table are made after its rows: so much faster."""
    await upgrade(url)
    engine, database = url.partition("+")[0], open_database(url)
    later = list(interaction.indexes)
    async with database.transaction() as connection:
        for index in later:
            await connection.run_sync(index.drop)
        for statement in statements(engine, customers, interactions):
            await connection.exec_driver_sql(statement)
        for index in later:
            await connection.run_sync(index.create)
    async with database.transaction() as connection:
        await connection.execute(text("ANALYZE"))
    await database.close()


async def timed(customers: Customers, numbers: list[str], matches: int) -> str:
    took = []
    for number in numbers:
        began = time.perf_counter()
        pop = await customers.pop(number)
        took.append(time.perf_counter() - began)
        assert len(pop.matches) == matches, (number, len(pop.matches))
        assert (pop.portrait is not None) == (matches == 1)
    middle, late, worst = np.percentile(took, [50, 95, 99]) * 1e3
    return f"median {middle:.2f} ms, p95 {late:.2f} ms, p99 {worst:.2f} ms of {len(took):,}"


async def measure(url: str, customers: int) -> None:
    database: Database = open_database(url)
    known = Customers(CallerBook(database), "US", LoyaltyStore(database).portrait)
    draw = np.random.default_rng(2)
    drawn = draw.integers(0, customers, LOOK_UPS)
    alone = [int(i) for i in drawn if i % SHARED_EVERY > 1]
    shared = [int(i) - int(i) % SHARED_EVERY for i in drawn[: LOOK_UPS // 3]]
    await known.pop("+12020000002")  # connected, statements prepared
    print("nobody  ", await timed(known, [f"+1303{i:07}" for i in drawn[:1000]], 0))
    print("one     ", await timed(known, [f"+1202{i:07}" for i in alone], 1))
    print("two     ", await timed(known, [f"+1202{i:07}" for i in shared], 2))
    print("one, again", await timed(known, [f"+1202{i:07}" for i in alone], 1), flush=True)
    await database.close()


def main() -> None:
    engine = sys.argv[1] if len(sys.argv) > 1 else "postgresql"
    customers = int(sys.argv[2]) if len(sys.argv) > 2 else CUSTOMERS
    interactions = int(sys.argv[3]) if len(sys.argv) > 3 else INTERACTIONS
    with tempfile.TemporaryDirectory(prefix="cc-known-") as name, database_url(engine, Path(name)) as url:
        began = time.perf_counter()
        asyncio.run(fill(url, customers, interactions))
        print(
            f"{engine}: {customers:,} customers and {interactions:,} interactions"
            f" in {time.perf_counter() - began:.0f} s"
        )
        asyncio.run(measure(url, customers))
        print(f"most memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3:.0f} MB")


if __name__ == "__main__":
    main()
