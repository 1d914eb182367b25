"""One step under way: state so far, effects collected, walking from node to node, speaking. Pure."""

from abc import abstractmethod
from dataclasses import replace
from typing import Any, assert_never

from contact_center.ivr.events import (
    AnswerCall,
    End,
    Failed,
    FlowEffect,
    FlowState,
    Frame,
    LeaveQueue,
    Play,
    Prompt,
    StopPlaying,
    Visited,
)
from contact_center.ivr.expressions import value_of
from contact_center.ivr.flow import (
    BUILT_IN,
    Call,
    Flow,
    Node,
    Part,
    Phrase,
    Return,
    Says,
    SpokenDate,
    SpokenDigits,
    SpokenMoney,
    SpokenNumber,
    SpokenWait,
    Words,
)
from contact_center.ivr.spoken_wait import GRACE_S, written
from contact_center.runtime.sentences import Sentence, sentence

PROMPT_LIMIT_S = 180.0
"""A prompt whose end is never reported counts as over after this long."""

MOST_HOPS = 200
"""Nodes passed in one step; more is a loop that never waits."""

MOST_VARIABLES = 40
MOST_TEXT = 6000
"""Of one flow, and characters in all variables together: the state travels in a blob of at most 64 kB."""

MOST_CALLS = 5
"""Flows that wait for one another."""

IN_QUEUE = ("joining", "waiting", "telling")
"""Phases in which the caller is in a queue and not yet with an agent."""


def flow_within(flow: Flow, state: FlowState) -> Flow | None:
    """The flow whose nodes the caller is among: `flow` itself, or the one it called, and so on."""
    within: Flow | None = flow
    for frame in state.stack:
        node = within.nodes.get(frame.node) if within is not None else None
        within = within.flows.get(node.flow) if within is not None and isinstance(node, Call) else None
    return within


