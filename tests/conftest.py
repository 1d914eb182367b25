"""Fixtures shared by all tests, grouped by room."""

import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from contact_center.demo.ports import free_port
from contact_center.storage.engine import Database, open_database
from contact_center.storage.migrate import upgrade
from load_tests.own_postgres import own_postgres
from tests.support import run
from tests.web_fakes import Web, build_web

# -- what runs beside what -----------------------------------------------------------------------------

CALLS = ("integration", "e2e")
"""Folders of tests with real calls and browsers: what is timed by ear and eye wants the machine to itself."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All else first, on every core; then the calls, one after the other in one process."""

    def is_call(item: pytest.Item) -> bool:
        return item.path.relative_to(Path(__file__).parent).parts[0] in CALLS

    items.sort(key=is_call)
    for item in filter(is_call, items):
        item.add_marker(pytest.mark.xdist_group("calls"))


# -- storage: real SQLite and real PostgreSQL ---------------------------------------------------------


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """A PostgreSQL of our own on a free port."""
    with own_postgres() as postgres:
        yield postgres.url


async def _administer(server: str, statement: str) -> None:
    engine = create_async_engine(f"{server}/postgres", isolation_level="AUTOCOMMIT")
    async with engine.connect() as admin:
        await admin.execute(text(statement))
    await engine.dispose()


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str) -> str:
    """A migrated, empty database that each test copies (faster than migrating again)."""
    run(_administer(postgres_server, "CREATE DATABASE migrated"))
    run(upgrade(f"{postgres_server}/migrated"))
    return "migrated"


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sqlite") / "migrated.db"
    run(upgrade(f"sqlite+aiosqlite:///{path}"))
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database without tables, on each engine."""
    if request.param == "sqlite":
        yield f"sqlite+aiosqlite:///{tmp_path / 'empty.db'}"
        return
    server: str = request.getfixturevalue("postgres_server")
    run(_administer(server, "CREATE DATABASE empty"))
    yield f"{server}/empty"
    run(_administer(server, "DROP DATABASE empty"))


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A migrated, empty database of this test's own, on each engine."""
    if request.param == "sqlite":
        template: Path = request.getfixturevalue("sqlite_template")
        shutil.copy(template, tmp_path / "test.db")
        yield f"sqlite+aiosqlite:///{tmp_path / 'test.db'}"
        return
    server: str = request.getfixturevalue("postgres_server")
    name: str = request.getfixturevalue("postgres_template")
    run(_administer(server, f"CREATE DATABASE test TEMPLATE {name} STRATEGY FILE_COPY"))
    yield f"{server}/test"
    run(_administer(server, "DROP DATABASE test"))


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """An open, migrated, empty database, on each engine in turn."""
    opened = open_database(database_url)
    yield opened
    run(opened.close())


@pytest.fixture
def sqlite_database(sqlite_template: Path, tmp_path: Path) -> Iterator[Database]:
    """An open, migrated, empty SQLite, for tests that are not about the engine."""
    shutil.copy(sqlite_template, tmp_path / "test.db")
    opened = open_database(f"sqlite+aiosqlite:///{tmp_path / 'test.db'}")
    yield opened
    run(opened.close())


# -- Redis: a real one ---------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def redis_server() -> Iterator[str]:
    """A Redis of our own on a free port that keeps nothing; each test uses a prefix of its own."""
    port = free_port()
    server = subprocess.Popen(
        ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"],
        stdout=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + 10
        with Redis(port=port) as client:
            while not _answers(client):
                if server.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError("redis-server did not start")
        yield f"redis://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(timeout=10)


def _answers(client: Redis) -> bool:
    try:
        return bool(client.ping())
    except RedisConnectionError:
        return False


# -- web: the application over a real database, with fake desk and feed -------------------------------


@pytest.fixture
def web(sqlite_database: Database, tmp_path: Path) -> Web:
    return run(build_web(sqlite_database, tmp_path))
