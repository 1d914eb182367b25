"""The live line: what flows ask for, caps, queues that send on, known customers, changes while calls wait."""

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import pytest

from contact_center.agents.presence import OnCall, Reserved
from contact_center.cti import events as cti
from contact_center.customers.history import Interaction
from contact_center.customers.pop import Pop
from contact_center.customers.record import Customer
from contact_center.ivr.calendar import Calendar
from contact_center.loyalty.treatment import Treatment
from contact_center.runtime.directory import AgentProfile, Directory, QueueSettings
from contact_center.runtime.errors import Conflict, NotFound
from contact_center.runtime.requirements import Need
from contact_center.switchboard.favouring import callback_after_s
from contact_center.switchboard.reshaping import Reshaping
from contact_center.telephony.media import acts
from tests.support import run_apart
from tests.treated import treated
from tests.world import DIRECTORY, Strangers, World

FLOW = """
title: Straight into the queue
numbers: ["8000"]
languages: [en]
start: wait
prompts: {}
nodes:
  wait:
    kind: queue
    queue: billing
    needs: billing>=2 and (english>=5 or mandarin>=3)
    relax: {"30": "billing>=1"}
    overflow: sorry
  sorry: {kind: hangup, reason: too many}
"""
PLAIN = FLOW.replace(
    "    needs: billing>=2 and (english>=5 or mandarin>=3)\n", "    skills: {billing: 1}\n"
).replace('    relax: {"30": "billing>=1"}\n', "")

GREETING = PLAIN.replace("start: wait", "start: hello").replace(
    "nodes:", "nodes:\n  hello: {kind: say, say: [{text: {en: Hello}}], next: wait}"
)

E = TypeVar("E")
P = ParamSpec("P")


def apart(story: Callable[P, Coroutine[Any, Any, None]]) -> Callable[P, None]:
    """On a loop of its own: a core that is killed takes all tasks with it."""

    @wraps(story)
    def told(*args: P.args, **kwargs: P.kwargs) -> None:
        run_apart(story(*args, **kwargs))

    return told


class Shelf:
    """Stores into the world."""

    def __init__(self, world: World) -> None:
        self.world = world

    async def change_queue(self, queue: str, settings: Mapping[str, Any]) -> Directory:
        changed = replace(self.world.directory.queues[queue], **settings)
        queues = {**self.world.directory.queues, queue: changed}
        self.world.directory = replace(self.world.directory, queues=queues)
        return self.world.directory

    async def change_skills(self, agent: str, skills: Mapping[str, int]) -> Directory:
        profile = replace(self.world.directory.agents[agent], skills=dict(skills))
        agents = {**self.world.directory.agents, agent: profile}
        self.world.directory = replace(self.world.directory, agents=agents)
        return self.world.directory


class Known(Strangers):
    """Everybody who calls is this customer."""

    def __init__(self, pop: Pop) -> None:
        self.found = pop

    async def pop(self, raw_number: str) -> Pop:
        return self.found


OTHER = """
title: Straight into the other queue
numbers: ["8001"]
languages: [en]
start: wait
prompts: {}
nodes:
  wait:
    kind: queue
    queue: technical
    needs: technical>=2 or billing>=4
    relax: {"30": "billing>=1"}
    overflow: sorry
  sorry: {kind: hangup, reason: too many}
"""


async def floor(
    folder: Path, flow: str = PLAIN, pop: Pop | None = None, also: str = "", **billing: Any
) -> World:
    flows = folder / "flows"
    flows.mkdir()
    if also:
        (flows / "also.yaml").write_text(also, "utf-8")
    (flows / "straight.yaml").write_text(flow, "utf-8")
    world = World(folder, flows)
    queue = replace(DIRECTORY.queues["billing"], recording=False, recording_notice="", **billing)
    agents = {**DIRECTORY.agents, "dee": AgentProfile(id="dee", name="Dee", team="t", skills={"billing": 1})}
    skills = ("billing", "technical", "english", "mandarin", "keep")
    world.directory = replace(
        DIRECTORY, agents=agents, skills=skills, queues={**DIRECTORY.queues, "billing": queue}
    )
    if pop is not None:
        world.records = Known(pop)
    await world.core_up()
    return world


async def ready(world: World, *agents: str) -> None:
    for agent in agents:
        await world.desk.log_on(agent)
        await world.attach(agent)
        await world.desk.choose_status(agent, "ready")
        await world.settle()


def with_whom(world: World, conversation: str) -> str | None:
    """The agent who is offered the call or has it."""
    session = world.board.sessions.get(conversation)
    if session is None:
        return None
    return session.offer.agent if session.offer is not None else session.agent


