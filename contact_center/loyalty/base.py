"""The whole base at once: stages, tiers and indices of a million customers as arrays.

Each function here says the same as its scalar cousin (`lifecycle.step`, `segments.placed`,
`index.loyalty_index`), which stays the definition; a property test holds them together. Customers are rows;
stages and tiers are int8 places in `STAGES` and `TIERS`, -1 for none.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from contact_center.loyalty.index import DEFAULT as DEFAULT_INDEX
from contact_center.loyalty.index import SUB_SCORES, IndexRules
from contact_center.loyalty.lifecycle import DEFAULT as DEFAULT_LIFECYCLE
from contact_center.loyalty.lifecycle import STAGES, LifecycleRules
from contact_center.loyalty.segments import CutOffs, SegmentRules

Array = NDArray[np.float64]
Codes = NDArray[np.int8]
Flags = NDArray[np.bool_]
_EXPLORATION, _FORMATION, _STABLE, _DECLINE, _EXITED = range(5)
_PLATINUM, _GOLD, _IRON, _LEAD = range(4)
CHUNK: Final = 20_000
"""Rows worked on together: the working arrays of a chunk stay in the processor's cache."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifecycles:
    """The life cycle of each customer after the last period; fields as in `lifecycle.Lifecycle`."""

    stage: Codes
    best: Codes
    stable_periods: NDArray[np.int32]
    stable_after: NDArray[np.int32]
    periods: NDArray[np.int32]
    pending_count: NDArray[np.int32]
    drawdown: Array
    level: Array
    slope: Array


def lifecycles(
    volumes: Array, first: NDArray[np.int32], reference: float, rules: LifecycleRules = DEFAULT_LIFECYCLE
) -> Lifecycles:
    """LCS-1 over `volumes`, shape (customers, periods), oldest period first.

    `first` is each customer's first column; columns before it are not his. `reference` > 0.
    """
    if reference <= 0:
        raise ValueError(f"the reference volume must be positive, not {reference}")
    parts = [
        _lifecycles(volumes[i : i + CHUNK], first[i : i + CHUNK], reference, rules)
        for i in range(0, max(len(volumes), 1), CHUNK)
    ]
    names = Lifecycles.__dataclass_fields__
    return Lifecycles(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in names})


def _lifecycles(
    volumes: Array, first: NDArray[np.int32], reference: float, rules: LifecycleRules
) -> Lifecycles:
    walk = _Walk(len(volumes), rules)
    for column in range(volumes.shape[1]):
        walk.step(volumes[:, column], first <= column, reference)
    return walk.result()


