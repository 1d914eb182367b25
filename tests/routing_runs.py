"""Running the shipped engine long enough to be compared with exact figures.

How much work happened to be drawn explains most of how long people waited. Its mean is known, so regressing
on it (control variates) takes that part of the noise out; what is left is the standard error.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from contact_center.acd.rules import PolicyName, QueueRule
from contact_center.simulation.centre import Centre, Day
from contact_center.simulation.draws import Calls, draw_calls
from contact_center.simulation.scenario import Scenario
from tests.routing_counters import Counters, Figures, opened


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    mean: float
    error: float

    def agrees(self, exact: float, share: float = 0.02) -> bool:
        """Within three standard errors and this share of the exact value."""
        return abs(self.mean - exact) <= min(3.0 * self.error, share * exact)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A figure over that of a counter on the same days: its slope, and the scatter of a day about it.

    `at_exact`: where the counter's figure is `exact`.
    """

    slope: float
    scatter: float
    exact: float
    at_exact: Estimate


class Runs:
    """Replications of one scenario under one policy.

    `beside`: counters whose figures on the same calls are controls. `inside`: who is there as a day begins
    is drawn from this counter's balance, and for each of `beside` from its own; without, all begin empty.
    """

    def __init__(
        self,
        scenario: Scenario,
        policy: PolicyName,
        replications: int,
        hold: float = 6.0,
        *,
        beside: Sequence[Counters] = (),
        inside: Counters | None = None,
    ) -> None:
        self.scenario, self._beside = scenario, beside
        rule = QueueRule(policy=policy, hold_targets=hold)
        self.days: list[Day] = []
        self._seen: list[list[Figures]] = []
        controls = []
        for number in range(replications):
            calls = draw_calls(scenario, scenario.scenario.seed, number)
            share = (number, replications)
            self.days.append(Centre(scenario, rule, self._opened(calls, inside, share)).run())
            seen = [
                each.seen(
                    self._opened(calls, each if inside is not None else None, share),
                    scenario.scenario.warmup_s,
                )
                for each in beside
            ]
            self._seen.append(seen)
            row = self._controls(calls)
            for counters, figures in zip(beside, seen, strict=True):
                row += counters.surprise(figures)
            controls.append(row)
        self.controls = np.array(controls)

    def _opened(self, calls: Calls, counters: Counters | None, share: tuple[int, int]) -> Calls:
        if counters is None:
            return calls
        queue = self.scenario.queue[0]
        return opened(calls, counters, queue.mean_handle_s, queue.mean_patience_s, share)

    @property
    def span_s(self) -> float:
        return self.scenario.scenario.horizon_s - self.scenario.scenario.warmup_s

    def _controls(self, calls: Calls) -> list[float]:
        """Work drawn per queue, as a share more or less than expected."""
        warmup_s = self.scenario.scenario.warmup_s
        work = [0.0] * len(self.scenario.queue)
        for at, queue, handle_s in zip(calls.at, calls.queue, calls.handle_s, strict=True):
            if at >= warmup_s:
                work[queue] += handle_s
        return [
            done / (self.span_s * (queue.arrivals_per_s or 0.0) * queue.mean_handle_s) - 1.0
            for done, queue in zip(work, self.scenario.queue, strict=True)
        ]

    def estimate(self, figure: Callable[[Day], float]) -> Estimate:
        return adjusted([figure(day) for day in self.days], self.controls)

    def line(self, figure: Callable[[Day], float], name: str, unit: float) -> Line:
        """Over the figure of that name of the first counter, given in so large a unit."""
        exact = _number(self._beside[0].exact, name) / unit
        off = np.array([_number(seen[0], name) / unit - exact for seen in self._seen])
        days = np.array([figure(day) for day in self.days])
        slope, level = np.polyfit(off, days, 1)
        scatter = float(np.sqrt(np.sum((days - level - slope * off) ** 2) / (len(days) - 2)))
        return Line(
            slope=float(slope), scatter=scatter, exact=exact, at_exact=adjusted(days.tolist(), off[:, None])
        )

    def compared(self, figure: Callable[[Day], float], name: str, exact: float) -> Estimate:
        """The figure less what the counters are off on the mean, each as a share of what it should be.

        Nothing is fitted: where a few days have nearly all of the waits a fit follows those few, and believes
        itself far too much.
        """
        should = [_number(counters.exact, name) for counters in self._beside]
        shares = [
            figure(day) / exact
            - float(np.mean([_number(one, name) / its for one, its in zip(seen, should, strict=True)]))
            for day, seen in zip(self.days, self._seen, strict=True)
        ]
        error = float(np.std(shares, ddof=1)) / len(shares) ** 0.5
        return Estimate(mean=exact * (1.0 + float(np.mean(shares))), error=exact * error)


