"""Who is in a conversation and what may be asked of it or happens in it: the values `calls` works on."""

from dataclasses import dataclass, field
from typing import Literal

from contact_center.telephony import wire

CALLER = "caller"
HOLD_PLAY = "hold"
RINGING_PLAY = "ringing"

LegState = Literal["arriving", "dialling", "ringing", "up"]
Party = Literal["caller", "agent", "system"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """One party's dialog: the customer's (`CALLER`), an agent's (`agent` set) or an outside one (`number`).

    `ended_for` says who wanted an end on the way; such a leg hears and says nothing any more.
    """

    leg: str
    state: LegState
    agent: str | None = None
    number: str = ""
    early: bool = False
    muted: bool = False
    ended_for: Party | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """All legs of a conversation. Talk and hold seconds add up; `talking_since`/`held_since` run.

    `consult` names the leg that is aside: while the caller is held the others talk with it, else it waits
    with music. `music` is what whoever waits hears.
    """

    conversation: str
    legs: dict[str, Leg] = field(default_factory=dict)
    legs_made: int = 0
    consult: str | None = None
    music: tuple[str, ...] = ()
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
    """Ring an agent's device (`agent`) or an outside number as a new leg; `consult`: aside from the caller.

    With `customer` the leg is the customer's own: an outbound call. Agents who wait for an answer hear the
    `ringing` files.
    """

    agent: str | None = None
    number: str = ""
    target: str
    from_number: str
    from_name: str
    timeout_s: float
    consult: bool = False
    customer: bool = False
    srtp: bool = False
    ringing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdraw:
    """End an agent's leg, ringing or talking."""

    agent: str
    reason: str
    by: Party


@dataclass(frozen=True, slots=True, kw_only=True)
class EndConsult:
    """End the leg that is aside."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """The agent leaves at once; the caller hears `music` until somebody else is there."""

    agent: str
    music: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Join:
    """Whoever is aside and the caller talk; `without`: this agent leaves at the same moment."""

    without: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """The caller hears music; the agents hear only whoever is aside."""

    music: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Retrieve:
    """The caller is back; whoever is aside hears the music."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mute:
    """Nobody hears this agent, or (`on` false) everybody does again."""

    agent: str
    on: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PressKeys:
    """Send keys (RFC 4733) from the agent to whom he talks with."""

    agent: str
    digits: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finish:
    """End every leg."""

    code: int
    reason: str
    by: Party


Wish = (
    AnswerCaller | Present | Withdraw | EndConsult | Part | Join | Hold | Retrieve | Mute | PressKeys | Finish
)


# -- what happened -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerHere:
    """An INVITE came in; `trunk` is the carrier it came from, empty where carriers are not told apart."""

    from_number: str
    from_name: str
    to_number: str
    trunk: str = ""


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
class CustomerRinging:
    """The customer whom we call: his phone rings; `early`: sound comes from there before the answer (183)."""

    early: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsideRinging:
    """An outside number rings."""

    number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsideTalking:
    """An outside number answered."""

    number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsideGone:
    """As `AgentGone`, of an outside number."""

    number: str
    was_up: bool
    asked: bool
    by: Party
    code: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferAsked:
    """An agent's phone (its `leg`) sent REFER (RFC 3515) to `target`, the user part of its Refer-To.

    With Replaces it names a leg of this call, or none (empty).
    """

    agent: str
    leg: str
    target: str
    replaces: str | None = None


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
    | CustomerRinging
    | OutsideRinging
    | OutsideTalking
    | OutsideGone
    | TransferAsked
    | KeyPressed
    | PromptOver
    | AllGone
)
Effect = wire.Op | Happening


# -- questions ---------------------------------------------------------------------------------------


def caller_up(call: Call) -> bool:
    leg = call.legs.get(CALLER)
    return leg is not None and leg.state == "up" and leg.ended_for is None


def agent_leg(call: Call, agent: str) -> Leg | None:
    """The agent's leg that nobody has ended yet."""
    return next((leg for leg in call.legs.values() if leg.agent == agent and leg.ended_for is None), None)


def up(call: Call) -> list[Leg]:
    """Whoever can talk, the caller included."""
    return [leg for leg in call.legs.values() if leg.state == "up" and leg.ended_for is None]


def with_caller(call: Call) -> list[Leg]:
    """The legs that talk with the caller, or would were he not held."""
    return [leg for leg in up(call) if leg.leg not in (CALLER, call.consult)]


def hears(call: Call) -> wire.Mix:
    """Who talks hears the others who talk; whoever waits hears nobody."""
    apart = CALLER if call.held_since is not None else call.consult
    group = [leg for leg in up(call) if leg.leg != apart]
    voices = [leg.leg for leg in group if not leg.muted] + [
        leg.leg for leg in call.legs.values() if leg.early and leg.state == "ringing" and leg.leg != apart
    ]
    heard = {leg.leg: tuple(o for o in voices if o != leg.leg) for leg in group}
    return wire.Mix(hears={ear: mouths for ear, mouths in heard.items() if mouths})


def talk_and_hold_s(call: Call, now: float) -> tuple[float, float]:
    """Seconds talked and on hold until now (hold is not talk)."""
    running_hold = 0.0 if call.held_since is None else now - call.held_since
    running_talk = 0.0 if call.talking_since is None else now - call.talking_since
    return call.talk_s + running_talk, call.hold_s + running_hold
