"""What lies on an agent's desk: the offer that rings, the call, the wrap-up, each with the screen-pop.

A projection of the event log. The pop itself (customer records, last interactions) is fetched beside the log
and attached with `attach_pop` before the offer is announced, so the offer's row carries it from the start.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from contact_center.acd.explain import sentence
from contact_center.agents import presence as presences
from contact_center.agents.presence import Idle, OnCall, Presence, Reserved, WrapUp
from contact_center.cti import events as cti
from contact_center.cti.events import Decision, Recorded
from contact_center.cti.view import Key, Row
from contact_center.runtime.directory import Directory, QueueSettings

NO_POP: dict[str, Any] = {"matches": [], "customer": None, "interactions": []}


@dataclass(frozen=True, slots=True, kw_only=True)
class Aside:
    """Who is asked aside, by whom, since when; `agent` is known once one answered."""

    by: str
    to: cti.TargetKind
    target: str
    since: float
    up: bool = False
    agent: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What is known of one contact while it is on, or may come to, somebody's desk."""

    contact: str
    from_number: str
    queue: str = ""
    skills: dict[str, int] = field(default_factory=dict)
    flow: str = ""
    path: tuple[tuple[str, float], ...] = ()
    digits: tuple[tuple[str, str], ...] = ()
    offer: str = ""
    deadline: float = 0.0
    decision: Decision | None = None
    established_at: float = 0.0
    held_since: float | None = None
    recording: str | None = None
    pop: dict[str, Any] = field(default_factory=lambda: NO_POP)
    ended: bool = False
    direction: str = "inbound"
    purpose: str = "queue"
    asked_by: str | None = None
    owner: str | None = None
    together: tuple[tuple[str, str], ...] = ()
    consult: Aside | None = None
    asked_last: tuple[Aside, str] | None = None
    muted: frozenset[str] = frozenset()
    stage: cti.CallStage | None = None
    quality: dict[str, Row] = field(default_factory=dict)
    callback: tuple[float, int] | None = None


