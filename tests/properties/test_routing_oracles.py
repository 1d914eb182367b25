"""The shipped engine under a simulated clock against exact figures: 3 standard errors and 2 %."""

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np
import pytest

from contact_center.acd.rules import PolicyName
from contact_center.simulation import queueing
from contact_center.simulation.centre import Day
from contact_center.simulation.product_form import fcfs_alis
from tests.routing_optimum import Optimum, System, chain_cost, given_from, optimum
from tests.routing_regret import excess
from tests.routing_runs import (
    Runs,
    adjusted,
    busy,
    day_busy,
    in_time,
    mean_wait,
    overloads,
    p_abandon,
    p_blocked,
    p_wait,
    scenario_of,
    waits,
)

pytestmark = pytest.mark.slow


Check = tuple[Callable[[Day], float], float]


def agree(checks: Mapping[str, Check], runs: Runs, share: float = 0.02) -> None:
    """Every figure of `checks` (a function of a day, and its exact value)."""
    told = []
    for name, (figure, exact) in checks.items():
        found = runs.estimate(figure)
        if not found.agrees(exact, share):
            told.append(f"{name}: {found.mean:.6g} ± {found.error:.2g}, exactly {exact:.6g}")
    assert not told, "; ".join(told)


@pytest.mark.parametrize(
    ("arrivals_per_s", "handle_s", "agents"), [(4.2 / 60, 120, 12), (360 / 3600, 240, 30)]
)
def test_erlang_c(arrivals_per_s: float, handle_s: float, agents: int) -> None:
    exact = queueing.erlang_c(arrivals_per_s, handle_s, agents, 20.0)
    scenario = scenario_of(
        [{"name": "q", "arrivals_per_s": arrivals_per_s, "mean_handle_s": handle_s}],
        [(agents, {"q": 1})],
        horizon_s=8000 / arrivals_per_s,
        warmup_s=20 * handle_s,
    )
    checks: dict[str, Check] = {
        "P(wait)": (p_wait, exact.p_wait),
        "service level": (lambda day: in_time(day, 20.0), exact.service_level),
        "occupancy": (partial(busy, group=0), exact.occupancy),
    }
    runs = Runs(scenario, "fcfs", 60)
    agree(checks, runs)
    if agents == 12:
        agree({"wait": (mean_wait, exact.mean_wait_s)}, runs)
        return
    found = adjusted([mean_wait(day) for day in runs.days], overloads(scenario, 60, agents))
    assert found.agrees(exact.mean_wait_s, 0.05), (found, exact.mean_wait_s)


@pytest.mark.parametrize(
    ("arrivals_per_s", "handle_s", "agents", "patience_s"),
    [(48 / 60, 60, 50, 120), (1.0, 100, 90, 200), (0.23, 200, 50, 180)],
)
def test_erlang_a(arrivals_per_s: float, handle_s: float, agents: int, patience_s: float) -> None:
    exact = queueing.erlang_a(arrivals_per_s, handle_s, agents, patience_s, 20.0)
    queue = {"name": "q", "arrivals_per_s": arrivals_per_s, "mean_handle_s": handle_s}
    scenario = scenario_of(
        [queue | {"mean_patience_s": patience_s}],
        [(agents, {"q": 1})],
        horizon_s=8000 / arrivals_per_s,
        warmup_s=10 * handle_s,
    )
    checks: dict[str, Check] = {
        "P(wait)": (p_wait, exact.p_wait),
        "wait": (mean_wait, exact.mean_wait_s),
        "P(abandon)": (p_abandon, exact.p_abandon),
        "occupancy": (partial(busy, group=0), exact.occupancy),
        "ASA": (lambda day: float(np.mean(day.queues["q"].served_waits)), exact.asa_s),
    }
    agree(checks, Runs(scenario, "fcfs", 30, limits=(agents,)))


