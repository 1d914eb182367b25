"""Callbacks under a core that is killed: while they wait, while the number rings, together with the call."""

from contact_center.cti import events as cti
from tests.callback_scene import accepts, answers, asks, attempt, in_line, names, ready, run, state
from tests.world import World


async def _killed_while_it_waits(world: World) -> None:
    one = await asks(world)
    await world.log.store_rest()
    await world.kill_core()
    world.now += 120.0
    await world.core_up()
    kept = world.board.calling_back.book.get(one.id)
    assert kept == one
    await in_line(world, "+12025550003")
    assert [e.position for e in world.events() if isinstance(e, cti.Queued)][-1] == 2
    await ready(world, "anna")
    conversation = await answers(world)
    await accepts(world, "anna")
    assert world.board.sessions[conversation].agent == "anna"
    assert world.board.sessions[conversation].wait_s > 120.0


def test_a_killed_core_comes_back_with_the_place() -> None:
    run(_killed_while_it_waits)


async def _killed_while_it_rings(world: World) -> None:
    one = await asks(world)
    await ready(world, "anna")
    attempt(world)
    await world.kill_core()
    await world.core_up()
    kept = world.board.calling_back.book.get(one.id)
    assert kept is not None
    assert kept.state == "dialling"
    conversation = await answers(world)
    assert state(world, "anna") == "reserved"
    await accepts(world, "anna")
    assert world.board.sessions[conversation].agent == "anna"
    assert names(world) == ["Requested", "Attempted", "Answered", "Done"]


def test_an_attempt_that_rings_goes_on_under_the_next_core() -> None:
    run(_killed_while_it_rings)


async def _lost_with_its_call(world: World) -> None:
    one = await asks(world)
    await ready(world, "anna")
    conversation = attempt(world)
    await world.kill_core()
    del world.conversations[conversation]
    world.ringing.clear()
    await world.core_up()
    kept = world.board.calling_back.book.get(one.id)
    assert kept is not None
    assert (kept.state, kept.last_why, kept.missed, kept.enqueued_at) == (
        "waiting",
        "failed",
        0,
        one.enqueued_at,
    )
    await world.passes(301.0)
    attempt(world)


def test_an_attempt_whose_call_died_with_the_core_is_made_again() -> None:
    run(_lost_with_its_call)
