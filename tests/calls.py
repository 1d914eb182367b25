"""The CTI events of made-up contacts, as a log would hold them."""

from collections.abc import Iterable

from contact_center.cti.events import (
    AgentWorkingAfterCall,
    Candidate,
    ContactArrived,
    ContactEnded,
    CtiEvent,
    CustomerIdentified,
    Decision,
    DigitsCollected,
    DispositionSet,
    Established,
    FlowEntered,
    NodeVisited,
    OfferAccepted,
    OfferLapsed,
    OfferMade,
    Queued,
    Recorded,
    WrapUpEnded,
)

ARRIVED_AT = 1_700_000_000.0


def handled_call(
    contact: str, *, customer: str | None = "c1", agent: str = "a1", disposition: str = "resolved"
) -> list[CtiEvent]:
    """Menu, a missed offer, an answer, and wrap-up with a disposition: 10 s menu, 12.5 s wait, 60 s talk."""
    decision = Decision(
        rule="longest idle", wait_s=1.0, candidates=(Candidate(agent=agent, idle_s=7.5, proficiency=4),)
    )
    queue, first, second = "billing", "o1", "o2"
    return [
        _arrived(contact),
        CustomerIdentified(contact=contact, customer=customer, matches=1 if customer else 0),
        FlowEntered(contact=contact, flow="main_menu", version="1"),
        NodeVisited(contact=contact, flow="main_menu", node="welcome"),
        DigitsCollected(contact=contact, node="choice", digits="1"),
        _queued(contact, requeued=False),
        OfferMade(contact=contact, queue=queue, offer=first, agent=agent, deadline=9.0, decision=decision),
        OfferLapsed(contact=contact, queue=queue, offer=first, agent=agent, reason="rona"),
        _queued(contact, requeued=True),
        OfferMade(contact=contact, queue=queue, offer=second, agent=agent, deadline=9.0, decision=decision),
        OfferAccepted(contact=contact, offer=second, agent=agent),
        Established(contact=contact, queue=queue, agent=agent, wait_s=12.5),
        DispositionSet(contact=contact, agent=agent, disposition="resolved", note="第一次"),
        ContactEnded(
            contact=contact,
            outcome="handled",
            queue=queue,
            agent=agent,
            wait_s=12.5,
            talk_s=60.0,
            hold_s=5.0,
        ),
        AgentWorkingAfterCall(agent=agent, contact=contact, queue=queue, deadline=None),
        DispositionSet(contact=contact, agent=agent, disposition=disposition, note="已退款"),
        WrapUpEnded(agent=agent, contact=contact, queue=queue, wrap_up_s=8.0, by="done"),
    ]


def abandoned_call(contact: str, *, wait_s: float = 30.0) -> list[CtiEvent]:
    return [
        _arrived(contact),
        _queued(contact, requeued=False),
        ContactEnded(
            contact=contact,
            outcome="abandoned",
            queue="billing",
            agent=None,
            wait_s=wait_s,
            talk_s=0.0,
            hold_s=0.0,
        ),
    ]


def recorded(events: Iterable[CtiEvent], *, first_seq: int = 1, at: float = ARRIVED_AT) -> list[Recorded]:
    """The events in a log, two seconds apart."""
    return [
        Recorded(seq=seq, id=f"e{seq}", at=at + 2 * (seq - first_seq), event=event)
        for seq, event in enumerate(events, start=first_seq)
    ]


def _arrived(contact: str) -> ContactArrived:
    return ContactArrived(
        contact=contact,
        conversation="k1",
        channel="voice",
        direction="inbound",
        from_number="+12025550100",
        from_name="",
        to_number="8000",
    )


def _queued(contact: str, *, requeued: bool) -> Queued:
    return Queued(
        contact=contact,
        queue="billing",
        skills={"billing": 1},
        priority=0,
        enqueued_at=ARRIVED_AT + 10,
        position=1,
        requeued=requeued,
    )