@pytest.mark.parametrize(
    ("arrivals_per_s", "handle_s", "agents", "patience_s"),
    [
        (48 / 60, 60, 50, None),
        (100 / 1800, 180, 12, None),
        (200 / 1800, 240, 32, None),
        (4.2 / 60, 120, 12, 60),
        (100 / 1800, 180, 12, 120),
        (1.0, 100, 100, 200),
        (56.4 / 200, 200, 60, 180),
        (84 / 300, 300, 90, 180),
    ],
)
def test_the_other_rows_of_the_tables(
    arrivals_per_s: float, handle_s: float, agents: int, patience_s: float | None
) -> None:
    """More coarsely: 3 standard errors and 10 %, of a third of the calls.

    That many abandon follows from how long they wait.
    """
    queue = {"name": "q", "arrivals_per_s": arrivals_per_s, "mean_handle_s": handle_s}
    scenario = scenario_of(
        [queue | ({} if patience_s is None else {"mean_patience_s": patience_s})],
        [(agents, {"q": 1})],
        horizon_s=8000 / arrivals_per_s + 10 * handle_s,
        warmup_s=10 * handle_s,
    )
    checks: dict[str, Check]
    if patience_s is None:
        waits_only = queueing.erlang_c(arrivals_per_s, handle_s, agents, 20.0)
        checks = {
            "P(wait)": (p_wait, waits_only.p_wait),
            "service level": (lambda day: in_time(day, 20.0), waits_only.service_level),
            "occupancy": (partial(busy, group=0), waits_only.occupancy),
        }
        if agents == 12:
            nine_tenths_s = queueing.erlang_c_quantile_s(arrivals_per_s, handle_s, agents, 0.9)
            checks["p90"] = (lambda day: float(np.quantile(waits(day), 0.9)), nine_tenths_s)
    else:
        exact = queueing.erlang_a(arrivals_per_s, handle_s, agents, patience_s, 20.0)
        checks = {
            "P(wait)": (p_wait, exact.p_wait),
            "wait": (mean_wait, exact.mean_wait_s),
            "occupancy": (partial(busy, group=0), exact.occupancy),
        }
    agree(checks, Runs(scenario, "fcfs", 20, limits=(agents,)), 0.1)


@pytest.mark.parametrize(("agents", "patience_s"), [(3000, 180), (3100, None)])
def test_thousands_of_agents(agents: int, patience_s: float | None) -> None:
    """Ten calls a second for 25 minutes, once the centre has filled up, five times over.

    So few independent hours say much about occupancy only (to 0.5 %); with patience something about how many
    wait (3 standard errors and 25 %), and that as many give up as their waits say: P(ab) = E[W] / patience.
    Without, hardly anybody waits (4 %, in rare bursts): that nearly all are served in time is seen.
    """
    queue = {"name": "q", "arrivals_per_s": 10.0, "mean_handle_s": 300}
    scenario = scenario_of(
        [queue | ({} if patience_s is None else {"mean_patience_s": patience_s})],
        [(agents, {"q": 1})],
        horizon_s=3300,
        warmup_s=1800,
    )
    days, drawn = Runs(scenario, "fcfs", 5).days, overloads(scenario, 5, agents)[:, :1]
    occupancy = adjusted([busy(day, 0) for day in days], drawn)
    if patience_s is None:
        exact = queueing.erlang_c(10.0, 300, agents, 20.0)
        assert occupancy.agrees(exact.occupancy, 0.005), (occupancy, exact)
        assert [in_time(day, 20.0) for day in days] == pytest.approx([exact.service_level] * 5, abs=0.002)
        return
    with_patience = queueing.erlang_a(10.0, 300, agents, patience_s, 20.0)
    assert occupancy.mean == pytest.approx(with_patience.occupancy, rel=0.005)
    wait = adjusted([p_wait(day) for day in days], drawn)
    assert wait.agrees(with_patience.p_wait, 0.25), (wait, with_patience)
    waited_s = float(np.mean([mean_wait(day) for day in days]))
    assert np.mean([p_abandon(day) for day in days]) == pytest.approx(waited_s / patience_s, rel=0.1)


def classes(*arrivals: float) -> list[dict[str, object]]:
    return [
        {"name": f"c{number}", "arrivals_per_s": rate, "mean_handle_s": 1.0}
        for number, rate in enumerate(arrivals)
    ]


