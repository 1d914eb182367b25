"""Handling times as they were: per queue and level, from the match until the agent has done with it."""

from math import sqrt
from typing import Final

from contact_center.acd.durations import Spread
from contact_center.acd.rules import LEVELS, QueueRule

PRIOR_CASES: Final = 100.0
"""The expected time counts like so many cases."""

SURE_ERRORS: Final = 3.0

LONGEST_MEMORY: Final = 2000.0
"""Cases: older ones fade."""

MOST_UNCOUNTED: Final = 1000
"""Cases are counted together, when somebody asks or so many have come."""


class HandlingTimes:
    """Sums of handling times by queue and level, faded; durations in seconds."""

    def __init__(self) -> None:
        self._sums: dict[str, list[list[float]]] = {}
        self._spreads: dict[str, Spread] = {}
        self._uncounted: list[tuple[str, int, float]] = []

    def spread(self, queue: str) -> Spread:
        """How the queue's handling times spread about their mean."""
        self._count()
        return self._spreads.get(queue) or Spread()

    def add(self, queue: str, level: int, handle_s: float) -> None:
        """One case of so many seconds."""
        self._uncounted.append((queue, level, handle_s))
        if len(self._uncounted) >= MOST_UNCOUNTED:
            self._count()

    def _count(self) -> None:
        for queue, level, handle_s in self._uncounted:
            sums = self._sums.get(queue)
            if sums is None:
                sums = self._sums[queue] = [[0.0, 0.0] for _ in range(LEVELS)]
                self._spreads[queue] = Spread()
            one = sums[level - 1]
            if one[0] >= LONGEST_MEMORY:
                one[0] *= 0.5
                one[1] *= 0.5
            one[0] += 1.0
            one[1] += handle_s
            if one[1] > 0.0:
                self._spreads[queue].add(handle_s * one[0] / one[1])
        self._uncounted.clear()

    def per_level(self, queue: str, rule: QueueRule) -> tuple[float, ...]:
        """Mean handling time (s) at each level, primary first: expected and measured, weighted by cases.

        A level counts as slower than expected, or faster, only beyond `SURE_ERRORS` standard errors: chance
        must not hold contacts back.
        """
        self._count()
        sums = self._sums.get(queue)
        if sums is None:
            return tuple(rule.handle_s * (1.0 + slower) for slower in rule.slowness)
        cases, total_s = sums[0]
        primary_s = (total_s + PRIOR_CASES * rule.handle_s) / (cases + PRIOR_CASES)
        return (primary_s, *(_level_s(sums, level, primary_s, rule) for level in range(1, LEVELS)))


def _level_s(sums: list[list[float]], level: int, primary_s: float, rule: QueueRule) -> float:
    expected_s = primary_s * (1.0 + rule.slowness[level])
    (primary_cases, primary_total_s), (cases, total_s) = sums[0], sums[level]
    if not cases or not primary_total_s:
        return expected_s
    ratio = total_s / cases * primary_cases / primary_total_s
    error = SURE_ERRORS * sqrt(1.0 / cases + 1.0 / primary_cases)
    return primary_s * ratio if abs(ratio / (1.0 + rule.slowness[level]) - 1.0) > error else expected_s
