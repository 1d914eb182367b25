"""Where the boxes and lines of a drawn graph go: in layers from the first node down (Sugiyama 1981). Pure.

Loops are turned round, every node gets the layer below all that lead to it, long lines get a place in each
layer they cross, neighbours are ordered by the median of theirs, and each layer is placed as near to its
neighbours as the widths allow (isotonic regression).
"""

import itertools
from bisect import bisect_right, insort
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Edge = tuple[str, str]
GAP, LINE_WIDTH = 34.0, 26.0
SWEEPS, MOST_PLACINGS = 24, 60_000
"""How often the layers are gone through; less often where there is much in them."""


@dataclass(frozen=True, slots=True)
class Layout:
    """For each node the middle of its box (x) and its layer; for each edge the x in every layer it crosses.

    An edge that was turned round runs from its lower end up.
    """

    x: dict[str, float]
    layer: dict[str, int]
    bends: dict[Edge, tuple[float, ...]]
    layers: int


def lay_out(nodes: Mapping[str, float], edges: Sequence[Edge], start: str) -> Layout:
    """`nodes` are widths by name, in the author's order. Edges from a node to itself have no bends."""
    down = _without_loops(nodes, edges, start)
    layer = _layers(nodes, down)
    rows, chains = _rows(nodes, down, layer)
    widths = {**dict.fromkeys((name for row in rows for name in row), LINE_WIDTH), **nodes}
    links = [pair for chain in chains.values() for pair in itertools.pairwise(chain)]
    rows = _ordered(rows, links)
    x = _placed(rows, links, widths)
    bends: dict[Edge, tuple[float, ...]] = {}
    for one, other in edges:
        if one != other:
            turned = (one, other) not in chains
            chain = chains[(other, one) if turned else (one, other)]
            inner = tuple(x[name] for name in chain[1:-1])
            bends[one, other] = inner[::-1] if turned else inner
    return Layout({name: x[name] for name in nodes}, layer, bends, len(rows))


def _without_loops(nodes: Mapping[str, float], edges: Sequence[Edge], start: str) -> list[Edge]:
    """Edges that close a loop on the way from the start are turned round."""
    following: dict[str, list[str]] = {name: [] for name in nodes}
    for one, other in edges:
        following[one].append(other)
    state: dict[str, int] = {}
    turned: set[Edge] = set()
    for root in (start, *nodes):
        if root in state:
            continue
        state[root] = 1
        pending = [(root, iter(following[root]))]
        while pending:
            name, targets = pending[-1]
            target = next(targets, None)
            if target is None:
                state[name] = 2
                pending.pop()
            elif state.get(target) == 1:
                turned.add((name, target))
            elif target not in state:
                state[target] = 1
                pending.append((target, iter(following[target])))
    down = [(b, a) if (a, b) in turned else (a, b) for a, b in edges if a != b]
    return list(dict.fromkeys(down))


def _layers(nodes: Mapping[str, float], down: Sequence[Edge]) -> dict[str, int]:
    """The longest way from above; what has nothing above it stands right above what it leads to."""
    incoming = dict.fromkeys(nodes, 0)
    following: dict[str, list[str]] = {name: [] for name in nodes}
    for one, other in down:
        incoming[other] += 1
        following[one].append(other)
    layer = dict.fromkeys(nodes, 0)
    ready = [name for name in nodes if not incoming[name]]
    roots = list(ready)
    while ready:
        name = ready.pop()
        for target in following[name]:
            layer[target] = max(layer[target], layer[name] + 1)
            incoming[target] -= 1
            if not incoming[target]:
                ready.append(target)
    for root in roots:
        if following[root]:
            layer[root] = min(layer[target] for target in following[root]) - 1
    return layer