async def accept(world: World, agent: str) -> None:
    activity = world.board.presence_of(agent).activity
    assert isinstance(activity, Reserved), activity
    await world.desk.accept(agent, activity.offer)
    await world.settle()


def events(world: World, kind: type[E]) -> list[E]:
    return [event for event in world.events() if isinstance(event, kind)]


@apart
async def test_a_requirement_with_or_relaxes_after_its_time(tmp_path: Path) -> None:
    world = await floor(tmp_path, FLOW)
    await ready(world, "bo", "dee")
    call = await world.calls_in()
    assert with_whom(world, call) is None, "neither has what is needed"
    waiting = world.board.sessions[call].waiting
    assert waiting is not None
    assert (waiting.skills, waiting.alternatives) == (
        {"billing": 2, "english": 5},
        ({"billing": 2, "mandarin": 3},),
    )
    await world.passes(29)
    assert with_whom(world, call) is None
    await world.passes(2)
    assert with_whom(world, call) in ("bo", "dee")
    await world.kill_core()


@apart
async def test_a_cap_holds_until_a_talk_is_over_and_through_a_restart(tmp_path: Path) -> None:
    world = await floor(tmp_path, cap=1, wrap_up_mode="optional_timed", wrap_up_s=600)
    await ready(world, "anna", "bo")
    first, second = await world.calls_in(), await world.calls_in()
    (agent,) = (name for name in ("anna", "bo") if with_whom(world, first) == name)
    await accept(world, agent)
    assert with_whom(world, second) is None, "a second conversation in a queue with a cap of one"
    await world.kill_core()
    await world.core_up()
    await world.passes(5)
    assert isinstance(world.board.presence_of(agent).activity, OnCall)
    assert with_whom(world, second) is None, "the restart forgot who talks"
    world.happens(first, acts.WentDown(leg="caller", code=200, reason=""))
    await world.settle()
    assert with_whom(world, second) == ({"anna", "bo"} - {agent}).pop(), "wrap-up does not count"
    await world.kill_core()


@apart
async def test_a_full_queue_sends_on_to_the_other_queue(tmp_path: Path) -> None:
    world = await floor(tmp_path, overflow_to="technical", overflow_length=1)
    first, second = await world.calls_in(), await world.calls_in()
    sessions = world.board.sessions
    assert (sessions[first].queue, sessions[second].queue) == ("billing", "technical")
    (sent,) = events(world, cti.Diverted)
    assert (sent.contact, sent.queue, sent.to, sent.why) == (
        sessions[second].contact,
        "billing",
        "technical",
        "length",
    )
    queued = [e for e in events(world, cti.Queued) if e.contact == sessions[second].contact]
    assert [(e.queue, e.requeued) for e in queued] == [("billing", False), ("technical", True)]
    await ready(world, "carl")
    assert with_whom(world, second) == "carl", "he has what the other queue needs"
    await world.kill_core()


@apart
async def test_after_so_long_a_queue_gives_the_contact_back_to_its_flow(tmp_path: Path) -> None:
    world = await floor(tmp_path, overflow_wait_s=45.0)
    call = await world.calls_in()
    await world.passes(44)
    assert world.board.sessions[call].waiting is not None
    await world.passes(2)
    (end,) = events(world, cti.ContactEnded)
    assert end.outcome == "ended_in_flow"
    await world.kill_core()


@apart
async def test_where_no_way_leads_out_a_contact_waits_on(tmp_path: Path) -> None:
    flow = PLAIN.replace("    overflow: sorry\n", "    leave_key: '1'\n    left: sorry\n")
    world = await floor(tmp_path, flow, closed=True)
    call = await world.calls_in()
    assert world.board.sessions[call].waiting is not None
    await ready(world, "anna")
    assert with_whom(world, call) == "anna"
    await world.kill_core()


def customer(treatment: Treatment | None = None, agent: str = "bo", own: str | None = None) -> Pop:
    met = Interaction(contact="old", seq=1, started_at=1.0, agent=agent)
    record = Customer(id="c1", name="Mei", preferred_agent=own)
    return Pop(matches=(record,), customer=record, interactions=(met,), treatment=treatment)


GOLD = treated(
    "gold", head_start_s=90, target_s=10, choice="named", sticky_s=30, overflow_s=20, callback_after_s=30
)


