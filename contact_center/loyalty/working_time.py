"""Working days: from an instant to the same time of day so many weekdays later."""

from typing import Final

DAY_S: Final = 86_400.0
_THURSDAY: Final = 3
"""1 January 1970 was one; Monday is 0."""


def is_weekend(at: float, utc_offset_s: float = 0.0) -> bool:
    return (int((at + utc_offset_s) // DAY_S) + _THURSDAY) % 7 >= 5


def after_working_days(start: float, days: int, utc_offset_s: float = 0.0) -> float:
    """Epoch seconds `days` weekdays after `start`; the time of a weekend does not count."""
    at = start
    for _ in range(days):
        at += DAY_S
        while is_weekend(at, utc_offset_s):
            at += DAY_S
    return at
