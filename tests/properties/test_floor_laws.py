"""Screens: what a client builds from changes is always what a fresh snapshot would show."""

import json
from collections.abc import Sequence
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from contact_center.agents.desk import Desks
from contact_center.cti import events as cti
from contact_center.cti.events import Candidate, CtiEvent, Decision, Recorded
from contact_center.cti.view import Rows, apply_changes, gather
from contact_center.metrics.wallboard import Floor
from contact_center.runtime.directory import AgentProfile, Directory, QueueSettings
from contact_center.web.feed_rows import ROWS

DIRECTORY = Directory(
    agents={a: AgentProfile(id=a, name=a.title(), team="t", skills={"s": 1}) for a in ("anna", "bo")},
    queues={q: QueueSettings(id=q, name=q, name_zh=q) for q in ("q1", "q2")},
)
agent = st.sampled_from(["anna", "bo"])
contact = st.sampled_from(["c1", "c2", "c3"])
queue = st.sampled_from(["q1", "q2"])
offer = st.sampled_from(["o1", "o2"])
seconds = st.floats(0, 100)
decision = Decision(rule="r", wait_s=1, candidates=(Candidate(agent="bo", idle_s=2, proficiency=3),))

arrivals: st.SearchStrategy[CtiEvent] = st.builds(
    cti.ContactArrived,
    contact=contact,
    conversation=st.just("v"),
    channel=st.just("voice"),
    direction=st.just("inbound"),
    from_number=st.just("+1"),
    from_name=st.just(""),
    to_number=st.just("8000"),
)
events: st.SearchStrategy[CtiEvent] = st.one_of(
    arrivals,
    st.builds(cti.CustomerIdentified, contact=contact, customer=st.none(), matches=st.just(0)),
    st.builds(cti.NodeVisited, contact=contact, flow=st.just("f"), node=st.sampled_from(["a", "b"])),
    st.builds(
        cti.Queued,
        contact=contact,
        queue=queue,
        skills=st.just({"s": 1}),
        priority=st.just(0),
        enqueued_at=seconds,
        position=st.just(1),
        requeued=st.booleans(),
    ),
    st.builds(
        cti.OfferMade,
        contact=contact,
        queue=queue,
        offer=offer,
        agent=agent,
        deadline=seconds,
        decision=st.just(decision),
    ),
    st.builds(cti.OfferAccepted, contact=contact, offer=offer, agent=agent),
    st.builds(
        cti.OfferLapsed,
        contact=contact,
        queue=queue,
        offer=offer,
        agent=agent,
        reason=st.sampled_from(["rona", "caller_gone"]),
    ),
    st.builds(cti.Established, contact=contact, queue=queue, agent=agent, wait_s=seconds),
    st.builds(cti.Held, contact=contact, agent=agent),
    st.builds(cti.Retrieved, contact=contact, agent=agent),
    st.builds(
        cti.ContactEnded,
        contact=contact,
        outcome=st.sampled_from(["handled", "abandoned", "ended_in_flow", "failed"]),
        queue=st.one_of(st.none(), queue),
        agent=st.one_of(st.none(), agent),
        wait_s=seconds,
        talk_s=seconds,
        hold_s=seconds,
    ),
    st.builds(cti.AgentLoggedOn, agent=agent),
    st.builds(cti.AgentReady, agent=agent),
    st.builds(cti.AgentNotReady, agent=agent, reason=st.just("lunch")),
    st.builds(cti.AgentReserved, agent=agent, contact=contact, offer=offer),
    st.builds(cti.AgentBusy, agent=agent, contact=contact),
    st.builds(
        cti.AgentWorkingAfterCall,
        agent=agent,
        contact=contact,
        queue=queue,
        deadline=st.one_of(st.none(), seconds),
    ),
    st.builds(
        cti.WrapUpEnded,
        agent=agent,
        contact=contact,
        queue=queue,
        wrap_up_s=seconds,
        by=st.sampled_from(["done", "timeout"]),
    ),
    st.builds(cti.DeviceConnected, agent=agent, kind=st.just("webrtc")),
    st.builds(cti.NoteTaken, contact=contact, agent=agent, note=st.just("n")),
    st.builds(cti.DispositionSet, contact=contact, agent=agent, disposition=st.just("x")),
)

