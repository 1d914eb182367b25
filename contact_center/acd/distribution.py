"""The ACD: contacts in line, agents free, and at most one live offer for each; a deterministic machine.

`Distribution.step(stimulus, now)` changes the distribution and returns what must be done. It holds thousands
of contacts, so it changes in place instead of copying; it has no clock, I/O or randomness, and the same
stimuli give the same answers (ADR 0005).

An offer is a lease: it ends accepted, or it lapses by its deadline, by a refusal, or because one side left.
A contact whose offer lapsed keeps its enqueue time and stands before its equals; an agent is offered work
only after `AgentFree`, so whoever missed an offer must be freed again by his own act.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import assert_never

from contact_center.acd.contact import Free, Waiting
from contact_center.acd.engine import Engine
from contact_center.acd.estimate import AT_ONCE, Estimate
from contact_center.acd.forecast import Forecast
from contact_center.acd.match import Match
from contact_center.acd.rules import QueueRule
from contact_center.cti.events import Decision, OfferLapse, OverflowWhy
from contact_center.runtime.requirements import Ways

ACCEPT_GRACE_S = 8.0
"""After acceptance the device has this long to connect before the offer lapses as failed."""


# -- stimuli -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactQueued:
    """Not `anew`: a restarted core brings back who was in line, or he stands there as somebody else now."""

    waiting: Waiting
    anew: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactKnown:
    """It has turned out who the contact is: the same entry with other favours, requirement or wish.

    While it is being offered this counts only if the offer lapses.
    """

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
class TalkOver:
    """The agent has no more to do with the contact but wrap-up: its place in a capped queue is free."""

    agent: str
    contact: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TalkRestored:
    """A restarted core knows that the agent talks with the contact, which came to him like this."""

    agent: str
    waiting: Waiting


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentDone:
    """The agent has done with the contact, wrap-up included: its handling time is known."""

    agent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesChanged:
    """The queues' settings for the router are these from now on; everybody keeps his place."""

    rules: Mapping[str, QueueRule]


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
    | ContactKnown
    | ContactGone
    | AgentFree
    | AgentTaken
    | TalkOver
    | TalkRestored
    | AgentDone
    | RulesChanged
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


@dataclass(frozen=True, slots=True, kw_only=True)
class SendOn:
    """The queue sends the contact on: to the queue `to`, or back to its flow where that is empty.

    It stands in no line any more; whoever gets this sees to it that it is somewhere again.
    """

    waiting: Waiting
    to: str
    why: OverflowWhy


Answer = MakeOffer | Lapse | SendOn


