"""The shipped engine under a simulated clock against exact figures: 3 standard errors and 2 %."""

from collections.abc import Callable
from functools import cache, partial

import numpy as np
import pytest

from contact_center.acd import ground
from contact_center.acd.lines import Line
from contact_center.acd.policies import bits, longest_idle
from contact_center.acd.pools import Pool
from contact_center.acd.rules import PolicyName
from contact_center.simulation import queueing
from contact_center.simulation.centre import Day
from contact_center.simulation.product_form import fcfs_alis
from contact_center.simulation.scenario import Scenario
from tests.routing_counters import Counters, erlang, trunks
from tests.routing_optimum import Optimum, System, chain_cost, given_from, optimum
from tests.routing_regret import excess
from tests.routing_runs import (
    Check,
    Runs,
    agree,
    busy,
    day_busy,
    in_time,
    mean_queue,
    mean_wait,
    p_abandon,
    p_blocked,
    p_wait,
    scenario_of,
)

pytestmark = pytest.mark.slow


def classes(*arrivals: float) -> list[dict[str, object]]:
    return [
        {"name": f"c{number}", "arrivals_per_s": rate, "mean_handle_s": 1.0}
        for number, rate in enumerate(arrivals)
    ]


ALIKE, ALONE = (
    partial(erlang, handle_s=1.0, targets_s=()),
    partial(erlang, handle_s=1.0, agents=1, targets_s=()),
)


