"""The JSON Schema and the reference page of flows, both written from the node types.

    python -m contact_center.reference      writes ivr_flows/flow.schema.json and docs/reference/flows.md

A test compares the files with what is generated here.
"""

import json
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from contact_center.ivr.expressions import DEEPEST, LARGEST_NUMBER, LONGEST_SOURCE, LONGEST_TEXT, Expression
from contact_center.ivr.flow import BUILT_IN, NODE_TYPES, Case, Doc, FieldShape, Says, Target, shapes
from contact_center.ivr.parts import Currency
from contact_center.ivr.reading import FLOW_KEYS
from contact_center.ivr.source import DEEPEST as DEEPEST_NESTING
from contact_center.ivr.source import LARGEST_FILE_BYTES, MOST_ALIASES, MOST_VALUES
from contact_center.ivr.telling import told
from contact_center.ivr.voices import VOICES
from contact_center.runtime.people import Language
from contact_center.runtime.sentences import Word

_FLOW: dict[str, tuple[str, dict[str, Any]]] = {
    "title": ("What people call the flow", {"type": "string"}),
    "languages": (
        "Languages it speaks, the default first",
        {"type": "array", "items": {"enum": sorted(VOICES)}, "minItems": 1, "uniqueItems": True},
    ),
    "numbers": (
        "Dialled numbers that enter it, quoted",
        {"type": "array", "items": {"type": "string"}, "minItems": 1},
    ),
    "start": ("The first node", {"$ref": "#/$defs/target"}),
    "operator": ("Where key 0 leads from every menu that has no 0 of its own", {"$ref": "#/$defs/target"}),
    "language_keys": (
        "Key: the language every menu is said in from then on, where it is no choice of the menu's",
        {"type": "object", "additionalProperties": {"enum": sorted(VOICES)}},
    ),
    "variables": (
        "The flow's own variables with their first values, which also fix their types; or {type: text}",
        {
            "type": "object",
            "additionalProperties": {
                "oneOf": [
                    {"type": ["string", "number", "boolean"]},
                    {
                        "type": "object",
                        "additionalProperties": False,
                        "required": ["type"],
                        "properties": {"type": {"enum": ["text", "number", "boolean"]}},
                    },
                ]
            },
        },
    ),
    "prompts": (
        "Texts by key and language; a recording prompts/LANGUAGE/KEY.wav comes before the text",
        {"type": "object", "additionalProperties": {"$ref": "#/$defs/texts"}},
    ),
    "nodes": ("The nodes by name", {"type": "object", "additionalProperties": {"$ref": "#/$defs/node"}}),
}


def schema(reader: Language = "en") -> dict[str, Any]:
    """JSON Schema (2020-12) of a flow file, for editors, described for the reader; `check` finds more."""
    written: dict[str, Any] = _described(_schema(), reader)
    return written


def _described(part: Any, reader: Language) -> Any:
    if isinstance(part, list):
        return [_described(each, reader) for each in part]
    if not isinstance(part, dict):
        return part
    return {
        key: told(Word(each), reader)
        if key == "description" and isinstance(each, str)
        else _described(each, reader)
        for key, each in part.items()
    }


def _schema() -> dict[str, Any]:
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "IVR flow",
        "type": "object",
        "additionalProperties": False,
        "required": ["languages", "start", "nodes"],
        "properties": {key: {**shape, "description": text} for key, (text, shape) in _FLOW.items()},
        "$defs": {
            "target": {"type": "string", "description": "The name of a node"},
            "expression": {"type": ["string", "number", "boolean"], "description": "An expression"},
            "texts": {"type": "object", "additionalProperties": {"type": "string"}},
            "part": _part_schema(),
            "says": {
                "oneOf": [
                    {"$ref": "#/$defs/part"},
                    {"type": "array", "items": {"$ref": "#/$defs/part"}, "minItems": 1},
                ]
            },
            "case": _object_schema(shapes(Case)),
            "node": {
                "type": "object",
                "required": ["kind"],
                "properties": {"kind": {"enum": list(NODE_TYPES)}},
                "allOf": [
                    {
                        "if": {"properties": {"kind": {"const": kind}}},
                        "then": {"$ref": f"#/$defs/{kind}_node"},
                    }
                    for kind in NODE_TYPES
                ],
            },
            **{f"{kind}_node": _node_schema(kind) for kind in NODE_TYPES},
        },
    }


