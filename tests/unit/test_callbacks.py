"""Callbacks from the wish to the word with an agent, in memory."""

import shutil
import tempfile
from pathlib import Path

import pytest

from contact_center.cti import events as cti
from contact_center.ivr.library import shipped_flows
from contact_center.metrics.wallboard import ALL
from contact_center.telephony.media import acts
from tests.callback_scene import (
    CUSTOMER,
    accepts,
    answers,
    asks,
    attempt,
    company,
    hangs_up,
    happened,
    in_line,
    interaction,
    names,
    ready,
    run,
    state,
)
from tests.support import run_apart
from tests.world import World


async def _asked_called_and_served(world: World) -> None:
    one = await asks(world)
    (ended,) = [e for e in world.events() if isinstance(e, cti.ContactEnded)]
    assert ended.outcome == "callback"
    row = world.floor.row(("queues", "billing"))
    assert row is not None
    assert (row["waiting"], row["callbacks_waiting"], row["callbacks_since"]) == (0, 1, one.enqueued_at)
    assert (row["offered"], row["abandoned"], row["callbacks_requested"]) == (1, 0, 1)
    assert not world.conversations

    await world.passes(60.0)
    await ready(world, "anna")
    assert state(world, "anna") == "ready"
    assert world.board.calling_back.kept_agents() == {"anna"}
    assert not world.board.distribution.is_free("anna")
    conversation = await answers(world)
    assert world.board.sessions[conversation].flow is not None
    assert state(world, "anna") == "reserved"
    offer = world.desks.row(("desks", "anna"))
    assert offer is not None
    assert offer["offer"]["callback"] == {"since": one.enqueued_at, "attempt": 1}
    assert offer["offer"]["from_number"] == CUSTOMER
    await accepts(world, "anna")
    assert world.mixes[conversation] == {("caller", "agent-1"), ("agent-1", "caller")}
    assert names(world) == ["Requested", "Attempted", "Answered", "Done"]
    (done,) = [e for e in world.events() if isinstance(e, cti.CallbackDone)]
    (established,) = [e for e in world.events() if isinstance(e, cti.Established)]
    assert done.wait_s == established.wait_s == pytest.approx(world.now - one.enqueued_at, abs=0.01)
    await hangs_up(world, conversation)

    back = await interaction(world, done.contact)
    assert (back.callback, back.asked_in, back.direction) == (one.id, one.asked_in, "outbound")
    assert (back.outcome, back.to_number, back.agent) == ("handled", CUSTOMER, "anna")
    asking = await interaction(world, one.asked_in or "")
    assert (asking.callback, asking.asked_in, asking.outcome) == (one.id, None, "callback")
    counts = world.floor.counts()["billing"]
    assert (counts.offered, counts.answered, counts.abandoned, counts.handled) == (1, 0, 0, 1)
    totals = world.floor.row(ALL)
    assert totals is not None
    assert (totals["callbacks_done"], totals["callbacks_waiting"]) == (1, 0)


def test_asked_for_in_line_called_when_an_agent_is_there_and_served_in_his_place() -> None:
    run(_asked_called_and_served)


async def _before_later_callers(world: World) -> None:
    """One agent, always busy: the callback is served before whoever came after it, and nobody before."""
    await ready(world, "anna")
    first = await in_line(world, "+12025550001")
    await accepts(world, "anna")
    one = await asks(world)
    later = await in_line(world, "+12025550003")
    assert (world.board.sessions[later].flow or one) is not one
    positions = [e.position for e in world.events() if isinstance(e, cti.Queued)]
    assert positions[-1] == 2, "the callback stands before him"
    await world.passes(100.0)
    assert not [leg for _, leg in world.ringing if leg == "caller"], "called with nobody about to be free"
    await hangs_up(world, first)
    assert state(world, "anna") == "ready"
    assert world.board.calling_back.kept_agents() == {"anna"}
    conversation = await answers(world)
    await accepts(world, "anna")
    assert world.board.sessions[conversation].agent == "anna"
    await hangs_up(world, conversation)
    await accepts(world, "anna")
    assert world.board.sessions[later].agent == "anna"


def test_served_in_his_place_between_who_came_before_and_after() -> None:
    run(_before_later_callers)


async def _called_while_wrapping_up(world: World) -> None:
    await ready(world, "anna")
    first = await in_line(world, "+12025550001")
    await accepts(world, "anna")
    await asks(world)
    await hangs_up(world, first)
    assert state(world, "anna") == "wrap_up"
    await world.passes(3.0)
    assert not world.ringing, "20 s of wrap-up are more than it takes to answer"
    await world.passes(4.0)
    await answers(world)
    assert state(world, "anna") == "wrap_up"
    await world.desk.wrap_up_done("anna")
    await world.settle()
    assert state(world, "anna") == "reserved"


def test_called_a_little_before_the_agent_is_free() -> None:
    run(_called_while_wrapping_up, wrap_up_mode="optional_timed", wrap_up_s=20.0)


# -- attempts that come to nothing --------------------------------------------------------------------


