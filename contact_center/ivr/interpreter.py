"""Walks a caller through a flow: `step(flow, state, event, now) -> state, effects`. Pure.

    state = begin(flow)
    state, effects = step(flow, state, Entered(caller_number=..., called_number=...), now)
    ... carry the effects out; feed what happens; at `deadline(flow, state)` feed `TimeReached()`

An event that does not fit the state changes nothing. Semantics follow SCXML (W3C 2015) where they overlap:
an event is taken by one node, then nodes without waiting run to completion (§3.13). Barge-in and typed-ahead
keys follow VoiceXML 2.0 §4.1.5 and §4.1.8: a key cuts a prompt short, a retry forgets keys typed ahead.
"""

from dataclasses import replace
from typing import Any, assert_never

from contact_center.ivr.events import (
    AnswerCall,
    CallerGone,
    Collected,
    Connected,
    DigitPressed,
    End,
    Entered,
    EnterQueue,
    Failed,
    FlowEffect,
    FlowEvent,
    FlowState,
    LeaveQueue,
    LookedUp,
    LookUpCustomer,
    Play,
    Prompt,
    PromptDone,
    QueueOutcome,
    QueuePosition,
    Returned,
    StopPlaying,
    TimeReached,
    Visited,
)
from contact_center.ivr.expressions import ExpressionError, Value, type_of, value_of
from contact_center.ivr.flow import (
    BUILT_IN,
    CUSTOMER_FIELDS,
    Branch,
    Collect,
    Flow,
    Hangup,
    Language,
    Lookup,
    Menu,
    Node,
    Part,
    Phrase,
    Queue,
    Say,
    Says,
    Set,
    SpokenDigits,
    SpokenNumber,
    Words,
)

PROMPT_LIMIT_S = 180.0
"""A prompt whose end is never reported counts as over after this long."""

POSITION_GRACE_S = 1.0
"""How long a caller waits in silence for the queue to tell its position before the music starts."""

MOST_HOPS = 200
"""Nodes passed in one step; more is a loop that never waits."""

MOST_TYPED_AHEAD = 32
KEYS = frozenset("0123456789*#ABCD")
IN_QUEUE = ("joining", "waiting", "telling")


def begin(flow: Flow) -> FlowState:
    """The state of a caller about to enter the flow."""
    return FlowState(
        flow=flow.name,
        version=flow.version,
        language=flow.languages[0],
        variables={**{name: _EMPTY[kind] for name, kind in BUILT_IN.items()}, **flow.variables},
    )


_EMPTY: dict[str, Value] = {"text": "", "number": 0, "boolean": False}


def deadline(flow: Flow, state: FlowState) -> float | None:
    """When `TimeReached` is due; None while only something outside can move the flow."""
    return state.deadline


def step(
    flow: Flow, state: FlowState, event: FlowEvent, now: float
) -> tuple[FlowState, tuple[FlowEffect, ...]]:
    """Take one event. Never raises; what does not fit returns the state as it was."""
    if state.phase == "ended" or state.flow != flow.name:
        return state, ()
    if isinstance(event, CallerGone):
        return replace(state, phase="ended", playing="", deadline=None), ()
    walk = _Walk(flow, state, now)
    try:
        walk.take(event)
    except ExpressionError as error:
        walk.fail(str(error))
    return walk.state, tuple(walk.effects)


