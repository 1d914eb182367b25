"""The floor as everybody sees it: rows for agents, live contacts, queues and totals, folded from the log.

The queue figures are `metrics.service_level`'s, the same fold as the reports. Rows carry moments, not ages: a
screen counts from them with the server's clock, so nothing is sent while only time passes.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from contact_center.acd.callback import Callback
from contact_center.agents import presence as presences
from contact_center.agents.presence import Presence
from contact_center.cti import events as cti
from contact_center.cti.events import Recorded
from contact_center.cti.view import Key, Row
from contact_center.metrics import service_level
from contact_center.metrics.callback_board import CALLBACK_FORMULAS, CallbackBoard
from contact_center.metrics.service_level import FORMULAS, Formula, ServiceCounts
from contact_center.runtime.directory import AgentProfile, Directory, QueueSettings

ALL: Final[Key] = ("totals", "all")
OUTLOOK_FORMULAS: Final[Mapping[str, Formula]] = {
    "wait_likely_s": {
        "en": "what a caller who came now would wait: 80 % between the two ends, learnt from real waits",
        "zh": "此刻来电的预计等待：八成落在区间内，按实际等待持续校准",
    },
}
ALL_FORMULAS: Final[Mapping[str, Formula]] = {**FORMULAS, **CALLBACK_FORMULAS, **OUTLOOK_FORMULAS}


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveContact:
    """What a live contact's row is made of."""

    id: str
    state: str
    since: float
    from_number: str
    arrived_at: float
    customer: str | None = None
    customer_name: str = ""
    tier: str = ""
    queue: str | None = None
    skills: dict[str, int] = field(default_factory=dict)
    priority: int = 0
    enqueued_at: float | None = None
    returned: int = 0
    agent: str | None = None
    node: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """An agent's day."""

    handled: int = 0
    rona: int = 0


