"""A believable past for the demo: ~1500 contacts of the last 60 days, as the CTI events they would have left.

A small simulation, not random rows: an agent handles one contact at a time, callers who wait too long give
up, a few offers are missed. It ends a day before now, so that today's figures are the demo's own.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Literal

from contact_center.cti.events import (
    AgentWorkingAfterCall,
    Candidate,
    ConnectionCleared,
    ContactArrived,
    ContactEnded,
    ContactOutcome,
    CtiEvent,
    CustomerIdentified,
    Decision,
    Delivered,
    DigitsCollected,
    DispositionSet,
    Established,
    FlowEntered,
    Held,
    NodeVisited,
    OfferAccepted,
    OfferLapse,
    OfferLapsed,
    OfferMade,
    Queued,
    Recorded,
    Retrieved,
    SurveyAnswered,
    WrapUpEnded,
)
from contact_center.customers.record import Customer
from contact_center.demo.outcomes import drawn
from contact_center.demo.story import Scripted
from contact_center.runtime.directory import AgentProfile, Directory

CONTACTS = 1500
DAYS = 60
SEED = 7
_DAY_S = 86_400.0
_RING_S = 15.0
_FLOW = "main_menu"
_SPOKEN = {"en": "english", "zh": "mandarin"}
_NOTES = {
    "en": (
        "",
        "",
        "Explained the roaming charge on the last bill.",
        "Will call back if it happens again.",
        "Customer was friendly.",
    ),
    "zh": ("", "", "已说明上月漫游费用。", "如再次发生会来电。", "客户对处理结果满意。"),
}

Timed = tuple[float, CtiEvent]


@dataclass(slots=True)
class _Floor:
    """The agents, and from when each is free again (epoch seconds)."""

    agents: Sequence[AgentProfile]
    free_at: dict[str, float]

    def skilled(self, skills: Sequence[str]) -> list[AgentProfile]:
        return [agent for agent in self.agents if all(skill in agent.skills for skill in skills)]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Caller:
    """Who calls, about what, and when they are through with the menu."""

    contact: str
    number: str
    customer: Customer | None
    matches: int
    language: str
    queue: str
    arrived_at: float
    queued_at: float

    @property
    def skills(self) -> tuple[str, str]:
        return self.queue, _SPOKEN[self.language]


def past(
    customers: Sequence[Customer],
    directory: Directory,
    now: float,
    *,
    contacts: int = CONTACTS,
    seed: int = SEED,
    scripted: Sequence[Scripted] = (),
) -> list[Recorded]:
    """The log of the past, numbered from 1, every event before `now` less a day.

    `scripted` contacts, of customers among those given, happen as they say among the `contacts` drawn.
    """
    draw = Random(seed)  # noqa: S311  # a made-up past, not a secret
    floor = _Floor(list(directory.agents.values()), dict.fromkeys(directory.agents, 0.0))
    events: list[Timed] = []
    told = {now - each.days_ago * _DAY_S: each for each in scripted}
    arrivals = sorted([*_arrivals(draw, now, contacts), *told])
    ordinary = [each for each in customers if each.id not in {s.customer for s in scripted}]
    known = {each.id: each for each in customers}
    for number, arrived_at in enumerate(arrivals, start=1):
        name, script = f"past-{number:05d}", told.get(arrived_at)
        if script is not None:
            caller = _of_story(name, arrived_at, known[script.customer], script)
            events += _as_told(draw, caller, script, floor, directory)
        else:
            events += _contact(draw, _caller(draw, name, arrived_at, ordinary), floor, directory)
    events.sort(key=lambda timed: timed[0])  # stable: what one moment holds keeps its order
    return [
        Recorded(seq=seq, id=f"past-{seq:06d}", at=at, event=event)
        for seq, (at, event) in enumerate(events, start=1)
    ]


def _arrivals(draw: Random, now: float, contacts: int) -> list[float]:
    """Moments over the days before yesterday, in opening hours, busiest before noon."""
    today = now - now % _DAY_S
    days = [today - _DAY_S * (2 + back) for back in range(DAYS)]
    return sorted(draw.choice(days) + 3600.0 * draw.triangular(8.0, 20.0, 11.0) for _ in range(contacts))


def _caller(draw: Random, contact: str, arrived_at: float, customers: Sequence[Customer]) -> _Caller:
    known = draw.random() >= 0.08
    favourite = min(int(draw.expovariate(3.0 / len(customers))), len(customers) - 1)  # some call often
    customer = customers[favourite] if known else None
    number = customer.numbers[0] if customer else f"+1720555019{draw.randrange(10)}"
    matches = sum(number in other.numbers for other in customers)
    return _Caller(
        contact=contact,
        number=number,
        customer=customer if matches == 1 else None,
        matches=matches,
        language=customer.language if customer else draw.choice(("en", "zh")),
        queue="billing" if draw.random() < 0.6 else "technical",
        arrived_at=arrived_at,
        queued_at=arrived_at + draw.uniform(18.0, 40.0),
    )


def _of_story(contact: str, arrived_at: float, customer: Customer, script: Scripted) -> _Caller:
    return _Caller(
        contact=contact,
        number=customer.numbers[0],
        customer=customer,
        matches=1,
        language=customer.language,
        queue=script.queue,
        arrived_at=arrived_at,
        queued_at=arrived_at + 25.0,
    )


def _as_told(
    draw: Random, caller: _Caller, script: Scripted, floor: _Floor, directory: Directory
) -> Iterator[Timed]:
    yield from _menu(caller)
    yield _queued(caller, caller.queued_at, requeued=False)
    if script.gives_up_s is not None:
        yield from _end(caller, caller.queued_at + script.gives_up_s, "abandoned")
        return
    agent, offered_at = _next_agent(draw, caller, floor, caller.queued_at + 0.2)
    yield from _offer(caller, agent, offered_at)
    yield from _handled(draw, caller, agent, floor, directory, offered_at, offered_at + 4.0, script)


def _contact(draw: Random, caller: _Caller, floor: _Floor, directory: Directory) -> Iterator[Timed]:
    """Everything one contact leaves in the log, in order."""
    yield from _menu(caller)
    if draw.random() < 0.04:
        yield from _end(caller, caller.queued_at, "ended_in_flow")
        return
    yield _queued(caller, caller.queued_at, requeued=False)
    gives_up_at = caller.queued_at + 3.0 + draw.expovariate(1 / 180.0)
    wanted_at = caller.queued_at + (draw.expovariate(1 / 25.0) if draw.random() < 0.35 else 0.2)
    agent, offered_at = _next_agent(draw, caller, floor, wanted_at)
    if draw.random() < 0.03 and offered_at + _RING_S < gives_up_at:
        yield from _missed(caller, agent, offered_at)
        floor.free_at[agent.id] = offered_at + 5 * _RING_S
        agent, offered_at = _next_agent(draw, caller, floor, offered_at + _RING_S)
    answered_at = offered_at + draw.uniform(2.0, 7.0)
    if gives_up_at <= offered_at:
        yield from _end(caller, gives_up_at, "abandoned")
        return
    yield from _offer(caller, agent, offered_at)
    if gives_up_at < answered_at:
        yield gives_up_at, _lapsed(caller, agent, offered_at, "caller_gone")
        yield from _end(caller, gives_up_at, "abandoned")
        return
    yield from _handled(draw, caller, agent, floor, directory, offered_at, answered_at)


def _next_agent(draw: Random, caller: _Caller, floor: _Floor, at: float) -> tuple[AgentProfile, float]:
    """Somebody skilled who is free then, else the one who is free first, and when."""
    skilled = floor.skilled(caller.skills)
    free = [agent for agent in skilled if floor.free_at[agent.id] <= at]
    if free:
        return draw.choice(free), at
    first = min(skilled, key=lambda agent: floor.free_at[agent.id])
    return first, floor.free_at[first.id]


def _menu(caller: _Caller) -> Iterator[Timed]:
    """From arrival to the last node before the queue."""
    contact, at = caller.contact, caller.arrived_at
    known = ("welcome_back",) if caller.customer else ()
    greeted = ("which_greeting",) if caller.customer else ()
    before = ("find_customer", *greeted, "welcome", "choose_language")
    after = (f"speak_{_SPOKEN[caller.language]}", "known_customer", *known, "main_menu")
    last = (caller.queue, "please_hold", "which_queue", f"{caller.queue}_queue")
    yield (
        at,
        ContactArrived(
            contact=contact,
            conversation=f"{contact}-voice",
            channel="voice",
            direction="inbound",
            from_number=caller.number,
            from_name="",
            to_number="8000",
        ),
    )
    yield at, FlowEntered(contact=contact, flow=_FLOW, version="past")
    yield from ((at, _visited(caller, node)) for node in before)
    yield (
        at,
        CustomerIdentified(
            contact=contact,
            customer=caller.customer.id if caller.customer else None,
            matches=caller.matches,
            name=caller.customer.name if caller.customer else "",
        ),
    )
    spoken, chosen = "1" if caller.language == "en" else "2", "1" if caller.queue == "billing" else "2"
    yield at + 8.0, DigitsCollected(contact=contact, node="choose_language", digits=spoken)
    yield from ((at + 8.0, _visited(caller, node)) for node in after)
    yield at + 15.0, DigitsCollected(contact=contact, node="main_menu", digits=chosen)
    yield from ((at + 15.0, _visited(caller, node)) for node in last)


def _visited(caller: _Caller, node: str) -> NodeVisited:
    return NodeVisited(contact=caller.contact, flow=_FLOW, node=node)


def _queued(caller: _Caller, at: float, *, requeued: bool) -> Timed:
    return at, Queued(
        contact=caller.contact,
        queue=caller.queue,
        skills=dict.fromkeys(caller.skills, 1),
        priority=0,
        enqueued_at=caller.queued_at,
        position=1,
        requeued=requeued,
    )


def _offer_id(caller: _Caller, at: float) -> str:
    return f"{caller.contact}-{at - caller.queued_at:.0f}"


def _offer(caller: _Caller, agent: AgentProfile, at: float) -> Iterator[Timed]:
    offer = _offer_id(caller, at)
    candidate = Candidate(agent=agent.id, idle_s=30.0, proficiency=agent.skills[caller.queue])
    decision = Decision(rule="longest_idle", wait_s=at - caller.queued_at, candidates=(candidate,))
    yield (
        at,
        OfferMade(
            contact=caller.contact,
            queue=caller.queue,
            offer=offer,
            agent=agent.id,
            deadline=at + _RING_S,
            decision=decision,
        ),
    )
    yield at, Delivered(contact=caller.contact, offer=offer, agent=agent.id)


def _lapsed(caller: _Caller, agent: AgentProfile, offered_at: float, reason: OfferLapse) -> OfferLapsed:
    return OfferLapsed(
        contact=caller.contact,
        queue=caller.queue,
        offer=_offer_id(caller, offered_at),
        agent=agent.id,
        reason=reason,
    )


def _missed(caller: _Caller, agent: AgentProfile, at: float) -> Iterator[Timed]:
    """An offer nobody took; the caller goes back to the front."""
    yield from _offer(caller, agent, at)
    yield at + _RING_S, _lapsed(caller, agent, at, "rona")
    yield _queued(caller, at + _RING_S, requeued=True)


def _end(caller: _Caller, at: float, outcome: ContactOutcome) -> Iterator[Timed]:
    """The caller hangs up before anybody answered."""
    waited = outcome == "abandoned"
    yield (
        at,
        ConnectionCleared(contact=caller.contact, party="caller", agent=None, by="caller", cause=200),
    )
    yield (
        at,
        ContactEnded(
            contact=caller.contact,
            outcome=outcome,
            queue=caller.queue if waited else None,
            agent=None,
            wait_s=at - caller.queued_at if waited else 0.0,
            talk_s=0.0,
            hold_s=0.0,
        ),
    )


def _handled(
    draw: Random,
    caller: _Caller,
    agent: AgentProfile,
    floor: _Floor,
    directory: Directory,
    offered_at: float,
    answered_at: float,
    script: Scripted | None = None,
) -> Iterator[Timed]:
    """Answer, talk, perhaps a hold, hang-up, survey, wrap-up."""
    contact, queue, own = caller.contact, caller.queue, agent.id
    wait_s = answered_at - caller.queued_at
    talk_s = min(max(draw.lognormvariate(5.1, 0.6), 25.0), 1500.0)
    hold_s = draw.uniform(8.0, 60.0) if draw.random() < 0.22 else 0.0
    wrap_up_s = draw.uniform(5.0, directory.queues[queue].wrap_up_s)
    ended_at = answered_at + talk_s + hold_s
    done_at = ended_at + wrap_up_s
    floor.free_at[own] = done_at + draw.uniform(1.0, 20.0)
    yield answered_at, OfferAccepted(contact=contact, offer=_offer_id(caller, offered_at), agent=own)
    yield answered_at, Established(contact=contact, queue=queue, agent=own, wait_s=wait_s)
    if hold_s:
        yield answered_at + talk_s / 2, Held(contact=contact, agent=own)
        yield answered_at + talk_s / 2 + hold_s, Retrieved(contact=contact, agent=own)
    by: Literal["caller", "agent"] = draw.choice(("caller", "caller", "agent"))
    yield ended_at, ConnectionCleared(contact=contact, party="caller", agent=None, by=by, cause=200)
    yield (
        ended_at,
        ContactEnded(
            contact=contact,
            outcome="handled",
            queue=queue,
            agent=own,
            wait_s=wait_s,
            talk_s=talk_s,
            hold_s=hold_s,
        ),
    )
    for measure, score in script.answers if script is not None else ():
        asked = SurveyAnswered(contact=contact, flow="survey", node=measure, measure=measure, score=score)
        yield ended_at, asked
    deadline = ended_at + directory.queues[queue].wrap_up_s
    yield ended_at, AgentWorkingAfterCall(agent=own, contact=contact, queue=queue, deadline=deadline)
    code = drawn(draw, [each.code for each in directory.queues[queue].dispositions])
    note = draw.choice(_NOTES[caller.language])
    if script is not None:
        code, note = script.disposition, script.note
    yield done_at, DispositionSet(contact=contact, agent=own, disposition=code, note=note)
    yield done_at, WrapUpEnded(agent=own, contact=contact, queue=queue, wrap_up_s=wrap_up_s, by="done")
