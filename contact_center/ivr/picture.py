"""Draws a flow as SVG: a box for each node, a line for each outcome. Needs no other program."""

import itertools
from collections.abc import Iterator
from html import escape

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
)
from contact_center.ivr.layout import Edge, Layout, lay_out

ROW, BOX, MARGIN = 132.0, 56.0, 36.0
TITLE = 44.0
MOST_DETAIL = 30
ENTRY = "\0entry"

INKS = {
    "asks": ("#eaf2ff", "#2563c9"),
    "says": ("#f4f6f8", "#5b6b7d"),
    "decides": ("#fff6e0", "#a86a00"),
    "finds": ("#eefaf3", "#1c7f52"),
    "sends": ("#f3edff", "#6b3fc4"),
    "ends": ("#fdeeee", "#b3372f"),
}
"""Fill and line of a box, by what a node does."""

GROUPS = {
    **dict.fromkeys(("menu", "collect", "survey"), "asks"),
    **dict.fromkeys(("say", "language", "event", "record"), "says"),
    **dict.fromkeys(("branch", "hours", "set"), "decides"),
    **dict.fromkeys(("lookup", "call"), "finds"),
    **dict.fromkeys(("queue", "transfer", "voicemail"), "sends"),
    **dict.fromkeys(("hangup", "return"), "ends"),
}
ASIDE = frozenset(
    {"no_input", "no_match", "failed", "nothing", "overflow", "no_agents", "several", "not_found"}
)
"""Outcomes that are not the way the author hopes for: their lines are pale."""

STYLE = """
  text { font-family: "Inter", "Noto Sans", "Noto Sans CJK SC", "Helvetica Neue", Arial, sans-serif; }
  .title { font-size: 19px; font-weight: 650; fill: #16202b; }
  .about { font-size: 12px; fill: #5b6b7d; }
  .name { font-size: 13.5px; font-weight: 600; fill: #16202b; }
  .detail { font-size: 11.5px; fill: #44525f; }
  .kind { font-size: 10px; font-weight: 600; letter-spacing: .04em; }
  .outcome { font-size: 10.5px; fill: #33414e; paint-order: stroke; stroke: #fff; stroke-width: 4px; }
  .line { fill: none; stroke: #6d7c8b; stroke-width: 1.5; }
  .aside { stroke: #b9c3cc; stroke-dasharray: 5 4; }
"""


def picture(flow: Flow) -> str:
    """The flow as one SVG document."""
    labels: dict[Edge, list[str]] = {(ENTRY, flow.start): []}
    for name, node in flow.nodes.items():
        for path, target in outcomes(node):
            if target in flow.nodes:
                labels.setdefault((name, target), []).append(_outcome(node, path))
    entry = ", ".join(flow.numbers) or "entered by other flows"
    widths = {ENTRY: _width(entry, 12) + 40}
    widths |= {name: _box_width(flow, name, node) for name, node in flow.nodes.items()}
    layout = lay_out(widths, list(labels), ENTRY)
    rightmost = [layout.x[name] + widths[name] / 2 for name in widths]
    rightmost += [x + 12 for bends in layout.bends.values() for x in bends]
    width = max(*rightmost, 320.0) + 2 * MARGIN
    height = TITLE + (layout.layers - 1) * ROW + BOX + 2 * MARGIN
    lines = "\n".join(_lines(layout, labels, widths))
    boxes = "\n".join(_box(flow, layout, name, node, widths[name]) for name, node in flow.nodes.items())
    x, y = _at(layout, ENTRY)
    about = f"{len(flow.nodes)} nodes · {', '.join(flow.languages)} · version {flow.version}"
    return f"""<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" \
viewBox="0 0 {width:.0f} {height:.0f}" role="img" aria-labelledby="flow-title">
<title id="flow-title">{escape(flow.title or flow.name)}</title>
<style>{STYLE}</style>
<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">\
<path d="M0 0.6 L7.4 4 L0 7.4 z" fill="#6d7c8b"/></marker></defs>
<rect width="100%" height="100%" fill="#ffffff"/>
<text class="title" x="{MARGIN}" y="34">{escape(flow.title or flow.name)}</text>
<text class="about" x="{MARGIN}" y="54">{escape(about)}</text>
{lines}
<rect x="{x - widths[ENTRY] / 2:.1f}" y="{y - 15:.1f}" width="{widths[ENTRY]:.1f}" height="30" rx="15" \
fill="#16202b"/>
<text class="detail" x="{x:.1f}" y="{y + 4:.1f}" text-anchor="middle" style="fill:#fff">{escape(entry)}</text>
{boxes}
</svg>
"""