def _part_schema() -> dict[str, Any]:
    language = {"type": "string", "description": "Said in this language, whatever the caller's"}
    currencies = list(get_args(Currency))
    kinds: dict[str, Any] = {
        "phrase": {"type": "string"},
        "text": {"$ref": "#/$defs/texts"},
        "number": {"$ref": "#/$defs/expression"},
        "digits": {"$ref": "#/$defs/expression"},
        "date": {"$ref": "#/$defs/expression"},
        "money": {"$ref": "#/$defs/expression"},
        "wait": {"const": "queue", "description": "How long the caller will still wait"},
    }
    return {
        "oneOf": [
            {"type": "string", "description": "The key of a prompt"},
            *(
                {
                    "type": "object",
                    "additionalProperties": False,
                    "required": [kind, *(["currency"] if kind == "money" else [])],
                    "properties": {
                        kind: shape,
                        "language": language,
                        **({"currency": {"enum": currencies}} if kind == "money" else {}),
                    },
                }
                for kind, shape in kinds.items()
            ),
        ]
    }


def _node_schema(kind: str) -> dict[str, Any]:
    written = _object_schema(shapes(NODE_TYPES[kind]))
    written["properties"] = {"kind": {"const": kind}, **written["properties"]}
    return {"description": _first_line(NODE_TYPES[kind]), **written}


def _object_schema(fields: tuple[FieldShape, ...]) -> dict[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": [each.name for each in fields if not each.optional],
        "properties": {each.name: _field_schema(each) for each in fields},
    }


def _field_schema(each: FieldShape) -> dict[str, Any]:
    written = {**_type_schema(each.type, each.doc), "description": each.doc.text}
    if each.optional and each.default not in ((), {}, None):
        written["default"] = each.default
    return written


def _type_schema(wanted: Any, doc: Doc) -> dict[str, Any]:
    bounds = {"minimum": doc.least, "maximum": doc.most} if doc.least is not None else {}
    if wanted in (Target, Target | None):
        return {"$ref": "#/$defs/target"}
    if wanted == Says:
        return {"$ref": "#/$defs/says"}
    if wanted in (Expression, Expression | None):
        return {"$ref": "#/$defs/expression"}
    if wanted == tuple[Case, ...]:
        return {"type": "array", "items": {"$ref": "#/$defs/case"}, "minItems": 1}
    arguments = get_args(wanted)
    if arguments and arguments[0] is str and len(arguments) == 2 and arguments[1] is not type(None):
        return {"type": "object", "additionalProperties": _type_schema(arguments[1], doc)}
    if wanted is bool:
        return {"type": "boolean"}
    if get_origin(wanted) is Literal:
        return {"enum": list(arguments)}
    if wanted is int:
        return {"type": "integer", **bounds}
    if wanted == int | None:
        return {"type": ["integer", "null"], **bounds}
    if wanted is float:
        return {"type": "number", **bounds}
    if wanted == float | None:
        return {"type": ["number", "null"], **bounds}
    return {"type": ["string", "null"] if type(None) in arguments else "string"}


# -- the page ----------------------------------------------------------------------------------------


