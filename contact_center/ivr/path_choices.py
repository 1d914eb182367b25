"""What callers and the line may do at a node, as choices of a path. Pure; see `paths`."""

from collections.abc import Iterator

from contact_center.ivr.events import (
    CallbackPlaced,
    CallbackTerms,
    DigitPressed,
    FlowEvent,
    FlowState,
    TimeReached,
)
from contact_center.ivr.flow import Callback

WRONG_KEY = "A"
OTHER_CALLER = "+8613800138000"

Choice = tuple[str, tuple[tuple[float, FlowEvent], ...]]
"""What happens, in a word, and the events it is made of, each so many seconds after the one before."""


def presses(keys: str) -> Choice:
    return f"presses {keys}", tuple((0.2, DigitPressed(digit=key)) for key in keys)


def callback_keys(node: Callback, state: FlowState, due: float) -> Iterator[Choice]:
    yield "silence", ((due, TimeReached()),)
    yield f"presses {WRONG_KEY}", ((1.0, DigitPressed(digit=WRONG_KEY)),)
    if state.stage == "number":
        yield presses("5551234" + node.terminator)
        yield "presses 5551234", (*presses("5551234")[1], (61.0, TimeReached()))
        return
    for key in (node.accept_key, node.decline_key, *([node.other_key] if node.ask_number else [])):
        yield presses(key)


def callback_answers(node: Callback, state: FlowState, due: float) -> Iterator[Choice]:
    yield "no answer", ((due, TimeReached()),)
    if state.stage == "placing":
        yield "placed", ((0.1, CallbackPlaced(placed=True)),)
        yield "not placed", ((0.1, CallbackPlaced(placed=False)),)
        return
    yield "no callbacks", ((0.1, CallbackTerms(available=False, number="")),)
    yield "no such number", ((0.1, CallbackTerms(available=True, number="")),)
    yield "callbacks", ((0.1, CallbackTerms(available=True, number=OTHER_CALLER)),)
    yield "a known wait", ((0.1, CallbackTerms(available=True, number=OTHER_CALLER, wait_s=240.0)),)
    if node.promise_say:
        soon = CallbackTerms(available=True, number=OTHER_CALLER, promise_s=900.0)
        yield "a promise", ((0.1, soon),)
    if node.next_day_say:
        later = CallbackTerms(available=True, number=OTHER_CALLER, promise_s=90_000.0, promise_next_day=True)
        yield "by the next day", ((0.1, later),)
