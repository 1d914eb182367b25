"""The ACD: contacts in line, agents free, and at most one live offer for each; a deterministic machine.

`Distribution.step(stimulus, now)` changes the distribution and returns what must be done. It holds thousands
of contacts, so it changes in place instead of copying; it has no clock, I/O or randomness, and the same
stimuli give the same answers (ADR 0005).

An offer is a lease: it ends accepted, or it lapses by its deadline, by a refusal, or because one side left.
A contact whose offer lapsed keeps its enqueue time and stands before its equals; an agent is offered work
only after `AgentFree`, so whoever missed an offer must be freed again by his own act.
"""

from dataclasses import dataclass, replace
from typing import assert_never

from contact_center.acd.contact import Free, Waiting
from contact_center.acd.matching import agent_for, contact_for
from contact_center.cti.events import Decision, OfferLapse

ACCEPT_GRACE_S = 8.0
"""After acceptance the device has this long to connect before the offer lapses as failed."""


# -- stimuli -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactQueued:
    waiting: Waiting


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactGone:
    """The caller hung up, or left the queue another way (`reason` if it was being offered)."""

    contact: str
    reason: OfferLapse = "caller_gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentFree:
    free: Free


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentTaken:
    """The agent may get no offer now (not ready, logged off, device gone); a live offer lapses."""

    agent: str
    reason: OfferLapse = "agent_gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferTaken:
    """The agent said yes; the device still has to connect."""

    offer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferConnected:
    """Contact and agent talk: both leave the distribution."""

    offer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferFailed:
    offer: str
    reason: OfferLapse


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferRestored:
    """A restarted core knows this offer to be live."""

    offer: "Offer"


@dataclass(frozen=True, slots=True)
class TimeReached:
    pass


Stimulus = (
    ContactQueued
    | ContactGone
    | AgentFree
    | AgentTaken
    | OfferTaken
    | OfferConnected
    | OfferFailed
    | OfferRestored
    | TimeReached
)


# -- answers -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A lease of one contact for one agent until `deadline` (epoch seconds)."""

    offer: str
    waiting: Waiting
    agent: str
    deadline: float
    decision: Decision
    taken: bool = False
    number: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeOffer:
    offer: Offer


@dataclass(frozen=True, slots=True, kw_only=True)
class Lapse:
    """The offer is over; `waiting` is back in line unless it left or was for this agent only."""

    offer: Offer
    reason: OfferLapse


Answer = MakeOffer | Lapse


