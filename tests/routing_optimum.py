"""The exact optimum of small routing problems: average-cost Markov decisions, relative value iteration.

Two classes, two pools, exponential times. Every policy is allowed, also those that keep agents back: whenever
something happens, any waiting contacts may be given to any idle agents who can serve. Cost per second is the
sum of weight times contacts waiting.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import count
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
"""By state of the agents, contacts of class 0 waiting, contacts of class 1 waiting."""

LEAP = 12
"""After so many steps the next one is a leap."""

State = tuple[int, int, int, int]
"""Agents of pool 0 with class 0, with class 1; of pool 1 with class 1, with class 0.

Where a backup is as fast as the others, all busy agents of a pool count as with their own class.
"""

LINE = 32
"""Waiting contacts per class beyond which nobody comes in: rarer than one in a million here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """Class 0 is served by pool 0, class 1 by pool 1; pool 1 backs class 0 up (letter N).

    With `both` pool 0 backs class 1 up too (letter X). Backups are `slower` by this share.
    """

    arrivals_per_s: tuple[float, float]
    agents: tuple[int, int]
    weights: tuple[float, float] = (1.0, 1.0)
    both: bool = False
    slower: float = 0.0
    handle_s: float = 200.0
    patience_s: float = 180.0

    def __str__(self) -> str:
        load = sum(self.arrivals_per_s) * self.handle_s / sum(self.agents)
        letter, (one, other) = "X" if self.both else "N", self.weights
        agents = " + ".join(map(str, self.agents))
        return (
            f"{letter} {agents}, weights {one:g}:{other:g}, {100 * self.slower:g} % slower, load {load:.2f}"
        )

    def given(self, state: State, class_: int, pool: int) -> State | None:
        """The state after an agent of the pool got one of the class; None when none may."""
        own_a, other_a, own_b, other_b = state
        own = class_ == pool or not self.slower
        if pool == 0 and own_a + other_a < self.agents[0] and (class_ == 0 or self.both):
            return (own_a + own, other_a + (not own), own_b, other_b)
        if pool == 1 and own_b + other_b < self.agents[1]:
            return (own_a, other_a, own_b + own, other_b + (not own))
        return None

    def freed(self, state: State, class_: int, pool: int) -> State:
        """The state after an agent of the pool has done with one of the class."""
        place = 2 * pool + (class_ != pool and self.slower > 0.0)
        one, two, three, four = (busy - (number == place) for number, busy in enumerate(state))
        return one, two, three, four


class Optimum(NamedTuple):
    """`cost` per second, and what each state costs more than the empty centre.

    Of `kept` when nothing is given there until something happens, of `best` when the best is given.

    `place` finds a state of the agents in both.
    """

    cost: float
    kept: Values
    best: Values
    place: dict[State, int]


@cache
def optimum(system: System, line: int = LINE, tolerance: float = 1e-7) -> Optimum:
    """The least cost any policy can reach: the bounds on it are at most this share apart."""
    solving = _Solving(system, line)
    cost, kept = solving.iterate(solving.best, tolerance)
    return Optimum(cost, kept, solving.best(kept), solving.place)


def chain_cost(system: System, first: int, line: int = LINE, tolerance: float = 1e-7) -> float:
    """The cost when idle agents never wait and class `first` goes first; own pool before the other."""
    solving = _Solving(system, line)
    return solving.iterate(lambda values: solving.eager(values, first), tolerance)[0]


def given_from(system: System, most: int = 14) -> list[int | None]:
    """With one, two ... idle agents in pool 1, from how many waiting of class 0 on one of them has him.

    Pool 0 is full and nobody of class 1 waits; None: up to `most` the agents are kept for class 1. Only
    where nobody is slower.
    """
    solved, (size_a, size_b) = optimum(system), system.agents
    found: list[int | None] = []
    for idle in range(1, size_b + 1):
        place = solved.place[size_a, 0, size_b - idle, 0]
        kept, best = solved.kept[place, :, 0], solved.best[place, :, 0]
        given = (line for line in range(1, most + 1) if best[line] < kept[line])
        found.append(next(given, None))
    return found


