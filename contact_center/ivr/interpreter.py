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

from contact_center.ivr.asking import Asking
from contact_center.ivr.events import (
    CallbackPlaced,
    CallbackTerms,
    CallerGone,
    Connected,
    DigitPressed,
    Entered,
    FellSilent,
    Fetched,
    FlowEffect,
    FlowEvent,
    FlowState,
    LookedUp,
    PromptDone,
    QueueOutcome,
    QueuePosition,
    RecordingFailed,
    Returned,
    TimeReached,
    TransferFailed,
)
from contact_center.ivr.expressions import ExpressionError, Value, type_of, value_of
from contact_center.ivr.flow import (
    ANYBODY,
    BUILT_IN,
    Branch,
    Call,
    Callback,
    Collect,
    Event,
    Flow,
    Hangup,
    Hours,
    Language,
    Lookup,
    Menu,
    Node,
    Queue,
    Record,
    Return,
    Say,
    Set,
    Survey,
    Transfer,
    Voicemail,
)
from contact_center.ivr.walk import IN_QUEUE, MOST_TEXT, flow_within
from contact_center.runtime.sentences import sentence

KEYS = frozenset("0123456789*#ABCD")


def begin(flow: Flow, after: FlowState | None = None) -> FlowState:
    """The state of a caller about to enter the flow; `after` another one, what is known of him stays."""
    variables = {**{name: _EMPTY[kind] for name, kind in BUILT_IN.items()}, **ANYBODY, **flow.variables}
    if after is None:
        language = flow.languages[0]
        return FlowState(flow=flow.name, version=flow.version, language=language, variables=variables)
    return FlowState(
        flow=flow.name,
        version=flow.version,
        language=after.language if after.language in flow.languages else flow.languages[0],
        variables={**variables, **{n: v for n, v in after.variables.items() if n in BUILT_IN}},
        answered=after.answered,
        plays=after.plays,
        fetches=after.fetches,
    )


_EMPTY: dict[str, Value] = {"text": "", "number": 0, "boolean": False}


def overflows(flow: Flow, state: FlowState) -> bool:
    """Whether the caller is at a queue node that says where to go when the queue sends him on."""
    within = flow_within(flow, state)
    node = within.nodes.get(state.node) if within is not None else None
    return state.phase in IN_QUEUE and isinstance(node, Queue) and node.overflow is not None


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
        return _left(flow, state, now)
    within = flow_within(flow, state)
    if state.flow != flow.name or within is None or (state.node and state.node not in within.nodes):
        return state, ()
    walk = _Step(flow, state, now)
    try:
        walk.take(event)
    except ExpressionError as error:
        walk.fail(error.sentence)
    grown = walk.state.variables is not state.variables and walk.state.phase != "ended"
    if grown and walk.holds_too_much():
        walk.fail(sentence("the variables hold more than {most} characters", most=MOST_TEXT))
    return walk.state, tuple(walk.effects)


def _left(flow: Flow, state: FlowState, now: float) -> tuple[FlowState, tuple[FlowEffect, ...]]:
    """The caller is gone: nothing follows but word of the message he may have left."""
    walk = _Step(flow, state, now)
    walk.gone_while_recording()
    return replace(state, phase="ended", playing="", deadline=None), tuple(walk.effects)


class _Step(Asking):
    """One step under way: events, and the beginning of nodes."""

    # -- events ------------------------------------------------------------------------------------

    def take(self, event: FlowEvent) -> None:
        match event:
            case Entered():
                if self.state.phase == "new":
                    self.enter_flow(event)
            case PromptDone(play=play):
                # music never ends; if its file fails, the next announcement tries it again, not a hot loop
                if (
                    play
                    and play == self.state.playing
                    and self.state.phase not in ("waiting", "transferring")
                ):
                    self.prompt_over()
            case DigitPressed(digit=digit):
                if digit in KEYS:
                    self.digit(digit)
            case TimeReached():
                if self.state.deadline is not None and self.now >= self.state.deadline:
                    self.time_reached()
            case LookedUp():
                self.looked_up(event)
            case Fetched():
                self.fetched(event)
            case CallbackTerms():
                self.callback_terms(event)
            case CallbackPlaced(placed=placed):
                self.callback_placed(placed)
            case TransferFailed(why=why):
                self.transfer_failed(why)
            case RecordingFailed():
                self.recording_failed()
            case FellSilent(sounded_s=sounded_s):
                self.fell_silent(sounded_s)
            case QueuePosition():
                if self.state.phase in IN_QUEUE and event.position >= 1:
                    self.position(event)
            case Connected():
                if self.state.phase in (*IN_QUEUE, "transferring"):
                    self.silence()
                    self.change(phase="connected", deadline=None)
            case Returned():
                node = self.node()
                if self.state.phase == "connected" and isinstance(node, Queue | Transfer):
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
            case "asking" if isinstance(node, Callback):
                self.callback_silent(node)
            case "lookup" if isinstance(node, Callback):
                self.go(node.unavailable)
            case "asking" if isinstance(node, Menu | Collect | Survey):
                self.silent(node)
            case "lookup" if isinstance(node, Lookup):
                self.go(node.failed or node.not_found)
            case "recording" if isinstance(node, Voicemail):
                self.message_over(node)
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
                elif isinstance(node, Voicemail):
                    self.take_message(node)
            case "asking" if isinstance(node, Menu | Collect | Survey):
                self.listen(node)
            case "asking" if isinstance(node, Callback):
                self.callback_listen(node)
            case "telling" if isinstance(node, Queue):
                self.music(node)
            case _:
                pass

    def enter(self, node: Node) -> str | None:
        """Begin a node; the next one's name if it has nothing to wait for."""
        match node:
            case Say(say=say, barge_in=barge_in):
                if barge_in and self.state.typed_ahead:
                    return node.next
                self.play(say, "saying")
            case Menu() | Collect() | Survey():
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
            case Hours():
                return self.hours(node)
            case Lookup():
                return self.look_up(node)
            case Queue():
                return self.join(node)
            case Callback():
                self.offer_callback(node)
            case Transfer():
                self.transfer(node)
            case Voicemail():
                self.greet(node)
            case Record():
                return self.tape(node)
            case Event():
                return self.tell(node)
            case Call():
                return self.call(node)
            case Return():
                return self.give_back(node)
            case Language(language=language):
                self.speak(language)
                return node.next
            case Hangup(say=say, code=code, reason=reason):
                if say:
                    self.play(say, "saying")
                else:
                    self.end(code, reason)
            case _:
                assert_never(node)
        return None
