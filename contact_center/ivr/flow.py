"""What a flow is: typed nodes with named outcomes, as frozen values.

A flow is written as one YAML file (`loader`), checked (`check`), and walked by `interpreter`. The fields of
the node types below *are* the reference: loader, checks, JSON Schema and `docs/reference/flows.md` read them.
A new kind is a new dataclass in `Node` and a `case` in the interpreter; nothing else has to change. What is
said is in `parts`; the nodes that do an errand outside the flow's talk are in `errands`.

A field of type `Target` is an outcome: it names the node that follows. `Target | None` may be left out.
"""

import types
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from functools import cache
from typing import Annotated, Any, ClassVar, get_args, get_type_hints

from contact_center.ivr.calendar import Calendar
from contact_center.ivr.errands import Call as Call
from contact_center.ivr.errands import Callback as Callback
from contact_center.ivr.errands import Event as Event
from contact_center.ivr.errands import Hours as Hours
from contact_center.ivr.errands import Lookup as Lookup
from contact_center.ivr.errands import Record as Record
from contact_center.ivr.errands import Return as Return
from contact_center.ivr.errands import Survey as Survey
from contact_center.ivr.errands import Transfer as Transfer
from contact_center.ivr.errands import Voicemail as Voicemail
from contact_center.ivr.expressions import Expression, Type, Value
from contact_center.ivr.parts import Doc as Doc
from contact_center.ivr.parts import Part as Part
from contact_center.ivr.parts import Phrase as Phrase
from contact_center.ivr.parts import Says as Says
from contact_center.ivr.parts import SpokenDate as SpokenDate
from contact_center.ivr.parts import SpokenDigits as SpokenDigits
from contact_center.ivr.parts import SpokenMoney as SpokenMoney
from contact_center.ivr.parts import SpokenNumber as SpokenNumber
from contact_center.ivr.parts import SpokenWait as SpokenWait
from contact_center.ivr.parts import Target as Target
from contact_center.ivr.parts import Words as Words

# -- nodes -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    """Say something, then go on."""

    kind: ClassVar[str] = "say"
    say: Annotated[Says, Doc("what is said")]
    next: Annotated[Target, Doc("when it is said")]
    barge_in: Annotated[bool, Doc("a key cuts it short and counts for the next menu")] = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Menu:
    """Offer choices by a single key."""

    kind: ClassVar[str] = "menu"
    say: Annotated[Says, Doc("the choices as spoken")]
    choices: Annotated[dict[str, Target], Doc("key pressed (0-9, *, #): where it leads")]
    no_input: Annotated[Target, Doc("nothing was pressed on any try")]
    no_match: Annotated[Target, Doc("the last try was a key that is no choice")]
    no_input_say: Annotated[Says, Doc("said before the choices are repeated after silence")] = ()
    no_match_say: Annotated[Says, Doc("said before they are repeated after a wrong key")] = ()
    tries: Annotated[int, Doc("how often the choices are said", 1, 9)] = 3
    timeout_s: Annotated[float, Doc("silence allowed after the choices were said", 0.5, 60)] = 5.0
    barge_in: Annotated[bool, Doc("a key counts while the choices are still being said")] = True
    repeat_key: Annotated[str | None, Doc("says the choices again; empty: no key does")] = "*"
    help_say: Annotated[Says, Doc("said before the choices when `help_key` is pressed")] = ()
    help_key: Annotated[str | None, Doc("asks for help where there is `help_say`; no try is lost")] = "#"


@dataclass(frozen=True, slots=True, kw_only=True)
class Collect:
    """Take several digits into a variable."""

    kind: ClassVar[str] = "collect"
    say: Annotated[Says, Doc("what is asked")]
    into: Annotated[str, Doc("the text variable that gets the digits")]
    next: Annotated[Target, Doc("enough digits were given")]
    no_input: Annotated[Target, Doc("nothing was pressed on any try")]
    no_match: Annotated[Target, Doc("the last try had too few digits")]
    no_input_say: Annotated[Says, Doc("said before asking again after silence")] = ()
    no_match_say: Annotated[Says, Doc("said before asking again after too few digits")] = ()
    least_digits: Annotated[int, Doc("fewer do not do", 1, 32)] = 1
    most_digits: Annotated[int, Doc("this many end the input by themselves", 1, 32)] = 16
    terminator: Annotated[str | None, Doc("the key that ends the input; empty: none does")] = "#"
    tries: Annotated[int, Doc("how often it is asked", 1, 9)] = 3
    timeout_s: Annotated[float, Doc("silence allowed before the first digit", 0.5, 60)] = 6.0
    between_digits_s: Annotated[float, Doc("silence that ends the input", 0.5, 60)] = 3.0
    secret: Annotated[bool, Doc("keep the digits out of history and logs")] = False
    barge_in: Annotated[bool, Doc("a digit counts while the question is still being said")] = True
    repeat_key: Annotated[str | None, Doc("forgets the digits and asks again; empty: no key does")] = "*"
    help_say: Annotated[Says, Doc("said before asking again when `help_key` is pressed")] = ()
    help_key: Annotated[str | None, Doc("asks for help; no try is lost; empty: no key does")] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Set:
    """Give variables new values."""

    kind: ClassVar[str] = "set"
    values: Annotated[dict[str, Expression], Doc("variable: expression; computed in order")]
    next: Annotated[Target, Doc("always")]