class _Solving:
    """One system; the fullest states come first, so that many contacts are given one after another."""

    def __init__(self, system: System, line: int) -> None:
        self.system, self.line = system, line
        (size_a, size_b), slow = system.agents, system.slower > 0.0
        states = [
            (own_a, other_a, own_b, other_b)
            for own_a in range(size_a + 1)
            for other_a in range((size_a - own_a) * (slow and system.both) + 1)
            for own_b in range(size_b + 1)
            for other_b in range((size_b - own_b) * slow + 1)
        ]
        states.sort(key=lambda state: -sum(state))
        self.states = states
        self.place = {state: place for place, state in enumerate(states)}

    @cached_property
    def _ways(self) -> list[tuple[int, int, NDArray[np.intp], NDArray[np.intp]]]:
        """(class, pool, states, states after), the states with as many busy together: none needs another."""
        ways = []
        for busy in range(sum(self.system.agents), -1, -1):
            for class_, pool in ((0, 0), (1, 1), (1, 0), (0, 1)):
                pairs = [
                    (self.place[state], self.place[after])
                    for state in self.states
                    if sum(state) == busy and (after := self.system.given(state, class_, pool)) is not None
                ]
                if pairs:
                    here, there = np.array(pairs).T
                    ways.append((class_, pool, here, there))
        return ways

    @cached_property
    def _ends(self) -> list[tuple[Values, NDArray[np.intp]]]:
        """(how many per second end, state after) for each kind of conversation."""
        ends = []
        for number in range(4):
            pool, own = number // 2, number % 2 == 0
            busy = np.array([state[number] for state in self.states], dtype=float)
            if not busy.any():
                continue
            class_ = pool if own else 1 - pool
            after = [
                self.place[self.system.freed(state, class_, pool)] if state[number] else place
                for place, state in enumerate(self.states)
            ]
            per_s = busy / (self.system.handle_s * (1.0 if own else 1.0 + self.system.slower))
            ends.append((per_s[:, None, None], np.array(after)))
        return ends

    def best(self, values: Values) -> Values:
        """The value after the best assignments, none included."""
        best = values.copy()
        for class_, _, here, there in self._ways:
            given = best[there]
            rest = best[here]
            if class_ == 0:
                np.minimum(rest[:, 1:], given[:, :-1], out=rest[:, 1:])
            else:
                np.minimum(rest[:, :, 1:], given[:, :, :-1], out=rest[:, :, 1:])
            best[here] = rest
        return best

    def eager(self, values: Values, first: int) -> Values:
        """The value after giving out whatever can be given."""
        after = values.copy()
        # Later ways overwrite earlier ones: class `first` at its own pool comes last, so it decides.
        order = sorted(
            self._ways,
            key=lambda way: (-sum(self.states[way[2][0]]), way[0] == first, way[0] == way[1]),
        )
        for class_, _, here, there in order:
            given, rest = after[there], after[here]
            if class_ == 0:
                rest[:, 1:] = given[:, :-1]
            else:
                rest[:, :, 1:] = given[:, :, :-1]
            after[here] = rest
        return after

    def iterate(self, decided: Callable[[Values], Values], tolerance: float) -> tuple[float, Values]:
        """The cost per second, and what each state costs more than the empty centre."""
        system, line = self.system, self.line
        (arrive_0, arrive_1), leave = system.arrivals_per_s, 1.0 / system.patience_s
        waiting = np.arange(line + 1, dtype=float)
        line_0, line_1 = waiting[None, :, None], waiting[None, None, :]
        total = arrive_0 + arrive_1 + sum(system.agents) / system.handle_s + 2 * line * leave
        cost = system.weights[0] * line_0 + system.weights[1] * line_1
        stay = total - arrive_0 - arrive_1 - leave * (line_0 + line_1) - sum(rate for rate, _ in self._ends)
        lost_0, lost_1 = leave * line_0[:, 1:], leave * line_1[:, :, 1:]
        values = np.zeros((len(self.states), line + 1, line + 1))
        before = np.zeros_like(values)
        for step in count(1):
            after = decided(values)
            new = stay * values  # nothing happens, so nothing is decided
            new += cost
            for rate, there in self._ends:
                new += rate * after[there]
            new[:, :-1] += arrive_0 * after[:, 1:]
            new[:, -1] += arrive_0 * after[:, -1]
            new[:, :, :-1] += arrive_1 * after[:, :, 1:]
            new[:, :, -1] += arrive_1 * after[:, :, -1]
            new[:, 1:] += lost_0 * after[:, :-1]
            new[:, :, 1:] += lost_1 * after[:, :, :-1]
            new /= total
            change = (new - values) * total
            low, high = float(change.min()), float(change.max())
            if high - low < tolerance * max(1.0, high):
                return (high + low) / 2.0, values
            empty = self.place[0, 0, 0, 0]
            new -= new[empty, 0, 0]
            moved = new - values
            if step % LEAP == 0:
                # What is left shrinks by the same share in each step: go where that leads. The bounds above
                # hold wherever we are, so this can only cost time.
                share = float((moved * before).sum() / (before * before).sum())
                if 0.0 < share < 1.0:
                    new += moved * (share / (1.0 - share))
            before, values = moved, new
        raise AssertionError("it goes on for ever")
