"""Callbacks: places in line whose caller has hung up, from the wish to the word with an agent. Pure.

`Callbacks.step(stimulus, now)` answers with the CTI events that tell what follows; `fold` takes those same
events, and nothing else changes anything. So a core that folds the log (or reads the rows made of it) stands
where the one before it stood. Changed in place, as the distribution is (ADR 5). Times are epoch seconds.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Literal, assert_never

from contact_center.acd.contact import Waiting
from contact_center.cti import events as cti
from contact_center.runtime.directory import QueueSettings

State = Literal["waiting", "dialling", "in_line", "joined", "done", "given_up", "expired", "cancelled"]
"""Where a callback stands:

waiting    in line, nobody on it; not called before `due_at`
dialling   the number is being called, or hears the greeting
in_line    the attempt itself stands in line or is offered
joined     the customer called in; his call has the place
done, given_up, expired, cancelled    over
"""

Refusal = Literal["off", "closed", "full"]
OPEN: Final = ("waiting", "dialling", "in_line", "joined")
LIVE: Final = ("dialling", "in_line", "joined")
OURS: Final = ("no_agent", "failed")
"""Attempts that failed for a reason of ours: the customer is not counted as missed."""

SOON_S: Final = 10.0
"""When no agent took it the next attempt may come this soon."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback:
    """One callback. `attempts` were made, `missed` of them count; `contact` is the live one."""

    id: str
    queue: str
    number: str
    skills: dict[str, int] = field(default_factory=dict)
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

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    def place(self, contact: str) -> Waiting:
        """Its entry in line, held by `contact`: with the rank it always had."""
        return Waiting(
            contact=contact,
            queue=self.queue,
            skills=dict(self.skills),
            priority=self.priority,
            enqueued_at=self.enqueued_at,
        )

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
            priority=event.priority,
            enqueued_at=event.enqueued_at,
            requested_at=at,
            expires_at=event.expires_at,
            language=event.language,
            asked_in=event.contact,
            customer=event.customer,
            by=event.by,
            due_at=at,
        )
    if callback is None:
        raise ValueError(f"callback {event.callback} begins with {event.type}")
    match event:
        case cti.CallbackRepeated(number=number, enqueued_at=enqueued_at):
            again = replace(callback, number=number, enqueued_at=min(enqueued_at, callback.enqueued_at))
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
        case cti.CallbackCancelled():
            return replace(callback, state="cancelled", contact=None, ended_at=at)
        case cti.CallbackDone(agent=agent, contact=contact):
            return replace(callback, state="done", contact=contact, agent=agent, ended_at=at)
        case _:
            assert_never(event)


def counts(callback: Callback, why: str) -> bool:
    """Whether an attempt missed for this is one of those the queue makes."""
    return callback.state != "joined" and why not in OURS


# -- stimuli -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Somebody is to be called back at `number`; the place in line is that of `enqueued_at`."""

    callback: str
    contact: str | None
    queue: str
    number: str
    skills: dict[str, int]
    priority: int
    enqueued_at: float
    language: str
    customer: str | None = None
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialled:
    """An attempt begins as `contact`; `agent_first`: it stands in line and an agent will dial."""

    callback: str
    contact: str
    agent_first: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """The customer is there and stands in line."""

    contact: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CalledIn:
    """A caller enters a queue; a callback of his for it becomes this call."""

    contact: str
    queue: str
    number: str
    customer: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Talking:
    contact: str
    agent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Over:
    """The attempt, or the call that joined, is over without an agent."""

    contact: str
    why: cti.MissedWhy


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancel:
    callback: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallNow:
    """Before any pause is over; its place in line and the queue's hours stand."""

    callback: str


@dataclass(frozen=True, slots=True)
class TimeReached:
    pass


Stimulus = Asked | Dialled | Answered | CalledIn | Talking | Over | Cancel | CallNow | TimeReached
Opens = Callable[[str, float], float | None]
"""When a queue may call from a moment on: that moment itself, a later one, or None for never."""


