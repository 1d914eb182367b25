"""Callbacks: places in line whose caller has hung up, from the wish to the word with an agent. Pure.

`Callbacks.step(stimulus, now)` answers with the CTI events that tell what follows; `fold` takes those same
events, and nothing else changes anything. So a core that folds the log (or reads the rows made of it) stands
where the one before it stood. Changed in place, as the distribution is (ADR 5). Times are epoch seconds.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal, assert_never

from contact_center.acd.callback import Callback, advance, counts
from contact_center.acd.contact import Waiting
from contact_center.cti import events as cti
from contact_center.runtime.directory import QueueSettings
from contact_center.runtime.requirements import Need

Refusal = Literal["off", "closed", "full"]

SOON_S: Final = 10.0
"""When no agent took it the next attempt may come this soon."""


# -- stimuli -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Somebody is to be called back at `number`; the place in line is that of `enqueued_at`.

    `promised_at`: by when, if anybody promised him that.
    """

    callback: str
    contact: str | None
    queue: str
    number: str
    need: Need
    enqueued_at: float
    language: str
    customer: str | None = None
    by: str = ""
    promised_at: float | None = None


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
        return sorted(self._open.values(), key=lambda each: each.rank)

    def ready(self, now: float) -> list[Callback]:
        """Those that may have a turn, in order: under way, or of a queue that may call now."""
        return [each for each in self.all() if each.state != "waiting" or self._opens(each.queue, now) == now]

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
            and each.place_at(each.id, now, self._queues.get(each.queue)).rank < waiting.rank
            for each in self._open.values()
        )

    def deadline(self, now: float) -> float | None:
        """When `TimeReached` is due: one expires, its pause is over, or a promise is broken."""
        waiting = [each for each in self._open.values() if each.state == "waiting"]
        pauses = (each.due_at for each in waiting if each.due_at > now)
        broken = (at for each in waiting if (at := each.breaks_at) is not None)
        return min((*(each.expires_at for each in waiting), *pauses, *broken), default=None)

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

    def merged(self, absorbed: str, kept: str) -> None:
        """Callbacks of a record that ended are those of the one that has its place."""
        for name, each in self._open.items():
            if each.customer == absorbed:
                self._open[name] = replace(each, customer=kept)

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
                promised_at=_promise(earlier, asked.promised_at),
            )
            return
        settings = self._queues[asked.queue]
        yield cti.CallbackRequested(
            callback=asked.callback,
            contact=asked.contact,
            queue=asked.queue,
            number=asked.number,
            skills=asked.need.ways[0],
            alternatives=asked.need.ways[1:],
            relaxed=asked.need.relaxed,
            priority=asked.need.priority,
            enqueued_at=asked.enqueued_at,
            expires_at=max(now + settings.callback_expires_s, asked.promised_at or 0.0),
            language=asked.language,
            customer=asked.customer,
            by=asked.by,
            promised_at=asked.promised_at,
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
            return
        if (promised_at := one.breaks_at) is not None and promised_at <= now:
            yield cti.CallbackLate(
                callback=one.id, contact=one.asked_in, queue=one.queue, promised_at=promised_at
            )
        if one.due_at <= now and self._opens(one.queue, now) != now:
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


def _promise(earlier: Callback, promised_at: float | None) -> float | None:
    """What stands after he asked again: the earlier promise, unless it is broken already."""
    if promised_at is None or earlier.promised_at is None or earlier.late:
        return promised_at or earlier.promised_at
    return min(promised_at, earlier.promised_at)
