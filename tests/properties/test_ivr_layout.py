"""A drawn flow: boxes never overlap, lines go down but for loops, everything is in the picture."""

import xml.etree.ElementTree as ET
from dataclasses import replace

import hypothesis.strategies as st
from hypothesis import given, settings

from contact_center.ivr.check import flow_files, load_flow
from contact_center.ivr.drawing import drawing
from contact_center.ivr.flow import Flow, Hangup, Menu, Target
from contact_center.ivr.layout import GAP, Edge, lay_out
from contact_center.ivr.library import shipped_flows
from contact_center.ivr.picture import picture
from tests.properties.test_ivr_walk import flows
from tests.unit.ivr_flows_for_tests import QUEUE_FLOW

NAMES = [f"n{number}" for number in range(9)]


@given(
    edges=st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)), max_size=25, unique=True),
    widths=st.lists(st.floats(20, 200), min_size=len(NAMES), max_size=len(NAMES)),
)
@settings(max_examples=80, deadline=None)
def test_boxes_stand_apart_and_lines_have_a_place_in_every_layer(
    edges: list[Edge], widths: list[float]
) -> None:
    width_of = dict(zip(NAMES, widths, strict=True))
    layout = lay_out(width_of, edges, NAMES[0])
    for one in NAMES:
        for other in NAMES:
            if one < other and layout.layer[one] == layout.layer[other]:
                apart = abs(layout.x[one] - layout.x[other])
                assert apart >= (width_of[one] + width_of[other]) / 2 + GAP - 1e-6
    for one, other in edges:
        if one != other:
            crossed = abs(layout.layer[one] - layout.layer[other])
            assert crossed >= 1
            assert len(layout.bends[one, other]) == crossed - 1
    assert min(layout.x[name] - width_of[name] / 2 for name in NAMES) >= -1e-6


@given(edges=st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), max_size=25, unique=True))
@settings(max_examples=60, deadline=None)
def test_without_loops_every_line_goes_down(edges: list[tuple[int, int]]) -> None:
    down = [(NAMES[one], NAMES[other]) for one, other in edges if one < other]
    layout = lay_out(dict.fromkeys(NAMES, 50.0), down, NAMES[0])
    assert all(layout.layer[one] < layout.layer[other] for one, other in down)


@given(flow=flows())
@settings(max_examples=25, deadline=None)
def test_any_flow_can_be_drawn(flow: Flow) -> None:
    drawn = ET.fromstring(picture(flow))  # noqa: S314  # our own text
    boxes = {each.get("id") for each in drawn.iter() if (each.get("id") or "").startswith("node-")}
    assert boxes == {f"node-{name}" for name in flow.nodes}


def test_the_operator_key_has_its_line_where_no_choice_takes_it() -> None:
    menu = Menu(say=(), choices={"1": Target("bye")}, no_input=Target("bye"), no_match=Target("bye"))
    own = replace(menu, choices={"0": Target("bye")})
    flow = Flow(
        name="f", version="1", start="one", languages=("en",), operator="help",
        nodes={"one": menu, "two": own, "help": Hangup(), "bye": Hangup()},
    )  # fmt: skip
    lines = {(line.source, line.target): (line.label, line.aside) for line in drawing(flow).lines}
    assert lines["one", "help"] == ("0", True)
    assert ("two", "help") not in lines
    assert lines["one", "bye"] == ("1, no input, no match", False)


def test_shipped_flows_and_their_outcomes_are_in_the_picture() -> None:
    for file in flow_files([shipped_flows()]):
        flow = load_flow(file)
        drawn = picture(flow)
        assert flow.title in drawn
        assert all(f">{name}</text>" in drawn for name in flow.nodes)
    assert ">overflow</text>" in picture(QUEUE_FLOW)
    hostile = picture(replace(QUEUE_FLOW, title="<script>x</script>"))
    assert "<script>" not in hostile
