"""The traffic of flows: every caller is counted where they went, and hangs up at most once."""

from random import Random
from typing import Literal

from hypothesis import given
from hypothesis import strategies as st

from contact_center.cti import events as cti
from contact_center.cti.events import CtiEvent, Recorded
from contact_center.metrics.flow_traffic import FlowTraffic, traffic_of

NODES = st.lists(st.sampled_from(["a", "b", "c", "call", "call/x", "call/y"]), max_size=8)
MAIN = frozenset({("main", ())})
INNER = frozenset({("main", ("call",))})


def day_of(at: float) -> str:
    return f"{int(at // 100):04d}"


def walk(contact: str, nodes: list[str], end: str) -> list[CtiEvent]:
    events: list[CtiEvent] = [cti.FlowEntered(contact=contact, flow="main", version="1")]
    events += [cti.NodeVisited(contact=contact, flow="main", node=node) for node in nodes]
    if end == "talks":
        events.append(cti.Established(contact=contact, queue="q", agent="a", wait_s=1.0))
    by: Literal["system", "caller"] = "system" if end == "ended" else "caller"
    agent = "a" if end == "talks" else None
    events.append(cti.ConnectionCleared(contact=contact, party="caller", agent=agent, by=by, cause=487))
    ended = cti.ContactEnded(
        contact=contact, outcome="handled", queue=None, agent=None, wait_s=0, talk_s=0, hold_s=0
    )
    events.append(ended)
    if end == "message":
        events.append(cti.MessageLeft(contact=contact, queue="q", recording="r", seconds=3.0))
    return events


CALLERS = st.lists(st.tuples(NODES, st.sampled_from(["hangs up", "ended", "talks", "message"])), max_size=12)


@given(CALLERS, st.randoms())
def test_totals_equal_the_log(callers: list[tuple[list[str], str]], random: Random) -> None:
    calls = [walk(f"c{number}", nodes, end) for number, (nodes, end) in enumerate(callers)]
    traffic = FlowTraffic(day_of)
    seq = 0
    while any(calls):
        mine = [call for call in calls if call]
        event = mine[random.randrange(len(mine))].pop(0)
        seq += 1
        traffic.take(Recorded(seq=seq, id=f"e{seq}", at=150.0, event=event))
    day = traffic.day(day_of(150.0))
    assert day.visits.total() == sum(len(nodes) for nodes, _ in callers)
    assert day.ways.total() == day.visits.total()
    gone = [nodes for nodes, end in callers if end == "hangs up" and nodes]
    assert day.hang_ups.total() == len(gone)
    body = traffic_of(day, MAIN)
    at_call = sum(node.hang_ups for node in body.nodes if node.node == "call")
    assert at_call == sum(nodes[-1].split("/")[0] == "call" for nodes in gone)
    inner = traffic_of(day, INNER)
    assert sum(node.visits for node in inner.nodes) == sum(
        node.startswith("call/") for nodes, _ in callers for node in nodes
    )
    for node in body.nodes:
        came = sum(way.count for way in body.ways if way.target == node.node)
        assert came == node.visits


def test_the_two_latest_days_are_kept() -> None:
    traffic = FlowTraffic(day_of)
    for number in range(4):
        for event in walk(f"c{number}", ["a"], "hangs up"):
            traffic.take(Recorded(seq=number, id="e", at=100.0 * number, event=event))
    kept = [traffic_of(traffic.day(f"{n:04d}"), MAIN).nodes for n in range(4)]
    assert [bool(nodes) for nodes in kept] == [False, False, True, True]
    assert [(node.visits, node.hang_ups) for node in kept[3]] == [(1, 1)]
