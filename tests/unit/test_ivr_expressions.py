"""Expressions of flows: values, types, and refusal of everything else."""

import pytest

from contact_center.ivr.expressions import ExpressionError, Type, Value, parse, typed, value_of

VALUES: dict[str, Value] = {"name": "Ada", "tries": 2, "known": True, "number": "+8613800000000"}
TYPES: dict[str, Type] = {"name": "text", "tries": "number", "known": "boolean", "number": "text"}


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("1 + 2 * 3", 7),
        ("(1 + 2) * 3", 9),
        ("-tries - -1", -1),
        ("1.5 * 2", 3.0),
        ('name + " L."', "Ada L."),
        ('name == "Ada" and tries < 3', True),
        ("not known or tries >= 2", True),
        ("not (known and known)", False),
        ('name in ["Ada", "Grace"]', True),
        ("tries in [1, 3]", False),
        ('"d" in name', True),
        ('starts_with(number, "+86")', True),
        ("len(number) != 14", False),
        ("'single' == \"single\"", True),
    ],
)
def test_value(source: str, value: Value) -> None:
    expression = parse(source)
    assert value_of(expression, VALUES) == value
    expected = "boolean" if isinstance(value, bool) else "text" if isinstance(value, str) else "number"
    assert typed(expression, TYPES) == expected


@pytest.mark.parametrize(
    "source",
    [
        "",
        "1 +",
        "1 2",
        "(1",
        "a.b",
        "__import__('os')[0]",
        "1 < 2 < 3",
        "`ls`",
        "x = 1",
        "lambda: 1",
        '"open',
        "(" * 100 + "1" + ")" * 100,
        "not " * 100 + "true",
        "-" * 100 + "1",
        "1 + " * 200 + "1",
    ],
)
def test_not_an_expression(source: str) -> None:
    with pytest.raises(ExpressionError):
        parse(source)


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("nmae", "there is no variable 'nmae'"),
        ("name == 1", "'==' cannot join text and number"),
        ("name * 2", "'*' cannot join text and number"),
        ("known < true", "'<' cannot join boolean and boolean"),
        ("not name", "'not' takes boolean, not text"),
        ("len(tries)", "'len' takes text, not number"),
        ("len()", "len takes 1 values, not 0"),
        ('exec("x")', "there is no function 'exec'"),
        ('[1, "a"] == [1]', "a list holds"),
        ("tries in name", "'in' cannot join number and text"),
        ("known and tries", "'and' cannot join boolean and number"),
    ],
)
def test_misuse_is_found_before_a_call(source: str, sentence: str) -> None:
    with pytest.raises(ExpressionError, match="^" + sentence.replace("*", r"\*").replace("[", r"\[")):
        typed(parse(source), TYPES)


def test_values_do_not_grow_without_bounds() -> None:
    long, large = parse("name + name"), parse("tries * tries")
    with pytest.raises(ExpressionError, match="at most 1000 characters"):
        value_of(long, {"name": "x" * 600})
    with pytest.raises(ExpressionError, match="at most"):
        value_of(large, {"tries": 10**14})


def test_a_wrong_value_is_an_error_not_a_crash() -> None:
    for source in ("len(tries)", "name < 1", "name * 3", "-name", 'starts_with(tries, "a")', "1 in 2", "[1]"):
        with pytest.raises(ExpressionError):
            value_of(parse(source), VALUES)
