"""Rows of the feed have exactly the fields the console API's page names: its readers are written from it."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from contact_center.agents.desk import Desks
from contact_center.cti import events as cti
from contact_center.cti.events import Candidate, CtiEvent, Decision, Recorded
from contact_center.cti.view import Row
from contact_center.customers.pop import Pop
from contact_center.metrics.wallboard import Floor
from contact_center.runtime.codec import Codec
from contact_center.runtime.directory import AgentProfile, Directory, QueueSettings

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "console-api.md").read_text("utf-8")
DIRECTORY = Directory(
    agents={"anna": AgentProfile(id="anna", name="Anna", team="t", skills={"s": 1})},
    queues={"q": QueueSettings(id="q", name="Queue", name_zh="队列")},
)
POP: Codec[Pop] = Codec(Pop)
C, A, Q, OFFER = "c1", "anna", "q", "o1"  # contact, agent, queue, offer
ARRIVED: list[CtiEvent] = [
    cti.AgentLoggedOn(agent=A),
    cti.ContactArrived(
        contact=C,
        conversation="v",
        channel="voice",
        direction="inbound",
        from_number="+1",
        from_name="",
        to_number="8000",
    ),
    cti.Queued(contact=C, queue=Q, skills={"s": 1}, priority=0, enqueued_at=1.0, position=1),
    cti.OfferMade(
        contact=C,
        queue=Q,
        offer=OFFER,
        agent=A,
        deadline=9.0,
        decision=Decision(rule="r", wait_s=1.0, candidates=(Candidate(agent=A, idle_s=1.0, proficiency=1),)),
    ),
    cti.AgentReserved(agent=A, contact=C, offer=OFFER),
]
TALKING: list[CtiEvent] = [
    *ARRIVED,
    cti.OfferAccepted(contact=C, offer=OFFER, agent=A),
    cti.Established(contact=C, queue=Q, agent=A, wait_s=1.0),
    cti.AgentBusy(agent=A, contact=C),
]
WRAPPING_UP: list[CtiEvent] = [
    *TALKING,
    cti.AgentWorkingAfterCall(agent=A, contact=C, queue=Q, deadline=99.0),
]


def promised(name: str) -> set[str]:
    """The fields in the braces that follow a name on the page."""
    found = re.search(rf"^(?:\| `{name}` \|.*?|- `{name}` )`\{{(.*?)\}}`", page_line(name))
    assert found is not None, name
    flat = found[1]
    while (shorter := re.sub(r"\{[^{}]*\}|\[[^\[\]]*\]", "", flat)) != flat:
        flat = shorter
    return {field.split(":")[0].strip() for field in flat.split(",")}


def page_line(name: str) -> str:
    starts = (f"| `{name}` |", f"- `{name}` ")
    return next(line for line in PAGE.splitlines() if line.startswith(starts))


def floor_row(events: list[CtiEvent], collection: str, key: str) -> Row:
    floor = Floor(DIRECTORY)
    for seq, event in enumerate(events, start=1):
        floor.apply(Recorded(seq=seq, id=str(seq), at=float(seq), event=event))
    row = floor.row((collection, key))
    assert row is not None
    return row


def desk_row(events: list[CtiEvent]) -> Row:
    desks = Desks(DIRECTORY)
    for seq, event in enumerate(events, start=1):
        desks.apply(Recorded(seq=seq, id=str(seq), at=float(seq), event=event))
    desks.attach_pop(C, POP.plain(Pop()))
    row = desks.row(("desks", A))
    assert row is not None
    return row


@pytest.mark.parametrize("events", [ARRIVED, TALKING])
def test_agents_contacts_and_queues(events: list[CtiEvent]) -> None:
    assert set(floor_row(events, "agents", A)) == promised("agents")
    assert set(floor_row(events, "contacts", C)) == promised("contacts")
    assert set(floor_row(events, "queues", Q)) == promised("queues")
    asked = cti.CallbackRequested(
        callback="k",
        contact=C,
        queue=Q,
        number="+1",
        skills={},
        priority=0,
        enqueued_at=1.0,
        expires_at=9.0,
        language="en",
    )
    assert set(floor_row([*events, asked], "callbacks", "k")) == promised("callbacks")
    assert set(floor_row(events, "totals", "all")) == promised("queues") - {
        "name",
        "name_zh",
        "wait_low_s",
        "wait_likely_s",
        "wait_high_s",
    }


def test_names_of_queues_are_text() -> None:
    queue = floor_row(ARRIVED, "queues", Q)
    assert (queue["name"], queue["name_zh"]) == ("Queue", "队列")
    offer = desk_row(ARRIVED)["offer"]
    assert (offer["queue_name"], offer["queue_name_zh"]) == ("Queue", "队列")


@pytest.mark.parametrize(
    ("part", "events"), [("offer", ARRIVED), ("call", TALKING), ("wrap_up", WRAPPING_UP)]
)
def test_each_part_of_a_desk(part: str, events: list[CtiEvent]) -> None:
    row = desk_row(events)
    assert set(row) == promised("desks")
    assert [name for name in ("offer", "call", "wrap_up") if row[name]] == [part]
    assert set(row[part]) == promised(part)
    assert set(row[part]["pop"]) == promised("pop")


def test_a_total_is_judged_only_when_all_queues_agree() -> None:
    queue = DIRECTORY.queues["q"]
    other = replace(queue, id="other", target_level=0.5)
    mixed = replace(DIRECTORY, queues={"q": queue, "other": other})
    assert Floor(DIRECTORY).row(("totals", "all"))["target_level"] == queue.target_level  # type: ignore[index]  # it is there
    assert Floor(mixed).row(("totals", "all"))["target_level"] is None  # type: ignore[index]  # it is there
