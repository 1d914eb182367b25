"""Transfer, consultation and conference on real SIP legs: who hears whom, whose state, one interaction.

Amy has a customer and sends him on to Ben, to the technical queue (Gus), or to an outside number. Everybody
sounds a tone of his own. The outside number is a SIP phone of its own process that does what the test says;
it is the carrier of a trunk, and so is the caller. Every cell also
runs in memory, with the core killed in between: `tests/unit/test_transfer_matrix.py`.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.floor import (
    CELLS,
    OUTSIDE,
    RING_S,
    RINGING_HZ,
    TARGETS,
    WHO,
    Cell,
    Floor,
    after_talking,
    opened,
    segment,
)
from tests.e2e.outside import OUTSIDE_HZ
from tests.support import aio, until


@pytest.fixture(scope="module")
def floor(tmp_path_factory: pytest.TempPathFactory, prompts: Path) -> Iterator[Floor]:
    with opened(tmp_path_factory.mktemp("transfers"), prompts) as people:
        yield people


@pytest.mark.parametrize(("how", "kind"), CELLS)
@aio
async def test_the_target_answers(floor: Floor, how: str, kind: str) -> None:
    cell = await floor.customer_with_amy()
    await cell.send(how, kind)
    if how == "attended":
        await cell.answer(kind)
        await cell.talk("amy", WHO[kind])
        await cell.waits("caller", "amy", WHO[kind])
        await floor.agents["amy"].sees_state("held")
        await cell.consult("complete")
    else:
        await floor.agents["amy"].sees_state("ready")
        await cell.answer(kind)
    await cell.talk("caller", WHO[kind])
    await floor.agents["amy"].sees_state("ready")
    if kind != "outside":
        await floor.agents[WHO[kind]].sees_state("talking")
    row = await cell.over([("amy", ""), segment(kind)], after_talking(kind))
    assert [each["ended"] for each in row["segments"]] == ["transferred", "customer_left"]


@pytest.mark.parametrize("why", ["reject", "no answer"])
@pytest.mark.parametrize(("how", "kind"), CELLS)
@aio
async def test_the_target_does_not_take_him_and_he_is_not_dropped(
    floor: Floor, how: str, kind: str, why: str
) -> None:
    cell = await floor.customer_with_amy()
    if kind == "queue":  # nobody else of the queue is to be asked
        await floor.agents["ben"].do("/agent/status", status="break")
    await cell.send(how, kind)
    await floor.agents["amy"].sees_state("held" if how == "attended" else "ready")
    if why == "reject":
        await cell.reject(kind)
    else:
        await cell.offered(kind)
    if kind != "outside":
        await floor.agents[WHO[kind]].sees_state("not_ready", within_s=RING_S + 10)
    amy = floor.agents["amy"]
    if how == "blind" and kind == "queue":  # he waits on in that queue, first in the line
        await cell.waits("caller", "amy")
        await floor.agents["gus"].make_ready()
        await cell.answer("queue")
        await cell.talk("caller", "gus")
        await cell.over([("amy", ""), ("gus", "")], after_talking("queue"))
        return
    if how == "blind":
        assert (await amy.offered(within_s=RING_S + 10))["purpose"] == "return"
        await amy.accept()
    elif kind == "queue":
        await cell.consult("cancel")
    await amy.sees_state("talking", within_s=RING_S + 10)
    await cell.talk("caller", "amy")
    back: list[tuple[str | None, str]] = [("amy", "")] * (2 if how == "blind" else 1)
    await cell.over(back, {"amy": "ready"})


@pytest.mark.parametrize(("how", "kind"), CELLS)
@aio
async def test_the_customer_hangs_up_while_the_target_rings(floor: Floor, how: str, kind: str) -> None:
    cell = await floor.customer_with_amy()
    await cell.send(how, kind)
    await cell.offered(kind)
    floor.caller.hang_up()
    row = await cell.over([("amy", "")], {"amy": "ready", "ben": "ready", "gus": "ready"})
    assert row["outcome"] == ("abandoned" if (how, kind) == ("blind", "queue") else "handled")


@pytest.mark.parametrize("kind", TARGETS)
@aio
async def test_who_was_asked_hangs_up_again(floor: Floor, kind: str) -> None:
    cell = await floor.customer_with_amy()
    await cell.send("attended", kind)
    await cell.answer(kind)
    await cell.talk("amy", WHO[kind])
    await cell.target_hangs_up(kind)
    await cell.talk("caller", "amy")
    await floor.agents["amy"].sees_state("talking")
    await cell.over([("amy", "")], {"amy": "ready", "ben": "ready", "gus": "ready"})


@pytest.mark.parametrize("kind", TARGETS)
@aio
async def test_toggle_conference_mute_and_the_first_agent_leaves(floor: Floor, kind: str) -> None:
    cell, amy, who = await floor.customer_with_amy(), floor.agents["amy"], WHO[kind]
    await cell.send("attended", kind)
    await cell.answer(kind)
    await cell.talk("amy", who)
    await cell.consult("swap")
    await cell.talk("amy", "caller")
    await cell.waits(who, "amy", "caller")
    await cell.consult("conference")
    await cell.talk("amy", "caller", who)
    await amy.do(f"/contacts/{cell.contact}/mute")
    await until(lambda: not cell.hears("caller", "amy"), what="the customer without Amy")
    await until(lambda: not cell.hears(who, "amy"), what=f"{who} without Amy")
    await cell.talk("caller", who)
    await amy.do(f"/contacts/{cell.contact}/unmute")
    await cell.talk("amy", "caller", who)
    await amy.do(f"/contacts/{cell.contact}/hang-up")
    await amy.sees_state("ready")
    await cell.talk("caller", who)
    await cell.over([("amy", ""), segment(kind)], {"amy": "ready"})


@aio
async def test_to_a_flow_he_enters_it_anew_and_waits_in_its_queue(floor: Floor) -> None:
    cell = await floor.customer_with_amy()
    await floor.agents["amy"].do("/agent/status", status="break")
    await floor.agents["amy"].do(f"/contacts/{cell.contact}/transfer", to={"flow": "straight"}, how="blind")
    await floor.agents["ben"].accept()
    await cell.talk("caller", "ben")
    row = await cell.over([("amy", ""), ("ben", "")], {"amy": "not_ready", "ben": "ready"})
    assert sum(event["event"]["type"] == "FlowEntered" for event in row["events"]) == 2


@aio
async def test_keys_reach_an_outside_number(floor: Floor) -> None:
    cell = await floor.customer_with_amy()
    await cell.send("attended", "outside")
    await cell.answer("outside")
    await cell.talk("amy", "outside")
    await floor.agents["amy"].do(f"/contacts/{cell.contact}/digits", digits="42#")
    await floor.outside.gets_keys("42#")
    await cell.consult("cancel")
    await floor.outside.hears_of("ended")
    await cell.talk("caller", "amy")
    await cell.over([("amy", "")], {"amy": "ready"})


@pytest.mark.parametrize("answers", [True, False])
@aio
async def test_an_agent_calls_out_hears_it_ring_and_talks_or_learns_the_cause(
    floor: Floor, answers: bool
) -> None:
    amy, outside = floor.agents["amy"], floor.outside
    outside.forget()
    began = await amy.console.post("/calls", to=OUTSIDE, queue="technical")
    assert began.status_code == 201, began.text
    cell = Cell(floor, began.json()["contact"])
    cell.outside_call = await outside.rings()
    await amy.sees(lambda: (amy.console.desk.get("call") or {}).get("state") == "dialling", what="dialling")
    await amy.sees(lambda: (amy.console.desk.get("call") or {}).get("stage") == "ringing", what="it rings")
    await until(lambda: amy.hears(RINGING_HZ), what="the ringing tone at the agent")
    floor.calls_as("technical")
    if answers:
        outside.do("progress", cell.outside_call)  # 183, and it speaks before it answers
        await amy.sees(lambda: amy.console.desk["call"]["stage"] == "early_media", what="early media")
        await until(lambda: amy.hears(OUTSIDE_HZ), what="what the number says before it answers")
        await until(lambda: not amy.hears(RINGING_HZ), what="no ringing tone of our own")
        assert outside.told("up") is None
        outside.do("answer", cell.outside_call)
        await cell.talk("amy", "outside")
        await amy.do(f"/contacts/{cell.contact}/hang-up")
    else:
        outside.do("refuse", cell.outside_call)
    await outside.hears_of("ended")
    await amy.sees_state("wrap_up")
    failed = amy.console.desk["call_failed"]
    assert (failed and (failed["cause"], failed["code"])) == (None if answers else ("busy", 486))
    await amy.wrap_up(cell.contact)
    row = await floor.sofia.story(cell.contact, lambda row: row["ended_at"] is not None)
    assert (row["direction"], row["to_number"], row["queue"]) == ("outbound", OUTSIDE, "technical")
    assert row["outcome"] == ("handled" if answers else "not_reached")
    assert [each["agent"] for each in row["segments"]] == (["amy"] if answers else [])
