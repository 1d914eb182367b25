"""Where a customer stands among all: RFM scores, the value matrix, and the pyramid of tiers.

High current value and high potential: platinum; only current: gold; only potential: iron; neither: lead.
The pairing of quadrants and metals is the literature's as we remember it; cut-offs and patience are policy.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Final, Literal

Tier = Literal["platinum", "gold", "iron", "lead"]
TIERS: Final[tuple[Tier, ...]] = ("platinum", "gold", "iron", "lead")


# -- RFM -----------------------------------------------------------------------------------------------


def scores(values: Sequence[float], *, best_is_high: bool) -> list[int]:
    """Fifths of a base, 5 best: ceil(5 × rank ÷ n), ties sharing their average rank."""
    order = sorted(values, reverse=not best_is_high)
    first: dict[float, int] = {}
    count: dict[float, int] = {}
    for place, value in enumerate(order, start=1):
        first.setdefault(value, place)
        count[value] = count.get(value, 0) + 1
    n = len(values)
    return [math.ceil(5 * (first[v] + (count[v] - 1) / 2) / n) for v in values]


def rfm(customers: Mapping[str, tuple[float, float, float]]) -> dict[str, str]:
    """Three digits by customer, from days since the last purchase, number of purchases, money."""
    ids = list(customers)
    recency = scores([customers[c][0] for c in ids], best_is_high=False)
    frequency = scores([customers[c][1] for c in ids], best_is_high=True)
    money = scores([customers[c][2] for c in ids], best_is_high=True)
    return {c: f"{r}{f}{m}" for c, r, f, m in zip(ids, recency, frequency, money, strict=True)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fifths:
    """What each score from 1 to 5 begins with in a base: the worst value that got it, None for nobody."""

    best_is_high: bool
    begins: tuple[float | None, ...]

    def score(self, value: float) -> int:
        """The score of any value; for a value of the base the one `scores` gave it."""
        sign = 1 if self.best_is_high else -1
        reached = [
            k for k, edge in enumerate(self.begins, 1) if edge is not None and sign * (value - edge) >= 0
        ]
        return max(reached, default=1)


def fifths(values: Sequence[float], *, best_is_high: bool) -> Fifths:
    """The edges of the scores of a base, to score others by."""
    given = list(zip(scores(values, best_is_high=best_is_high), values, strict=True))
    worst = min if best_is_high else max
    begins = tuple(worst((v for s, v in given if s >= k), default=None) for k in range(1, 6))
    return Fifths(best_is_high=best_is_high, begins=begins)


@dataclass(frozen=True, slots=True, kw_only=True)
class RfmScale:
    """The three scales of a base: days since the last purchase, number of purchases, money."""

    recency: Fifths
    frequency: Fifths
    money: Fifths


# -- value matrix and pyramid -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentRules:
    """`band` is the share beyond a cut-off, `runs` the nightly runs in a row, that a change of tier needs."""

    band: float = 0.05
    runs: int = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class CutOffs:
    """From these values on (inclusive) a customer is high."""

    current: float
    potential: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """A customer's tier, and another one that he has qualified for in the last `pending_runs` runs."""

    tier: Tier
    pending: Tier | None = None
    pending_runs: int = 0


def medians(values: Sequence[tuple[float, float]]) -> CutOffs:
    """The default cut-offs: medians of (current value, potential) over the active base, not empty."""
    return CutOffs(current=median(v[0] for v in values), potential=median(v[1] for v in values))


def tier_of(*, current_high: bool, potential_high: bool) -> Tier:
    if current_high:
        return "platinum" if potential_high else "gold"
    return "iron" if potential_high else "lead"


def placed(
    before: Placement | None,
    current: float,
    potential: float,
    cut: CutOffs,
    rules: SegmentRules | None = None,
) -> Placement:
    """The placement after one more nightly run; the first run places plainly by the cut-offs."""
    if before is None:
        tier = tier_of(current_high=current >= cut.current, potential_high=potential >= cut.potential)
        return Placement(tier=tier)
    limits = rules or SegmentRules()
    candidate = tier_of(
        current_high=_high(before.tier in ("platinum", "gold"), current, cut.current, limits.band),
        potential_high=_high(before.tier in ("platinum", "iron"), potential, cut.potential, limits.band),
    )
    if candidate == before.tier:
        return Placement(tier=before.tier)
    runs = before.pending_runs + 1 if candidate == before.pending else 1
    if runs >= limits.runs:
        return Placement(tier=candidate)
    return replace(before, pending=candidate, pending_runs=runs)


def _high(was_high: bool, value: float, cut: float, band: float) -> bool:
    """A side is left only beyond the band."""
    width = abs(cut) * band
    return value >= cut - width if was_high else value >= cut + width


def customer_equity(lifetime_profits: Mapping[str, float]) -> float:
    """The worth of the base: the sum of its active customers' lifetime profits."""
    return math.fsum(lifetime_profits.values())
