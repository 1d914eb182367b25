"""Small flows built by hand."""

from contact_center.ivr.expressions import parse
from contact_center.ivr.flow import (
    Collect,
    Flow,
    Hangup,
    Menu,
    Node,
    Phrase,
    Queue,
    Says,
    SpokenNumber,
    Target,
)


def phrase(key: str) -> Says:
    return (Phrase(key),)


BYE = Target("bye")


def flow_of(start: str, operator: str | None = None, **nodes: Node) -> Flow:
    """A flow of these nodes and a `bye` that hangs up; English and Chinese; variables `pin`, `count`."""
    return Flow(
        name="test",
        version="1",
        start=start,
        languages=("en", "zh"),
        nodes={**nodes, "bye": Hangup(reason="over")},
        operator=operator,
        variables={"pin": "", "count": 0},
        prompts={"hello": {"en": "Hello", "zh": "你好"}},
    )


MENU = Menu(
    say=phrase("choices"),
    choices={"1": Target("one"), "2": Target("two")},
    no_input=Target("silent"),
    no_match=Target("wrong"),
    no_input_say=phrase("nothing"),
    no_match_say=phrase("mistake"),
    tries=2,
)
MENU_FLOW = flow_of(
    "menu",
    operator="staff",
    menu=MENU,
    one=Hangup(reason="one"),
    two=Hangup(reason="two"),
    silent=Hangup(reason="silent"),
    wrong=Hangup(reason="wrong"),
    staff=Hangup(reason="staff"),
)

COLLECT = Collect(
    say=phrase("pin"),
    into="pin",
    next=Target("good"),
    no_input=Target("silent"),
    no_match=Target("wrong"),
    least_digits=3,
    most_digits=4,
    tries=2,
    secret=True,
)
COLLECT_FLOW = flow_of(
    "ask",
    ask=COLLECT,
    good=Hangup(reason="good"),
    silent=Hangup(reason="silent"),
    wrong=Hangup(reason="wrong"),
)

QUEUE = Queue(
    queue="sales",
    skills={"sales": 2, "english": 3},
    skills_by_language={"en": {"english": 1}, "zh": {"mandarin": 1}},
    priority=4,
    position=(Phrase("place"), SpokenNumber(parse("queue_position"))),
    position_every_s=30,
    comfort=(Phrase("comfort_a"), Phrase("comfort_b")),
    comfort_every_s=20,
    longest_wait_s=100,
    after=BYE,
    overflow=Target("full"),
)
QUEUE_FLOW = flow_of("wait", wait=QUEUE, full=Hangup(reason="full"))
