"""Where a relationship stands: the four stages of its life cycle, read from the volume of each period.

LCS-1 is our own rule (defaults are ours too, a company changes them in its policy); the stages it names are
those of the literature: exploration, formation, stable, decline. `step` takes one period's volume and is all
there is; `stages` runs it over a history. A trailing window means that a turn is seen two to four periods
late, which is why `at_risk` looks at leading signs and changes no stage.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

Stage = Literal["exploration", "formation", "stable", "decline", "exited"]
Pattern = Literal["early_abort", "midway_death", "early_exit", "long_term"]
Risk = Literal["exit_signal", "index_drop", "p_alive_drop", "likely_churn", "overdue_complaint"]

STAGES: Final[tuple[Stage, ...]] = ("exploration", "formation", "stable", "decline", "exited")
_GONE: Final = frozenset({"decline", "exited"})


@dataclass(frozen=True, slots=True, kw_only=True)
class LifecycleRules:
    """The thresholds of LCS-1. Counts are periods, levels are shares of the reference volume.

    `growth` is per period, on the slope of the smoothed volume divided by the reference volume.
    """

    mean_window: int = 3
    slope_window: int = 4
    growth: float = 0.03
    level_formation: float = 0.15
    level_stable: float = 0.60
    level_plateau: float = 0.25
    drawdown_decline: float = 0.20
    drawdown_hard: float = 0.50
    drawdown_recovered: float = 0.15
    plateau: int = 6
    hold: int = 2
    exit_gap: int = 4
    exit_p_alive: float = 0.10
    long_term: int = 24
    cold_start: int = 3
    sure_after: int = 6


DEFAULT: Final = LifecycleRules()


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifecycle:
    """A relationship as LCS-1 sees it after `periods` periods; money fields in the company's currency.

    `recent` and `smoothed` are the windows still needed, oldest first; `peak` the highest smoothed volume.
    `stable_after` is in which period it first was stable, 0 if it never was.
    `level`, `slope` and `drawdown` are those of the last period: the *why* of the stage.
    """

    stage: Stage = "exploration"
    periods: int = 0
    recent: tuple[float, ...] = ()
    smoothed: tuple[float, ...] = ()
    peak: float = 0.0
    flat: int = 0
    zeros: int = 0
    pending: Stage | None = None
    pending_count: int = 0
    best: Stage = "exploration"
    stable_periods: int = 0
    stable_after: int = 0
    reactivated: bool = False
    level: float = 0.0
    slope: float = 0.0
    drawdown: float = 0.0


def step(now: Lifecycle, volume: float, reference: float, rules: LifecycleRules = DEFAULT) -> Lifecycle:
    """One more period of `volume`; `reference` (> 0) is the segment's usual peak volume."""
    if reference <= 0:
        raise ValueError(f"the reference volume must be positive, not {reference}")
    if now.stage == "exited":
        if volume <= 0:
            return replace(now, periods=now.periods + 1)
        now = Lifecycle(reactivated=True)
    seen = _measured(now, volume, reference, rules)
    if seen.zeros >= rules.exit_gap:
        return replace(seen, stage="exited", pending=None, pending_count=0)
    return _committed(seen, _candidate(seen, rules), rules)


def stages(
    volumes: Sequence[float], reference: float, rules: LifecycleRules = DEFAULT
) -> tuple[list[Stage], Lifecycle]:
    """The stage of every period, oldest first, and the life cycle after the last."""
    state, seen = Lifecycle(), []
    for volume in volumes:
        state = step(state, volume, reference, rules)
        seen.append(state.stage)
    return seen, state


def _measured(now: Lifecycle, volume: float, reference: float, rules: LifecycleRules) -> Lifecycle:
    recent = (*now.recent, volume)[-rules.mean_window :]
    mean = sum(recent) / len(recent)
    smoothed = (*now.smoothed, mean)[-rules.slope_window :]
    peak = max(now.peak, mean) if now.periods else mean
    slope = _slope(smoothed) / reference
    return replace(
        now,
        periods=now.periods + 1,
        recent=recent,
        smoothed=smoothed,
        peak=peak,
        flat=now.flat + 1 if abs(slope) < rules.growth else 0,
        zeros=now.zeros + 1 if volume == 0 else 0,
        level=mean / reference,
        slope=slope,
        drawdown=1 - mean / peak if peak > 0 else 0.0,
    )


def _slope(values: Sequence[float]) -> float:
    """Least-squares slope against 0, 1, 2…; 0 for a single value."""
    n = len(values)
    if n < 2:
        return 0.0
    middle = (n - 1) / 2
    return sum((i - middle) * v for i, v in enumerate(values)) / (n * (n * n - 1) / 12)