def _rows(
    nodes: Mapping[str, float], down: Sequence[Edge], layer: dict[str, int]
) -> tuple[list[list[str]], dict[Edge, tuple[str, ...]]]:
    rows: list[list[str]] = [[] for _ in range(max(layer.values(), default=0) + 1)]
    for name in nodes:
        rows[layer[name]].append(name)
    chains: dict[Edge, tuple[str, ...]] = {}
    for one, other in down:
        between = range(layer[one] + 1, layer[other])
        inner = tuple(f"{one}\0{other}\0{number}" for number in between)
        for number, name in zip(between, inner, strict=True):
            rows[number].append(name)
        chains[one, other] = (one, *inner, other)
    return rows, chains


def _neighbours(links: Sequence[Edge]) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    above: dict[str, list[str]] = {}
    below: dict[str, list[str]] = {}
    for one, other in links:
        below.setdefault(one, []).append(other)
        above.setdefault(other, []).append(one)
    return above, below


def _ordered(rows: list[list[str]], links: Sequence[Edge]) -> list[list[str]]:
    above, below = _neighbours(links)
    best, fewest = rows, _crossings(rows, below)
    rows = [list(row) for row in rows]
    for sweep in range(_sweeps(rows)):
        downward = sweep % 2 == 0
        order = range(1, len(rows)) if downward else range(len(rows) - 2, -1, -1)
        for number in order:
            fixed = {name: at for at, name in enumerate(rows[number - 1 if downward else number + 1])}
            links_of = above if downward else below
            here = {name: float(at) for at, name in enumerate(rows[number])}
            rows[number].sort(key=lambda name: _middle(name, links_of, fixed, here))
        crossings = _crossings(rows, below)
        if crossings < fewest:
            best, fewest = [list(row) for row in rows], crossings
    return best


def _sweeps(rows: Sequence[Sequence[str]]) -> int:
    return max(2, min(SWEEPS, MOST_PLACINGS // max(1, sum(map(len, rows)))))


def _middle(
    name: str, links_of: dict[str, list[str]], fixed: dict[str, int], here: dict[str, float]
) -> float:
    """The mean place of the neighbours; without any, its own."""
    places = [fixed[other] for other in links_of.get(name, ()) if other in fixed]
    return sum(places) / len(places) if places else here[name]


def _crossings(rows: list[list[str]], below: dict[str, list[str]]) -> int:
    total = 0
    for upper, lower in itertools.pairwise(rows):
        place = {name: at for at, name in enumerate(lower)}
        ends = [at for name in upper for at in sorted(place[other] for other in below.get(name, ()))]
        before: list[int] = []
        for at in ends:
            total += len(before) - bisect_right(before, at)
            insort(before, at)
    return total


def _placed(rows: list[list[str]], links: Sequence[Edge], widths: Mapping[str, float]) -> dict[str, float]:
    above, below = _neighbours(links)
    x: dict[str, float] = {}
    for row in rows:
        at = 0.0
        for name in row:
            x[name] = at + widths[name] / 2
            at += widths[name] + GAP
    for sweep in range(_sweeps(rows)):
        downward = sweep % 2 == 0
        for row in rows if downward else reversed(rows):
            wanted = []
            for name in row:
                first, second = (above, below) if downward else (below, above)
                near = first.get(name) or second.get(name) or [name]
                wanted.append(sum(x[other] for other in near) / len(near))
            x.update(zip(row, _apart(row, wanted, widths), strict=True))
    least = min((x[name] - widths[name] / 2 for row in rows for name in row), default=0.0)
    return {name: place - least for name, place in x.items()}


def _apart(row: list[str], wanted: list[float], widths: Mapping[str, float]) -> list[float]:
    """As near to the wanted places as the order and the widths allow (pool adjacent violators)."""
    offsets, at = [], 0.0
    for number, name in enumerate(row):
        if number:
            at += (widths[row[number - 1]] + widths[name]) / 2 + GAP
        offsets.append(at)
    pools: list[tuple[float, int]] = []
    for place, offset in zip(wanted, offsets, strict=True):
        total, count = place - offset, 1
        while pools and pools[-1][0] / pools[-1][1] > total / count:
            before = pools.pop()
            total, count = total + before[0], count + before[1]
        pools.append((total, count))
    shared = [total / count for total, count in pools for _ in range(count)]
    return [place + offset for place, offset in zip(shared, offsets, strict=True)]
