"""By when a customer is called back: the tier's promise, in the queue's own hours. Pure."""

from dataclasses import dataclass

from contact_center.ivr.calendar import Calendar
from contact_center.loyalty.working_time import after_working_days


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """`at` in epoch seconds. `next_day`: it is told as "by the end of the next business day"."""

    at: float
    next_day: bool


def promise(
    within_s: float | None, calendar: Calendar | None, utc_offset_s: float, now: float
) -> Promise | None:
    """Within so many seconds that the queue is open, or (None) by the end of the next day it opens.

    Time runs while the queue is open. Without hours it is open always, and business days are
    weekdays. None where the queue does not open again.
    """
    if calendar is None:
        if within_s is None:
            return Promise(at=after_working_days(now, 1, utc_offset_s), next_day=True)
        return Promise(at=now + within_s, next_day=False)
    day_ends = calendar.next_day_ends(now)
    at = day_ends if within_s is None else calendar.after_open_s(now, within_s)
    if at is None:
        return None
    later = calendar.local(at)[0] != calendar.local(now)[0]
    return Promise(at=at, next_day=within_s is None or (later and day_ends is not None and at <= day_ends))
