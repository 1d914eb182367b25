"""A flow as a drawing: where each box stands, how each line runs, and the words on them. Pure.

`picture` writes it as an SVG document; the console draws the same values so that one can point at them.
Lengths are pixels at full size, y grows downwards.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, cast

from contact_center.ivr.flow import (
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
    Phrase,
    Queue,
    Record,
    Set,
    Survey,
    Transfer,
    Voicemail,
    Words,
    outcomes,
    said,
    ways,
)
from contact_center.ivr.layout import Edge, Layout, lay_out
from contact_center.runtime.people import Language as Reader

ROW, BOX, ENTRY_BOX, MARGIN = 132.0, 56.0, 30.0, 36.0
TITLE = 44.0
MOST_DETAIL = 30
MOST_NODES = 300
"""Of a drawing: nobody reads a larger one, and placing the boxes takes the square of their number."""
ENTRY = "\0entry"

Group = Literal["asks", "says", "decides", "finds", "sends", "ends"]
"""What a node does, which gives its box a colour."""

Kind = Literal[
    "say",
    "menu",
    "collect",
    "survey",
    "callback",
    "set",
    "branch",
    "hours",
    "lookup",
    "queue",
    "transfer",
    "voicemail",
    "record",
    "event",
    "call",
    "return",
    "language",
    "hangup",
]
GROUPS: dict[Kind, Group] = {
    "menu": "asks",
    "collect": "asks",
    "survey": "asks",
    "callback": "asks",
    "say": "says",
    "language": "says",
    "event": "says",
    "record": "says",
    "branch": "decides",
    "hours": "decides",
    "set": "decides",
    "lookup": "finds",
    "call": "finds",
    "queue": "sends",
    "transfer": "sends",
    "voicemail": "sends",
    "hangup": "ends",
    "return": "ends",
}
ABOUT: dict[Reader, dict[str, str]] = {
    "en": {
        "about": "{nodes} nodes · {languages} · version {version}",
        "entered": "entered by other flows",
        "callback": "where the callback waits",
        "to": "to {where}",
        "customer": "customer by number",
        "into": "into {name}",
        "secret": "into {name} (secret)",
        "message": "message for {queue}",
        "menu": "menu",
    },
    "zh": {
        "about": "{nodes} 个节点 · {languages} · 版本 {version}",
        "entered": "由其他流程进入",
        "callback": "回拨排队处",
        "to": "转至 {where}",
        "customer": "按号码查客户",
        "into": "存入 {name}",
        "secret": "存入 {name}（保密）",
        "message": "给 {queue} 的留言",
        "menu": "菜单",
    },
}
"""The drawing's own words, for who reads it; names, keys and conditions are the author's."""

ASIDE = frozenset(
    {"no_input", "no_match", "failed", "nothing", "overflow", "no_agents", "several", "not_found"}
)
"""Outcomes that are not the way the author hopes for: their lines are pale."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A node: its box from the upper left corner; `detail` is what it is about, cut to fit in `brief`."""

    node: str
    kind: Kind
    group: Group
    x: float
    y: float
    width: float
    height: float
    brief: str
    detail: str
    operator: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """All outcomes that lead from one node to another; `source` is empty for the way in.

    `path` is SVG path data; the words stand centred (or from the left, `beside`) at `label_x`, `label_y`.
    """

    source: str
    target: str
    path: str
    label: str
    label_x: float
    label_y: float
    aside: bool
    beside: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """Everything to be drawn of one flow; `entry` is the words of the way in, centred at its place."""

    name: str
    title: str
    about: str
    width: float
    height: float
    entry: str
    entry_x: float
    entry_y: float
    entry_width: float
    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]


def drawing(flow: Flow, reader: Reader = "en") -> Drawing:
    """Lay a flow out, with the words and, where the flow speaks it, the prompts in the reader's language."""
    own = ABOUT[reader]
    labels: dict[Edge, list[str]] = {(ENTRY, flow.start): []} if flow.start in flow.nodes else {}
    for name, path, target in ways(flow):
        if target in flow.nodes:
            labels.setdefault((name, target), []).append(_outcome(flow.nodes[name], path))
    pale = _pale(flow)
    entry = ", ".join(flow.numbers) or own["entered"]
    widths = {ENTRY: text_width(entry, 12) + 40}
    details = {name: _detail(flow, node, reader) for name, node in flow.nodes.items()}
    widths |= {name: _box_width(name, node, details[name]) for name, node in flow.nodes.items()}
    layout = lay_out(widths, list(labels), ENTRY)
    rightmost = [layout.x[name] + widths[name] / 2 for name in widths]
    rightmost += [x + 12 for bends in layout.bends.values() for x in bends]
    x, y = _at(layout, ENTRY)
    return Drawing(
        name=flow.name,
        title=flow.title or flow.name,
        about=own["about"].format(
            nodes=len(flow.nodes), languages=", ".join(flow.languages), version=flow.version
        ),
        width=max(*rightmost, 320.0) + 2 * MARGIN,
        height=TITLE + (layout.layers - 1) * ROW + BOX + 2 * MARGIN,
        entry=entry,
        entry_x=x,
        entry_y=y,
        entry_width=widths[ENTRY],
        boxes=tuple(_box(flow, layout, name, widths[name], details[name]) for name in flow.nodes),
        lines=tuple(_lines(layout, labels, widths, pale)),
    )


