"""Plain counters on the very calls the engine gets: systems with known figures, to compare it by.

A long queue at the engine is a long queue at a counter with an agent more, and of that one it is known
exactly how much longer than usual it was. Regressing on it (control variates) takes nearly all of the noise
out. No more of a router is in here than a heap of when agents come free.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from heapq import heappop, heappush, heapreplace
from math import inf, log
from typing import NamedTuple

import numpy as np
from numpy.random import SeedSequence, default_rng
from numpy.typing import NDArray

from contact_center.simulation import queueing
from contact_center.simulation.draws import Calls

IN_TIME_S = 20.0


class Figures(NamedTuple):
    """Of who got in: waits at all, mean wait (s); of all: blocked or gone; of who got in: served in time."""

    p_wait: float
    mean_wait_s: float
    lost: float
    in_time: tuple[float, ...]


@dataclass(frozen=True, kw_only=True, eq=False)
class Counters:
    """Each has so many agents, all alike, and serves first come, first served.

    `at` says by number of a queue which counter it goes to, None: to none of them. Together they take in no
    more than `room` contacts at once. Handling takes `pace` times as long as drawn. `exact` figures are of
    all who come here, in time for each of `targets_s`; `inside`, where it is known for a single counter, is
    P(so many inside).
    """

    agents: int
    at: tuple[int | None, ...]
    exact: Figures
    room: float = inf
    targets_s: tuple[float, ...] = (IN_TIME_S,)
    pace: float = 1.0
    inside: "NDArray[np.float64] | None" = None

    @cached_property
    def up_to(self) -> NDArray[np.float64]:
        """P(as many inside or fewer)."""
        if self.inside is None:
            raise ValueError("it is not known who is inside")
        return np.cumsum(self.inside)

    def seen(self, calls: Calls, warmup_s: float) -> Figures:
        """The same figures as they turned out, of who came after the warm-up."""
        free = [[0.0] * self.agents for _ in {*self.at} - {None}]
        leaving: list[float] = []
        waits: list[float] = []
        served_s: list[float] = []
        offered = lost = 0
        for at, queue, handle_s, patience_s in zip(
            calls.at, calls.queue, calls.handle_s, calls.patience_s, strict=True
        ):
            counter = self.at[queue]
            if counter is None:
                continue
            counts = at >= warmup_s
            offered += counts
            if self.room < inf:
                while leaving and leaving[0] <= at:
                    heappop(leaving)
                if len(leaving) >= self.room:
                    lost += counts
                    continue
            agents = free[counter]
            wait_s = max(0.0, agents[0] - at)
            if wait_s <= patience_s:
                heapreplace(agents, at + wait_s + self.pace * handle_s)
                if self.room < inf:
                    heappush(leaving, at + wait_s + self.pace * handle_s)
                if counts:
                    served_s.append(wait_s)
            else:
                wait_s = patience_s
                lost += counts
            if counts:
                waits.append(wait_s)
        in_time = tuple(np.searchsorted(np.sort(served_s), self.targets_s, "right") / len(waits))
        return Figures(
            float(np.mean(np.array(waits) > 0.0)), sum(waits) / len(waits), lost / offered, in_time
        )

    def surprise(self, found: Figures) -> list[float]:
        """How far a day's figures are from the exact ones, of those that vary."""
        *seen, in_time = found
        *exact, should = self.exact
        pairs = zip((*seen, *in_time), (*exact, *should), strict=True)
        return [found - value for found, value in pairs if value > 0.0]


def erlang(
    arrivals_per_s: float,
    handle_s: float,
    agents: int,
    *,
    patience_s: float | None = None,
    at: Sequence[int | None] = (0,),
    pace: float = 1.0,
    targets_s: tuple[float, ...] = (IN_TIME_S,),
) -> Counters:
    """One counter, M/M/n or with exponential patience; `handle_s` as drawn, `pace` slower or faster here."""
    handle_s *= pace

    def exact(target_s: float) -> queueing.QueueFigures:
        if patience_s is None:
            return queueing.erlang_c(arrivals_per_s, handle_s, agents, target_s)
        return queueing.erlang_a(arrivals_per_s, handle_s, agents, patience_s, target_s)

    one, in_time = exact(IN_TIME_S), tuple(exact(target_s).service_level for target_s in targets_s)
    return Counters(
        agents=agents,
        at=tuple(at),
        exact=Figures(one.p_wait, one.mean_wait_s, one.p_abandon, in_time),
        targets_s=targets_s,
        pace=pace,
        inside=inside(arrivals_per_s, handle_s, agents, patience_s),
    )


def trunks(pools: int, agents: int, room: int, target_s: float = 30.0) -> Counters:
    """Wallace and Whitt's six call types at one counter or at one each, sharing trunks."""
    exact = queueing.shared_trunks(pools, 8.4 / 60 / pools, 600, agents, room, target_s)
    return Counters(
        agents=agents,
        at=tuple(number % pools for number in range(6)),
        exact=Figures(exact.p_wait, exact.mean_delay_s, exact.blocking, (exact.p_delay_within,)),
        room=room,
        targets_s=(target_s,),
    )


@cache
def inside(
    arrivals_per_s: float, handle_s: float, agents: int, patience_s: float | None
) -> NDArray[np.float64]:
    """P(so many inside) of a birth and death process in balance."""
    logs = [0.0]
    while len(logs) <= agents or logs[-1] > max(logs) - 40.0:
        here = len(logs)
        ends = min(here, agents) / handle_s
        gone = 0.0 if patience_s is None else max(0, here - agents) / patience_s
        logs.append(logs[-1] + log(arrivals_per_s / (ends + gone)))
    shares: NDArray[np.float64] = np.exp(np.array(logs) - max(logs))
    shares /= shares.sum()
    return shares


def opened(
    calls: Calls, counters: Counters, handle_s: float, patience_s: float | None, share: tuple[int, int]
) -> Calls:
    """The calls, and before them those of who is inside as the day begins, with all their time to go.

    Times are exponential, so nobody can tell it from a day that has gone on for ever. `share`: this is which
    of how many days, the fullest come last. More or fewer of the same people are inside as the counter is
    slower or faster.
    """
    number, days = share
    at_most = (number + default_rng(SeedSequence([number, 0])).random()) / days
    here = int(np.searchsorted(counters.up_to, at_most))
    handle = default_rng(SeedSequence([number, 1])).standard_exponential(here) * handle_s
    patience = default_rng(SeedSequence([number, 2])).standard_exponential(here)
    patience *= inf if patience_s is None else patience_s
    return Calls(
        at=[0.0] * here + calls.at,
        queue=[0] * here + calls.queue,
        handle_s=handle.tolist() + calls.handle_s,
        patience_s=patience.tolist() + calls.patience_s,
        asks=[False] * here + calls.asks,
    )
