"""blind/attended × agent/queue/outside × what then happens, in memory: nobody is dropped, nothing is left.

The same cells on real SIP legs are in `tests/e2e/test_transfers.py`. Anna has a customer of the billing queue
and sends him on to Bo, to the technical queue (Carl), or to an outside number.
"""

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest

from contact_center.agents import presence as presences
from contact_center.agents.presence import Reserved
from contact_center.cti import events as cti
from contact_center.cti.view import Row
from contact_center.customers.history import Interaction, fold
from contact_center.ivr.library import Library, queue_needs, shipped_flows
from contact_center.runtime.errors import Conflict, NotFound
from contact_center.switchboard import line
from contact_center.switchboard.roles import EdgeTrunks, RoleLink, RoleLinks
from contact_center.switchboard.session import Session, Target
from contact_center.switchboard.taping import NOTICE_PLAY
from contact_center.telephony import wire
from contact_center.telephony.media import acts
from tests.support import run_apart
from tests.world import World

NUMBER = "+4930111222"
TARGETS = {
    "agent": Target(kind="agent", name="bo"),
    "queue": Target(kind="queue", name="technical"),
    "outside": Target(kind="number", name=NUMBER),
}
WHO = {"agent": "bo", "queue": "carl"}
"""The agent behind each kind of target."""


class Scene:
    """Anna talks with the customer `v1`; Bo and Carl are ready."""

    def __init__(self, world: World, kind: str) -> None:
        self.world, self.kind = world, kind
        self.contact = ""

    async def begin(self) -> None:
        world = self.world
        await self.ready("anna")
        await world.calls_in()
        for key in "11":
            await self.prompt_over()
            world.happens("v1", acts.Keyed(leg="caller", digit=key))
            await world.settle()
        await self.prompt_over()
        await self.accepts("anna")
        await self.ready("bo")
        await self.ready("carl")
        self.contact = self.session.contact
        assert self.state("anna") == "talking"
        assert self.hears("caller") == {"agent-1"}

    async def prompt_over(self) -> None:
        await self.world.passes(1.0)
        play = self.world.ears.get(("v1", "caller"))
        if play is not None and not play.loop:
            self.world.ears.pop(("v1", "caller"))
            self.world.happens("v1", acts.PlayedOut(leg="caller", play=play.play))
        await self.world.settle()

    async def ready(self, agent: str) -> None:
        await self.world.desk.log_on(agent)
        await self.world.attach(agent)
        await self.world.desk.choose_status(agent, "ready")
        await self.world.settle()

    async def accepts(self, agent: str) -> None:
        activity = self.world.board.presence_of(agent).activity
        assert isinstance(activity, Reserved), activity
        await self.world.desk.accept(agent, activity.offer)
        await self.world.settle()

    # -- what is seen ----------------------------------------------------------------------------------

    @property
    def session(self) -> Session:
        return self.world.board.sessions["v1"]

    def state(self, agent: str) -> str:
        return presences.shown(self.world.board.presence_of(agent))

    def hears(self, leg: str) -> set[str]:
        """The legs and files in this leg's ear."""
        voices = {mouth for ear, mouth in self.world.mixes.get("v1", frozenset()) if ear == leg}
        play = self.world.ears.get(("v1", leg))
        return voices | ({play.files[0]} if play and play.play != NOTICE_PLAY else set())

    def leg(self, who: str) -> str:
        """The leg of an agent or of the outside number."""
        legs = self.session.call.legs.values()
        return next(leg.leg for leg in legs if who in (leg.agent, leg.number) and not leg.ended_for)

    def on_the_desk(self, agent: str) -> Row:
        """The call on an agent's desk, as the feed has it."""
        row = self.world.desks.row(("desks", agent))
        assert row is not None
        return dict(row["call"])

    def events(self, kind: type) -> list[cti.CtiEvent]:
        return [event for event in self.world.events() if isinstance(event, kind)]

    async def interaction(self) -> Interaction:
        await self.world.log.store_rest()
        mine = [e for e in self.world.shelf.events if cti.contact_of(e.event) == self.contact]
        return fold(mine)

    # -- what people do --------------------------------------------------------------------------------

    async def sends(self, way: str) -> None:
        how: Literal["blind", "attended"] = "blind" if way == "blind" else "attended"
        await self.world.desk.transfer("anna", self.contact, TARGETS[self.kind], how)
        await self.world.settle()

    async def target_answers(self) -> str:
        """The target takes it; the name of its leg."""
        if self.kind in WHO:
            await self.accepts(WHO[self.kind])
            return self.leg(WHO[self.kind])
        leg = self.leg(NUMBER)
        self.world.picked_up("v1", leg)
        await self.world.settle()
        return leg

    async def target_rejects(self) -> None:
        if self.kind in WHO:
            activity = self.world.board.presence_of(WHO[self.kind]).activity
            assert isinstance(activity, Reserved)
            await self.world.desk.reject(WHO[self.kind], activity.offer)
        else:
            self.world.happens("v1", acts.WentDown(leg=self.leg(NUMBER), code=486, reason="busy"))
        await self.world.settle()

    async def target_lets_it_ring(self) -> None:
        await self.world.passes(31.0 if self.kind == "outside" else 16.0)

    async def hangs_up(self, leg: str) -> None:
        self.world.happens("v1", acts.WentDown(leg=leg, code=200, reason=""))
        await self.world.settle()

    async def act(self, name: str) -> None:
        await getattr(self.world.desk, f"consult_{name}")("anna", self.contact)
        await self.world.settle()