def _pale(flow: Flow) -> set[Edge]:
    """The lines of which no outcome is the way the author hopes for, nor a choice the caller is told of."""
    hoped = {(name, to) for name, path, to in ways(flow) if path[0] not in (*ASIDE, "operator")}
    return {(name, to) for name, _, to in ways(flow)} - hoped


def _at(layout: Layout, name: str) -> tuple[float, float]:
    return layout.x[name] + MARGIN, TITLE + MARGIN + layout.layer[name] * ROW + BOX / 2


# -- lines -------------------------------------------------------------------------------------------


def _lines(
    layout: Layout, labels: dict[Edge, list[str]], widths: dict[str, float], pale: set[Edge]
) -> Iterator[Line]:
    ports = _ports(layout, labels, widths)
    paths: dict[Edge, str] = {}
    ends: dict[Edge, tuple[float, float, float]] = {}
    spots: dict[Edge, tuple[float, float]] = {}
    for edge in labels:
        if edge[0] == edge[1]:
            paths[edge], spots[edge] = _own_loop(layout, edge[0], widths[edge[0]])
            continue
        upward = layout.layer[edge[0]] > layout.layer[edge[1]]
        points = _points(layout, edge, ports[edge, 0], ports[edge, 1], upward=upward)
        paths[edge] = _curve(points)
        ends[edge] = (points[0][0], points[1][0], points[0][1])
        spots[edge] = (points[0][0], points[0][1] - 14)
    spots |= _label_spots(layout, labels, ends)
    for edge, words in labels.items():
        yield Line(
            source="" if edge[0] == ENTRY else edge[0],
            target=edge[1],
            path=paths[edge],
            label=", ".join(word for word in words if word),
            label_x=round(spots[edge][0], 1),
            label_y=round(spots[edge][1], 1),
            aside=edge in pale,
            beside=edge[0] == edge[1],
        )


def _curve(points: list[tuple[float, float]]) -> str:
    path = f"M{points[0][0]:.1f} {points[0][1]:.1f}"
    for (x1, y1), (x2, y2) in itertools.pairwise(points):
        bend = (y2 - y1) * 0.5
        path += f" C{x1:.1f} {y1 + bend:.1f} {x2:.1f} {y2 - bend:.1f} {x2:.1f} {y2:.1f}"
    return path


def _label_spots(
    layout: Layout, labels: dict[Edge, list[str]], ends: dict[Edge, tuple[float, float, float]]
) -> dict[Edge, tuple[float, float]]:
    """Words along the lines that lead down from a box, each as high as those before it leave room."""
    leaving: dict[str, list[tuple[float, float, Edge]]] = {}
    for edge, (begin, end, _) in ends.items():
        if any(labels[edge]) and layout.layer[edge[0]] <= layout.layer[edge[1]]:
            leaving.setdefault(edge[0], []).append((begin, end, edge))
    spots: dict[Edge, tuple[float, float]] = {}
    for name, its in leaving.items():
        bottom = _at(layout, name)[1] + BOX / 2
        taken: list[float] = []
        for begin, end, edge in sorted(its):
            half = text_width(", ".join(labels[edge]), 10.5) / 2 + 3
            level = 0
            while True:
                down = 17.0 + 15.0 * level
                part = min(down / (ROW - BOX), 1.0)
                x = begin + (end - begin) * part * part * (3 - 2 * part)
                if level == len(taken) or taken[level] <= x - half:
                    break
                level += 1
            taken[level : level + 1] = [x + half]
            spots[edge] = (x, bottom + down)
    return spots


