"""Calls that agents make, in memory: own phone, then the number; progress heard, a clear cause at the end."""

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from contact_center.agents import presence as presences
from contact_center.cti import events as cti
from contact_center.cti.view import Row
from contact_center.customers.history import Interaction, fold
from contact_center.runtime.errors import Conflict, NotFound
from contact_center.telephony.media import acts
from tests.support import run_apart
from tests.world import GOOD_TEST, World

NUMBER = "+4930111222"


def state(world: World, agent: str = "anna") -> str:
    return presences.shown(world.board.presence_of(agent))


def hears(world: World, leg: str) -> set[str]:
    voices = {mouth for ear, mouth in world.mixes.get("v1", frozenset()) if ear == leg}
    play = world.ears.get(("v1", leg))
    return voices | ({play.files[0]} if play else set())


async def interaction(world: World, contact: str) -> Interaction:
    await world.log.store_rest()
    return fold(event for event in world.shelf.events if cti.contact_of(event.event) == contact)


def progress(world: World) -> list[str]:
    """How far the call came, and why it failed, in order."""
    return [
        event.stage if isinstance(event, cti.CallProgressed) else event.cause
        for event in world.events()
        if isinstance(event, (cti.CallProgressed, cti.CallFailed))
    ]


def call_on_the_desk(world: World) -> Row:
    row = world.desks.row(("desks", "anna"))
    assert row is not None
    return dict(row["call"])


@asynccontextmanager
async def dialling(queue: str = "technical", *, own_answers: bool = True) -> AsyncIterator[tuple[World, str]]:
    """Anna, not ready, has called the number; her phone rings, and (she answers) the number's."""
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder))
        await world.core_up()
        await world.desk.log_on("anna")
        await world.attach("anna")
        world.devices_answer = own_answers
        contact = await world.desk.call("anna", NUMBER, queue)
        await world.settle()
        yield world, contact
        await world.passes(200.0)
        assert not world.conversations
        assert not world.board.sessions
        assert not world.floor.contacts
        assert sum(isinstance(event, cti.ContactEnded) for event in world.events()) == 1


async def _answered() -> None:
    async with dialling() as (world, contact):
        assert state(world) == "talking"
        assert hears(world, "agent-1") == {"ringing"}
        world.picked_up("v1", "caller")
        await world.settle()
        assert (hears(world, "agent-1"), hears(world, "caller")) == ({"caller"}, {"agent-1"})
        await world.passes(12.0)
        await world.desk.hang_up("anna", contact)
        await world.settle()
        assert state(world) == "wrap_up"
        kept = await interaction(world, contact)
        assert (kept.direction, kept.to_number, kept.queue, kept.outcome) == (
            "outbound",
            NUMBER,
            "technical",
            "handled",
        )
        assert kept.talk_s == 12.0
        assert [(s.agent, s.ended) for s in kept.segments] == [("anna", "left")]
        assert world.floor.counts().get("technical") is None or not world.floor.counts()["technical"].offered


def test_the_number_answers_and_wrap_up_follows() -> None:
    run_apart(_answered())


async def _early_sound() -> None:
    async with dialling() as (world, _):
        world.happens("v1", acts.RangThere(leg="caller", early=True))
        await world.settle()
        assert hears(world, "agent-1") == {"caller"}
        world.happens("v1", acts.WentDown(leg="caller", code=404, reason=""))
        await world.settle()


def test_what_the_network_says_before_the_answer_is_heard_instead_of_the_tone() -> None:
    run_apart(_early_sound())


async def _not_reached(code: int, cause: str) -> None:
    async with dialling() as (world, contact):
        if code == 408:
            await world.passes(61.0)
        else:
            world.happens("v1", acts.WentDown(leg="caller", code=code, reason=""))
            await world.settle()
        kept = await interaction(world, contact)
        assert kept.outcome == "not_reached"
        (cleared,) = [
            e for e in world.events() if isinstance(e, cti.ConnectionCleared) and e.party == "caller"
        ]
        assert cleared.cause == code
        row = world.desks.row(("desks", "anna"))
        assert row is not None
        failed = {"contact": contact, "number": NUMBER, "cause": cause, "code": code}
        assert row["call_failed"] == failed
        assert progress(world) == ["own_device", "dialled", "ringing", cause]
        await world.desk.wrap_up_done("anna")
        await world.desk.log_off("anna")
        row = world.desks.row(("desks", "anna"))
        assert row is not None
        assert row["call_failed"] is None


