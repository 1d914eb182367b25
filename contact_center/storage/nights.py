"""Nights of reckoning in the database: one at a time, and how far it is."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace

from sqlalchemy import Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from contact_center.loyalty.nights import Night
from contact_center.storage.customer_tables import night
from contact_center.storage.engine import Database
from contact_center.storage.events import lock_cursor
from contact_center.storage.loyalty import LoyaltyStore

_CURSOR = "night"
_FIELDS = ("id", "started_at", "seen_at", "ended_at", "customers", "done", "fault")


class StillRunning(Exception):  # noqa: N818  # says what is the case
    """Another process is reckoning the base; nothing was begun."""


class NightStore:
    """What is kept of nights."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def latest(self) -> Night | None:
        found = await self.nights(1)
        return found[0] if found else None

    async def nights(self, limit: int) -> list[Night]:
        """The newest first."""
        async with self._database.reading() as connection:
            return await _nights(connection, limit)

    async def run(self, id_: str, clock: Callable[[], float]) -> AsyncIterator[Night]:
        """Reckon the base; yields after every chunk. Raises `StillRunning`, and what the database raises.

        A fault is kept with the night, if the database still takes it.
        """
        store, now = LoyaltyStore(self._database), clock()
        here = await self._begin(
            Night(id=id_, started_at=now, seen_at=now, customers=await store.customers())
        )
        try:
            async for done in store.recompute(now):
                here = replace(here, done=done, seen_at=clock())
                await self._keep(here)
                yield here
            here = replace(here, ended_at=clock(), seen_at=clock())
        except Exception as error:
            here = replace(here, ended_at=clock(), fault=f"{type(error).__name__}: {error}")
            raise
        finally:
            await self._keep(here)
        yield here

    async def _begin(self, new: Night) -> Night:
        async with self._database.transaction() as connection:
            await lock_cursor(connection, _CURSOR)
            latest = await _nights(connection, 1)
            if latest and latest[0].running(new.started_at):
                raise StillRunning(f"the base is being reckoned since {latest[0].started_at:.0f}")
            await connection.execute(insert(night).values(**_values(new)))
        return new

    async def _keep(self, here: Night) -> None:
        async with self._database.transaction() as connection:
            await connection.execute(update(night).where(night.c.id == here.id).values(**_values(here)))


async def _nights(connection: AsyncConnection, limit: int) -> list[Night]:
    columns = [night.c[name] for name in _FIELDS]
    query = select(*columns).order_by(night.c.started_at.desc(), night.c.id).limit(limit)
    return [_night(row) for row in await connection.execute(query)]


def _night(row: Row[tuple[object, ...]]) -> Night:
    return Night(**{name: getattr(row, name) for name in _FIELDS})


def _values(of: Night) -> dict[str, object]:
    return {name: getattr(of, name) for name in _FIELDS}
