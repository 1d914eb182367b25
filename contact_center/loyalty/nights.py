"""The nightly reckoning inside the running centre: at its hour, one at a time, caught up after downtime.

The work is done by a process of its own that gives way to calls (`loyalty recompute --gently`); here is when
it is due, and what is known of how far it is.
"""

import asyncio
import datetime as dt
import logging
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from contact_center.runtime.errors import Conflict

_log = logging.getLogger(__name__)
DEAD_S: Final = 120.0
"""A night that has not been seen for so long has died with its process."""
RETRY_S: Final = 900.0
ROUND_S: Final = 5.0
LAST_WORDS: Final = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Night:
    """One reckoning of the base. Times are epoch seconds; `seen_at` is when it last showed progress.

    `done` of `customers` have been gone through; `fault` says why it ended early, empty when it did not.
    """

    id: str
    started_at: float
    seen_at: float
    customers: int
    done: int = 0
    ended_at: float | None = None
    fault: str = ""

    def running(self, now: float) -> bool:
        return self.ended_at is None and now - self.seen_at < DEAD_S


class Book(Protocol):
    """What is kept of nights (`storage.nights.NightStore`)."""

    async def latest(self) -> Night | None: ...


def last_due(now: float, hour: int, zone: ZoneInfo | None) -> float:
    """The latest moment not after `now` at which the clock in `zone` (None: the machine's) read `hour`:00.

    An hour that a change of time leaves out counts when it would have been.
    """
    here = dt.datetime.fromtimestamp(now, zone)
    day = dt.datetime.combine(here.date(), dt.time(hour))
    for back in (0, 1):
        wanted = day - dt.timedelta(days=back)
        at = (wanted.replace(tzinfo=zone) if zone is not None else wanted.astimezone()).timestamp()
        if at <= now:
            return at
    return now - 86_400.0


def due(latest: Night | None, now: float, since: float, scheduled: float) -> bool:
    """Whether a night must begin. `since`: the centre came up; `scheduled`: the last hour it was due."""
    if latest is None:
        return since < scheduled
    if latest.running(now):
        return False
    if latest.ended_at is None or latest.fault:
        return now - latest.started_at >= RETRY_S
    return latest.started_at < scheduled


class Nights:
    """The service. `work` runs a night to its end and says what went wrong, empty when nothing did."""

    def __init__(
        self,
        book: Book,
        work: Callable[[], Awaitable[str]],
        clock: Callable[[], float],
        *,
        hour: int,
        zone: ZoneInfo | None = None,
    ) -> None:
        self._book, self._work, self._clock = book, work, clock
        self._hour, self._zone = hour, zone
        self._since = clock()
        self._running: asyncio.Task[None] | None = None
        self._rounds: asyncio.Task[None] | None = None
        self.latest: Night | None = None

    def start(self) -> None:
        self._rounds = asyncio.create_task(self._look_for_ever())

    def stop(self) -> None:
        for task in (self._rounds, self._running):
            if task is not None:
                task.cancel()

    async def now(self) -> None:
        """Begin a night although it is not its hour. Raises `Conflict` while one is running."""
        await self._look()
        if self._busy():
            raise Conflict("night_running", "The base is being reckoned already.")
        self._begin()

    async def tick(self) -> bool:
        """See how far it is, and begin a night when one is due; whether it did."""
        await self._look()
        now = self._clock()
        scheduled = last_due(now, self._hour, self._zone)
        if self._busy() or not due(self.latest, now, self._since, scheduled):
            return False
        self._begin()
        return True

    async def finished(self) -> None:
        """Wait until the night that was begun here, if any, is over."""
        if self._running is not None:
            await self._running
            await self._look()

    async def _look(self) -> None:
        self.latest = await self._book.latest()

    def _busy(self) -> bool:
        begun = self._running is not None and not self._running.done()
        return begun or (self.latest is not None and self.latest.running(self._clock()))

    def _begin(self) -> None:
        self._running = asyncio.create_task(self._one())

    async def _one(self) -> None:
        fault = await self._work()
        if fault:
            _log.error("the base could not be reckoned, next try in %d min: %s", RETRY_S / 60, fault)

    async def _look_for_ever(self) -> None:
        while True:
            try:
                await self.tick()
            except Exception:  # noqa: BLE001  # whatever the database raises, the next round looks again
                _log.exception("it cannot be seen whether the base is to be reckoned")
            await asyncio.sleep(ROUND_S)


async def in_process_of_its_own(environment: Mapping[str, str]) -> str:
    """Run a night beside this process; its last words when it fails. Cancelled, it ends with us."""
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "contact_center", "loyalty", "recompute", "--gently"),
        env=dict(environment),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        _, words = await child.communicate()
    except asyncio.CancelledError:
        child.terminate()
        raise
    return (
        "" if child.returncode == 0 else words.decode(errors="replace")[-LAST_WORDS:].strip() or "it failed"
    )