def _candidate(now: Lifecycle, rules: LifecycleRules) -> Stage:
    """The stage this period alone speaks for; the first rule that fits decides."""
    growing, flat = now.slope >= rules.growth, abs(now.slope) < rules.growth
    falling = now.drawdown >= rules.drawdown_decline and now.slope <= -rules.growth
    if falling or now.drawdown >= rules.drawdown_hard:
        return "decline"
    if now.stage == "decline":
        if growing:
            return "formation"
        return "stable" if now.drawdown < rules.drawdown_recovered and flat else "decline"
    high = now.level >= rules.level_stable and flat
    if high or (now.flat >= rules.plateau and now.level >= rules.level_plateau):
        return "stable"
    if growing and now.level >= rules.level_formation:
        return "stable" if now.stage == "stable" else "formation"  # a second growth stays stable
    return now.stage


def _committed(now: Lifecycle, candidate: Stage, rules: LifecycleRules) -> Lifecycle:
    """A change of stage waits for `hold` equal candidates in a row."""
    if candidate == now.stage:
        now = replace(now, pending=None, pending_count=0)
    else:
        count = now.pending_count + 1 if candidate == now.pending else 1
        if count >= rules.hold:
            now = replace(now, stage=candidate, pending=None, pending_count=0)
        else:
            now = replace(now, pending=candidate, pending_count=count)
    if now.stage not in _GONE and STAGES.index(now.stage) > STAGES.index(now.best):
        now = replace(now, best=now.stage)
    if now.stage != "stable":
        return now
    first = now.stable_after or now.periods
    return replace(now, stable_periods=now.stable_periods + 1, stable_after=first)


def settled(
    now: Lifecycle, *, terminated: bool, p_alive: float | None, rules: LifecycleRules = DEFAULT
) -> Lifecycle:
    """The life cycle with what volumes do not show: a contract ended, or a purchase model that gives up."""
    gone = terminated or (p_alive is not None and p_alive < rules.exit_p_alive)
    return replace(now, stage="exited", pending=None, pending_count=0) if gone else now


def confidence(now: Lifecycle, rules: LifecycleRules = DEFAULT) -> float:
    """How sure the stage is, 0-1: less while another is pending or while periods are few."""
    return (1 - 0.5 * now.pending_count / rules.hold) * min(1.0, now.periods / rules.sure_after)


def is_cold(now: Lifecycle, rules: LifecycleRules = DEFAULT) -> bool:
    """Whether there are too few periods to say anything but exploration."""
    return now.periods < rules.cold_start


def pattern(now: Lifecycle, rules: LifecycleRules = DEFAULT) -> Pattern | None:
    """The class of the whole relationship by the best stage it reached; None while it is still open.

    Decline is a way out, not a class. A relationship stable long enough is `long_term`, ended or not.
    """
    if now.stable_periods >= rules.long_term:
        return "long_term"
    if now.stage != "exited":
        return None
    ended: dict[str, Pattern] = {
        "exploration": "early_abort",
        "formation": "midway_death",
        "stable": "early_exit",
    }
    return ended[now.best]


def profit_lag(by_volume: Sequence[Stage], by_profit: Sequence[Stage]) -> bool:
    """Whether profit declines already while volume does not: the stage is right, the margin is going."""
    return bool(by_volume and by_profit) and by_profit[-1] == "decline" and by_volume[-1] not in _GONE


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskRules:
    """Leading signs of a customer who may leave. Index in points, over `days` days.

    A drop of p(alive) cannot be seen of who is under contract: the longer he stays the likelier he renews. Of
    him the sign is a renewal within a year at which contracts end with a chance of `p_churn` or more.
    """

    index_drop: float = 15.0
    days: float = 60.0
    p_alive_drop: float = 0.3
    p_churn: float = 0.5


def at_risk(
    *,
    exit_signal: bool,
    index_drop: float | None,
    p_alive_drop: float | None,
    overdue_complaint: bool,
    p_churn: float | None = None,
    rules: RiskRules | None = None,
) -> tuple[Risk, ...]:
    """Why the customer may leave, none when there is no sign. Drops are positive when something fell."""
    limits = rules or RiskRules()
    signs: list[tuple[bool, Risk]] = [
        (exit_signal, "exit_signal"),
        (index_drop is not None and index_drop >= limits.index_drop, "index_drop"),
        (p_alive_drop is not None and p_alive_drop >= limits.p_alive_drop, "p_alive_drop"),
        (p_churn is not None and p_churn >= limits.p_churn, "likely_churn"),
        (overdue_complaint, "overdue_complaint"),
    ]
    return tuple(name for there, name in signs if there)
