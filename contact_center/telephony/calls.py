"""The core's view of one conversation's legs: who is there, who talks, who is on hold, for how long.

Pure: `step(call, input, now) -> call, effects`. Inputs are what the conversation reports (`wire.Report`) and
what the switchboard wants (`Present`, `Hold`, ...); effects are ops for the conversation (`wire.Op`) and
happenings for the switchboard. The mix is derived from the state, never edited: `hears(call)`. The words
themselves are in `parties`.
"""

from dataclasses import replace
from typing import assert_never

from contact_center.telephony import wire
from contact_center.telephony.parties import CALLER as CALLER
from contact_center.telephony.parties import HOLD_PLAY as HOLD_PLAY
from contact_center.telephony.parties import RINGING_PLAY as RINGING_PLAY
from contact_center.telephony.parties import AgentGone as AgentGone
from contact_center.telephony.parties import AgentRinging as AgentRinging
from contact_center.telephony.parties import AgentTalking as AgentTalking
from contact_center.telephony.parties import AllGone as AllGone
from contact_center.telephony.parties import AnswerCaller as AnswerCaller
from contact_center.telephony.parties import Call as Call
from contact_center.telephony.parties import CallerAnswered as CallerAnswered
from contact_center.telephony.parties import CallerGone as CallerGone
from contact_center.telephony.parties import CallerHere as CallerHere
from contact_center.telephony.parties import CustomerRinging as CustomerRinging
from contact_center.telephony.parties import Effect as Effect
from contact_center.telephony.parties import EndConsult as EndConsult
from contact_center.telephony.parties import Finish as Finish
from contact_center.telephony.parties import Hold as Hold
from contact_center.telephony.parties import Join as Join
from contact_center.telephony.parties import KeyPressed as KeyPressed
from contact_center.telephony.parties import Leg as Leg
from contact_center.telephony.parties import Mute as Mute
from contact_center.telephony.parties import OutsideGone as OutsideGone
from contact_center.telephony.parties import OutsideRinging as OutsideRinging
from contact_center.telephony.parties import OutsideTalking as OutsideTalking
from contact_center.telephony.parties import Part as Part
from contact_center.telephony.parties import Party as Party
from contact_center.telephony.parties import Present as Present
from contact_center.telephony.parties import PressKeys as PressKeys
from contact_center.telephony.parties import PromptOver as PromptOver
from contact_center.telephony.parties import Retrieve as Retrieve
from contact_center.telephony.parties import TransferAsked as TransferAsked
from contact_center.telephony.parties import Wish as Wish
from contact_center.telephony.parties import Withdraw as Withdraw
from contact_center.telephony.parties import agent_leg as agent_leg
from contact_center.telephony.parties import caller_up as caller_up
from contact_center.telephony.parties import hears as hears
from contact_center.telephony.parties import talk_and_hold_s as talk_and_hold_s
from contact_center.telephony.parties import up as up
from contact_center.telephony.parties import with_caller as with_caller

Stepped = tuple[Call, tuple[Effect, ...]]


def step(call: Call, what: wire.Report | Wish, now: float) -> Stepped:
    """Take one report or wish; one that does not fit changes nothing."""
    match what:
        case (
            wire.Arrived()
            | wire.Ringing()
            | wire.Answered()
            | wire.Ended()
            | wire.Digit()
            | wire.PlayEnded()
            | wire.OpRefused()
            | wire.RecordingEnded()
            | wire.SilenceHeard()
            | wire.Referred()
        ):
            return _reported(call, what, now)
        case _:
            return _wished(call, what, now)


