"""Draws a flow as SVG: a box for each node, a line for each outcome. Needs no other program."""

from html import escape

from contact_center.ivr.drawing import ENTRY_BOX, MARGIN, Box, Group, Line, drawing
from contact_center.ivr.flow import Flow
from contact_center.runtime.people import Language

INKS: dict[Group, tuple[str, str]] = {
    "asks": ("#eaf2ff", "#2563c9"),
    "says": ("#f4f6f8", "#5b6b7d"),
    "decides": ("#fff6e0", "#a86a00"),
    "finds": ("#eefaf3", "#1c7f52"),
    "sends": ("#f3edff", "#6b3fc4"),
    "ends": ("#fdeeee", "#b3372f"),
}
"""Fill and line of a box, by what a node does."""

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


def picture(flow: Flow, reader: Language = "en") -> str:
    """The flow as one SVG document, for who reads it."""
    drawn = drawing(flow, reader)
    lines = "\n".join(_line(line) for line in drawn.lines)
    boxes = "\n".join(_box(box) for box in drawn.boxes)
    x, y, width = drawn.entry_x, drawn.entry_y, drawn.entry_width
    left, top, entry = x - width / 2, y - ENTRY_BOX / 2, escape(drawn.entry)
    return f"""<svg xmlns="http://www.w3.org/2000/svg" width="{drawn.width:.0f}" height="{drawn.height:.0f}" \
viewBox="0 0 {drawn.width:.0f} {drawn.height:.0f}" role="img" aria-labelledby="flow-title">
<title id="flow-title">{escape(drawn.title)}</title>
<style>{STYLE}</style>
<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">\
<path d="M0 0.6 L7.4 4 L0 7.4 z" fill="#6d7c8b"/></marker></defs>
<rect width="100%" height="100%" fill="#ffffff"/>
<text class="title" x="{MARGIN}" y="34">{escape(drawn.title)}</text>
<text class="about" x="{MARGIN}" y="54">{escape(drawn.about)}</text>
{lines}
<rect x="{left:.1f}" y="{top:.1f}" width="{width:.1f}" height="{ENTRY_BOX:.0f}" rx="15" \
fill="#16202b"/>
<text class="detail" x="{x:.1f}" y="{y + 4:.1f}" text-anchor="middle" style="fill:#fff">{entry}</text>
{boxes}
</svg>
"""


def _line(line: Line) -> str:
    klass = "line aside" if line.aside else "line"
    drawn = f'<path class="{klass}" d="{line.path}" marker-end="url(#arrow)"/>'
    if not line.label:
        return drawn
    anchor = "" if line.beside else ' text-anchor="middle"'
    words = f'<text class="outcome" x="{line.label_x:.1f}" y="{line.label_y:.1f}"{anchor}>'
    return f"{drawn}{words}{escape(line.label)}</text>"


def _box(box: Box) -> str:
    fill, ink = INKS[box.group]
    left, middle = box.x + 14, box.y + box.height / 2
    operator = ' <tspan class="kind" fill="#6b3fc4">OPERATOR</tspan>' if box.operator else ""
    hover = escape(f"{box.node} ({box.kind}): {box.detail}")
    second = f'<text class="detail" x="{left:.1f}" y="{middle + 20:.1f}">{escape(box.brief)}</text>'
    return f"""<g id="node-{escape(box.node)}"><title>{hover}</title>
<rect x="{box.x:.1f}" y="{box.y:.1f}" width="{box.width:.1f}" height="{box.height:.0f}" rx="9" fill="{fill}" \
stroke="{ink}" stroke-width="1.3"/>
<text class="kind" x="{left:.1f}" y="{middle - 12:.1f}" fill="{ink}">{box.kind.upper()}{operator}</text>
<text class="name" x="{left:.1f}" y="{middle + 4:.1f}">{escape(box.node)}</text>
{second if box.brief else ""}</g>"""
