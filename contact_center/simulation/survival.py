"""How long people would have waited, from days on which most were served before their patience ended.

Kaplan & Meier (1958): a served caller was at least so patient (censored), one who gave up was exactly so.
"""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from math import inf

from numpy.random import Generator


@dataclass(frozen=True, slots=True, kw_only=True)
class Survival:
    """P(patience > t): steps down to `shares` at `times_s`, then an exponential tail at `tail_per_s`."""

    times_s: tuple[float, ...]
    shares: tuple[float, ...]
    tail_per_s: float

    def at(self, time_s: float) -> float:
        """P(patience > time_s), as estimated; flat beyond the last who gave up."""
        step = bisect_right(self.times_s, time_s)
        return self.shares[step - 1] if step else 1.0

    def draw(self, source: Generator, beyond_s: float = 0.0) -> float:
        """A patience (s) of somebody who is known to wait longer than `beyond_s`."""
        level = source.uniform(0.0, self.at(beyond_s))
        for time_s, share in zip(self.times_s, self.shares, strict=True):
            if time_s > beyond_s and share <= level:
                return time_s
        if self.tail_per_s <= 0.0:
            return inf
        last_s = self.times_s[-1] if self.times_s else 0.0
        return max(last_s, beyond_s) + float(source.exponential(1.0 / self.tail_per_s))


def kaplan_meier(waits: Iterable[tuple[float, bool]]) -> Survival:
    """Of (wait in s, whether it ended because patience did). At equal times giving up comes first."""
    ordered = sorted(waits, key=lambda wait: (wait[0], not wait[1]))
    at_risk, share = len(ordered), 1.0
    times: list[float] = []
    shares: list[float] = []
    place = 0
    while place < len(ordered):
        time_s, here = ordered[place][0], place
        gone = 0
        while place < len(ordered) and ordered[place][0] == time_s:
            gone += ordered[place][1]
            place += 1
        if gone:
            share *= 1.0 - gone / at_risk
            times.append(time_s)
            shares.append(share)
        at_risk -= place - here
    waited_s = sum(wait_s for wait_s, _ in ordered)
    gave_up = sum(ended for _, ended in ordered)
    return Survival(
        times_s=tuple(times), shares=tuple(shares), tail_per_s=gave_up / waited_s if waited_s else 0.0
    )