class _Walk:
    """The state of every customer of a chunk between two periods."""

    def __init__(self, n: int, rules: LifecycleRules) -> None:
        self.rules = rules
        self.stage, self.best = np.zeros(n, np.int8), np.zeros(n, np.int8)
        self.pending = np.full(n, -1, np.int8)
        self.pending_count, self.stable_periods = np.zeros(n, np.int32), np.zeros(n, np.int32)
        self.periods, self.flat, self.zeros, self.stable_after = (np.zeros(n, np.int32) for _ in range(4))
        self.recent, self.smoothed = np.zeros((rules.mean_window, n)), np.zeros((rules.slope_window, n))
        self.peak, self.level, self.slope, self.drawdown = (np.zeros(n) for _ in range(4))
        m = rules.slope_window
        self._weights = np.zeros((m, m + 1))  # place in the window × number of values
        self._spread = np.ones(m + 1)
        for k in range(2, m + 1):
            self._weights[m - k :, k] = np.arange(k) - (k - 1) / 2
            self._spread[k] = k * (k * k - 1) / 12

    def step(self, volume: Array, begun: Flags, reference: float) -> None:
        exited = self.stage == _EXITED
        self._reopen(begun & exited & (volume > 0))
        waiting = begun & (self.stage == _EXITED)
        self.periods += waiting  # an ended relationship ages, nothing else
        on = begun & ~waiting
        self._measure(volume, on, reference)
        gone = on & (self.zeros >= self.rules.exit_gap)
        self.stage[gone], self.pending[gone], self.pending_count[gone] = _EXITED, -1, 0
        self._commit(self._candidates(), on & ~gone)

    def _reopen(self, back: Flags) -> None:
        if not back.any():
            return
        anew: tuple[NDArray[Any], ...] = (self.stage, self.best, self.periods, self.stable_periods)
        for values in (*anew, self.stable_after, self.pending_count, self.flat, self.zeros, self.peak):
            values[back] = 0
        self.pending[back] = -1
        self.recent[:, back] = 0
        self.smoothed[:, back] = 0

    def _measure(self, volume: Array, on: Flags, reference: float) -> None:
        w, m = self.rules.mean_window, self.rules.slope_window
        self.periods += on
        self.recent[:-1] = np.where(on, self.recent[1:], self.recent[:-1])
        self.recent[-1] = np.where(on, volume, self.recent[-1])
        mean = _added(self.recent) / np.minimum(np.maximum(self.periods, 1), w)
        self.smoothed[:-1] = np.where(on, self.smoothed[1:], self.smoothed[:-1])
        self.smoothed[-1] = np.where(on, mean, self.smoothed[-1])
        count = np.minimum(self.periods, m)
        slope = _added(self.smoothed * self._weights[:, count]) / self._spread[count] / reference
        peak = np.where(self.periods > 1, np.maximum(self.peak, mean), mean)
        with np.errstate(divide="ignore", invalid="ignore"):
            drawdown = np.where(peak > 0, 1 - mean / peak, 0.0)
        for name, value in (
            ("peak", peak),
            ("level", mean / reference),
            ("slope", slope),
            ("drawdown", drawdown),
        ):
            setattr(self, name, np.where(on, value, getattr(self, name)))
        self.flat = np.where(on, np.where(np.abs(slope) < self.rules.growth, self.flat + 1, 0), self.flat)
        self.zeros = np.where(on, np.where(volume == 0, self.zeros + 1, 0), self.zeros)

    def _candidates(self) -> Codes:
        rules, stage = self.rules, self.stage
        growing, flat = self.slope >= rules.growth, np.abs(self.slope) < rules.growth
        falling = (self.drawdown >= rules.drawdown_decline) & (self.slope <= -rules.growth)
        falling |= self.drawdown >= rules.drawdown_hard
        declining = stage == _DECLINE
        recovered = declining & (self.drawdown < rules.drawdown_recovered) & flat
        high = (self.level >= rules.level_stable) & flat
        high |= (self.flat >= rules.plateau) & (self.level >= rules.level_plateau)
        forming = growing & (self.level >= rules.level_formation)
        return np.select(
            [falling, declining & growing, recovered, declining, high, forming & (stage == _STABLE), forming],
            [_DECLINE, _FORMATION, _STABLE, _DECLINE, _STABLE, _STABLE, _FORMATION],
            default=stage,
        ).astype(np.int8)

    def _commit(self, candidate: Codes, on: Flags) -> None:
        same = candidate == self.stage
        count = np.where(candidate == self.pending, self.pending_count + 1, 1)
        moves = on & ~same & (count >= self.rules.hold)
        waits = on & ~same & ~moves
        self.stage[moves] = candidate[moves]
        self.pending[on] = -1
        self.pending_count[on] = 0
        self.pending[waits] = candidate[waits]
        self.pending_count[waits] = count[waits]
        better = on & (self.stage <= _STABLE) & (self.stage > self.best)
        self.best[better] = self.stage[better]
        stable = on & (self.stage == _STABLE)
        self.stable_periods += stable
        self.stable_after = np.where(stable & (self.stable_after == 0), self.periods, self.stable_after)

    def result(self) -> Lifecycles:
        return Lifecycles(**{name: getattr(self, name) for name in Lifecycles.__dataclass_fields__})


def _added(rows: Array) -> Array:
    """Their sum, oldest first: the order matters to the last bit."""
    total: Array = rows[0].copy()
    for row in rows[1:]:
        total += row
    return total


# -- tiers -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Placements:
    """Fields as in `segments.Placement`; -1 where there is no tier yet, or none pending."""

    tier: Codes
    pending: Codes
    pending_runs: NDArray[np.int32]


