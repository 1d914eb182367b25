"""One conversation's legs, talk and hold, one step at a time."""

from contact_center.telephony import calls, wire
from contact_center.telephony.calls import Call

ARRIVED = wire.Arrived(
    at=0, leg="caller", from_number="1", from_name="Ann", to_number="8000", sip_call_id="x"
)
PRESENT = calls.Present(agent="anna", target="sip:anna@h", from_number="1", from_name="", timeout_s=20)


def up(now: float = 10) -> Call:
    call, _ = calls.step(Call(conversation="v1"), ARRIVED, 0)
    call, _ = calls.step(call, wire.Answered(at=1, leg="caller"), 1)
    call, _ = calls.step(call, PRESENT, 2)
    call, _ = calls.step(call, wire.Ringing(at=3, leg="agent-1"), 3)
    call, _ = calls.step(call, wire.Answered(at=now, leg="agent-1"), now)
    return call


def ended(leg: str, by: wire.EndedBy = "remote", code: int = 200) -> wire.Ended:
    return wire.Ended(at=20, leg=leg, code=code, reason="", by=by)


def test_agent_answers_and_both_hear_each_other() -> None:
    call, _ = calls.step(Call(conversation="v1"), ARRIVED, 0)
    call, _ = calls.step(call, wire.Answered(at=1, leg="caller"), 1)
    call, effects = calls.step(call, PRESENT, 2)
    assert isinstance(effects[0], wire.Dial)
    call, effects = calls.step(call, wire.Answered(at=4, leg="agent-1"), 4)
    assert effects == (
        wire.StopPlay(leg="caller"),
        wire.Mix(hears={"caller": ("agent-1",), "agent-1": ("caller",)}),
        calls.AgentTalking(agent="anna"),
    )


def test_hold_is_not_talk() -> None:
    call = up(now=10)
    call, effects = calls.step(call, calls.Hold(music=("m.wav",)), 15)
    assert effects == (
        wire.Mix(hears={}),
        wire.Play(leg="caller", play="hold", files=("m.wav",), loop=True),
    )
    call, _ = calls.step(call, calls.Retrieve(), 22)
    assert calls.talk_and_hold_s(call, 25) == (5 + 3, 7)


def test_holding_twice_is_holding_once() -> None:
    call, _ = calls.step(up(), calls.Hold(music=()), 15)
    assert calls.step(call, calls.Hold(music=()), 16) == (call, ())


def test_caller_hangs_up_first() -> None:
    call, effects = calls.step(up(10), ended("caller"), 20)
    assert calls.CallerGone(by="caller", code=200) in effects
    assert calls.talk_and_hold_s(call, 99)[0] == 10
    call, effects = calls.step(call, calls.Finish(code=487, reason="", by="caller"), 20)
    assert [e for e in effects if isinstance(e, wire.Hangup)] == [
        wire.Hangup(leg="agent-1", code=487, reason="")
    ]
    call, effects = calls.step(call, ended("agent-1", by="local"), 21)
    assert effects == (
        calls.AgentGone(agent="anna", was_up=True, asked=True, by="caller", code=200),
        calls.AllGone(),
    )


def test_agent_hangs_up_on_the_device_or_in_the_console() -> None:
    _, effects = calls.step(up(), ended("agent-1"), 20)
    assert calls.AgentGone(agent="anna", was_up=True, asked=False, by="agent", code=200) in effects
    call, _ = calls.step(up(), calls.Withdraw(agent="anna", reason="", by="agent"), 19)
    _, effects = calls.step(call, ended("agent-1", by="local"), 20)
    assert calls.AgentGone(agent="anna", was_up=True, asked=True, by="agent", code=200) in effects


def test_talk_ends_with_the_agent_who_hangs_up_in_the_console() -> None:
    call, _ = calls.step(up(10), calls.Withdraw(agent="anna", reason="", by="agent"), 19)
    call, _ = calls.step(call, ended("agent-1", by="local"), 20)
    assert calls.talk_and_hold_s(call, 99)[0] == 10


def test_a_leg_ends_once_however_often_it_is_asked_to() -> None:
    call, effects = calls.step(up(), calls.Withdraw(agent="anna", reason="", by="agent"), 19)
    assert len(effects) == 1
    assert calls.step(call, calls.Finish(code=603, reason="", by="system"), 19)[1] == (
        wire.Hangup(leg="caller", code=603, reason=""),
    )


def test_reports_of_unknown_legs_change_nothing() -> None:
    call = up()
    for report in (ended("agent-9"), wire.Answered(at=1, leg="x"), wire.Ringing(at=1, leg="x")):
        assert calls.step(call, report, 30) == (call, ())


def test_nobody_rings_for_a_caller_who_is_not_there() -> None:
    call, _ = calls.step(Call(conversation="v1"), ARRIVED, 0)
    assert calls.step(call, PRESENT, 2) == (call, ())
