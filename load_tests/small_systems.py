"""The recommended policy against the exact optimum of small systems drawn at random.

python -m load_tests.small_systems [HOW_MANY]

Two classes of calls, two pools. Letter X (3-5 + 3-5 agents, each pool backs the other up) or letter N (4-10 +
3-8, the second pool backs the first up); backups 0, 10, 25 or 40 % slower; load 0.80 to 1.02; one class
weighs 1 to 8 times the other; calls of 200 s, patience of 180 s. The optimum, and the cost of the rule that
each policy is compared with call by call, are computed exactly (relative value iteration), so only the
difference is simulated. Half a minute to three minutes a system.
"""

import random
import sys
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from contact_center.acd.rules import PolicyName, QueueRule
from contact_center.simulation.centre import Centre
from contact_center.simulation.draws import draw_calls
from contact_center.simulation.figures import t_quantile
from tests.routing_runs import scenario_of, waits

Values = NDArray[np.float64]
State = tuple[int, int, int, int]
"""Agents of pool 0 with class 0, with class 1; of pool 1 with class 1, with class 0."""
Rule = Literal["best", "own", 0, 1]
"""Whatever is best; or agents never wait, and take the class of their own pool first, or this class first."""

HANDLE_S, PATIENCE_S = 200.0, 180.0
LINE: Final = 24
"""Waiting contacts per class beyond which nobody comes in."""
CLASSICAL: tuple[PolicyName, ...] = ("strict", "skill", "tiers", "fcfs")
SPAN_S, WARMUP_S, REPLICATIONS = 150_000.0, 3_000.0, 10


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """`both`: pool 0 serves class 1 too (letter X), pool 1 always serves class 0."""

    arrivals_per_s: tuple[float, float]
    agents: tuple[int, int]
    weights: tuple[float, float]
    both: bool
    slower: float

    def __str__(self) -> str:
        load = sum(self.arrivals_per_s) * HANDLE_S / sum(self.agents)
        letter, (one, other) = "X" if self.both else "N", self.weights
        agents = " + ".join(map(str, self.agents))
        return (
            f"{letter} {agents}, weights {one:g}:{other:g}, {100 * self.slower:g} % slower, load {load:.2f}"
        )


def drawn(number: int) -> System:
    """The same for the same number."""
    draw = random.Random(1000 + number)  # noqa: S311 -- a repeatable system
    both = draw.random() < 0.5
    weights = [1.0, 1.0]
    weights[draw.randrange(2)] = float(draw.randint(1, 8))
    load, slower = draw.uniform(0.8, 1.02), draw.choice((0.0, 0.1, 0.25, 0.4))
    if both:
        agents = draw.randint(3, 5), draw.randint(3, 5)
        share = agents[0] / sum(agents) * draw.uniform(0.85, 1.15)
    else:
        agents = draw.randint(4, 10), draw.randint(3, 8)
        share = agents[0] / sum(agents) * draw.uniform(1.0, 1.25)
    calls_per_s = load * sum(agents) / HANDLE_S
    return System(
        arrivals_per_s=(calls_per_s * share, calls_per_s * (1.0 - share)),
        agents=agents,
        weights=(weights[0], weights[1]),
        both=both,
        slower=slower,
    )


def cost(system: System, rule: Rule, tolerance: float = 1e-4) -> float:
    """Weight times contacts waiting, per second, under the rule; exact to this share."""
    (size_a, size_b), (arrive_0, arrive_1) = system.agents, system.arrivals_per_s
    shape = (size_a + 1, size_a * system.both + 1, size_b + 1, size_b + 1, LINE + 1, LINE + 1)
    grid = np.ogrid[tuple(slice(0, size) for size in shape)]
    serve, backup, leave = 1.0 / HANDLE_S, 1.0 / (HANDLE_S * (1.0 + system.slower)), 1.0 / PATIENCE_S
    rates = [
        each * axis for each, axis in zip((serve, backup, serve, backup, leave, leave), grid, strict=True)
    ]
    total = arrive_0 + arrive_1 + (size_a + size_b) * serve + 2 * LINE * leave
    possible = np.broadcast_to((grid[0] + grid[1] <= size_a) & (grid[2] + grid[3] <= size_b), shape)
    price = np.broadcast_to(system.weights[0] * grid[4] + system.weights[1] * grid[5], shape)
    stay = np.where(possible, total - arrive_0 - arrive_1 - sum(rates), 0.0)
    steps = [(state, _ways_out(system, state, rule)) for state in _states(system)]
    values: Values = np.zeros(shape)
    while True:
        after = _decided(values, steps, eager=rule != "best")
        new = price + arrive_0 * _shift(after, 4, 1) + arrive_1 * _shift(after, 5, 1) + stay * after
        for axis, rate in enumerate(rates):
            new += rate * _shift(after, axis, -1)
        new /= total
        change = (new - values)[possible] * total
        if change.max() - change.min() < tolerance * max(1.0, change.max()):
            return float(change.max() + change.min()) / 2.0
        values = new - new[(0,) * 6]


