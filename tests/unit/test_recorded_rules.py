"""Caps, overflow and hours of a recorded day: recorded, run again, and changed."""

from dataclasses import replace

import pytest

from contact_center.cti import events as cti
from contact_center.ivr.calendar import Calendar
from contact_center.simulation.changes import Changes, ChangesError, parse_changes
from contact_center.simulation.from_log import simulate_day
from contact_center.simulation.journeys import journeys_of
from contact_center.simulation.recorded import ContactLine, QueueLine, RecordedDay, ShiftLine, parse_day
from contact_center.simulation.recording import record
from contact_center.simulation.replay import Past, Replay, Rerun
from tests.unit.test_recorded_days import READY, ended, offered, queued, recorded
from tests.world import DIRECTORY


def contact(name: str, at: float, queue: str = "a", **more: object) -> ContactLine:
    usual = {"outcome": "served", "agent": "ann", "wait_s": 0.0, "handle_s": 60.0}
    line = {"contact": name, "at": at, "queue": queue, "skills": {queue: 1}}
    return ContactLine.model_validate(line | usual | more)


def day_of(
    *contacts: ContactLine, agents: dict[str, str], to_at: float = 1000.0, **queues: QueueLine
) -> RecordedDay:
    shifts = [
        ShiftLine(agent=name, skills={queue: 5}, from_at=0.0, to_at=to_at) for name, queue in agents.items()
    ]
    known = {name: QueueLine(name=name) for name in ("a", "b")} | queues
    return RecordedDay(from_at=0.0, to_at=to_at, queues=known, shifts=tuple(shifts), contacts=contacts)


def rerun(day: RecordedDay, changes: str = "") -> Rerun:
    other, past = parse_changes(changes), Past(day)
    return Replay(other.of(day, None, None), past, past.calls(day, other, 1, 0)).run()


def test_a_cap_is_free_again_as_wrap_up_begins() -> None:
    calls = [contact(f"c{n}", 0.0, wrap_up_s=20.0) for n in range(3)]
    day = day_of(*calls, agents={"ann": "a", "bo": "a", "cy": "a"}, a=QueueLine(name="a", cap=1))
    assert rerun(day).queues["a"].served_waits == [0.0, 40.0, 80.0]
    assert rerun(day, '[[queue]]\nname = "a"\ncap = 2').queues["a"].served_waits == [0.0, 0.0, 40.0]
    assert rerun(day, '[[queue]]\nname = "a"\ncap = "none"').queues["a"].served_waits == [0.0] * 3


SENT_ON = (
    contact("c1", 0.0, outcome="left", agent=None, handle_s=None, wait_s=30.0, sent_to="b"),
    contact("c1", 30.0, "b", wait_s=10.0, agent="bo"),
)


def test_who_was_sent_on_is_one_call_of_the_queue_he_came_to() -> None:
    busy = contact("c0", 0.0, "b", agent="bo", handle_s=40.0)
    rule = QueueLine(name="a", overflow_to="b", overflow_wait_s=30.0)
    day = day_of(busy, *SENT_ON, agents={"bo": "b"}, a=rule)
    assert [(each.queue, each.wait_s, each.sent_on) for each in journeys_of(day)] == [
        ("b", 0.0, False),
        ("a", 40.0, True),
    ]
    run = rerun(day)
    assert (run.queues["a"].served_waits, run.queues["a"].overflowed) == ([40.0], 1)
    assert run.queues["b"].served_waits == [0.0], "b has no call more for it"
    answer = simulate_day(day, Changes(), replications=2)
    assert answer.reproduced[0] == answer.reproduced[1]
    assert answer.as_it_was["a"]["overflowed"].real == 1
    sooner = rerun(
        day, '[[queue]]\nname = "a"\noverflow_wait_s = 5\n[[agent]]\nname = "di"\nskills = { b = 5 }'
    )
    assert sooner.queues["a"].served_waits == [5.0]


def test_without_overflow_he_waits_on_and_with_one_others_go_as_most_do() -> None:
    day = day_of(*SENT_ON, agents={"bo": "b"}, a=QueueLine(name="a", overflow_to="b", overflow_wait_s=30.0))
    stays = rerun(day, '[[queue]]\nname = "a"\noverflow_wait_s = "none"')
    assert (stays.queues["a"].overflowed, stays.queues["a"].served_waits, stays.left) == (0, [], {"a": 1})
    plain = day_of(contact("c0", 0.0), contact("c1", 1.0), contact("c2", 2.0, "b"), agents={"bo": "b"})
    assert rerun(plain).queues["a"].served_waits == []
    sent = rerun(plain, '[[queue]]\nname = "a"\noverflow_to = "b"\noverflow_length = 0')
    assert sent.queues["a"].overflowed == 2
    assert sent.queues["a"].served_waits == [0.0, 59.0], "they need what b's contacts need"
    nowhere = rerun(plain, '[[queue]]\nname = "a"\noverflow_length = 0')
    assert nowhere.left == {"a": 2}, "on in their flow"