class Distribution:
    """All queues of one core. `offer_timeout_s` is how long a device rings."""

    def __init__(self, offer_timeout_s: float) -> None:
        self._offer_timeout_s = offer_timeout_s
        self._waiting: dict[str, Waiting] = {}
        self._free: dict[str, Free] = {}
        self._offers: dict[str, Offer] = {}
        self._offer_of_contact: dict[str, str] = {}
        self._offer_of_agent: dict[str, str] = {}

    # questions

    def position(self, contact: str) -> int:
        """Place in its queue from 1, among those waiting or being offered; 0 when it is not here."""
        entry = self._entry(contact)
        return 0 if entry is None else self.place_of(entry)

    def place_of(self, waiting: Waiting) -> int:
        """The position a contact would get if it were queued now."""
        return 1 + sum(
            other.rank < waiting.rank
            for other in self._entries()
            if other.queue == waiting.queue and other.direct is None
        )

    def waiting(self, contact: str) -> Waiting | None:
        """The contact's entry as it stands, waiting or being offered."""
        return self._entry(contact)

    def line(self, queue: str) -> list[Waiting]:
        """The contacts of a queue, first to be served first; offered ones keep their place."""
        mine = (e for e in self._entries() if e.queue == queue and e.direct is None)
        return sorted(mine, key=lambda e: e.rank)

    def offer(self, offer: str) -> Offer | None:
        return self._offers.get(offer)

    def offer_for(self, contact: str) -> Offer | None:
        return self._offers.get(self._offer_of_contact.get(contact, ""))

    def free_agents(self) -> frozenset[str]:
        """Who may be given a contact now."""
        return frozenset(self._free)

    def is_free(self, agent: str) -> bool:
        """Whether an offer could be made to this agent now."""
        return agent in self._free

    def next_deadline(self) -> float | None:
        """When `TimeReached` is due."""
        return min((offer.deadline for offer in self._offers.values()), default=None)

    def _entries(self) -> list[Waiting]:
        return [*self._waiting.values(), *(offer.waiting for offer in self._offers.values())]

    def _entry(self, contact: str) -> Waiting | None:
        offered = self.offer_for(contact)
        return offered.waiting if offered else self._waiting.get(contact)

    # the machine

    def step(self, stimulus: Stimulus, now: float) -> list[Answer]:
        """Take one stimulus; one that does not fit (unknown contact, dead offer) changes nothing."""
        match stimulus:
            case ContactQueued(waiting=waiting):
                return self._queue(waiting, now)
            case ContactGone(contact=contact, reason=reason):
                self._waiting.pop(contact, None)
                return self._lapse(self._offer_of_contact.get(contact, ""), reason, now)
            case AgentFree(free=free):
                return self._agent_free(free, now)
            case AgentTaken(agent=agent, reason=reason):
                self._free.pop(agent, None)
                return self._lapse(self._offer_of_agent.get(agent, ""), reason, now)
            case OfferTaken(offer=offer):
                live = self._offers.get(offer)
                if live is not None and not live.taken:
                    self._offers[offer] = replace(live, taken=True, deadline=now + ACCEPT_GRACE_S)
                return []
            case OfferConnected(offer=offer):
                self._forget(offer)
                return []
            case OfferFailed(offer=offer, reason=reason):
                return self._lapse(offer, reason, now)
            case OfferRestored(offer=restored):
                self._keep(restored)
                return []
            case TimeReached():
                due = [o for o in self._offers.values() if o.deadline <= now]
                return [
                    answer
                    for offer in due
                    for answer in self._lapse(offer.offer, "device_failed" if offer.taken else "rona", now)
                ]
            case _:
                assert_never(stimulus)

    def _queue(self, waiting: Waiting, now: float) -> list[Answer]:
        if self._entry(waiting.contact) is not None:
            return []
        self._waiting[waiting.contact] = waiting
        return self._place(waiting, now)

    def _place(self, waiting: Waiting, now: float) -> list[Answer]:
        choice = agent_for(waiting, self._free.values(), now)
        return [] if choice is None else [self._make(waiting, choice[0], choice[1], now)]

    def _agent_free(self, free: Free, now: float) -> list[Answer]:
        if free.agent in self._offer_of_agent:
            return []
        self._free[free.agent] = free
        choice = contact_for(free, self._waiting.values(), now)
        return [] if choice is None else [self._make(choice[0], free, choice[1], now)]

    def _make(self, waiting: Waiting, free: Free, decision: Decision, now: float) -> MakeOffer:
        del self._waiting[waiting.contact]
        del self._free[free.agent]
        number = waiting.serial + waiting.returned + 1
        offer = Offer(
            offer=f"{waiting.contact}.{number}",
            number=number,
            waiting=waiting,
            agent=free.agent,
            deadline=now + self._offer_timeout_s,
            decision=decision,
        )
        self._keep(offer)
        return MakeOffer(offer=offer)

    def _keep(self, offer: Offer) -> None:
        self._offers[offer.offer] = offer
        self._offer_of_contact[offer.waiting.contact] = offer.offer
        self._offer_of_agent[offer.agent] = offer.offer

    def _forget(self, offer: str) -> Offer | None:
        live = self._offers.pop(offer, None)
        if live is not None:
            del self._offer_of_contact[live.waiting.contact]
            del self._offer_of_agent[live.agent]
        return live

    def _lapse(self, offer: str, reason: OfferLapse, now: float) -> list[Answer]:
        live = self._forget(offer)
        if live is None:
            return []
        lapsed: list[Answer] = [Lapse(offer=live, reason=reason)]
        if reason in ("caller_gone", "withdrawn") or live.waiting.direct is not None:
            return lapsed
        back = replace(live.waiting, returned=live.waiting.returned + 1)
        self._waiting[back.contact] = back
        return lapsed + self._place(back, now)
