"""One customer's lifetime profit from his own profit curve: fit, extrapolate, survive, discount.

The idea is published (profit continues past behaviour; draw the historic curve, choose the mode it follows,
compute from that function); the five candidate curves, the choice by AICc and the limits are ours.
Profits are per period, the first at t = 0.
"""

import math
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import OptimizeWarning, curve_fit

from contact_center.loyalty.lifecycle import Stage
from contact_center.loyalty.lifetime_value import CAP_OF_SEGMENT

Array = NDArray[np.float64]
BOOTSTRAPS = 500
LEAST_R2, SURE_POINTS = 0.2, 8
_SMALLEST = 1e-9
"""Residuals below this share of the data are rounding, not misfit: keeps ln(RSS) finite."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """A candidate: its function of t and parameters, and parameters to start the search from."""

    name: str
    of: Callable[..., Any]
    start: Callable[[Array, Array], tuple[float, ...]]


def _rate(t: Array, y: Array) -> float:
    return float(np.polyfit(t, np.log(np.maximum(y, 1e-3 * max(np.abs(y).max(), 1e-9))), 1)[0])


def _line(t: Array, y: Array, degree: int) -> tuple[float, ...]:
    return tuple(float(c) for c in np.polyfit(t, y, degree)[::-1])


def _logistic(t: Any, k: Any, r: Any, middle: Any) -> Any:
    return k / (1 + np.exp(-np.clip(r * (t - middle), -500, 500)))


LINEAR: Final = Curve(name="linear", of=lambda t, a, b: a + b * t, start=lambda t, y: _line(t, y, 1))
QUADRATIC: Final = Curve(
    name="quadratic", of=lambda t, a, b, c: a + b * t + c * t * t, start=lambda t, y: _line(t, y, 2)
)
EXPONENTIAL: Final = Curve(
    name="exponential",
    of=lambda t, a, b: a * np.exp(np.clip(b * t, -500, 500)),
    start=lambda t, y: (float(y[0]) or 1.0, _rate(t, y)),
)
SATURATING: Final = Curve(
    name="saturating",
    of=lambda t, k, a, rate: k - a * np.exp(np.clip(-rate * t, -500, 500)),
    start=lambda t, y: (float(y[-1]), float(y[-1] - y[0]), 3 / max(float(t[-1]), 1.0)),
)
LOGISTIC: Final = Curve(
    name="logistic", of=_logistic, start=lambda t, y: (float(y.max()) or 1.0, 0.5, float(t.mean()))
)

ALLOWED: Final[dict[Stage, tuple[Curve, ...]]] = {
    "exploration": (LINEAR,),
    "formation": (LINEAR, QUADRATIC, EXPONENTIAL, SATURATING, LOGISTIC),
    "stable": (LINEAR, SATURATING, LOGISTIC),
    "decline": (LINEAR, EXPONENTIAL),
    "exited": (LINEAR,),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """The chosen curve with its parameters in the order of its function, and how well it fits."""

    curve: Curve
    parameters: tuple[float, ...]
    aicc: float
    r2: float
    residuals: tuple[float, ...]

    def at(self, t: Array) -> Array:
        return np.asarray(self.curve.of(t, *self.parameters), dtype=np.float64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ceiling:
    """`level` is the profit of a period that no curve may exceed; it lowered the value of `held` of `tried`
    resamples. `alone`: their interval had a width that it took away."""

    level: float
    held: int
    tried: int
    alone: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CurveValue:
    """Lifetime profit with its 10th and 90th percentile from refitting resampled residuals.

    `ceiling` is there when the cap lowered the value of a resample or of the fit itself: the percentiles are
    then as much the cap's as the customer's.
    """

    value: float
    p10: float
    p90: float
    fitted: Fitted
    ceiling: Ceiling | None = None

    @property
    def interval(self) -> tuple[float, float] | None:
        """The two percentiles; None where the cap alone made both, which is no knowledge of the customer."""
        return None if self.ceiling is not None and self.ceiling.alone else (self.p10, self.p90)


def best_fit(profits: Sequence[float], stage: Stage) -> Fitted | None:
    """The allowed curve with the least AICc; None when none fits well enough to be believed."""
    y = np.asarray(profits, dtype=np.float64)
    fits = [f for curve in ALLOWED[stage] if (f := _fit(curve, y, stage)) is not None]
    if not fits:
        return None
    best = min(fits, key=lambda f: f.aicc)
    refused = max(f.r2 for f in fits) < LEAST_R2 and len(y) < SURE_POINTS
    return None if refused else best


def _fit(curve: Curve, y: Array, stage: Stage) -> Fitted | None:
    n, t = len(y), np.arange(len(y), dtype=np.float64)
    k = len(curve.start(t, y)) if n > 2 else n
    if n < k + 2:
        return None
    parameters = _parameters(curve, t, y, curve.start(t, y))
    if parameters is None or not _sensible(curve, parameters, stage):
        return None
    residuals = y - np.asarray(curve.of(t, *parameters))
    rss = max(float(residuals @ residuals), n * (_SMALLEST * max(float(np.abs(y).max()), 1.0)) ** 2)
    spread = float(((y - y.mean()) ** 2).sum())
    return Fitted(
        curve=curve,
        parameters=parameters,
        aicc=_aicc(n, k, rss),
        r2=1 - rss / spread if spread > 0 else 1.0,
        residuals=tuple(float(r) for r in residuals),
    )


def _aicc(n: int, k: int, rss: float) -> float:
    """Small-sample Akaike; the variance counts as a parameter. Without a degree of freedom: infinite."""
    terms = k + 1
    free = n - terms - 1
    if free <= 0:
        return float("inf")
    return float(n * np.log(rss / n) + 2 * terms + 2 * terms * (terms + 1) / free)


def _sensible(curve: Curve, parameters: tuple[float, ...], stage: Stage) -> bool:
    """Growth explodes and decline shrinks; a saturating curve saturates."""
    if curve is EXPONENTIAL:
        return parameters[1] > 0 if stage == "formation" else parameters[1] < 0
    if curve is SATURATING:
        return parameters[2] > 0
    return curve is not LOGISTIC or parameters[1] > 0


def _parameters(curve: Curve, t: Array, y: Array, start: tuple[float, ...]) -> tuple[float, ...] | None:
    if curve in (LINEAR, QUADRATIC):
        return curve.start(t, y)  # least squares has a closed form there
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings(action="ignore", category=OptimizeWarning):
            found, _ = curve_fit(curve.of, t, y, p0=start, maxfev=2000)
    except (RuntimeError, TypeError):  # no convergence; as many points as parameters
        return None
    return tuple(float(p) for p in found) if np.isfinite(found).all() else None


def present_value(
    fitted: Fitted, points: int, *, rate: float, horizon: int, survival: float = 1.0, cap: float | None = None
) -> float:
    """The `horizon` periods after `points` known ones: capped, kept with `survival` each, discounted."""
    h = np.arange(1, horizon + 1, dtype=np.float64)
    future = fitted.at(points - 1 + h)
    if cap is not None:
        future = np.minimum(future, cap)
    return float((future * (survival / (1 + rate)) ** h).sum())


def value_by_curve(
    profits: Sequence[float],
    stage: Stage,
    *,
    rate: float,
    horizon: int = 36,
    survival: float = 1.0,
    segment_p95: float | None = None,
    seed: int = 0,
    bootstraps: int = BOOTSTRAPS,
) -> CurveValue | None:
    """Lifetime profit by the fitting method; None when it must fall back to the segment's figure.

    `segment_p95` is the 95th percentile of the segment's profit per period: the curve may not rise above 1.25
    times it. The same `seed` gives the same interval.
    """
    fitted = best_fit(profits, stage)
    if fitted is None:
        return None
    cap = None if segment_p95 is None else CAP_OF_SEGMENT * segment_p95
    n, t = len(profits), np.arange(len(profits), dtype=np.float64)
    draw = np.random.default_rng(seed)
    base, residuals = fitted.at(t), np.asarray(fitted.residuals)

    def worth(curve: Fitted, ceiling: float | None) -> float:
        return present_value(curve, n, rate=rate, horizon=horizon, survival=survival, cap=ceiling)

    values, free = [], []
    for _ in range(bootstraps):
        again = base + draw.choice(residuals, n)
        refitted = _parameters(fitted.curve, t, again, fitted.parameters)
        if refitted is not None:
            other = Fitted(curve=fitted.curve, parameters=refitted, aicc=0, r2=0, residuals=())
            values.append(worth(other, cap))
            free.append(values[-1] if cap is None else worth(other, None))
    value = worth(fitted, cap)
    reached = value != worth(fitted, None) or values != free
    ceiling = None if cap is None or not reached else _ceiling(cap, values, free)
    p10, p90 = _edges(values) or (value, value)
    return CurveValue(value=value, p10=p10, p90=p90, fitted=fitted, ceiling=ceiling)


def _edges(values: Sequence[float]) -> tuple[float, float] | None:
    """The 10th and 90th percentile; None of nothing."""
    return (float(np.percentile(values, 10)), float(np.percentile(values, 90))) if values else None


def _ceiling(level: float, values: Sequence[float], free: Sequence[float]) -> Ceiling:
    """Of resamples that are worth `values` under the cap and `free` without it."""

    def flat(edges: tuple[float, float] | None) -> bool:
        return edges is None or math.isclose(*edges, rel_tol=1e-9, abs_tol=1e-9)

    held = sum(value < other for value, other in zip(values, free, strict=True))
    alone = flat(_edges(values)) and not flat(_edges(free))
    return Ceiling(level=level, held=held, tried=len(values), alone=alone)
