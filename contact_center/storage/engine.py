"""The database: opening it, and transactions. SQLite (embedded default) or PostgreSQL, by URL."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import event, make_url, text
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

BUSY_TIMEOUT_S = 10
DRIVERS = ("sqlite+aiosqlite", "postgresql+asyncpg")


class DatabaseError(Exception):
    """The database cannot be opened or reached; the message says which and why."""


class Database:
    """One pool of connections. Every read and write goes through `transaction` or `reading`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection]:
        """All or nothing. On SQLite it takes the write lock at once, so it can never fail half way on it."""
        async with self._engine.connect() as connection:
            await connection.execution_options(contact_center_writes=True)
            async with connection.begin():
                yield connection

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A consistent view for several reads; never waits for a writer on SQLite (WAL)."""
        async with self._engine.begin() as connection:
            yield connection

    @asynccontextmanager
    async def glance(self) -> AsyncIterator[AsyncConnection]:
        """Several reads in no transaction: each sees what is there by then, and two round trips are saved."""
        async with self._engine.connect() as connection:
            if connection.dialect.name == "postgresql":
                await connection.execution_options(isolation_level="AUTOCOMMIT")
            yield connection

    async def ping(self) -> bool:
        """Whether the database answers."""
        try:
            async with self.reading() as connection:
                await connection.execute(text("SELECT 1"))
        except (SQLAlchemyError, OSError):
            return False
        return True

    async def close(self) -> None:
        await self._engine.dispose()


def open_database(url: str) -> Database:
    """The database at a SQLAlchemy URL. Nothing is connected until first used; the schema is `migrate`'s."""
    return Database(create_engine(url))


def create_engine(url: str) -> AsyncEngine:
    """An engine set up for this system; raises `DatabaseError` for a URL of another kind."""
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise DatabaseError(f"database_url is not a SQLAlchemy URL: {error}") from error
    if parsed.drivername not in DRIVERS:
        raise DatabaseError(f"database_url must begin with {' or '.join(DRIVERS)}, not {parsed.drivername}")
    if parsed.drivername == "postgresql+asyncpg":
        return create_async_engine(parsed, pool_pre_ping=True)
    if not parsed.database or parsed.database == ":memory:":
        raise DatabaseError("database_url must name a file: records in memory are lost with the process")
    Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    # Last in, first out: mostly one connection works, so one page cache (2 MB) is warm, not one each.
    engine = create_async_engine(parsed, pool_use_lifo=True)
    event.listen(engine.sync_engine, "connect", _set_up_sqlite)
    event.listen(engine.sync_engine, "begin", _begin_sqlite)
    return engine


def _set_up_sqlite(connection: Any, _record: object) -> None:
    """WAL: readers never wait for the writer. NORMAL: a power cut may lose last commits, not the file."""
    connection.isolation_level = None  # sqlite3 must not begin by itself: `_begin_sqlite` does
    cursor = connection.cursor()
    try:
        cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_S * 1000}")
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = NORMAL")
        cursor.execute("PRAGMA foreign_keys = ON")
    except sqlite3.Error as error:
        raise DatabaseError(f"the SQLite file cannot be used: {error}") from error
    finally:
        cursor.close()


def _begin_sqlite(connection: Any) -> None:
    writes = connection.get_execution_options().get("contact_center_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
