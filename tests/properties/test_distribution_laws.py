"""The ACD under any order of stimuli, against a plain account of who is where."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from contact_center.acd import distribution as acd
from contact_center.acd.contact import Free, Waiting
from contact_center.acd.rules import qualifies

SKILLS = ("billing", "english")
AGENTS = {
    "anna": {"billing": 3, "english": 5},
    "bo": {"billing": 1},
    "cy": {"english": 2},
}
skills = st.dictionaries(st.sampled_from(SKILLS), st.integers(1, 4), max_size=2)


class Line(RuleBasedStateMachine):
    """Contacts come and go, agents free up and vanish, offers end in every way."""

    def __init__(self) -> None:
        super().__init__()
        self.distribution = acd.Distribution(offer_timeout_s=10)
        self.now = 0.0
        self.count = 0
        self.waiting: dict[str, Waiting] = {}
        self.free: set[str] = set()
        self.offers: dict[str, acd.Offer] = {}
        self.ended: set[str] = set()

    def take(self, stimulus: acd.Stimulus) -> None:
        for answer in self.distribution.step(stimulus, self.now):
            match answer:
                case acd.MakeOffer(offer=offer):
                    assert offer.waiting.contact in self.waiting, "offered a contact that does not wait"
                    assert offer.agent in self.free, "offered to an agent who is not free"
                    assert qualifies(AGENTS[offer.agent], offer.waiting.skills)
                    assert offer.offer not in self.offers
                    self.check_nobody_overtaken(offer)
                    del self.waiting[offer.waiting.contact]
                    self.free.discard(offer.agent)
                    self.offers[offer.offer] = offer
                case acd.Lapse(offer=offer, reason=reason):
                    assert self.offers.pop(offer.offer).waiting.contact == offer.waiting.contact
                    if reason != "caller_gone":
                        entry = self.distribution.waiting(offer.waiting.contact)
                        assert entry is not None
                        assert entry.enqueued_at == offer.waiting.enqueued_at
                        self.waiting[entry.contact] = entry

    def check_nobody_overtaken(self, offer: acd.Offer) -> None:
        for other in self.waiting.values():
            if other.rank < offer.waiting.rank:
                assert not qualifies(AGENTS[offer.agent], other.skills), "an earlier contact was passed over"

    @rule(skills=skills, priority=st.integers(0, 2), queue=st.sampled_from(["q1", "q2"]))
    def contact_comes(self, skills: dict[str, int], priority: int, queue: str) -> None:
        self.count += 1
        self.now += 1
        waiting = Waiting(
            contact=f"c{self.count}", queue=queue, skills=skills, priority=priority, enqueued_at=self.now
        )
        self.waiting[waiting.contact] = waiting
        self.take(acd.ContactQueued(waiting=waiting))

    @precondition(lambda self: self.waiting or self.offers)
    @rule(data=st.data())
    def caller_gives_up(self, data: st.DataObject) -> None:
        here = sorted(self.waiting) + sorted(o.waiting.contact for o in self.offers.values())
        contact = data.draw(st.sampled_from(here))
        self.waiting.pop(contact, None)
        self.ended.add(contact)
        self.take(acd.ContactGone(contact=contact))

    @rule(agent=st.sampled_from(sorted(AGENTS)))
    def agent_frees(self, agent: str) -> None:
        if agent not in {offer.agent for offer in self.offers.values()}:
            self.free.add(agent)
        self.now += 1
        self.take(acd.AgentFree(free=Free(agent=agent, skills=AGENTS[agent], idle_since=self.now)))

    @rule(agent=st.sampled_from(sorted(AGENTS)))
    def agent_vanishes(self, agent: str) -> None:
        self.free.discard(agent)
        self.take(acd.AgentTaken(agent=agent))

    @precondition(lambda self: self.offers)
    @rule(data=st.data(), reason=st.sampled_from(["rona", "rejected", "device_failed"]))
    def offer_fails(self, data: st.DataObject, reason: str) -> None:
        offer = data.draw(st.sampled_from(sorted(self.offers)))
        self.take(acd.OfferFailed(offer=offer, reason=reason))  # type: ignore[arg-type]

    @precondition(lambda self: self.offers)
    @rule(data=st.data())
    def offer_connects(self, data: st.DataObject) -> None:
        offer = data.draw(st.sampled_from(sorted(self.offers)))
        self.take(acd.OfferTaken(offer=offer))
        self.take(acd.OfferConnected(offer=offer))
        self.ended.add(self.offers.pop(offer).waiting.contact)

    @rule(seconds=st.floats(0.1, 30))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds
        self.take(acd.TimeReached())

    @invariant()
    def everybody_is_in_exactly_one_place(self) -> None:
        offered = {offer.waiting.contact for offer in self.offers.values()}
        assert not offered & set(self.waiting)
        assert len({offer.agent for offer in self.offers.values()}) == len(self.offers)
        assert not {offer.agent for offer in self.offers.values()} & self.free
        in_line = {entry.contact for queue in ("q1", "q2") for entry in self.distribution.line(queue)}
        assert in_line == offered | set(self.waiting)
        assert not in_line & self.ended

    @invariant()
    def nobody_waits_for_a_free_agent(self) -> None:
        for contact in self.waiting.values():
            assert not any(qualifies(AGENTS[agent], contact.skills) for agent in self.free)

    @invariant()
    def the_next_deadline_is_that_of_a_live_offer(self) -> None:
        deadline = self.distribution.next_deadline()
        assert (deadline is None) == (not self.offers)


TestLine = Line.TestCase
TestLine.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