def _number(figures: Figures, name: str) -> float:
    found: float = figures.in_time[0] if name == "in_time" else getattr(figures, name)
    return found


Check = tuple[Callable[[Day], float], float]
"""A figure of a day, and its exact value."""


def agree(checks: Mapping[str, Check], runs: Runs, share: float = 0.02) -> None:
    """Every figure, within three standard errors and this share of its exact value."""
    told = []
    for name, (figure, exact) in checks.items():
        found = runs.estimate(figure)
        if not found.agrees(exact, share):
            told.append(f"{name}: {found.mean:.6g} ± {found.error:.2g}, exactly {exact:.6g}")
    assert not told, "; ".join(told)


def adjusted(
    values: Sequence[float], controls: "np.ndarray[tuple[int, ...], np.dtype[np.float64]]"
) -> Estimate:
    """The mean at controls of zero, by least squares; controls that never vary say nothing."""
    scale = controls.std(axis=0)
    varying = scale > 1e-12
    design = np.column_stack([np.ones(len(values)), controls[:, varying] / scale[varying]])
    fit, *_ = np.linalg.lstsq(design, np.array(values), rcond=None)
    rest = np.array(values) - design @ fit
    variance = float(rest @ rest) / (len(values) - design.shape[1])
    return Estimate(
        mean=float(fit[0]), error=float(np.sqrt(variance * np.linalg.inv(design.T @ design)[0, 0]))
    )


def scenario_of(
    queues: Sequence[dict[str, object]],
    agents: Sequence[tuple[int, dict[str, int]]],
    *,
    horizon_s: float,
    warmup_s: float,
    slowness: dict[int, float] | None = None,
    capacity: int | None = None,
) -> Scenario:
    return Scenario.model_validate(
        {
            "scenario": {"horizon_s": horizon_s, "warmup_s": warmup_s, "capacity": capacity, "seed": 5},
            "queue": queues,
            "agents": [
                {"name": f"g{number}", "count": count, "skills": skills}
                for number, (count, skills) in enumerate(agents)
            ],
            "handling": {"slowness": slowness or {}},
        }
    )


def waits(day: Day, queue: str | None = None) -> list[float]:
    """Of everybody who got in: served and abandoned."""
    return [
        wait
        for name, seen in day.queues.items()
        if queue in (None, name)
        for wait in (*seen.served_waits, *seen.abandoned_waits)
    ]


def mean_wait(day: Day, queue: str | None = None) -> float:
    return float(np.mean(waits(day, queue)))


def mean_queue(day: Day, span_s: float) -> float:
    """Contacts waiting, over time."""
    return sum(waits(day)) / span_s


def p_wait(day: Day, queue: str | None = None) -> float:
    return float(np.mean([wait > 0 for wait in waits(day, queue)]))


def in_time(day: Day, target_s: float) -> float:
    """The share whose wait was no longer, of all who got in and were served."""
    return float(np.mean([wait <= target_s for wait in waits(day)]))


def served_in_time(day: Day, target_s: float) -> float:
    """The share served so soon, of all offered."""
    seen = day.queues.values()
    in_time = sum(wait <= target_s for one in seen for wait in one.served_waits)
    return in_time / sum(one.offered for one in seen)


def mean_served_wait(day: Day) -> float:
    return float(np.mean([wait for one in day.queues.values() for wait in one.served_waits]))


def p_abandon(day: Day, queue: str | None = None) -> float:
    seen = [one for name, one in day.queues.items() if queue in (None, name)]
    return sum(len(one.abandoned_waits) for one in seen) / sum(one.offered for one in seen)


def p_blocked(day: Day) -> float:
    seen = day.queues.values()
    return sum(one.blocked for one in seen) / sum(one.offered for one in seen)


def busy(day: Day, group: int) -> float:
    return float(np.mean(day.busy[f"g{group}"]))


def day_busy(day: Day) -> float:
    """Of all agents."""
    return float(np.mean([share for group in day.busy.values() for share in group]))
