"""Callbacks an agent takes first, those refused, closed or ordered by hand, in memory."""

import pytest

from contact_center.acd.callback import Callback
from contact_center.acd.callbacks import Callbacks, CalledIn
from contact_center.cti import events as cti
from contact_center.runtime.errors import Conflict, NotFound
from contact_center.telephony import calls
from tests.callback_scene import (
    CUSTOMER,
    NIGHT,
    accepts,
    answers,
    asks,
    attempt,
    hangs_up,
    happened,
    in_line,
    keys,
    names,
    ready,
    run,
    state,
)
from tests.world import World


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
        await world.board.calling_back.add("billing", "+99912345678", "en", "sofia")
    with pytest.raises(NotFound):
        await world.board.calling_back.add("nowhere", CUSTOMER, "en", "sofia")
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
    one = await world.board.calling_back.add("billing", CUSTOMER, "zh", "sofia")
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
    again = await line.add("billing", CUSTOMER, "en", "sofia")
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


def test_whose_record_was_merged_is_known_as_who_waits_for_a_callback() -> None:
    """He calls in from another number of the record that stays: this call has his place."""
    one = Callback(
        id="b1",
        queue="billing",
        number="+12025550111",
        enqueued_at=5.0,
        requested_at=5.0,
        expires_at=900.0,
        customer="c2",
    )
    book = Callbacks({}, lambda _queue, now: now, [one])
    comes = CalledIn(contact="k", queue="billing", number="+12025550100", customer="c1")
    assert book.step(comes, 9.0) == []
    book.merged("c2", "c1")
    assert book.step(comes, 9.0) == [
        cti.CallbackJoined(callback="b1", contact="k", queue="billing", enqueued_at=5.0)
    ]


async def _long_ago(world: World) -> None:
    """His wait counts from his old place; the queue sends on after a minute, not whom it promised a call."""
    await asks(world)
    await world.passes(600.0)
    again = await in_line(world)
    session = world.board.sessions[again]
    assert session.waiting is not None
    assert session.waiting.promised
    await world.passes(5.0)
    stranger = await in_line(world, "+12025550003")
    await world.passes(65.0)
    sent_on = [e.contact for e in world.events() if isinstance(e, cti.Diverted) and e.why == "wait"]
    assert sent_on == [world.board.sessions[stranger].contact]
    assert [each.contact for each in world.board.distribution.line("billing")] == [session.contact]


def test_a_queue_that_sends_on_keeps_whom_it_promised_a_call() -> None:
    run(_long_ago, overflow_wait_s=60.0, overflow_to="technical")