callback_events: st.SearchStrategy[CtiEvent] = st.one_of(
    st.builds(
        cti.CallbackRequested,
        callback=st.just("k1"),
        contact=contact,
        queue=st.just("q1"),
        number=st.just("+1"),
        skills=st.just({"s": 1}),
        priority=st.just(0),
        enqueued_at=seconds,
        expires_at=seconds,
        language=st.just("en"),
    ),
    st.builds(
        cti.CallbackAttempted,
        callback=st.just("k1"),
        contact=contact,
        queue=st.just("q1"),
        number=st.just("+1"),
        attempt=st.just(1),
        asked_in=contact,
        enqueued_at=seconds,
    ),
    *(
        st.builds(kind, callback=st.just("k1"), contact=contact, queue=st.just("q1"), **more)
        for kind, more in (
            (cti.CallbackAnswered, {}),
            (cti.CallbackMissed, {"why": st.just("busy")}),
            (cti.CallbackJoined, {"enqueued_at": seconds}),
            (cti.CallbackExpired, {}),
            (cti.CallbackDone, {"agent": agent, "wait_s": seconds}),
        )
    ),
)
events = st.one_of(events, callback_events)

EMPTY: Rows = {
    name: {}
    for name in ("agents", "contacts", "queues", "totals", "desks", "callbacks", "formulas", "notices")
}


def everything(views: Sequence[Any]) -> Rows:
    return gather(views, [key for view in views for key in view.present()])


def same(left: Rows, right: Rows) -> bool:
    """Empty collections do not count; JSON is what a client gets."""

    def shown(rows: Rows) -> str:
        return json.dumps({name: named for name, named in rows.items() if named}, sort_keys=True)

    return shown(left) == shown(right)


@settings(max_examples=100, deadline=None)
@given(st.lists(events, max_size=40))
def test_every_row_is_of_the_type_the_clients_are_told(log: list[CtiEvent]) -> None:
    views = (Floor(DIRECTORY), Desks(DIRECTORY))
    for seq, event in enumerate(log, 1):
        touched = {
            key for view in views for key in view.apply(Recorded(seq=seq, id="e", at=float(seq), event=event))
        }
        rows = {
            name: {key: row for key, row in named.items() if row}
            for name, named in gather(views, touched).items()
        }
        ROWS.validate_python({**EMPTY, **rows}, strict=False)
    ROWS.validate_python({**EMPTY, **everything(views)})


@settings(max_examples=150, deadline=None)
@given(st.lists(events, max_size=40), st.integers(1, 7))
def test_snapshot_and_changes_equal_a_fresh_snapshot(log: list[CtiEvent], bundle: int) -> None:
    views = (Floor(DIRECTORY), Desks(DIRECTORY))
    client = everything(views)
    touched: set[tuple[str, str]] = set()
    for seq, event in enumerate(log, 1):
        for view in views:
            touched |= view.apply(Recorded(seq=seq, id=f"e{seq}", at=float(seq), event=event))
        if seq % bundle == 0:
            client = apply_changes(client, gather(views, touched))
            touched = set()
    client = apply_changes(client, gather(views, touched))
    assert same(client, everything(views))


@settings(max_examples=50, deadline=None)
@given(st.lists(events, max_size=40))
def test_a_floor_rebuilt_from_the_log_is_the_same_floor(log: list[CtiEvent]) -> None:
    recorded = [Recorded(seq=s, id=f"e{s}", at=float(s), event=e) for s, e in enumerate(log, 1)]
    once, again = Floor(DIRECTORY), Floor(DIRECTORY)
    for event in recorded:
        once.apply(event)
    for event in recorded:
        again.apply(event)
    assert same(everything([once]), everything([again]))


@settings(max_examples=100, deadline=None)
@given(arrivals, st.lists(events, max_size=10), st.permutations(["c1", "c2", "c3", "anna", "bo"]))
def test_no_desk_keeps_a_contact_that_is_over(
    arrived: CtiEvent, log: list[CtiEvent], order: list[str]
) -> None:
    """Who is ready again says nothing of the contact he comes from: it may have ended before."""
    desks = Desks(DIRECTORY)
    busy = cti.AgentBusy(agent="anna", contact=cti.contact_of(arrived) or "")
    over: list[CtiEvent] = [
        cti.ContactEnded(
            contact=each, outcome="handled", queue=None, agent=None, wait_s=0, talk_s=0, hold_s=0
        )
        if each in ("c1", "c2", "c3")
        else cti.AgentReady(agent=each)
        for each in order
    ]
    for seq, event in enumerate([arrived, *log, busy, *over], 1):
        desks.apply(Recorded(seq=seq, id=f"e{seq}", at=float(seq), event=event))
        if isinstance(event, cti.ContactArrived):
            desks.attach_pop(event.contact, {"customer": "k"})
    assert not any(desks.has_pop(each) for each in ("c1", "c2", "c3"))
