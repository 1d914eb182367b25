"""Who was told what, and how it turned out: estimates for contacts in line, learnt from every wait that ends.

Changes in place, no clock or I/O (ADR 0005). A contact's wait is scored from the moments it was asked about:
on entering the line, and whenever an estimate was given since. The two are calibrated apart: a wait that has
lasted already goes on otherwise than a fresh one.
"""

from dataclasses import dataclass, field
from math import exp
from typing import Final, Literal, NamedTuple

from contact_center.acd.contact import Waiting
from contact_center.acd.engine import Engine
from contact_center.acd.estimate import (
    AT_ONCE,
    LASTING_Z,
    MISSED_Z,
    PLAIN_Z,
    Calibration,
    Estimate,
    Prospect,
    loss_s,
)
from contact_center.acd.outlook import LIKELY_MISSED, Outlook

PATIENCE_S: Final = 600.0
"""Mean patience until it is measured."""

PRIOR_ABANDONS: Final = 2.0
MOST_ABANDONS: Final = 500.0
AGAIN_S: Final = 10.0
"""A contact is scored at most this often: estimates asked at every moment are one and the same case."""

OWN_CASES: Final = 40
"""So many waits of a queue until a calibration of its own begins, from where that of all is by then."""

MOST_WEIGHT: Final = 20.0
"""One long wait counts for no more than so many short ones, where both calibrations are compared."""

Stage = Literal["entering", "waiting"]


class Said(NamedTuple):
    """What a calibration made of a situation then."""

    told: Prospect
    estimate: Estimate


@dataclass(frozen=True, slots=True)
class Asked:
    """One estimate given: when, of what situation, as the model had it and as calibrated then.

    `common` by all queues together, `own` by this one alone, once it has been learning.
    """

    at: float
    stage: Stage
    raw: Prospect
    estimate: Estimate
    common: Said
    own: Said | None


@dataclass(slots=True)
class _Own:
    """A queue's own calibration, and how much nearer than that of all it has been so far."""

    calibration: Calibration
    lead: float = 0.0


@dataclass(slots=True)
class _Wait:
    """A contact in line and what it was told."""

    queue: str
    since: float
    asked: list[Asked] = field(default_factory=list)


class Patience:
    """How fast waiting contacts give up: abandoned over time waited, by all of them (exponential)."""

    __slots__ = ("_gone", "_waited_s")

    def __init__(self) -> None:
        self._gone, self._waited_s = PRIOR_ABANDONS, PRIOR_ABANDONS * PATIENCE_S

    @property
    def leave_per_s(self) -> float:
        return self._gone / self._waited_s

    def over(self, waited_s: float, *, gave_up: bool) -> None:
        self._gone += gave_up
        self._waited_s += waited_s
        if self._gone > MOST_ABANDONS:
            self._gone *= 0.5
            self._waited_s *= 0.5


