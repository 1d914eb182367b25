"""How relationships of the whole base go, and what making good brings (theory §2.4 and §5.6). Pure.

The one definition of these figures, from counts that a store makes. A share of customers is of those who have
not left: who has is no customer any more, and a base would look the less stable the longer it is kept.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import variance
from typing import Final

from contact_center.loyalty.ledger import PeriodName
from contact_center.loyalty.lifecycle import Pattern
from contact_center.loyalty.measures import FEWEST_TO_RANK, Z_95, Share, share
from contact_center.loyalty.retention import incremental_profit

PATTERNS: Final[tuple[Pattern, ...]] = ("early_abort", "midway_death", "early_exit", "long_term")
RETAINED_DAYS: Final = 90.0
REPEAT_DAYS: Final = 90.0
ANSWER_DAYS: Final = 30.0
"""A satisfaction answered within this of the end of a repair is the recovery's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """`hits` of `n`."""

    hits: int = 0
    n: int = 0

    def share(self) -> Share:
        return share(self.hits, self.n)


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseCounts:
    """What a store counts. `stable_after`: how many first were stable in their first, second… `period`.

    `declines` that began ended as `recovered`, or go on as `declining`; the others left. `treated` and
    `held_out` are the profits of customers in `RETAINED_DAYS` after they were first to be kept by
    ourselves, for whatever reason (`remedies.by_ourselves`).
    """

    period: PeriodName | None = None
    stable: Part = Part()
    stable_after: Mapping[int, int] = field(default_factory=dict)
    patterns: Mapping[Pattern, int] = field(default_factory=dict)
    declines: int = 0
    recovered: int = 0
    declining: int = 0
    in_time: Part = Part()
    satisfied: Part = Part()
    kept_repaired: Part = Part()
    kept_failed: Part = Part()
    repeated: Part = Part()
    treated: Sequence[float] = ()
    held_out: Sequence[float] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """Of all relationships whose pattern is known, the share of this one."""

    pattern: Pattern
    of: Share


@dataclass(frozen=True, slots=True, kw_only=True)
class Retained:
    """What trying to keep brought over all `treated`, in money, with the 95 % interval of the difference.

    None where either group is too small to say anything (`FEWEST_TO_RANK`).
    """

    treated: int
    held_out: int
    profit: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseFigures:
    """Shares 0-1 with their 95 % Wilson interval; of fewer than `enough` nothing should be said.

    `stable`: of who has not left. `periods_to_stable`: the median of the `became_stable` who ever were, None
    of nobody. `recovered`: declines of the span that ended in formation or stable, of all that began in it;
    `declining` of them go on. `in_time`: promises of the span kept. `satisfied`: of the first answers after a
    repair, 4 and 5. `kept_repaired`, `kept_failed`: still customers `RETAINED_DAYS` after their case began,
    its promise kept or broken. `repeated`: complaints of the span that follow another of the same customer.
    """

    period: PeriodName | None
    enough: int
    stable: Share
    became_stable: int
    periods_to_stable: float | None
    endings: tuple[Ending, ...]
    recovered: Share
    declining: int
    in_time: Share
    satisfied: Share
    kept_repaired: Share
    kept_failed: Share
    repeated: Share
    retained: Retained


def base_figures(seen: BaseCounts) -> BaseFigures:
    known = sum(seen.patterns.values())
    return BaseFigures(
        period=seen.period,
        enough=FEWEST_TO_RANK,
        stable=seen.stable.share(),
        became_stable=sum(seen.stable_after.values()),
        periods_to_stable=median_of(seen.stable_after),
        endings=tuple(
            Ending(pattern=pattern, of=share(seen.patterns.get(pattern, 0), known)) for pattern in PATTERNS
        ),
        recovered=share(seen.recovered, seen.declines),
        declining=seen.declining,
        in_time=seen.in_time.share(),
        satisfied=seen.satisfied.share(),
        kept_repaired=seen.kept_repaired.share(),
        kept_failed=seen.kept_failed.share(),
        repeated=seen.repeated.share(),
        retained=retained(seen.treated, seen.held_out),
    )


def retained(treated: Sequence[float], held: Sequence[float]) -> Retained:
    """Of the profits per customer of both groups (theory §4.3); the interval by unequal variances."""
    n, m = len(treated), len(held)
    if min(n, m) < FEWEST_TO_RANK:
        return Retained(treated=n, held_out=m)
    profit = incremental_profit(treated, held)
    half = Z_95 * n * math.sqrt(variance(treated) / n + variance(held) / m)
    return Retained(treated=n, held_out=m, profit=profit, low=profit - half, high=profit + half)


def median_of(counted: Mapping[int, int]) -> float | None:
    """The median of values each there so many times; None of none."""
    total = sum(counted.values())
    if not total:
        return None
    lower, upper = (_nth(counted, (total - 1) // 2), _nth(counted, total // 2))
    return (lower + upper) / 2


def _nth(counted: Mapping[int, int], place: int) -> int:
    passed = 0
    for value in sorted(counted):
        passed += counted[value]
        if passed > place:
            return value
    raise ValueError(f"there are only {passed} values")
