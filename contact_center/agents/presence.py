"""What an agent wants and is doing: one pure machine per agent, rebuilt from the event log alone.

Two things, never mixed: the *chosen status* (`ready`, or a not-ready reason: what the agent wants next) and
the *activity* (idle, reserved, on a call, wrapping up). A break chosen in a call takes effect after wrap-up.

`step(state, stimulus, now)` answers with the CTI events that tell it; `fold` applies those same events to a
state. `step` is defined through `fold`, so a restarted core that folds the log gets the very state it had.
"""

from dataclasses import dataclass, replace
from typing import Literal, assert_never

from contact_center.agents.device_test import DeviceTest
from contact_center.agents.stimuli import BeginCall as BeginCall
from contact_center.agents.stimuli import CallOver as CallOver
from contact_center.agents.stimuli import Choose as Choose
from contact_center.agents.stimuli import DeviceDown as DeviceDown
from contact_center.agents.stimuli import DeviceUp as DeviceUp
from contact_center.agents.stimuli import FinishWrapUp as FinishWrapUp
from contact_center.agents.stimuli import LogOff as LogOff
from contact_center.agents.stimuli import LogOn as LogOn
from contact_center.agents.stimuli import PassDeviceTest as PassDeviceTest
from contact_center.agents.stimuli import Release as Release
from contact_center.agents.stimuli import Reserve as Reserve
from contact_center.agents.stimuli import Stimulus as Stimulus
from contact_center.agents.stimuli import TakeCall as TakeCall
from contact_center.agents.stimuli import TimeReached as TimeReached
from contact_center.agents.stimuli import WrapUpMode as WrapUpMode
from contact_center.agents.stimuli import WrapUpRule as WrapUpRule
from contact_center.cti import events as cti

READY = "ready"
LOGIN = "login"
MISSED_OFFER = "missed_offer"
REJECTED_OFFER = "rejected_offer"
DEVICE_LOST = "device_lost"
WRAP_UP_TIMEOUT = "wrap_up_timeout"
SYSTEM_REASONS = (LOGIN, MISSED_OFFER, REJECTED_OFFER, DEVICE_LOST, WRAP_UP_TIMEOUT)

RESTORE_WITHIN_S = 60.0
"""A device that is back within this time gives the agent the earlier status again."""
WRAP_UP_CAP_S = 900.0
"""No after-call work lasts longer, whatever the queue says."""


@dataclass(frozen=True, slots=True)
class Idle:
    """Nothing to do: ready or not ready, as chosen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reserved:
    """One live offer holds the agent."""

    contact: str
    offer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OnCall:
    contact: str
    held: bool = False
    disposition: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WrapUp:
    """After-call work; `deadline` None: ends only when the agent says so."""

    contact: str
    queue: str
    started_at: float
    deadline: float | None
    disposition: str = ""
    note: str = ""


Activity = Idle | Reserved | OnCall | WrapUp


@dataclass(frozen=True, slots=True, kw_only=True)
class Presence:
    """An agent at one moment. `since` is when the shown state began.

    `device` is the kind of phone that rings; `tested` the microphone that passed in this log-in session.
    """

    agent: str
    logged_on: bool = False
    chosen: str = LOGIN
    activity: Activity = Idle()
    since: float = 0.0
    device_up: bool = False
    device: Literal["webrtc", "sip"] = "webrtc"
    tested: str = ""
    lost_device_at: float | None = None
    before_loss: str = LOGIN


# -- questions ---------------------------------------------------------------------------------------


def untested(state: Presence) -> bool:
    """A browser phone rings, and nobody knows yet whether the agent hears and is heard."""
    return state.device == "webrtc" and not state.tested


def _works(state: Presence) -> bool:
    return state.device_up and not untested(state)


def available(state: Presence) -> bool:
    """May get an offer now: logged on, ready, idle, and with a device that works and was tested."""
    return state.logged_on and state.chosen == READY and _works(state) and isinstance(state.activity, Idle)


def may_call(state: Presence) -> bool:
    """May dial out now: logged on, idle, and with a working device."""
    return state.logged_on and state.device_up and isinstance(state.activity, Idle)


def deadline(state: Presence) -> float | None:
    """When `TimeReached` is due."""
    return state.activity.deadline if isinstance(state.activity, WrapUp) else None


def shown(state: Presence) -> str:
    """The state's name on screens: logged_off not_ready ready reserved talking held wrap_up."""
    if not state.logged_on:
        return "logged_off"
    match state.activity:
        case Idle():
            return "ready" if state.chosen == READY else "not_ready"
        case Reserved():
            return "reserved"
        case OnCall(held=held):
            return "held" if held else "talking"
        case WrapUp():
            return "wrap_up"
        case _:
            assert_never(state.activity)


# -- the machine -------------------------------------------------------------------------------------


