"""Calling back, in memory: the place kept without a caller on it, the call in its turn, and every end."""

import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from contact_center.acd.callback import Callback
from contact_center.agents import presence as presences
from contact_center.cti import events as cti
from contact_center.customers.history import Interaction, fold
from contact_center.ivr.calendar import Calendar
from contact_center.ivr.library import shipped_flows
from contact_center.metrics.wallboard import ALL
from contact_center.runtime.directory import Directory, QueueSettings
from contact_center.runtime.errors import Conflict, NotFound
from contact_center.telephony import calls
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


async def _agent_first(world: World) -> None:
    one = await asks(world)
    await ready(world, "anna")
    assert not [leg for _, leg in world.ringing if leg == "caller"]
    assert state(world, "anna") == "reserved"
    await accepts(world, "anna")
    desk = world.desks.row(("desks", "anna"))
    assert desk is not None
    assert (desk["call"]["state"], desk["call"]["callback"]["since"]) == ("dialling", one.enqueued_at)
    conversation = attempt(world)
    assert world.ears[conversation, "agent-1"].files == ("ringing",)
    world.picked_up(conversation, "caller")
    await world.settle()
    assert world.mixes[conversation] == {("caller", "agent-1"), ("agent-1", "caller")}
    assert names(world) == ["Requested", "Attempted", "Done"]
    assert calls.caller_up(world.board.sessions[conversation].call)


def test_the_agent_first_then_the_number() -> None:
    run(_agent_first, callback="agent_first")


async def _agent_first_missed(world: World) -> None:
    one = await asks(world)
    await ready(world, "anna")
    await world.passes(16.0)  # she does not take it
    kept = world.board.calling_back.book.get(one.id)
    assert kept is not None
    assert (kept.state, kept.missed, kept.last_why) == ("waiting", 0, "no_agent")
    assert not world.conversations
    await world.passes(20.0)
    await ready(world, "bo")
    await accepts(world, "bo")
    await hangs_up(world, attempt(world), 486)
    kept = world.board.calling_back.book.get(one.id)
    assert kept is not None
    assert (kept.missed, kept.last_why, kept.enqueued_at) == (1, "busy", one.enqueued_at)


def test_what_no_agent_takes_does_not_count_and_a_busy_line_does() -> None:
    run(_agent_first_missed, callback="agent_first")


# -- refused ------------------------------------------------------------------------------------------


async def _refused(world: World) -> None:
    conversation = await in_line(world, "+99912345678")
    since = world.board.sessions[conversation].waiting
    await keys(world, conversation, "1")
    assert world.ears[conversation, "caller"].files == ("phrase-callback_number",)
    await keys(world, conversation, "900900#")  # no full number of a country
    assert world.ears[conversation, "caller"].files[0] == "phrase-callback_wrong_number"
    await keys(world, conversation, "900900#")
    assert world.ears[conversation, "caller"].files == ("phrase-callback_none",)
    await keys(world, conversation, "5")  # cuts it short
    await world.passes(1.0)
    session = world.board.sessions[conversation]
    assert session.waiting is not None
    assert since is not None
    assert session.waiting.enqueued_at == since.enqueued_at, "he has kept his place"
    with pytest.raises(Conflict):
        world.board.calling_back.add("billing", "+99912345678", "en", "sofia")
    with pytest.raises(NotFound):
        world.board.calling_back.add("nowhere", CUSTOMER, "en", "sofia")
    assert not happened(world, cti.CallbackRequested)


def test_only_numbers_that_calls_out_may_go_to() -> None:
    run(_refused)


async def _off(world: World) -> None:
    conversation = await in_line(world)
    await keys(world, conversation, "1")
    assert world.ears[conversation, "caller"].files == ("phrase-callback_none",)


@pytest.mark.parametrize("how", [{"callback": "off"}, {"callback_most": 0}, {"callback_hours": "night"}])
def test_unavailable_when_off_full_or_closed(how: dict[str, object]) -> None:
    async def test(world: World) -> None:
        world.book.calendars["night"] = NIGHT
        await _off(world)

    run(test, **how)


async def _opens_later(world: World) -> None:
    world.book.calendars["night"] = NIGHT
    await ready(world, "anna")
    one = world.board.calling_back.add("billing", CUSTOMER, "zh", "sofia")
    assert one.due_at == 3600.0
    await world.passes(2599.0)
    assert not world.ringing
    await world.passes(2.0)
    conversation = attempt(world)
    world.picked_up(conversation, "caller")
    await world.settle()
    flow = world.board.sessions[conversation].flow
    assert flow is not None
    assert flow.language == "zh"


def test_a_supervisor_adds_one_while_closed_and_it_is_called_when_it_opens() -> None:
    run(_opens_later, callback_hours="night")


async def _supervised(world: World) -> None:
    line = world.board.calling_back
    one = await asks(world)
    await ready(world, "anna")
    await hangs_up(world, attempt(world), 486)
    line.call_now(one.id)
    await world.passes(0.1)
    attempt(world)
    with pytest.raises(Conflict):
        line.call_now(one.id)
    line.cancel(one.id, "sofia")
    await world.settle()
    await world.passes(1.0)
    assert not world.conversations
    assert names(world)[-1] == "Cancelled"
    assert world.board.distribution.is_free("anna")
    with pytest.raises(NotFound):
        line.cancel(one.id, "sofia")
    again = line.add("billing", CUSTOMER, "en", "sofia")
    await world.passes(1.0)
    await answers(world)
    with pytest.raises(Conflict, match="on the phone"):
        line.cancel(again.id, "sofia")


def test_called_sooner_and_taken_out_by_hand() -> None:
    run(_supervised)


async def _expires(world: World) -> None:
    await asks(world)
    await world.passes(601.0)
    assert names(world) == ["Requested", "Expired"]
    await ready(world, "anna")
    assert not world.ringing


def test_too_late_it_is_over() -> None:
    run(_expires, callback_expires_s=600.0)