@asynccontextmanager
async def scene(kind: str) -> AsyncIterator[Scene]:
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder))
        await world.core_up()
        made = Scene(world, kind)
        await made.begin()
        yield made
        await ends_well(made)


async def ends_well(scene: Scene) -> None:
    """The customer hangs up: one contact, one end, every segment closed, nobody and no leg left."""
    world = scene.world
    if "v1" in world.conversations:
        await scene.hangs_up("caller")
    await world.passes(100.0)
    assert not world.conversations
    assert not world.board.sessions
    assert not world.floor.contacts
    assert len(scene.events(cti.ContactEnded)) == 1
    kept = await scene.interaction()
    assert kept.ended_at is not None
    assert all(segment.ended is not None for segment in kept.segments)
    assert kept.segments[0].agent == "anna"
    for agent in ("anna", "bo", "carl"):
        assert scene.state(agent) in ("ready", "not_ready")
    with pytest.raises(Conflict):
        await world.desk.hang_up("anna", scene.contact)


CELLS = [(way, kind) for way in ("blind", "attended") for kind in TARGETS]


async def _answered(way: str, kind: str) -> None:
    async with scene(kind) as cell:
        await cell.sends(way)
        assert "music" in cell.hears("caller") or "ringing" in cell.hears("caller")
        assert cell.state("anna") == ("ready" if way == "blind" else "held")
        if way == "attended" and kind != "queue":
            assert cell.hears("agent-1") == {"ringing"}
        leg = await cell.target_answers()
        if way == "attended":
            assert cell.hears("caller") == {"music"}
            assert (cell.hears("agent-1"), cell.hears(leg)) == ({leg}, {"agent-1"})
            await cell.act("complete")
        assert (cell.hears("caller"), cell.hears(leg)) == ({leg}, {"caller"})
        assert cell.state("anna") == "ready"
        if kind in WHO:
            assert cell.state(WHO[kind]) == "talking"
            assert cell.session.agent == WHO[kind]
        (transferred,) = cell.events(cti.Transferred)
        assert isinstance(transferred, cti.Transferred)
        assert (transferred.agent, transferred.way) == ("anna", way)
        await cell.world.passes(7.0)
        kept = await cell.interaction()
        assert [(s.agent, s.number, s.ended) for s in kept.segments] == [
            ("anna", "", "transferred"),
            (WHO.get(kind), "" if kind in WHO else NUMBER, None),
        ]
        await cell.hangs_up(leg)
        if kind == "outside":
            assert not cell.session.agent