@pytest.mark.parametrize(
    ("arrivals", "serves", "levels"),
    [
        ((0.6, 0.5), ((0,), (0, 1)), (1, 1)),
        ((0.9, 0.8, 1.2), ((0,), (0, 1), (1, 2), (2,), (0, 2)), (1, 1, 2, 2, 3)),
        ((1.4, 1.8), ((0, 1),) * 4, (1,) * 4),
    ],
)
def test_first_come_longest_idle(
    arrivals: tuple[float, ...], serves: tuple[tuple[int, ...], ...], levels: tuple[int, ...]
) -> None:
    """Adan & Weiss; the speed of a server is that of his level, which this policy does not look at.

    Of four servers who are all alike (M/M/4) a seventh of the calls, to 10 %.
    """
    alike = len(set(serves)) == 1
    pace = {1: 1.0, 2: 0.8, 3: 0.9}
    able = [frozenset(s for s, mine in enumerate(serves) if c in mine) for c in range(len(arrivals))]
    exact = fcfs_alis(arrivals, [pace[level] for level in levels], able)
    scenario = scenario_of(
        classes(*arrivals),
        [(1, {f"c{c}": level for c in mine}) for mine, level in zip(serves, levels, strict=True)],
        horizon_s=1_800 if alike else 12_000,
        warmup_s=100,
        slowness={level: 1 / rate for level, rate in pace.items()},
    )
    checks: dict[str, Check] = {}
    for c in range(len(arrivals)):
        name = f"c{c}"
        checks[f"P(wait) {name}"] = (partial(p_wait, queue=name), exact.p_wait[c])
        checks[f"wait {name}"] = (partial(mean_wait, queue=name), exact.mean_wait[c])
    for s in range(len(serves)):
        checks[f"busy {s}"] = (partial(busy, group=s), exact.busy[s])
    agree(checks, Runs(scenario, "fcfs", 30), 0.1 if alike else 0.02)


SPECIAL, GENERAL = (1.0, 2.0), (2.0, 1.0)
"""Importance of the general and the special class: which goes first."""

N_MODEL = {
    "6+4, special first": (SPECIAL, (15.27651, 32.40526, 0.0848695, 0.1800292, 0.818292, 0.815508)),
    "6+4, general first": (GENERAL, (10.71402, 47.44328, 0.0595223, 0.2635738, 0.807532, 0.819167)),
    "30+20, special first": (SPECIAL, (4.76946, 6.78705, 0.0264970, 0.0377058, 0.923220, 0.847502)),
    "30+20, general first": (GENERAL, (2.07057, 16.54978, 0.0115032, 0.0919432, 0.916652, 0.850300)),
}


@pytest.mark.parametrize("case", N_MODEL)
def test_letter_n_with_abandonment(case: str) -> None:
    """So many agents for the general class, and for both; exact Markov chain, own pool first.

    Of fifty agents to 5 %: few wait there, and what 350 000 calls leave open is more than 1 %.
    """
    (general, special), exact = N_MODEL[case]
    large = case.startswith("30")
    own, both, busy_own, busy_both = (30, 20, 34.0, 12.0) if large else (6, 4, 6.6, 2.6)
    queue = {"mean_handle_s": 200, "mean_patience_s": 180}
    scenario = scenario_of(
        [
            queue | {"name": "general", "arrivals_per_s": busy_own / 200, "importance": general},
            queue | {"name": "special", "arrivals_per_s": busy_both / 200, "importance": special},
        ],
        [(own, {"general": 1}), (both, {"special": 1, "general": 2})],
        horizon_s=100_000 if large else 200_000,
        warmup_s=2000,
    )
    checks: dict[str, Check] = {
        "wait general": (partial(mean_wait, queue="general"), exact[0]),
        "wait special": (partial(mean_wait, queue="special"), exact[1]),
        "abandon general": (partial(p_abandon, queue="general"), exact[2]),
        "abandon special": (partial(p_abandon, queue="special"), exact[3]),
        "busy general": (partial(busy, group=0), exact[4]),
        "busy both": (partial(busy, group=1), exact[5]),
    }
    agree(checks, Runs(scenario, "strict", 16 if large else 25), 0.05 if large else 0.02)


