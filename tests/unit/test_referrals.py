"""REFER from an agent's own phone, in memory: what the core decides, and what the phone is told of it."""

from collections.abc import Sequence

import pytest

from contact_center.cti import events as cti
from contact_center.telephony.media import acts
from contact_center.telephony.media.invite import Refer, read_refer
from tests.support import run_apart
from tests.transfer_scene import NUMBER, TARGETS, Scene, scene

BY_PHONE = {"agent": "bo", "queue": "technical", "outside": NUMBER}
"""What the phone's user dials to send the customer there."""


@pytest.mark.parametrize(
    ("address", "refer"),
    [
        ("<sip:bo@edge.example>", Refer(target="bo")),
        ("sip:+4930111222@edge.example;user=phone", Refer(target="+4930111222")),
        ("<tel:+4930111222>", Refer(target="+4930111222")),
        (
            '"Bo" <sip:bo@edge.example?Replaces=a%40b%3Bto-tag%3D1%3Bfrom-tag%3D2>',
            Refer(target="bo", replaces="a@b"),
        ),
        ("sip:bo@h?Subject=x&replaces=c%3Bto-tag%3D1", Refer(target="bo", replaces="c")),
    ],
)
def test_whom_a_refer_to_names(address: str, refer: Refer) -> None:
    assert read_refer(address) == refer


async def refers(cell: Scene, to: str, leg: str = "agent-1", replaces: str | None = None) -> None:
    cell.world.happens("v1", acts.AskedToRefer(leg=leg, target=to, replaces=replaces))
    await cell.world.settle()


def told(cell: Scene) -> Sequence[int]:
    """What Anna's phone was told, in order."""
    assert {(conversation, leg) for conversation, leg, _ in cell.world.referrers_told} <= {("v1", "agent-1")}
    return [code for _, _, code in cell.world.referrers_told]


async def _followed(kind: str) -> None:
    async with scene(kind) as cell:
        await refers(cell, BY_PHONE[kind])
        assert cell.state("anna") == "ready"
        if kind == "outside":
            cell.world.happens("v1", acts.RangThere(leg=cell.leg(NUMBER)))
            await cell.world.settle()
        assert told(cell) == ([200] if kind == "queue" else [180])
        leg = await cell.target_answers()
        assert told(cell) == ([200] if kind == "queue" else [180, 200])
        assert cell.hears("caller") == {leg}


@pytest.mark.parametrize("kind", TARGETS)
def test_a_blind_one_is_a_blind_transfer_and_the_phone_hears_how_far_it_is(kind: str) -> None:
    run_apart(_followed(kind))


async def _not_taken(kind: str, how: str) -> None:
    async with scene(kind) as cell:
        await refers(cell, BY_PHONE[kind])
        if how == "rejects":
            await cell.target_rejects()
        elif how == "lets it ring":
            await cell.target_lets_it_ring()
        else:
            await cell.hangs_up("caller")
        codes = {"rejects": 603 if kind == "agent" else 486, "lets it ring": 408, "customer leaves": 487}
        assert told(cell)[-1] == codes[how]
        if how != "customer leaves":  # and he is back with who sent him
            await cell.accepts("anna")
            assert cell.hears("caller") == {cell.leg("anna")}


@pytest.mark.parametrize("how", ["rejects", "lets it ring", "customer leaves"])
@pytest.mark.parametrize("kind", ["agent", "outside"])
def test_the_phone_hears_why_nobody_took_the_customer(kind: str, how: str) -> None:
    run_apart(_not_taken(kind, how))


async def _to_a_flow() -> None:
    async with scene("queue") as cell:
        await refers(cell, "main_menu")
        assert (told(cell), cell.state("anna")) == ([200], "ready")
        assert len(cell.events(cti.FlowEntered)) == 2


def test_a_flow_has_taken_the_customer_when_he_enters_it() -> None:
    run_apart(_to_a_flow())


async def _completes(kind: str) -> None:
    async with scene(kind) as cell:
        await cell.sends("attended")
        await refers(cell, "anybody", replaces=cell.session.call.consult)  # rings still: no dialog yet
        leg = await cell.target_answers()
        await refers(cell, "anybody", replaces="")
        assert told(cell) == [481, 481]
        await refers(cell, "anybody", replaces=leg)
        assert told(cell) == [481, 481, 200]
        assert (cell.hears("caller"), cell.hears(leg)) == ({leg}, {"caller"})
        assert cell.state("anna") == "ready"


@pytest.mark.parametrize("kind", TARGETS)
def test_with_replaces_it_completes_the_consultation_it_names_and_nothing_else(kind: str) -> None:
    run_apart(_completes(kind))


async def _refused() -> None:
    async with scene("agent") as cell:
        await refers(cell, "bo", leg="caller")  # nobody may transfer himself: not even told to the core
        assert told(cell) == []
        for to, code in (("anna", 480), ("911", 480), ("no one", 480)):
            await refers(cell, to)
            assert told(cell)[-1] == code
        assert cell.hears("caller") == {"agent-1"}
        await cell.sends("attended")
        await cell.target_answers()
        await refers(cell, "carl")  # somebody is aside already
        assert told(cell)[-1] == 491
        await refers(cell, NUMBER, leg=cell.leg("bo"))  # he is asked only; it is not his customer
        assert cell.world.referrers_told[-1] == ("v1", cell.leg("bo"), 403)
        cell.world.referrers_told.clear()
        await cell.act("cancel")
        assert cell.hears("caller") == {"agent-1"}


def test_what_cannot_be_done_changes_nothing_and_the_phone_hears_why() -> None:
    run_apart(_refused())


async def _core_dies() -> None:
    async with scene("agent") as cell:
        await refers(cell, "bo")
        await cell.world.kill_core()
        await cell.world.core_up()
        await cell.accepts("bo")
        assert told(cell)[-1] == 200


def test_the_core_is_killed_in_between_and_the_phone_hears_the_end_all_the_same() -> None:
    run_apart(_core_dies())


async def _twice() -> None:
    async with scene("agent") as cell:
        await refers(cell, "bo")
        await refers(cell, "carl")  # its leg has been ended: there is no customer to send on
        assert (cell.state("bo"), cell.state("carl")) == ("reserved", "ready")
        await cell.accepts("bo")


def test_a_phone_that_has_left_sends_nobody_on() -> None:
    run_apart(_twice())
