"""The shipped engine with one pool of agents against Erlang C and A: 3 standard errors and 2 %, every row.

Counters with an agent more or fewer, on the same calls, take most of the noise out (`routing_counters`). A
day begins as a centre in balance would: so none has to be run in.
"""

from functools import partial

import numpy as np
import pytest

from contact_center.simulation import queueing
from contact_center.simulation.centre import Day
from tests.routing_counters import IN_TIME_S, erlang
from tests.routing_runs import (
    Check,
    Runs,
    adjusted,
    agree,
    busy,
    mean_queue,
    mean_served_wait,
    mean_wait,
    p_abandon,
    p_wait,
    scenario_of,
    served_in_time,
    waits,
)

pytestmark = pytest.mark.slow

BEGUN_S = 1.0
"""Whoever is inside as the day begins came before this, and does not count."""


def runs_of(
    arrivals_per_s: float,
    handle_s: float,
    agents: int,
    patience_s: float | None,
    *,
    calls: int = 5_000,
    replications: int = 24,
    waits_only: bool = False,
    targets_s: tuple[float, ...] = (IN_TIME_S,),
) -> Runs:
    """`waits_only`: no more is looked at of the counters, where hardly anything else varies."""
    queue = {"name": "q", "arrivals_per_s": arrivals_per_s, "mean_handle_s": handle_s}
    scenario = scenario_of(
        [queue | ({} if patience_s is None else {"mean_patience_s": patience_s})],
        [(agents, {"q": 1})],
        horizon_s=calls / arrivals_per_s,
        warmup_s=BEGUN_S,
    )
    system = partial(erlang, arrivals_per_s, handle_s, patience_s=patience_s)
    more, fewer = partial(system, agents + 1), partial(system, agents - 1)
    if waits_only and (patience_s is not None or agents - 1 > arrivals_per_s * handle_s):
        beside = (more(targets_s=()), fewer(targets_s=()))
    elif patience_s is None:  # nearer than an agent fewer: a twentieth more time to spare
        pace = 1.0 - 0.05 * (agents / (arrivals_per_s * handle_s) - 1.0)
        beside = (more(), system(agents, pace=pace, targets_s=targets_s))
    else:
        beside = (more(targets_s=targets_s), fewer(targets_s=targets_s))
    return Runs(scenario, "fcfs", replications, beside=beside, inside=system(agents))


def p_longer(day: Day, wait_s: float) -> float:
    return float(np.mean(np.array(waits(day)) > wait_s))


def p_served_later(day: Day, wait_s: float) -> float:
    return float(np.mean(np.array(day.queues["q"].served_waits) > wait_s))


@pytest.mark.parametrize(
    ("arrivals_per_s", "handle_s", "agents"),
    [
        (48 / 60, 60, 50),
        (4.2 / 60, 120, 12),
        (100 / 1800, 180, 12),
        (360 / 3600, 240, 30),
        (200 / 1800, 240, 32),
    ],
)
def test_erlang_c(arrivals_per_s: float, handle_s: float, agents: int) -> None:
    """That 90 % wait no longer than p90 is: as many do wait longer as should."""
    exact = queueing.erlang_c(arrivals_per_s, handle_s, agents, IN_TIME_S)
    p90_s = queueing.erlang_c_quantile_s(arrivals_per_s, handle_s, agents, 0.9)
    runs = runs_of(arrivals_per_s, handle_s, agents, None, targets_s=(IN_TIME_S, p90_s))
    checks: dict[str, Check] = {
        "P(wait)": (p_wait, exact.p_wait),
        "wait": (mean_wait, exact.mean_wait_s),
        "service level": (partial(served_in_time, target_s=IN_TIME_S), exact.service_level),
        "occupancy": (partial(busy, group=0), exact.occupancy),
        "queue": (partial(mean_queue, span_s=runs.span_s), exact.mean_queue),
        "longer than p90": (partial(p_longer, wait_s=p90_s), 0.1),
    }
    agree(checks, runs)


def checks_with_patience(exact: queueing.QueueFigures) -> dict[str, Check]:
    return {
        "P(wait)": (p_wait, exact.p_wait),
        "P(abandon)": (p_abandon, exact.p_abandon),
        "wait": (mean_wait, exact.mean_wait_s),
        "ASA": (mean_served_wait, exact.asa_s),
        "service level": (partial(served_in_time, target_s=IN_TIME_S), exact.service_level),
        "occupancy": (partial(busy, group=0), exact.occupancy),
    }