def _at(layout: Layout, name: str) -> tuple[float, float]:
    return layout.x[name] + MARGIN, TITLE + MARGIN + layout.layer[name] * ROW + BOX / 2


# -- lines -------------------------------------------------------------------------------------------


def _lines(layout: Layout, labels: dict[Edge, list[str]], widths: dict[str, float]) -> Iterator[str]:
    ports = _ports(layout, labels, widths)
    texts: dict[str, list[tuple[float, float, str]]] = {}
    for edge, words in labels.items():
        aside = bool(words) and all(word.replace(" ", "_") in ASIDE for word in words)
        klass = "line aside" if aside else "line"
        text = ", ".join(words)
        if edge[0] == edge[1]:
            yield _own_loop(layout, edge[0], widths[edge[0]], klass, text)
            continue
        upward = layout.layer[edge[0]] > layout.layer[edge[1]]
        points = _points(layout, edge, ports[edge, 0], ports[edge, 1], upward=upward)
        path = f"M{points[0][0]:.1f} {points[0][1]:.1f}"
        for (x1, y1), (x2, y2) in itertools.pairwise(points):
            bend = (y2 - y1) * 0.5
            path += f" C{x1:.1f} {y1 + bend:.1f} {x2:.1f} {y2 - bend:.1f} {x2:.1f} {y2:.1f}"
        yield f'<path class="{klass}" d="{path}" marker-end="url(#arrow)"/>'
        if text and upward:
            yield _label(points[0][0], points[0][1] - 14, text)
        elif text:
            texts.setdefault(edge[0], []).append((points[0][0], points[1][0], text))
    for name, its in texts.items():
        yield from _labels(_at(layout, name)[1] + BOX / 2, its)


def _labels(bottom: float, texts: list[tuple[float, float, str]]) -> Iterator[str]:
    """Words along the lines that leave a box, each as high as those before it leave room."""
    taken: list[float] = []
    for begin, end, text in sorted(texts):
        half = _width(text, 10.5) / 2 + 3
        level = 0
        while True:
            down = 17.0 + 15.0 * level
            part = min(down / (ROW - BOX), 1.0)
            x = begin + (end - begin) * part * part * (3 - 2 * part)
            if level == len(taken) or taken[level] <= x - half:
                break
            level += 1
        taken[level : level + 1] = [x + half]
        yield _label(x, bottom + down, text)


def _label(x: float, y: float, text: str) -> str:
    return f'<text class="outcome" x="{x:.1f}" y="{y:.1f}" text-anchor="middle">{escape(text)}</text>'


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
    half = BOX / 2 if one != ENTRY else 15
    inner = [
        (x + MARGIN, TITLE + MARGIN + (layout.layer[one] + step * number) * ROW + BOX / 2)
        for number, x in enumerate(layout.bends[edge], start=1)
    ]
    return [(start, y1 + step * half), *inner, (end, y2 - step * BOX / 2)]