class Forecast:
    """Estimates over one engine. Tell it of every contact that waits and how each wait ends."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._outlook = Outlook(engine)
        self._patience: dict[str, Patience] = {}
        self._all: dict[tuple[Stage, int], Calibration] = {}
        self._own: dict[tuple[str, Stage, int], _Own] = {}
        self._cases: dict[tuple[str, Stage, int], int] = {}
        self._waits: dict[str, _Wait] = {}

    def entered(self, waiting: Waiting, now: float) -> None:
        """The contact stands in line now."""
        if waiting.direct is None and waiting.contact not in self._waits:
            self._waits[waiting.contact] = _Wait(waiting.queue, now)
            self._ask(waiting, "entering", now)

    def estimate(self, waiting: Waiting, now: float) -> Estimate | None:
        """Still to wait, of a contact in line; None when nobody at work could ever serve it."""
        wait = self._waits.get(waiting.contact)
        if wait is None:  # it was offered at once, and the offer lapsed
            wait = self._waits[waiting.contact] = _Wait(waiting.queue, now)
        last = wait.asked[-1] if wait.asked else None
        if last is not None and now == last.at:
            return last.estimate
        if last is None or now - last.at >= AGAIN_S:
            return self._ask(waiting, "waiting", now)
        raw = self._outlook.prospect(waiting, self._leave(waiting.queue), now)
        return None if raw is None else self._calibration(waiting.queue, last.stage, raw.group).estimate(raw)

    def would_wait(self, waiting: Waiting, now: float) -> Estimate | None:
        """What a contact would wait that came now."""
        line = self._engine.line_of(waiting, now)
        if line is None:
            idle = sum(pool.idle for pool in self._engine.servers(waiting.ways(now)))
        else:
            idle = 0 if line.count else line.idle
        if idle:
            return AT_ONCE
        raw = self._outlook.prospect(waiting, self._leave(waiting.queue), now)
        return None if raw is None else self._calibration(waiting.queue, "entering", raw.group).estimate(raw)

    def ended(self, contact: str, now: float, *, served: bool) -> list[Asked]:
        """The wait is over, served or given up; what was said about it."""
        wait = self._waits.pop(contact, None)
        if wait is None:
            return []
        self._patience.setdefault(wait.queue, Patience()).over(now - wait.since, gave_up=not served)
        for asked in wait.asked:
            self._learn(wait.queue, asked, now - asked.at, served=served)
        return wait.asked

    def dropped(self, contact: str) -> None:
        """The contact left the line for another reason: nothing follows from it."""
        self._waits.pop(contact, None)

    def _leave(self, queue: str) -> float:
        patience = self._patience.get(queue)
        return patience.leave_per_s if patience is not None else 1.0 / PATIENCE_S

    def _calibration(self, queue: str, stage: Stage, group: int) -> Calibration:
        """The queue's own if that has been nearer so far, else that of all queues.

        Of few cases, and those of one jam go alike, its own knows less than all do together, unless the queue
        is unlike the others: which of both it is shows.
        """
        own = self._own.get((queue, stage, group))
        return own.calibration if own is not None and own.lead > 0.0 else self._of_all(stage, group)

    def _of_all(self, stage: Stage, group: int) -> Calibration:
        found = self._all.get((stage, group))
        if found is None:
            found = self._all[stage, group] = Calibration(_begins(stage, group))
        return found

    def _learn(self, queue: str, asked: Asked, wait_s: float, *, served: bool) -> None:
        stage, raw = asked.stage, asked.raw
        common = self._of_all(stage, raw.group)
        common.learn(asked.common.told, raw, wait_s, served=served)
        key = (queue, stage, raw.group)
        own = self._own.get(key)
        if own is None:
            cases = self._cases[key] = self._cases.get(key, 0) + 1
            if cases >= OWN_CASES:
                self._own[key] = _Own(common.copy())
            return
        said = asked.own
        if said is not None and served:
            # Who is served shows for all who were as patient as he had to be, and those are few.
            weight = min(exp(wait_s * self._leave(queue)), MOST_WEIGHT)
            nearer_s = loss_s(asked.common.estimate, wait_s) - loss_s(said.estimate, wait_s)
            own.lead += weight * nearer_s / raw.mean_s
        told = own.calibration.scaled(raw) if said is None else said.told
        own.calibration.learn(told, raw, wait_s, served=served)

    def _ask(self, waiting: Waiting, stage: Stage, now: float) -> Estimate | None:
        raw = self._outlook.prospect(waiting, self._leave(waiting.queue), now)
        if raw is None:
            return None
        common, own = self._of_all(stage, raw.group), self._own.get((waiting.queue, stage, raw.group))
        asked = Asked(
            now,
            stage,
            raw,
            self._calibration(waiting.queue, stage, raw.group).estimate(raw),
            Said(common.scaled(raw), common.estimate(raw)),
            Said(own.calibration.scaled(raw), own.calibration.estimate(raw)) if own is not None else None,
        )
        self._waits[waiting.contact].asked.append(asked)
        return asked.estimate


def _begins(stage: Stage, group: int) -> tuple[float, ...]:
    """Where the quantiles of such waits are looked for first."""
    if stage == "waiting":
        return LASTING_Z
    return MISSED_Z if group >= LIKELY_MISSED else PLAIN_Z
