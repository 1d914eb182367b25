"""Editors may trust the schema of flows."""

import json

import jsonschema
import pytest
import yaml

from contact_center.ivr.check import flow_files
from contact_center.ivr.library import shipped_flows
from contact_center.ivr.reference import schema
from tests.unit.test_ivr_check import GOOD


def test_schema_is_a_schema_and_accepts_the_shipped_flows() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())
    validator = jsonschema.Draft202012Validator(json.loads(json.dumps(schema())))
    for file in flow_files([shipped_flows()]):
        validator.validate(yaml.safe_load(file.read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    "change",
    [
        ("kind: menu", "kind: meny"),
        ("    no_input: bye\n", ""),
        ("sales: 1", "sales: 9"),
        ("queue: sales", "que: a"),
    ],
)
def test_schema_underlines_what_is_wrong(change: tuple[str, str]) -> None:
    validator = jsonschema.Draft202012Validator(json.loads(json.dumps(schema())))
    assert validator.is_valid(yaml.safe_load(GOOD))
    assert not validator.is_valid(yaml.safe_load(GOOD.replace(*change)))