async def _not_answered(world: World) -> None:
    one = await asks(world)
    await ready(world, "anna")
    later = await in_line(world, "+12025550003")
    attempt(world)
    assert state(world, "anna") == "ready", "kept while it rings"
    await world.passes(26.0)
    assert state(world, "anna") == "reserved", "the next in line has her now"
    await accepts(world, "anna")
    kept = world.board.calling_back.book.get(one.id)
    assert kept is not None
    assert (kept.state, kept.missed, kept.last_why, kept.enqueued_at) == (
        "waiting",
        1,
        "no_answer",
        one.enqueued_at,
    )
    await hangs_up(world, later)
    await world.passes(200.0)
    assert not world.ringing, "not before the pause is over"
    await world.passes(101.0)
    await hangs_up(world, attempt(world), 486)
    await world.passes(301.0)
    await hangs_up(world, attempt(world), 404)
    assert names(world)[-3:] == ["Attempted", "Missed", "GivenUp"]
    why = [e.why for e in world.events() if isinstance(e, cti.CallbackMissed)]
    assert why == ["no_answer", "busy", "unreachable"]
    outcomes = [e.outcome for e in world.events() if isinstance(e, cti.ContactEnded)]
    assert outcomes == ["callback", "not_reached", "handled", "not_reached", "not_reached"]
    assert world.board.distribution.is_free("anna")
    await world.passes(20_000.0)
    assert not world.conversations


def test_tried_again_after_a_pause_in_the_same_place_and_given_up_at_last() -> None:
    run(_not_answered)


async def _machine(world: World) -> None:
    await asks(world)
    await ready(world, "anna")
    conversation = await answers(world, confirms=False)
    for _ in range(6):
        await world.passes(5.0)
        play = world.ears.get((conversation, "caller"))
        if play is not None:
            world.happens(conversation, acts.PlayedOut(leg="caller", play=play.play))
            await world.settle()
    missed = [e.why for e in world.events() if isinstance(e, cti.CallbackMissed)]
    assert missed == ["not_confirmed"]
    assert not happened(world, cti.OfferMade)
    assert world.board.distribution.is_free("anna")


def test_an_answering_machine_never_waits_for_an_agent() -> None:
    run(_machine)


async def _without_a_flow() -> None:
    with tempfile.TemporaryDirectory() as folder:
        own = Path(folder) / "own"
        own.mkdir()
        shutil.copy(shipped_flows() / "main_menu.yaml", own)
        world = World(Path(folder), own, company())
        await world.core_up()
        await asks(world)
        await ready(world, "anna")
        conversation = attempt(world)
        world.picked_up(conversation, "caller")
        await world.settle()
        assert world.ears[conversation, "caller"].files == ("music",)
        await accepts(world, "anna")
        assert (conversation, "caller") not in world.ears
        assert world.mixes[conversation] == {("caller", "agent-1"), ("agent-1", "caller")}


def test_without_a_flow_of_that_name_he_waits_with_music() -> None:
    run_apart(_without_a_flow())


async def _leaves_while_waiting(world: World) -> None:
    one = await asks(world)
    await ready(world, "anna")
    attempt(world)
    await world.desk.choose_status("anna", "lunch")
    assert world.board.calling_back.kept_agents() == frozenset()
    conversation = await answers(world)
    await hangs_up(world, conversation)
    kept = world.board.calling_back.book.get(one.id)
    assert kept is not None
    assert (kept.state, kept.last_why, kept.missed) == ("waiting", "left_waiting", 1)
    assert world.floor.counts()["billing"].abandoned == 0


def test_who_hangs_up_while_he_waits_again_is_called_again() -> None:
    run(_leaves_while_waiting)


# -- calling in again ---------------------------------------------------------------------------------


async def _calls_in(world: World) -> None:
    one = await asks(world)
    await world.passes(50.0)
    await in_line(world, "+12025550003")
    again = await in_line(world)
    session = world.board.sessions[again]
    assert session.waiting is not None
    assert session.waiting.enqueued_at == one.enqueued_at
    assert [e.position for e in world.events() if isinstance(e, cti.Queued)][-1] == 1
    await hangs_up(world, again)
    kept = world.board.calling_back.book.get(one.id)
    assert kept is not None
    assert (kept.state, kept.missed) == ("waiting", 0), "he still has his place"
    third = await in_line(world)
    await ready(world, "anna")
    await accepts(world, "anna")
    assert world.board.sessions[third].agent == "anna"
    assert names(world) == ["Requested", "Joined", "Missed", "Scheduled", "Joined", "Done"]


def test_who_calls_in_again_has_his_old_place() -> None:
    run(_calls_in)


async def _no_line_free(world: World) -> None:
    one = await asks(world)
    world.no_line_free = True
    await ready(world, "anna")
    await world.passes(3.0)
    assert world.board.distribution.is_free("anna"), "nobody is kept for a call that cannot be made"
    assert world.board.calling_back.book.get(one.id) == one
    world.no_line_free = False
    await world.passes(8.0)
    attempt(world)


def test_without_a_free_line_it_is_tried_again_in_a_while() -> None:
    run(_no_line_free)


async def _asks_twice(world: World) -> None:
    one = await asks(world)
    await world.passes(30.0)
    again = await asks(world)
    assert again.id == one.id
    assert again.enqueued_at == one.enqueued_at
    assert len(world.board.calling_back.book.all()) == 1
    await ready(world, "anna")
    attempt(world)


def test_asking_twice_is_one_callback_in_the_earlier_place() -> None:
    run(_asks_twice)


# -- the agent first ----------------------------------------------------------------------------------
