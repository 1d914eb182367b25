"""Calls that agents make, in memory: own phone, then the number; progress heard, a clear cause at the end."""

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from contact_center.agents import presence as presences
from contact_center.cti import events as cti
from contact_center.customers.history import Interaction, fold
from contact_center.runtime.errors import Conflict, NotFound
from contact_center.telephony.media import acts
from tests.support import run_apart
from tests.world import World

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


@asynccontextmanager
async def dialling(queue: str = "technical") -> AsyncIterator[tuple[World, str]]:
    """Anna, not ready, has called the number; it rings there."""
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder))
        await world.core_up()
        await world.desk.log_on("anna")
        await world.attach("anna")
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


async def _not_reached(code: int) -> None:
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
        assert row["wrap_up"]["cause"] == code


@pytest.mark.parametrize("code", [486, 404, 603, 408])
def test_a_number_that_does_not_answer_has_a_cause(code: int) -> None:
    run_apart(_not_reached(code))


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
        await world.desk.log_on("anna")
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