def _reported(call: Call, report: wire.Report, now: float) -> Stepped:
    match report:
        case wire.Arrived():
            if CALLER in call.legs:
                return call, ()
            here = CallerHere(
                from_number=report.from_number,
                from_name=report.from_name,
                to_number=report.to_number,
                trunk=report.headers.get(wire.TRUNK_HEADER, ""),
            )
            return _with(call, Leg(leg=report.leg, state="arriving")), (here,)
        case wire.Ringing():
            return _ringing(call, report)
        case wire.Answered(leg=name):
            return _answered(call, name, now)
        case wire.Ended():
            return _ended(call, report, now)
        case wire.Digit(leg=name, digit=digit):
            if name == CALLER:
                return call, (KeyPressed(digit=digit),)
            leg = call.legs.get(name)
            agent = None if leg is None or leg.state != "up" else leg.agent
            return (call, ()) if agent is None else _wished(call, PressKeys(agent=agent, digits=digit), now)
        case wire.PlayEnded(leg=name, play=play):
            return call, (PromptOver(play=play),) if name == CALLER else ()
        case wire.Referred(leg=name, target=target):
            leg = call.legs.get(name)
            if leg is None or leg.agent is None or leg.ended_for is not None:
                return call, (wire.TellReferrer(leg=name, code=481),)
            asked = TransferAsked(agent=leg.agent, leg=name, target=target, replaces=report.replaces)
            return call, (asked,)
        case wire.OpRefused() | wire.RecordingEnded() | wire.SilenceHeard():
            return call, ()
        case _:
            assert_never(report)


def _wished(call: Call, wish: Wish, now: float) -> Stepped:
    match wish:
        case AnswerCaller():
            leg = call.legs.get(CALLER)
            if leg is None or leg.state != "arriving":
                return call, ()
            return call, (wire.Answer(leg=CALLER),)
        case Present():
            return _present(call, wish)
        case Withdraw(agent=agent, reason=reason, by=by):
            leg = agent_leg(call, agent)
            return (call, ()) if leg is None else _end(call, leg, 603, reason, by)
        case EndConsult(reason=reason):
            leg = call.legs.get(call.consult or "")
            return (call, ()) if leg is None else _end(call, leg, 603, reason, "agent")
        case Part():
            return _part(call, wish, now)
        case Join(without=without):
            return _join(call, without, now)
        case Hold(music=music):
            return _hold(call, music, now)
        case Retrieve():
            return _retrieve(call, now)
        case Mute(agent=agent, on=on):
            leg = agent_leg(call, agent)
            if leg is None or leg.muted == on:
                return call, ()
            call = _with(call, replace(leg, muted=on))
            return call, (hears(call),)
        case PressKeys(agent=agent, digits=digits):
            leg = agent_leg(call, agent)
            ears = (
                [] if leg is None else [ear for ear, mouths in hears(call).hears.items() if leg.leg in mouths]
            )
            return call, tuple(wire.SendDigits(leg=ear, digits=digits) for ear in ears)
        case Finish():
            return _finish(call, wish)
        case _:
            assert_never(wish)


def _with(call: Call, leg: Leg) -> Call:
    return replace(call, legs={**call.legs, leg.leg: leg})


# -- legs come ---------------------------------------------------------------------------------------


def _present(call: Call, wish: Present) -> Stepped:
    taken = agent_leg(call, wish.agent) is not None if wish.agent else False
    alone = wish.customer and CALLER not in call.legs
    first = wish.agent is not None and not call.legs  # an outbound call begins with its agent
    if taken or not (alone or first or caller_up(call)) or (wish.consult and call.consult is not None):
        return call, ()
    number = call.legs_made + (not wish.customer)
    name = CALLER if wish.customer else f"{'agent' if wish.agent else 'outside'}-{number}"
    leg = Leg(leg=name, state="dialling", agent=wish.agent, number="" if wish.customer else wish.number)
    call = replace(_with(call, leg), legs_made=number)
    if wish.consult:
        call = replace(call, consult=name)
    headers = {wire.CONVERSATION_HEADER: call.conversation, wire.LEG_HEADER: name} if wish.agent else {}
    dial = wire.Dial(
        leg=name,
        target=wish.target,
        from_number=wish.from_number,
        from_name=wish.from_name,
        timeout_s=wish.timeout_s,
        headers=headers,
        srtp=wish.srtp,
        may_refer=wish.agent is not None,
    )
    waits: tuple[Effect, ...] = ()
    if wish.ringing and (wish.consult or wish.customer):
        waits = tuple(
            wire.Play(leg=ear.leg, play=RINGING_PLAY, files=wish.ringing, loop=True)
            for ear in with_caller(call)
        )
    return call, (dial, *waits)