@pytest.mark.parametrize(
    ("arrivals_per_s", "handle_s", "agents", "patience_s"),
    [
        (48 / 60, 60, 50, 120),
        (4.2 / 60, 120, 12, 60),
        (100 / 1800, 180, 12, 120),
        (1.0, 100, 100, 200),
        (1.0, 100, 90, 200),
        (56.4 / 200, 200, 60, 180),
        (46 / 200, 200, 50, 180),
        (84 / 300, 300, 90, 180),
    ],
)
def test_erlang_a(arrivals_per_s: float, handle_s: float, agents: int, patience_s: float) -> None:
    exact = queueing.erlang_a(arrivals_per_s, handle_s, agents, patience_s, IN_TIME_S)
    runs = runs_of(arrivals_per_s, handle_s, agents, patience_s, calls=3_000, replications=40)
    agree(checks_with_patience(exact), runs)


def test_fifty_agents_as_published() -> None:
    """Garnett, Mandelbaum & Reiman 2002, table 1: p90 12.44 s of all and 12.34 s of the served, queue 3."""
    runs = runs_of(48 / 60, 60, 50, 120, calls=3_000, replications=40, targets_s=(12.44,))
    checks: dict[str, Check] = {
        "longer than p90": (partial(p_longer, wait_s=12.44), 0.1),
        "served later than p90": (partial(p_served_later, wait_s=12.34), 0.1),
        "queue": (partial(mean_queue, span_s=runs.span_s), 2.967576),
    }
    agree(checks, runs)


def test_half_of_a_hundred_agents_as_published() -> None:
    """Technion, course slides: 400 calls of 3:45 in 30 minutes are 50 erlangs: half of 100 agents busy."""
    runs = runs_of(400 / 1800, 225, 100, None, calls=400, waits_only=True)
    busy_share = adjusted([busy(day, 0) for day in runs.days], runs.controls[:, :1])
    assert busy_share.agrees(0.5)


def test_three_thousand_agents_with_patience() -> None:
    """Ten calls a second."""
    exact = queueing.erlang_a(10.0, 300, 3000, 180, IN_TIME_S)
    runs = runs_of(10.0, 300, 3000, 180, replications=16, waits_only=True)
    agree(checks_with_patience(exact), runs)
    agree({"occupancy": (partial(busy, group=0), exact.occupancy)}, runs, 0.005)
    waited_s = float(np.mean([mean_wait(day) for day in runs.days]))
    assert np.mean([p_abandon(day) for day in runs.days]) == pytest.approx(waited_s / 180, rel=0.1)


def test_three_thousand_one_hundred_agents() -> None:
    """Ten calls a second; hardly anybody waits (4 %, in rare bursts), and nearly all are served in time."""
    exact = queueing.erlang_c(10.0, 300, 3100, IN_TIME_S)
    runs = runs_of(10.0, 300, 3100, None, calls=2_500, replications=40, waits_only=True)
    for figure, name, value in (
        (p_wait, "p_wait", exact.p_wait),
        (mean_wait, "mean_wait_s", exact.mean_wait_s),
        (partial(mean_queue, span_s=runs.span_s), "mean_wait_s", exact.mean_queue),
    ):
        found = runs.compared(figure, name, value)
        assert found.agrees(value), (name, found, value)
        assert 1.96 * found.error <= 0.05 * value, "too little to say anything"
    work = runs.controls[:, :1]
    occupancy = adjusted([busy(day, 0) for day in runs.days], work)
    assert occupancy.agrees(exact.occupancy, 0.005), (occupancy, exact)
    in_time = [served_in_time(day, IN_TIME_S) for day in runs.days]
    assert in_time == pytest.approx([exact.service_level] * len(in_time), abs=0.002)
    p90_s = queueing.erlang_c_quantile_s(10.0, 300, 3100, 0.9)
    assert p90_s == 0.0
    assert np.quantile([wait for day in runs.days for wait in waits(day)], 0.9) == p90_s


@pytest.mark.parametrize(
    ("beta", "patience_per_handle"),
    [
        (0.1, None),
        (0.5, None),
        (1.0, None),
        (1.5, None),
        (2.0, None),
        (0.0, 2.0),
        (0.0, 1.0),
        (-1.0, 2.0),
        (0.5, 2.0),
        (1.0, 0.5),
    ],
)
def test_many_agents(beta: float, patience_per_handle: float | None) -> None:
    """100 erlangs and R + beta·sqrt(R) agents: P(wait) of Halfin & Whitt and of Garnett.

    Their limit is right up to a share that shrinks with sqrt(R) (`tests/unit/test_queueing.py`): so the run
    is held to what is exact of so many.
    """
    agents, patience_s = 100 + round(10.0 * beta), patience_per_handle and 100 * patience_per_handle
    exact = (
        queueing.erlang_c(1.0, 100, agents, IN_TIME_S)
        if patience_s is None
        else queueing.erlang_a(1.0, 100, agents, patience_s, IN_TIME_S)
    )
    runs = runs_of(1.0, 100, agents, patience_s, calls=1_000, replications=40, waits_only=True)
    found = runs.compared(p_wait, "p_wait", exact.p_wait)
    assert found.agrees(exact.p_wait), (found, exact.p_wait)