@dataclass(frozen=True, slots=True)
class Case:
    """One way out of a branch."""

    when: Annotated[Expression, Doc("a yes/no expression")]
    to: Annotated[Target, Doc("where it leads")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """Take the first case that holds."""

    kind: ClassVar[str] = "branch"
    cases: Annotated[tuple[Case, ...], Doc("tried in order")]
    otherwise: Annotated[Target, Doc("no case holds")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """Wait for an agent with the skills; music plays, the position is told."""

    kind: ClassVar[str] = "queue"
    queue: Annotated[
        str | None, Doc("the queue's name; empty: the one a call back is for, with its place and skills")
    ] = None
    skills: Annotated[dict[str, int], Doc("skill: least level (1-5) the agent must have", 1, 5)] = field(
        default_factory=dict
    )
    skills_by_language: Annotated[
        dict[str, dict[str, int]], Doc("language: skills needed as well when the caller chose it", 1, 5)
    ] = field(default_factory=dict)
    needs: Annotated[
        str | None, Doc("besides `skills`, like `billing>=3 and (mandarin>=3 or english>=4)`; empty: nothing")
    ] = None
    relax: Annotated[
        dict[str, str], Doc("seconds in the queue: what suffices as well from then on, written like `needs`")
    ] = field(default_factory=dict)
    agent: Annotated[Expression | None, Doc("an agent's id, who is waited for first; empty: nobody")] = None
    agent_s: Annotated[float, Doc("for so long, if he is at work; 0: only if he is idle", 0, 600)] = 20.0
    calendar: Annotated[str | None, Doc("a calendar; while it is not open, `overflow` at once")] = None
    priority: Annotated[int, Doc("higher is served first", -100, 100)] = 0
    music: Annotated[str, Doc("key of the music that loops")] = "hold"
    position: Annotated[Says, Doc("told on entry and every `position_every_s`; uses `queue_position`")] = ()
    position_every_s: Annotated[float, Doc("seconds of music between", 5, 600)] = 30.0
    estimate: Annotated[
        Says, Doc("told after the position once the wait can be estimated; `{wait: queue}`")
    ] = ()
    estimate_every_s: Annotated[float, Doc("an estimate is told at most this often", 30, 600)] = 60.0
    comfort: Annotated[Says, Doc("comfort messages, one at a time, in turn")] = ()
    comfort_every_s: Annotated[float, Doc("seconds of music between", 5, 600)] = 45.0
    longest_wait_s: Annotated[float | None, Doc("then `overflow`; empty: no limit", 1, 86400)] = None
    after: Annotated[Target | None, Doc("the agent has left and the caller has not; else hang up")] = None
    no_agents: Annotated[Target | None, Doc("nobody with the skills is logged in; else wait")] = None
    overflow: Annotated[Target | None, Doc("a limit is passed; else hang up (time) or wait")] = None
    longest_line: Annotated[int | None, Doc("`overflow` on entry behind this many", 1, 10000)] = None
    longest_wait_ahead_s: Annotated[
        float | None, Doc("`overflow` on entry when the first in line has waited this long", 1, 86400)
    ] = None
    longest_predicted_wait_s: Annotated[
        float | None, Doc("`overflow` on entry when the likely wait is longer", 1, 86400)
    ] = None
    leave_key: Annotated[str | None, Doc("the caller's way out of the queue; empty: none")] = None
    left: Annotated[Target | None, Doc("the leave key was pressed")] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """Speak another language from here on."""

    kind: ClassVar[str] = "language"
    language: Annotated[str, Doc("one of the flow's languages")]
    next: Annotated[Target, Doc("always")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hangup:
    """End the call, after a last word if there is one."""

    kind: ClassVar[str] = "hangup"
    say: Annotated[Says, Doc("said before")] = ()
    code: Annotated[int, Doc("SIP status if the call was never answered", 400, 699)] = 603
    reason: Annotated[str, Doc("kept with the call")] = "flow ended"


Node = (
    Say
    | Menu
    | Collect
    | Survey
    | Set
    | Branch
    | Hours
    | Lookup
    | Queue
    | Callback
    | Transfer
    | Voicemail
    | Record
    | Event
    | Call
    | Return
    | Language
    | Hangup
)
NODE_TYPES: dict[str, type[Node]] = {node.kind: node for node in get_args(Node)}

BUILT_IN: dict[str, Type] = {
    "caller_number": "text",
    "called_number": "text",
    "language": "text",
    "queue_position": "number",
    "queue_wait_low_s": "number",
    "queue_wait_s": "number",
    "queue_wait_high_s": "number",
    "callback_number": "text",
    "callback_wait_min": "number",
    "callback_promise_min": "number",
    "customer_known": "boolean",
    "customer_matches": "number",
    "customer_id": "text",
    "customer_name": "text",
    "customer_language": "text",
    "customer_tier": "text",
    "customer_menu": "text",
}
"""Variables every flow has; a flow reads them but does not set them."""

CUSTOMER_FIELDS = ("id", "name", "language", "tier", "menu")
"""Keys of a looked-up customer that become `customer_…` variables (missing: as before any look-up)."""

ANYBODY: dict[str, Value] = {"customer_menu": "standard"}
"""What built-in variables hold of a caller nothing is known of, where that is not empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """One version of one flow: all it needs is in it, so a step reads nothing.

    `version` is the hash of its file and of what it uses: `calendars`, `tables` (key: column: text) and
    `flows` (those its `call` nodes enter). `languages` starts with the default.
    Variables in `unset` have a type but no first value. `recordings` names what is recorded: "en/ask".
    In every menu that has no such choice the `language_keys` change the language.
    """

    name: str
    version: str
    start: str
    languages: tuple[str, ...]
    nodes: dict[str, Node]
    numbers: tuple[str, ...] = ()
    operator: str | None = None
    language_keys: dict[str, str] = field(default_factory=dict)
    variables: dict[str, Value] = field(default_factory=dict)
    unset: frozenset[str] = frozenset()
    prompts: dict[str, dict[str, str]] = field(default_factory=dict)
    title: str = ""
    calendars: dict[str, Calendar] = field(default_factory=dict)
    tables: dict[str, dict[str, dict[str, str]]] = field(default_factory=dict)
    flows: dict[str, "Flow"] = field(default_factory=dict)
    recordings: frozenset[str] = frozenset()


# -- reading the types -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FieldShape:
    """One field of a node type: its type without the note, whether it may be left out, and the note."""

    name: str
    type: Any
    optional: bool
    doc: Doc
    default: Any


def shapes(of: type[Any]) -> tuple[FieldShape, ...]:
    """The fields a flow's author writes for a node type (or a `Case`), in order."""
    return _shapes(of)  # type: ignore[arg-type]  # a class is hashable; mypy doubts it


@cache
def _shapes(of: type[Any]) -> tuple[FieldShape, ...]:
    hints = get_type_hints(of, include_extras=True)
    found: list[FieldShape] = []
    for each in fields(of):
        plain, doc = get_args(hints[each.name])
        default = each.default_factory() if callable(each.default_factory) else each.default
        optional = isinstance(default, int | float | str | tuple | dict | types.NoneType)
        found.append(FieldShape(each.name, plain, optional, doc, default if optional else None))
    return tuple(found)


def outcomes(node: Node) -> Iterator[tuple[tuple[str, ...], str]]:
    """Every (path within the node, target) that leads on from it."""
    for shape in shapes(type(node)):
        value = getattr(node, shape.name)
        if shape.type in (Target, Target | None):
            if value is not None:
                yield (shape.name,), value
        elif shape.type == dict[str, Target]:
            for key, target in value.items():
                yield (shape.name, key), target
        elif shape.type == tuple[Case, ...]:
            for number, case in enumerate(value):
                yield (shape.name, str(number), "to"), case.to


OPERATOR_KEY = "0"


def ways(flow: Flow) -> Iterator[tuple[str, tuple[str, ...], str]]:
    """Every (node, path within it, target) of a flow, with the operator's key of menus that have no 0."""
    for name, node in flow.nodes.items():
        for path, target in outcomes(node):
            yield name, path, target
        if flow.operator is not None and isinstance(node, Menu) and OPERATOR_KEY not in node.choices:
            yield name, ("operator", OPERATOR_KEY), flow.operator


def said(node: Node) -> Iterator[tuple[str, Part]]:
    """Every (field, part) the node may say."""
    for shape in shapes(type(node)):
        if shape.type == Says:
            for part in getattr(node, shape.name):
                yield shape.name, part


def variable_types(flow: Flow) -> dict[str, Type]:
    """All variables an expression of the flow may use, with their types."""
    declared: dict[str, Type] = {
        name: "boolean" if isinstance(value, bool) else "text" if isinstance(value, str) else "number"
        for name, value in flow.variables.items()
    }
    return {**declared, **BUILT_IN}
