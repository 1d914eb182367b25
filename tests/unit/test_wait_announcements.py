"""How long a caller will still wait: when it is said, in which words, and what is never said."""

from dataclasses import replace
from itertools import pairwise

import pytest

from contact_center.ivr.events import AskCallback, CallbackTerms, LeaveQueue, QueuePosition, TimeReached
from contact_center.ivr.flow import Callback, Hangup, Queue, SpokenWait, Target, Words
from contact_center.ivr.spoken_wait import STEPS_MIN, wait_pieces, wait_words, written
from tests.unit.ivr_flows_for_tests import flow_of
from tests.unit.test_ivr_interpreter import Caller

TOLD = (SpokenWait(),)


def caller_in_line(**fields: object) -> Caller:
    node = Queue(queue="sales", estimate=TOLD, **fields)  # type: ignore[arg-type]
    return Caller(flow_of("wait", wait=node, bye=Hangup(reason="full")))


def waits(low_s: float, high_s: float, position: int = 3) -> QueuePosition:
    return QueuePosition(position=position, wait_s=(low_s, (low_s + high_s) / 2.0, high_s))


@pytest.mark.parametrize(
    ("low_s", "high_s", "en", "zh"),
    [
        (10, 50, "less than a minute", "不到一分钟"),
        (20, 110, "less than 2 minutes", "不到 两 分钟"),
        (170, 400, "between 2 and 8 minutes", "两 到 8 分钟"),
        (190, 235, "about 4 minutes", "大约 4 分钟"),
        (1600, 2100, "between 25 and 40 minutes", "20 5 到 40 分钟"),
        (3700, 5000, "more than an hour", "一个小时以上"),
    ],
)
def test_a_wait_is_said_as_a_range_rounded_outwards(low_s: float, high_s: float, en: str, zh: str) -> None:
    said = written(low_s, high_s, longer=False)
    english = " ".join(wait_words(said, "en")).replace("20 5", "25")
    assert english == f"we expect to answer you in {en}"
    assert " ".join(wait_words(said, "zh")) == f"预计还需等候 {zh}"


def test_every_wait_has_its_pieces() -> None:
    for language in ("en", "zh"):
        pieces = set(wait_pieces(language))
        for low in STEPS_MIN:
            for high in (each for each in (*STEPS_MIN[1:], 61) if each >= low):
                for more in ("", " longer"):
                    assert set(wait_words(f"{low} {high}{more}", language)) <= pieces


def test_the_first_announcement_has_the_wait_and_later_ones_at_most_so_often() -> None:
    place = (Words({"en": "place", "zh": "第"}),)
    caller = caller_in_line(position=place, position_every_s=20.0, estimate_every_s=60.0)
    caller.does(waits(100, 290))
    assert caller.said == ["place", "1 5"]
    heard = []
    while caller.now < 130.0:
        caller.hears_it_out()
        caller.does(waits(50, 200, position=2))
        caller.is_late()
        heard.append((caller.now, caller.said))
    told = [at for at, said in heard if len(said) == 2]
    assert told[0] >= 60.0
    assert all(later - earlier >= 60.0 for earlier, later in pairwise(told))
    assert len(heard) > len(told) >= 1, "the place goes on being told between"


def test_more_than_was_said_before_is_said_to_be_more() -> None:
    """Promised within five minutes; a minute later it is still seven."""
    caller = caller_in_line()
    caller.does(waits(100, 290))
    assert caller.said == ["1 5"]
    caller.hears_it_out()
    caller.does(waits(300, 420))
    caller.is_late()
    assert caller.said == ["5 8 longer"]
    caller.hears_it_out()
    caller.does(waits(200, 330))
    caller.is_late()
    assert caller.said == ["3 6"], "what is promised now is the later time"


def test_a_wait_nobody_can_tell_is_not_told() -> None:
    caller = caller_in_line()
    caller.does(QueuePosition(position=1))
    assert caller.said == ["hold"]
    caller.does(TimeReached(), after_s=90.0)
    assert caller.said == ["hold"]


def test_a_flow_may_send_on_who_would_wait_too_long() -> None:
    """The likely wait decides, on entry only; the flow can still say how long it would have been."""
    node = {"longest_predicted_wait_s": 120.0, "overflow": Target("bye")}
    caller = caller_in_line(**node)
    assert caller.does(waits(60, 200))[0] == LeaveQueue()
    assert caller.end == "over"
    assert caller.state.variables["queue_wait_s"] == 130.0
    caller = caller_in_line(**node)
    caller.does(waits(60, 170))
    caller.hears_it_out()
    assert caller.does(waits(200, 900)) == (), "who has joined the line stays in it"


def test_whose_tier_bears_less_waiting_is_offered_a_callback_once() -> None:
    """The policy's time for the tier, where the way out of the queue is a callback; then he may wait."""
    line = Queue(queue="sales", estimate=TOLD, leave_key="1", left=Target("back"))
    on = Target("line")
    back = Callback(
        queue="sales",
        say=(Words({"en": "call back", "zh": "回拨"}),),
        accepted=on,
        declined=on,
        unavailable=on,
        invalid=on,
    )
    told = replace(waits(100, 290), callback_after_s=30.0)
    for patient in (waits(100, 290), replace(told, callback_after_s=300.0), replace(told, wait_s=None)):
        caller = Caller(flow_of("line", line=line, back=back))
        caller.does(patient)
        assert caller.state.node == "line"
    caller = Caller(flow_of("line", line=line, back=back))
    effects = caller.does(told)
    assert any(isinstance(effect, LeaveQueue) for effect in effects)
    assert any(isinstance(effect, AskCallback) for effect in effects)
    caller.does(CallbackTerms(available=False, number=""))
    assert caller.state.node == "line"
    caller.does(told)
    assert caller.state.node == "line", "nobody is asked twice"