def step(state: Presence, stimulus: Stimulus, now: float) -> tuple[Presence, tuple[cti.CtiEvent, ...]]:
    """Answer a stimulus with the events it causes; one that does not fit the state causes none."""
    happened = tuple(_answer(state, stimulus, now))
    for event in happened:
        state = fold(state, event, now)
    return state, happened


def _answer(state: Presence, stimulus: Stimulus, now: float) -> list[cti.CtiEvent]:
    agent = state.agent
    match stimulus:
        case LogOn():
            if state.logged_on:
                return []
            return [cti.AgentLoggedOn(agent=agent), cti.AgentNotReady(agent=agent, reason=LOGIN)]
        case LogOff(forced=forced):
            return _log_off(state, forced, now)
        case Choose(status=status):
            return _choose(state, status)
        case DeviceUp(kind=kind):
            return _device_up(state, kind, now)
        case PassDeviceTest(test=test):
            return _pass_device_test(state, test)
        case DeviceDown(why=why):
            return _device_down(state, why)
        case Reserve(contact=contact, offer=offer):
            if not available(state):
                return []
            return [cti.AgentReserved(agent=agent, contact=contact, offer=offer)]
        case Release(offer=offer, reason=reason):
            return _release(state, offer, reason)
        case TakeCall(contact=contact):
            if not isinstance(state.activity, Reserved) or state.activity.contact != contact:
                return []
            return [cti.AgentBusy(agent=agent, contact=contact)]
        case BeginCall(contact=contact):
            return [cti.AgentBusy(agent=agent, contact=contact)] if may_call(state) else []
        case CallOver():
            return _call_over(state, stimulus, now)
        case FinishWrapUp(by=by):
            return _end_wrap_up(state, by, now, state.chosen)
        case TimeReached(disposition_required=required):
            if not isinstance(state.activity, WrapUp) or state.activity.deadline is None:
                return []
            if now < state.activity.deadline:
                return []
            owed = required and not state.activity.disposition
            return _end_wrap_up(state, "timeout", now, WRAP_UP_TIMEOUT if owed else state.chosen)
        case _:
            assert_never(stimulus)


def _status(state: Presence, status: str) -> cti.CtiEvent:
    if status == READY and _works(state):
        return cti.AgentReady(agent=state.agent)
    return cti.AgentNotReady(agent=state.agent, reason=DEVICE_LOST if status == READY else status)


def _log_off(state: Presence, forced: bool, now: float) -> list[cti.CtiEvent]:
    if not state.logged_on or isinstance(state.activity, (Reserved, OnCall)):
        return []
    ended: list[cti.CtiEvent] = []
    if isinstance(state.activity, WrapUp):
        ended.append(_wrap_up_ended(state.agent, state.activity, "logged_off", now))
    return [*ended, cti.AgentLoggedOff(agent=state.agent, forced=forced)]


def _choose(state: Presence, status: str) -> list[cti.CtiEvent]:
    if not state.logged_on or status == state.chosen or (status == READY and not _works(state)):
        return []
    chosen: list[cti.CtiEvent] = [cti.AgentStatusChosen(agent=state.agent, status=status)]
    if isinstance(state.activity, Idle):
        chosen.append(_status(state, status))
    return chosen


def _device_up(state: Presence, kind: Literal["webrtc", "sip"], now: float) -> list[cti.CtiEvent]:
    if state.device_up:
        return [] if kind == state.device else _other_device(state, kind, now)
    connected = cti.DeviceConnected(agent=state.agent, kind=kind)
    events: list[cti.CtiEvent] = [connected]
    back_in_time = state.lost_device_at is not None and now - state.lost_device_at <= RESTORE_WITHIN_S
    if (
        state.logged_on
        and back_in_time
        and state.before_loss == READY
        and state.chosen == DEVICE_LOST
        and isinstance(state.activity, Idle)
        and not untested(fold(state, connected, now))
    ):
        events.append(cti.AgentReady(agent=state.agent))
    return events


def _other_device(state: Presence, kind: Literal["webrtc", "sip"], now: float) -> list[cti.CtiEvent]:
    """Calls come to the agent's other phone from now on; one that was not tested makes nobody ready."""
    connected = cti.DeviceConnected(agent=state.agent, kind=kind)
    if available(state) and untested(fold(state, connected, now)):
        return [connected, cti.AgentNotReady(agent=state.agent, reason=DEVICE_LOST)]
    return [connected]


def _pass_device_test(state: Presence, test: DeviceTest) -> list[cti.CtiEvent]:
    if not state.logged_on or not state.device_up or test.microphone == state.tested:
        return []
    return [
        cti.DeviceTested(
            agent=state.agent,
            microphone=test.microphone,
            level=test.level,
            round_trip_ms=test.round_trip_ms,
        )
    ]


def _device_down(state: Presence, why: str) -> list[cti.CtiEvent]:
    if not state.device_up:
        return []
    events: list[cti.CtiEvent] = [cti.DeviceLost(agent=state.agent, why=why)]
    if state.logged_on and isinstance(state.activity, Idle) and state.chosen == READY:
        events.append(cti.AgentNotReady(agent=state.agent, reason=DEVICE_LOST))
    return events


