"""A callback: somebody's place in line while nobody is on the telephone; a fold of its CTI events."""

from dataclasses import dataclass, field, replace
from typing import Final, Literal, assert_never

from contact_center.acd.contact import Step, Waiting
from contact_center.acd.rules import LONGEST_HEAD_START_S
from contact_center.cti import events as cti
from contact_center.runtime.directory import QueueSettings
from contact_center.runtime.requirements import Need, Relaxed, Ways

State = Literal["waiting", "dialling", "in_line", "joined", "done", "given_up", "expired", "cancelled"]
"""Where a callback stands:

waiting    in line, nobody on it; not called before `due_at`
dialling   the number is being called, or hears the greeting
in_line    the attempt itself stands in line or is offered
joined     the customer called in; his call has the place
done, given_up, expired, cancelled    over
"""

PROMISE_LEAD_S: Final = 600.0
"""So long before a promise falls due its place in line begins to count as an earlier one."""
OPEN: Final = ("waiting", "dialling", "in_line", "joined")
LIVE: Final = ("dialling", "in_line", "joined")
OURS: Final = ("no_agent", "failed")
"""Attempts that failed for a reason of ours: the customer is not counted as missed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback:
    """One callback. `attempts` were made, `missed` of them count; `contact` is the live one.

    `promised_at` is by when the customer was promised a call; `late`: none was made by then.
    """

    id: str
    queue: str
    number: str
    skills: dict[str, int] = field(default_factory=dict)
    alternatives: Ways = ()
    relaxed: Relaxed = ()
    priority: int = 0
    enqueued_at: float
    requested_at: float
    expires_at: float
    language: str = "en"
    asked_in: str | None = None
    customer: str | None = None
    by: str = ""
    state: State = "waiting"
    due_at: float = 0.0
    attempts: int = 0
    missed: int = 0
    last_why: str = ""
    contact: str | None = None
    agent: str | None = None
    ended_at: float | None = None
    promised_at: float | None = None
    late: bool = False

    @property
    def breaks_at(self) -> float | None:
        """When the promise is broken unless he is called; None where there is none to break any more.

        Who was called in time and did not answer was not let down.
        """
        kept = self.state != "waiting" or self.missed > 0
        return None if kept or self.late else self.promised_at

    def sooner_s(self, now: float) -> float:
        """Seconds earlier than it was asked for that it counts as asked for, so that a promise is kept.

        From none, `PROMISE_LEAD_S` before the promise falls due, to the most that anybody's favour may be: so
        nobody is overtaken by who came more than that later. None once he was called and did not answer.
        """
        if self.promised_at is None or self.missed:
            return 0.0
        near = 1.0 - (self.promised_at - now) / PROMISE_LEAD_S
        return LONGEST_HEAD_START_S * min(1.0, max(0.0, near))

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    def place(self, contact: str) -> Waiting:
        """Its entry in line, held by `contact`: with the rank it always had."""
        return Waiting(
            contact=contact,
            queue=self.queue,
            skills=self.skills,
            priority=self.priority,
            enqueued_at=self.enqueued_at,
            alternatives=self.alternatives,
            steps=tuple(Step(after_s=after_s, ways=ways) for after_s, ways in self.relaxed),
            promised=True,
        )

    @property
    def rank(self) -> tuple[int, float, str]:
        """Of its place: as that of an entry in line, whatever was promised."""
        return (-2 * self.priority, self.enqueued_at, self.id)

    @property
    def need(self) -> Need:
        """All that was asked for the call it came from."""
        return Need(ways=(self.skills, *self.alternatives), relaxed=self.relaxed, priority=self.priority)

    def place_at(self, contact: str, now: float, queue: QueueSettings | None) -> Waiting:
        """Its entry in line as it counts now; where the queue does not go by tiers, as it always did."""
        goes_by_tiers = queue is not None and queue.tiering
        return replace(self.place(contact), head_start_s=self.sooner_s(now) if goes_by_tiers else 0.0)

    def is_for(self, number: str, customer: str | None) -> bool:
        return self.number == number or (customer is not None and self.customer == customer)


def advance(callback: Callback | None, event: cti.CallbackEvent, at: float) -> Callback:
    """The callback after one more of its events; None before its first, which must be the request."""
    if isinstance(event, cti.CallbackRequested):
        return Callback(
            id=event.callback,
            queue=event.queue,
            number=event.number,
            skills=dict(event.skills),
            alternatives=event.alternatives,
            relaxed=event.relaxed,
            priority=event.priority,
            enqueued_at=event.enqueued_at,
            requested_at=at,
            expires_at=event.expires_at,
            language=event.language,
            asked_in=event.contact,
            customer=event.customer,
            by=event.by,
            due_at=at,
            promised_at=event.promised_at,
        )
    if callback is None:
        raise ValueError(f"callback {event.callback} begins with {event.type}")
    match event:
        case cti.CallbackRepeated(number=number, enqueued_at=enqueued_at):
            again = replace(
                callback,
                number=number,
                enqueued_at=min(enqueued_at, callback.enqueued_at),
                expires_at=max(callback.expires_at, event.promised_at or 0.0),
                promised_at=event.promised_at,
                late=callback.late and event.promised_at == callback.promised_at,
            )
            asks_again = event.contact is not None and event.contact == callback.contact
            return replace(again, state="waiting", contact=None, due_at=at) if asks_again else again
        case cti.CallbackScheduled(due_at=due_at):
            return replace(callback, due_at=due_at)
        case cti.CallbackAttempted(contact=contact, attempt=attempt, agent_first=agent_first):
            state: State = "in_line" if agent_first else "dialling"
            return replace(callback, state=state, contact=contact, attempts=attempt)
        case cti.CallbackAnswered():
            return replace(callback, state="in_line")
        case cti.CallbackJoined(contact=contact):
            return replace(callback, state="joined", contact=contact)
        case cti.CallbackMissed(why=why):
            missed = callback.missed + counts(callback, why)
            return replace(callback, state="waiting", contact=None, missed=missed, last_why=why)
        case cti.CallbackGivenUp():
            return replace(callback, state="given_up", ended_at=at)
        case cti.CallbackExpired():
            return replace(callback, state="expired", ended_at=at)
        case cti.CallbackLate():
            return replace(callback, late=True)
        case cti.CallbackCancelled():
            return replace(callback, state="cancelled", contact=None, ended_at=at)
        case cti.CallbackDone(agent=agent, contact=contact):
            return replace(callback, state="done", contact=contact, agent=agent, ended_at=at)
        case _:
            assert_never(event)


def counts(callback: Callback, why: str) -> bool:
    """Whether an attempt missed for this is one of those the queue makes."""
    return callback.state != "joined" and why not in OURS