def _quiet(call: Call) -> tuple[Effect, ...]:
    """The agents stop hearing the ringing tone."""
    return tuple(wire.StopPlay(leg=leg.leg) for leg in with_caller(call))


def _ringing(call: Call, report: wire.Ringing) -> Stepped:
    leg = call.legs.get(report.leg)
    if leg is None or leg.state not in ("dialling", "ringing") or leg.early:
        return call, ()
    first = leg.state == "dialling"
    call = _with(call, replace(leg, state="ringing", early=report.early))
    heard: tuple[Effect, ...] = ()
    if report.early:
        aside = leg.leg in (CALLER, call.consult)
        heard = (*(_quiet(call) if aside else (wire.StopPlay(leg=CALLER),)), hears(call))
    if leg.leg == CALLER:
        return call, (*heard, CustomerRinging(early=report.early))
    if not first:
        return call, heard
    rings = AgentRinging(agent=leg.agent) if leg.agent else OutsideRinging(number=leg.number)
    return call, (*heard, rings)


def _answered(call: Call, name: str, now: float) -> Stepped:
    leg = call.legs.get(name)
    if leg is None or leg.state == "up":
        return call, ()
    call = _with(call, replace(leg, state="up", early=False))
    if leg.leg == CALLER:
        if not with_caller(call):
            return call, (CallerAnswered(),)
        call = replace(call, talking_since=now)
        return call, (*_quiet(call), hears(call), CallerAnswered())
    here: Effect = AgentTalking(agent=leg.agent) if leg.agent else OutsideTalking(number=leg.number)
    if not caller_up(call):
        return call, (here,) if leg.agent and CALLER not in call.legs else ()
    if name == call.consult:
        return call, (*_quiet(call), *_music_for_consult(call), hears(call), here)
    if call.held_since is None and call.talking_since is None:
        call = replace(call, talking_since=now)
    return call, (wire.StopPlay(leg=CALLER), hears(call), here)


def _music_for_consult(call: Call) -> tuple[Effect, ...]:
    """Whoever is aside hears music while the agent is back with the caller."""
    leg = call.legs.get(call.consult or "")
    if leg is None or leg.state != "up":
        return ()
    if call.held_since is not None:
        return (wire.StopPlay(leg=leg.leg),)
    return (wire.Play(leg=leg.leg, play=HOLD_PLAY, files=call.music, loop=True),) if call.music else ()


# -- hold, aside, together ---------------------------------------------------------------------------


def _hold(call: Call, music: tuple[str, ...], now: float) -> Stepped:
    if call.talking_since is None or call.held_since is not None:
        return call, ()
    call = replace(
        call,
        talk_s=call.talk_s + now - call.talking_since,
        talking_since=None,
        held_since=now,
        music=music,
    )
    play = wire.Play(leg=CALLER, play=HOLD_PLAY, files=music, loop=True)
    return call, (hears(call), play, *_music_for_consult(call))


def _retrieve(call: Call, now: float) -> Stepped:
    if call.held_since is None:
        return call, ()
    call = replace(call, hold_s=call.hold_s + now - call.held_since, held_since=None, talking_since=now)
    return call, (wire.StopPlay(leg=CALLER), hears(call), *_music_for_consult(call))


def _stop_clocks(call: Call, now: float) -> Call:
    talk_s, hold_s = talk_and_hold_s(call, now)
    return replace(call, talk_s=talk_s, hold_s=hold_s, talking_since=None, held_since=None)