class Callbacks:
    """Those that are open. `queues` are the settings in force; an ended one is forgotten."""

    def __init__(
        self, queues: Mapping[str, QueueSettings], opens: Opens, known: Iterable[Callback] = ()
    ) -> None:
        self._queues, self._opens = queues, opens
        self._open: dict[str, Callback] = {each.id: each for each in known if each.is_open}

    # questions

    def all(self) -> list[Callback]:
        """The open ones, in the order of their places."""
        return sorted(self._open.values(), key=lambda each: each.place(each.id).rank)

    def get(self, callback: str | None) -> Callback | None:
        return self._open.get(callback or "")

    def of_contact(self, contact: str) -> Callback | None:
        return next((each for each in self._open.values() if each.contact == contact), None)

    def refusal(self, queue: str, now: float) -> Refusal | None:
        """Why a caller cannot be called back for this queue now."""
        settings = self._queues.get(queue)
        if settings is None or settings.callback == "off":
            return "off"
        if self._opens(queue, now) != now:
            return "closed"
        waiting = sum(each.queue == queue for each in self._open.values())
        return "full" if waiting >= settings.callback_most else None

    def ahead(self, waiting: Waiting, now: float) -> int:
        """How many callbacks without a live call stand before this entry in its queue."""
        return sum(
            each.queue == waiting.queue
            and each.state in ("waiting", "dialling")
            and each.due_at <= now
            and each.place(each.id).rank < waiting.rank
            for each in self._open.values()
        )

    def deadline(self, now: float) -> float | None:
        """When `TimeReached` is due: one expires, or its pause is over."""
        waiting = [each for each in self._open.values() if each.state == "waiting"]
        pauses = (each.due_at for each in waiting if each.due_at > now)
        return min((*(each.expires_at for each in waiting), *pauses), default=None)

    # the machine

    def fold(self, event: cti.CallbackEvent, at: float) -> None:
        before = self._open.get(event.callback)
        if before is None and not isinstance(event, cti.CallbackRequested):
            return
        after = advance(before, event, at)
        if after.is_open:
            self._open[after.id] = after
        else:
            self._open.pop(after.id, None)

    def step(self, stimulus: Stimulus, now: float) -> list[cti.CallbackEvent]:
        """What follows; a stimulus that does not fit follows nothing."""
        match stimulus:
            case Asked():
                return list(self._asked(stimulus, now))
            case Dialled(callback=callback, contact=contact):
                one = self._open.get(callback)
                if one is None or one.state != "waiting":
                    return []
                return [_attempted(one, contact, agent_first=stimulus.agent_first)]
            case Answered(contact=contact):
                one = self.of_contact(contact)
                if one is None or one.state != "dialling":
                    return []
                return [cti.CallbackAnswered(callback=one.id, contact=contact, queue=one.queue)]
            case CalledIn(contact=contact):
                one = self._earlier(stimulus.queue, stimulus.number, stimulus.customer)
                if one is None or one.state != "waiting":
                    return []
                return [
                    cti.CallbackJoined(
                        callback=one.id, contact=contact, queue=one.queue, enqueued_at=one.enqueued_at
                    )
                ]
            case Talking(contact=contact, agent=agent):
                return self._talking(contact, agent, now)
            case Over(contact=contact, why=why):
                one = self.of_contact(contact)
                return [] if one is None else list(self._over(one, contact, why, now))
            case Cancel(callback=callback, by=by):
                one = self._open.get(callback)
                if one is None:
                    return []
                who = {"callback": one.id, "contact": one.asked_in, "queue": one.queue}
                return [cti.CallbackCancelled(**who, by=by)]  # type: ignore[arg-type]  # three texts
            case CallNow(callback=callback):
                one = self._open.get(callback)
                return (
                    [] if one is None or one.state != "waiting" else list(self._due(one, now, "asked", now))
                )
            case TimeReached():
                return [event for one in self.all() for event in self._time_reached(one, now)]
            case _:
                assert_never(stimulus)

    def _asked(self, asked: Asked, now: float) -> Iterator[cti.CallbackEvent]:
        earlier = self._earlier(asked.queue, asked.number, asked.customer)
        if earlier is not None:
            yield cti.CallbackRepeated(
                callback=earlier.id,
                contact=asked.contact,
                queue=asked.queue,
                number=asked.number,
                enqueued_at=asked.enqueued_at,
            )
            return
        settings = self._queues[asked.queue]
        yield cti.CallbackRequested(
            callback=asked.callback,
            contact=asked.contact,
            queue=asked.queue,
            number=asked.number,
            skills=asked.skills,
            priority=asked.priority,
            enqueued_at=asked.enqueued_at,
            expires_at=now + settings.callback_expires_s,
            language=asked.language,
            customer=asked.customer,
            by=asked.by,
        )

    def _earlier(self, queue: str, number: str, customer: str | None) -> Callback | None:
        mine = (each for each in self.all() if each.queue == queue and each.is_for(number, customer))
        return next(mine, None)

    def _talking(self, contact: str, agent: str, now: float) -> list[cti.CallbackEvent]:
        one = self.of_contact(contact)
        if one is None:
            return []
        wait_s = round(max(0.0, now - one.enqueued_at), 3)
        return [
            cti.CallbackDone(callback=one.id, contact=contact, queue=one.queue, agent=agent, wait_s=wait_s)
        ]

    def _over(
        self, one: Callback, contact: str, why: cti.MissedWhy, now: float
    ) -> Iterator[cti.CallbackEvent]:
        yield cti.CallbackMissed(callback=one.id, contact=contact, queue=one.queue, why=why)
        settings = self._queues.get(one.queue) or QueueSettings(id=one.queue, name="", name_zh="")
        if one.missed + counts(one, why) >= settings.callback_attempts:
            yield cti.CallbackGivenUp(callback=one.id, contact=one.asked_in, queue=one.queue)
            return
        pause_s = SOON_S if why == "no_agent" else settings.callback_gap_s
        yield from self._due(one, now + pause_s, "retry", now)

    def _time_reached(self, one: Callback, now: float) -> Iterator[cti.CallbackEvent]:
        if one.state != "waiting":
            return
        if one.expires_at <= now:
            yield cti.CallbackExpired(callback=one.id, contact=one.asked_in, queue=one.queue)
        elif one.due_at <= now and self._opens(one.queue, now) != now:
            yield from self._due(one, now, "closed", now)

    def _due(self, one: Callback, at: float, why: cti.ScheduleWhy, now: float) -> Iterator[cti.CallbackEvent]:
        """Not before `at`, nor before the queue may call; what would then be too late ends here."""
        opens_at = self._opens(one.queue, at)
        if opens_at is None or opens_at >= one.expires_at:
            yield cti.CallbackExpired(callback=one.id, contact=one.asked_in, queue=one.queue)
            return
        why = why if opens_at == at else "closed"
        yield cti.CallbackScheduled(
            callback=one.id, contact=one.asked_in, queue=one.queue, due_at=opens_at, why=why
        )


def _attempted(one: Callback, contact: str, *, agent_first: bool) -> cti.CallbackAttempted:
    return cti.CallbackAttempted(
        callback=one.id,
        contact=contact,
        queue=one.queue,
        number=one.number,
        attempt=one.attempts + 1,
        asked_in=one.asked_in,
        enqueued_at=one.enqueued_at,
        agent_first=agent_first,
    )
