"""One centre for all tests here, the company it starts with, and prompts that are spoken only once."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text, update
from sqlalchemy.ext.asyncio import create_async_engine

from contact_center.customers.record import Customer
from contact_center.demo import story
from contact_center.demo.company import COMPANY, customers, load_relationships
from contact_center.demo.past import past
from contact_center.demo.ports import free_port
from contact_center.storage.company import load_company
from contact_center.storage.directory import load_directory
from contact_center.storage.engine import Database, open_database
from contact_center.storage.events import EventStore
from contact_center.storage.migrate import upgrade
from contact_center.storage.records import Records
from contact_center.storage.tables import queue
from tests.certificates import a_certificate
from tests.e2e.browsers import end_browsers
from tests.e2e.centre import HOST, Centre, running
from tests.e2e.people import end_phones
from tests.e2e.sipp import SCENARIOS, SILENT, Sipp
from tests.e2e.strangers import BAN_S, MOST_CONVERSATIONS, Stranger, trunks
from tests.support import run

OFFER_TIMEOUT_S = 7.0
KNOWN = 40
"""Customers of the test company; the first calls often, so there is a past; two share a number."""


async def load_test_company(database: Database) -> None:
    """The demo's company, with fewer customers, a shorter past, and the three of the story.

    No queue goes by tiers: whoever calls keys through the standard menu, as the tests do.
    """
    now = time.time()
    await load_company(database, COMPANY)
    async with database.transaction() as connection:
        await connection.execute(update(queue).values(tiering=False))
    people = [*customers(now, count=KNOWN), *story.people(now)]
    await Records(database).save_customers(people)
    log = past(people, await load_directory(database), now, contacts=60, scripted=story.CONTACTS)
    await EventStore(database).append(log)
    await load_relationships(database, people, now, nights=(90,))


async def _make(url: str) -> None:
    await upgrade(url)
    database = open_database(url)
    await load_test_company(database)
    await database.close()


@pytest.fixture(scope="package", autouse=True)
def _shared_by_tests() -> Iterator[None]:
    """Phones and browsers that tests hand on to the next end with the last test of this folder."""
    yield
    run(end_phones())
    run(end_browsers())


@pytest.fixture(scope="session")
def people() -> list[Customer]:
    """The customers the test company knows."""
    return customers(time.time(), count=KNOWN)


@pytest.fixture(scope="session")
def company_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the company, copied by each centre."""
    path = tmp_path_factory.mktemp("company") / "company.db"
    run(_make(f"sqlite+aiosqlite:///{path}"))
    return path


async def _create(server: str, name: str) -> None:
    engine = create_async_engine(f"{server}/postgres", isolation_level="AUTOCOMMIT")
    async with engine.connect() as admin:
        await admin.execute(text(f"CREATE DATABASE {name}"))
    await engine.dispose()


@pytest.fixture(scope="session")
def company_on_postgres(postgres_server: str) -> str:
    """The same on PostgreSQL, used by one centre."""
    run(_create(postgres_server, "company"))
    run(_make(f"{postgres_server}/company"))
    return f"{postgres_server}/company"


@pytest.fixture(scope="session")
def prompts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Filled by the first centre that starts."""
    return tmp_path_factory.mktemp("prompts")


@pytest.fixture(scope="package")
def paid_carrier() -> Iterator[Stranger]:
    """Where the shared centre's trunk for paid numbers leads: nothing of anybody's should come there."""
    carrier = run(_listening())
    yield carrier
    carrier.close()


async def _listening() -> Stranger:
    return Stranger(HOST)


@pytest.fixture(scope="package")
def centre(
    company_database: Path, prompts: Path, paid_carrier: Stranger, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Centre]:
    """A running centre that tests share; each leaves its agents logged off and nobody on the line.

    Callers come from a carrier that is known by its address; see `strangers` for the others.
    """
    file = tmp_path_factory.mktemp("carriers") / "trunks.toml"
    file.write_text(trunks(paid_carrier.port))
    certificate = a_certificate(tmp_path_factory.mktemp("tls"), "edge.example")
    settings = {
        "CC_SIP_ALSO": f"tls:{HOST}:{free_port()}",
        "CC_SIP_TLS_CERTIFICATE": str(certificate),
        "CC_OFFER_TIMEOUT_S": str(OFFER_TIMEOUT_S),
        "CC_MAX_CONVERSATIONS": str(MOST_CONVERSATIONS),
        "CC_SIP_BAN_S": str(BAN_S),
        "CC_TRUNKS_FILE": str(file),
    }
    with running(company_database, prompts, **settings) as started:
        yield started


@pytest.fixture(scope="package")
def silent_caller(centre: Centre, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sipp]:
    """A call of a minute to the shared centre: begun with the races, judged when others had their time."""
    scenario = SCENARIOS / "timers" / "session_expires.xml"
    sipp = Sipp(scenario, centre, SILENT, tmp_path_factory.mktemp("silent"), most_s=100)
    yield sipp
    if sipp.process.poll() is None:
        sipp.process.kill()
        sipp.process.wait()