def _release(state: Presence, offer: str, reason: cti.OfferLapse) -> list[cti.CtiEvent]:
    if not isinstance(state.activity, Reserved) or state.activity.offer != offer:
        return []
    match reason:
        case "rona":
            return [cti.AgentNotReady(agent=state.agent, reason=MISSED_OFFER)]
        case "rejected":
            return [cti.AgentNotReady(agent=state.agent, reason=REJECTED_OFFER)]
        case "device_failed":
            return [cti.AgentNotReady(agent=state.agent, reason=DEVICE_LOST)]
        case "caller_gone" | "agent_gone" | "withdrawn":
            return [_status(state, state.chosen)]
        case _:
            assert_never(reason)


def _call_over(state: Presence, over: CallOver, now: float) -> list[cti.CtiEvent]:
    if not isinstance(state.activity, OnCall) or state.activity.contact != over.contact:
        return []
    rule = over.rule
    if rule.mode == "none":
        return [_status(state, state.chosen)]
    limit_s = WRAP_UP_CAP_S if rule.mode == "optional" else min(rule.seconds, WRAP_UP_CAP_S)
    return [
        cti.AgentWorkingAfterCall(
            agent=state.agent, contact=over.contact, queue=over.queue, deadline=now + limit_s
        )
    ]


def _wrap_up_ended(agent: str, work: WrapUp, by: cti.WrapUpEnd, now: float) -> cti.WrapUpEnded:
    return cti.WrapUpEnded(
        agent=agent,
        contact=work.contact,
        queue=work.queue,
        wrap_up_s=round(max(0.0, now - work.started_at), 3),
        by=by,
    )


def _end_wrap_up(state: Presence, by: cti.WrapUpEnd, now: float, status: str) -> list[cti.CtiEvent]:
    if not isinstance(state.activity, WrapUp):
        return []
    return [_wrap_up_ended(state.agent, state.activity, by, now), _status(state, status)]


# -- the fold ----------------------------------------------------------------------------------------


def fold(state: Presence, event: cti.CtiEvent, at: float) -> Presence:
    """The state after an event of this agent; other agents' events and other kinds change nothing."""
    if cti.agent_of(event) != state.agent:
        return state
    match event:
        case cti.AgentLoggedOn():
            return replace(state, logged_on=True, chosen=LOGIN, activity=Idle(), since=at, tested="")
        case cti.AgentLoggedOff():
            return replace(state, logged_on=False, chosen=LOGIN, activity=Idle(), since=at, tested="")
        case cti.AgentStatusChosen(status=status):
            return replace(state, chosen=status)
        case cti.AgentReady():
            return replace(state, chosen=READY, activity=Idle(), since=at)
        case cti.AgentNotReady(reason=reason):
            return replace(state, chosen=reason, activity=Idle(), since=at)
        case cti.AgentReserved(contact=contact, offer=offer):
            return replace(state, activity=Reserved(contact=contact, offer=offer), since=at)
        case cti.AgentBusy(contact=contact):
            return replace(state, activity=OnCall(contact=contact), since=at)
        case cti.Held() | cti.Retrieved() if isinstance(state.activity, OnCall):
            held = isinstance(event, cti.Held)
            return replace(state, activity=replace(state.activity, held=held), since=at)
        case cti.AgentWorkingAfterCall(contact=contact, queue=queue, deadline=until):
            said = state.activity if isinstance(state.activity, OnCall) else OnCall(contact=contact)
            work = WrapUp(
                contact=contact,
                queue=queue,
                started_at=at,
                deadline=until,
                disposition=said.disposition,
                note=said.note,
            )
            return replace(state, activity=work, since=at)
        case cti.WrapUpEnded():
            return replace(state, activity=Idle(), since=at)
        case cti.DispositionSet(contact=contact, disposition=code, note=note):
            if isinstance(state.activity, (OnCall, WrapUp)) and state.activity.contact == contact:
                return replace(state, activity=replace(state.activity, disposition=code, note=note))
            return state
        case cti.NoteTaken(contact=contact, note=note):
            if isinstance(state.activity, (OnCall, WrapUp)) and state.activity.contact == contact:
                return replace(state, activity=replace(state.activity, note=note))
            return state
        case cti.DeviceConnected(kind=kind):
            lost_at = state.lost_device_at
            away = lost_at is not None and at - lost_at > RESTORE_WITHIN_S  # it may be another one by now
            tested = "" if away else state.tested
            return replace(state, device_up=True, lost_device_at=None, device=kind, tested=tested)
        case cti.DeviceTested(microphone=microphone):
            return replace(state, tested=microphone)
        case cti.DeviceLost():
            return replace(state, device_up=False, lost_device_at=at, before_loss=state.chosen)
        case _:
            return state