@pytest.mark.parametrize(("way", "kind"), CELLS)
def test_the_target_answers(way: str, kind: str) -> None:
    run_apart(_answered(way, kind))


async def _not_taken(way: str, kind: str, how: str) -> None:
    async with scene(kind) as cell:
        await cell.sends(way)
        await (cell.target_rejects() if how == "reject" else cell.target_lets_it_ring())
        if kind in WHO:
            assert cell.state(WHO[kind]) == "not_ready"
        if way == "attended" and kind != "queue":
            assert (cell.hears("caller"), cell.hears("agent-1")) == ({"agent-1"}, {"caller"})
            assert cell.state("anna") == "talking"
            return
        if way == "attended":  # the next one of the queue would be asked; Anna takes the question back
            await cell.act("cancel")
            assert cell.hears("caller") == {"agent-1"}
            return
        if kind == "queue":  # waits on, first in the line
            assert cell.state("anna") in ("ready", "reserved")
            await cell.world.desk.log_on("carl")
            if cell.state("anna") == "ready":
                await cell.world.desk.choose_status("carl", "ready")
                await cell.world.settle()
                await cell.accepts("carl")
                assert cell.hears("caller") == {cell.leg("carl")}
            return
        assert cell.hears("caller") == {"music"}
        assert cell.state("anna") == "reserved"  # it is back with her
        await cell.accepts("anna")
        assert cell.hears("caller") == {cell.leg("anna")}
        again = [e for e in cell.events(cti.Established) if isinstance(e, cti.Established) and e.again]
        assert [e.agent for e in again] == ["anna"]


@pytest.mark.parametrize("how", ["reject", "no answer"])
@pytest.mark.parametrize(("way", "kind"), CELLS)
def test_the_target_does_not_take_it(way: str, kind: str, how: str) -> None:
    run_apart(_not_taken(way, kind, how))


async def _told_to_who_asked(kind: str) -> None:
    async with scene(kind) as cell:
        await cell.sends("attended")
        await cell.target_rejects()
        ended = cell.on_the_desk("anna")["consult_ended"]
        why = "486" if kind == "outside" else "rejected"
        target = TARGETS[kind]
        assert ended == {"by": "anna", "to": target.kind, "target": target.name, "why": why}
        if kind == "agent":
            await cell.ready("bo")
        await cell.sends("attended")
        assert cell.on_the_desk("anna")["consult_ended"] is None
        await cell.act("cancel")
        assert cell.on_the_desk("anna")["consult_ended"] is None


@pytest.mark.parametrize("kind", ["agent", "outside"])
def test_who_asked_is_told_that_nobody_took_it_until_he_asks_again(kind: str) -> None:
    run_apart(_told_to_who_asked(kind))


async def _caller_leaves(way: str, kind: str, when: str) -> None:
    async with scene(kind) as cell:
        await cell.sends(way)
        if when == "answered":
            await cell.target_answers()
        await cell.hangs_up("caller")
        assert not cell.world.conversations
        assert cell.state("anna") == "ready"
        if kind in WHO:
            assert cell.state(WHO[kind]) in ("ready", "wrap_up")
        ended = cell.events(cti.ContactEnded)[0]
        assert isinstance(ended, cti.ContactEnded)
        expected = "abandoned" if (way, kind, when) == ("blind", "queue", "ringing") else "handled"
        assert ended.outcome == expected


@pytest.mark.parametrize("when", ["ringing", "answered"])
@pytest.mark.parametrize(("way", "kind"), CELLS)
def test_the_customer_hangs_up_in_between(way: str, kind: str, when: str) -> None:
    run_apart(_caller_leaves(way, kind, when))


