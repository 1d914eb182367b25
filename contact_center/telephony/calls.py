"""The core's view of one conversation's legs: who is there, who talks, who is on hold, for how long.

Pure: `step(call, input, now) -> call, effects`. Inputs are what the conversation reports (`wire.Report`) and
what the switchboard wants (`Present`, `Hold`, ...); effects are ops for the conversation (`wire.Op`) and
happenings for the switchboard. The mix is derived from the state, never edited: `hears(call)`.
"""

from dataclasses import dataclass, field, replace
from typing import Literal, assert_never

from contact_center.telephony import wire

CALLER = "caller"
HOLD_PLAY = "hold"

LegState = Literal["arriving", "dialling", "ringing", "up"]
Party = Literal["caller", "agent", "system"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """One party's dialog. `agent` is set on an agent's leg; `ended_for` says who wanted an end on the way."""

    leg: str
    state: LegState
    agent: str | None = None
    ended_for: Party | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """All legs of a conversation. Talk and hold seconds add up; `talking_since`/`held_since` run."""

    conversation: str
    legs: dict[str, Leg] = field(default_factory=dict)
    agent_legs_made: int = 0
    talking_since: float | None = None
    held_since: float | None = None
    talk_s: float = 0.0
    hold_s: float = 0.0


# -- what the switchboard wants ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AnswerCaller:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Present:
    """Ring an agent's device as a new leg."""

    agent: str
    target: str
    from_number: str
    from_name: str
    timeout_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdraw:
    """End an agent's leg, ringing or talking."""

    agent: str
    reason: str
    by: Party


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """The caller hears music, the agent nothing."""

    music: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Retrieve:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Finish:
    """End every leg."""

    code: int
    reason: str
    by: Party


Wish = AnswerCaller | Present | Withdraw | Hold | Retrieve | Finish


# -- what happened -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerHere:
    from_number: str
    from_name: str
    to_number: str


@dataclass(frozen=True, slots=True)
class CallerAnswered:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerGone:
    by: Party
    code: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentRinging:
    agent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentTalking:
    agent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentGone:
    """`was_up`: the leg was answered; `asked`: the core ended it itself."""

    agent: str
    was_up: bool
    asked: bool
    by: Party
    code: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPressed:
    digit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptOver:
    play: str


@dataclass(frozen=True, slots=True)
class AllGone:
    """No leg is left."""


Happening = (
    CallerHere
    | CallerAnswered
    | CallerGone
    | AgentRinging
    | AgentTalking
    | AgentGone
    | KeyPressed
    | PromptOver
    | AllGone
)
Effect = wire.Op | Happening


# -- questions ---------------------------------------------------------------------------------------


def caller_up(call: Call) -> bool:
    leg = call.legs.get(CALLER)
    return leg is not None and leg.state == "up"


def agent_leg(call: Call, agent: str) -> Leg | None:
    return next((leg for leg in call.legs.values() if leg.agent == agent), None)


def talking_agent(call: Call) -> str | None:
    """The agent whose leg is up, if any."""
    return next((leg.agent for leg in call.legs.values() if leg.agent and leg.state == "up"), None)


def hears(call: Call) -> wire.Mix:
    """Everybody who is up hears everybody else; on hold nobody hears anybody."""
    up = [leg.leg for leg in call.legs.values() if leg.state == "up"]
    if call.held_since is not None:
        return wire.Mix(hears={})
    return wire.Mix(hears={leg: tuple(o for o in up if o != leg) for leg in up if len(up) > 1})


def talk_and_hold_s(call: Call, now: float) -> tuple[float, float]:
    """Seconds talked and on hold until now (hold is not talk)."""
    running_hold = 0.0 if call.held_since is None else now - call.held_since
    running_talk = 0.0 if call.talking_since is None else now - call.talking_since
    return call.talk_s + running_talk, call.hold_s + running_hold


# -- the machine -------------------------------------------------------------------------------------


def step(call: Call, what: wire.Report | Wish, now: float) -> tuple[Call, tuple[Effect, ...]]:
    """Take one report or wish; one that does not fit changes nothing."""
    match what:
        case wire.Arrived():
            if CALLER in call.legs:
                return call, ()
            here = CallerHere(
                from_number=what.from_number, from_name=what.from_name, to_number=what.to_number
            )
            return _with(call, Leg(leg=what.leg, state="arriving")), (here,)
        case wire.Ringing(leg=name):
            leg = call.legs.get(name)
            if leg is None or leg.agent is None or leg.state != "dialling":
                return call, ()
            return _with(call, replace(leg, state="ringing")), (AgentRinging(agent=leg.agent),)
        case wire.Answered(leg=name):
            return _answered(call, name, now)
        case wire.Ended():
            return _ended(call, what, now)
        case wire.Digit(leg=name, digit=digit):
            return call, (KeyPressed(digit=digit),) if name == CALLER else ()
        case wire.PlayEnded(leg=name, play=play):
            return call, (PromptOver(play=play),) if name == CALLER else ()
        case wire.OpRefused() | wire.RecordingEnded():
            return call, ()
        case AnswerCaller():
            leg = call.legs.get(CALLER)
            if leg is None or leg.state != "arriving":
                return call, ()
            return call, (wire.Answer(leg=CALLER),)
        case Present():
            return _present(call, what)
        case Withdraw(agent=agent, reason=reason, by=by):
            leg = agent_leg(call, agent)
            return (call, ()) if leg is None else _end(call, leg, 603, reason, by)
        case Hold(music=music):
            return _hold(call, music, now)
        case Retrieve():
            return _retrieve(call, now)
        case Finish():
            return _finish(call, what)
        case _:
            assert_never(what)


def _with(call: Call, leg: Leg) -> Call:
    return replace(call, legs={**call.legs, leg.leg: leg})


def _answered(call: Call, name: str, now: float) -> tuple[Call, tuple[Effect, ...]]:
    leg = call.legs.get(name)
    if leg is None or leg.state == "up":
        return call, ()
    call = _with(call, replace(leg, state="up"))
    if leg.agent is None:
        return call, (CallerAnswered(),)
    if not caller_up(call):
        return call, ()
    call = replace(call, talking_since=now)
    return call, (wire.StopPlay(leg=CALLER), hears(call), AgentTalking(agent=leg.agent))


def _present(call: Call, wish: Present) -> tuple[Call, tuple[Effect, ...]]:
    if not caller_up(call) or agent_leg(call, wish.agent) is not None:
        return call, ()
    name = f"agent-{call.agent_legs_made + 1}"
    call = replace(
        _with(call, Leg(leg=name, state="dialling", agent=wish.agent)),
        agent_legs_made=call.agent_legs_made + 1,
    )
    dial = wire.Dial(
        leg=name,
        target=wish.target,
        from_number=wish.from_number,
        from_name=wish.from_name,
        timeout_s=wish.timeout_s,
        headers={wire.CONVERSATION_HEADER: call.conversation, wire.LEG_HEADER: name},
    )
    return call, (dial,)


def _end(call: Call, leg: Leg, code: int, reason: str, by: Party) -> tuple[Call, tuple[Effect, ...]]:
    if leg.ended_for is not None:
        return call, ()
    ending = replace(leg, ended_for=by)
    return _with(call, ending), (wire.Hangup(leg=leg.leg, code=code, reason=reason),)


def _finish(call: Call, wish: Finish) -> tuple[Call, tuple[Effect, ...]]:
    effects: tuple[Effect, ...] = ()
    for leg in call.legs.values():
        call, more = _end(call, leg, wish.code, wish.reason, wish.by)
        effects += more
    return call, effects


def _hold(call: Call, music: tuple[str, ...], now: float) -> tuple[Call, tuple[Effect, ...]]:
    if call.talking_since is None or call.held_since is not None:
        return call, ()
    call = replace(call, talk_s=call.talk_s + now - call.talking_since, talking_since=None, held_since=now)
    return call, (hears(call), wire.Play(leg=CALLER, play=HOLD_PLAY, files=music, loop=True))


def _retrieve(call: Call, now: float) -> tuple[Call, tuple[Effect, ...]]:
    if call.held_since is None:
        return call, ()
    call = replace(call, hold_s=call.hold_s + now - call.held_since, held_since=None, talking_since=now)
    return call, (wire.StopPlay(leg=CALLER), hears(call))


def _ended(call: Call, ended: wire.Ended, now: float) -> tuple[Call, tuple[Effect, ...]]:
    leg = call.legs.get(ended.leg)
    if leg is None:
        return call, ()
    was_talking = leg.state == "up" and (call.talking_since is not None or call.held_since is not None)
    talk_s, hold_s = talk_and_hold_s(call, now)
    call = replace(call, legs={name: other for name, other in call.legs.items() if name != ended.leg})
    effects: list[Effect] = []
    if was_talking:
        on_hold = call.held_since is not None
        call = replace(call, talk_s=talk_s, hold_s=hold_s, talking_since=None, held_since=None)
        if leg.agent is not None and on_hold:
            effects.append(wire.StopPlay(leg=CALLER))
        effects.append(hears(call))
    hung_up: Party = "system" if ended.by != "remote" else "caller" if leg.agent is None else "agent"
    by = leg.ended_for or hung_up
    if leg.agent is None:
        effects.append(CallerGone(by=by, code=ended.code))
    else:
        effects.append(
            AgentGone(
                agent=leg.agent,
                was_up=leg.state == "up",
                asked=leg.ended_for is not None,
                by=by,
                code=ended.code,
            )
        )
    if not call.legs:
        effects.append(AllGone())
    return call, tuple(effects)
