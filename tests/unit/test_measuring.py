"""How a call sounds reaches the desk and the record, with what the agent's browser says of its end."""

from pathlib import Path

import pytest

from contact_center.cti import events as cti
from contact_center.runtime.errors import Conflict
from contact_center.switchboard import measuring
from contact_center.switchboard.measuring import HeardThere
from contact_center.telephony.media import acts
from contact_center.telephony.quality import Quality
from tests.support import run_apart
from tests.unit.test_recording_calls import talking
from tests.world import World

CLEAR = Quality(seconds=60.0, lost_in=0.0, jitter_ms=2.0, buffer_ms=40.0)


async def _a_call_is_measured(folder: Path) -> None:
    world = World(folder)
    await world.core_up()
    conversation = await talking(world, "12")
    contact = next(iter(world.board.sessions.values())).contact
    heard = HeardThere(contact=contact, lost=0.08, round_trip_ms=120.0)
    with pytest.raises(Conflict):
        await world.desk.heard_there("bo", heard)  # not bo's call
    await world.desk.heard_there("anna", heard)

    measuring.seen(world.board, conversation, {"caller": CLEAR, "agent-1": CLEAR})
    row = world.desks.row(("desks", "anna"))
    assert row is not None
    shown = row["call"]["quality"]
    assert (shown["customer"]["grade"], shown["customer"]["round_trip_ms"]) == ("good", None)
    assert (shown["you"]["grade"], shown["you"]["lost"], shown["you"]["round_trip_ms"]) == (
        "poor",
        0.08,
        120.0,
    )

    for leg in ("caller", "agent-1"):
        world.happens(conversation, acts.Measured(leg=leg, quality=CLEAR))
    await world.desk.hang_up("anna", contact)
    await world.settle()
    world.happens(conversation, acts.WentDown(leg="caller", code=200, reason=""))
    await world.settle()
    told = [event for event in world.events() if isinstance(event, cti.QualityMeasured)]
    assert [(each.party, each.agent, each.lost_out, each.round_trip_ms) for each in told] == [
        ("agent", "anna", 0.08, 120.0),
        ("caller", None, None, None),
    ]
    assert told[0].mos < 3.6 < 4.2 < told[1].mos
    assert not world.board.heard_there, "the next call begins with nothing known"


def test_a_call_is_measured(tmp_path: Path) -> None:
    run_apart(_a_call_is_measured(tmp_path))