async def _agent_leaves(kind: str, when: str) -> None:
    async with scene(kind) as cell:
        await cell.sends("attended")
        leg = await cell.target_answers() if when == "answered" else ""
        await cell.hangs_up("agent-1")
        assert cell.state("anna") == "ready"
        if when == "ringing":
            assert "caller" in cell.session.call.legs
            assert cell.hears("caller") <= {"music", "ringing"}
            assert cell.hears("caller")
            leg = await cell.target_answers()
        assert (cell.hears("caller"), cell.hears(leg)) == ({leg}, {"caller"})


@pytest.mark.parametrize("when", ["ringing", "answered"])
@pytest.mark.parametrize("kind", TARGETS)
def test_the_agents_phone_ends_while_he_asks_and_nobody_is_dropped(kind: str, when: str) -> None:
    run_apart(_agent_leaves(kind, when))


async def _target_leaves(kind: str) -> None:
    async with scene(kind) as cell:
        await cell.sends("attended")
        leg = await cell.target_answers()
        await cell.hangs_up(leg)
        assert (cell.hears("caller"), cell.hears("agent-1")) == ({"agent-1"}, {"caller"})
        assert cell.state("anna") == "talking"
        if kind in WHO:
            assert cell.state(WHO[kind]) == "ready"


@pytest.mark.parametrize("kind", TARGETS)
def test_who_was_asked_hangs_up_and_agent_and_customer_talk_again(kind: str) -> None:
    run_apart(_target_leaves(kind))


async def _toggle_and_conference(kind: str) -> None:
    async with scene(kind) as cell:
        await cell.sends("attended")
        leg = await cell.target_answers()
        await cell.act("swap")
        assert (cell.hears("caller"), cell.hears("agent-1"), cell.hears(leg)) == (
            {"agent-1"},
            {"caller"},
            {"music"},
        )
        await cell.act("swap")
        assert (cell.hears("caller"), cell.hears(leg)) == ({"music"}, {"agent-1"})
        await cell.act("conference")
        assert cell.hears("caller") == {"agent-1", leg}
        assert cell.hears("agent-1") == {"caller", leg}
        assert cell.hears(leg) == {"caller", "agent-1"}
        await cell.world.desk.mute("anna", cell.contact, on=True)
        await cell.world.settle()
        assert (cell.hears("caller"), cell.hears(leg)) == ({leg}, {"caller"})
        await cell.world.desk.hang_up("anna", cell.contact)
        await cell.world.settle()
        assert (cell.hears("caller"), cell.hears(leg)) == ({leg}, {"caller"})
        kept = await cell.interaction()
        assert len(kept.segments) == 2


@pytest.mark.parametrize("kind", TARGETS)
def test_toggle_then_all_together_then_the_first_agent_leaves(kind: str) -> None:
    run_apart(_toggle_and_conference(kind))


async def _back_out(kind: str, when: str) -> None:
    async with scene(kind) as cell:
        await cell.sends("attended")
        if when == "answered":
            await cell.target_answers()
        await cell.act("cancel")
        assert (cell.hears("caller"), cell.hears("agent-1")) == ({"agent-1"}, {"caller"})
        assert len(cell.session.call.legs) == 2
        assert (cell.state("anna"), cell.state("bo"), cell.state("carl")) == ("talking", "ready", "ready")


@pytest.mark.parametrize("when", ["ringing", "answered"])
@pytest.mark.parametrize("kind", TARGETS)
def test_the_question_is_taken_back(kind: str, when: str) -> None:
    run_apart(_back_out(kind, when))


async def _semi_attended(kind: str) -> None:
    async with scene(kind) as cell:
        await cell.sends("attended")
        await cell.act("complete")
        assert cell.state("anna") == "ready"
        leg = await cell.target_answers()
        assert (cell.hears("caller"), cell.hears(leg)) == ({leg}, {"caller"})


@pytest.mark.parametrize("kind", TARGETS)
def test_completing_before_the_answer_is_a_blind_transfer(kind: str) -> None:
    run_apart(_semi_attended(kind))


