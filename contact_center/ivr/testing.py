"""Runs the tests beside flows on a virtual clock: a call of minutes in well under a millisecond each.

Every prompt part lasts `PART_S` of virtual time. `hear`, `queue` and `end` let time pass until they happen.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from contact_center.ivr.check import check_source, flow_files
from contact_center.ivr.events import (
    AskCallback,
    CallbackPlaced,
    CallbackTerms,
    CallerGone,
    Collected,
    Connected,
    DigitPressed,
    End,
    Entered,
    EnterFlow,
    EnterQueue,
    Failed,
    FellSilent,
    Fetch,
    Fetched,
    FlowEffect,
    FlowEvent,
    LeaveQueue,
    LookedUp,
    LookUpCustomer,
    MessageLeft,
    Play,
    PromptDone,
    QueueOutcome,
    QueuePosition,
    RequestCallback,
    Returned,
    Scored,
    SendTo,
    StopPlaying,
    Tape,
    TimeReached,
    Told,
    TransferFailed,
)
from contact_center.ivr.expressions import type_of
from contact_center.ivr.flow import Flow, variable_types
from contact_center.ivr.interpreter import begin, deadline, step
from contact_center.ivr.loader import read_flow
from contact_center.ivr.scenario import TOLD, Scenario, Step, TestFile, read_tests
from contact_center.ivr.source import Source
from contact_center.runtime.sentences import Refusal, Sentence, Word, sentence

PART_S = 2.0
PATIENCE_S = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """How one test went; `why` is empty when it passed, and `line` is that of the step that failed."""

    file: str
    line: int
    name: str
    why: str = ""
    """A `Sentence`."""

    @property
    def passed(self) -> bool:
        return not self.why

    def __str__(self) -> str:
        return str(self.whole)

    @property
    def whole(self) -> Sentence:
        """With its place and name."""
        return sentence(
            "{file}:{line}: {name}: {why}",
            file=self.file,
            line=self.line,
            name=self.name,
            why=self.why or sentence("passed"),
        )


class Unexpected(Refusal):  # a test's expectation, not an error of this program
    """The flow did something else than the test says."""


def run_tests(paths: Iterable[Path], only: Sequence[str] = ()) -> list[Result]:
    """Run the tests named by `only` of files named, beside flows named, or in folders named."""
    return [result for file in test_files(paths) for result in run_file(file, only=only)]


def test_files(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from sorted(path.glob("*.test.yaml"))
        elif path.name.endswith(".test.yaml"):
            yield path
        else:
            yield path.with_name(f"{path.stem}.test.yaml")


test_files.__test__ = False  # type: ignore[attr-defined]  # its name is no pytest test


def flows_of(paths: Iterable[Path]) -> Iterator[Path]:
    """The flow files named, in the folders named, and of the test files named."""
    for path in paths:
        if path.is_dir():
            yield from flow_files([path])
        elif path.name.endswith(".test.yaml"):
            tests, _ = read_tests(path)
            if tests is not None:
                yield tests.flow
        else:
            yield path


def run_file(file: Path, draft: bytes | None = None, only: Sequence[str] = ()) -> list[Result]:
    """Run one test file; `draft` takes the place of what is in the flow's file."""
    tests, source = read_tests(file)
    if tests is not None:
        flow_source = read_flow(tests.flow, draft=draft)
        check_source(flow_source)
        source.findings.extend(flow_source.findings)
        if flow_source.flow is not None:
            _check_variables(source, flow_source.flow, tests)
        if flow_source.flow is not None and not source.findings:
            wanted = (scenario for scenario in tests.scenarios if scenario.is_one_of(only))
            return [run_scenario(file, flow_source.flow, scenario) for scenario in wanted]
    return [
        Result(file=each.file, line=each.line, name="reading", why=each.sentence)
        for each in sorted(source.findings)
    ]


def _check_variables(source: Source, flow: Flow, tests: TestFile) -> None:
    """What the flow would not take would be no test of it."""
    types = variable_types(flow)
    for scenario in tests.scenarios:
        for name, value in scenario.variables.items():
            wanted, found = types[name] if name in flow.variables else None, type_of(value)
            if wanted is None:
                near = source.near(name, flow.variables)
                source.find(
                    scenario.line,
                    "variable {name!r} is not declared under 'variables'{near}",
                    name=name,
                    near=near,
                )
            elif wanted != found:
                source.find(
                    scenario.line,
                    "variable {name!r} is {wanted}, not {found}",
                    name=name,
                    wanted=Word(wanted),
                    found=Word(found),
                )


