"""Finds what is wrong with the nodes that do an errand; goes on where `check` leaves off."""

import re
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from contact_center.ivr.expressions import Expression, ExpressionError, Type, typed
from contact_center.ivr.flow import (
    BUILT_IN,
    Call,
    Callback,
    Collect,
    Event,
    Flow,
    Hours,
    Language,
    Lookup,
    Menu,
    Node,
    Queue,
    Record,
    Return,
    Survey,
    Transfer,
    Voicemail,
    variable_types,
)
from contact_center.ivr.outside import number_of
from contact_center.ivr.source import FLOW_NAME, Place, Source
from contact_center.ivr.variables import variables_in
from contact_center.runtime.requirements import RequirementError, read_requirement
from contact_center.runtime.sentences import Word, sentence

_EVENT = re.compile(r"[a-z][a-z0-9_.]{0,63}")
MOST_VALUES = 20
KEYS = frozenset("0123456789*#")


class Inspection(Protocol):
    """The check under way (`check`)."""

    source: Source
    flow: Flow
    types: dict[str, Type]
    secrets: set[str]

    def find(self, where: Place, template: str, /, **values: object) -> None: ...

    def expression(self, place: Place, expression: Expression, wanted: Type) -> None: ...

    def settable(self, place: Place, name: str) -> bool: ...

    def music(self, place: Place, music: str) -> None: ...


def check_errand(check: Inspection, place: Place, node: Node) -> None:
    match node:
        case Hours(calendar=calendar):
            _calendar(check, place, calendar)
        case Lookup():
            _lookup(check, place, node)
        case Transfer():
            _transfer(check, place, node)
        case Voicemail(terminator=key):
            if key not in KEYS:
                check.find((*place, "terminator"), "{key!r} is not a key (0-9, *, #)", key=key)
        case Record(act=act, queue=queue):
            if (act == "start") != bool(queue):
                check.find(place, "'queue' goes with the act 'start', and only with it")
        case Survey():
            _survey(check, place, node)
        case Event():
            _event(check, place, node)
        case Call():
            _call(check, place, node)
        case Callback():
            _callback(check, place, node)
        case _:
            pass


def _calendar(check: Inspection, place: Place, calendar: str) -> None:
    if calendar not in check.flow.calendars:
        near = check.source.near(calendar, check.flow.calendars)
        check.find(
            (*place, "calendar"),
            "there is no calendar {calendar!r} in calendars.yaml{near}",
            calendar=calendar,
            near=near,
        )


def check_needs(check: Inspection, place: Place, node: Queue) -> None:
    """What a queue node asks for, when it asks for less, and when it is open."""
    written = {("needs",): node.needs or ""} | {("relax", key): text for key, text in node.relax.items()}
    for where, text in written.items():
        try:
            read_requirement(text)
        except RequirementError as error:
            check.find((*place, *where), error.sentence)
    for key in node.relax:
        if not re.fullmatch(r"[1-9][0-9]{0,4}", key):
            check.find((*place, "relax", key), "'relax' goes by whole seconds, not {key!r}", key=key)
    if node.agent is not None:
        check.expression((*place, "agent"), node.agent, "text")
    if node.calendar is not None:
        _calendar(check, place, node.calendar)
        if node.overflow is None:
            check.find((*place, "calendar"), "'calendar' needs the outcome 'overflow'")


def _lookup(check: Inspection, place: Place, node: Lookup) -> None:
    kinds = [name for name in ("number", "table", "url") if getattr(node, name) is not None]
    if len(kinds) != 1:
        check.find(place, "a lookup says exactly one of 'number', 'table' and 'url'")
        return
    kind = kinds[0]
    for outcome, of in (("several", ("number",)), ("failed", ("number", "url"))):
        given = getattr(node, outcome) is not None
        if given != (kind in of):
            check.find(
                place,
                "a lookup by {kind!r} has to say the outcome {outcome!r}"
                if kind in of
                else "a lookup by {kind!r} has no use for the outcome {outcome!r}",
                kind=kind,
                outcome=outcome,
            )
    if node.number is not None:
        check.expression((*place, "number"), node.number, "text")
    if node.key is not None:
        check.expression((*place, "key"), node.key, "text")
    if node.table is not None and not FLOW_NAME.fullmatch(node.table):
        check.find(
            (*place, "table"), "{name!r} is not a table name: small letters, digits and _", name=node.table
        )
    if (node.table is not None) != (node.key is not None):
        check.find(place, "'table' and 'key' go together")
    if kind != "url" and (node.send or node.post):
        check.find(place, "'send' and 'post' go with 'url'")
    if kind == "number" and node.into:
        check.find((*place, "into"), "a customer fills the customer_… variables; 'into' is for the others")
    for variable, column in node.into.items():
        known = check.settable((*place, "into", variable), variable)
        if known and kind == "table":
            _column(check, (*place, "into", variable), node, variable, column)
    if node.url is not None:
        _http(check, place, node)


