"""A workshop of flows in a folder of its own, with a voice that needs no program."""

from collections.abc import Callable
from pathlib import Path

from contact_center.ivr.events import FlowState, Frame
from contact_center.ivr.library import Library
from contact_center.ivr.prompts import Prompts
from contact_center.ivr.trials import Trials
from contact_center.ivr.workshop import Workshop
from contact_center.metrics.flow_counts import FlowCounts, Stored
from contact_center.web.flow_routes import FlowRooms
from tests.unit.test_ivr_prompts import ToneSpeech

MAIN = """\
languages: [en, zh]
numbers: ["8100"]
start: ask
variables: {pin: {type: text}}
prompts:
  ask: {en: "Press 1 for sales, 2 to log in.", zh: "销售请按 1，登录请按 2。"}
  pin: {en: "Your number?", zh: "请输入密码。"}
nodes:
  ask:
    kind: menu
    say: ask
    choices: {"1": wait, "2": log_in}
    no_input: bye
    no_match: bye
  log_in:
    kind: collect
    say: pin
    into: pin
    secret: true
    next: rate
    no_input: bye
    no_match: bye
  rate: {kind: call, flow: survey, next: bye}
  wait:
    kind: queue
    queue: sales
    after: bye
    no_agents: bye
  bye: {kind: hangup, reason: good day}
"""
TESTS = """\
tests:
  who presses 1 waits:
    steps: [hear: ask, press: "1", queue: sales]
"""
SURVEY = """\
languages: [en, zh]
start: score
nodes:
  score:
    kind: survey
    measure: csat
    say: {text: {en: "One to five?", zh: "一到五？"}}
    next: done
    no_input: done
    no_match: done
  done: {kind: return}
"""
STANDING = (
    FlowState(flow="main", version="now", language="en", node="ask", phase="asking"),
    FlowState(flow="main", version="old", language="en", node="wait", phase="connected"),
    FlowState(
        flow="main", version="now", language="en", node="score", phase="asking", stack=(Frame(node="rate"),)
    ),
)
"""Where callers are: at the menu, with an agent, and in the survey that `rate` calls."""


class TakenUp:
    """Stands for the core: takes up at once what is deployed."""

    def __init__(self, library: Library) -> None:
        self.library = library

    async def __call__(self) -> None:
        self.library.take(self.library.deployed())


def flow_rooms(folder: Path, clock: Callable[[], float], stored: Stored) -> FlowRooms:
    """`main`, which calls `survey`, and the tests of `main`."""
    flows, archive = folder / "flows", folder / "archive"
    flows.mkdir(parents=True)
    for name, text in (("main.yaml", MAIN), ("main.test.yaml", TESTS), ("survey.yaml", SURVEY)):
        (flows / name).write_text(text, encoding="utf-8")
    library, prompts = Library(flows, archive), Prompts(folder / "prompts", None, ToneSpeech(), archive)
    ids = iter(range(1, 1000))
    return FlowRooms(
        workshop=Workshop(
            folder=flows,
            archive=archive,
            library=library,
            prompts=prompts,
            taken_up=TakenUp(library),
            clock=clock,
        ),
        prompts=prompts,
        trials=Trials(clock, lambda: f"t{next(ids)}"),
        counts=FlowCounts(stored, clock),
        standing=lambda: STANDING,
    )