def _part(call: Call, part: Part, now: float) -> Stepped:
    leg = agent_leg(call, part.agent)
    if leg is None:
        return call, ()
    call, ended = _end(_stop_clocks(call, now), leg, 603, "transferred", "agent")
    play: tuple[Effect, ...] = ()
    if part.music and caller_up(call):
        play = (wire.Play(leg=CALLER, play=HOLD_PLAY, files=part.music, loop=True),)
    return replace(call, music=part.music), (*ended, hears(call), *play)


def _join(call: Call, without: str | None, now: float) -> Stepped:
    aside = call.legs.get(call.consult or "")
    if aside is None or not caller_up(call):
        return call, ()
    if aside.state != "up":  # it joins when it answers
        return replace(_stop_clocks(call, now), consult=None), _quiet(call)
    call = replace(_stop_clocks(call, now), consult=None, talking_since=now)
    ended: tuple[Effect, ...] = ()
    leaving = agent_leg(call, without) if without else None
    if leaving is not None:
        call, ended = _end(call, leaving, 603, "transferred", "agent")
    return call, (wire.StopPlay(leg=CALLER), wire.StopPlay(leg=aside.leg), *ended, hears(call))


# -- legs go -----------------------------------------------------------------------------------------


def _end(call: Call, leg: Leg, code: int, reason: str, by: Party) -> Stepped:
    if leg.ended_for is not None:
        return call, ()
    aside = call.consult == leg.leg
    call = _with(call, replace(leg, ended_for=by))
    if aside:
        call = replace(call, consult=None)
    hangup = wire.Hangup(leg=leg.leg, code=code, reason=reason)
    return call, (hangup, *(_quiet(call) if aside and leg.state != "up" else ()))


def _finish(call: Call, wish: Finish) -> Stepped:
    effects: tuple[Effect, ...] = ()
    for leg in call.legs.values():
        call, more = _end(call, leg, wish.code, wish.reason, wish.by)
        effects += more
    return call, effects


def _ended(call: Call, ended: wire.Ended, now: float) -> Stepped:
    leg = call.legs.get(ended.leg)
    if leg is None:
        return call, ()
    rang_aside = leg.leg in (CALLER, call.consult) and leg.state in ("dialling", "ringing")
    counting = call.talking_since is not None or call.held_since is not None
    heard_before = hears(call)
    with_them = leg.state == "up" and leg.leg != call.consult
    was_with_caller = with_them and leg.ended_for is None
    call = replace(
        call,
        legs={name: other for name, other in call.legs.items() if name != ended.leg},
        consult=None if call.consult == leg.leg else call.consult,
    )
    effects: list[Effect] = list(_quiet(call)) if rang_aside else []
    left = leg.leg == CALLER or not with_caller(call)
    if counting and left and (was_with_caller or leg.leg == CALLER or not caller_up(call)):
        if leg.leg != CALLER and call.held_since is not None:
            effects.append(wire.StopPlay(leg=CALLER))
        call = _stop_clocks(call, now)
    elif counting and left and with_them:  # asked to go: what the caller hears next was begun by then
        call = _stop_clocks(call, now)
    if hears(call) != heard_before:
        effects.append(hears(call))
    effects.append(_gone(leg, ended))
    if not call.legs:
        effects.append(AllGone())
    return call, tuple(effects)


def _gone(leg: Leg, ended: wire.Ended) -> Effect:
    hung_up: Party = "system" if ended.by != "remote" else "caller" if leg.leg == CALLER else "agent"
    by, was_up, asked = leg.ended_for or hung_up, leg.state == "up", leg.ended_for is not None
    if leg.leg == CALLER:
        return CallerGone(by=by, code=ended.code)
    if leg.agent is None:
        return OutsideGone(number=leg.number, was_up=was_up, asked=asked, by=by, code=ended.code)
    return AgentGone(agent=leg.agent, was_up=was_up, asked=asked, by=by, code=ended.code)