class _Walk:
    """One step under way: the state so far and the effects collected. Lives no longer than the step."""

    def __init__(self, flow: Flow, state: FlowState, now: float) -> None:
        self.flow, self.state, self.now = flow, state, now
        self.effects: list[FlowEffect] = []
        self.hops = 0

    def change(self, **values: Any) -> None:
        self.state = replace(self.state, **values)

    # -- events ------------------------------------------------------------------------------------

    def take(self, event: FlowEvent) -> None:
        match event:
            case Entered():
                if self.state.phase == "new":
                    self.enter_flow(event)
            case PromptDone(play=play):
                if play and play == self.state.playing:
                    self.prompt_over()
            case DigitPressed(digit=digit):
                if digit in KEYS:
                    self.digit(digit)
            case TimeReached():
                if self.state.deadline is not None and self.now >= self.state.deadline:
                    self.time_reached()
            case LookedUp():
                self.looked_up(event)
            case QueuePosition(position=position):
                if self.state.phase in IN_QUEUE and position >= 1:
                    self.position(position)
            case Connected():
                if self.state.phase in IN_QUEUE:
                    self.silence()
                    self.change(phase="connected", deadline=None)
            case Returned():
                node = self.node()
                if self.state.phase == "connected" and isinstance(node, Queue):
                    self.go_or_end(node.after, "the agent has left")
            case QueueOutcome(outcome=outcome):
                self.queue_outcome(outcome)
            case CallerGone():
                pass  # taken by step()
            case _:
                assert_never(event)

    def enter_flow(self, event: Entered) -> None:
        given = {
            name: value
            for name, value in event.variables.items()
            if name in self.flow.variables and type_of(value) == type_of(self.flow.variables[name])
        }
        variables = {
            **self.state.variables,
            **given,
            "caller_number": event.caller_number,
            "called_number": event.called_number,
            "language": self.state.language,
        }
        self.change(variables=variables)
        self.go(self.flow.start)

    def time_reached(self) -> None:
        node = self.node()
        match self.state.phase:
            case "saying":
                self.prompt_over()
            case "asking" if self.state.playing:
                self.prompt_over()
            case "asking" if isinstance(node, Menu | Collect):
                self.silent(node)
            case "lookup" if isinstance(node, Lookup):
                self.go(node.failed)
            case "joining" | "waiting" | "telling" if isinstance(node, Queue):
                self.queue_time(node)
            case _:
                pass

    def prompt_over(self) -> None:
        node = self.node()
        self.change(playing="")
        match self.state.phase:
            case "saying":
                if isinstance(node, Say):
                    self.go(node.next)
                elif isinstance(node, Hangup):
                    self.end(node.code, node.reason)
            case "asking" if isinstance(node, Menu | Collect):
                self.listen(node)
            case "telling" if isinstance(node, Queue):
                self.music(node)
            case _:
                pass

    def looked_up(self, event: LookedUp) -> None:
        node = self.node()
        if self.state.phase != "lookup" or not isinstance(node, Lookup):
            return
        known = event.customer or {}
        facts: dict[str, Value] = {f"customer_{key}": str(known.get(key) or "") for key in CUSTOMER_FIELDS}
        facts["customer_known"] = event.customer is not None
        facts["customer_matches"] = event.matches
        self.change(variables={**self.state.variables, **facts})
        if event.customer is not None:
            self.go(node.found)
        else:
            self.go(node.several if event.matches > 1 else node.not_found)

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

    def enter(self, node: Node) -> str | None:
        """Begin a node; the next one's name if it has nothing to wait for."""
        match node:
            case Say(say=say, barge_in=barge_in):
                if barge_in and self.state.typed_ahead:
                    return node.next
                self.play(say, "saying")
            case Menu() | Collect():
                self.ask(node)
            case Set(values=values):
                for name, expression in values.items():
                    value = value_of(expression, self.state.variables)
                    self.change(variables={**self.state.variables, name: value})
                return node.next
            case Branch(cases=cases):
                for case in cases:
                    if value_of(case.when, self.state.variables):
                        return case.to
                return node.otherwise
            case Lookup(number=number, timeout_s=timeout_s):
                self.change(phase="lookup", deadline=self.now + timeout_s)
                self.effects.append(LookUpCustomer(number=str(value_of(number, self.state.variables))))
            case Queue():
                self.join(node)
            case Language(language=language):
                variables = {**self.state.variables, "language": language}
                self.change(language=language, variables=variables)
                return node.next
            case Hangup(say=say, code=code, reason=reason):
                if say:
                    self.play(say, "saying")
                else:
                    self.end(code, reason)
            case _:
                assert_never(node)
        return None

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

    # -- asking ------------------------------------------------------------------------------------

    def ask(self, node: Menu | Collect, before: Says = ()) -> None:
        """Put the question, or take what was typed ahead without putting it."""
        self.change(phase="asking", digits="")
        if self.state.typed_ahead and node.barge_in:
            self.answer()
            self.listen(node)
        else:
            self.play(before + node.say, "asking")

    def listen(self, node: Menu | Collect) -> None:
        """The question is over: wait for keys, after using up those already there."""
        self.change(phase="asking", deadline=self.now + node.timeout_s)
        entered, visits = self.state.node, self.hops
        while self.state.typed_ahead and self.state.phase == "asking" and not self.state.playing:
            digit = self.state.typed_ahead[0]
            self.change(typed_ahead=self.state.typed_ahead[1:])
            self.key(node, digit)
            if self.state.node != entered or self.hops != visits:
                return  # another node has taken over, and the rest of the keys with it

    def digit(self, digit: str) -> None:
        node = self.node()
        asking = self.state.phase == "asking" and isinstance(node, Menu | Collect)
        if asking and isinstance(node, Menu | Collect) and (node.barge_in or not self.state.playing):
            self.silence()
            self.key(node, digit)
        elif self.state.phase in ("saying", "asking", "lookup"):
            self.change(typed_ahead=(self.state.typed_ahead + digit)[:MOST_TYPED_AHEAD])
            if self.state.phase == "saying" and isinstance(node, Say) and node.barge_in:
                self.silence()
                self.go(node.next)

    def key(self, node: Menu | Collect, digit: str) -> None:
        if isinstance(node, Menu):
            self.menu_key(node, digit)
        else:
            self.collect_key(node, digit)

    def menu_key(self, node: Menu, digit: str) -> None:
        target = node.choices.get(digit) or (self.flow.operator if digit == "0" else None)
        if target is not None:
            self.effects.append(Collected(node=self.state.node, digits=digit))
            self.go(target)
        elif digit == node.repeat_key:
            self.play(node.say, "asking")
        else:
            self.again(node, node.no_match_say, node.no_match)

    def collect_key(self, node: Collect, digit: str) -> None:
        if digit == node.terminator:
            self.collected(node)
        elif digit == node.repeat_key:
            self.change(digits="")
            self.play(node.say, "asking")
        elif digit not in "0123456789":
            self.again(node, node.no_match_say, node.no_match)
        else:
            digits = self.state.digits + digit
            self.change(digits=digits, deadline=self.now + node.between_digits_s)
            if len(digits) >= node.most_digits:
                self.collected(node)

    def collected(self, node: Collect) -> None:
        digits = self.state.digits
        if len(digits) < node.least_digits:
            self.again(node, node.no_match_say, node.no_match)
            return
        self.change(variables={**self.state.variables, node.into: digits})
        shown = "*" * len(digits) if node.secret else digits
        self.effects.append(Collected(node=self.state.node, digits=shown, secret=node.secret))
        self.go(node.next)

    def silent(self, node: Menu | Collect) -> None:
        """No key within the time allowed."""
        if isinstance(node, Collect) and self.state.digits:
            self.collected(node)
        else:
            self.again(node, node.no_input_say, node.no_input)

    def again(self, node: Menu | Collect, before: Says, exhausted: str) -> None:
        self.change(typed_ahead="")
        if self.state.attempt >= node.tries:
            self.go(exhausted)
        else:
            self.change(attempt=self.state.attempt + 1)
            self.ask(node, before)

    # -- waiting in a queue ------------------------------------------------------------------------

    def join(self, node: Queue) -> None:
        skills = dict(node.skills)
        for skill, level in node.skills_by_language.get(self.state.language, {}).items():
            skills[skill] = max(level, skills.get(skill, level))
        self.answer()
        self.effects.append(EnterQueue(queue=node.queue, skills=skills, priority=node.priority))
        self.change(
            typed_ahead="",
            variables={**self.state.variables, "queue_position": 0},
            comfort_at=self.now + node.comfort_every_s if node.comfort else None,
        )
        if node.position:
            self.change(phase="joining", deadline=self.now + POSITION_GRACE_S)
        else:
            self.music(node)

    def position(self, position: int) -> None:
        self.change(variables={**self.state.variables, "queue_position": position})
        node = self.node()
        if self.state.phase == "joining" and isinstance(node, Queue):
            self.tell_position(node)

    def tell_position(self, node: Queue) -> None:
        self.change(position_at=None)
        self.play(node.position, "telling")

    def music(self, node: Queue) -> None:
        """(Back) to music until something is due."""
        if node.position and self.state.position_at is None:
            self.change(position_at=self.now + node.position_every_s)
        self.start_play(
            (Prompt(kind="music", value=node.music, language=self.state.language),),
            loop=True,
        )
        due = (self.state.position_at, self.state.comfort_at, self.overflow_at(node))
        self.change(phase="waiting", deadline=min((at for at in due if at is not None), default=None))

    def overflow_at(self, node: Queue) -> float | None:
        return None if node.longest_wait_s is None else self.state.entered_at + node.longest_wait_s

    def queue_time(self, node: Queue) -> None:
        state, overflow_at = self.state, self.overflow_at(node)
        if overflow_at is not None and self.now >= overflow_at:
            self.leave(node.overflow, "waited too long")
        elif state.phase != "waiting":
            self.music(node)
        elif state.position_at is not None and self.now >= state.position_at:
            self.announce_position(node)
        elif state.comfort_at is not None and self.now >= state.comfort_at:
            part = node.comfort[state.comfort_next % len(node.comfort)]
            self.change(comfort_at=self.now + node.comfort_every_s, comfort_next=state.comfort_next + 1)
            self.play((part,), "telling")

    def announce_position(self, node: Queue) -> None:
        if self.state.variables["queue_position"]:
            self.tell_position(node)
        else:  # the queue has never told it: say nothing untrue
            self.change(position_at=None)
            self.music(node)

    def queue_outcome(self, outcome: str) -> None:
        node = self.node()
        if self.state.phase in IN_QUEUE and isinstance(node, Queue):
            target = node.no_agents if outcome == "no_agents" else node.overflow
            if target is not None:
                self.leave(target, outcome)

    def leave(self, target: str | None, reason: str) -> None:
        self.effects.append(LeaveQueue())
        self.silence()
        self.change(phase="saying")  # no longer in the queue, whatever the next node does
        self.go_or_end(target, reason)