_PAGE = """# Flow files

Generated from the node types by `python -m contact_center.reference`; do not edit.
How to write one: [write a flow](../how-to/write-a-flow.md).

A flow is one UTF-8 YAML file of at most {bytes:,} bytes, {values:,} values, {levels} levels and
{aliases} aliases. Its name is the file's name. Tags (`!!int`), characters nobody sees
(U+202E, U+200B, U+2028 and their kind; joiners may stay) and what is no regular file are refused.
A variable's number is written as -12 or 0.5.

| key | meaning |
| --- | --- |
{keys}

## Nodes

A field of type *node* is an outcome: it names the node that follows.
{nodes}

## What is said

One part or a list of parts. A part is the key of a prompt, or one of
`{{phrase: KEY}}`, `{{text: {{en: …, zh: …}}}}`, `{{number: EXPRESSION}}`, `{{digits: EXPRESSION}}`,
`{{date: EXPRESSION}}` (a text 2026-03-01), `{{money: EXPRESSION, currency: USD}}` (USD, EUR, GBP or CNY),
`{{wait: queue}}` (in a queue node: "we expect to answer you in between three and five minutes");
each may add `language:` to be said in that language whatever the caller's.

## Calendars and tables

`calendars.yaml` beside the flows holds the calendars that `hours` nodes ask, and the hours of queues. In the
core's folder of flows it may be changed at any time: within a second it is in force for all flows and queues,
deployed or not. A file with a fault changes nothing; the core's log says which, with its line.
`tables/NAME.csv` are the tables of `lookup` nodes: UTF-8, the names of the columns in the first line, a key
in the first column.

```yaml
office:
  zone: Europe/Berlin
  hours:
    mon-fri: ["08:00-12:00", "13:00-18:00"]
    sat: "09:00-13:00"
  special: {{"2026-12-24": "08:00-12:00"}}
  holidays: ["2026-12-25", "2026-12-26"]
```

## Expressions

Numbers, `"text"`, `true`, `false`, variables, `[lists]`; `and` `or` `not`; `==` `!=` `<` `<=` `>` `>=`;
`in` (text in text, item in list); `+` `-` `*`; `len(text)`; `starts_with(text, start)`; parentheses.
At most {source} characters and {deepest} levels; texts to {text} characters, numbers to {number:,}.
Types are checked before a flow goes live; `+` joins two texts or adds two numbers; nothing is converted.

| variable of every flow | type |
| --- | --- |
{variables}
"""


def page() -> str:
    """`docs/reference/flows.md`."""
    return _PAGE.format(
        bytes=LARGEST_FILE_BYTES,
        values=MOST_VALUES,
        levels=DEEPEST_NESTING,
        aliases=MOST_ALIASES,
        keys="\n".join(f"| `{key}` | {_FLOW[key][0]} |" for key in FLOW_KEYS),
        nodes="\n".join(_section(f"### {kind}", node_type) for kind, node_type in NODE_TYPES.items())
        + "\n"
        + _section("### A case of a branch", Case),
        source=LONGEST_SOURCE,
        deepest=DEEPEST,
        text=LONGEST_TEXT,
        number=LARGEST_NUMBER,
        variables="\n".join(f"| `{name}` | {kind} |" for name, kind in BUILT_IN.items()),
    )


def _section(title: str, of: type[Any]) -> str:
    rows = "\n".join(_row(each) for each in shapes(of))
    head = "| field | type | default | meaning |\n| --- | --- | --- | --- |"
    return f"\n{title}\n\n{_first_line(of)}\n\n{head}\n{rows}"


def _first_line(of: type[Any]) -> str:
    return (of.__doc__ or "").strip().splitlines()[0]


def _row(each: FieldShape) -> str:
    if not each.optional:
        default = "required"
    elif each.default in ((), {}, None, ""):
        default = "none"
    else:
        default = f"`{json.dumps(each.default)}`"
    bounds = f" ({each.doc.least:g} to {each.doc.most:g})" if each.doc.least is not None else ""
    return f"| `{each.name}` | {_type_words(each.type)}{bounds} | {default} | {each.doc.text} |"


def _type_words(wanted: Any) -> str:
    names: list[tuple[Any, str]] = [
        (Target, "node"),
        (Target | None, "node"),
        (Says, "parts said"),
        (Expression, "expression"),
        (Expression | None, "expression"),
        (dict[str, str], "name: name"),
        (int | None, "whole number"),
        (tuple[Case, ...], "list of cases"),
        (dict[str, Target], "key: node"),
        (dict[str, Expression], "name: expression"),
        (dict[str, int], "name: number"),
        (dict[str, dict[str, int]], "language: name: number"),
        (bool, "true or false"),
        (int, "whole number"),
        (float, "number"),
        (float | None, "number"),
        (str, "text"),
        (str | None, "text"),
    ]
    if get_origin(wanted) is Literal:
        return " or ".join(get_args(wanted))
    return next(words for each, words in names if each == wanted)


def files(root: Path) -> dict[Path, str]:
    """Path in the repository -> content as generated."""
    return {
        root / "ivr_flows" / "flow.schema.json": json.dumps(schema(), indent=2, ensure_ascii=False) + "\n",
        root / "docs" / "reference" / "flows.md": page(),
    }