def _own_loop(layout: Layout, name: str, width: float, klass: str, text: str) -> str:
    x, y = _at(layout, name)
    right = x + width / 2
    path = f"M{right:.1f} {y + 10:.1f} C{right + 34:.1f} {y + 16:.1f} {right + 34:.1f} {y - 16:.1f} "
    path += f"{right:.1f} {y - 10:.1f}"
    words = f'<text class="outcome" x="{right + 28:.1f}" y="{y + 3:.1f}">{escape(text)}</text>'
    return f'<path class="{klass}" d="{path}" marker-end="url(#arrow)"/>{words}'


def _outcome(node: Node, path: tuple[str, ...]) -> str:
    match path:
        case ("choices" | "outcomes", key):
            return key
        case ("cases", number, "to"):
            source = getattr(node, "cases")[int(number)].when.source  # noqa: B009  # only a branch has them
            return _shortened(str(source), 26)
        case ("next", *_):
            return ""
        case _:
            return path[0].replace("_", " ")


# -- boxes -------------------------------------------------------------------------------------------


def _box(flow: Flow, layout: Layout, name: str, node: Node, width: float) -> str:
    x, y = _at(layout, name)
    fill, ink = INKS[GROUPS[node.kind]]
    left = x - width / 2
    detail = _shortened(_detail(flow, node), MOST_DETAIL)
    operator = ' <tspan class="kind" fill="#6b3fc4">OPERATOR</tspan>' if flow.operator == name else ""
    hover = escape(f"{name} ({node.kind}): {_detail(flow, node)}")
    second = f'<text class="detail" x="{left + 14:.1f}" y="{y + 20:.1f}">{escape(detail)}</text>'
    return f"""<g id="node-{escape(name)}"><title>{hover}</title>
<rect x="{left:.1f}" y="{y - BOX / 2:.1f}" width="{width:.1f}" height="{BOX:.0f}" rx="9" fill="{fill}" \
stroke="{ink}" stroke-width="1.3"/>
<text class="kind" x="{left + 14:.1f}" y="{y - 12:.1f}" fill="{ink}">{node.kind.upper()}{operator}</text>
<text class="name" x="{left + 14:.1f}" y="{y + 4:.1f}">{escape(name)}</text>
{second if detail else ""}</g>"""


def _box_width(flow: Flow, name: str, node: Node) -> float:
    detail = _shortened(_detail(flow, node), MOST_DETAIL)
    widest = max(_width(name, 13.5) * 1.06, _width(detail, 11.5), 96.0)
    return widest + 28 + 14.0 * max(0, len({to for _, to in outcomes(node)}) - 3)


def _width(text: str, size: float) -> float:
    """About how wide a text is; Chinese characters are square."""
    return sum(size if ord(each) > 0x2E80 else size * 0.56 for each in text)


def _shortened(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def _detail(flow: Flow, node: Node) -> str:
    """What the node is about, in a few words."""
    match node:
        case Queue() | Callback():
            queue = node.queue or "where the callback waits"
            return f"{queue}: {', '.join(node.skills)}" if node.skills else queue
        case Transfer():
            to = node.queue or node.flow or (node.agent or node.number)
            return f"to {to if isinstance(to, str) else to.source if to is not None else ''}"
        case Hours(calendar=calendar):
            return calendar
        case Lookup():
            return node.table or node.url or "customer by number"
        case Set(values=values):
            return ", ".join(f"{name} = {value.source}" for name, value in values.items())
        case Language(language=language):
            return language
        case Collect(into=into, secret=secret):
            return f"into {into}{' (secret)' if secret else ''}"
        case Survey(measure=measure):
            return measure.upper()
        case Call(flow=called):
            return called
        case Event(name=name):
            return name
        case Record(act=act):
            return act
        case Voicemail(queue=queue):
            return f"message for {queue}"
        case _:
            return _first_words(flow, node)


def _first_words(flow: Flow, node: Node) -> str:
    language = flow.languages[0]
    for _, part in said(node):
        if isinstance(part, Words):
            return part.texts.get(language, "")
        if isinstance(part, Phrase):
            return flow.prompts.get(part.key, {}).get(language, part.key)
    return "" if not isinstance(node, Menu) else "menu"
