"""Nodes and where they lead, as plain sets: what can be reached, what lies in a loop. Pure; linear time."""

from collections.abc import Iterable, Mapping, Set

Edges = Mapping[str, Set[str]]
"""Every node, also one that leads nowhere, with those it leads to; all of them are nodes."""


def reached_from(start: Iterable[str], edges: Edges) -> set[str]:
    """All that can be reached from `start`, itself included."""
    reached = set(start)
    pending = list(reached)
    while pending:
        for target in edges[pending.pop()] - reached:
            reached.add(target)
            pending.append(target)
    return reached


def in_loops(edges: Edges) -> set[str]:
    """The nodes that lead back to themselves (Tarjan's strongly connected components, 1972)."""
    found: dict[str, int] = {}
    least: dict[str, int] = {}
    stack: list[str] = []
    on_stack: set[str] = set()
    looped: set[str] = set()
    for root in edges:
        if root in found:
            continue
        walking = [(root, iter(edges[root]))]
        while walking:
            name, targets = walking[-1]
            if name not in found:
                found[name] = least[name] = len(found)
                stack.append(name)
                on_stack.add(name)
            target = next(targets, None)
            if target is None:
                walking.pop()
                if walking:
                    above = walking[-1][0]
                    least[above] = min(least[above], least[name])
                if least[name] == found[name]:
                    looped |= _taken(name, stack, on_stack, edges)
            elif target not in found:
                walking.append((target, iter(edges[target])))
            elif target in on_stack:
                least[name] = min(least[name], found[target])
    return looped


def _taken(name: str, stack: list[str], on_stack: set[str], edges: Edges) -> set[str]:
    """Off the stack comes the component of `name`; a single node is a loop when it leads to itself."""
    at = len(stack) - 1
    while stack[at] != name:
        at -= 1
    component = set(stack[at:])
    del stack[at:]
    on_stack -= component
    return component if len(component) > 1 or name in edges[name] else set()
