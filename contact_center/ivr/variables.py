"""Which variables an expression and a node read. Pure."""

from collections.abc import Iterator
from typing import assert_never

from contact_center.ivr.expressions import (
    Call as Function,
)
from contact_center.ivr.expressions import (
    Constant,
    Expression,
    Items,
    Negative,
    Not,
    Pair,
    Term,
    Variable,
)
from contact_center.ivr.flow import (
    Branch,
    Call,
    Event,
    Lookup,
    Node,
    Queue,
    Set,
    SpokenDate,
    SpokenDigits,
    SpokenMoney,
    SpokenNumber,
    Transfer,
    said,
)


def variables_in(expression: Expression) -> set[str]:
    """The variables an expression reads."""
    return set(_names(expression.root))


def _names(term: Term) -> Iterator[str]:
    match term:
        case Variable(name=name):
            yield name
        case Constant():
            pass
        case Not(term=inner) | Negative(term=inner):
            yield from _names(inner)
        case Pair(left=left, right=right):
            yield from _names(left)
            yield from _names(right)
        case Items(items=terms) | Function(arguments=terms):
            for each in terms:
                yield from _names(each)
        case _:
            assert_never(term)


def read_by(node: Node) -> set[str]:
    """The variables a node reads before it sets any."""
    expressions: list[Expression] = []
    match node:
        case Branch(cases=cases):
            expressions = [case.when for case in cases]
        case Set(values=values) | Event(values=values) | Call(give=values):
            expressions = list(values.values())
        case Lookup():
            expressions = [each for each in (node.number, node.key, *node.send.values()) if each is not None]
        case Queue(agent=Expression() as agent):
            expressions = [agent]
        case Transfer():
            expressions = [each for each in (node.agent, node.number) if each is not None]
        case _:
            pass
    for _, part in said(node):
        if isinstance(part, SpokenNumber | SpokenDigits | SpokenDate | SpokenMoney):
            expressions.append(part.value)
    names = {name for each in expressions for name in variables_in(each)}
    if isinstance(node, Set):  # computed in order: a later one may read an earlier one
        names, known = set(), set[str]()
        for name, expression in node.values.items():
            names |= variables_in(expression) - known
            known.add(name)
    return names
