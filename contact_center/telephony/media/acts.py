"""What a conversation can be told or live through (`Event`) and can order (`Effect`). Plain values."""

from dataclasses import dataclass

from contact_center.telephony import wire
from contact_center.telephony.quality import Quality

# -- events -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Took:
    """A `Do` arrived."""

    ops: tuple[wire.Op, ...]
    ack: int
    blob: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Invited:
    leg: str
    from_number: str
    from_name: str
    to_number: str
    sip_call_id: str
    headers: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class RangThere:
    """180 or 183 on a dialled leg; `early`: it sends sound already."""

    leg: str
    early: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CameUp:
    leg: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WentDown:
    """The SIP dialog is over, whoever ended it."""

    leg: str
    code: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyed:
    leg: str
    digit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedToRefer:
    """The far end of a leg sent REFER; `replaces` names a leg of ours it would take over, or is empty."""

    leg: str
    target: str
    replaces: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayedOut:
    """The files of `play` are through, or (`failed`) some could not be read."""

    leg: str
    play: str
    failed: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFailed:
    """The endpoint could not do what an effect asked."""

    op: str
    leg: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """How a leg that is up has sounded so far."""

    leg: str
    quality: Quality


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """A deadline may have passed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TapeFailed:
    """The files of a recording cannot be written (any more)."""

    recording: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TapeSilent:
    """A recording has held no sound of who is on the left for as long as it should be told after."""

    recording: str
    sounded_s: float


LegDid = RangThere | CameUp | WentDown | Keyed | AskedToRefer | PlayedOut
Event = Took | Invited | LegDid | Measured | OrderFailed | TapeFailed | TapeSilent | Tick


# -- effects ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class RingLeg:
    leg: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerLeg:
    leg: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EndLeg:
    leg: str
    code: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DialLeg:
    dial: wire.Dial


@dataclass(frozen=True, slots=True, kw_only=True)
class StartFiles:
    play: wire.Play


@dataclass(frozen=True, slots=True, kw_only=True)
class StopFiles:
    leg: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SetMix:
    """The whole matrix as (ear, mouth): legs that are up, and mouths that sound before their answer."""

    hears: frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class StartTape:
    """Open the files of a recording; both advance together from now on."""

    record: wire.Record


@dataclass(frozen=True, slots=True, kw_only=True)
class SetTape:
    """The whole of what is written, as (track, leg); a track without a leg gets silence."""

    takes: frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class StopTape:
    recording: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PressDigits:
    leg: str
    digits: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TellReferrer:
    """Tell the far end of a leg how its REFER fares (a SIP status); it may have hung up."""

    leg: str
    code: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tell:
    numbered: wire.Numbered


@dataclass(frozen=True, slots=True, kw_only=True)
class Free:
    """The conversation is finished; the process may take another."""


TapeEffect = StartTape | SetTape | StopTape
LegEffect = RingLeg | AnswerLeg | EndLeg | DialLeg | StartFiles | StopFiles | PressDigits
Effect = LegEffect | SetMix | TapeEffect | TellReferrer | Tell | Free
