"""Calling back, in memory: the place kept without a caller on it, the call in its turn, and every end."""

import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from contact_center.acd.callback import Callback
from contact_center.agents import presence as presences
from contact_center.cti import events as cti
from contact_center.customers.history import Interaction, fold
from contact_center.ivr.calendar import Calendar
from contact_center.runtime.directory import Directory, QueueSettings
from contact_center.telephony.media import acts
from tests.support import run_apart
from tests.world import DIRECTORY, World

CUSTOMER = "+12025550111"
NIGHT = Calendar(zone="UTC", offsets=((0.0, 0),), weekly=(((60, 120),),) * 7)
"""Open from 01:00 to 02:00; the world begins at 00:16:40."""


def company(**billing: object) -> Directory:
    """The test's company with other settings of the billing queue, which is not recorded here."""
    plain = replace(DIRECTORY.queues["billing"], recording=False, wrap_up_mode="none")
    queue: QueueSettings = replace(plain, **billing)  # type: ignore[arg-type]
    return replace(DIRECTORY, queues={**DIRECTORY.queues, "billing": queue})


@asynccontextmanager
async def centre(**billing: object) -> AsyncIterator[World]:
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder), directory=company(**billing))
        await world.core_up()
        yield world
        ended = [e.contact for e in world.events() if isinstance(e, cti.ContactEnded)]
        assert len(ended) == len(set(ended))


def run(test: Callable[[World], Awaitable[None]], **billing: object) -> None:
    async def alone() -> None:
        async with centre(**billing) as world:
            await test(world)

    run_apart(alone())


# -- what people do -----------------------------------------------------------------------------------


async def keys(world: World, conversation: str, digits: str) -> None:
    for digit in digits:
        world.happens(conversation, acts.Keyed(leg="caller", digit=digit))
        await world.settle()


async def in_line(world: World, caller: str = CUSTOMER) -> str:
    """A caller stands in the billing queue."""
    conversation = await world.calls_in(caller=caller)
    await keys(world, conversation, "11")
    play = world.ears[conversation, "caller"]
    world.happens(conversation, acts.PlayedOut(leg="caller", play=play.play))
    await world.settle()
    await world.passes(1.0)
    assert world.board.sessions[conversation].queue == "billing"
    return conversation


async def hangs_up(world: World, conversation: str, code: int = 200) -> None:
    world.ringing.discard((conversation, "caller"))
    world.happens(conversation, acts.WentDown(leg="caller", code=code, reason=""))
    await world.settle()


async def asks(world: World, caller: str = CUSTOMER) -> Callback:
    """Somebody in line takes the offer and hangs up."""
    conversation = await in_line(world, caller)
    await keys(world, conversation, "11")
    await hangs_up(world, conversation)
    return next(each for each in world.board.calling_back.book.all() if each.number == caller)


async def ready(world: World, agent: str) -> None:
    await world.desk.log_on(agent)
    await world.attach(agent)
    await world.desk.choose_status(agent, "ready")
    await world.settle()


def state(world: World, agent: str) -> str:
    return presences.shown(world.board.presence_of(agent))


def attempt(world: World) -> str:
    """The conversation that rings a customer."""
    (conversation,) = [of for of, leg in world.ringing if leg == "caller"]
    return conversation


async def answers(world: World, *, confirms: bool = True) -> str:
    """The customer picks up, and (usually) presses the key he is asked for."""
    conversation = attempt(world)
    world.picked_up(conversation, "caller")
    await world.settle()
    if confirms:
        await keys(world, conversation, "1")
        play = world.ears[conversation, "caller"]
        world.happens(conversation, acts.PlayedOut(leg="caller", play=play.play))
        await world.settle()
    return conversation


async def accepts(world: World, agent: str) -> None:
    activity = world.board.presence_of(agent).activity
    assert isinstance(activity, presences.Reserved)
    await world.desk.accept(agent, activity.offer)
    await world.settle()


def happened(world: World, kind: type[cti.CtiEvent]) -> list[cti.CtiEvent]:
    return [event for event in world.events() if isinstance(event, kind)]


def names(world: World) -> list[str]:
    """The callback's story in words."""
    story = [each for each in world.events() if isinstance(each, cti.CallbackEvent)]
    return [each.type.removeprefix("Callback") for each in story]


async def interaction(world: World, contact: str) -> Interaction:
    await world.log.store_rest()
    return fold(event for event in world.shelf.events if cti.contact_of(event.event) == contact)


# -- the whole way ------------------------------------------------------------------------------------
