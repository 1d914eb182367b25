"""What a flow asks of the core, carried out: messages, scores, transfers, look-ups, events."""

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from contact_center.agents.presence import Reserved
from contact_center.cti import events as cti
from contact_center.customers.history import fold
from contact_center.customers.pop import Pop
from contact_center.customers.record import Customer
from contact_center.loyalty.profile import portrait
from contact_center.switchboard import taping
from contact_center.telephony.media import acts
from tests.support import run_apart
from tests.unit.test_loyalty_profile import LOYAL
from tests.world import Strangers, World

FLOW = """\
languages: [en, zh]
numbers: ["8000"]
start: find
variables: {plan: "", score: 0, pin: "", level: 0}
prompts:
  ask: {en: Choose., zh: 请选择。}
  speak: {en: Speak., zh: 请讲。}
  rate: {en: "One to five.", zh: 一到五。}
nodes:
  find:
    kind: lookup
    number: caller_number
    found: ask
    not_found: ask
    several: ask
    failed: ask
  ask:
    kind: menu
    say: ask
    choices:
      "1": message
      "2": rate
      "3": to_agent
      "4": to_number
      "5": fetch
      "6": note
      "7": to_flow
      "8": to_queue
      "9": sub
      "*": tape
    no_input: bye
    no_match: bye
  message: {kind: voicemail, say: speak, queue: billing, next: thanks, nothing: bye, failed: bye}
  thanks: {kind: hangup, reason: message taken}
  rate: {kind: survey, measure: csat, say: rate, into: score, next: bye, no_input: bye, no_match: bye}
  to_agent: {kind: transfer, agent: '"anna"', failed: nobody, after: rate}
  to_number: {kind: transfer, number: '"+4930"', failed: nobody, after: rate}
  to_queue: {kind: transfer, queue: billing, after: rate}
  to_flow: {kind: transfer, flow: other}
  nobody: {kind: hangup, reason: nobody took it}
  fetch:
    kind: lookup
    url: https://crm.example/plan
    send: {number: caller_number}
    into: {plan: plan, level: level}
    found: note
    not_found: bye
    failed: nobody
  note: {kind: event, name: plan.asked, values: {plan: plan, level: level}, next: bye}
  sub: {kind: call, flow: other, next: bye, outcomes: {fine: thanks}}
  tape: {kind: record, act: start, queue: billing, silence_s: 8, next: consent}
  consent: {kind: menu, say: ask, choices: {"1": consent}, no_input: bye, no_match: bye}
  bye: {kind: hangup, reason: over}
"""
OTHER = """\
languages: [en, zh]
start: say
prompts: {hello: {en: Hello., zh: 您好。}}
nodes:
  say: {kind: say, say: hello, next: back}
  back: {kind: return, outcome: fine}
"""


async def world_of(tmp_path: Path) -> World:
    flows = tmp_path / "own"
    flows.mkdir()
    (flows / "main.yaml").write_text(FLOW, encoding="utf-8")
    (flows / "other.yaml").write_text(OTHER, encoding="utf-8")
    world = World(tmp_path, flows)
    await world.core_up()
    return world


async def chose(world: World, key: str) -> str:
    conversation = await world.calls_in()
    await presses(world, conversation, key)
    return conversation


async def presses(world: World, conversation: str, key: str) -> None:
    world.happens(conversation, acts.Keyed(leg="caller", digit=key))
    await world.settle()


async def said_out(world: World, conversation: str) -> None:
    play = world.ears.pop((conversation, "caller"))
    world.happens(conversation, acts.PlayedOut(leg="caller", play=play.play))
    await world.settle()


async def anna_ready(world: World) -> None:
    await world.desk.log_on("anna")
    await world.attach("anna")
    await world.desk.choose_status("anna", "ready")
    await world.settle()


async def anna_takes(world: World) -> None:
    activity = world.board.presence_of("anna").activity
    assert isinstance(activity, Reserved)
    await world.desk.accept("anna", activity.offer)
    await world.settle()


def told(world: World, kind: type[Any]) -> list[Any]:
    return [event for event in world.events() if isinstance(event, kind)]


def path(world: World) -> list[str]:
    return [event.node for event in told(world, cti.NodeVisited)]


