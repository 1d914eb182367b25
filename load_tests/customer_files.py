"""A million customers in from a file and reckoned, in SQLite: rows per second, and the memory it takes.

python -m load_tests.customer_files [CUSTOMERS [TRANSACTIONS]]
"""

import asyncio
import resource
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from contact_center.storage.engine import Database, open_database
from contact_center.storage.imports import Import, Kind, take
from contact_center.storage.loyalty import LoyaltyStore
from contact_center.storage.migrate import upgrade
from contact_center.storage.records import Records

CUSTOMERS, TRANSACTIONS = 1_000_000, 2_000_000
NOW = 1_700_000_000.0
YEARS_S = 3 * 365 * 86_400
LOOK_UPS = 1000


def write_files(folder: Path, customers: int, transactions: int) -> None:
    draw = np.random.default_rng(1)
    with (folder / "customers.csv").open("w") as file:
        file.write("id,name,numbers,emails,since,products,consents\n")
        for i in range(customers):
            file.write(
                f"c{i:07},Name {i},+1202{i % 10_000_000:07},c{i}@example.com,1500000000,2,marketing=yes\n"
            )
    with (folder / "transactions.csv").open("w") as file:
        file.write("id,customer,at,quantity,unit_price,unit_cost\n")
        who = draw.integers(0, customers, transactions)
        at = NOW - draw.random(transactions) * YEARS_S
        price = draw.gamma(4, 15, transactions)
        for i in range(transactions):
            file.write(f"t{i},c{who[i]:07},{at[i]:.0f},1,{price[i]:.2f},{price[i] * 0.6:.2f}\n")


async def take_in(database: Database, path: Path, kind: Kind) -> int:
    rows = 0
    async for progress in take(database, Import(kind=kind, path=path, region="US", now=NOW)):
        rows = progress.rows - progress.refused
    return rows


def told(what: str, rows: int, began: float) -> None:
    took, most = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    print(
        f"{what:24} {rows:10,} {took:8.1f} s {rows / took:10,.0f} rows/s   most memory {most:,.0f} MB",
        flush=True,
    )


async def main() -> None:
    customers = int(sys.argv[1]) if len(sys.argv) > 1 else CUSTOMERS
    transactions = int(sys.argv[2]) if len(sys.argv) > 2 else TRANSACTIONS
    with tempfile.TemporaryDirectory(prefix="cc-files-") as name:
        folder = Path(name)
        write_files(folder, customers, transactions)
        url = f"sqlite+aiosqlite:///{folder / 'base.db'}"
        await upgrade(url)
        database = open_database(url)
        for kind in ("customers", "transactions"):
            began = time.perf_counter()
            told(f"import {kind}", await take_in(database, folder / f"{kind}.csv", kind), began)
        began = time.perf_counter()
        done = [so_far async for so_far in LoyaltyStore(database).recompute(NOW)]
        told("recompute", done[-1], began)
        records, draw, took = Records(database), np.random.default_rng(2), []
        for i in draw.integers(0, customers, LOOK_UPS):
            began = time.perf_counter()
            assert len(await records.customers_by_number(f"+1202{i % 10_000_000:07}")) == 1
            took.append(time.perf_counter() - began)
        middle, late = np.percentile(took, [50, 95]) * 1e3
        print(f"who is calling: median {middle:.2f} ms, p95 {late:.2f} ms")
        await database.close()


if __name__ == "__main__":
    asyncio.run(main())
