"""How long a caller will still wait, as an interval that keeps what it says. Pure; seconds throughout.

Two parts. `prospect` says what the situation alone would make of it: those ahead leave the line one after
the other, served or having given up, each step exponential; the sum is taken as a gamma distribution with a
mean and a number of stages. `Calibration` learns where real waits fall in such distributions and moves nine
quantiles, of which it gives out three (10, 50, 90 %), until so many waits really fall below them (quantile
tracking, Gibbs & Candès 2021). So the interval is right in the long run whatever the model leaves out.

Callers who give up are not forgotten: their wait would have been longer, by as much as that of others was
(Efron's redistribution to the right).
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log, sqrt
from statistics import NormalDist
from typing import Final

LEVELS: Final = tuple(tenth / 10.0 for tenth in range(1, 10))
"""The quantiles that are kept track of: a caller who gives up is placed among them (see `level_of`), which
three would do coarsely where waits have two humps, as of those served soon or late.
"""

LOW, LIKELY, HIGH = 0, 4, 8
"""Those that are told: an 80 % interval and its middle."""


def between(low: float, likely: float, high: float) -> tuple[float, ...]:
    """Where all of them begin, from where the three that are told do: as a normal distribution lies."""
    plain = [NormalDist().inv_cdf(level) / NormalDist().inv_cdf(LEVELS[HIGH]) for level in LEVELS]
    return tuple(likely + z * (high - likely if z > 0.0 else likely - low) for z in plain)


PLAIN_Z: Final = tuple(NormalDist().inv_cdf(level) for level in LEVELS)
LASTING_Z: Final = between(-1.9, -0.1, 1.5)
"""Where they begin for a wait that has lasted already: it goes on less evenly than one that begins."""

MISSED_Z: Final = between(-1.8, -0.5, 1.9)
"""Where they begin for one that likely misses the target its queue protects: served soon, or late."""

STEP: Final = 0.03
"""How far one wait moves a quantile, in standard deviations, once many were seen."""

FIRST_STEP: Final = 0.3
SPREAD_OF_RATE: Final = 0.15
"""The rate of service itself is known to about so much."""

MOST_STEPS: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """Still to wait (s): between `low_s` and `high_s` with 80 %, over or under `likely_s` alike."""

    low_s: float
    likely_s: float
    high_s: float


AT_ONCE: Final = Estimate(low_s=0.0, likely_s=0.0, high_s=0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prospect:
    """A gamma distribution of the time still to wait: mean (s) and number of stages (may be broken).

    `group` tells apart situations whose waits go differently and are learnt apart.
    """

    mean_s: float
    stages: float
    group: int = 0

    def z_of(self, wait_s: float) -> float:
        """The wait on the scale of a standard normal (Wilson & Hilferty 1931)."""
        ninth = 1.0 / (9.0 * self.stages)
        return (float((wait_s / self.mean_s) ** (1.0 / 3.0)) - 1.0 + ninth) / sqrt(ninth)

    def wait_s(self, z: float) -> float:
        """The wait at that place of the scale."""
        ninth = 1.0 / (9.0 * self.stages)
        return float(self.mean_s * max(0.0, 1.0 - ninth + z * sqrt(ninth)) ** 3)


def prospect(ahead: float, rate_per_s: float, leave_per_s: float, group: int = 0) -> Prospect:
    """`ahead` stand before the caller and give up at `leave_per_s` each; agents free at `rate_per_s`."""
    whole = int(min(ahead, MOST_STEPS))
    mean_s = variance = 0.0
    for before in range(whole + 1):
        step_s = 1.0 / (rate_per_s + before * leave_per_s)
        mean_s += step_s
        variance += step_s * step_s
    rest = ahead - whole
    if rest > 0.0:  # part of one more, or very many more: an integral instead of a sum
        top = rate_per_s + (ahead + 0.5) * leave_per_s
        bottom = rate_per_s + (whole + 0.5) * leave_per_s
        more_s = rest / bottom if leave_per_s * rest < 1e-9 * bottom else log(top / bottom) / leave_per_s
        mean_s += more_s
        variance += rest / (top * bottom)
    variance += (SPREAD_OF_RATE * mean_s) ** 2
    return Prospect(mean_s=mean_s, stages=mean_s * mean_s / variance, group=group)


class Calibration:
    """Where waits fall in their prospects: a factor on the mean, and three quantiles on the normal scale."""

    __slots__ = ("_cases", "_ended", "_ratio", "z")

    def __init__(self, begins: Sequence[float] = PLAIN_Z) -> None:
        self.z = list(begins)
        self._cases = 0.0
        self._ratio = self._ended = 20.0

    def copy(self) -> "Calibration":
        """One that has learnt the same so far."""
        other = Calibration()
        other.z = list(self.z)
        other._cases, other._ratio, other._ended = self._cases, self._ratio, self._ended
        return other

    @property
    def factor(self) -> float:
        """What the mean of a prospect is to be multiplied by: time at risk over waits ended, in means."""
        return self._ratio / self._ended

    def estimate(self, prospect: Prospect) -> Estimate:
        scaled = self.scaled(prospect)
        low, likely, high = (scaled.wait_s(self.z[place]) for place in (LOW, LIKELY, HIGH))
        return Estimate(low_s=low, likely_s=likely, high_s=high)

    def scaled(self, prospect: Prospect) -> Prospect:
        return Prospect(mean_s=prospect.mean_s * self.factor, stages=prospect.stages, group=prospect.group)

    def learn(self, told: Prospect, raw: Prospect, wait_s: float, *, served: bool) -> None:
        """A wait is over: `told` is the prospect as scaled when it was asked for, `raw` as it was before."""
        self._cases += 1.0
        self._ratio += min(wait_s / raw.mean_s, 10.0)
        self._ended += served
        if self._ended > 400.0:
            self._ratio *= 0.5
            self._ended *= 0.5
        step = max(STEP, FIRST_STEP / sqrt(1.0 + self._cases / 10.0))
        z = told.z_of(wait_s)
        known = 0.0 if served else level_of(z, self.z)
        for place, level in enumerate(LEVELS):
            below = float(z < self.z[place]) if served else self._below(known, place)
            self.z[place] += step * (level - below)
        self.z.sort()

    def _below(self, known: float, place: int) -> float:
        """P(the wait is below this quantile), given that it is longer than so many are."""
        return max(0.0, (LEVELS[place] - known) / (1.0 - known))


def loss_s(estimate: Estimate, wait_s: float) -> float:
    """How far off it was (s): on the mean least for the true quantiles (Koenker & Bassett 1978)."""
    told = zip((LOW, LIKELY, HIGH), (estimate.low_s, estimate.likely_s, estimate.high_s), strict=True)
    return sum([(LEVELS[place] - (wait_s < end_s)) * (wait_s - end_s) for place, end_s in told])


def level_of(z: float, quantiles: Sequence[float]) -> float:
    """The share of waits below this place, as the quantiles have it; the highest level beyond them."""
    place = bisect_right(quantiles, z)
    if place == 0:
        return LEVELS[0] * exp(min(0.0, 1.5 * (z - quantiles[0])))
    if place == len(quantiles):
        return LEVELS[-1]
    lower, upper = quantiles[place - 1], quantiles[place]
    return LEVELS[place - 1] + (LEVELS[place] - LEVELS[place - 1]) * (z - lower) / max(upper - lower, 1e-9)
