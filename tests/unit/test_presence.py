"""Presence: what agents complain about elsewhere must be impossible here."""

from dataclasses import replace

import pytest

from contact_center.agents import presence as p
from contact_center.agents.device_test import DeviceTest, fault_of
from contact_center.agents.presence import Presence, WrapUpRule, available, shown, step
from contact_center.cti import events as cti

GOOD = DeviceTest(microphone="headset", voice="heard", level=0.8, round_trip_ms=12.0)
TIMED = WrapUpRule(mode="optional_timed", seconds=30, disposition_required=True)


def run(*stimuli: p.Stimulus, state: Presence | None = None, now: float = 100.0) -> Presence:
    state = state or Presence(agent="anna")
    for stimulus in stimuli:
        state, _ = step(state, stimulus, now)
    return state


def ready() -> Presence:
    return run(p.LogOn(), p.DeviceUp(), p.PassDeviceTest(test=GOOD), p.Choose(status="ready"))


def on_call() -> Presence:
    return run(p.Reserve(contact="c1", offer="o1"), p.TakeCall(contact="c1"), state=ready())


def test_logging_on_is_not_ready_and_twice_is_once() -> None:
    state, happened = step(Presence(agent="anna"), p.LogOn(), 5)
    assert [type(e) for e in happened] == [cti.AgentLoggedOn, cti.AgentNotReady]
    assert shown(state) == "not_ready"
    assert state.chosen == "login"
    assert step(state, p.LogOn(), 6) == (state, ())


def test_nobody_is_ready_without_a_device() -> None:
    state = run(p.LogOn(), p.Choose(status="ready"))
    assert shown(state) == "not_ready"
    assert not available(state)


@pytest.mark.parametrize("status", ["ready", "lunch"])
def test_choosing_what_is_chosen_changes_nothing(status: str) -> None:
    state = run(p.Choose(status=status), state=ready())
    assert step(state, p.Choose(status=status), 900.0) == (state, ())


def test_a_break_chosen_in_a_call_begins_after_wrap_up() -> None:
    state = run(p.Choose(status="lunch"), state=on_call())
    assert shown(state) == "talking"
    state = run(p.CallOver(contact="c1", queue="q", rule=TIMED), state=state)
    assert shown(state) == "wrap_up"
    state = run(p.FinishWrapUp(by="done"), state=state)
    assert (shown(state), state.chosen) == ("not_ready", "lunch")


@pytest.mark.parametrize(
    ("reason", "chosen"),
    [
        ("rona", "missed_offer"),
        ("rejected", "rejected_offer"),
        ("device_failed", "device_lost"),
        ("caller_gone", "ready"),
        ("agent_gone", "ready"),
    ],
)
def test_how_an_offer_ends_decides_what_comes_next(reason: cti.OfferLapse, chosen: str) -> None:
    state = run(p.Reserve(contact="c1", offer="o1"), p.Release(offer="o1", reason=reason), state=ready())
    assert state.chosen == chosen
    assert available(state) == (chosen == "ready")


def test_the_lapse_of_another_offer_changes_nothing() -> None:
    state = run(p.Reserve(contact="c1", offer="o1"), state=ready())
    assert step(state, p.Release(offer="o0", reason="rona"), 101) == (state, ())


def test_wrap_up_ends_on_time_and_an_owed_disposition_keeps_the_agent_not_ready() -> None:
    state = run(p.CallOver(contact="c1", queue="q", rule=TIMED), state=on_call(), now=200)
    assert p.deadline(state) == 230
    assert step(state, p.TimeReached(disposition_required=True), 229.9) == (state, ())
    late, happened = step(state, p.TimeReached(disposition_required=True), 230)
    assert late.chosen == p.WRAP_UP_TIMEOUT
    assert isinstance(happened[0], cti.WrapUpEnded)
    assert (happened[0].by, happened[0].wrap_up_s) == ("timeout", 30)
    done = p.fold(state, cti.DispositionSet(contact="c1", agent="anna", disposition="solved"), 201)
    assert run(p.TimeReached(disposition_required=True), state=done, now=230).chosen == "ready"