class Desks:
    """Deterministic fold, changed in place; one row per agent in collection `desks`."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self._presences: dict[str, Presence] = {a: Presence(agent=a) for a in directory.agents}
        self._cards: dict[str, Card] = {}
        self._failed: dict[str, Row] = {}
        """By agent: why his last call out reached nobody, until he does something else."""

    def take_directory(self, directory: Directory) -> None:
        """Other settings of queues, or other skills of agents, from now on."""
        self._directory = directory

    def attach_pop(self, contact: str, pop: dict[str, Any]) -> set[Key]:
        """Keep the pop for a live contact; the desk it lies on, if any, changes."""
        card = self._cards.get(contact)
        if card is None:
            return set()
        self._cards[contact] = replace(card, pop=pop)
        return self._desks_with(contact)

    def show_quality(self, contact: str, parties: dict[str, Row]) -> set[Key]:
        """How each party sounds now, by agent id (the customer is `""`); the desks it lies on change."""
        card = self._cards.get(contact)
        if card is None:
            return set()
        self._cards[contact] = replace(card, quality=card.quality | parties)
        return self._desks_with(contact)

    def _desks_with(self, contact: str) -> set[Key]:
        return {("desks", agent) for agent, state in self._presences.items() if _contact(state) == contact}

    def has_pop(self, contact: str) -> bool:
        card = self._cards.get(contact)
        return card is not None and card.pop is not NO_POP

    # projection

    def apply(self, recorded: Recorded) -> set[Key]:
        event = recorded.event
        touched: set[Key] = set()
        agent, left = cti.agent_of(event), None
        if agent is not None and agent in self._presences:
            left = _contact(self._presences[agent])
            self._presences[agent] = presences.fold(self._presences[agent], event, recorded.at)
            touched.add(("desks", agent))
        if isinstance(event, cti.ContactArrived):
            out = event.direction == "outbound"
            self._cards[event.contact] = Card(
                contact=event.contact,
                from_number=event.to_number if out else event.from_number,
                queue=event.queue or "",
                direction=event.direction,
            )
        self._note_failure(event)
        contact = cti.contact_of(event)
        if contact is not None and contact in self._cards:
            self._cards[contact] = _noted(self._cards[contact], event, recorded.at)
            touched |= self._desks_with(contact)
        self._tidy(contact)
        self._tidy(left)  # he may have gone on to be ready without a word of the contact
        return touched

    def _note_failure(self, event: cti.CtiEvent) -> None:
        match event:
            case cti.CallFailed(contact=contact, agent=agent) if contact in self._cards:
                self._failed[agent] = {
                    "contact": contact,
                    "number": self._cards[contact].from_number,
                    "cause": event.cause,
                    "code": event.code,
                }
            case cti.AgentBusy() | cti.AgentReserved() | cti.AgentLoggedOff():
                self._failed.pop(event.agent, None)
            case _:
                pass

    def present(self) -> Iterable[Key]:
        return (("desks", agent) for agent in self._presences)

    def row(self, key: Key) -> Row | None:
        collection, agent = key
        if collection != "desks" or agent not in self._presences:
            return None
        state = self._presences[agent]
        row: Row = {
            "agent": agent,
            "offer": None,
            "call": None,
            "wrap_up": None,
            "call_failed": self._failed.get(agent),
        }
        card = self._cards.get(_contact(state) or "")
        if card is None:
            return row
        match state.activity:
            case Reserved():
                row["offer"] = self._offer(card)
            case OnCall():
                row["call"] = self._call(card, state.activity, agent)
            case WrapUp():
                row["wrap_up"] = self._wrap_up(card, state.activity)
            case Idle():
                pass
        return row

    def _tidy(self, contact: str | None) -> None:
        """Forget a card once its contact has ended and lies on no desk."""
        card = self._cards.get(contact or "")
        if card is None or not card.ended:
            return
        if all(_contact(state) != card.contact for state in self._presences.values()):
            del self._cards[card.contact]

    def _common(self, card: Card) -> Row:
        settings = self._queue(card.queue)
        return {
            "contact": card.contact,
            "queue": card.queue,
            "queue_name": settings.name,
            "queue_name_zh": settings.name_zh,
            "from_number": card.from_number,
            "callback": None
            if card.callback is None
            else {"since": card.callback[0], "attempt": card.callback[1]},
            "pop": {
                **_in_queue(card.pop, settings),
                "flow": card.flow,
                "path": [{"node": node, "at": at} for node, at in card.path],
                "digits": [{"node": node, "digits": digits} for node, digits in card.digits],
            },
        }

    def _decision(self, card: Card) -> Row | None:
        if card.decision is None:
            return None
        names = {profile.id: profile.name for profile in self._directory.agents.values()}
        return {
            "rule": card.decision.rule,
            "wait_s": card.decision.wait_s,
            "sentence": sentence(card.decision, names, card.skills),
            "candidates": [
                {
                    "agent": candidate.agent,
                    "name": names.get(candidate.agent, candidate.agent),
                    "idle_s": candidate.idle_s,
                    "proficiency": candidate.proficiency,
                }
                for candidate in card.decision.candidates
            ],
        }

    def _offer(self, card: Card) -> Row:
        return {
            **self._common(card),
            "offer": card.offer,
            "deadline": card.deadline,
            "wait_s": card.decision.wait_s if card.decision else 0.0,
            "skills": card.skills,
            "decision": self._decision(card),
            "purpose": card.purpose,
            "asked_by": None if card.asked_by is None else self._agent(card.asked_by),
        }

    def _agent(self, agent: str) -> Row:
        profile = self._directory.agents.get(agent)
        return {"agent": agent, "name": agent if profile is None else profile.name}

    def _party(self, role: str, agent: str | None, number: str, state: str) -> Row:
        named = self._agent(agent) if agent else {"agent": None, "name": ""}
        return {"role": role, **named, "number": number, "state": state}

    def _parties(self, card: Card) -> list[Row]:
        """Everybody in the call and what each is doing: talking, held, ringing."""
        held = card.held_since is not None
        apart = "talking" if held else "held"
        reached = card.direction == "inbound" or card.established_at > 0
        caller_state = "ringing" if not reached else "held" if held else "talking"
        rows = [self._party("customer", None, card.from_number, caller_state)]
        if card.owner is not None:
            rows.append(self._party("agent", card.owner, "", "talking"))
        rows += [
            self._party("agent" if agent else "outside", agent, number, "talking")
            for agent, number in card.together
        ]
        if card.consult is not None:
            state = apart if card.consult.up else "ringing"
            number = card.consult.target if card.consult.to == "number" else ""
            rows.append(self._party("consulted", card.consult.agent, number, state))
        return rows

    def _consult(self, card: Card) -> Row | None:
        aside = card.consult
        if aside is None:
            return None
        return {
            "by": aside.by,
            "to": aside.to,
            "target": aside.target,
            "since": aside.since,
            "state": "ringing" if not aside.up else "talking" if card.held_since is not None else "held",
            "agent": None if aside.agent is None else self._agent(aside.agent),
        }

    def _consult_ended(self, card: Card) -> Row | None:
        """Whoever was asked last and is gone without his asker's doing."""
        if card.asked_last is None:
            return None
        aside, why = card.asked_last
        return {"by": aside.by, "to": aside.to, "target": aside.target, "why": why}

    def _call(self, card: Card, call: OnCall, agent: str) -> Row:
        dialling = card.direction == "outbound" and not card.established_at
        asked = card.consult is not None and card.consult.agent == agent
        return {
            **self._common(card),
            "since": card.established_at,
            "state": "dialling" if dialling else "held" if call.held else "talking",
            "direction": card.direction,
            "stage": card.stage if dialling else None,
            "role": "consulted" if asked else "owner" if card.owner == agent else "conference",
            "muted": agent in card.muted,
            "parties": self._parties(card),
            "consult": self._consult(card),
            "consult_ended": self._consult_ended(card),
            "held_since": card.held_since,
            "recording": card.recording,
            "quality": {"customer": card.quality.get(""), "you": card.quality.get(agent)},
            "decision": self._decision(card),
            "disposition": call.disposition,
            "note": call.note,
            "disposition_required": self._queue(card.queue).disposition_required,
        }

    def _wrap_up(self, card: Card, work: WrapUp) -> Row:
        return {
            **self._common(card),
            "since": work.started_at,
            "deadline": work.deadline,
            "direction": card.direction,
            "disposition": work.disposition,
            "note": work.note,
            "disposition_required": self._queue(work.queue).disposition_required,
        }

    def _queue(self, queue: str) -> QueueSettings:
        return self._directory.queues.get(queue) or QueueSettings(id=queue, name=queue, name_zh=queue)


