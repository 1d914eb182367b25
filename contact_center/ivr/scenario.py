"""Reads `*.test.yaml`: what a caller does in a flow, and what must be heard, where it must lead.

flow: main_menu            # else the file's own name
tests:
  a known customer about a bill:
    caller: "+14155550100"
    customer: {id: c1, name: Ada, language: en}
    steps:
      - hear: welcome
      - press: "1"
      - hear: [welcome_back, main_choices]
      - press: "1"
      - queue: {name: billing, skills: {billing: 1, english: 1}}
      - agent: joins
      - agent: leaves
      - hear: goodbye
      - end
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from contact_center.ivr.calendar import DAY_S
from contact_center.ivr.expressions import Value
from contact_center.ivr.flow import CUSTOMER_FIELDS
from contact_center.ivr.source import FLOW_NAME, NUMBER, Source, compose_file, plain_value
from contact_center.runtime.sentences import joined, sentence

TOLD = ("transfer", "tape", "message", "score", "event", "callback")
"""Steps that expect something the flow asks of the core, written as in `transfer: agent anna`."""

STEPS = (
    *(
        "press",
        "wait",
        "hang_up",
        "silence",
        "expects",
        "position",
        "agent",
        "queue_says",
        "hear",
        "node",
        "queue",
        "end",
    ),
    *TOLD,
)
BARE = ("hang_up", "silence", "end")
REPLIES = ("not_found", "failed", "silent")
CALLBACK_REPLIES = ("closed", "refused", "silent")
NEXT_DAY = "next_day"
AGENT = ("joins", "leaves", "refuses")
KEYPAD = frozenset("0123456789*#ABCD")
LONGEST_S = 86_400
"""A day is longer than any caller waits; each second of music would be walked."""
MOST_IN_LINE = 100_000


KEYS = (
    *("at", "caller", "called", "customer", "matches", "records", "replies", "steps"),
    *("callback", "callback_wait_s", "callback_promise", "variables"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing the caller (or the world) does, or one thing expected.

    press keys · wait seconds · hang_up · silence (who is recorded says no more) ·
    expects seconds (positions from now on tell so long a wait, give or take a half) · position n ·
    agent joins/leaves/refuses (or whoever was sent for) · queue_says no_agents/overflow ·
    hear prompts, in order · node is the current one · queue name and skills ·
    transfer kind and name · tape act · message for a queue · score measure and number · event name ·
    callback queue and number · end
    """

    line: int
    kind: str
    text: str = ""
    texts: tuple[str, ...] = ()
    skills: dict[str, int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One test of a flow. `at` is when it begins (epoch seconds), `replies` the answers of HTTP look-ups.

    `callback` is empty when callbacks are made; else they are closed, refused when it comes to it, or nobody
    answers. Numbers of seven digits and more may be called. A call is promised within
    `callback_promise_s`, or (`callback_next_day`) by the end of the next business day. `variables`
    override the flow's.
    """

    name: str
    line: int
    caller: str = "+14155550100"
    called: str = "8000"
    customer: dict[str, str] | None = None
    matches: int = 0
    records_answer: bool = True
    at: float = 0.0
    replies: dict[str, dict[str, Value] | str] = field(default_factory=dict)
    callback: str = ""
    callback_wait_s: float | None = None
    callback_promise_s: float | None = None
    callback_next_day: bool = False
    variables: dict[str, Value] = field(default_factory=dict)
    steps: tuple[Step, ...] = field(default_factory=tuple)

    def is_one_of(self, named: Sequence[str]) -> bool:
        """Whether one of these is in its name; without any, every test is."""
        return not named or any(each in self.name for each in named)


@dataclass(frozen=True, slots=True, kw_only=True)
class TestFile:
    __test__ = False  # not a pytest class

    flow: Path
    scenarios: tuple[Scenario, ...]


def read_tests(file: Path) -> tuple[TestFile | None, Source]:
    """The scenarios of a file; what is wrong with them is in the source's findings."""
    source = Source(str(file))
    _, root = compose_file(source)
    if root is None:
        return None, source
    top = _mapping(source, root, sentence("a test file"), ("flow", "tests"))
    name = _text(source, top["flow"]) if "flow" in top else file.name.removesuffix(".test.yaml")
    if "flow" in top and not FLOW_NAME.fullmatch(name):
        source.find(top["flow"], "{name!r} is not a flow name: small letters, digits and _", name=name)
        return None, source
    scenarios = tuple(
        _scenario(source, title, node)
        for title, node in _mapping(source, top.get("tests", root), "'tests'").items()
    )
    return TestFile(flow=file.with_name(f"{name}.yaml"), scenarios=scenarios), source


def _scenario(source: Source, title: str, node: yaml.Node) -> Scenario:
    keys = _mapping(source, node, sentence("a test"), KEYS)
    line = node.start_mark.line + 1
    customer = None
    if "customer" in keys:
        written = _mapping(source, keys["customer"], sentence("a customer"), CUSTOMER_FIELDS)
        customer = {key: _text(source, value) for key, value in written.items()}
    steps_node = keys.get("steps")
    if not isinstance(steps_node, yaml.SequenceNode) or not steps_node.value:
        source.find(line, "test {title!r} has no list of steps", title=title)
        steps_node = None
    if "records" in keys and _text(source, keys["records"]) != "silent":
        source.find(keys["records"], "'records' can only be silent: the look-up is never answered")
    callback = _text(source, keys["callback"]) if "callback" in keys else ""
    if "callback" in keys and callback not in CALLBACK_REPLIES:
        source.find(keys["callback"], "'callback' is {known}", known=", ".join(CALLBACK_REPLIES))
    next_day = "callback_promise" in keys and _text(source, keys["callback_promise"]) == NEXT_DAY
    promise_s: float | None = DAY_S if next_day else None
    if "callback_promise" in keys and not next_day:
        promise_s = float(_whole(source, keys["callback_promise"]))
    given = _mapping(source, keys["variables"], "'variables'") if "variables" in keys else {}
    return Scenario(
        name=title,
        line=line,
        caller=_text(source, keys["caller"]) if "caller" in keys else "+14155550100",
        called=_text(source, keys["called"]) if "called" in keys else "8000",
        customer=customer,
        matches=_whole(source, keys["matches"]) if "matches" in keys else int(customer is not None),
        records_answer="records" not in keys,
        at=_moment(source, keys["at"]) if "at" in keys else 0.0,
        replies=_replies(source, keys["replies"]) if "replies" in keys else {},
        callback=callback,
        callback_wait_s=float(_whole(source, keys["callback_wait_s"])) if "callback_wait_s" in keys else None,
        callback_promise_s=promise_s,
        callback_next_day=next_day,
        variables={name: each for name, at in given.items() if (each := plain_value(at)) is not None},
        steps=tuple(_step(source, each) for each in steps_node.value) if steps_node is not None else (),
    )


def _step(source: Source, node: yaml.Node) -> Step:
    line = node.start_mark.line + 1
    if isinstance(node, yaml.ScalarNode):
        if node.value not in BARE:
            known = joined(" and ", BARE)
            source.find(
                node,
                "{value!r} is no step; those without a value are {known}",
                value=node.value,
                known=known,
            )
        return Step(line=line, kind=str(node.value))
    written = _mapping(source, node, sentence("a step"), STEPS)
    if len(written) != 1:
        source.find(node, "a step is one of {known}", known=", ".join(STEPS))
        return Step(line=line, kind="end")
    kind, value = next(iter(written.items()))
    match kind:
        case "hear":
            items = value.value if isinstance(value, yaml.SequenceNode) else [value]
            return Step(line=line, kind=kind, texts=tuple(_text(source, each) for each in items))
        case "queue":
            return _queue_step(source, value, line)
        case "wait" | "position" | "expects":
            return Step(line=line, kind=kind, text=_amount(source, value, kind))
        case "press":
            keys = _text(source, value)
            if set(keys) - KEYPAD:
                source.find(value, "{key!r} is not a key (0-9, *, #)", key=keys)
            return Step(line=line, kind=kind, text=keys)
        case "agent" | "queue_says":
            allowed = AGENT if kind == "agent" else ("no_agents", "overflow")
            text = _text(source, value)
            if text not in allowed:
                source.find(
                    value,
                    "{kind!r} is {known}, not {text!r}",
                    kind=kind,
                    known=joined(" or ", allowed),
                    text=text,
                )
            return Step(line=line, kind=kind, text=text)
        case _:
            return Step(line=line, kind=kind, text=_text(source, value))


def _amount(source: Source, node: yaml.Node, kind: str) -> str:
    """Seconds, or a place in line."""
    text = _text(source, node)
    if not NUMBER.fullmatch(text):
        source.find(node, "{kind!r} takes a number", kind=kind)
        return "0"
    least, most = (1, MOST_IN_LINE) if kind == "position" else (0, LONGEST_S)
    if not least <= float(text) <= most:
        number = float(text)
        source.find(
            node,
            "{name!r} is from {least:g} to {most:g}, not {number:g}",
            name=kind,
            least=least,
            most=most,
            number=number,
        )
        return "0"
    return text


def _moment(source: Source, node: yaml.Node) -> float:
    """A date and time, with its offset or in UTC."""
    try:
        moment = dt.datetime.fromisoformat(_text(source, node))
    except ValueError:
        source.find(node, "'at' is written as 2026-12-24T10:00+01:00")
        return 0.0
    return (moment if moment.tzinfo is not None else moment.replace(tzinfo=dt.UTC)).timestamp()


def _replies(source: Source, node: yaml.Node) -> dict[str, dict[str, Value] | str]:
    """By look-up node: the values found, or one of `REPLIES`."""
    read: dict[str, dict[str, Value] | str] = {}
    for name, value in _mapping(source, node, "'replies'").items():
        if isinstance(value, yaml.ScalarNode):
            read[name] = str(value.value)
            if value.value not in REPLIES:
                source.find(value, "a reply is {known} or the values found", known=joined(", ", REPLIES))
            continue
        values = {
            key: plain_value(each) for key, each in _mapping(source, value, sentence("a reply")).items()
        }
        read[name] = {key: each for key, each in values.items() if each is not None}
    return read


def _queue_step(source: Source, node: yaml.Node, line: int) -> Step:
    if isinstance(node, yaml.ScalarNode):
        return Step(line=line, kind="queue", text=_text(source, node))
    keys = _mapping(source, node, sentence("a queue"), ("name", "skills"))
    skills = None
    if "skills" in keys:
        written = _mapping(source, keys["skills"], "'skills'")
        skills = {skill: _whole(source, value) for skill, value in written.items()}
    name = _text(source, keys["name"]) if "name" in keys else ""
    return Step(line=line, kind="queue", text=name, skills=skills)


def _mapping(
    source: Source, node: yaml.Node, what: str, known: tuple[str, ...] | None = None
) -> dict[str, yaml.Node]:
    if not isinstance(node, yaml.MappingNode):
        source.find(node, "{what} is written as `key: value` lines", what=what)
        return {}
    read: dict[str, yaml.Node] = {}
    for key_node, value in node.value:
        key = str(key_node.value) if isinstance(key_node, yaml.ScalarNode) else ""
        if not key:
            source.find(key_node, "a key of {what} is a plain name", what=what)
        elif known is not None and key not in known:
            source.find(
                key_node, "{what} has no {key!r}; known: {known}", what=what, key=key, known=", ".join(known)
            )
        elif key in read:
            source.find(key_node, "{what} says {key!r} twice", what=what, key=key)
        else:
            read[key] = value
    return read


def _text(source: Source, node: yaml.Node) -> str:
    if isinstance(node, yaml.ScalarNode) and node.value:
        return str(node.value)
    source.find(node, "a text is expected here")
    return ""


def _whole(source: Source, node: yaml.Node) -> int:
    text = _text(source, node)
    if text.isdigit() and len(text) < 6:
        return int(text)
    source.find(node, "a whole number is expected here")
    return 0
