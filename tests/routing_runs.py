"""Running the shipped engine long enough to be compared with exact figures.

How much work happened to be drawn explains most of how long people waited. Its mean is known, so regressing
on it (control variates) takes that part of the noise out; what is left is the standard error.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import poisson

from contact_center.acd.rules import PolicyName, QueueRule
from contact_center.simulation.centre import Centre, Day
from contact_center.simulation.draws import Calls, draw_calls
from contact_center.simulation.scenario import Scenario


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    mean: float
    error: float

    def agrees(self, exact: float, share: float = 0.02) -> bool:
        """Within three standard errors and this share of the exact value."""
        return abs(self.mean - exact) <= min(3.0 * self.error, share * exact)


class Runs:
    """Replications of one scenario under one policy; `limits` as in `overloads`, for more controls."""

    def __init__(
        self,
        scenario: Scenario,
        policy: PolicyName,
        replications: int,
        hold: float = 6.0,
        *,
        limits: Sequence[int] = (),
    ) -> None:
        self.scenario = scenario
        rule = QueueRule(policy=policy, hold_targets=hold)
        self.days: list[Day] = []
        controls = []
        for replication in range(replications):
            calls = draw_calls(scenario, scenario.scenario.seed, replication)
            self.days.append(Centre(scenario, rule, calls).run())
            controls.append(self._controls(calls))
        self._controls_seen = np.array(controls)
        if limits:
            more = overloads(scenario, replications, *limits)[:, 1:]
            self._controls_seen = np.column_stack([self._controls_seen, more])

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
        return adjusted([figure(day) for day in self.days], self._controls_seen)


def overloads(
    scenario: Scenario, replications: int, *limits: int
) -> "np.ndarray[tuple[int, ...], np.dtype[np.float64]]":
    """Controls from the same calls with an agent for each: nobody waits, and so many are busy at once.

    That number is Poisson distributed in the long run, so how far it exceeds a limit is known exactly; how
    much further it did explains most of how long the real queue was. One row per replication: the mean, and
    the mean excess over each limit, less what is expected.
    """
    frame = scenario.scenario
    load = sum((queue.arrivals_per_s or 0.0) * queue.mean_handle_s for queue in scenario.queue)
    counts = np.arange(int(3.0 * load) + 60)
    share = poisson(load).pmf(counts)
    expected = [load, *(float(share @ np.maximum(counts - limit, 0)) for limit in limits)]
    rows = []
    for replication in range(replications):
        calls = draw_calls(scenario, frame.seed, replication)
        at, handle_s = np.array(calls.at), np.array(calls.handle_s)
        when = np.concatenate([at, at + handle_s])
        order = np.argsort(when)
        busy = np.cumsum(np.where(order < len(at), 1, -1))[:-1]
        span_s, begins = np.diff(when[order]), when[order][:-1]
        counts_here = (begins >= frame.warmup_s) & (begins < frame.horizon_s)
        busy, span_s = busy[counts_here], span_s[counts_here]
        seen = [busy, *(np.maximum(busy - limit, 0) for limit in limits)]
        rows.append([float(span_s @ each) / span_s.sum() for each in seen])
    controls: np.ndarray[tuple[int, ...], np.dtype[np.float64]] = np.array(rows) - np.array(expected)
    return controls


def adjusted(
    values: Sequence[float], controls: "np.ndarray[tuple[int, ...], np.dtype[np.float64]]"
) -> Estimate:
    """The mean at controls of zero, by least squares."""
    design = np.column_stack([np.ones(len(values)), controls])
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


def p_wait(day: Day, queue: str | None = None) -> float:
    return float(np.mean([wait > 0 for wait in waits(day, queue)]))


def in_time(day: Day, target_s: float) -> float:
    """The share whose wait was no longer, of all who got in and were served."""
    return float(np.mean([wait <= target_s for wait in waits(day)]))


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
