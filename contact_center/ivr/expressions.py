"""Expressions of a flow: a small language with its own parser, typed before a call and never `eval`uated.

    customer_known and (attempts < 3 or called_number in ["8000", "8001"])
    starts_with(caller_number, "+86") and len(account) == 8

Literals (numbers, "text", true, false), variables, `[lists]`, `and or not`, `== != < <= > >=`, `in`, `+ - *`,
`len(text)`, `starts_with(text, text)`. Types are text, number, yes/no (boolean) and list of text or numbers;
`typed` finds every misuse before a flow goes live, so `value_of` only fails on values grown beyond bounds.
"""

import operator as operators
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, assert_never

from contact_center.runtime.sentences import Refusal, Word

Value = str | bool | int | float
"""What a flow variable holds."""

Type = Literal["text", "number", "boolean", "texts", "numbers"]

LONGEST_SOURCE = 500
DEEPEST = 25
LONGEST_TEXT = 1000
LARGEST_NUMBER = 10**15


class ExpressionError(Refusal):
    """The expression cannot be parsed, typed or computed; the message is a sentence for the flow's author."""


@dataclass(frozen=True, slots=True)
class Constant:
    value: Value


@dataclass(frozen=True, slots=True)
class Variable:
    name: str


@dataclass(frozen=True, slots=True)
class Items:
    """A list literal."""

    items: "tuple[Term, ...]"


@dataclass(frozen=True, slots=True)
class Not:
    term: "Term"


@dataclass(frozen=True, slots=True)
class Negative:
    term: "Term"


@dataclass(frozen=True, slots=True)
class Pair:
    """Two terms and the operator between them."""

    operator: str
    left: "Term"
    right: "Term"


@dataclass(frozen=True, slots=True)
class Call:
    function: str
    arguments: "tuple[Term, ...]"


Term = Constant | Variable | Items | Not | Negative | Pair | Call


@dataclass(frozen=True, slots=True)
class Expression:
    """A parsed expression with the text it came from."""

    source: str
    root: Term


def type_of(value: Value) -> Type:
    if isinstance(value, bool):
        return "boolean"
    return "text" if isinstance(value, str) else "number"