def test_a_queue_is_open_in_its_hours() -> None:
    calls = [contact("c0", 10.0), contact("c1", 4000.0, agent=None, handle_s=None, outcome="left")]
    hours = QueueLine(name="a", overflow_to="b", hours=((0.0, 3600.0),))
    day = day_of(*calls, agents={"ann": "a", "bo": "b"}, to_at=9000.0, a=hours)
    assert rerun(day).queues["a"].overflowed == 1
    longer = rerun(day, '[[queue]]\nname = "a"\nhours = [[0, 2]]')
    assert (longer.queues["a"].overflowed, len(longer.queues["a"].served_waits)) == (0, 2)
    always = rerun(day, '[[queue]]\nname = "a"\nhours = "always"')
    assert (always.queues["a"].overflowed, len(always.queues["a"].served_waits)) == (0, 2)
    assert rerun(day, '[[queue]]\nname = "a"\nclosed = true').queues["a"].overflowed == 2


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("cap = 0", "cap"),
        ('cap = "many"', "cap"),
        ("overflow_wait_s = 0", "overflow_wait_s"),
        ('overflow_to = "a"', "itself"),
        ('overflow_to = "c"', "'c' had no contact"),
        ("hours = [[9, 8]]", "the end after the beginning"),
        ("overflow_lenght = 3", "overflow_lenght"),
    ],
)
def test_what_cannot_be_is_refused(text: str, why: str) -> None:
    day = day_of(contact("c0", 0.0), agents={"ann": "a"})
    with pytest.raises(ChangesError, match=why):
        parse_changes(f'[[queue]]\nname = "a"\n{text}').of(day, None, None)


@pytest.mark.parametrize(
    "line",
    [
        '{"kind": "queue", "name": "a", "cap": 0}',
        '{"kind": "queue", "name": "a", "hours": [[5, 5]]}',
        (
            '{"kind": "contact", "contact": "x", "at": 1, "queue": "a", "outcome": "abandoned", "wait_s": 1,'
            ' "sent_to": "b"}'
        ),
        (
            '{"kind": "contact", "contact": "x", "at": 1, "queue": "a", "outcome": "served", "agent": "n",'
            ' "wait_s": 1, "handle_s": 3, "wrap_up_s": 4}'
        ),
    ],
)
def test_a_line_that_says_what_cannot_be_is_named(line: str) -> None:
    _, faults = parse_day([line])
    assert [fault.split(":")[0] for fault in faults] == ["line 1"]


def test_the_log_tells_settings_hours_wrap_up_and_who_was_sent_on() -> None:
    billing = replace(
        DIRECTORY.queues["billing"], cap=3, overflow_to="technical", overflow_wait_s=5.0, hours="early"
    )
    directory = replace(DIRECTORY, queues={**DIRECTORY.queues, "billing": billing})
    on = cti.Queued(
        contact="c2",
        queue="technical",
        skills={"tech": 2},
        priority=0,
        enqueued_at=120.0,
        position=1,
        requeued=True,
    )
    events = recorded(
        *READY,
        queued("c1", 110.0),
        *offered("c1", 112.0),
        (117.0, cti.Established(contact="c1", queue="billing", agent="anna", wait_s=7.0)),
        (117.0, cti.AgentBusy(agent="anna", contact="c1")),
        queued("c2", 120.0),
        (125.0, cti.Diverted(contact="c2", queue="billing", to="technical", why="wait")),
        (125.0, on),
        (140.0, ended("c2", "abandoned")),
        (177.0, ended("c1")),
        (177.0, cti.AgentWorkingAfterCall(agent="anna", contact="c1", queue="billing", deadline=300.0)),
        (187.0, cti.WrapUpEnded(agent="anna", contact="c1", queue="billing", by="done", wrap_up_s=10.0)),
        (187.0, cti.AgentReady(agent="anna")),
    )
    minutes = (((0, 2), (3, 5)),) * 7
    early = Calendar(zone="UTC", offsets=((0.0, 0),), weekly=minutes)
    day = record(events, directory, 100.0, 400.0, {"early": early})
    line = day.queues["billing"]
    assert (line.cap, line.overflow_to, line.overflow_wait_s) == (3, "technical", 5.0)
    assert line.hours == ((100.0, 120.0), (180.0, 300.0))
    assert day.queues["technical"].hours is None
    told = [(each.contact, each.queue, each.outcome, each.sent_to) for each in day.contacts]
    assert told == [
        ("c1", "billing", "served", None),
        ("c2", "billing", "left", "technical"),
        ("c2", "technical", "abandoned", None),
    ]
    assert (day.contacts[0].handle_s, day.contacts[0].wrap_up_s) == (70.0, 10.0)
    assert parse_day(day.lines()) == (day, [])
    run = rerun(day)
    assert (run.queues["billing"].abandoned_waits, run.queues["billing"].overflowed) == ([20.0], 1)
