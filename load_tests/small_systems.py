"""The recommended policy against the exact optimum of small systems drawn at random.

python -m load_tests.small_systems [HOW_MANY [FIRST]]

Two classes of calls, two pools. Letter X (3-5 + 3-5 agents, each pool backs the other up) or letter N (4-10 +
3-8, the second pool backs the first up); backups 0, 10, 25 or 40 % slower; load 0.80 to 1.02; one class
weighs 1 to 8 times the other; calls of 200 s, patience of 180 s. The optimum is computed exactly (relative
value iteration), and every decision a policy makes is charged with what it costs more than the best one.
Ten seconds a system. FIRST other than 0 draws other systems: a rule must hold on those it was not made on.
"""

import random
import sys
from typing import Final

import numpy as np

from contact_center.acd.rules import PolicyName
from contact_center.simulation.figures import t_quantile
from tests.routing_optimum import System, optimum
from tests.routing_regret import excess

LINE: Final = 24
"""Waiting contacts per class beyond which nobody comes in."""
TOLERANCE: Final = 1e-5
CLASSICAL: tuple[PolicyName, ...] = ("strict", "skill", "tiers", "fcfs")
SPAN_S, REPLICATIONS = 150_000.0, 6
HANDLE_S: Final = 200.0


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


def compared(system: System) -> dict[PolicyName, tuple[float, float]]:
    """Excess over the optimum in %, and its 95 % half-width, of `fair` and of the classical rules."""
    best = optimum(system, LINE, TOLERANCE)
    found: dict[PolicyName, tuple[float, float]] = {}
    for policy in ("fair", *CLASSICAL):
        above = excess(system, best, policy, REPLICATIONS, SPAN_S)
        found[policy] = (100.0 * above.mean, 100.0 * t_quantile(REPLICATIONS - 1) * above.error)
    return found


def main(how_many: int, first: int) -> None:
    found = []
    for number in range(first, first + how_many):
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
    how_many, first = (*map(int, sys.argv[1:]), *(14, 0)[len(sys.argv) - 1 :])
    main(how_many, first)