@apart
@pytest.mark.parametrize(
    ("sticky", "own", "agent"), [("last", "anna", "bo"), ("named", "anna", "anna"), ("named", None, "bo")]
)
async def test_a_known_customer_gets_whom_he_knows(
    tmp_path: Path, sticky: str, own: str | None, agent: str
) -> None:
    world = await floor(tmp_path, GREETING, pop=customer(own=own), sticky=sticky, sticky_s=10.0)
    await ready(world, "dee", "anna", "bo")
    call = await greeted(world)
    assert with_whom(world, call) == agent, "dee has been idle longest"
    await world.kill_core()


@apart
async def test_whom_he_knows_is_waited_for_and_then_anybody_does(tmp_path: Path) -> None:
    world = await floor(tmp_path, GREETING, pop=customer(), sticky="last", sticky_s=10.0)
    await ready(world, "bo")
    busy = await greeted(world)
    await accept(world, "bo")
    await ready(world, "dee")
    call = await greeted(world)
    assert with_whom(world, call) is None
    await world.passes(11)
    assert with_whom(world, call) == "dee"
    assert with_whom(world, busy) == "bo"
    await world.kill_core()


async def greeted(world: World) -> str:
    """A call that comes to its queue after a word of greeting."""
    call = await world.calls_in()
    play = world.ears[call, "caller"]
    world.happens(call, acts.PlayedOut(leg="caller", play=play.play))
    await world.settle()
    return call


@apart
async def test_a_customers_value_acts_where_the_queue_lets_it(tmp_path: Path) -> None:
    world = await floor(tmp_path, pop=customer(GOLD), tiering=True)
    call = await world.calls_in()
    waiting = world.board.distribution.waiting(world.board.sessions[call].contact)
    assert waiting is not None
    assert (waiting.tier, waiting.head_start_s, waiting.target_s) == ("gold", 90, 10)
    assert callback_after_s(world.board, waiting.contact, "billing") == 30
    assert world.board.sessions[call].waiting == waiting, "it is kept with the call"
    await world.kill_core()
    await world.core_up()
    again = world.board.distribution.waiting(world.board.sessions[call].contact)
    assert again == waiting, "a restart forgets nobody's place"
    await world.kill_core()


@apart
@pytest.mark.parametrize(
    ("tiering", "off"), [(False, frozenset[str]()), (True, frozenset({"billing"}))], ids=["queue", "policy"]
)
async def test_it_does_not_where_tiering_is_off(tmp_path: Path, tiering: bool, off: frozenset[str]) -> None:
    world = await floor(tmp_path, pop=customer(replace(GOLD, tiering_off=off)), tiering=tiering)
    call = await world.calls_in()
    waiting = world.board.distribution.waiting(world.board.sessions[call].contact)
    assert waiting is not None
    assert (waiting.tier, waiting.head_start_s, waiting.target_s, waiting.wish) == ("", 0, None, None)
    assert callback_after_s(world.board, waiting.contact, "billing") is None
    await world.kill_core()


@apart
async def test_who_may_be_leaving_meets_somebody_who_keeps_customers_first(tmp_path: Path) -> None:
    leaving = customer(replace(GOLD, retain=True, choice="skill"))
    world = await floor(tmp_path, pop=leaving, tiering=True, retention_skill="keep")
    await Reshaping(world.board, Shelf(world)).change_skills("sue", "bo", {"billing": 1, "keep": 2})
    await ready(world, "bo")
    busy = await world.calls_in()
    await accept(world, "bo")
    call = await world.calls_in()
    await ready(world, "dee")
    assert with_whom(world, call) is None, "for a while only the one who keeps customers will do"
    await world.passes(21)
    assert with_whom(world, call) == "dee"
    assert with_whom(world, busy) == "bo"
    await world.kill_core()


@apart
async def test_no_agent_is_waited_for_beyond_the_tiers_overflow(tmp_path: Path) -> None:
    world = await floor(tmp_path, GREETING, pop=customer(GOLD), tiering=True)
    await ready(world, "bo")
    await greeted(world)
    await accept(world, "bo")
    await ready(world, "dee")
    call = await greeted(world)
    await world.passes(19)
    assert with_whom(world, call) is None, "the agent he knows is waited for"
    await world.passes(2)
    assert with_whom(world, call) == "dee", "not the 30 s of the wish: after 20 s anybody qualified will do"
    await world.kill_core()