class Floor:
    """Deterministic fold, changed in place; `start_day` empties the counts and keeps who is here."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self._presences: dict[str, Presence] = {a: Presence(agent=a) for a in directory.agents}
        self._tallies: dict[str, Tally] = {}
        self._contacts: dict[str, LiveContact] = {}
        self._waiting: dict[str, dict[str, float]] = {queue: {} for queue in directory.queues}
        self._talking: dict[str, set[str]] = {queue: set() for queue in directory.queues}
        self._service = service_level.Service()
        self._outlooks: dict[str, cti.QueueOutlook] = {}
        self._callbacks = CallbackBoard()

    def restore(self, callbacks: Iterable[Callback]) -> None:
        """Callbacks that are open, also those asked for before the log is read."""
        self._callbacks.restore(callbacks)

    def take_directory(self, directory: Directory) -> None:
        """Other settings of queues, or other skills of agents, from now on."""
        self._directory = directory

    def start_day(self) -> set[Key]:
        """A new day: counts begin at nothing; agents and live contacts stay. Returns the rows touched."""
        self._service = service_level.Service()
        self._tallies = {}
        self._callbacks.start_day()
        return {key for key in self.present() if key[0] in ("queues", "totals", "agents")}

    def presences(self) -> list[Presence]:
        """Every agent as folded from the log."""
        return list(self._presences.values())

    @property
    def contacts(self) -> dict[str, LiveContact]:
        """The live contacts by id."""
        return self._contacts

    def counts(self) -> dict[str, ServiceCounts]:
        """The day's counts by queue."""
        return dict(self._service.by_queue)

    def callbacks_waiting(self) -> dict[str, int]:
        """How many wait to be called back, by queue."""
        return {q: self._callbacks.figures(q)["callbacks_waiting"] for q in self._directory.queues}

    # projection

    def apply(self, recorded: Recorded) -> set[Key]:
        event = recorded.event
        touched = self._agents_touched(event, recorded.at) | self._contact_touched(event, recorded.at)
        if isinstance(event, cti.QueueOutlook) and event.queue in self._waiting:
            self._outlooks[event.queue] = event
            touched.add(("queues", event.queue))
        callback = self._callbacks.apply(event, recorded.at)
        if callback is not None:
            touched |= {("callbacks", callback.id), ("queues", callback.queue), ALL}
        before = self._service
        self._service = service_level.fold(before, recorded, self._directory.queues)
        if self._service.by_queue is not before.by_queue:
            changed = {
                queue
                for queue, counts in self._service.by_queue.items()
                if before.by_queue.get(queue) is not counts
            }
            touched |= {("queues", queue) for queue in changed} | {ALL}
        return touched

    def present(self) -> Iterable[Key]:
        yield from (("agents", agent) for agent in self._presences)
        yield from (("contacts", contact) for contact in self._contacts)
        yield from (("queues", queue) for queue in self._waiting)
        yield ALL
        yield from (("callbacks", callback) for callback in self._callbacks.open)
        yield from (("formulas", name) for name in ALL_FORMULAS)

    def row(self, key: Key) -> Row | None:
        collection, name = key
        match collection:
            case "agents" if name in self._presences:
                return self._agent_row(name)
            case "contacts" if name in self._contacts:
                return self._contact_row(self._contacts[name])
            case "queues" if name in self._waiting:
                return self._queue_row(name)
            case "totals":
                return self._total_row()
            case "callbacks":
                return self._callbacks.row(name)
            case "formulas" if name in ALL_FORMULAS:
                return dict(ALL_FORMULAS[name])
            case _:
                return None

    # agents

    def _agents_touched(self, event: cti.CtiEvent, at: float) -> set[Key]:
        agent = cti.agent_of(event)
        if agent is None:
            return set()
        old = self._presences.get(agent, Presence(agent=agent))
        new = presences.fold(old, event, at)
        self._presences[agent] = new
        tally = self._tallies.get(agent, Tally())
        match event:
            case cti.Established():
                self._tallies[agent] = replace(tally, handled=tally.handled + 1)
            case cti.OfferLapsed(reason="rona"):
                self._tallies[agent] = replace(tally, rona=tally.rona + 1)
            case _ if new == old:
                return set()
            case _:
                pass
        touched: set[Key] = {("agents", agent)}
        if presences.available(old) != presences.available(new):
            touched |= {("queues", queue) for queue in self._waiting} | {ALL}
        return touched

    def _agent_row(self, agent: str) -> Row:
        state = self._presences[agent]
        profile = self._directory.agents.get(agent) or AgentProfile(id=agent, name=agent, team="", skills={})
        contact = getattr(state.activity, "contact", None)
        live = self._contacts.get(contact) if contact else None
        tally = self._tallies.get(agent, Tally())
        shown = presences.shown(state)
        return {
            "id": agent,
            "name": profile.name,
            "team": profile.team,
            "state": shown,
            "since": state.since,
            "reason": state.chosen if shown == "not_ready" else "",
            "chosen": state.chosen,
            "device": "up" if state.device_up else "down",
            "contact": contact,
            "queue": getattr(state.activity, "queue", None) or (live.queue if live else None),
            "skills": dict(profile.skills),
            "handled": tally.handled,
            "rona": tally.rona,
        }

    # contacts

    def _contact_touched(self, event: cti.CtiEvent, at: float) -> set[Key]:
        contact = cti.contact_of(event) or ""
        before = self._contacts.get(contact)
        touched = self._contact_moved(event, at)
        after = self._contacts.get(contact)
        if (before and before.queue) != (after and after.queue):
            touched |= {("agents", agent) for agent, p in self._presences.items() if _works_on(p, contact)}
        return touched

    def _contact_moved(self, event: cti.CtiEvent, at: float) -> set[Key]:
        if isinstance(event, cti.ContactArrived):
            theirs = event.to_number if event.direction == "outbound" else event.from_number
            self._contacts[event.contact] = LiveContact(
                id=event.contact, state="flow", since=at, from_number=theirs, arrived_at=at
            )
            return {("contacts", event.contact)}
        contact = self._contacts.get(cti.contact_of(event) or "")
        if contact is None:
            return set()
        if isinstance(event, cti.ContactEnded):
            del self._contacts[contact.id]
            return self._place(replace(contact, state="ended")) | {("contacts", contact.id)}
        moved = _moved(contact, event, at)
        if moved is contact:
            return set()
        self._contacts[contact.id] = moved
        left = self._place(replace(contact, state="left")) if moved.queue != contact.queue else set()
        return left | self._place(moved) | {("contacts", contact.id)}

    def _place(self, contact: LiveContact) -> set[Key]:
        """Keep the waiting and talking sets of its queue true; the queue rows that changed."""
        queue = contact.queue
        if not queue:  # a flow may send a caller to an agent before any queue
            return set()
        waiting = self._waiting.setdefault(queue, {})
        talking = self._talking.setdefault(queue, set())
        before = (waiting.get(contact.id), contact.id in talking)
        waiting.pop(contact.id, None)
        talking.discard(contact.id)
        if contact.state in ("waiting", "offered") and contact.enqueued_at is not None:
            waiting[contact.id] = contact.enqueued_at
        elif contact.state in ("talking", "held"):
            talking.add(contact.id)
        after = (waiting.get(contact.id), contact.id in talking)
        return {("queues", queue), ALL} if before != after else set()

    def _contact_row(self, contact: LiveContact) -> Row:
        return {
            "id": contact.id,
            "state": contact.state,
            "since": contact.since,
            "from_number": contact.from_number,
            "customer": contact.customer,
            "customer_name": contact.customer_name,
            "tier": contact.tier,
            "queue": contact.queue,
            "skills": contact.skills,
            "priority": contact.priority,
            "arrived_at": contact.arrived_at,
            "enqueued_at": contact.enqueued_at,
            "returned": contact.returned,
            "agent": contact.agent,
            "node": contact.node,
        }

    # queues

    def _queue_row(self, queue: str) -> Row:
        settings = self._directory.queues.get(queue) or QueueSettings(id=queue, name=queue, name_zh=queue)
        counts = self._service.by_queue.get(queue, service_level.NOTHING)
        return {
            "id": queue,
            "name": settings.name,
            "name_zh": settings.name_zh,
            "target_level": settings.target_level,
            "target_s": settings.target_s,
            "short_s": settings.short_s,
            **self._outlook(queue),
            **self._live_figures(list(self._waiting[queue].values()), len(self._talking[queue])),
            **self._callbacks.figures(queue),
            **_figures(counts),
        }

    def _total_row(self) -> Row:
        waiting = [since for line in self._waiting.values() for since in line.values()]
        talking = sum(len(calls) for calls in self._talking.values())
        counts = service_level.total(self._service.by_queue)
        return {
            "id": "all",
            "target_level": self._common("target_level"),
            "target_s": self._common("target_s"),
            "short_s": self._common("short_s"),
            **self._live_figures(waiting, talking),
            **self._callbacks.figures(None),
            **_figures(counts),
        }

    def _common(self, setting: str) -> float | None:
        """The value all queues share; None when they differ: then only each queue has a target."""
        values = {getattr(queue, setting) for queue in self._directory.queues.values()}
        return values.pop() if len(values) == 1 else None

    def _outlook(self, queue: str) -> Row:
        """What a caller who came now would wait (s); None while nobody can say."""
        outlook = self._outlooks.get(queue)
        return {
            "wait_low_s": outlook.low_s if outlook else None,
            "wait_likely_s": outlook.likely_s if outlook else None,
            "wait_high_s": outlook.high_s if outlook else None,
        }

    def _live_figures(self, waiting: list[float], talking: int) -> Row:
        return {
            "waiting": len(waiting),
            "longest_since": min(waiting, default=None),
            "talking": talking,
            "agents_ready": sum(presences.available(state) for state in self._presences.values()),
        }