def _ports(
    layout: Layout, labels: dict[Edge, list[str]], widths: dict[str, float]
) -> dict[tuple[Edge, int], float]:
    """Where lines begin (0) and end (1) on each side of a box, in the order of where they lead."""
    sides: dict[tuple[str, bool], list[tuple[float, Edge, int]]] = {}
    for edge in labels:
        one, other = edge
        if one == other:
            continue
        upward = layout.layer[one] > layout.layer[other]
        inner = layout.bends[edge]
        sides.setdefault((one, not upward), []).append((inner[0] if inner else layout.x[other], edge, 0))
        sides.setdefault((other, upward), []).append((inner[-1] if inner else layout.x[one], edge, 1))
    ports: dict[tuple[Edge, int], float] = {}
    for (name, _), lines in sides.items():
        room = widths[name] - 30
        for number, (_, edge, end) in enumerate(sorted(lines), start=1):
            ports[edge, end] = layout.x[name] - room / 2 + room * number / (len(lines) + 1) + MARGIN
    return ports


def _points(
    layout: Layout, edge: Edge, start: float, end: float, *, upward: bool
) -> list[tuple[float, float]]:
    one, other = edge
    _, y1 = _at(layout, one)
    _, y2 = _at(layout, other)
    step = -1 if upward else 1
    half = BOX / 2 if one != ENTRY else ENTRY_BOX / 2
    inner = [
        (x + MARGIN, TITLE + MARGIN + (layout.layer[one] + step * number) * ROW + BOX / 2)
        for number, x in enumerate(layout.bends[edge], start=1)
    ]
    return [(start, y1 + step * half), *inner, (end, y2 - step * BOX / 2)]


def _own_loop(layout: Layout, name: str, width: float) -> tuple[str, tuple[float, float]]:
    x, y = _at(layout, name)
    right = x + width / 2
    path = f"M{right:.1f} {y + 10:.1f} C{right + 34:.1f} {y + 16:.1f} {right + 34:.1f} {y - 16:.1f} "
    return f"{path}{right:.1f} {y - 10:.1f}", (right + 28, y + 3)


def _outcome(node: Node, path: tuple[str, ...]) -> str:
    match path:
        case ("choices" | "outcomes" | "operator", key):
            return key
        case ("cases", number, "to"):
            source = getattr(node, "cases")[int(number)].when.source  # noqa: B009  # only a branch has them
            return _shortened(str(source), 26)
        case ("next", *_):
            return ""
        case _:
            return path[0].replace("_", " ")


# -- boxes -------------------------------------------------------------------------------------------


def _box(flow: Flow, layout: Layout, name: str, width: float, detail: str) -> Box:
    x, y = _at(layout, name)
    kind = cast("Kind", flow.nodes[name].kind)
    return Box(
        node=name,
        kind=kind,
        group=GROUPS[kind],
        x=round(x - width / 2, 1),
        y=round(y - BOX / 2, 1),
        width=round(width, 1),
        height=BOX,
        brief=_shortened(detail, MOST_DETAIL),
        detail=detail,
        operator=flow.operator == name,
    )


def _box_width(name: str, node: Node, detail: str) -> float:
    widest = max(text_width(name, 13.5) * 1.22, text_width(_shortened(detail, MOST_DETAIL), 11.5), 96.0)
    return widest + 28 + 14.0 * max(0, len({to for _, to in outcomes(node)}) - 3)


def text_width(text: str, size: float) -> float:
    """About how wide a text is; Chinese characters are square."""
    return sum(size if ord(each) > 0x2E80 else size * 0.56 for each in text)


def _shortened(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def _detail(flow: Flow, node: Node, reader: Reader) -> str:
    """What the node is about, in a few words."""
    own = ABOUT[reader]
    match node:
        case Queue() | Callback():
            queue = node.queue or own["callback"]
            return f"{queue}: {', '.join(node.skills)}" if node.skills else queue
        case Transfer():
            to = node.queue or node.flow or (node.agent or node.number)
            where = to if isinstance(to, str) else to.source if to is not None else ""
            return own["to"].format(where=where)
        case Hours(calendar=calendar):
            return calendar
        case Lookup():
            return node.table or node.url or own["customer"]
        case Set(values=values):
            return ", ".join(f"{name} = {value.source}" for name, value in values.items())
        case Language(language=language):
            return language
        case Collect(into=into, secret=secret):
            return own["secret" if secret else "into"].format(name=into)
        case Survey(measure=measure):
            return measure.upper()
        case Call(flow=called):
            return called
        case Event(name=name):
            return name
        case Record(act=act):
            return act
        case Voicemail(queue=queue):
            return own["message"].format(queue=queue)
        case _:
            return _first_words(flow, node, reader)


def _first_words(flow: Flow, node: Node, reader: Reader) -> str:
    spoken = next((each for each in flow.languages if each.partition("-")[0] == reader), flow.languages[0])
    for _, part in said(node):
        if isinstance(part, Words):
            return part.texts.get(spoken, "")
        if isinstance(part, Phrase):
            return flow.prompts.get(part.key, {}).get(spoken, part.key)
    return "" if not isinstance(node, Menu) else ABOUT[reader]["menu"]
