"""A recorded day from the event log: who was at work, who waited, who had whom for how long. A fold."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from contact_center.agents import presence as presences
from contact_center.agents.presence import READY, Idle, OnCall, Presence, Reserved, WrapUp
from contact_center.cti import events as cti
from contact_center.cti.events import Recorded
from contact_center.runtime.directory import Directory
from contact_center.simulation.recorded import ContactLine, QueueLine, RecordedDay, ShiftLine


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
    """

    line: ContactLine
    since: float
    busy: bool = False
    ended_at: float | None = None


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
            case cti.Diverted(contact=contact):
                self._over(contact, at, "left")
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

    def _over(self, contact: str, at: float, outcome: str) -> None:
        entry = self.waiting.pop(contact, None)
        if entry is not None:
            self.contacts.append(_line(entry, at, outcome))

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
        working = self._works(state)
        if working and agent not in self.on_duty:
            self.on_duty[agent] = at
        elif not working and agent in self.on_duty:
            self._off_duty(agent, at)

    def _talked(self, agent: str, at: float | None) -> None:
        talk = self.talks.pop(agent)
        handle_s = None if at is None else round(at - talk.since, 3)
        self.contacts.append(talk.line.model_copy(update={"handle_s": handle_s}))

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


def record(events: Iterable[Recorded], directory: Directory, from_at: float, to_at: float) -> RecordedDay:
    """The day between two moments (epoch seconds); events before it only say who was at work as it began."""
    folding = _Folding(directory, from_at)
    for recorded in events:
        if recorded.at < to_at:
            folding.take(recorded)
    folding.end(to_at)
    used = {line.queue for line in folding.contacts}
    queues = {
        name: QueueLine(
            name=name,
            policy=queue.routing,
            target_s=queue.target_s,
            importance=queue.importance,
            hold_targets=queue.hold_targets,
        )
        for name, queue in directory.queues.items()
        if name in used
    }
    contacts = sorted(folding.contacts, key=lambda line: line.at)
    shifts = sorted(folding.shifts, key=lambda line: (line.from_at, line.agent))
    return RecordedDay(
        from_at=from_at, to_at=to_at, queues=queues, shifts=tuple(shifts), contacts=tuple(contacts)
    )


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
