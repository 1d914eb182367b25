"""A flow written as YAML is read as the same flow, and the schema editors have agrees with the loader."""

import copy
import json
from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import HealthCheck, given, settings

from contact_center.ivr.check import check_paths
from contact_center.ivr.expressions import Expression
from contact_center.ivr.flow import NODE_TYPES, Case, Flow, Node, Phrase, Target, Words, shapes
from contact_center.ivr.loader import read_flow
from contact_center.ivr.reference import schema
from tests.properties.test_ivr_walk import flows
from tests.unit.test_ivr_paths import everything

VALIDATOR = jsonschema.Draft202012Validator(json.loads(json.dumps(schema())))
SPOKEN = {"SpokenNumber": "number", "SpokenDigits": "digits", "SpokenDate": "date", "SpokenMoney": "money"}


def written(value: Any) -> Any:
    """As an author would write it."""
    match value:
        case Expression(source=source):
            return source
        case Case(when=when, to=to):
            return {"when": written(when), "to": to}
        case Phrase(key=key, language=None):
            return key
        case Phrase(key=key, language=language):
            return {"phrase": key, "language": language}
        case Words(texts=texts):
            return {"text": dict(texts)}
        case tuple():
            return [written(each) for each in value]
        case dict():
            return {key: written(each) for key, each in value.items()}
        case _ if type(value).__name__ in SPOKEN:
            return {SPOKEN[type(value).__name__]: written(value.value)}
        case _:
            return value


def node_written(node: Node) -> dict[str, Any]:
    kept = {shape.name: getattr(node, shape.name) for shape in shapes(type(node))}
    defaults = {shape.name: shape.default for shape in shapes(type(node)) if shape.optional}
    said = {name: written(value) for name, value in kept.items() if value != defaults.get(name, kept)}
    return {"kind": node.kind, **said}


def flow_written(flow: Flow) -> dict[str, Any]:
    said: dict[str, Any] = {
        "title": "A random flow",
        "languages": list(flow.languages),
        "start": flow.start,
        "language_keys": flow.language_keys,
        "variables": dict(flow.variables),
        "prompts": flow.prompts,
        "nodes": {name: node_written(node) for name, node in flow.nodes.items()},
    }
    return said if flow.operator is None else {**said, "operator": flow.operator}


def rounded(node: Node) -> Node:
    """Seconds have nine decimals at most in a file."""
    values: dict[str, Any] = {each.name: getattr(node, each.name) for each in fields(node)}
    changed: dict[str, Any] = {name: round(v, 3) for name, v in values.items() if isinstance(v, float)}
    return replace(node, **changed)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(flows())
def test_what_is_written_is_what_is_read(tmp_path: Path, flow: Flow) -> None:
    flow = replace(flow, nodes={name: rounded(node) for name, node in flow.nodes.items()})
    text = flow_written(flow)
    assert VALIDATOR.is_valid(text), next(VALIDATOR.iter_errors(text)).message
    file = tmp_path / "random.yaml"
    file.write_text(yaml.safe_dump(text, allow_unicode=True, sort_keys=False), "utf-8")
    read = read_flow(file)
    assert read.broken == set()
    assert read.flow is not None
    assert read.flow.nodes == flow.nodes
    for name in ("languages", "start", "operator", "language_keys", "variables", "prompts"):
        assert getattr(read.flow, name) == getattr(flow, name), name


def spoilt(flow: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The flow with each field of each node left out, each of another shape, and each node with one more."""
    for name, node in flow["nodes"].items():
        for key in ("kind", *(set(node) - {"kind"})):
            for what, value in (("left out", None), ("a list of lists", [[["x"]]])):
                changed = copy.deepcopy(flow)
                if value is None:
                    del changed["nodes"][name][key]
                else:
                    changed["nodes"][name][key] = value
                yield f"{name}.{key} {what}", changed
        changed = copy.deepcopy(flow)
        changed["nodes"][name]["no_such_field"] = 1
        yield f"{name} with a field more", changed


def test_what_the_schema_underlines_the_check_finds(tmp_path: Path) -> None:
    """An editor complains of no flow that may be deployed, and of what has a wrong shape before any check."""
    file = everything(tmp_path)
    whole = yaml.load(file.read_text("utf-8"), yaml.CSafeLoader)  # it is the safe one
    assert VALIDATOR.is_valid(whole)
    cases, underlined, found = 0, 0, 0
    for what, changed in spoilt(whole):
        file.write_text(yaml.safe_dump(changed, allow_unicode=True, sort_keys=False), "utf-8")
        wrong, told = not VALIDATOR.is_valid(changed), bool(check_paths([file]))
        assert told or not wrong, what
        if "left out" not in what:
            assert wrong, what
            assert told, what
        cases, underlined, found = cases + 1, underlined + wrong, found + told
    assert cases > 150
    assert underlined > cases / 2
    assert found >= underlined


@pytest.mark.parametrize("kind", NODE_TYPES)
def test_no_outcome_of_a_kind_can_be_forgotten(tmp_path: Path, kind: str) -> None:
    """Timeout, no match, failure: whatever a kind may come to is said, unless it has a way without it."""
    file = tmp_path / "flow.yaml"
    file.write_text(f"languages: [en]\nstart: x\nnodes:\n  x: {{kind: {kind}}}\n", "utf-8")
    told = [(each.line, each.sentence.partition(" (")[0]) for each in check_paths([file])]
    wanted = [
        (4, f"a {kind} has to say {'the outcome ' if shape.type is Target else ''}{shape.name!r}")
        for shape in shapes(NODE_TYPES[kind])
        if not shape.optional
    ]
    assert [each for each in told if "has to say" in each[1]] == sorted(wanted)
