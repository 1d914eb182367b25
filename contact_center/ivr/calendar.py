"""When a place is open: weekly hours, holidays and a time zone, as plain numbers. Pure.

A zone's rules are a table of (from this epoch second on, seconds east of UTC), made from the tz database when
the flow is read (`companions`), so that `state_at` needs neither clock nor file. Days are counted from
1970-01-01, as `date.toordinal() - 719163` does; minutes from local midnight.
"""

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import Literal

State = Literal["open", "closed", "holiday"]
DAY_S = 86_400
FIRST_WEEKDAY = 3
"""1970-01-01 was a Thursday; weekdays count from Monday, 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """`weekly` has for each weekday (0 Monday) spans of minutes; `holidays` are whole local days.

    `special` are days with hours of their own (half a day before a feast), by day.
    """

    zone: str
    offsets: tuple[tuple[float, int], ...]
    weekly: tuple[tuple[tuple[int, int], ...], ...]
    holidays: frozenset[int] = frozenset()
    special: dict[int, tuple[tuple[int, int], ...]] = field(default_factory=dict)

    def local(self, now: float) -> tuple[int, int]:
        """The local day and minute of an epoch second."""
        at = bisect_right(self.offsets, now, key=lambda each: each[0]) - 1
        local_s = int(now // 1) + self.offsets[max(at, 0)][1]
        return local_s // DAY_S, local_s % DAY_S // 60

    def state_at(self, now: float) -> State:
        day, minute = self.local(now)
        if day not in self.special and day in self.holidays:
            return "holiday"
        return "open" if any(begin <= minute < end for begin, end in self._hours(day)) else "closed"

    def opens_at(self, now: float) -> float | None:
        """The first moment from `now` on at which it is open; None when that is over a year away."""
        return now if self.state_at(now) == "open" else self._next(now, opens=True)

    def changes_at(self, now: float) -> float | None:
        """The next moment after `now` at which it opens or closes; None when that is over a year away."""
        return self._next(now, opens=self.state_at(now) != "open")

    def after_open_s(self, now: float, open_s: float) -> float | None:
        """The moment at which it has been open for `open_s` seconds from `now` on; None as `opens_at`."""
        at = self.opens_at(now)
        while at is not None:
            closes_at = self.changes_at(at)
            if closes_at is None or closes_at - at >= open_s:
                return at + open_s
            open_s -= closes_at - at
            at = self.opens_at(closes_at)
        return None

    def next_day_ends(self, now: float) -> float | None:
        """When the next local day with hours ends, today not counted; None without one in a year."""
        today, minute = self.local(now)
        for day in range(today + 1, today + 366):
            if hours := self._hours(day):
                wanted = day * DAY_S // 60 + max(end for _, end in hours)
                at = now // 60 * 60 + 60 * (wanted - today * DAY_S // 60 - minute)
                there, then = self.local(at)
                return float(at + 60 * (wanted - there * DAY_S // 60 - then))  # a clock put on or back
        return None

    def _next(self, now: float, *, opens: bool) -> float | None:
        """The first moment after `now` that is open (or not), by the minutes at which spans begin and end."""
        today, minute = self.local(now)
        this_minute = now // 60 * 60
        for day in range(today, today + 366):
            for minute_of_day in sorted({each for span in self._hours(day) for each in span}):
                wanted = day * DAY_S // 60 + minute_of_day
                at = this_minute + 60 * (wanted - today * DAY_S // 60 - minute)
                there, then = self.local(at)
                moved = at + 60 * (wanted - there * DAY_S // 60 - then)  # a clock put on or back in between
                for each in range(int(min(at, moved)), int(max(at, moved)) + 1, 60):
                    if each > now and (self.state_at(each) == "open") == opens:
                        return float(each)
        return None

    def _hours(self, day: int) -> tuple[tuple[int, int], ...]:
        """Open spans of a local day, in minutes."""
        if day in self.special:
            return self.special[day]
        return () if day in self.holidays else self.weekly[(day + FIRST_WEEKDAY) % 7]
