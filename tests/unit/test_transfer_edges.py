"""What is odd about sending a customer on: nobody wants him, what is refused, whom keys reach."""

import tempfile
from dataclasses import replace
from pathlib import Path

import pytest

from contact_center.cti import events as cti
from contact_center.ivr.library import Library, queue_needs, shipped_flows
from contact_center.runtime.errors import Conflict, NotFound
from contact_center.runtime.requirements import Need
from contact_center.switchboard import line
from contact_center.switchboard.roles import EdgeTrunks, RoleLink, RoleLinks
from contact_center.switchboard.session import Target
from contact_center.telephony import wire
from contact_center.telephony.media import acts
from tests.support import run_apart
from tests.transfer_scene import NUMBER, TARGETS, Scene, scene
from tests.world import World


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
        cell.world.happens("v1", acts.Keyed(leg="agent-1", digit="7"))  # on the desk phone itself
        cell.world.happens("v1", acts.Keyed(leg=leg, digit="8"))  # an outside party's concern nobody
        await cell.world.settle()
        assert cell.world.pressed[2:] == [("v1", leg, "7")]


def test_keys_go_to_whoever_hears_the_agent() -> None:
    run_apart(_keys())


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
            line.enqueue(world.board, stroke, "v1", "billing", Need(ways=({"billing": 1},)))
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
        assert queue_needs(flows, "billing", "en") == Need(ways=({"billing": 1, "english": 1},))
        assert queue_needs(flows, "technical", "") == Need(ways=({"technical": 1},))
        assert queue_needs(flows, "nowhere", "en") == Need()
