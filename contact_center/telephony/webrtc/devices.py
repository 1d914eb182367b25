"""The standing device of one agent: its browser connection, and at most one call on it. Pure.

    absent --Attach--> connecting --PeerUp--> up --PeerLost--> lost --Attach--> connecting ...

A call outlives its browser connection: while it is up and no browser is, `REATTACH_S` runs, then the call
is ended. A page that is reloaded within it attaches anew and the call goes on. A call that still rings is
left to whoever offered it. Peers and calls are named by the shell; events about others than the current ones
change nothing, so late callbacks are harmless. Times are seconds on one monotonic clock.
"""

from dataclasses import dataclass, replace
from typing import Literal, assert_never

CONNECT_S = 15.0
"""A browser that has its answer must be connected within this."""
REATTACH_S = 60.0
"""How long a call that is up waits for its agent's browser to come back."""

BUSY_HERE = 486
TEMPORARILY_UNAVAILABLE = 480

LinkState = Literal["absent", "connecting", "up", "lost"]
CallState = Literal["ringing", "answered", "up"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceCall:
    """A conversation's leg on this device; `answered` is 200 sent, `up` is ACK received."""

    call: str
    conversation: str
    leg: str
    state: CallState = "ringing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """`peer` numbers the current connection (0: none yet). `told_up` is what the core was last told."""

    agent: str
    link: LinkState = "absent"
    peer: int = 0
    connect_by: float | None = None
    call: DeviceCall | None = None
    hang_up_at: float | None = None
    told_up: bool = False


# -- events ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Attach:
    """A new SDP offer was answered by connection `peer`."""

    peer: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerUp:
    peer: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerLost:
    peer: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Detach:
    """The core wants the device closed (log-out)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Invited:
    """An INVITE for this agent."""

    call: str
    conversation: str
    leg: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Accept:
    """The agent takes the ringing call."""

    conversation: str
    leg: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallUp:
    call: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallOver:
    """Cancelled, or ended by the conversation or by a failure."""

    call: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """Time has passed; see `next_deadline`."""


Event = Attach | PeerUp | PeerLost | Detach | Invited | Accept | CallUp | CallOver | Tick

# -- effects -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosePeer:
    peer: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UsePeer:
    """Relay audio through this connection from now on."""

    peer: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TellCore:
    up: bool
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ring:
    call: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reject:
    call: str
    code: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Send 200 and relay audio with the caller's side."""

    call: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HangUp:
    call: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StopAudio:
    """The call is gone: relay no more."""


Effect = ClosePeer | UsePeer | TellCore | Ring | Reject | Answer | HangUp | StopAudio
Step = tuple[Device, tuple[Effect, ...]]


def step(device: Device, event: Event, now: float) -> Step:
    """The device after `event`, and what the shell must do, in order."""
    match event:
        case Attach():
            return _attach(device, event.peer, now)
        case PeerUp():
            return _peer_up(device, event.peer)
        case PeerLost():
            return _peer_lost(device, event.peer, event.why, now)
        case Detach():
            return _detach(device)
        case Invited():
            return _invited(device, event)
        case Accept():
            return _accept(device, event, now)
        case CallUp():
            if device.call is None or device.call.call != event.call or device.call.state != "answered":
                return device, ()
            return replace(device, call=replace(device.call, state="up")), ()
        case CallOver():
            if device.call is None or device.call.call != event.call:
                return device, ()
            return replace(device, call=None, hang_up_at=None), (StopAudio(),)
        case Tick():
            return _tick(device, now)
        case _:
            assert_never(event)


def next_deadline(device: Device) -> float | None:
    """When the device next wants a `Tick`."""
    deadlines = [at for at in (device.connect_by, device.hang_up_at) if at is not None]
    return min(deadlines, default=None)


def can_accept(device: Device, conversation: str, leg: str) -> bool:
    """Whether this leg is on the device and its browser is there, or about to be."""
    call = device.call
    return (
        call is not None
        and (call.conversation, call.leg) == (conversation, leg)
        and device.link in ("up", "connecting")
    )


def _attach(device: Device, peer: int, now: float) -> Step:
    closing = (ClosePeer(peer=device.peer),) if device.link in ("up", "connecting") else ()
    attached = replace(device, link="connecting", peer=peer, connect_by=now + CONNECT_S)
    return _await_browser(attached, now), closing


def _peer_up(device: Device, peer: int) -> Step:
    if device.peer != peer or device.link != "connecting":
        return device, ()
    up = replace(device, link="up", connect_by=None, hang_up_at=None, told_up=True)
    return up, (UsePeer(peer=peer), TellCore(up=True, why=""))


def _peer_lost(device: Device, peer: int, why: str, now: float) -> Step:
    if device.peer != peer or device.link not in ("up", "connecting"):
        return device, ()
    lost = replace(device, link="lost", connect_by=None, told_up=False)
    return _await_browser(lost, now), (ClosePeer(peer=peer), TellCore(up=False, why=why))


def _detach(device: Device) -> Step:
    effects: list[Effect] = []
    if device.link in ("up", "connecting"):
        effects.append(ClosePeer(peer=device.peer))
    if device.call is not None:
        if device.call.state == "ringing":
            effects.append(Reject(call=device.call.call, code=TEMPORARILY_UNAVAILABLE))
        else:
            effects.append(HangUp(call=device.call.call, why="device detached"))
        effects.append(StopAudio())
    if device.told_up:
        effects.append(TellCore(up=False, why="detached"))
    return Device(agent=device.agent, peer=device.peer), tuple(effects)


def _invited(device: Device, event: Invited) -> Step:
    if device.call is not None:
        return device, (Reject(call=event.call, code=BUSY_HERE),)
    if device.link != "up":
        return device, (Reject(call=event.call, code=TEMPORARILY_UNAVAILABLE),)
    call = DeviceCall(call=event.call, conversation=event.conversation, leg=event.leg)
    return replace(device, call=call), (Ring(call=event.call),)


def _accept(device: Device, event: Accept, now: float) -> Step:
    call = device.call
    if call is None or not can_accept(device, event.conversation, event.leg) or call.state != "ringing":
        return device, ()
    accepted = replace(device, call=replace(call, state="answered"))
    return _await_browser(accepted, now), (Answer(call=call.call),)


def _await_browser(device: Device, now: float) -> Device:
    """Start the clock of a call that is up while its browser is not; a clock that runs is left alone."""
    if device.call is None or device.call.state == "ringing" or device.link == "up":
        return device
    return device if device.hang_up_at is not None else replace(device, hang_up_at=now + REATTACH_S)


def _tick(device: Device, now: float) -> Step:
    effects: tuple[Effect, ...] = ()
    if device.connect_by is not None and now >= device.connect_by:
        device, effects = _peer_lost(device, device.peer, f"not connected within {CONNECT_S:.0f} s", now)
    if device.hang_up_at is not None and now >= device.hang_up_at and device.call is not None:
        effects = (*effects, HangUp(call=device.call.call, why="browser did not come back"), StopAudio())
        device = replace(device, call=None, hang_up_at=None)
    return device, effects