@apart
async def test_a_queue_that_sends_on_asks_all_that_the_other_queue_needs(tmp_path: Path) -> None:
    world = await floor(tmp_path, also=OTHER, overflow_to="technical", overflow_length=0)
    call = await world.calls_in()
    waiting = world.board.sessions[call].waiting
    assert waiting is not None
    need = Need(ways=({"billing": 4}, {"technical": 2}), relaxed=((30.0, ({"billing": 1},)),))
    assert (waiting.queue, waiting.need) == ("technical", need)
    (queued,) = [e for e in events(world, cti.Queued) if e.queue == "technical"]
    assert (queued.alternatives, queued.relaxed) == (need.ways[1:], need.relaxed)
    await ready(world, "dee")
    assert with_whom(world, call) is None
    await world.passes(31)
    assert with_whom(world, call) == "dee", "by the second way, once it asks less"
    await world.kill_core()


WEEKDAYS = Calendar(zone="UTC", offsets=((0.0, 0),), weekly=(((0, 60),),) * 7)
"""Open in the first hour of each day; a world begins at 1 000 s."""


@apart
async def test_a_queue_opens_and_closes_by_its_hours(tmp_path: Path) -> None:
    world = await floor(tmp_path, overflow_to="technical", hours="early")
    world.book.calendars["early"] = WEEKDAYS
    await world.kill_core()
    await world.core_up()
    before = await world.calls_in()
    assert world.board.sessions[before].queue == "billing"
    await world.passes(3600 - 1000 - 1)
    last = await world.calls_in()
    assert world.board.sessions[last].queue == "billing"
    await world.passes(2)
    late = await world.calls_in()
    assert world.board.sessions[late].queue == "technical"
    (sent,) = events(world, cti.Diverted)
    assert (sent.to, sent.why) == ("technical", "closed")
    assert world.board.sessions[before].queue == "billing", "who waits when it closes waits on"
    reshaping = Reshaping(world.board, Shelf(world))
    with pytest.raises(NotFound):
        await reshaping.change_queue("sue", "billing", {"hours": "none"})
    await reshaping.change_queue("sue", "billing", {"hours": ""})
    at_once = await world.calls_in()
    assert world.board.sessions[at_once].queue == "billing"
    await reshaping.change_queue("sue", "billing", {"hours": "early"})
    shut = await world.calls_in()
    assert world.board.sessions[shut].queue == "technical", "in force at once"
    await world.passes(86_400 - 3_600)
    opened = await world.calls_in()
    assert world.board.sessions[opened].queue == "billing", "it opened by itself"
    world.book.calendars["early"] = replace(WEEKDAYS, holidays=frozenset({1}))
    world.board.opening.calendars_changed()
    assert world.board.sessions[await world.calls_in()].queue == "technical", "a holiday from now on"
    await world.kill_core()


@apart
async def test_changes_act_at_once_are_told_and_survive_a_restart(tmp_path: Path) -> None:
    world = await floor(tmp_path)
    reshaping = Reshaping(world.board, Shelf(world), (world.floor.take_directory, world.desks.take_directory))
    await ready(world, "carl")
    call = await world.calls_in()
    assert with_whom(world, call) is None, "carl knows nothing of billing"
    await reshaping.change_skills("sue", "carl", {"billing": 3})
    await world.settle()
    assert with_whom(world, call) == "carl"
    changed = await reshaping.change_queue("sue", "billing", {"routing": "fair", "cap": 2})
    assert (changed.routing, changed.cap) == ("fair", 2)
    (told,) = events(world, cti.QueueRoutingChanged)
    assert (told.by, told.changed) == ("sue", {"routing": "fair", "cap": "2"})
    (skills,) = events(world, cti.AgentSkillsChanged)
    assert (skills.agent, skills.skills) == ("carl", {"billing": 3})
    await reshaping.change_queue("sue", "billing", {"cap": 2})
    assert len(events(world, cti.QueueRoutingChanged)) == 1, "what changes nothing is not told"
    await world.kill_core()
    await world.core_up()
    assert world.board.directory.queues["billing"].cap == 2
    await world.kill_core()


@apart
async def test_what_cannot_be_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    world = await floor(tmp_path)
    reshaping = Reshaping(world.board, Shelf(world))
    for queue, settings in (
        ("none", {"cap": 1}),
        ("billing", {"overflow_to": "none"}),
        ("billing", {"retention_skill": "x"}),
    ):
        with pytest.raises(NotFound):
            await reshaping.change_queue("sue", queue, settings)
    with pytest.raises(Conflict):
        await reshaping.change_queue("sue", "billing", {"overflow_to": "billing"})
    for agent, skills in (("none", {}), ("anna", {"juggling": 3})):
        with pytest.raises(NotFound):
            await reshaping.change_skills("sue", agent, skills)
    assert world.directory.queues["billing"].overflow_to == ""
    assert isinstance(world.directory.queues["billing"], QueueSettings)
    await world.kill_core()
