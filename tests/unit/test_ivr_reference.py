"""The committed schema and reference are what the node types say, and editors may trust the schema."""

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from contact_center.ivr.check import flow_files
from contact_center.ivr.library import shipped_flows
from contact_center.ivr.reference import files, schema
from tests.unit.test_ivr_check import GOOD

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("file", files(ROOT), ids=lambda file: file.name)
def test_committed_file_is_as_generated(file: Path) -> None:
    assert file.read_text(encoding="utf-8") == files(ROOT)[file], "run python -m contact_center.ivr.reference"


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