async def a_message_is_recorded_also_across_a_kill(tmp_path: Path) -> None:
    world = await world_of(tmp_path)
    conversation = await chose(world, "1")
    assert world.ears[conversation, "caller"].files == ("phrase-speak", "beep-beep")
    assert world.conversations[conversation].tape is None
    await said_out(world, conversation)
    tape = world.conversations[conversation].tape
    assert tape is not None
    assert {leg for _, leg in world.conversations[conversation].taped} == {"caller"}
    await world.passes(4.0)
    await world.kill_core()
    await world.core_up()
    await world.passes(3.0)
    await presses(world, conversation, "#")
    await world.settle()
    (left,) = told(world, cti.MessageLeft)
    assert (left.queue, left.recording, left.seconds) == ("billing", tape.record.recording, 7.0)
    assert [event.recording for event in told(world, cti.RecordingStopped)] == [left.recording]
    assert world.board.presences.keys() == {"anna", "bo", "carl"}


async def hanging_up_leaves_the_message_and_silence_does_not(tmp_path: Path) -> None:
    world = await world_of(tmp_path)
    for seconds in (30.0, 1.0):
        conversation = await chose(world, "1")
        await said_out(world, conversation)
        await world.passes(seconds)
        world.happens(conversation, acts.WentDown(leg="caller", code=200, reason=""))
        await world.settle()
    assert [left.seconds for left in told(world, cti.MessageLeft)] == [30.0]
    assert len(told(world, cti.RecordingStopped)) == 2


async def silence_ends_a_message_and_nothing_said_is_none(tmp_path: Path) -> None:
    world = await world_of(tmp_path)
    for sounded_s, way in ((6.0, "thanks"), (0.0, "bye"), (0.5, "bye")):
        conversation = await chose(world, "1")
        await said_out(world, conversation)
        tape = world.conversations[conversation].tape
        assert tape is not None
        assert tape.record.silence_s == 5.0
        await world.passes(sounded_s + 5.0)
        other = acts.TapeSilent(recording="another", sounded_s=9.0)
        for silent in (other, acts.TapeSilent(recording=tape.record.recording, sounded_s=sounded_s)):
            world.happens(conversation, silent)
            await world.settle()
        assert path(world)[-1] == way
    assert [left.seconds for left in told(world, cti.MessageLeft)] == [11.0]


async def a_recording_that_goes_along_stops_on_silence_unless_it_is_paused(tmp_path: Path) -> None:
    world = await world_of(tmp_path)
    conversation = await chose(world, "*")
    await presses(world, conversation, "1")
    tape = world.conversations[conversation].tape
    assert tape is not None
    assert tape.record.silence_s == 8.0
    silent = acts.TapeSilent(recording=tape.record.recording, sounded_s=2.0)
    session = next(iter(world.board.sessions.values()))
    with world.board.stroke() as stroke:
        taping.pause(world.board, stroke, session, "flow")
    await world.settle()
    world.happens(conversation, silent)
    await world.settle()
    assert world.conversations[conversation].tape is not None
    with world.board.stroke() as stroke:
        taping.resume(world.board, stroke, world.board.sessions[conversation], "flow")
    await world.settle()
    world.happens(conversation, silent)
    await world.settle()
    assert world.conversations[conversation].tape is None
    assert path(world)[-1] == "consent"


async def a_message_that_cannot_be_recorded_goes_on(tmp_path: Path) -> None:
    world = await world_of(tmp_path)
    conversation = await chose(world, "1")
    await said_out(world, conversation)
    tape = world.conversations[conversation].tape
    assert tape is not None
    world.happens(conversation, acts.TapeFailed(recording=tape.record.recording, why="disk full"))
    await world.settle()
    assert path(world)[-1] == "bye"
    assert not told(world, cti.MessageLeft)


async def a_score_is_kept_with_the_interaction(tmp_path: Path) -> None:
    world = await world_of(tmp_path)
    await anna_ready(world)
    conversation = await chose(world, "3")
    await anna_takes(world)
    assert {name for kind, name in world.floor.present() if kind == "queues"} == {"billing", "technical"}
    world.happens(conversation, acts.WentDown(leg="agent-1", code=200, reason=""))
    await world.settle()
    await presses(world, conversation, "4")
    (answered,) = told(world, cti.SurveyAnswered)
    assert (answered.measure, answered.score, answered.about) == ("csat", 4, "anna")
    await world.log.store_rest()
    kept = fold(e for e in world.shelf.events if cti.contact_of(e.event) == answered.contact)
    assert [(each.measure, each.score, each.about) for each in kept.survey] == [("csat", 4, "anna")]
    assert world.board.presence_of("anna").activity.__class__.__name__ != "OnCall"


