"""How handling times spread, as measured: how likely one that has lasted so long ends soon. Pure.

A histogram over geometric steps, in units of the mean (so levels of different speed look alike), with an
exponential one of so many cases standing in until enough is measured.
"""

from bisect import bisect_right
from itertools import accumulate
from math import exp
from typing import Final

EDGES: Final = tuple(0.02 * 1.25**step for step in range(36))
"""Upper edges of the steps in units of the mean: 0.02 to 49."""

PRIOR_CASES: Final = 50.0
MEMORY_CASES: Final = 2000.0
"""Older cases fade beyond so many."""

REFRESH_CASES: Final = 25
"""The table is worked out again after so many new cases, when it is asked for."""

MOST_FRESH: Final = 100
"""Nobody may ask for long: so many wait to be counted."""


class Spread:
    """The distribution of one queue's handling times."""

    __slots__ = ("_cases", "_fresh", "_survival", "_total")

    def __init__(self) -> None:
        self._cases = [0.0] * len(EDGES)
        self._total = 0.0
        self._fresh: list[float] = []
        """Cases that are not counted yet."""
        self._survival = tuple(exp(-edge) for edge in EDGES)

    def add(self, duration: float) -> None:
        """One case, in units of the mean."""
        self._fresh.append(duration)
        if len(self._fresh) >= MOST_FRESH:
            self._count()

    def _count(self) -> None:
        for duration in self._fresh:
            if self._total >= MEMORY_CASES:
                self._cases = [cases * 0.5 for cases in self._cases]
                self._total *= 0.5
            self._cases[min(bisect_right(EDGES, duration), len(EDGES) - 1)] += 1.0
            self._total += 1.0
        self._fresh.clear()
        weight = self._total + PRIOR_CASES
        self._survival = tuple(
            1.0 - (below + PRIOR_CASES * (1.0 - exp(-edge))) / weight
            for edge, below in zip(EDGES, accumulate(self._cases), strict=True)
        )

    def survival(self, duration: float) -> float:
        """P(lasts longer), duration in units of the mean; linear between the edges."""
        if len(self._fresh) >= REFRESH_CASES:
            self._count()
        place = bisect_right(EDGES, duration)
        if place >= len(EDGES):
            return self._survival[-1] * exp(EDGES[-1] - duration)
        lower, above = (EDGES[place - 1], self._survival[place - 1]) if place else (0.0, 1.0)
        return above + (self._survival[place] - above) * (duration - lower) / (EDGES[place] - lower)

    def ends_within(self, lasted: float, span: float) -> float:
        """P(ends in the next `span`, given that it has `lasted`), in units of the mean."""
        here = self.survival(lasted)
        return 1.0 - self.survival(lasted + span) / here if here > 1e-12 else 1.0
