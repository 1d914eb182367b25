"""Waits on the floor: told to the caller and kept in his story; what the next would wait, on the wall."""

from pathlib import Path

from contact_center.agents.presence import Reserved
from contact_center.cti import events as cti
from contact_center.telephony.media import acts
from tests.support import run_apart
from tests.unit.test_recording_calls import said_out
from tests.world import World


async def to_billing(world: World) -> str:
    """A caller through the menu, in English."""
    conversation = await world.calls_in()
    for key in "11":
        await world.passes(1.0)
        said_out(world, conversation)
        world.happens(conversation, acts.Keyed(leg="caller", digit=key))
        await world.settle()
    said_out(world, conversation)
    await world.settle()
    return conversation


async def waits_are_told_and_shown(tmp_path: Path) -> None:
    world = World(tmp_path)
    await world.core_up()
    await world.desk.log_on("anna")
    await world.attach("anna")
    await world.desk.choose_status("anna", "ready")
    await to_billing(world)
    reserved = world.board.presence_of("anna").activity
    assert isinstance(reserved, Reserved)
    await world.desk.accept("anna", reserved.offer)
    await world.settle()
    await to_billing(world)
    third = await to_billing(world)
    await world.passes(20.0)
    told = [event for event in world.events() if isinstance(event, cti.WaitTold)]
    assert {event.position for event in told} >= {1, 2}
    assert all(0.0 <= event.low_s <= event.likely_s <= event.high_s for event in told)
    assert all(event.queue == "billing" for event in told)
    shown = world.floor.row(("queues", "billing"))
    assert shown is not None
    assert 0.0 <= shown["wait_low_s"] < shown["wait_likely_s"] < shown["wait_high_s"]
    assert shown["wait_likely_s"] > next(event.likely_s for event in told if event.position == 1)
    other = world.floor.row(("queues", "technical"))
    assert other is not None
    assert other["wait_likely_s"] > 0.0, "nobody has asked for it yet, but the flows say what it needs"
    world.happens(third, acts.WentDown(leg="caller", code=200, reason=""))
    await world.settle()
    said = len([event for event in world.events() if isinstance(event, cti.QueueOutlook)])
    await world.passes(60.0)
    looks = [event for event in world.events() if isinstance(event, cti.QueueOutlook)]
    assert 1 <= said <= len(looks) <= said + 12, "said when it changes, not at every look"


def test_waits_are_told_and_shown(tmp_path: Path) -> None:
    run_apart(waits_are_told_and_shown(tmp_path))
