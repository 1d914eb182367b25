"""The exact optimum of small routing problems: average-cost Markov decisions, relative value iteration.

Two classes, two pools with equal speed, exponential times. Every policy is allowed, also those that keep
agents back: whenever something happens, any waiting contacts may be given to any idle agents who can serve.
Cost per second is the sum of weight times contacts waiting.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
LINE = 32
"""Waiting contacts per class beyond which nobody comes in: rarer than one in a million here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Class 0 is served by pool 0, class 1 by pool 1, and `crossing` holds the other (class, pool) pairs."""

    arrivals_per_s: tuple[float, float]
    agents: tuple[int, int]
    weights: tuple[float, float] = (1.0, 1.0)
    crossing: frozenset[tuple[int, int]]
    handle_s: float = 200.0
    patience_s: float = 180.0


def optimum(problem: Problem) -> float:
    """The least cost per second any policy can reach."""
    return _solved(problem)[0]


@cache
def _solved(problem: Problem) -> tuple[float, Values]:
    return _iterate(problem, lambda values: _best(problem, values), 1e-7)


def given_from(problem: Problem, most: int = 14) -> list[int | None]:
    """With one, two ... idle agents in pool 1, from how many waiting of class 0 on one of them has him.

    Pool 0 is full and nobody of class 1 waits; None: up to `most` the agents are kept for class 1.
    """
    _, values = _solved(problem)
    best, (size_a, size_b) = _best(problem, values), problem.agents
    found: list[int | None] = []
    for idle in range(1, size_b + 1):
        kept, chosen = values[size_a, size_b - idle, :, 0], best[size_a, size_b - idle, :, 0]
        given = (line for line in range(1, most + 1) if chosen[line] < kept[line])
        found.append(next(given, None))
    return found


def chain_cost(problem: Problem, first: int, tolerance: float = 1e-7) -> float:
    """The cost when idle agents never wait and class `first` goes first; own pool before the other."""
    return _iterate(problem, lambda values: _eager(problem, values, first), tolerance)[0]


def _iterate(problem: Problem, decided: Callable[[Values], Values], tolerance: float) -> tuple[float, Values]:
    """The cost per second, and what each state costs more than the empty centre."""
    (size_a, size_b), (arrive_0, arrive_1) = problem.agents, problem.arrivals_per_s
    serve, leave = 1.0 / problem.handle_s, 1.0 / problem.patience_s
    busy_a, busy_b, line_0, line_1 = np.ogrid[0 : size_a + 1, 0 : size_b + 1, 0 : LINE + 1, 0 : LINE + 1]
    total = arrive_0 + arrive_1 + (size_a + size_b) * serve + 2 * LINE * leave
    cost = (problem.weights[0] * line_0 + problem.weights[1] * line_1).astype(float)
    values = np.zeros((size_a + 1, size_b + 1, LINE + 1, LINE + 1))
    while True:
        after = decided(values)
        new = (
            cost
            + arrive_0 * _shift(after, 2, 1)
            + arrive_1 * _shift(after, 3, 1)
            + serve * busy_a * _shift(after, 0, -1)
            + serve * busy_b * _shift(after, 1, -1)
            + leave * line_0 * _shift(after, 2, -1)
            + leave * line_1 * _shift(after, 3, -1)
            + (2 * LINE * leave - leave * (line_0 + line_1)) * after
            + serve * (size_a + size_b - busy_a - busy_b) * after
        ) / total
        change = (new - values) * total
        if change.max() - change.min() < tolerance:
            return float(change.max() + change.min()) / 2.0, values
        values = new - new[0, 0, 0, 0]


def _shift(values: Values, axis: int, step: int) -> Values:
    """The value one further along the axis; at the end nothing changes."""
    places = np.clip(np.arange(values.shape[axis]) + step, 0, values.shape[axis] - 1)
    return np.take(values, places, axis=axis)


def _pairs(problem: Problem) -> list[tuple[int, int]]:
    return [(0, 0), (1, 1), *sorted(problem.crossing)]


def _best(problem: Problem, values: Values) -> Values:
    """The value after the best assignments, none included; many are made one after another."""
    size_a, size_b = problem.agents
    best = values.copy()
    for busy_a in range(size_a, -1, -1):
        for busy_b in range(size_b, -1, -1):
            here = best[busy_a, busy_b]
            for class_, pool in _pairs(problem):
                if (busy_a < size_a) if pool == 0 else (busy_b < size_b):
                    given = best[busy_a + (pool == 0), busy_b + (pool == 1)]
                    if class_ == 0:
                        np.minimum(here[1:], given[:-1], out=here[1:])
                    else:
                        np.minimum(here[:, 1:], given[:, :-1], out=here[:, 1:])
    return best


def _eager(problem: Problem, values: Values, first: int) -> Values:
    """The value after giving out whatever can be given."""
    size_a, size_b = problem.agents
    after = values.copy()
    # Later pairs overwrite earlier ones: class `first` at its own pool comes last, so it decides.
    order = sorted(_pairs(problem), key=lambda pair: (pair[0] == first, pair[0] == pair[1]))
    for busy_a in range(size_a, -1, -1):
        for busy_b in range(size_b, -1, -1):
            here = after[busy_a, busy_b]
            for class_, pool in order:
                if (busy_a < size_a) if pool == 0 else (busy_b < size_b):
                    given = after[busy_a + (pool == 0), busy_b + (pool == 1)]
                    if class_ == 0:
                        here[1:] = given[:-1]
                    else:
                        here[:, 1:] = given[:, :-1]
    return after