def _contact(state: Presence) -> str | None:
    return getattr(state.activity, "contact", None)


def _noted(card: Card, event: cti.CtiEvent, at: float) -> Card:
    match event:
        case cti.FlowEntered(flow=flow):
            return replace(card, flow=flow)
        case cti.NodeVisited(node=node):
            return replace(card, path=(*card.path, (node, at)))
        case cti.DigitsCollected(node=node, digits=digits):
            return replace(card, digits=(*card.digits, (node, digits)))
        case cti.Queued(queue=queue, skills=skills):
            return replace(card, queue=queue, skills=skills)
        case cti.CallbackAttempted(enqueued_at=since, attempt=attempt):
            return replace(card, callback=(since, attempt))
        case cti.CallbackJoined(enqueued_at=since):
            return replace(card, callback=(since, 0))
        case cti.OfferMade(offer=offer, deadline=deadline, decision=decision):
            asked = replace(card, purpose=event.purpose, asked_by=event.by)
            return replace(asked, offer=offer, deadline=deadline, decision=decision)
        case cti.AgentBusy(agent=agent) if card.direction == "outbound" and card.owner is None:
            return replace(card, owner=agent)
        case cti.Established(agent=agent):
            return replace(card, established_at=at, owner=agent, held_since=None)
        case cti.CallProgressed(stage=stage):
            return replace(card, stage=stage)
        case cti.ConsultStarted(agent=agent, to=to, target=target):
            aside = Aside(by=agent, to=to, target=target, since=at)
            return replace(card, consult=aside, asked_last=None)
        case cti.Consulted(with_agent=agent) if card.consult is not None:
            return replace(card, consult=replace(card.consult, up=True, agent=agent, since=at))
        case cti.ConsultEnded(why=why) if card.consult is not None:
            last = None if why == "cancelled" else (card.consult, why)
            return replace(card, consult=None, asked_last=last)
        case cti.Conferenced(with_agent=agent, with_number=number):
            return replace(card, consult=None, together=(*card.together, (agent or "", number)))
        case cti.Transferred(to=to, target=target, way=way):
            heir = target if to == "agent" and way != "blind" else None
            others = tuple(each for each in card.together if each != (heir, ""))
            return replace(card, consult=None, asked_last=None, owner=heir, together=others, held_since=None)
        case cti.ConnectionCleared(party="agent", agent=str(agent)):
            others = tuple(each for each in card.together if each[0] != agent)
            return replace(card, together=others, owner=None if card.owner == agent else card.owner)
        case cti.ConnectionCleared(party="outside", number=number):
            return replace(card, together=tuple(each for each in card.together if each[1] != number))
        case cti.OutsideJoined(number=number) if ("", number) not in card.together:
            return replace(card, together=(*card.together, ("", number)))
        case cti.Muted(agent=agent, on=on):
            return replace(card, muted=card.muted | {agent} if on else card.muted - {agent})
        case cti.Held():
            return replace(card, held_since=at)
        case cti.Retrieved():
            return replace(card, held_since=None)
        case cti.RecordingStarted() | cti.RecordingResumed():
            return replace(card, recording="on")
        case cti.RecordingPaused():
            return replace(card, recording="paused")
        case cti.RecordingStopped():
            return replace(card, recording=None)
        case cti.RecordingFailed():
            return replace(card, recording="failed")
        case cti.ContactEnded():
            return replace(card, ended=True)
        case _:
            return card


def _in_queue(pop: dict[str, Any], queue: QueueSettings) -> dict[str, Any]:
    """The pop with what the customer gets here, where the queue has values of its own for his tier."""
    treatment = pop.get("treatment")
    if not treatment:
        return pop
    own = treatment["queues"].get(queue.id, {}) if queue.tiering else {}
    return {**pop, "treatment": {**treatment, **own, "queues": {}}}
