"""SIP transactions over UDP as pure machines (RFC 3261 §17, RFC 6026): `step(state, event, now)`.

A machine never looks at a clock: the shell feeds `Tick` at or after `deadline` and carries out the effects.
An event that the present phase has no use for changes nothing.
"""

from dataclasses import dataclass, replace
from typing import Literal, assert_never

from contact_center.telephony.sip.message import Response

T1_S = 0.5
T2_S = 4.0
T4_S = 5.0
LIFETIME_S = 64 * T1_S
"""Timers B, F, H, J and L."""


# -- events -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Repeated:
    """The request of this server transaction came again."""


@dataclass(frozen=True, slots=True)
class Respond:
    """The user of this server transaction answers."""

    status: int
    datagram: bytes


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """The ACK of a non-2xx final response came."""


@dataclass(frozen=True, slots=True)
class ResponseCame:
    """A response for this client transaction."""

    response: Response


@dataclass(frozen=True, slots=True)
class Tick:
    """`deadline` has come."""


# -- effects ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Send:
    datagram: bytes


@dataclass(frozen=True, slots=True)
class Final:
    """The final response of a client transaction, said once."""

    response: Response


@dataclass(frozen=True, slots=True)
class TimedOut:
    """No ACK for a final response, or no response to a request, within 64 T1."""


Effect = Send | Final | TimedOut
Effects = tuple[Effect, ...]


def earliest(*deadlines_s: float | None) -> float | None:
    return min((d for d in deadlines_s if d is not None), default=None)


# -- INVITE, server side (§17.2.1, RFC 6026 §7.1) -------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class InviteServer:
    """Absorbs repeated INVITEs; repeats a failure response until its ACK. A 2xx is the dialog's to repeat."""

    phase: Literal["proceeding", "accepted", "completed", "confirmed", "terminated"] = "proceeding"
    last: bytes = b""
    interval_s: float = T1_S
    resend_at: float | None = None
    """Timer G."""
    until: float | None = None
    """Timer H when completed, I when confirmed, L when accepted."""

    @property
    def deadline(self) -> float | None:
        return earliest(self.resend_at, self.until)


InviteServerEvent = Repeated | Respond | Acknowledged | Tick


def step_invite_server(
    state: InviteServer, event: InviteServerEvent, now: float
) -> tuple[InviteServer, Effects]:
    match event:
        case Repeated():
            again = state.phase in ("proceeding", "completed") and bool(state.last)
            return state, (Send(state.last),) if again else ()
        case Respond(status, datagram):
            return _answer_invite(state, status, datagram, now)
        case Acknowledged():
            if state.phase != "completed":
                return state, ()
            return replace(state, phase="confirmed", resend_at=None, until=now + T4_S), ()
        case Tick():
            return _tick_invite(state, now)
        case _:
            assert_never(event)


def _answer_invite(
    state: InviteServer, status: int, datagram: bytes, now: float
) -> tuple[InviteServer, Effects]:
    if state.phase != "proceeding":
        return state, ()
    if status < 200:
        return replace(state, last=datagram), (Send(datagram),)
    if status < 300:
        return replace(state, phase="accepted", last=b"", until=now + LIFETIME_S), (Send(datagram),)
    answered = replace(state, phase="completed", last=datagram, resend_at=now + T1_S, until=now + LIFETIME_S)
    return answered, (Send(datagram),)


def _tick_invite(state: InviteServer, now: float) -> tuple[InviteServer, Effects]:
    if state.until is not None and now >= state.until:
        over = replace(state, phase="terminated", resend_at=None, until=None)
        return over, (TimedOut(),) if state.phase == "completed" else ()
    if state.resend_at is not None and now >= state.resend_at:
        interval_s = min(2 * state.interval_s, T2_S)
        return replace(state, interval_s=interval_s, resend_at=now + interval_s), (Send(state.last),)
    return state, ()


# -- anything else, server side (§17.2.2) ---------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Repeats its last response to a repeated request, for 64 T1 after the final one (timer J)."""

    phase: Literal["trying", "proceeding", "completed", "terminated"] = "trying"
    last: bytes = b""
    until: float | None = None

    @property
    def deadline(self) -> float | None:
        return self.until


ServerEvent = Repeated | Respond | Tick


def step_server(state: Server, event: ServerEvent, now: float) -> tuple[Server, Effects]:
    match event:
        case Repeated():
            return state, (Send(state.last),) if state.last and state.phase != "terminated" else ()
        case Respond(status, datagram):
            if state.phase not in ("trying", "proceeding"):
                return state, ()
            if status < 200:
                return replace(state, phase="proceeding", last=datagram), (Send(datagram),)
            done = replace(state, phase="completed", last=datagram, until=now + LIFETIME_S)
            return done, (Send(datagram),)
        case Tick():
            if state.until is None or now < state.until:
                return state, ()
            return replace(state, phase="terminated", until=None), ()
        case _:
            assert_never(event)


# -- anything else, client side (§17.1.2) ---------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """Repeats its request (timer E) until a final response or 64 T1 (timer F). Made by `start_client`."""

    request: bytes
    phase: Literal["trying", "proceeding", "completed", "terminated"] = "trying"
    interval_s: float = T1_S
    resend_at: float | None = None
    until: float | None = None
    """Timer F, then K."""

    @property
    def deadline(self) -> float | None:
        return earliest(self.resend_at, self.until)


ClientEvent = ResponseCame | Tick


def start_client(request: bytes, now: float) -> tuple[Client, Effects]:
    return Client(request=request, resend_at=now + T1_S, until=now + LIFETIME_S), (Send(request),)


def step_client(state: Client, event: ClientEvent, now: float) -> tuple[Client, Effects]:
    match event:
        case ResponseCame(response):
            if state.phase not in ("trying", "proceeding"):
                return state, ()
            if response.status < 200:
                return replace(state, phase="proceeding", interval_s=T2_S), ()
            return replace(state, phase="completed", resend_at=None, until=now + T4_S), (Final(response),)
        case Tick():
            return _tick_client(state, now)
        case _:
            assert_never(event)


def _tick_client(state: Client, now: float) -> tuple[Client, Effects]:
    if state.until is not None and now >= state.until:
        over = replace(state, phase="terminated", resend_at=None, until=None)
        return over, () if state.phase == "completed" else (TimedOut(),)
    if state.resend_at is not None and now >= state.resend_at:
        interval_s = min(2 * state.interval_s, T2_S)
        return replace(state, interval_s=interval_s, resend_at=now + interval_s), (Send(state.request),)
    return state, ()
