"""Figures of a simulation: per replication, then mean and 95 % half-width over replications."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import nan, sqrt
from typing import Any

import numpy as np

from contact_center.simulation.centre import Day, Seen
from contact_center.simulation.scenario import Scenario

QUEUE_FIGURES = (
    "offered",
    "served",
    "abandoned",
    "blocked",
    "service_level",
    "asa_s",
    "mean_wait_s",
    "p_wait",
    "p95_wait_s",
    "p99_wait_s",
)
SENT_ON_FIGURES = ("overflowed",)
CALLBACK_FIGURES = ("callbacks", "called_back", "callback_wait_s")
"""Of scenarios in which queues send on, or callbacks are taken."""

AGENT_FIGURES = ("occupancy", "occupancy_sd")

# Student's t, two-sided 95 %, by degrees of freedom (interpolated in 1/df beyond 30).
_T: tuple[float, ...] = (
    *(
        12.706,
        4.303,
        3.182,
        2.776,
        2.571,
        2.447,
        2.365,
        2.306,
        2.262,
        2.228,
        2.201,
        2.179,
        2.160,
        2.145,
        2.131,
    ),
    *(
        2.120,
        2.110,
        2.101,
        2.093,
        2.086,
        2.080,
        2.074,
        2.069,
        2.064,
        2.060,
        2.056,
        2.052,
        2.048,
        2.045,
        2.042,
    ),
)
_T_LIMIT = 1.95996


@dataclass(frozen=True, slots=True)
class Figure:
    """A mean over replications and its 95 % half-width; NaN where there is none."""

    mean: float
    half_width: float

    @property
    def plain(self) -> dict[str, float | None]:
        return {"mean": _or_none(self.mean), "half_width": _or_none(self.half_width)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """All figures by name: in total, per queue, per group of agents."""

    total: dict[str, Figure]
    queues: dict[str, dict[str, Figure]]
    agents: dict[str, dict[str, Figure]]

    @property
    def plain(self) -> dict[str, Any]:
        """As JSON objects."""
        return {
            "total": _plain(self.total),
            "queues": {name: _plain(figures) for name, figures in self.queues.items()},
            "agents": {name: _plain(figures) for name, figures in self.agents.items()},
        }


def t_quantile(degrees: int) -> float:
    """Student's t for a two-sided 95 % interval."""
    if degrees <= len(_T):
        return _T[degrees - 1]
    return _T_LIMIT + (_T[-1] - _T_LIMIT) * len(_T) / degrees


def figure(values: Sequence[float]) -> Figure:
    """Mean and half-width of one value per replication; those that are NaN do not count."""
    known = [value for value in values if value == value]
    if not known:
        return Figure(nan, nan)
    mean = sum(known) / len(known)
    if len(known) == 1:
        return Figure(mean, nan)
    variance = sum((value - mean) ** 2 for value in known) / (len(known) - 1)
    return Figure(mean, t_quantile(len(known) - 1) * sqrt(variance / len(known)))


def queue_figures(seen: Iterable[tuple[Seen, float]]) -> dict[str, float]:
    """The figures of these queues taken together in one replication; each with its target (s)."""
    parts = list(seen)
    served = np.array([wait for one, _ in parts for wait in one.served_waits])
    gone = np.array([wait for one, _ in parts for wait in one.abandoned_waits])
    everybody = np.concatenate((served, gone))
    offered = sum(one.offered for one, _ in parts)
    in_time = sum(sum(wait <= target_s for wait in one.served_waits) for one, target_s in parts)
    some = len(everybody) > 0
    return {
        "offered": offered,
        "served": len(served),
        "abandoned": len(gone),
        "blocked": sum(one.blocked for one, _ in parts),
        "overflowed": sum(one.overflowed for one, _ in parts),
        "callbacks": sum(one.asked for one, _ in parts),
        "called_back": sum(len(one.callback_waits) for one, _ in parts),
        "callback_wait_s": _mean([wait for one, _ in parts for wait in one.callback_waits]),
        "service_level": in_time / offered if offered else nan,
        "asa_s": float(served.mean()) if len(served) else nan,
        "mean_wait_s": float(everybody.mean()) if some else nan,
        "p_wait": float((everybody > 0).mean()) if some else nan,
        "p95_wait_s": float(np.quantile(everybody, 0.95)) if some else nan,
        "p99_wait_s": float(np.quantile(everybody, 0.99)) if some else nan,
    }


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else nan


def figures_of(scenario: Scenario) -> tuple[str, ...]:
    """The figures of its queues."""
    called_back = any(queue.callback is not None for queue in scenario.queue)
    return QUEUE_FIGURES + SENT_ON_FIGURES * scenario.sends_on + CALLBACK_FIGURES * called_back


def agent_figures(busy: Sequence[float]) -> dict[str, float]:
    """Mean occupancy of these agents, and the standard deviation between them."""
    return {
        "occupancy": float(np.mean(busy)) if busy else nan,
        "occupancy_sd": float(np.std(busy)) if busy else nan,
    }


def gather(scenario: Scenario, days: Sequence[Day]) -> Outcome:
    """Figures over all replications."""
    targets = {queue.name: queue.target_s for queue in scenario.queue}
    names = figures_of(scenario)
    total = [
        queue_figures((day.queues[name], targets[name]) for name in targets)
        | agent_figures([share for group in day.busy.values() for share in group])
        for day in days
    ]
    queues = {
        name: [queue_figures([(day.queues[name], target_s)]) for day in days]
        for name, target_s in targets.items()
    }
    agents = {group.name: [agent_figures(day.busy[group.name]) for day in days] for group in scenario.agents}
    return Outcome(
        total=_over(total, names + AGENT_FIGURES),
        queues={name: _over(rows, names) for name, rows in queues.items()},
        agents={name: _over(rows, AGENT_FIGURES) for name, rows in agents.items()},
    )


def _over(rows: Sequence[dict[str, float]], names: Sequence[str]) -> dict[str, Figure]:
    return {name: figure([row[name] for row in rows]) for name in names}


def _plain(figures: dict[str, Figure]) -> dict[str, dict[str, float | None]]:
    return {name: figure.plain for name, figure in figures.items()}


def _or_none(value: float) -> float | None:
    return value if value == value else None
