"""Recording in the switchboard: whom the notice reaches, and what a new core knows of a running recording."""

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from contact_center.agents.presence import OnCall, Reserved
from contact_center.cti import events as cti
from contact_center.runtime.errors import Conflict
from contact_center.telephony.media import acts
from tests.support import run_apart
from tests.world import World


def said_out(world: World, conversation: str) -> None:
    """The prompt that plays comes to its end."""
    play = world.ears.pop((conversation, "caller"))
    world.happens(conversation, acts.PlayedOut(leg="caller", play=play.play))


async def talking(world: World, way: str) -> str:
    """A caller who keyed `way` talks with anna."""
    await world.desk.log_on("anna")
    await world.attach("anna")
    await world.desk.choose_status("anna", "ready")
    conversation = await world.calls_in()
    for key in way:
        await world.passes(1.0)
        said_out(world, conversation)
        world.happens(conversation, acts.Keyed(leg="caller", digit=key))
        await world.settle()
    said_out(world, conversation)
    await world.passes(3.0)
    reserved = world.board.presence_of("anna").activity
    assert isinstance(reserved, Reserved)
    await world.desk.accept("anna", reserved.offer)
    await world.settle()
    assert isinstance(world.board.presence_of("anna").activity, OnCall)
    return conversation


async def both_hear_the_notice_after_the_music(tmp_path: Path) -> None:
    world = World(tmp_path)
    await world.core_up()
    conversation = await talking(world, "11")
    legs = world.conversations[conversation].legs
    for leg in ("caller", "agent-1"):
        play = legs[leg].play
        assert play is not None
        assert (play.play, play.files) == ("recording_notice", ("text-This call is recorded.",))


async def a_new_core_knows_a_paused_recording_and_resumes_it(tmp_path: Path) -> None:
    world = World(tmp_path)
    await world.core_up()
    conversation = await talking(world, "11")
    contact = next(iter(world.board.sessions.values())).contact
    await world.desk.pause_recording("anna", contact)
    await world.settle()
    assert world.conversations[conversation].taped == frozenset()
    await world.kill_core()
    tape = world.conversations[conversation].tape
    assert tape is not None  # it goes on without a core
    await world.core_up()
    with pytest.raises(Conflict):
        await world.desk.resume_recording("bo", contact)  # not bo's call
    await world.desk.resume_recording("anna", contact)
    await world.desk.resume_recording("anna", contact)
    await world.settle()
    assert world.conversations[conversation].tape == tape.__class__(record=tape.record, since=tape.since)
    assert {leg for _, leg in world.conversations[conversation].taped} == {"caller", "agent-1"}
    await world.desk.hang_up("anna", contact)
    await world.settle()
    kinds = [event.type for event in world.events() if event.type.startswith("Recording")]
    assert kinds == ["RecordingStarted", "RecordingPaused", "RecordingResumed", "RecordingStopped"]
    assert not any(isinstance(event, cti.RecordingFailed) for event in world.events())


async def a_queue_without_recording_records_nothing(tmp_path: Path) -> None:
    world = World(tmp_path)
    await world.core_up()
    conversation = await talking(world, "12")
    contact = next(iter(world.board.sessions.values())).contact
    assert world.conversations[conversation].tape is None
    with pytest.raises(Conflict):
        await world.desk.pause_recording("anna", contact)


@pytest.mark.parametrize(
    "story",
    [
        both_hear_the_notice_after_the_music,
        a_new_core_knows_a_paused_recording_and_resumes_it,
        a_queue_without_recording_records_nothing,
    ],
)
def test_recording_a_call(story: Callable[[Path], Coroutine[Any, Any, None]], tmp_path: Path) -> None:
    run_apart(story(tmp_path))
