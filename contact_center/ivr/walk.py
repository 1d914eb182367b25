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
    LeaveQueue,
    Play,
    Prompt,
    StopPlaying,
    Visited,
)
from contact_center.ivr.expressions import value_of
from contact_center.ivr.flow import Flow, Node, Part, Phrase, Says, SpokenDigits, SpokenNumber, Words

PROMPT_LIMIT_S = 180.0
"""A prompt whose end is never reported counts as over after this long."""

MOST_HOPS = 200
"""Nodes passed in one step; more is a loop that never waits."""

IN_QUEUE = ("joining", "waiting", "telling")
"""Phases in which the caller is in a queue and not yet with an agent."""


class Walk:
    """Lives no longer than the step."""

    def __init__(self, flow: Flow, state: FlowState, now: float) -> None:
        self.flow, self.now = flow, now
        self.state = replace(state)  # this step's own copy until it is handed out
        self.effects: list[FlowEffect] = []
        self.hops = 0

    def change(self, **values: Any) -> None:
        """Write into the step's own copy; a new state for every change would double the cost of a step."""
        for name, value in values.items():
            object.__setattr__(self.state, name, value)

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
                why = f"there is no node {following!r}" if node is None else f"{following!r} loops for ever"
                self.fail(why)
                return
            self.change(
                node=following,
                entered_at=self.now,
                attempt=1,
                digits="",
                deadline=None,
                position_at=None,
                comfort_at=None,
                comfort_next=0,
            )
            self.effects.append(Visited(node=following))
            following = self.enter(node)

    def go_or_end(self, target: str | None, reason: str) -> None:
        if target is None:
            self.end(603, reason)
        else:
            self.go(target)

    def end(self, code: int, reason: str) -> None:
        self.silence()
        self.change(phase="ended", deadline=None)
        self.effects.append(End(code=code, reason=reason))

    def fail(self, why: str) -> None:
        if self.state.phase in IN_QUEUE:
            self.effects.append(LeaveQueue())
        self.effects.append(Failed(why=why))
        self.end(500, "flow failed")

    # -- saying ------------------------------------------------------------------------------------

    def play(self, says: Says, phase: str, *, then_s: float = PROMPT_LIMIT_S) -> None:
        self.start_play(tuple(self.prompt(part) for part in says), loop=False)
        self.change(phase=phase, deadline=self.now + then_s)

    def start_play(self, prompts: tuple[Prompt, ...], *, loop: bool) -> None:
        self.answer()
        name = f"play-{self.state.plays + 1}"
        self.change(playing=name, plays=self.state.plays + 1)
        self.effects.append(Play(play=name, prompts=prompts, loop=loop))

    def answer(self) -> None:
        if not self.state.answered:
            self.change(answered=True)
            self.effects.append(AnswerCall())

    def silence(self) -> None:
        if self.state.playing:
            self.change(playing="")
            self.effects.append(StopPlaying())

    def prompt(self, part: Part) -> Prompt:
        language = part.language or self.state.language
        match part:
            case Phrase(key=key):
                text = self.flow.prompts.get(key, {}).get(language, "")
                return Prompt(kind="phrase", value=key, language=language, text=text)
            case Words(texts=texts):
                return Prompt(kind="text", value=texts.get(language, ""), language=language)
            case SpokenNumber(value=value):
                number = value_of(value, self.state.variables)
                return Prompt(kind="number", value=str(number), language=language)
            case SpokenDigits(value=value):
                digits = str(value_of(value, self.state.variables))
                return Prompt(kind="digits", value=digits, language=language)
            case _:
                assert_never(part)