def _works_on(presence: Presence, contact: str) -> bool:
    """Whether the agent's row names the contact's queue."""
    return getattr(presence.activity, "contact", None) == contact


def _figures(counts: ServiceCounts) -> Row:
    return {
        "offered": counts.offered,
        "answered": counts.answered,
        "answered_in_target": counts.answered_in_target,
        "abandoned": counts.abandoned,
        "abandoned_short": counts.abandoned_short,
        "abandoned_after_target": counts.abandoned_after_target,
        "handled": counts.handled,
        "rona": counts.rona,
        "transferred": counts.transferred,
        **service_level.kpis(counts),
    }


def _moved(contact: LiveContact, event: cti.CtiEvent, at: float) -> LiveContact:
    match event:
        case cti.CustomerIdentified(customer=customer, name=name, tier=tier):
            return replace(contact, customer=customer, customer_name=name, tier=tier)
        case cti.NodeVisited(node=node):
            return replace(contact, node=node)
        case cti.Queued():
            return replace(
                contact,
                state="waiting",
                since=at,
                queue=event.queue,
                skills=event.skills,
                priority=event.priority,
                enqueued_at=event.enqueued_at,
                returned=0,
                agent=None,
            )
        case cti.OfferMade(purpose="consult") | cti.OfferLapsed(purpose="consult"):
            return contact
        case cti.OfferMade(agent=agent):
            return replace(contact, state="offered", since=at, agent=agent)
        case cti.OfferLapsed():
            returned = contact.returned + 1
            return replace(contact, state="waiting", since=at, agent=None, returned=returned)
        case cti.Established(agent=agent, queue=queue):
            return replace(contact, state="talking", since=at, agent=agent, queue=queue)
        case cti.Transferred(to="agent", way="attended" | "conference", target=agent):
            return replace(contact, state="talking", since=at, agent=agent)
        case cti.Transferred(way="blind"):
            return replace(contact, state="flow", since=at, agent=None)
        case cti.Transferred() | cti.OutsideJoined():
            return replace(contact, state="talking", since=at, agent=None)
        case cti.Held():
            return replace(contact, state="held", since=at)
        case cti.Retrieved():
            return replace(contact, state="talking", since=at)
        case cti.ConnectionCleared(party="agent", agent=agent) if agent != contact.agent:
            return contact
        case cti.Diverted() | cti.ConnectionCleared(party="agent"):
            return replace(contact, state="flow", since=at, agent=None)
        case _:
            return contact