def placements(
    before: Placements, current: Array, potential: Array, cut: CutOffs, rules: SegmentRules | None = None
) -> Placements:
    """`segments.placed` for every customer."""
    limits = rules or SegmentRules()
    new = before.tier < 0
    was_current = (before.tier == _PLATINUM) | (before.tier == _GOLD)
    was_potential = (before.tier == _PLATINUM) | (before.tier == _IRON)
    candidate = _tier(
        _high(new, was_current, current, cut.current, limits.band),
        _high(new, was_potential, potential, cut.potential, limits.band),
    )
    same = candidate == before.tier
    runs = np.where(candidate == before.pending, before.pending_runs + 1, 1)
    moves = new | (~same & (runs >= limits.runs))
    waits = ~same & ~moves
    return Placements(
        tier=np.where(moves, candidate, before.tier),
        pending=np.where(waits, candidate, -1).astype(np.int8),
        pending_runs=np.where(waits, runs, 0).astype(np.int32),
    )


def _high(new: Flags, was_high: Flags, value: Array, cut: float, band: float) -> Flags:
    width = abs(cut) * band
    return np.asarray(value >= np.where(new, cut, np.where(was_high, cut - width, cut + width)))


def _tier(current_high: Flags, potential_high: Flags) -> Codes:
    above = np.where(potential_high, _PLATINUM, _GOLD)
    return np.where(current_high, above, np.where(potential_high, _IRON, _LEAD)).astype(np.int8)


# -- evidence and index ----------------------------------------------------------------------------------


def shrunk_by(
    customer: NDArray[np.int64],
    age_days: Array,
    score: Array,
    customers: int,
    rules: IndexRules = DEFAULT_INDEX,
) -> Array:
    """`index.shrunk` for every customer, from one row per piece of evidence; NaN where there is none."""
    weight = 2 ** (-age_days / rules.half_life_days)
    total = np.bincount(customer, weight, customers)
    scored = np.bincount(customer, weight * score, customers)
    found = (scored + rules.prior_weight * 0.5) / (total + rules.prior_weight)
    return np.where(np.bincount(customer, minlength=customers) > 0, found, np.nan)


def complaint_factors(
    customer: NDArray[np.int64],
    age_days: Array,
    severity: Array,
    repaired: Flags,
    customers: int,
    rules: IndexRules = DEFAULT_INDEX,
) -> Array:
    """`index.complaint_factor` for every customer, from one row per complaint; 1 where there is none."""
    found = np.ones(customers)
    lost = severity * np.where(repaired, 0.5, 1.0) * 2 ** (-age_days / rules.complaint_half_life_days)
    np.multiply.at(found, customer, 1 - lost)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Indices:
    """`scores`, `points`: shape (customers, 5) in the order of `SUB_SCORES`, NaN where nothing is known."""

    value: Array
    coverage: Array
    scores: Array
    points: Array


def indices(inputs: dict[str, Array], stage: Codes, rules: IndexRules = DEFAULT_INDEX) -> Indices:
    """The loyalty index of every customer; `inputs` by name as in `index.INPUTS`, NaN for not known."""
    scores = np.stack([_sub_score(name, inputs, len(stage), rules) for name in SUB_SCORES], axis=1)
    table = np.array([[rules.weights[s][name] for name in SUB_SCORES] for s in STAGES])
    weights = np.where(np.isnan(scores), 0.0, table[stage])
    coverage = weights.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        points = 100 * weights * scores / coverage[:, None]
        value = np.where(coverage > 0, np.nansum(points, axis=1), np.nan)
    return Indices(value=value, coverage=coverage, scores=scores, points=points)


def _sub_score(name: Any, inputs: dict[str, Array], customers: int, rules: IndexRules) -> Array:
    total, scored = np.zeros(customers), np.zeros(customers)
    for key, weight in rules.inputs[name].items():
        values = inputs.get(key)
        if values is None:
            continue
        there = ~np.isnan(values)
        total += np.where(there, weight, 0.0)
        scored += np.where(there, weight * values, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(total > 0, scored / total, np.nan)
