"""First come first served with the longest-idle server, many classes and servers: exact figures.

The product form of Adan & Weiss, "A skill based parallel service system under FCFS-ALIS", 2014, summed over
orders of servers by dynamic programming on sets of servers. Poisson arrivals, one exponential rate per
server, nobody gives up.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerFigures:
    """Per class: P(wait), mean wait; per server: share of time busy."""

    p_wait: tuple[float, ...]
    mean_wait: tuple[float, ...]
    busy: tuple[float, ...]


def fcfs_alis(
    arrivals: Sequence[float], rates: Sequence[float], serves: Sequence[frozenset[int]]
) -> ServerFigures:
    """`serves[class]` are the servers that can take the class; rates per unit of time."""
    return _ProductForm(tuple(arrivals), tuple(rates), tuple(serves)).figures()


class _ProductForm:
    def __init__(
        self, arrivals: tuple[float, ...], rates: tuple[float, ...], serves: tuple[frozenset[int], ...]
    ) -> None:
        self._arrivals, self._rates, self._serves = arrivals, rates, serves
        self._everybody = frozenset(range(len(rates)))
        self._busy_weight, self._idle_weight = cache(self._busy), cache(self._idle)

    def figures(self) -> ServerFigures:
        sets = _subsets(self._everybody)
        weights = {busy: self._busy_weight(busy) * self._idle_weight(self._everybody - busy) for busy in sets}
        total = sum(weights.values())
        classes = range(len(self._arrivals))
        queues = [
            sum(self._waiting(busy, which) * self._idle_weight(self._everybody - busy) for busy in sets)
            for which in classes
        ]
        return ServerFigures(
            p_wait=tuple(_share(weights, self._serves[which], total) for which in classes),
            mean_wait=tuple(queues[which] / total / self._arrivals[which] for which in classes),
            busy=tuple(_share(weights, frozenset((server,)), total) for server in sorted(self._everybody)),
        )

    def _spare(self, busy: frozenset[int]) -> float:
        """Rate of these servers less the arrivals only they can take."""
        only = sum(rate for rate, able in zip(self._arrivals, self._serves, strict=True) if able <= busy)
        return sum(self._rates[server] for server in busy) - only

    def _busy(self, busy: frozenset[int]) -> float:
        if not busy:
            return 1.0
        return sum(self._busy_weight(busy - {last}) for last in busy) / self._spare(busy)

    def _waiting(self, busy: frozenset[int], which: int) -> float:
        """As `_busy`, times how many of the class wait behind these servers."""
        if not busy:
            return 0.0
        spare = self._spare(busy)
        here = self._arrivals[which] / spare if self._serves[which] <= busy else 0.0
        before = sum(self._waiting(busy - {last}, which) for last in busy)
        return before / spare + here * self._busy_weight(busy)

    def _idle(self, idle: frozenset[int]) -> float:
        if not idle:
            return 1.0
        drawn = sum(rate for rate, able in zip(self._arrivals, self._serves, strict=True) if able & idle)
        return sum(self._idle_weight(idle - {last}) for last in idle) / drawn


def _share(weights: Mapping[frozenset[int], float], servers: frozenset[int], total: float) -> float:
    return sum(weight for busy, weight in weights.items() if servers <= busy) / total


def _subsets(everybody: frozenset[int]) -> list[frozenset[int]]:
    sets = [frozenset[int]()]
    for server in sorted(everybody):
        sets += [one | {server} for one in sets]
    return sets