async def _nobody_wants_him() -> None:
    async with scene("agent") as cell:
        await cell.sends("blind")
        await cell.world.desk.choose_status("anna", "lunch")
        await cell.target_rejects()
        assert cell.session.waiting is not None
        assert cell.session.waiting.queue == "billing"
        assert cell.session.waiting.returned == 1
        (failed,) = cell.events(cti.TransferFailed)
        assert isinstance(failed, cti.TransferFailed)
        assert (failed.back_to, failed.target) == ("queue", "billing")
        await cell.ready("bo")
        await cell.accepts("bo")
        assert cell.hears("caller") == {cell.leg("bo")}


def test_when_the_sender_is_not_free_the_customer_is_first_in_his_queue_again() -> None:
    run_apart(_nobody_wants_him())


async def _returned_and_missed() -> None:
    async with scene("agent") as cell:
        await cell.sends("blind")
        await cell.target_rejects()
        await cell.world.passes(16.0)
        assert cell.state("anna") == "not_ready"
        assert cell.session.waiting is not None
        assert (cell.session.waiting.direct, cell.session.waiting.queue) == (None, "billing")


def test_the_sender_who_lets_it_ring_leaves_the_customer_first_in_his_queue() -> None:
    run_apart(_returned_and_missed())


async def _to_a_flow() -> None:
    async with scene("queue") as cell:
        await cell.world.desk.transfer("anna", cell.contact, Target(kind="flow", name="main_menu"), "blind")
        await cell.world.settle()
        assert cell.state("anna") == "ready"
        entered = cell.events(cti.FlowEntered)
        assert len(entered) == 2
        assert cell.hears("caller")
        assert not cell.hears("caller") & {"music", "ringing", "agent-1"}


def test_to_a_flow_the_customer_enters_it_anew() -> None:
    run_apart(_to_a_flow())


async def _refused() -> None:
    async with scene("agent") as cell:
        desk, contact = cell.world.desk, cell.contact
        for target, why in (
            (Target(kind="agent", name="anna"), Conflict),
            (Target(kind="agent", name="nobody"), NotFound),
            (Target(kind="queue", name="nowhere"), NotFound),
            (Target(kind="flow", name="nothing"), NotFound),
            (Target(kind="number", name="911"), Conflict),
        ):
            for how in ("blind", "attended"):
                with pytest.raises(why):
                    await desk.transfer("anna", contact, target, "blind" if how == "blind" else "attended")
        with pytest.raises(Conflict):
            await desk.transfer("bo", contact, TARGETS["queue"], "blind")
        with pytest.raises(Conflict):
            await desk.consult_complete("anna", contact)
        await cell.world.desk.choose_status("bo", "lunch")
        with pytest.raises(Conflict):
            await desk.transfer("anna", contact, TARGETS["agent"], "blind")
        assert cell.hears("caller") == {"agent-1"}
        targets = [(each.kind, each.id, each.ready) for each in desk.transfer_targets("anna")]
        assert targets[:2] == [("agent", "carl", True), ("agent", "bo", False)]
        kinds = [kind for kind, _, _ in targets]
        assert kinds == sorted(kinds, key=["agent", "queue", "flow"].index)
        assert ("flow", "main_menu", True) in targets


def test_what_cannot_be_done_changes_nothing() -> None:
    run_apart(_refused())


async def _keys() -> None:
    async with scene("outside") as cell:
        await cell.world.desk.press("anna", cell.contact, "12#")
        await cell.sends("attended")
        leg = await cell.target_answers()
        await cell.world.desk.press("anna", cell.contact, "9")
        await cell.world.settle()
        assert cell.world.pressed == [("v1", "caller", "12#"), ("v1", leg, "9")]
        with pytest.raises(NotFound):
            await cell.world.desk.press("anna", cell.contact, "x")


def test_keys_go_to_whoever_hears_the_agent() -> None:
    run_apart(_keys())