@pytest.mark.parametrize(
    ("code", "cause"),
    [
        (486, "busy"),
        (404, "unknown_number"),
        (603, "declined"),
        (408, "no_answer"),
        (480, "no_answer"),
        (503, "unreachable"),
    ],
)
def test_a_number_that_does_not_answer_has_a_cause(code: int, cause: str) -> None:
    run_apart(_not_reached(code, cause))


async def _stages() -> None:
    async with dialling() as (world, contact):
        stages, shown = [progress(world)], [call_on_the_desk(world)["stage"]]
        for early in (False, True, True):
            world.happens("v1", acts.RangThere(leg="caller", early=early))
            await world.settle()
            stages.append(progress(world))
            shown.append(call_on_the_desk(world)["stage"])
        assert stages[0] == stages[1] == ["own_device", "dialled", "ringing"]
        assert stages[2] == stages[3] == [*stages[0], "early_media"]
        assert shown == ["ringing", "ringing", "early_media", "early_media"]
        world.picked_up("v1", "caller")
        await world.settle()
        assert call_on_the_desk(world)["stage"] is None
        assert progress(world) == stages[-1]
        await world.desk.hang_up("anna", contact)
        await world.settle()


def test_each_stage_is_told_once_and_shown() -> None:
    run_apart(_stages())


async def _own_phone(code: int, cause: str) -> None:
    async with dialling(own_answers=False) as (world, contact):
        assert call_on_the_desk(world)["stage"] == "own_device"
        if cause == "given_up":
            await world.desk.hang_up("anna", contact)
        else:
            world.happens("v1", acts.WentDown(leg="agent-1", code=code, reason=""))
        await world.settle()
        assert progress(world) == ["own_device", cause]
        assert (await interaction(world, contact)).outcome == "not_reached"


@pytest.mark.parametrize(
    ("code", "cause"),
    [(408, "own_no_answer"), (486, "own_declined"), (503, "own_failed"), (487, "given_up")],
)
def test_when_the_agents_own_phone_does_not_answer_nothing_was_dialled(code: int, cause: str) -> None:
    run_apart(_own_phone(code, cause))


async def _gives_up() -> None:
    async with dialling("billing") as (world, contact):
        await world.desk.hang_up("anna", contact)
        await world.settle()
        assert state(world) == "not_ready"
        assert (await interaction(world, contact)).outcome == "not_reached"


def test_the_agent_gives_up_while_it_rings() -> None:
    run_apart(_gives_up())


async def _killed() -> None:
    async with dialling() as (world, contact):
        await world.kill_core()
        await world.core_up()
        world.picked_up("v1", "caller")
        await world.settle()
        assert hears(world, "caller") == {"agent-1"}
        await world.desk.hang_up("anna", contact)
        await world.settle()


def test_the_core_is_killed_while_it_rings_and_the_call_goes_on() -> None:
    run_apart(_killed())


async def _refused() -> None:
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder))
        await world.core_up()
        with pytest.raises(Conflict, match="device"):
            await world.desk.call("anna", NUMBER, "billing")
        await world.attach("anna")
        with pytest.raises(Conflict, match="busy"):
            await world.desk.call("anna", NUMBER, "billing")
        with pytest.raises(Conflict, match="logged_off"):
            await world.desk.report_device_test("anna", GOOD_TEST)
        await world.desk.log_on("anna")
        with pytest.raises(Conflict, match="device_test: test this"):
            await world.desk.choose_status("anna", "ready")
        with pytest.raises(Conflict, match="device_test: the microphone"):
            await world.desk.report_device_test("anna", replace(GOOD_TEST, level=0.0))
        with pytest.raises(Conflict, match="target"):
            await world.desk.call("anna", "911", "billing")
        with pytest.raises(NotFound):
            await world.desk.call("anna", NUMBER, "nowhere")
        assert not world.conversations
        await world.desk.call("anna", NUMBER, "billing")
        await world.settle()
        with pytest.raises(Conflict, match="busy"):
            await world.desk.call("anna", NUMBER, "billing")


def test_who_cannot_call_does_not() -> None:
    run_apart(_refused())