def _states(system: System) -> list[State]:
    """The fullest first, so that many contacts are given one after another."""
    (size_a, size_b), crossing = system.agents, system.agents[0] * system.both
    found = [
        (own_a, other_a, own_b, size)
        for own_a in range(size_a + 1)
        for other_a in range(min(crossing, size_a - own_a) + 1)
        for own_b in range(size_b + 1)
        for size in range(size_b - own_b + 1)
    ]
    return sorted(found, key=lambda state: -sum(state))


def _ways_out(system: System, state: State, rule: Rule) -> list[tuple[int, State]]:
    """(class given, state after); under an eager rule the last one that can be done decides."""
    own_a, other_a, own_b, other_b = state
    ways: list[tuple[int, State, bool]] = []
    if own_a + other_a < system.agents[0]:
        ways.append((0, (own_a + 1, other_a, own_b, other_b), False))
        if system.both:
            ways.append((1, (own_a, other_a + 1, own_b, other_b), True))
    if own_b + other_b < system.agents[1]:
        ways.append((1, (own_a, other_a, own_b + 1, other_b), False))
        ways.append((0, (own_a, other_a, own_b, other_b + 1), True))
    ways.sort(key=lambda way: (rule != "own" and way[0] == rule, not way[2]))
    return [(class_, after) for class_, after, _ in ways]


def _decided(values: Values, steps: list[tuple[State, list[tuple[int, State]]]], *, eager: bool) -> Values:
    after = values.copy()
    for state, ways in steps:
        here = after[state]
        for class_, there in ways:
            rest, given = (
                (here[1:], after[there][:-1]) if class_ == 0 else (here[:, 1:], after[there][:, :-1])
            )
            if eager:
                rest[...] = given
            else:
                np.minimum(rest, given, out=rest)
    return after


def _shift(values: Values, axis: int, step: int) -> Values:
    places = np.clip(np.arange(values.shape[axis]) + step, 0, values.shape[axis] - 1)
    return np.take(values, places, axis=axis)


def simulated(system: System, policy: PolicyName) -> Values:
    """Cost per second in each replication, of the same calls for every policy."""
    skills = ({"c0": 1} | ({"c1": 2} if system.both else {}), {"c1": 1, "c0": 2})
    queues: list[dict[str, object]] = [
        {
            "name": f"c{number}",
            "arrivals_per_s": system.arrivals_per_s[number],
            "importance": system.weights[number],
            "mean_handle_s": HANDLE_S,
            "mean_patience_s": PATIENCE_S,
        }
        for number in (0, 1)
    ]
    scenario = scenario_of(
        queues,
        list(zip(system.agents, skills, strict=True)),
        horizon_s=SPAN_S,
        warmup_s=WARMUP_S,
        slowness={2: 1.0 + system.slower},
    )
    days = [
        Centre(scenario, QueueRule(policy=policy), draw_calls(scenario, 5, number)).run()
        for number in range(REPLICATIONS)
    ]
    return np.array(
        [
            sum(system.weights[n] * sum(waits(day, f"c{n}")) for n in (0, 1)) / (SPAN_S - WARMUP_S)
            for day in days
        ]
    )


def compared(system: System) -> dict[PolicyName, tuple[float, float]]:
    """Excess over the optimum in %, and its 95 % half-width, of `fair` and of the classical rules."""
    alike = system.weights[0] == system.weights[1]
    beside: PolicyName = "skill" if alike else "strict"
    first: Rule = "own" if alike else 0 if system.weights[0] > system.weights[1] else 1
    best, known, seen = cost(system, "best"), cost(system, first), simulated(system, beside)
    found: dict[PolicyName, tuple[float, float]] = {}
    for policy in ("fair", *CLASSICAL):
        gaps = simulated(system, policy) - seen
        error = t_quantile(len(gaps) - 1) * float(gaps.std(ddof=1)) / len(gaps) ** 0.5
        found[policy] = (100.0 * ((known + gaps.mean()) / best - 1.0), 100.0 * error / best)
    return found


def main(how_many: int) -> None:
    found = []
    for number in range(how_many):
        system = drawn(number)
        one = compared(system)
        found.append(one)
        told = ", ".join(f"{policy} {mean:.1f} ± {wide:.1f}" for policy, (mean, wide) in one.items())
        print(f"{system}: {told}", flush=True)
    for policy in ("fair", *CLASSICAL):
        excess = [one[policy][0] for one in found]
        print(f"{policy}: mean {np.mean(excess):.1f} %, worst {max(excess):.1f} %")
    best = [min(one[policy][0] for policy in CLASSICAL) for one in found]
    print(f"the best classical rule of each system: mean {np.mean(best):.1f} %, worst {max(best):.1f} %")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 14)