async def _referred() -> None:
    async with scene("agent") as cell:
        world = cell.world
        world.happens("v1", acts.AskedToRefer(leg="agent-1", target="anna"))
        await world.settle()
        assert cell.hears("caller") == {"agent-1"}
        world.happens("v1", acts.AskedToRefer(leg="caller", target="bo"))
        await world.settle()
        assert cell.hears("caller") == {"agent-1"}
        world.happens("v1", acts.AskedToRefer(leg="agent-1", target="bo"))
        await world.settle()
        await cell.accepts("bo")
        assert cell.hears("caller") == {cell.leg("bo")}
        assert cell.state("anna") == "ready"


def test_refer_of_a_desk_phone_is_a_blind_transfer_and_of_a_caller_is_not() -> None:
    run_apart(_referred())


async def _core_dies(way: str, kind: str, when: str) -> None:
    async with scene(kind) as cell:
        await cell.sends(way)
        if when == "answered":
            await cell.target_answers()
        heard = cell.hears("caller")
        await cell.world.kill_core()
        await cell.world.core_up()
        assert cell.hears("caller") == heard
        leg = cell.leg(WHO.get(kind, NUMBER)) if when == "answered" else await cell.target_answers()
        if way == "attended":
            await cell.act("complete")
        assert (cell.hears("caller"), cell.hears(leg)) == ({leg}, {"caller"})


@pytest.mark.parametrize("when", ["ringing", "answered"])
@pytest.mark.parametrize(("way", "kind"), CELLS)
def test_the_core_is_killed_in_between_and_the_transfer_goes_on(way: str, kind: str, when: str) -> None:
    run_apart(_core_dies(way, kind, when))


async def _offered_before_the_answer_was_told() -> None:
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder))
        await world.core_up()
        cell = Scene(world, "agent")
        await cell.ready("anna")
        await world.calls_in()
        session = cell.session
        before = replace(
            session.call, legs={"caller": replace(session.call.legs["caller"], state="arriving")}
        )
        world.board.sessions["v1"] = replace(session, call=before, identified=True)
        with world.board.stroke() as stroke:
            line.enqueue(world.board, stroke, "v1", "billing", {"billing": 1}, 0)
        assert cell.state("anna") == "reserved"
        assert "agent-1" not in cell.session.call.legs
        with world.board.stroke() as stroke:
            world.board.call(stroke, "v1", wire.Answered(at=world.now, leg="caller"))
        assert "agent-1" in cell.session.call.legs


def test_an_agent_offered_before_the_callers_answer_is_told_rings_then() -> None:
    run_apart(_offered_before_the_answer_was_told())


def test_outside_numbers_are_reached_through_the_edge_and_nothing_else_is_a_number() -> None:
    links = RoleLinks()
    trunks = EdgeTrunks(links)
    assert trunks.target(NUMBER) is None
    edge = RoleLink(links)
    edge.role, edge.details = "edge", {"sip": "127.0.0.1:5070"}
    links.links.append(edge)
    assert trunks.target(NUMBER) == f"sip:{NUMBER}@trunk.invalid?Route=%3Csip:127.0.0.1:5070%3Blr%3E"
    assert [trunks.target(bad) for bad in ("", "a@b", "1;x=y", "12 34", "+" * 3)] == [None] * 5
    assert not trunks.allows(NUMBER), "an edge without trunks lets nobody be called back"
    edge.details["ways"] = [["+49", False], ["", False]]
    assert trunks.allows(NUMBER)
    assert not trunks.allows("8000"), "an extension is no number of anybody's"
    edge.details["ways"] = [["+44", False]]
    assert not trunks.allows(NUMBER)


def test_a_queue_needs_what_the_flows_ask_for_it() -> None:
    with tempfile.TemporaryDirectory() as folder:
        flows = Library(shipped_flows(), Path(folder)).all()
        assert queue_needs(flows, "billing", "en") == ({"billing": 1, "english": 1}, 0)
        assert queue_needs(flows, "technical", "") == ({"technical": 1}, 0)
        assert queue_needs(flows, "nowhere", "en") == ({}, 0)