def run_scenario(file: Path, flow: Flow, scenario: Scenario) -> Result:
    caller = VirtualCaller(flow, scenario)
    at = scenario.line
    try:
        entered = Entered(
            caller_number=scenario.caller, called_number=scenario.called, variables=scenario.variables
        )
        caller.feed(entered)
        for each in scenario.steps:
            at = each.line
            caller.take(each)
    except Unexpected as unexpected:
        return Result(file=str(file), line=at, name=scenario.name, why=unexpected.sentence)
    return Result(file=str(file), line=scenario.line, name=scenario.name)


class VirtualCaller:
    """One caller in one flow with a clock of their own."""

    def __init__(self, flow: Flow, scenario: Scenario) -> None:
        self.flow, self.scenario = flow, scenario
        self.state = begin(flow)
        self.now = scenario.at
        self._wait_s: tuple[float, float, float] | None = None
        self.told: list[str] = []
        self.said: list[str] = []
        self.queued: EnterQueue | None = None
        self.ended: End | None = None
        self.taping: tuple[float, float] | None = None
        self.coming: list[tuple[float, FlowEvent]] = []
        self._play_over: tuple[float, str] | None = None

    # -- what happens ------------------------------------------------------------------------------

    def feed(self, event: FlowEvent) -> None:
        self.state, effects = step(self.flow, self.state, event, self.now)
        for effect in effects:
            self.carry_out(effect)

    def carry_out(self, effect: FlowEffect) -> None:
        match effect:
            case Fetch(fetch=fetch):
                self._reply(fetch)
            case SendTo(kind=kind, name=name):
                self.told.append(f"transfer {kind} {name}")
            case EnterFlow(flow=flow):
                self.told.append(f"transfer flow {flow}")
            case Tape(act=act):
                self.taping = (self.now, effect.silence_s) if act == "start" else None
                self.told.append(f"tape {act}")
            case MessageLeft(queue=queue):
                self.told.append(f"message {queue}")
            case Scored(measure=measure, score=score):
                self.told.append(f"score {measure} {score}")
            case Told(name=name):
                self.told.append(f"event {name}")
            case Play(play=play, prompts=prompts, loop=loop):
                self.said.extend(prompt.value for prompt in prompts)
                self._play_over = None if loop else (self.now + PART_S * len(prompts), play)
            case StopPlaying():
                self._play_over = None
            case LookUpCustomer():
                if self.scenario.records_answer:
                    self.feed(LookedUp(customer=self.scenario.customer, matches=self.scenario.matches))
            case AskCallback(number=number):
                if self.scenario.callback != "silent":
                    self.feed(self._terms(number))
            case RequestCallback(queue=queue, number=number):
                self.told.append(f"callback {queue} {number}")
                self.feed(CallbackPlaced(placed=self.scenario.callback != "refused"))
            case EnterQueue():
                self.queued = effect
            case LeaveQueue():
                self.queued = None
            case End():
                self.ended = effect
            case Failed(why=why):
                raise Unexpected("the flow failed: {why}", why=why)
            case Collected() | _:
                pass

    def _terms(self, number: str) -> CallbackTerms:
        """What the line says: whether callbacks are made, and to which numbers."""
        may = number.removeprefix("+").isdigit() and len(number) >= 7
        return CallbackTerms(
            available=self.scenario.callback != "closed",
            number=number if may else "",
            wait_s=self.scenario.callback_wait_s,
            promise_s=self.scenario.callback_promise_s,
            promise_next_day=self.scenario.callback_next_day,
        )

    def _reply(self, fetch: int) -> None:
        """What the test says the look-up at this node finds; without a word, silence."""
        reply = self.scenario.replies.get(self.state.node, "silent")
        if isinstance(reply, dict):
            self.feed(Fetched(fetch=fetch, outcome="found", values=reply))
        elif reply != "silent":
            outcome: Literal["not_found", "failed"] = "not_found" if reply == "not_found" else "failed"
            self.feed(Fetched(fetch=fetch, outcome=outcome))

    def pass_time(self, until: float) -> bool:
        """On to the next thing that is due, at most `until`; whether there was one."""
        next_at = self.next_at()
        if next_at is None or next_at > until or self.ended is not None:
            self.now = max(self.now, until) if self.ended is None else self.now
            return False
        self.now = max(self.now, next_at)
        over, come = self._play_over, min(self.coming, key=lambda each: each[0], default=None)
        if come is not None and come[0] <= self.now:
            self.coming.remove(come)
            self.feed(come[1])
        elif over is not None and over[0] <= self.now:
            self._play_over = None
            self.feed(PromptDone(play=over[1]))
        else:
            self.feed(TimeReached())
        return True

    def next_at(self) -> float | None:
        """When something is due next by itself."""
        times = [deadline(self.flow, self.state), *(at for at, _ in self.coming)]
        times.append(self._play_over[0] if self._play_over is not None else None)
        return min((at for at in times if at is not None), default=None)

    # -- steps -------------------------------------------------------------------------------------

    def take(self, each: Step) -> None:
        match each.kind:
            case "press":
                for digit in each.text:
                    self.feed(DigitPressed(digit=digit))
            case "wait":
                until = self.now + float(each.text)
                while self.pass_time(until):
                    pass
            case "hang_up":
                self.feed(CallerGone())
            case "silence":
                self.fall_silent()
            case "position":
                self.feed(QueuePosition(position=int(float(each.text)), wait_s=self._wait_s))
            case "expects":
                likely_s = float(each.text)
                self._wait_s = (likely_s / 2.0, likely_s, likely_s * 1.5)
            case "agent":
                said: dict[str, FlowEvent] = {"joins": Connected(), "leaves": Returned()}
                self.feed(said.get(each.text, TransferFailed(why="refused")))
            case "queue_says":
                self.feed(QueueOutcome(outcome="overflow" if each.text == "overflow" else "no_agents"))
            case "hear":
                self.hear(each.texts)
            case "node":
                if self.state.node != each.text:
                    raise Unexpected(
                        "is at node {node!r}, not {wanted!r}", node=self.state.node, wanted=each.text
                    )
            case "queue":
                self.expect_queue(each)
            case kind if kind in TOLD:
                self.expect_told(f"{kind} {each.text}")
            case _:
                self.expect_end(each.text)

    def fall_silent(self) -> None:
        """Who is recorded says no more, for as long as the recording waits."""
        began_at, silence_s = self.taping or (0.0, 0.0)
        if not silence_s:
            raise Unexpected("no recording runs that ends on silence")
        sounded_s, until = self.now - began_at, self.now + silence_s
        while self.pass_time(until):
            pass
        self.feed(FellSilent(sounded_s=sounded_s))

    def hear(self, texts: tuple[str, ...]) -> None:
        until = self.now + PATIENCE_S
        heard: list[str] = []
        for text in texts:
            while text not in self.said:
                heard.extend(self.said)
                self.said.clear()
                if not self.pass_time(until):
                    raise Unexpected(
                        "{text!r} was not heard, but {heard}",
                        text=text,
                        heard=", ".join(heard) or Word("nothing"),
                    )
            before = self.said.index(text) + 1
            heard.extend(self.said[:before])
            del self.said[:before]

    def expect_told(self, what: str) -> None:
        until = self.now + PATIENCE_S
        while what not in self.told:
            if not self.pass_time(until):
                raise Unexpected(
                    "no {what!r}, but {found}", what=what, found=", ".join(self.told) or Word("nothing")
                )
        del self.told[: self.told.index(what) + 1]

    def expect_queue(self, each: Step) -> None:
        until = self.now + PATIENCE_S
        while self.queued is None:
            if not self.pass_time(until):
                raise Unexpected("no queue was entered; is at node {node!r}", node=self.state.node)
        queued = self.queued
        if each.text and queued.queue != each.text:
            raise Unexpected("is in queue {found!r}, not {wanted!r}", found=queued.queue, wanted=each.text)
        if each.skills is not None and queued.skills != each.skills:
            raise Unexpected(
                "the queue asks for skills {found}, not {wanted}", found=queued.skills, wanted=each.skills
            )

    def expect_end(self, reason: str) -> None:
        until = self.now + PATIENCE_S
        while self.state.phase != "ended":
            if not self.pass_time(until):
                raise Unexpected(
                    "the call goes on at node {node!r} ({phase})",
                    node=self.state.node,
                    phase=Word(self.state.phase),
                )
        found = self.ended.reason if self.ended is not None else "caller hung up"
        if reason and found != reason:
            raise Unexpected("the call ended for {found!r}, not {reason!r}", found=found, reason=reason)