# -- parsing -----------------------------------------------------------------------------------------

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<number>\d{1,15}(?:\.\d{1,9})?)
    | (?P<text>"[^"\\\n]*"|'[^'\\\n]*')
    | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
    | (?P<symbol>==|!=|<=|>=|[<>+\-*(),\[\]])
    )""",
    re.VERBOSE,
)
_WORDS = {"and", "or", "not", "in", "true", "false"}
_FUNCTIONS: dict[str, tuple[tuple[Type, ...], Type]] = {
    "len": (("text",), "number"),
    "starts_with": (("text", "text"), "boolean"),
}
_COMPARISONS = {"==", "!=", "<", "<=", ">", ">=", "in"}


def parse(source: str) -> Expression:
    """Parse one expression; raises `ExpressionError`."""
    if len(source) > LONGEST_SOURCE:
        raise ExpressionError("an expression has at most {most} characters", most=LONGEST_SOURCE)
    parser = _Parser(_tokens(source))
    root = parser.either(0)
    if parser.next_kind != "end":
        raise ExpressionError("{text!r} is not expected here", text=parser.next_text)
    return Expression(source, root)


def constant(value: Value) -> Expression:
    """An expression that is just a value."""
    return Expression(f'"{value}"' if isinstance(value, str) else str(value).lower(), Constant(value))


def _tokens(source: str) -> list[tuple[str, str]]:
    tokens: list[tuple[str, str]] = []
    at = 0
    while source[at:].strip():
        found = _TOKEN.match(source, at)
        if found is None:
            raise ExpressionError("{text!r} has no meaning in an expression", text=source[at:].strip()[0])
        kind = found.lastgroup or "symbol"
        text = found[kind]
        tokens.append(("word" if kind == "name" and text in _WORDS else kind, text))
        at = found.end()
    return tokens


class _Parser:
    """Recursive descent: either, both, negation, comparison, sum, product, unary, atom."""

    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self._tokens = [*tokens, ("end", "the end")]
        self._at = 0

    @property
    def next_kind(self) -> str:
        return self._tokens[self._at][0]

    @property
    def next_text(self) -> str:
        return self._tokens[self._at][1]

    def _take(self) -> tuple[str, str]:
        token = self._tokens[self._at]
        self._at += 1
        return token

    def _accept(self, *texts: str) -> str | None:
        kind, text = self._tokens[self._at]
        if kind in ("word", "symbol") and text in texts:
            self._at += 1
            return text
        return None

    def _expect(self, text: str) -> None:
        if self._accept(text) is None:
            raise ExpressionError("expected {wanted!r} before {text!r}", wanted=text, text=self.next_text)

    def either(self, depth: int) -> Term:
        if depth > DEEPEST:
            raise ExpressionError("an expression is nested at most {most} deep", most=DEEPEST)
        term = self._both(depth)
        while self._accept("or"):
            term = Pair("or", term, self._both(depth))
        return term

    def _both(self, depth: int) -> Term:
        term = self._negation(depth)
        while self._accept("and"):
            term = Pair("and", term, self._negation(depth))
        return term

    def _negation(self, depth: int) -> Term:
        if self._accept("not"):
            if depth > DEEPEST:
                raise ExpressionError("an expression is nested at most {most} deep", most=DEEPEST)
            return Not(self._negation(depth + 1))
        return self._comparison(depth)

    def _comparison(self, depth: int) -> Term:
        term = self._sum(depth)
        operator = self._accept(*_COMPARISONS)
        if operator is not None:
            term = Pair(operator, term, self._sum(depth))
            if self._accept(*_COMPARISONS):
                raise ExpressionError("comparisons are not chained; join them with and")
        return term

    def _sum(self, depth: int) -> Term:
        term = self._product(depth)
        while operator := self._accept("+", "-"):
            term = Pair(operator, term, self._product(depth))
        return term

    def _product(self, depth: int) -> Term:
        term = self._unary(depth)
        while self._accept("*"):
            term = Pair("*", term, self._unary(depth))
        return term

    def _unary(self, depth: int) -> Term:
        if self._accept("-"):
            if depth > DEEPEST:
                raise ExpressionError("an expression is nested at most {most} deep", most=DEEPEST)
            return Negative(self._unary(depth + 1))
        return self._atom(depth)

    def _atom(self, depth: int) -> Term:
        kind, text = self._take()
        if kind == "number":
            return Constant(float(text) if "." in text else int(text))
        if kind == "text":
            return Constant(text[1:-1])
        if kind == "word" and text in ("true", "false"):
            return Constant(text == "true")
        if kind == "name":
            if self._accept("("):
                return Call(text, self._until(")", depth))
            return Variable(text)
        if kind == "symbol" and text == "(":
            term = self.either(depth + 1)
            self._expect(")")
            return term
        if kind == "symbol" and text == "[":
            return Items(self._until("]", depth))
        raise ExpressionError("a value is expected, not {text!r}", text=text)

    def _until(self, close: str, depth: int) -> tuple[Term, ...]:
        items: list[Term] = []
        if self._accept(close):
            return ()
        items.append(self.either(depth + 1))
        while self._accept(","):
            items.append(self.either(depth + 1))
        self._expect(close)
        return tuple(items)


# -- typing ------------------------------------------------------------------------------------------


def typed(expression: Expression, variables: Mapping[str, Type]) -> Type:
    """The type of an expression over these variables; raises `ExpressionError` with the first misuse."""
    return _typed(expression.root, variables)


def _typed(term: Term, variables: Mapping[str, Type]) -> Type:
    match term:
        case Constant(value):
            return type_of(value)
        case Variable(name):
            if name not in variables:
                raise ExpressionError("there is no variable {variable!r}", variable=name)
            return variables[name]
        case Items(items):
            kinds = {_typed(item, variables) for item in items}
            if kinds == {"text"}:
                return "texts"
            if kinds == {"number"}:
                return "numbers"
            raise ExpressionError("a list holds at least one item, all texts or all numbers")
        case Not(inner):
            _demand(inner, "boolean", "not", variables)
            return "boolean"
        case Negative(inner):
            _demand(inner, "number", "-", variables)
            return "number"
        case Pair(operator, left, right):
            return _typed_pair(operator, left, right, variables)
        case Call(function, arguments):
            if function not in _FUNCTIONS:
                raise ExpressionError(
                    "there is no function {function!r}; known: {known}",
                    function=function,
                    known=", ".join(_FUNCTIONS),
                )
            wanted, result = _FUNCTIONS[function]
            if len(arguments) != len(wanted):
                raise ExpressionError(
                    "{function} takes {wanted} values, not {found}",
                    function=function,
                    wanted=len(wanted),
                    found=len(arguments),
                )
            for argument, kind in zip(arguments, wanted, strict=True):
                _demand(argument, kind, function, variables)
            return result
        case _:
            assert_never(term)


def _typed_pair(operator: str, left: Term, right: Term, variables: Mapping[str, Type]) -> Type:
    one, other = _typed(left, variables), _typed(right, variables)
    plain = one in ("text", "number", "boolean") and one == other
    if operator in ("and", "or"):
        fits, result = one == other == "boolean", "boolean"
    elif operator in ("==", "!="):
        fits, result = plain, "boolean"
    elif operator == "in":
        fits = (one, other) in (("text", "text"), ("text", "texts"), ("number", "numbers"))
        result = "boolean"
    elif operator in _COMPARISONS:
        fits, result = plain and one != "boolean", "boolean"
    elif operator == "+":
        fits, result = plain and one != "boolean", one
    else:
        fits, result = one == other == "number", "number"
    if not fits:
        raise ExpressionError(
            "{operator!r} cannot join {one} and {other}", operator=operator, one=Word(one), other=Word(other)
        )
    return "boolean" if result == "boolean" else ("text" if result == "text" else "number")


def _demand(term: Term, wanted: Type, by: str, variables: Mapping[str, Type]) -> None:
    found = _typed(term, variables)
    if found != wanted:
        raise ExpressionError(
            "{by!r} takes {wanted}, not {found}", by=by, wanted=Word(wanted), found=Word(found)
        )


# -- computing ---------------------------------------------------------------------------------------


def value_of(expression: Expression, variables: Mapping[str, Value]) -> Value:
    """Compute; raises `ExpressionError` for a missing variable, a wrong type or a value beyond bounds."""
    try:
        value = _value(expression.root, variables)
    except (TypeError, AttributeError, OverflowError) as error:
        raise ExpressionError(
            "{expression!r} cannot be computed: {why}", expression=expression.source, why=Word(str(error))
        ) from error
    if isinstance(value, tuple):
        raise ExpressionError("{expression!r} is a list, not a value", expression=expression.source)
    return value


def _value(term: Term, variables: Mapping[str, Value]) -> Value | tuple[Value, ...]:
    match term:
        case Constant(value):
            return value
        case Variable(name):
            if name not in variables:
                raise ExpressionError("there is no variable {variable!r}", variable=name)
            return variables[name]
        case Items(items):
            return tuple(_plain(_value(item, variables)) for item in items)
        case Not(inner):
            return not _value(inner, variables)
        case Negative(inner):
            return _bounded(-_value(inner, variables))  # type: ignore[operator]  # TypeError is caught above
        case Pair(operator, left, right):
            return _joined(operator, left, right, variables)
        case Call("len", (only,)):
            return len(_value(only, variables))  # type: ignore[arg-type]
        case Call("starts_with", (text, start)):
            return _value(text, variables).startswith(_value(start, variables))  # type: ignore[union-attr,arg-type]
        case Call(function):
            raise ExpressionError("there is no function {function!r} of so many values", function=function)
        case _:
            assert_never(term)


_OPERATIONS: dict[str, Callable[[Any, Any], object]] = {
    "==": operators.eq,
    "!=": operators.ne,
    "<": operators.lt,
    "<=": operators.le,
    ">": operators.gt,
    ">=": operators.ge,
    "in": lambda one, other: one in other,
    "+": operators.add,
    "-": operators.sub,
    "*": operators.mul,
}


def _joined(operator: str, left: Term, right: Term, variables: Mapping[str, Value]) -> Value:
    one = _value(left, variables)
    if operator == "and":
        return bool(one) and bool(_value(right, variables))
    if operator == "or":
        return bool(one) or bool(_value(right, variables))
    other = _value(right, variables)
    if operator == "*" and (isinstance(one, str) or isinstance(other, str)):
        raise ExpressionError("'*' joins numbers only")
    result = _OPERATIONS[operator](one, other)
    return result if isinstance(result, bool) else _bounded(result)


def _plain(value: Value | tuple[Value, ...]) -> Value:
    if isinstance(value, tuple):
        raise ExpressionError("a list holds no lists")
    return value


def _bounded(value: object) -> Value:
    if isinstance(value, str) and len(value) <= LONGEST_TEXT:
        return value
    if isinstance(value, int | float) and abs(value) <= LARGEST_NUMBER:
        return value
    raise ExpressionError(
        "a text has at most {most} characters, a number is at most {largest}",
        most=LONGEST_TEXT,
        largest=LARGEST_NUMBER,
    )