def _column(check: Inspection, place: Place, node: Lookup, variable: str, column: str) -> None:
    rows = check.flow.tables.get(node.table or "", {})
    columns = next(iter(rows.values()), {})
    wanted = check.types[variable]
    wrong = [each for each in (row.get(column, "") for row in rows.values()) if not _fits(each, wanted)]
    if wrong:
        check.find(
            place,
            "{variable!r} is {wanted}, but column {column!r} has {value!r}",
            variable=variable,
            wanted=Word(wanted),
            column=column,
            value=wrong[0],
        )
    if columns and column not in columns:
        check.find(
            place,
            "table {table!r} has no column {column!r}{near}",
            table=node.table,
            column=column,
            near=check.source.near(column, columns),
        )


def _fits(text: str, wanted: Type) -> bool:
    return wanted == "text" or (wanted == "number" and not isinstance(number_of(text), str))


def _http(check: Inspection, place: Place, node: Lookup) -> None:
    try:
        parts = urlsplit(node.url or "")
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.username
    except ValueError:
        good = False
    if not good:
        check.find(
            (*place, "url"), "{url!r} is no http or https address (without a password in it)", url=node.url
        )
    for name, expression in node.send.items():
        at = (*place, "send", name)
        _any_type(check, at, expression)
        if variables_in(expression) & check.secrets and not node.post:
            check.find(at, "a secret value in the address would be in logs; say 'post: true'")


def _any_type(check: Inspection, place: Place, expression: Expression) -> None:
    """Of whatever type, as long as it is one value that can be computed."""
    try:
        found = typed(expression, check.types)
    except ExpressionError:
        found = "text"
    check.expression(place, expression, "text" if found in ("texts", "numbers") else found)


def _transfer(check: Inspection, place: Place, node: Transfer) -> None:
    kinds = [name for name in ("agent", "queue", "flow", "number") if getattr(node, name) is not None]
    if len(kinds) != 1:
        check.find(place, "a transfer says exactly one of 'agent', 'queue', 'flow' and 'number'")
        return
    for name, expression in (("agent", node.agent), ("number", node.number)):
        if expression is not None:
            check.expression((*place, name), expression, "text")
    if node.flow is not None and (node.failed is not None or node.after is not None):
        check.find(place, "a transfer to a flow does not come back; 'call' does")
    if node.flow is not None and not _lies_beside(check, node.flow):
        check.find((*place, "flow"), "there is no flow {flow!r} beside this one", flow=node.flow)
    check.music(place, node.music)


def _lies_beside(check: Inspection, flow: str) -> bool:
    named = FLOW_NAME.fullmatch(flow) is not None
    return named and Path(check.source.file).with_name(f"{flow}.yaml").is_file()


def check_help(check: Inspection, place: Place, node: Menu | Collect | Survey) -> None:
    """A question's help has a key of its own."""
    if node.help_say and node.help_key is None:
        check.find((*place, "help_say"), "'help_say' needs a 'help_key'")
    elif node.help_say and node.help_key == node.repeat_key:
        check.find((*place, "help_key"), "'help_key' and 'repeat_key' are the same key")
    elif node.help_say and isinstance(node, Menu) and node.help_key in node.choices:
        check.find((*place, "help_key"), "the key {key!r} is a choice already", key=node.help_key)


def _survey(check: Inspection, place: Place, node: Survey) -> None:
    for name in ("repeat_key", "help_key"):
        key = getattr(node, name)
        if key is not None and key not in ("*", "#"):
            check.find((*place, name), "{name!r} is * or #, not {key!r}", name=name, key=key)
    check_help(check, place, node)
    if node.into is not None and check.settable((*place, "into"), node.into):
        found = check.types[node.into]
        if found != "number":
            check.find(
                (*place, "into"),
                "a score is a number, but {variable!r} is {found}",
                variable=node.into,
                found=Word(found),
            )


