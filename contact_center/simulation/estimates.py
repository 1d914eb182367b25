"""Wait estimates put to the test: in a simulated centre the real wait follows every estimate given."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import exp, nan

from contact_center.acd.forecast import Asked, Forecast
from contact_center.acd.match import Match
from contact_center.acd.rules import PolicyName, QueueRule
from contact_center.simulation.centre import Centre
from contact_center.simulation.draws import Calls, draw_calls
from contact_center.simulation.scenario import Scenario

AGAIN_S = 30.0
"""Who waits is asked about again after so long, as an announcement would."""


@dataclass(frozen=True, slots=True)
class Case:
    """An estimate, and what came of it: so long waited from then, until served or given up."""

    queue: str
    asked: Asked
    wait_s: float
    served: bool


class ForetoldCentre(Centre):
    """A centre in which every contact that waits gets an estimate, on entering and every half minute."""

    def __init__(self, scenario: Scenario, rule: QueueRule, calls: Calls) -> None:
        super().__init__(scenario, rule, calls)
        self._forecast = Forecast(self._engine)
        self._ask_at: dict[str, float] = {}
        self.cases: list[Case] = []

    def _arrive(self, call: int, now: float) -> None:
        super()._arrive(call, now)
        for contact, at in self._ask_at.items():
            waiting = self._engine.waiting(contact)
            if now >= at and waiting is not None:
                self._forecast.estimate(waiting, now)
                self._ask_at[contact] = now + AGAIN_S
        waiting = self._engine.waiting(str(call))
        if waiting is not None:
            self._forecast.entered(waiting, now)
            self._ask_at[waiting.contact] = now + AGAIN_S

    def _give(self, matches: list[Match], now: float) -> None:
        super()._give(matches, now)
        for waiting, _, _ in matches:
            self._over(waiting.contact, waiting.queue, now, served=True)

    def _give_up(self, call: int, now: float) -> None:
        waiting = self._engine.waiting(str(call))
        super()._give_up(call, now)
        if waiting is not None:
            self._over(waiting.contact, waiting.queue, now, served=False)

    def _over(self, contact: str, queue: str, now: float, *, served: bool) -> None:
        self._ask_at.pop(contact, None)
        for asked in self._forecast.ended(contact, now, served=served):
            self.cases.append(Case(queue, asked, now - asked.at, served))


def foretold(
    scenario: Scenario,
    policy: PolicyName,
    replications: int,
    *,
    seed: int | None = None,
    hold_targets: float = 6.0,
    done: Callable[[], None] = lambda: None,
) -> list[Case]:
    """Every estimate after the warm-up of so many replications; each learns from nothing."""
    rule = QueueRule(policy=policy, hold_targets=hold_targets)
    cases: list[Case] = []
    for replication in range(replications):
        calls = draw_calls(scenario, scenario.scenario.seed if seed is None else seed, replication)
        centre = ForetoldCentre(scenario, rule, calls)
        centre.run()
        cases += [case for case in centre.cases if case.asked.at >= scenario.scenario.warmup_s]
        done()
    return cases


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """How estimates turned out. Shares of served contacts: `covered`, shorter (`below`), longer (`above`).

    `patient` is the share covered of all, had nobody given up: served waits weighted by how rarely a caller
    is patient enough to show them. Widths in seconds.
    """

    cases: int
    covered: float
    below: float
    above: float
    patient: float
    width_s: float


def coverage(cases: Iterable[Case], patience_s: dict[str, float | None]) -> Coverage:
    """Of served contacts; `patience_s` is the mean (exponential) patience by queue, None endless."""
    served = [case for case in cases if case.served]
    if not served:
        return Coverage(cases=0, covered=nan, below=nan, above=nan, patient=nan, width_s=nan)
    weights = [_weight(case, patience_s[case.queue]) for case in served]
    inside = [case.asked.estimate.low_s <= case.wait_s <= case.asked.estimate.high_s for case in served]
    return Coverage(
        cases=len(served),
        covered=_share(inside),
        below=_share([case.wait_s < case.asked.estimate.low_s for case in served]),
        above=_share([case.wait_s > case.asked.estimate.high_s for case in served]),
        patient=sum(w for w, good in zip(weights, inside, strict=True) if good) / sum(weights),
        width_s=sum(c.asked.estimate.high_s - c.asked.estimate.low_s for c in served) / len(served),
    )


def _weight(case: Case, patience_s: float | None) -> float:
    return 1.0 if patience_s is None else exp(case.wait_s / patience_s)


def _share(answers: Sequence[bool]) -> float:
    return sum(answers) / len(answers)