class Distribution:
    """All queues of one core. `offer_timeout_s` is how long a device rings; `rules` by queue."""

    def __init__(self, offer_timeout_s: float, rules: Mapping[str, QueueRule] | None = None) -> None:
        self._offer_timeout_s = offer_timeout_s
        self._engine = Engine(rules or {}, keeps_account=True)
        self._forecast = Forecast(self._engine)
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

    def in_line(self) -> list[Waiting]:
        """Everybody who waits and is not being offered."""
        return list(self._engine.entries())

    def handling_s(self, queue: str) -> float:
        """How long an agent has with a contact of the queue on average, wrap-up included."""
        return self._engine.handling_s(queue)

    def offer(self, offer: str) -> Offer | None:
        return self._offers.get(offer)

    def offer_for(self, contact: str) -> Offer | None:
        return self._offers.get(self._offer_of_contact.get(contact, ""))

    def serves(self, ways: Ways) -> bool:
        """Whether somebody at work, idle or not, meets one of the ways."""
        return self._engine.serves(ways)

    def given(self, queue: str) -> int:
        """How many contacts of the queue are offered or talking."""
        return self._engine.given(queue)

    def free_agents(self) -> frozenset[str]:
        """Who may be given a contact now."""
        return self._engine.idle_agents()

    def is_free(self, agent: str) -> bool:
        """Whether an offer could be made to this agent now."""
        return self._engine.is_idle(agent)

    def next_deadline(self) -> float | None:
        """When `TimeReached` is due: a lease ends, or a contact held back is tried again."""
        retest = self._engine.next_retest()
        due = [offer.deadline for offer in self._offers.values()]
        return min(due if retest is None else [*due, retest], default=None)

    def _entries(self) -> list[Waiting]:
        return [*self._engine.entries(), *(offer.waiting for offer in self._offers.values())]

    def _entry(self, contact: str) -> Waiting | None:
        offered = self.offer_for(contact)
        return offered.waiting if offered else self._engine.waiting(contact)

    def estimate(self, contact: str, now: float) -> Estimate | None:
        """How long the contact will still wait; None when it is not in line or nobody could ever serve it."""
        if contact in self._offer_of_contact:
            return AT_ONCE
        entry = self._engine.waiting(contact)
        return None if entry is None else self._forecast.estimate(entry, now)

    def would_wait(self, waiting: Waiting, now: float) -> Estimate | None:
        """How long such a contact would wait that came now; None when nobody at work could serve it."""
        return self._forecast.would_wait(waiting, now)

    # the machine

    def step(self, stimulus: Stimulus, now: float) -> list[Answer]:
        """Take one stimulus; one that does not fit (unknown contact, dead offer) changes nothing."""
        answers = self._step(stimulus, now)
        answers += self._offer_all(self._engine.settle(now), now)
        sent = [SendOn(waiting=gone.waiting, to=gone.to, why=gone.why) for gone in self._engine.overflows()]
        return [*answers, *sent]

    def _step(self, stimulus: Stimulus, now: float) -> list[Answer]:
        match stimulus:
            case ContactQueued(waiting=waiting, anew=anew):
                return self._queue(waiting, now, anew=anew)
            case ContactKnown(waiting=waiting):
                return self._known(waiting, now)
            case TalkOver(agent=agent, contact=contact):
                self._engine.over(agent, contact)
                return []
            case TalkRestored(agent=agent, waiting=waiting):
                self._engine.has(agent, waiting)
                return []
            case ContactGone(contact=contact, reason=reason):
                self._engine.leave(contact)
                if reason == "caller_gone":
                    self._forecast.ended(contact, now, served=False)
                else:
                    self._forecast.dropped(contact)
                return self._lapse(self._offer_of_contact.get(contact, ""), reason, now)
            case AgentFree(free=free):
                return self._agent_free(free, now)
            case AgentTaken(agent=agent, reason=reason):
                self._engine.taken(agent, now)
                return self._lapse(self._offer_of_agent.get(agent, ""), reason, now)
            case AgentDone(agent=agent):
                self._engine.done(agent, now)
                return []
            case RulesChanged(rules=rules):
                return self._offer_all(self._engine.configure(rules, now), now)
            case OfferTaken(offer=offer):
                live = self._offers.get(offer)
                if live is not None and not live.taken:
                    self._offers[offer] = replace(live, taken=True, deadline=now + ACCEPT_GRACE_S)
                return []
            case OfferConnected(offer=offer):
                live = self._forget(offer)
                if live is not None:
                    self._forecast.ended(live.waiting.contact, now, served=True)
                return []
            case OfferFailed(offer=offer, reason=reason):
                return self._lapse(offer, reason, now)
            case OfferRestored(offer=restored):
                self._keep(restored)
                self._engine.has(restored.agent, restored.waiting)
                return []
            case TimeReached():
                return self._time_reached(now)
            case _:
                assert_never(stimulus)

    def _queue(self, waiting: Waiting, now: float, *, anew: bool) -> list[Answer]:
        if self._entry(waiting.contact) is not None:
            return []
        answers = self._offer_all(self._engine.enter(waiting, now, anew=anew), now)
        if self._engine.waiting(waiting.contact) is not None:
            self._forecast.entered(waiting, now)
        return answers

    def _known(self, waiting: Waiting, now: float) -> list[Answer]:
        offer = self.offer_for(waiting.contact)
        if offer is not None:
            self._offers[offer.offer] = replace(offer, waiting=waiting)
            return []
        if self._engine.leave(waiting.contact) is None:
            return []
        return self._offer_all(self._engine.enter(waiting, now, anew=False), now)

    def _agent_free(self, free: Free, now: float) -> list[Answer]:
        if free.agent in self._offer_of_agent:
            return []
        return self._offer_all(self._engine.free(free, now), now)

    def _time_reached(self, now: float) -> list[Answer]:
        answers: list[Answer] = []
        for offer in [offer for offer in self._offers.values() if offer.deadline <= now]:
            answers += self._lapse(offer.offer, "device_failed" if offer.taken else "rona", now)
        retest = self._engine.next_retest()
        if retest is not None and retest <= now:
            answers += self._offer_all(self._engine.tick(now), now)
        return answers

    def _offer_all(self, matches: list[Match], now: float) -> list[Answer]:
        return [self._make(match, now) for match in matches]

    def _make(self, match: Match, now: float) -> MakeOffer:
        if match.decision is None:
            raise ValueError("the engine of the live core keeps account of every decision")
        number = match.waiting.serial + match.waiting.returned + 1
        offer = Offer(
            offer=f"{match.waiting.contact}.{number}",
            number=number,
            waiting=match.waiting,
            agent=match.agent,
            deadline=now + self._offer_timeout_s,
            decision=match.decision,
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
        self._engine.passed_over(live.agent)
        lapsed: list[Answer] = [Lapse(offer=live, reason=reason)]
        if reason in ("caller_gone", "withdrawn") or live.waiting.direct is not None:
            return lapsed
        back = replace(live.waiting, returned=live.waiting.returned + 1, wish=None)
        return lapsed + self._offer_all(self._engine.enter(back, now), now)