async def an_agent_who_is_not_there_fails_the_transfer(tmp_path: Path) -> None:
    world = await world_of(tmp_path)
    await chose(world, "3")
    assert path(world)[-1] == "nobody"
    assert len(told(world, cti.FlowTransferFailed)) == 1
    await anna_ready(world)
    await chose(world, "3")
    await world.passes(30.0)  # she does not answer
    assert path(world)[-1] == "nobody"


async def an_outside_number_answers_or_not(tmp_path: Path) -> None:
    world = await world_of(tmp_path)
    conversation = await chose(world, "4")
    (leg,) = [leg for of, leg in world.ringing if of == conversation]
    await world.kill_core()
    await world.core_up()
    world.picked_up(conversation, leg)
    await world.settle()
    assert (conversation, "caller") not in world.ears or not world.ears[conversation, "caller"].loop
    world.happens(conversation, acts.WentDown(leg=leg, code=200, reason=""))
    await world.settle()
    assert path(world)[-1] == "rate"
    other = await chose(world, "4")
    (leg,) = [leg for of, leg in world.ringing if of == other]
    world.happens(other, acts.WentDown(leg=leg, code=486, reason=""))
    await world.settle()
    assert path(world)[-1] == "nobody"


async def a_queue_takes_the_caller(tmp_path: Path) -> None:
    world = await world_of(tmp_path)
    await anna_ready(world)
    conversation = await chose(world, "8")
    await world.passes(1.0)
    await anna_takes(world)
    assert [event.queue for event in told(world, cti.Established)] == ["billing"]
    world.happens(conversation, acts.WentDown(leg="agent-1", code=200, reason=""))
    await world.settle()
    assert path(world)[-1] == "rate"


async def another_flow_takes_the_caller_or_comes_back(tmp_path: Path) -> None:
    world = await world_of(tmp_path)
    await chose(world, "7")
    assert [event.flow for event in told(world, cti.FlowEntered)] == ["main", "other"]
    conversation = await chose(world, "9")
    assert path(world)[-1] == "sub/say"
    await world.kill_core()
    await world.core_up()
    await said_out(world, conversation)
    assert path(world)[-2:] == ["sub/back", "thanks"]


async def the_record_tells_the_flow_who_calls(tmp_path: Path) -> None:
    world = await world_of(tmp_path)
    world.board.records = Known()
    await world.calls_in()
    await world.settle()
    (session,) = world.board.sessions.values()
    assert session.flow is not None
    told_of = {n: v for n, v in session.flow.variables.items() if n.startswith("customer_")}
    assert told_of == {
        "customer_known": True,
        "customer_matches": 1,
        "customer_id": "c1",
        "customer_name": "Ada",
        "customer_language": "zh",
        "customer_tier": "platinum",
        "customer_menu": "standard",
    }


class Known(Strangers):
    """Everybody is Ada."""

    async def pop(self, raw_number: str) -> Pop:
        ada = Customer(id="c1", name="Ada", language="zh")
        return Pop(matches=(ada,), customer=ada, portrait=portrait(LOYAL, refused=False))


async def facts_come_over_http(tmp_path: Path) -> None:
    world = await world_of(tmp_path)
    world.facts.answer = ("found", {"plan": "gold", "level": 3, "more": 1})
    await chose(world, "5")
    await world.settle()
    assert world.facts.asked == [("https://crm.example/plan", False, {"number": "+12025550001"})]
    (noted,) = told(world, cti.FlowNoted)
    assert (noted.name, noted.values) == ("plan.asked", {"plan": "gold", "level": 3})
    world.facts.answer = ("failed", {})
    await chose(world, "5")
    await world.settle()
    assert path(world)[-1] == "nobody"


@pytest.mark.parametrize(
    "story",
    [
        a_message_is_recorded_also_across_a_kill,
        hanging_up_leaves_the_message_and_silence_does_not,
        silence_ends_a_message_and_nothing_said_is_none,
        a_recording_that_goes_along_stops_on_silence_unless_it_is_paused,
        a_message_that_cannot_be_recorded_goes_on,
        a_score_is_kept_with_the_interaction,
        an_agent_who_is_not_there_fails_the_transfer,
        an_outside_number_answers_or_not,
        a_queue_takes_the_caller,
        another_flow_takes_the_caller_or_comes_back,
        the_record_tells_the_flow_who_calls,
        facts_come_over_http,
    ],
    ids=lambda story: story.__name__,
)
def test_errand(story: Callable[[Path], Coroutine[Any, Any, None]], tmp_path: Path) -> None:
    run_apart(story(tmp_path))
