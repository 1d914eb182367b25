"""The loyalty index: a score 0-100 that shows what it is made of.

Five sub-scores in 0-1 - perceived value, satisfaction, trust, switching cost, behaviour - each a weighted
mean of what is known; the index weighs them by life-cycle stage. What is missing is left out and the rest
reweighed; `coverage` says how much of the weight was there, and below half nothing acts on it.
That the first four determine loyalty is the literature's; weights, windows and decay are our defaults.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from contact_center.loyalty.lifecycle import Stage

SubScore = Literal["value", "satisfaction", "trust", "switching_cost", "behaviour"]
Attitude = Literal["true", "latent", "spurious", "none"]
SUB_SCORES: Final[tuple[SubScore, ...]] = ("value", "satisfaction", "trust", "switching_cost", "behaviour")

INPUTS: Final[Mapping[SubScore, Mapping[str, float]]] = {
    "value": {"fcr": 0.5, "wait": 0.3, "value_survey": 0.2},
    "satisfaction": {"csat": 0.5, "nps": 0.25, "ces": 0.25},
    "trust": {"promise": 0.6, "complaint": 0.4},
    "switching_cost": {"tenure": 0.4, "products": 0.3, "contract": 0.3},
    "behaviour": {"p_alive": 0.4, "repeat": 0.2, "cross_buy": 0.2, "referral": 0.2},
}


def _weights(*shares: float) -> Mapping[SubScore, float]:
    return dict(zip(SUB_SCORES, shares, strict=True))


WEIGHTS: Final[Mapping[Stage, Mapping[SubScore, float]]] = {
    "exploration": _weights(0.40, 0.30, 0.10, 0.05, 0.15),
    "formation": _weights(0.30, 0.30, 0.20, 0.05, 0.15),
    "stable": _weights(0.20, 0.20, 0.25, 0.15, 0.20),
    "decline": _weights(0.20, 0.20, 0.25, 0.05, 0.30),
    "exited": _weights(0.20, 0.20, 0.25, 0.05, 0.30),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexRules:
    """Weights of the index by stage, weights inside the sub-scores, and how fast evidence ages (days)."""

    weights: Mapping[Stage, Mapping[SubScore, float]] = field(default_factory=lambda: WEIGHTS)
    inputs: Mapping[SubScore, Mapping[str, float]] = field(default_factory=lambda: INPUTS)
    window_days: float = 180.0
    half_life_days: float = 90.0
    complaint_half_life_days: float = 60.0
    prior_weight: float = 2.0
    patience_s: float = 180.0
    enough_coverage: float = 0.5
    attitude_cut: float = 0.60


DEFAULT: Final = IndexRules()


# -- evidence -> inputs -----------------------------------------------------------------------------------


def shrunk(evidence: Iterable[tuple[float, float]], rules: IndexRules = DEFAULT) -> float:
    """A share of (age in days, score 0-1), newer ones counting more, drawn to a half while there are few."""
    weight = total = 0.0
    for age_days, score in evidence:
        w = 2 ** (-age_days / rules.half_life_days)
        weight += w
        total += w * score
    return (total + rules.prior_weight * 0.5) / (weight + rules.prior_weight)


def wait_score(wait_s: float, *, abandoned: bool, rules: IndexRules = DEFAULT) -> float:
    """1 without waiting, 0 after `patience_s` or when the caller gave up."""
    return 0.0 if abandoned else max(0.0, 1 - wait_s / rules.patience_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """`severity` 0.5, 0.75 or 1; `repaired` only counts when it was in time."""

    age_days: float
    severity: float
    repaired: bool = False


def complaint_factor(complaints: Iterable[Complaint], rules: IndexRules = DEFAULT) -> float:
    """1 without complaints; each takes its severity away, half when repaired in time, less as it ages."""
    return math.prod(
        1 - c.severity * (0.5 if c.repaired else 1.0) * 2 ** (-c.age_days / rules.complaint_half_life_days)
        for c in complaints
    )


def tenure_score(months: float) -> float:
    return min(1.0, months / 60)


def products_score(products: int) -> float:
    return min(1.0, products / 4)


def contract_score(months_left: float) -> float:
    return min(1.0, max(0.0, months_left) / 12)


# -- inputs -> sub-scores -> index --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Contribution:
    """One term of the index: its sub-score 0-1, its weight after reweighing, and the points it gives."""

    name: SubScore
    score: float
    weight: float
    points: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LoyaltyIndex:
    """`value` 0-100, None when nothing is known. `enough` says whether anything may act on it."""

    value: float | None
    coverage: float
    enough: bool
    contributions: tuple[Contribution, ...]
    attitude: float | None
    behaviour: float | None
    kind: Attitude | None


def sub_score(
    name: SubScore, inputs: Mapping[str, float | None], rules: IndexRules = DEFAULT
) -> float | None:
    """The weighted mean of the inputs that are there; None when none is."""
    there = {key: w for key, w in rules.inputs[name].items() if inputs.get(key) is not None}
    total = sum(there.values())
    return sum(w * (inputs[key] or 0.0) for key, w in there.items()) / total if total else None


def loyalty_index(
    inputs: Mapping[str, float | None], stage: Stage, rules: IndexRules = DEFAULT
) -> LoyaltyIndex:
    """The index from named inputs in 0-1 (the names of `INPUTS`); a missing or None input is not known."""
    weights = rules.weights[stage]
    known = {name: x for name in SUB_SCORES if (x := sub_score(name, inputs, rules)) is not None}
    coverage = math.fsum(weights[name] for name in known)
    contributions = tuple(
        Contribution(
            name=name,
            score=score,
            weight=weights[name] / coverage,
            points=100 * weights[name] * score / coverage,
        )
        for name, score in known.items()
        if coverage
    )
    attitude = _mean(known, weights, ("value", "satisfaction", "trust"))
    behaviour = _mean(known, weights, ("switching_cost", "behaviour"))
    return LoyaltyIndex(
        value=math.fsum(c.points for c in contributions) if contributions else None,
        coverage=coverage,
        enough=coverage >= rules.enough_coverage,
        contributions=contributions,
        attitude=attitude,
        behaviour=behaviour,
        kind=_kind(attitude, behaviour, rules.attitude_cut),
    )


def _mean(
    known: Mapping[SubScore, float], weights: Mapping[SubScore, float], names: tuple[SubScore, ...]
) -> float | None:
    there = [name for name in names if name in known]
    total = math.fsum(weights[name] for name in there)
    return math.fsum(weights[name] * known[name] for name in there) / total if total else None


def _kind(attitude: float | None, behaviour: float | None, cut: float) -> Attitude | None:
    """Relative attitude by repeat patronage (Dick and Basu 1994); None while one of them is unknown."""
    if attitude is None or behaviour is None:
        return None
    if attitude >= cut:
        return "true" if behaviour >= cut else "latent"
    return "spurious" if behaviour >= cut else "none"
