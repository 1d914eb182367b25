"""Presence under any order of stimuli: the log alone rebuilds it, and it never hangs."""

from hypothesis import given
from hypothesis import strategies as st

from contact_center.agents import presence as p
from contact_center.agents.device_test import DeviceTest
from contact_center.agents.presence import Presence, WrapUpRule

GOOD = DeviceTest(microphone="headset", voice="heard", level=0.8, round_trip_ms=12.0)
contacts = st.sampled_from(["c1", "c2"])
offers = st.sampled_from(["o1", "o2"])
rules = st.builds(
    WrapUpRule,
    mode=st.sampled_from(["none", "optional", "optional_timed", "mandatory_timed"]),
    seconds=st.floats(0, 60),
    disposition_required=st.booleans(),
)
stimuli = st.one_of(
    st.just(p.LogOn()),
    st.builds(p.LogOff, forced=st.booleans()),
    st.builds(p.Choose, status=st.sampled_from(["ready", "lunch"])),
    st.builds(p.DeviceUp, kind=st.sampled_from(["webrtc", "sip"])),
    st.just(p.PassDeviceTest(test=GOOD)),
    st.builds(p.DeviceDown, why=st.just("x")),
    st.builds(p.Reserve, contact=contacts, offer=offers),
    st.builds(p.Release, offer=offers, reason=st.sampled_from(["rona", "caller_gone", "device_failed"])),
    st.builds(p.TakeCall, contact=contacts),
    st.builds(p.CallOver, contact=contacts, queue=st.just("q"), rule=rules),
    st.builds(p.FinishWrapUp, by=st.just("done")),
    st.builds(p.TimeReached, disposition_required=st.booleans()),
)


@given(st.lists(stimuli, max_size=40))
def test_the_log_alone_rebuilds_the_state(sequence: list[p.Stimulus]) -> None:
    state = rebuilt = Presence(agent="anna")
    for now, stimulus in enumerate(sequence):
        state, happened = p.step(state, stimulus, float(now))
        for event in happened:
            rebuilt = p.fold(rebuilt, event, float(now))
        assert rebuilt == state


@given(st.lists(stimuli, max_size=40))
def test_what_holds_always(sequence: list[p.Stimulus]) -> None:
    state = Presence(agent="anna")
    for now, stimulus in enumerate(sequence):
        before = state
        state, happened = p.step(state, stimulus, float(now))
        if p.available(state):
            assert state.logged_on
            assert state.device_up
            assert not p.untested(state)
            assert isinstance(state.activity, p.Idle)
        if isinstance(state.activity, p.WrapUp):
            assert state.activity.deadline is not None
            assert state.activity.deadline <= state.activity.started_at + p.WRAP_UP_CAP_S
        if not happened:
            assert state == before