@pytest.mark.parametrize("skills", [1, 6])
def test_wallace_and_whitt(skills: int) -> None:
    """Six call types, 90 agents, 120 trunks; blocking, the rarest event, to 10 and 7 %."""
    exact = (
        queueing.limited(8.4 / 60, 600, 90, 120, 30)
        if skills == 6
        else queueing.shared_trunks(6, 1.4 / 60, 600, 15, 120, 30)
    )
    queues = [
        {"name": f"q{n}", "arrivals_per_s": 1.4 / 60, "mean_handle_s": 600, "target_s": 30} for n in range(6)
    ]
    scenario = scenario_of(
        queues,
        [(15, {f"q{(n + k) % 6}": 1 + min(k, 4) for k in range(skills)}) for n in range(6)],
        horizon_s=160_000,
        warmup_s=10_000,
        capacity=120,
    )
    limits, replications = ((84, 90, 96), 24) if skills == 6 else ((), 40)
    runs = Runs(scenario, "fcfs", replications, limits=limits)
    checks: dict[str, Check] = {
        "P(wait)": (p_wait, exact.p_wait),
        "delay": (mean_wait, exact.mean_delay_s),
        "in half a minute": (lambda day: in_time(day, 30.0), exact.p_delay_within),
        "utilisation": (day_busy, exact.utilisation),
    }
    agree(checks, runs)
    found = adjusted([p_blocked(day) for day in runs.days], overloads(scenario, replications, 84, 90, 96))
    assert found.agrees(exact.blocking, 0.1 if skills == 6 else 0.07), (found, exact.blocking)


N_1_1, N_1_2, N_1_5 = (
    System(arrivals_per_s=(6.6 / 200, 2.6 / 200), agents=(6, 4), weights=(1.0, special))
    for special in (1.0, 2.0, 5.0)
)
X_5_1 = System(arrivals_per_s=(4.6 / 200, 4.6 / 200), agents=(5, 5), weights=(5.0, 1.0), both=True)
X_SLOWER = System(arrivals_per_s=(4.6 / 200, 4.6 / 200), agents=(5, 5), both=True, slower=0.25)
SHORT_LINE = 16
"""Enough for the system with slower backups, which has many more states: it costs 2e-6 less than exactly."""


def solved(system: System) -> Optimum:
    return optimum(system, SHORT_LINE, 1e-6) if system.slower else optimum(system)


@pytest.mark.parametrize(
    ("system", "known", "most"),
    [
        (N_1_1, 0.925393, 0.01),
        (N_1_2, 1.301077, 0.03),
        (N_1_5, 2.063893, 0.06),
        (X_5_1, 1.554775, 0.06),
        (X_SLOWER, 0.992544, 0.02),
    ],
    ids=str,
)
def test_the_index_policy_is_near_the_optimum(system: System, known: float, most: float) -> None:
    """Cost above the exact optimum: every decision of the shipped engine charged with what it costs more."""
    best = solved(system)
    assert best.cost == pytest.approx(known, rel=3e-6 if system.slower else 2e-6)
    found = excess(system, best, "fair", replications=4, span_s=100_000.0)
    assert found.mean <= most


@pytest.mark.parametrize(
    ("system", "policy", "first"), [(N_1_1, "skill", 1), (N_1_5, "skill", 1), (X_5_1, "strict", 0)], ids=str
)
def test_decisions_are_charged_with_what_they_cost(system: System, policy: PolicyName, first: int) -> None:
    """A classical rule, whose exact cost is known, is charged with what it costs above the optimum."""
    best, exact = optimum(system).cost, chain_cost(system, first)
    found = excess(system, optimum(system), policy, replications=4, span_s=100_000.0)
    assert abs(found.mean - (exact / best - 1.0)) <= 3.0 * found.error + 1e-6
    assert found.error <= 0.03
    if system is X_5_1:
        assert exact >= best * 1.15, "the best classical rule loses more"


@pytest.mark.parametrize(
    ("system", "cost", "given"),
    [
        (N_1_1, 0.925393, [1, 1, 1, 1]),
        (N_1_2, 1.301077, [4, 1, 1, 1]),
        (N_1_5, 2.063893, [None, None, 2, 1]),
    ],
    ids=str,
)
def test_where_the_optimum_keeps_idle_agents_back(
    system: System, cost: float, given: list[int | None]
) -> None:
    """What hold-back is for: the dearer the special class, the longer agents who can serve it are kept."""
    assert optimum(system).cost == pytest.approx(cost, rel=2e-6)
    assert given_from(system) == given
