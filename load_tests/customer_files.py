"""A million customers in and out of files and reckoned, through a database: rows per second and memory.

python -m load_tests.customer_files [sqlite|postgresql] [ROWS]

ROWS of customers, of transactions and of benefits each; 1000000 is the full measurement.
"""

import asyncio
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from contact_center.customers import rows as columns_of
from contact_center.customers.files import Writer
from contact_center.storage.engine import Database, open_database
from contact_center.storage.exports import rows_of
from contact_center.storage.imports import Import, Kind, take
from contact_center.storage.loyalty import LoyaltyStore
from contact_center.storage.migrate import upgrade
from load_tests.own_postgres import CARELESS, own_postgres

ROWS = 50_000
NOW = 1_700_000_000.0
YEARS_S = 3 * 365 * 86_400
KINDS: tuple[Kind, ...] = ("customers", "transactions", "benefits")
COLUMNS = {
    "customers": columns_of.CUSTOMER_COLUMNS,
    "transactions": columns_of.TRANSACTION_COLUMNS,
    "benefits": columns_of.BENEFIT_COLUMNS,
}


def write_files(folder: Path, count: int) -> None:
    draw = np.random.default_rng(1)
    with (folder / "customers.csv").open("w") as file:
        file.write("id,name,numbers,emails,since,products,consents\n")
        for i in range(count):
            file.write(
                f"c{i:07},Name {i},+1202{i % 10_000_000:07},c{i}@example.com,1500000000,2,marketing=yes\n"
            )
    who = draw.integers(0, count, count)
    at = NOW - draw.random(count) * YEARS_S
    price = draw.gamma(4, 15, count)
    with (folder / "transactions.csv").open("w") as file:
        file.write("id,customer,at,quantity,unit_price,unit_cost\n")
        for i in range(count):
            file.write(f"t{i},c{who[i]:07},{at[i]:.0f},1,{price[i]:.2f},{price[i] * 0.6:.2f}\n")
    with (folder / "benefits.csv").open("w") as file:
        file.write("id,customer,at,kind,amount\n")
        for i in range(count):
            file.write(f"b{i},c{who[-i]:07},{at[i]:.0f},referral,{price[i]:.2f}\n")


async def take_in(database: Database, path: Path, kind: Kind) -> int:
    rows = 0
    async for progress in take(database, Import(kind=kind, path=path, region="US", now=NOW)):
        rows = progress.rows - progress.refused
    return rows


async def give_out(database: Database, path: Path, kind: Kind) -> int:
    count = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = Writer(file, "csv", COLUMNS[kind])
        async for row in rows_of(database, kind):
            writer.write(row)
            count += 1
    return count


def told(what: str, rows: int, began: float) -> None:
    took, most = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    print(
        f"{what:24} {rows:10,} {took:8.1f} s {rows / took:10,.0f} rows/s   most memory {most:,.0f} MB",
        flush=True,
    )


@contextmanager
def database_url(engine: str, folder: Path) -> Iterator[str]:
    """An empty database of that kind, gone afterwards."""
    if engine == "sqlite":
        yield f"sqlite+aiosqlite:///{folder / 'base.db'}"
    else:
        with own_postgres((*CARELESS, "shared_buffers=512MB", "max_wal_size=4GB")) as postgres:
            yield f"{postgres.url}/postgres"


async def measure(url: str, folder: Path) -> None:
    await upgrade(url)
    database = open_database(url)
    for kind in KINDS:
        began = time.perf_counter()
        told(f"import {kind}", await take_in(database, folder / f"{kind}.csv", kind), began)
    for kind in KINDS:
        began = time.perf_counter()
        told(f"export {kind}", await give_out(database, folder / "out.csv", kind), began)
    for night in ("first", "second"):
        began = time.perf_counter()
        done = [so_far async for so_far in LoyaltyStore(database).recompute(NOW)]
        told(f"recompute, {night} night", done[-1], began)
    await database.close()


def main() -> None:
    engine = sys.argv[1] if len(sys.argv) > 1 else "sqlite"
    count = int(sys.argv[2]) if len(sys.argv) > 2 else ROWS
    with tempfile.TemporaryDirectory(prefix="cc-files-") as name:
        write_files(Path(name), count)
        with database_url(engine, Path(name)) as url:
            print(f"{engine}, {count:,} rows of each")
            asyncio.run(measure(url, Path(name)))


if __name__ == "__main__":
    main()
