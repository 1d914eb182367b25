"""Walks a caller through a flow: `step(flow, state, event, now) -> state, effects`. Pure.

    state = begin(flow)
    state, effects = step(flow, state, Entered(caller_number=..., called_number=...), now)
    ... carry the effects out; feed what happens; at `deadline(flow, state)` feed `TimeReached()`

An event that does not fit the state changes nothing. Semantics follow SCXML (W3C 2015) where they overlap:
an event is taken by one node, then nodes without waiting run to completion (§3.13). Barge-in and typed-ahead
keys follow VoiceXML 2.0 §4.1.5 and §4.1.8: a key cuts a prompt short, a retry forgets keys typed ahead.
"""

from dataclasses import replace
from typing import assert_never

from contact_center.ivr.events import (
    CallerGone,
    Collected,
    Connected,
    DigitPressed,
    Entered,
    FlowEffect,
    FlowEvent,
    FlowState,
    LookedUp,
    LookUpCustomer,
    PromptDone,
    QueueOutcome,
    QueuePosition,
    Returned,
    TimeReached,
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
    Queue,
    Say,
    Says,
    Set,
)
from contact_center.ivr.waiting import Waiting
from contact_center.ivr.walk import IN_QUEUE

MOST_TYPED_AHEAD = 32
KEYS = frozenset("0123456789*#ABCD")


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
    if state.phase == "ended":
        return state, ()
    if isinstance(event, CallerGone):
        return replace(state, phase="ended", playing="", deadline=None), ()
    if state.flow != flow.name or (state.node and state.node not in flow.nodes):
        return state, ()
    walk = _Step(flow, state, now)
    try:
        walk.take(event)
    except ExpressionError as error:
        walk.fail(str(error))
    return walk.state, tuple(walk.effects)


class _Step(Waiting):
    """One step under way: events, the beginning of nodes, and asking for keys."""

    # -- events ------------------------------------------------------------------------------------

    def take(self, event: FlowEvent) -> None:
        match event:
            case Entered():
                if self.state.phase == "new":
                    self.enter_flow(event)
            case PromptDone(play=play):
                # music never ends; if its file fails, the next announcement tries it again, not a hot loop
                if play and play == self.state.playing and self.state.phase != "waiting":
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
