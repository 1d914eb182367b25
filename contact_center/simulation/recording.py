"""A recorded day from the event log: who was at work, who waited, who had whom for how long. A fold."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from contact_center.agents import presence as presences
from contact_center.agents.presence import READY, Idle, OnCall, Presence, Reserved, WrapUp
from contact_center.cti import events as cti
from contact_center.cti.events import Recorded
from contact_center.ivr.calendar import Calendar
from contact_center.runtime.directory import Directory
from contact_center.simulation.recorded import ContactLine, QueueLine, RecordedDay, ShiftLine, Span


@dataclass(slots=True)
class _Entry:
    """A contact in a queue: since when, and since when a device rings for it."""

    queued: cti.Queued
    at: float
    offered_at: float | None = None


@dataclass(slots=True)
class _Talk:
    """A served contact whose agent is not free yet.

    `busy`: his presence says so. Of a log that tells no presence, the contact's end and the wrap-up's count.
    `wraps_up_at`: the talk is over since then, by whichever of them tells.
    """

    line: ContactLine
    since: float
    busy: bool = False
    ended_at: float | None = None
    wraps_up_at: float | None = None


@dataclass(slots=True)
class _Folding:
    directory: Directory
    from_at: float
    waiting: dict[str, _Entry] = field(default_factory=dict)
    talks: dict[str, _Talk] = field(default_factory=dict)
    presences: dict[str, Presence] = field(default_factory=dict)
    on_duty: dict[str, float] = field(default_factory=dict)
    given: set[tuple[str, str]] = field(default_factory=set)
    contacts: list[ContactLine] = field(default_factory=list)
    shifts: list[ShiftLine] = field(default_factory=list)

    def take(self, recorded: Recorded) -> None:
        event, at = recorded.event, recorded.at
        match event:
            case cti.Queued():
                self._over(event.contact, at, "left")
                if at >= self.from_at:
                    self.waiting[event.contact] = _Entry(event, at)
            case cti.OfferMade(purpose="queue"):
                self.given.add((event.agent, event.contact))
                if event.contact in self.waiting:
                    self.waiting[event.contact].offered_at = at
            case cti.OfferLapsed(contact=contact, reason=reason) if contact in self.waiting:
                if reason != "caller_gone":
                    self.waiting[contact].offered_at = None
            case cti.Established(contact=contact, agent=agent):
                self._served(contact, agent, at)
            case cti.Diverted(contact=contact, to=to):
                self._over(contact, at, "left", to)
            case cti.ContactEnded(contact=contact, outcome=outcome):
                self._over(contact, at, "abandoned" if outcome == "abandoned" else "left")
                for talk in self.talks.values():
                    if talk.line.contact == contact:
                        talk.ended_at = at
            case cti.WrapUpEnded(agent=agent) if agent in self.talks and not self.talks[agent].busy:
                self._talked(agent, at)
            case _:
                pass
        self._agent(event, at)

    def _over(self, contact: str, at: float, outcome: str, sent_to: str = "") -> None:
        entry = self.waiting.pop(contact, None)
        if entry is not None:
            line = _line(entry, at, outcome)
            self.contacts.append(line.model_copy(update={"sent_to": sent_to}) if sent_to else line)

    def _served(self, contact: str, agent: str, at: float) -> None:
        entry = self.waiting.pop(contact, None)
        if entry is None:
            return
        line = _line(entry, at, "served")
        line = line.model_copy(update={"agent": agent})
        if agent in self.talks:
            self._talked(agent, self.talks[agent].ended_at)
        self.talks[agent] = _Talk(line, at)

    def _agent(self, event: cti.CtiEvent, at: float) -> None:
        agent = cti.agent_of(event)
        if agent is None:
            return
        state = self.presences[agent] = presences.fold(
            self.presences.get(agent) or Presence(agent=agent), event, at
        )
        talk = self.talks.get(agent)
        if talk is not None:
            idle = isinstance(state.activity, Idle)
            if idle and talk.busy:
                self._talked(agent, at)
            talk.busy = talk.busy or not idle
            if talk.wraps_up_at is None and isinstance(state.activity, WrapUp):
                talk.wraps_up_at = at
        working = self._works(state)
        if working and agent not in self.on_duty:
            self.on_duty[agent] = at
        elif not working and agent in self.on_duty:
            self._off_duty(agent, at)

    def _talked(self, agent: str, at: float | None) -> None:
        talk = self.talks.pop(agent)
        if at is None:
            self.contacts.append(talk.line)
            return
        over_at = talk.wraps_up_at if talk.wraps_up_at is not None or talk.busy else talk.ended_at
        handle_s = round(at - talk.since, 3)
        wrap_up_s = 0.0 if over_at is None else min(handle_s, round(at - over_at, 3))
        self.contacts.append(talk.line.model_copy(update={"handle_s": handle_s, "wrap_up_s": wrap_up_s}))

    def _works(self, state: Presence) -> bool:
        """At work for the queues; a call of his own, or one sent to him, takes an agent away from them."""
        if not (state.logged_on and state.device_up and state.chosen == READY):
            return False
        match state.activity:
            case Idle():
                return True
            case Reserved(contact=contact) | OnCall(contact=contact) | WrapUp(contact=contact):
                return (state.agent, contact) in self.given

    def _off_duty(self, agent: str, at: float) -> None:
        since = max(self.on_duty.pop(agent), self.from_at)
        profile = self.directory.agents.get(agent)
        if at > since and profile is not None:
            self.shifts.append(ShiftLine(agent=agent, skills=dict(profile.skills), from_at=since, to_at=at))

    def end(self, to_at: float) -> None:
        """The day is over: what is still going on lasts as long as it has lasted.

        Of an agent whose presence the log does not tell: he was there from his first contact to his last.
        """
        for contact in list(self.waiting):
            self._over(contact, to_at, "left")
        for agent, talk in list(self.talks.items()):
            self._talked(agent, None if talk.busy else talk.ended_at)
        for agent in list(self.on_duty):
            self._off_duty(agent, to_at)
        served: dict[str, list[ContactLine]] = {}
        for line in self.contacts:
            if line.agent is not None:
                served.setdefault(line.agent, []).append(line)
        for agent in served.keys() - {shift.agent for shift in self.shifts}:
            begins = [line.at + line.wait_s - line.ring_s for line in served[agent]]
            ends = [line.at + line.wait_s + (line.handle_s or 0.0) for line in served[agent]]
            self.on_duty[agent] = min(begins)
            self._off_duty(agent, min(to_at, max(ends)))


def record(
    events: Iterable[Recorded],
    directory: Directory,
    from_at: float,
    to_at: float,
    calendars: Mapping[str, Calendar] | None = None,
) -> RecordedDay:
    """The day between two moments (epoch seconds); events before it only say who was at work as it began.

    `calendars` are those a queue's `hours` may name; one of another name is always open, as on the floor.
    """
    folding = _Folding(directory, from_at)
    for recorded in events:
        if recorded.at < to_at:
            folding.take(recorded)
    folding.end(to_at)
    used = {line.queue for line in folding.contacts}
    used |= {queue.overflow_to for name, queue in directory.queues.items() if name in used}
    queues = {
        name: QueueLine(
            name=name,
            policy=queue.routing,
            target_s=queue.target_s,
            importance=queue.importance,
            hold_targets=queue.hold_targets,
            cap=queue.cap,
            overflow_to=queue.overflow_to,
            overflow_length=queue.overflow_length,
            overflow_wait_s=queue.overflow_wait_s,
            closed=queue.closed,
            hours=_hours((calendars or {}).get(queue.hours), from_at, to_at),
        )
        for name, queue in directory.queues.items()
        if name in used
    }
    contacts = sorted(folding.contacts, key=lambda line: line.at)
    shifts = sorted(folding.shifts, key=lambda line: (line.from_at, line.agent))
    return RecordedDay(
        from_at=from_at, to_at=to_at, queues=queues, shifts=tuple(shifts), contacts=tuple(contacts)
    )


def _hours(calendar: Calendar | None, from_at: float, to_at: float) -> tuple[Span, ...] | None:
    """When it is open between these moments."""
    if calendar is None:
        return None
    spans: list[Span] = []
    at: float | None = from_at
    while at is not None and at < to_at:
        ends_at = calendar.changes_at(at)
        if calendar.state_at(at) == "open":
            spans.append((at, to_at if ends_at is None else min(to_at, ends_at)))
        at = ends_at
    return tuple(spans)


def _line(entry: _Entry, at: float, outcome: str) -> ContactLine:
    queued = entry.queued
    return ContactLine.model_validate(
        {
            "contact": queued.contact,
            "at": entry.at,
            "queue": queued.queue,
            "skills": queued.skills,
            "alternatives": queued.alternatives,
            "relaxed": queued.relaxed,
            "priority": queued.priority,
            "outcome": outcome,
            "wait_s": round(max(0.0, at - entry.at), 3),
            "ring_s": round(at - entry.offered_at, 3) if entry.offered_at is not None else 0.0,
            "agent": "?" if outcome == "served" else None,
        }
    )
