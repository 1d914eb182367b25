"""The demo's verdict on itself: it must say so when something is missing."""

from dataclasses import replace

from contact_center.demo.call_plan import CallResult
from contact_center.demo.tally import Heard, Kept, Summary, summarise

CALL = CallResult(
    id="1",
    sip_call_id="x",
    from_number="+1",
    to="sip:8000@h",
    answered=True,
    seconds=9,
    cause=200,
    reason="OK",
    heard_tone=True,
    heard_after_s=1,
    tone_s=3,
    rx_level_dbfs=-20,
    hung_up_by="self",
    digits_heard="",
)
ROW = Kept(contact="c1", from_number="+1", queue="billing", agent="jun", outcome="handled")
HEARD = Heard(agent="jun", contact="c1", heard_tone=True)


def verdict(call: CallResult = CALL, heard: Heard | None = HEARD, *rows: Kept) -> Summary:
    return summarise(1.0, [call], [heard] if heard else [], rows or (ROW,), {"jun"})


def test_a_call_heard_both_ways_and_kept_once_is_well() -> None:
    summary = verdict()
    assert (summary.calls_answered, summary.audio_both_ways, summary.faults) == (1, 1, ())


def test_silence_on_either_side_is_a_fault() -> None:
    assert "the caller heard no tone" in verdict(replace(CALL, heard_tone=False)).faults[0]
    assert "the agent heard no tone" in verdict(CALL, replace(HEARD, heard_tone=False)).faults[0]


def test_an_answered_call_of_a_simulated_agent_who_says_nothing_is_a_fault() -> None:
    assert verdict(CALL, None).faults == ("jun says nothing of c1",)


def test_a_persons_call_is_not_judged_by_tones() -> None:
    assert verdict(CALL, None, replace(ROW, agent="amy")).faults == ()


def test_a_call_missing_from_the_history_or_there_twice_is_a_fault() -> None:
    assert "0 times" in verdict(CALL, HEARD, replace(ROW, from_number="+2")).faults[0]
    assert "2 times" in verdict(CALL, HEARD, ROW, replace(ROW, contact="c2", agent="amy")).faults[0]


def test_who_calls_twice_is_there_twice() -> None:
    again = replace(ROW, contact="c2")
    both = [HEARD, replace(HEARD, contact="c2")]
    summary = summarise(1.0, [CALL, CALL], both, [ROW, again], {"jun"})
    assert (summary.audio_both_ways, summary.faults) == (2, ())
    assert "2 calls from +1" in summarise(1.0, [CALL, CALL], both, [ROW], {"jun"}).faults[0]


def test_who_gives_up_and_calls_again_heard_nothing_the_first_time() -> None:
    """He hung up in line: nobody was there to be heard. Silence with an agent is still told."""
    given_up = replace(ROW, contact="c0", agent=None, outcome="abandoned")
    deaf = replace(CALL, heard_tone=False)
    summary = summarise(1.0, [deaf, CALL], [HEARD], [given_up, ROW], {"jun"})
    assert (summary.calls_with_simulated_agents, summary.audio_both_ways, summary.faults) == (1, 1, ())
    again, both = replace(ROW, contact="c2"), [HEARD, replace(HEARD, contact="c2")]
    summary = summarise(1.0, [deaf, CALL], both, [ROW, again], {"jun"})
    assert summary.faults == ("the caller heard no tone on 1 of c1 (jun), c2 (jun)",)
    assert summary.audio_both_ways == 1


def test_a_demo_without_an_answered_call_is_a_fault() -> None:
    assert "no call was answered" in verdict(CALL, HEARD, replace(ROW, outcome="abandoned")).faults