def _event(check: Inspection, place: Place, node: Event) -> None:
    if not _EVENT.fullmatch(node.name):
        check.find(
            (*place, "name"), "{name!r} is no event name: small letters, digits, dots and _", name=node.name
        )
    if len(node.values) > MOST_VALUES:
        check.find((*place, "values"), "an event has at most {most} values", most=MOST_VALUES)
    for name, expression in node.values.items():
        _any_type(check, (*place, "values", name), expression)
        if variables_in(expression) & check.secrets:
            check.find(
                (*place, "values", name),
                "{expression!r} is secret and must not be told",
                expression=expression.source,
            )


def _callback(check: Inspection, place: Place, node: Callback) -> None:
    for language in node.skills_by_language.keys() - set(check.flow.languages):
        check.find(
            (*place, "skills_by_language", language),
            "the flow does not speak {language!r}",
            language=language,
        )
    names = ("accept_key", "other_key", "decline_key", "repeat_key")
    keys = {name: key for name in names if (key := getattr(node, name)) is not None}
    for name, key in keys.items():
        if key not in KEYS:
            check.find((*place, name), "{key!r} is not a key (0-9, *, #)", key=key)
        elif list(keys.values()).count(key) > 1:
            check.find((*place, name), "the key {key!r} has two meanings", key=key)
    for name in ("terminator", "repeat_key"):
        key = getattr(node, name)
        if key is not None and key not in ("*", "#"):
            check.find((*place, name), "{name!r} is * or #, not {key!r}", name=name, key=key)
    if node.terminator == node.repeat_key:
        check.find((*place, "terminator"), "'terminator' and 'repeat_key' are the same key")
    for name in ("confirm", "invalid_say"):
        if getattr(node, name) and not node.ask_number:
            check.find((*place, name), "{name!r} goes with 'ask_number'", name=name)


def _call(check: Inspection, place: Place, node: Call) -> None:
    called = check.source.called.get(node.flow)
    flow = check.flow.flows.get(node.flow)
    if called is None:  # its name is none, or it calls itself, which the loader has found
        if not FLOW_NAME.fullmatch(node.flow):
            check.find((*place, "flow"), "there is no flow {flow!r} beside this one", flow=node.flow)
        return
    if flow is None or called.findings:
        first = min(called.findings, default=None)
        check.find(
            (*place, "flow"),
            "flow {flow!r} cannot be used: {why}",
            flow=node.flow,
            why=first.whole if first is not None else sentence("it cannot be read"),
        )
        return
    missing = [each for each in check.flow.languages if each not in flow.languages]
    if missing:
        check.find(
            (*place, "flow"),
            "flow {flow!r} does not speak {missing}",
            flow=node.flow,
            missing=", ".join(missing),
        )
    changes = {each.language for each in flow.nodes.values() if isinstance(each, Language)}
    foreign = (changes | set(flow.language_keys.values())) - set(check.flow.languages)
    if foreign:
        check.find(
            (*place, "flow"),
            "flow {flow!r} may come back speaking {languages}; this one does not",
            flow=node.flow,
            languages=", ".join(sorted(foreign)),
        )
    theirs = variable_types(flow)
    for name, expression in node.give.items():
        at = (*place, "give", name)
        if name not in flow.variables:
            check.find(
                at,
                "flow {flow!r} has no variable {name!r}{near}",
                flow=node.flow,
                name=name,
                near=check.source.near(name, flow.variables),
            )
        else:
            check.expression(at, expression, theirs[name])
        if variables_in(expression) & check.secrets:
            check.find(at, "{expression!r} is secret and stays in its flow", expression=expression.source)
    for mine, name in node.take.items():
        at = (*place, "take", mine)
        if name not in flow.variables or name in BUILT_IN:
            check.find(
                at,
                "flow {flow!r} has no variable {name!r}{near}",
                flow=node.flow,
                name=name,
                near=check.source.near(name, flow.variables),
            )
        elif check.settable(at, mine) and check.types[mine] != theirs[name]:
            check.find(
                at,
                "{name!r} is {there} there, {mine!r} is {here} here",
                name=name,
                there=Word(theirs[name]),
                mine=mine,
                here=Word(check.types[mine]),
            )
    returned = {each.outcome for each in flow.nodes.values() if isinstance(each, Return)}
    for outcome in node.outcomes.keys() - returned:
        near = check.source.near(outcome, returned)
        check.find(
            (*place, "outcomes", outcome),
            "flow {flow!r} never returns {outcome!r}{near}",
            flow=node.flow,
            outcome=outcome,
            near=near,
        )
    if not returned:
        check.find(
            (*place, "flow"), "flow {flow!r} never comes back: it has no 'return' node", flow=node.flow
        )
