"""The curve of one relationship: volume and profit per period, and the life-cycle stage each period was in.

LCS-1 runs over the volumes, which decide the stage, and once more over the profits: profit in decline before
volume is a warning of its own. What is shown here is walked anew under the policy in force, from the ledger.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from contact_center.loyalty.ledger import PERIOD_DAYS, PeriodName
from contact_center.loyalty.lifecycle import (
    Lifecycle,
    LifecycleRules,
    Pattern,
    Stage,
    pattern,
    profit_lag,
    step,
)

DAY_S = 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """One period, epoch seconds. Money in the company's currency; contacts where no transactions are known.

    `smoothed` is the trailing mean that the stage reads, `level` its share of the reference volume.
    """

    from_at: float
    to_at: float
    volume: float
    profit: float
    smoothed: float
    level: float
    drawdown: float
    stage: Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """Periods in a row in one stage."""

    stage: Stage
    from_at: float
    to_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Relationship:
    """Periods oldest first. `reference` is the usual peak volume; `profit_stage` None without a margin."""

    period: PeriodName
    reference: float
    stretches: tuple[Stretch, ...]
    bands: tuple[Band, ...]
    pattern: Pattern | None
    profit_stage: Stage | None
    profit_lag: bool


def relationship(
    volumes: Sequence[float],
    profits: Sequence[float],
    *,
    ends_at: float,
    period: PeriodName,
    reference: float,
    margin: float,
    rules: LifecycleRules,
    settled: Stage | None = None,
) -> Relationship:
    """The curve of a customer's own periods, the last of which ends at `ends_at` (epoch seconds).

    `margin` is the base's profit per unit of volume. `settled` is the stage that was kept of him: where a
    purchase model gave him up, it says more than volumes do.
    """
    span_s, n = PERIOD_DAYS[period] * DAY_S, len(volumes)
    walked = _walk(volumes, reference, rules)
    by_profit = [life.stage for life in _walk(profits, reference * margin, rules)] if margin > 0 else []
    seen = [life.stage for life in walked]
    if seen and settled == "exited":
        seen[-1] = settled
    stretches = tuple(
        Stretch(
            from_at=ends_at - (n - i) * span_s,
            to_at=ends_at - (n - i - 1) * span_s,
            volume=volumes[i],
            profit=profits[i],
            smoothed=life.smoothed[-1] if life.smoothed else 0.0,
            level=life.level,
            drawdown=life.drawdown,
            stage=seen[i],
        )
        for i, life in enumerate(walked)
    )
    return Relationship(
        period=period,
        reference=reference,
        stretches=stretches,
        bands=_bands(stretches),
        pattern=pattern(walked[-1], rules) if walked else None,
        profit_stage=by_profit[-1] if by_profit else None,
        profit_lag=profit_lag(seen, by_profit),
    )


def _walk(volumes: Sequence[float], reference: float, rules: LifecycleRules) -> list[Lifecycle]:
    state, seen = Lifecycle(), []
    for volume in volumes:
        state = step(state, volume, reference, rules)
        seen.append(state)
    return seen


def _bands(stretches: Sequence[Stretch]) -> tuple[Band, ...]:
    found = []
    for stage, run in groupby(stretches, key=lambda s: s.stage):
        periods = list(run)
        found.append(Band(stage=stage, from_at=periods[0].from_at, to_at=periods[-1].to_at))
    return tuple(found)