class Walk:
    """Lives no longer than the step."""

    def __init__(self, flow: Flow, state: FlowState, now: float) -> None:
        self.root, self.flow, self.now = flow, flow_within(flow, state) or flow, now
        self.state = replace(state)  # this step's own copy until it is handed out
        self.effects: list[FlowEffect] = []
        self.hops = 0

    def change(self, **values: Any) -> None:
        """Write into the step's own copy; a new state for every change would double the cost of a step."""
        for name, value in values.items():
            object.__setattr__(self.state, name, value)

    def holds_too_much(self) -> bool:
        holders = (self.state.variables, *(frame.variables for frame in self.state.stack))
        texts = (value for variables in holders for value in variables.values() if isinstance(value, str))
        return sum(map(len, texts)) > MOST_TEXT

    @abstractmethod
    def enter(self, node: Node) -> str | None:
        """Begin a node; the next one's name if it has nothing to wait for."""

    # -- walking -----------------------------------------------------------------------------------

    def node(self) -> Node | None:
        return self.flow.nodes.get(self.state.node)

    def go(self, target: str) -> None:
        """Enter a node, and those after it until one waits."""
        following: str | None = target
        while following is not None:
            self.hops += 1
            node = self.flow.nodes.get(following)
            if node is None or self.hops > MOST_HOPS:
                no_node = sentence("there is no node {node!r}", node=following)
                self.fail(no_node if node is None else sentence("{node!r} loops for ever", node=following))
                return
            self.change(
                node=following,
                entered_at=self.now,
                attempt=1,
                digits="",
                stage="",
                deadline=None,
                position_at=None,
                comfort_at=None,
                comfort_next=0,
                estimate_at=None,
                promised_until=None,
            )
            self.effects.append(Visited(node=self.place()))
            following = self.enter(node)

    def place(self) -> str:
        """The present node's name, after those of the calls that led to its flow."""
        return "/".join([*(frame.node for frame in self.state.stack), self.state.node])

    def call(self, node: Call) -> str | None:
        """Into a called flow: the name of its first node."""
        called = self.flow.flows.get(node.flow)
        if called is None or len(self.state.stack) >= MOST_CALLS:
            self.fail(sentence("flow {flow!r} cannot be called here", flow=node.flow))
            return None
        mine = self.state.variables
        given = {name: value_of(expression, mine) for name, expression in node.give.items()}
        frame = Frame(node=self.state.node, variables={n: v for n, v in mine.items() if n not in BUILT_IN})
        variables = {**{n: v for n, v in mine.items() if n in BUILT_IN}, **called.variables, **given}
        self.change(stack=(*self.state.stack, frame), variables=variables)
        self.flow = called
        return called.start

    def give_back(self, node: Return) -> str | None:
        """Out of a called flow: the name of the node that follows its call."""
        if not self.state.stack:
            self.end(603, "flow ended")
            return None
        *waiting, frame = self.state.stack
        theirs = self.state.variables
        self.change(stack=tuple(waiting), node=frame.node)
        self.flow = flow_within(self.root, self.state) or self.root
        call = self.flow.nodes.get(frame.node)
        if not isinstance(call, Call):
            self.fail(sentence("there is no call {node!r} to come back to", node=frame.node))
            return None
        taken = {mine: theirs[name] for mine, name in call.take.items() if name in theirs}
        shared = {name: value for name, value in theirs.items() if name in BUILT_IN}
        self.change(variables={**frame.variables, **shared, **taken})
        return call.outcomes.get(node.outcome, call.next)

    def go_or_end(self, target: str | None, reason: str) -> None:
        if target is None:
            self.end(603, reason)
        else:
            self.go(target)

    def end(self, code: int, reason: str) -> None:
        self.silence()
        self.change(phase="ended", deadline=None)
        self.effects.append(End(code=code, reason=reason))

    def fail(self, why: Sentence) -> None:
        if self.state.phase in IN_QUEUE:
            self.effects.append(LeaveQueue())
        self.effects.append(Failed(why=why))
        self.end(500, "flow failed")

    # -- saying ------------------------------------------------------------------------------------

    def speak(self, language: str) -> None:
        """Another language from here on."""
        self.change(language=language, variables={**self.state.variables, "language": language})

    def play(
        self,
        says: Says,
        phase: str,
        *,
        after: tuple[Prompt, ...] = (),
        then: tuple[Prompt, ...] = (),
    ) -> None:
        self.start_play((*(self.prompt(part) for part in says), *after), loop=False, then=then)
        self.change(phase=phase, deadline=self.now + PROMPT_LIMIT_S)

    def start_play(self, prompts: tuple[Prompt, ...], *, loop: bool, then: tuple[Prompt, ...] = ()) -> None:
        self.answer()
        name = f"play-{self.state.plays + 1}"
        self.change(playing=name, plays=self.state.plays + 1)
        self.effects.append(Play(play=name, prompts=prompts, loop=loop, then=then))

    def answer(self) -> None:
        if not self.state.answered:
            self.change(answered=True)
            self.effects.append(AnswerCall())

    def silence(self) -> None:
        if self.state.playing:
            self.change(playing="")
            self.effects.append(StopPlaying())

    def recording(self, name: str) -> str:
        """Where the version keeps a recording, if it has it; a called flow's lie with the first one's."""
        return f"{self.root.version}/prompts/{name}.wav" if name in self.root.recordings else ""

    def music_of(self, key: str) -> Prompt:
        recording = self.recording(f"music/{key}")
        return Prompt(kind="music", value=key, language=self.state.language, recording=recording)

    def prompt(self, part: Part) -> Prompt:
        language = part.language or self.state.language
        match part:
            case Phrase(key=key):
                text = self.flow.prompts.get(key, {}).get(language, "")
                recording = self.recording(f"{language}/{key}")
                return Prompt(kind="phrase", value=key, language=language, text=text, recording=recording)
            case Words(texts=texts):
                return Prompt(kind="text", value=texts.get(language, ""), language=language)
            case SpokenNumber(value=value):
                number = value_of(value, self.state.variables)
                return Prompt(kind="number", value=str(number), language=language)
            case SpokenDigits(value=value):
                digits = str(value_of(value, self.state.variables))
                return Prompt(kind="digits", value=digits, language=language)
            case SpokenDate(value=value):
                date = str(value_of(value, self.state.variables))
                return Prompt(kind="date", value=date, language=language)
            case SpokenMoney(value=value, currency=currency):
                amount = value_of(value, self.state.variables)
                return Prompt(kind="money", value=f"{amount} {currency}", language=language)
            case SpokenWait():
                return Prompt(kind="wait", value=self.wait_said(), language=language)
            case _:
                assert_never(part)

    def wait_said(self) -> str:
        """The wait as estimated last, and whether that is longer than what was said before."""
        told = self.state.variables
        low_s, high_s = float(told.get("queue_wait_low_s", 0)), float(told.get("queue_wait_high_s", 0))
        promised = self.state.promised_until
        longer = promised is not None and self.now + high_s > promised + GRACE_S
        return written(low_s, high_s, longer=longer)