@pytest.mark.parametrize(
    ("arrivals", "serves", "levels", "span_s", "beside"),
    [
        (
            (0.6, 0.5),
            ((0,), (0, 1)),
            (1, 1),
            8_000,
            (ALIKE(1.1, agents=2, at=(0, 0)), ALONE(0.6, at=(0, None)), ALONE(0.5, at=(None, 0))),
        ),
        (
            (0.9, 0.8, 1.2),
            ((0,), (0, 1), (1, 2), (2,), (0, 2)),
            (1, 1, 2, 2, 3),
            5_000,
            (ALIKE(2.9, agents=5, at=(0, 0, 0), pace=1 / 0.9),),
        ),
        (
            (1.4, 1.8),
            ((0, 1),) * 4,
            (1,) * 4,
            1_500,
            (ALIKE(3.2, agents=5, at=(0, 0)), ALIKE(3.2, agents=4, at=(0, 0), pace=0.9875)),
        ),
    ],
    ids=["letter N", "five servers", "M/M/4"],
)
def test_first_come_longest_idle(
    arrivals: tuple[float, ...],
    serves: tuple[tuple[int, ...], ...],
    levels: tuple[int, ...],
    span_s: float,
    beside: tuple[Counters, ...],
) -> None:
    """Adan & Weiss; the speed of a server is that of his level, which this policy does not look at."""
    pace = {1: 1.0, 2: 0.8, 3: 0.9}
    able = [frozenset(s for s, mine in enumerate(serves) if c in mine) for c in range(len(arrivals))]
    exact = fcfs_alis(arrivals, [pace[level] for level in levels], able)
    scenario = scenario_of(
        classes(*arrivals),
        [(1, {f"c{c}": level for c in mine}) for mine, level in zip(serves, levels, strict=True)],
        horizon_s=span_s,
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
    agree(checks, Runs(scenario, "fcfs", 40, beside=beside))


class LongestQueue:
    """Of no use but to be compared by: a freed agent serves the longest queue, of equal ones the last.

    A contact takes the best level there is, then the longest idle.
    """

    def contact_for(self, pool: Pool, waiting: int, lines: list[Line], now: float) -> Line | None:
        return max((lines[place] for place in bits(waiting)), key=lambda line: (line.count, line.queue))

    def pool_for(self, line: Line, idle: int, pools: list[Pool], now: float) -> Pool | None:
        return longest_idle(next(mask & idle for mask in line.levels if mask & idle), pools)


SPECIAL, GENERAL, LONGEST = "special first", "general first", "longest queue first"

N_MODEL = {
    # mean wait general, special; P(abandon) general, special; occupancy own, both; waiting on the mean
    (6, SPECIAL): (15.27651, 32.40526, 0.0848695, 0.1800292, 0.818292, 0.815508, 0.925393),
    (6, GENERAL): (10.71402, 47.44328, 0.0595223, 0.2635738, 0.807532, 0.819167, 0.970325),
    (6, LONGEST): (13.23759, 38.29604, 0.0735422, 0.2127558, 0.815978, 0.816398, 0.934689),
    (30, SPECIAL): (4.76946, 6.78705, 0.0264970, 0.0377058, 0.923220, 0.847502, 1.218031),
    (30, GENERAL): (2.07057, 16.54978, 0.0115032, 0.0919432, 0.916652, 0.850300, 1.344985),
    (30, LONGEST): (3.38823, 11.09635, 0.0188235, 0.0616464, 0.921844, 0.848246, 1.241780),
}


@pytest.mark.parametrize(("own", "first"), N_MODEL, ids=str)
def test_letter_n_with_abandonment(own: int, first: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """So many agents for the general class, and some for both; exact Markov chain, own pool first.

    Counters beside: all agents for all, and each class alone with its own.
    """
    if first == LONGEST:
        monkeypatch.setattr(ground, "policy", lambda _: LongestQueue())
    exact = N_MODEL[own, first]
    both, busy_own, busy_both = (20, 34.0, 12.0) if own == 30 else (4, 6.6, 2.6)
    rates = (busy_own / 200, busy_both / 200)
    queue = {"mean_handle_s": 200, "mean_patience_s": 180}
    scenario = scenario_of(
        [
            queue | {"name": "general", "arrivals_per_s": rates[0], "importance": 1 + (first == GENERAL)},
            queue | {"name": "special", "arrivals_per_s": rates[1], "importance": 1 + (first == SPECIAL)},
        ],
        [(own, {"general": 1}), (both, {"special": 1, "general": 2})],
        horizon_s=100_000 if own == 6 else 40_000,
        warmup_s=2000,
    )
    alike = partial(erlang, handle_s=200, patience_s=180)
    beside = (
        alike(sum(rates), agents=own + both, at=(0, 0)),
        alike(rates[0], agents=own, at=(0, None)),
        alike(rates[1], agents=both, at=(None, 0)),
    )
    runs = Runs(scenario, "strict", 40, beside=beside)
    checks: dict[str, Check] = {
        "wait general": (partial(mean_wait, queue="general"), exact[0]),
        "wait special": (partial(mean_wait, queue="special"), exact[1]),
        "abandon general": (partial(p_abandon, queue="general"), exact[2]),
        "abandon special": (partial(p_abandon, queue="special"), exact[3]),
        "busy general": (partial(busy, group=0), exact[4]),
        "busy both": (partial(busy, group=1), exact[5]),
        "waiting": (partial(mean_queue, span_s=runs.span_s), exact[6]),
    }
    agree(checks, runs)


def call_types(skills: int, span_s: float, *, every: bool = False) -> Scenario:
    """Wallace and Whitt: six call types, 15 agents with each as the first of so many skills, 120 trunks.

    The others are the next ones, or with `every` three agents have each of the five to begin with.
    """
    queues = [
        {"name": f"q{n}", "arrivals_per_s": 1.4 / 60, "mean_handle_s": 600, "target_s": 30} for n in range(6)
    ]
    agents = [
        (3, [first, *((first + 1 + (start + more) % 5) % 6 for more in range(skills - 1))])
        for first in range(6)
        for start in range(5)
    ]
    if not every:
        agents = [(15, [(first + more) % 6 for more in range(skills)]) for first in range(6)]
    return scenario_of(
        queues,
        [
            (count, {f"q{each}": 1 + min(place, 4) for place, each in enumerate(mine)})
            for count, mine in agents
        ],
        horizon_s=span_s,
        warmup_s=10_000,
        capacity=120,
    )


def delays(exact: queueing.LimitedFigures) -> dict[str, Check]:
    return {
        "P(wait)": (p_wait, exact.p_wait),
        "delay": (mean_wait, exact.mean_delay_s),
        "in half a minute": (partial(in_time, target_s=30.0), exact.p_delay_within),
        "utilisation": (day_busy, exact.utilisation),
        "blocking": (p_blocked, exact.blocking),
    }


ALL_SKILLS = queueing.limited(8.4 / 60, 600, 90, 120, 30)
ONE_SKILL = queueing.shared_trunks(6, 1.4 / 60, 600, 15, 120, 30)


@pytest.mark.parametrize(("skills", "exact"), [(1, ONE_SKILL), (6, ALL_SKILLS)])
def test_wallace_and_whitt(skills: int, exact: queueing.LimitedFigures) -> None:
    """One skill each, and all: six counters that share trunks, and one; beside, a trunk more or less."""
    pools, agents = (6, 15) if skills == 1 else (1, 90)
    beside = (trunks(pools, agents, 121), trunks(pools, agents, 119))
    agree(delays(exact), Runs(call_types(skills, 70_000), "fcfs", 36, beside=beside))


SIMULATED = {
    # mean delay (min), share within half a minute, share blocked
    2: (0.50, 0.716, 0.0034),
    3: (0.42, 0.753, 0.0031),
    4: (0.40, 0.762, 0.0030),
    6: (0.40, 0.766, 0.0030),
}
"""By number of skills, as another simulation had it: ten times 400 000 s, the same calls for all."""

HALF_A_DIGIT = (0.005, 0.0005, 0.00005)


@cache
def few_skills(skills: int, policy: PolicyName) -> Runs:
    return Runs(call_types(skills, 90_000, every=True), policy, 24, beside=(trunks(1, 90, 120),))


@pytest.mark.parametrize("skills", [2, 3, 4])
def test_how_far_a_few_skills_go(skills: int) -> None:
    """Not exact figures, but those of a simulation: within what its noise and ours explain.

    How far off it was with all six skills is known, for that is exact; with fewer it was off by so much times
    the slope between the two in our days. What that leaves open is the scatter about the line, for as long as
    it ran; our own error; and half a digit of both its figures.
    """
    runs = few_skills(skills, "fcfs")
    figures: list[tuple[Callable[[Day], float], str, float]] = [
        (lambda day: mean_wait(day) / 60.0, "mean_wait_s", 60.0),
        (partial(in_time, target_s=30.0), "in_time", 1.0),
        (p_blocked, "lost", 1.0),
    ]
    for place, (figure, name, unit) in enumerate(figures):
        theirs, of_all, digit = SIMULATED[skills][place], SIMULATED[6][place], HALF_A_DIGIT[place]
        line = runs.line(figure, name, unit)
        expected = line.at_exact.mean + line.slope * (of_all - line.exact)
        spread = line.scatter * (runs.span_s / 4_000_000) ** 0.5
        open_s = 3.0 * (line.at_exact.error**2 + spread**2) ** 0.5 + (1.0 + line.slope) * digit
        assert abs(theirs - expected) <= open_s, (name, theirs, expected, open_s)


@pytest.mark.parametrize("policy", ["fcfs", "skill"])
def test_two_skills_are_nearly_as_good_as_six(policy: PolicyName) -> None:
    """First come, first served: of the gap in mean delay between one skill and six they close 96 %.

    So says the simulation above (2.93, 0.50, 0.40 min; give or take 0.4 % for the digits), and ours within 3
    standard errors. By the rule of the paper itself, the best level first, they close nine tenths.
    """
    found, gap_s = few_skills(2, policy).estimate(mean_wait), ONE_SKILL.mean_delay_s - ALL_SKILLS.mean_delay_s
    closed, error = (ONE_SKILL.mean_delay_s - found.mean) / gap_s, found.error / gap_s
    assert error <= 0.003
    if policy == "fcfs":
        assert abs(closed - 0.96) <= 3.0 * error + 0.004
    assert closed >= 0.9


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


CLASSICAL: tuple[PolicyName, ...] = ("fcfs", "tiers", "skill", "strict")


@pytest.mark.parametrize(
    ("system", "cost", "half_width"),
    [
        (X_SLOWER, (0.233, 0.119, 0.005, 0.119), 0.03),
        (X_5_1, (0.533, 0.533, 0.526, 0.170), 0.03),
        (N_1_1, (0.041, 0.003, 0.000, 0.003), 0.02),
        (N_1_2, (0.143, 0.084, 0.035, 0.035), 0.02),
        (N_1_5, (0.483, 0.384, 0.265, 0.265), 0.02),
    ],
    ids=str,
)
def test_what_the_classical_rules_cost_above_the_optimum(
    system: System, cost: tuple[float, ...], half_width: float
) -> None:
    """As another simulation has it, to its half-width and three standard errors of ours."""
    for policy, expected in zip(CLASSICAL, cost, strict=True):
        found = excess(system, solved(system), policy, replications=4, span_s=50_000.0)
        assert abs(found.mean - expected) <= np.hypot(half_width, 3.0 * found.error), (policy, found)


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
