"""Keeps the flow traffic of yesterday and today: what is stored first, then what happens."""

import asyncio
import datetime as dt
import logging
from collections.abc import AsyncIterator, Callable, Sequence

from contact_center.cti.events import Recorded
from contact_center.metrics.flow_traffic import TYPES, Day, FlowTraffic

_log = logging.getLogger(__name__)
BEFORE_S = 3600.0
"""Whoever was in a flow at midnight had entered it before."""
AT_ONCE = 500
"""Stored events folded before others get their turn."""

Stored = Callable[[float, float, tuple[str, ...]], AsyncIterator[Recorded]]
"""Events from one epoch second to another, of these types, in order."""


def local_day(at: float) -> str:
    """The local day of an epoch second, as 2026-03-01."""
    return dt.datetime.fromtimestamp(at).astimezone().date().isoformat()


class FlowCounts:
    """`tell` subscribes to the log; `catch_up` folds in what was stored before, and is run once."""

    def __init__(self, stored: Stored, clock: Callable[[], float]) -> None:
        self._stored, self._clock = stored, clock
        self._traffic = FlowTraffic(local_day)
        self._waiting: list[Recorded] | None = []

    @property
    def complete(self) -> bool:
        """Whether the past is folded in."""
        return self._waiting is None

    def tell(self, batch: Sequence[Recorded]) -> None:
        if self._waiting is not None:
            self._waiting += [each for each in batch if each.event.type in TYPES]
            return
        for each in batch:
            self._traffic.take(each)

    async def catch_up(self) -> None:
        now = self._clock()
        yesterday = dt.datetime.fromtimestamp(now).astimezone() - dt.timedelta(days=1)
        midnight = yesterday.replace(hour=0, minute=0, second=0, microsecond=0).timestamp()
        last = count = 0
        async for each in self._stored(midnight - BEFORE_S, now + BEFORE_S, TYPES):
            self._traffic.take(each)
            last, count = each.seq, count + 1
            if count % AT_ONCE == 0:
                await asyncio.sleep(0)
        waiting, self._waiting = self._waiting or [], None
        for each in waiting:
            if each.seq > last:
                self._traffic.take(each)
        _log.info("flow traffic of yesterday and today: %d events", count + len(waiting))

    def day(self, days_ago: int) -> Day:
        """The counts of today (0) or yesterday (1)."""
        day = dt.datetime.fromtimestamp(self._clock()).astimezone() - dt.timedelta(days=days_ago)
        return self._traffic.day(day.date().isoformat())
