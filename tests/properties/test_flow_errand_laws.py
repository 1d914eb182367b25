"""The laws of the whole core hold for callers whose flows do errands, whenever the core is killed."""

import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contact_center.cti import events as cti
from contact_center.telephony.media import acts
from tests.properties.test_switchboard_laws import Act, Story, check_laws
from tests.support import run_apart
from tests.unit.test_flow_errands import FLOW, OTHER
from tests.world import World

KINDS = (
    *("errand", "errand", "errand", "errand", "prompt", "prompt", "digit", "give_up", "ready", "accept"),
    *("accept", "reject", "hang_up", "done", "wait", "wait_long", "kill", "kill", "kill_in_flight"),
    *("agent_phone_ends", "outside_answers", "outside_ends", "tape_fails", "conversation_dies", "transfer"),
    *("enter", "device_gone", "device_back"),
)
act = st.tuples(st.sampled_from(KINDS), st.integers(0, 3), st.integers(0, 9))


class Errands(Story):
    """Callers who key their way to an errand at once."""

    async def play(self, what: Act) -> None:
        kind, which, number = what
        conversation = self.conversation(which)
        if kind == "errand":
            name = await self.world.calls_in()
            self.world.happens(name, acts.Keyed(leg="caller", digit=str(number % 9 + 1)))
            await self.world.settle()
        elif kind == "enter" and conversation is not None:
            self.world.happens(conversation, acts.Keyed(leg="caller", digit="#"))
            await self.world.settle()
        else:
            await super().play(what)


async def tell(story: list[Act]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        flows = Path(folder) / "own"
        flows.mkdir()
        (flows / "main_menu.yaml").write_text(FLOW, encoding="utf-8")  # the name transfers go to
        (flows / "other.yaml").write_text(OTHER, encoding="utf-8")
        world = World(Path(folder), flows)
        await world.core_up()
        world.facts.answer = ("found", {"plan": "gold", "level": 1})
        teller = Errands(world)
        await teller.play(("ready", 0, 0))
        for what in story:
            await teller.play(what)
        await teller.finish()
        await world.log.store_rest()
        check_laws(world)
        check_messages(world.events())


def check_messages(log: list[cti.CtiEvent]) -> None:
    """A message is in a recording of its own, which was begun by the flow; a score is on its scale."""
    begun: set[str] = set()
    left: list[str] = []
    for event in log:
        match event:
            case cti.RecordingStarted(recording=name, agent=""):
                begun.add(name)
            case cti.MessageLeft(recording=name, seconds=seconds):
                left.append(name)
                assert seconds >= 2.0
            case cti.SurveyAnswered(score=score):
                assert 1 <= score <= 5
            case _:
                pass
    assert len(left) == len(set(left))
    assert set(left) <= begun


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(act, min_size=8, max_size=40))
def test_errands_leave_nobody_behind(story: list[Act]) -> None:
    run_apart(tell(story))