def test_a_note_without_a_disposition_stays_through_the_call_and_the_wrap_up_and_is_no_outcome() -> None:
    noted = p.fold(on_call(), cti.NoteTaken(contact="c1", agent="anna", note="half a"), 150)
    other = p.fold(noted, cti.NoteTaken(contact="c0", agent="anna", note="not this call"), 151)
    after = run(p.CallOver(contact="c1", queue="q", rule=TIMED), state=other, now=200)
    assert isinstance(after.activity, p.WrapUp)
    assert (after.activity.note, after.activity.disposition) == ("half a", "")
    assert run(p.TimeReached(disposition_required=True), state=after, now=230).chosen == p.WRAP_UP_TIMEOUT


def test_no_wrap_up_outlasts_the_cap() -> None:
    for rule in (
        WrapUpRule(mode="optional", seconds=0, disposition_required=False),
        WrapUpRule(mode="mandatory_timed", seconds=9999, disposition_required=False),
    ):
        state = run(p.CallOver(contact="c1", queue="q", rule=rule), state=on_call(), now=0)
        assert p.deadline(state) == p.WRAP_UP_CAP_S


def test_a_device_back_within_a_minute_restores_ready() -> None:
    state = run(p.DeviceDown(why="ice"), state=ready(), now=100)
    assert state.chosen == p.DEVICE_LOST
    assert available(run(p.DeviceUp(), state=state, now=159))
    assert not available(run(p.DeviceUp(), state=state, now=161))


def test_a_browser_phone_is_tested_in_every_log_in_session_and_a_desk_phone_needs_no_test() -> None:
    browser = run(p.LogOn(), p.DeviceUp())
    assert step(browser, p.Choose(status="ready"), 100) == (browser, ())
    tested = run(p.PassDeviceTest(test=GOOD), p.Choose(status="ready"), state=browser)
    assert available(tested)
    assert step(tested, p.PassDeviceTest(test=GOOD), 100) == (tested, ())
    again = run(p.LogOff(), p.LogOn(), state=tested)
    assert not available(run(p.Choose(status="ready"), state=again))
    assert available(run(p.LogOn(), p.DeviceUp(kind="sip"), p.Choose(status="ready")))
    assert step(run(p.LogOn()), p.PassDeviceTest(test=GOOD), 100)[1] == ()


def test_a_device_that_was_away_long_is_tested_again() -> None:
    lost = run(p.DeviceDown(why="ice"), state=ready(), now=100)
    assert not p.untested(run(p.DeviceUp(), state=lost, now=160))
    back = run(p.DeviceUp(), state=lost, now=161)
    assert p.untested(back)
    assert not available(run(p.Choose(status="ready"), state=back))


def test_an_untested_browser_that_takes_over_from_a_desk_phone_makes_nobody_ready() -> None:
    desk = run(p.LogOn(), p.DeviceUp(kind="sip"), p.Choose(status="ready"))
    both = run(p.DeviceUp(kind="webrtc"), state=desk)
    assert (shown(both), both.chosen) == ("not_ready", p.DEVICE_LOST)
    assert available(run(p.DeviceUp(kind="sip"), p.Choose(status="ready"), state=both))


@pytest.mark.parametrize(
    ("test", "fault"),
    [
        (GOOD, ""),
        (replace(GOOD, voice="known", level=None, round_trip_ms=None), ""),
        (replace(GOOD, level=0.1), "not heard"),
        (replace(GOOD, level=None), "not heard"),
        (replace(GOOD, round_trip_ms=801.0), "801 ms"),
    ],
)
def test_which_figures_will_do(test: DeviceTest, fault: str) -> None:
    assert fault in fault_of(test)
    assert bool(fault) == bool(fault_of(test))


def test_a_device_lost_in_a_call_shows_after_it() -> None:
    state = run(p.DeviceDown(why="ice"), state=on_call())
    assert shown(state) == "talking"
    none = WrapUpRule(mode="none", seconds=0, disposition_required=False)
    state = run(p.CallOver(contact="c1", queue="q", rule=none), state=state)
    assert (shown(state), state.chosen) == ("not_ready", p.DEVICE_LOST)


def test_nobody_logs_off_in_a_call() -> None:
    state = on_call()
    assert step(state, p.LogOff(), 101) == (state, ())
