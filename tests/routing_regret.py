"""How much more than the optimum the shipped engine costs in a small system, decision by decision.

What each state costs more than another one is known exactly, so every decision of a run can be charged with
what it costs more than the best one would have. The mean of these charges per second is the cost above the
optimum (performance difference of Markov decision problems), whatever the policy looks at, and it scatters
far less than costs do: a run without mistakes has none, however many calls happened to come.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from contact_center.acd.match import Match
from contact_center.acd.rules import PolicyName, QueueRule
from contact_center.simulation.centre import DONE, Centre
from contact_center.simulation.draws import Calls, draw_calls
from contact_center.simulation.scenario import Scenario
from tests.routing_optimum import Optimum, State, System
from tests.routing_runs import Estimate, scenario_of

WARMUP_S: Final = 3_000.0


class Charged(Centre):
    """One replication; `charged` is the sum of what decisions after the warm-up cost too much."""

    def __init__(
        self, system: System, optimum: Optimum, scenario: Scenario, rule: QueueRule, calls: Calls
    ) -> None:
        self._system, self._optimum = system, optimum
        self._busy: State = (0, 0, 0, 0)
        self._lines = [0, 0]
        self.charged = 0.0
        super().__init__(scenario, rule, calls)

    def _arrive(self, call: int, now: float) -> None:
        self._lines[self._calls.queue[call]] += 1
        self._charge_keeping(now)
        super()._arrive(call, now)

    def _happen(self, what: int, number: int, now: float) -> None:
        class_ = self._calls.queue[number]
        if what == DONE:
            pool = int(self._groups[self._agent_of[number]][1:])
            self._busy = self._system.freed(self._busy, class_, pool)
            self._charge_keeping(now)
        elif self._engine.waiting(str(number)) is not None:
            self._lines[class_] -= 1
            self._charge_keeping(now)
        super()._happen(what, number, now)

    def _give(self, matches: list[Match], now: float) -> None:
        """Each is charged with what it makes dearer; what it makes cheaper was charged for keeping."""
        for waiting, agent, _ in matches:
            class_ = self._calls.queue[int(waiting.contact)]
            kept = self._worth(self._optimum.kept)
            after = self._system.given(self._busy, class_, int(self._groups[self._number[agent]][1:]))
            if after is None:
                raise ValueError(f"{agent} may not serve class {class_}")
            self._busy = after
            self._lines[class_] -= 1
            self._charge(self._worth(self._optimum.kept) - kept, now)
        super()._give(matches, now)

    def _charge_keeping(self, now: float) -> None:
        """Something happened: what it costs to give nothing now instead of what is best."""
        self._charge(self._worth(self._optimum.kept) - self._worth(self._optimum.best), now)

    def _charge(self, cost: float, now: float) -> None:
        if self._warmup_s <= now < self._horizon_s:
            self.charged += cost

    def _worth(self, values: NDArray[np.float64]) -> float:
        longest = values.shape[1] - 1
        one, other = self._lines
        return float(values[self._optimum.place[self._busy], min(one, longest), min(other, longest)])


def excess(
    system: System, optimum: Optimum, policy: PolicyName, replications: int, span_s: float
) -> Estimate:
    """Cost above the optimum, as a share of it; replications are independent."""
    scenario = scenario_of_system(system, span_s)
    found = []
    for number in range(replications):
        centre = Charged(system, optimum, scenario, QueueRule(policy=policy), draw_calls(scenario, 5, number))
        centre.run()
        found.append(centre.charged / (span_s - WARMUP_S) / optimum.cost)
    return Estimate(mean=float(np.mean(found)), error=float(np.std(found, ddof=1)) / replications**0.5)


def scenario_of_system(system: System, span_s: float) -> Scenario:
    skills = ({"c0": 1} | ({"c1": 2} if system.both else {}), {"c1": 1, "c0": 2})
    queues: list[dict[str, object]] = [
        {
            "name": f"c{number}",
            "arrivals_per_s": system.arrivals_per_s[number],
            "importance": system.weights[number],
            "mean_handle_s": system.handle_s,
            "mean_patience_s": system.patience_s,
        }
        for number in (0, 1)
    ]
    return scenario_of(
        queues,
        list(zip(system.agents, skills, strict=True)),
        horizon_s=span_s,
        warmup_s=WARMUP_S,
        slowness={2: 1.0 + system.slower},
    )
