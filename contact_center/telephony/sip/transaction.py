"""SIP transactions as pure machines (RFC 3261 §17, RFC 6026): `step(state, event, now)`.

A machine never looks at a clock: the shell feeds `Tick` at or after `deadline` and carries out the effects.
An event that the present phase has no use for changes nothing.
"""

from dataclasses import dataclass, replace
from typing import Literal, assert_never

from contact_center.telephony.sip.message import Headers, Request, Response

T1_S = 0.5
T2_S = 4.0
T4_S = 5.0
LIFETIME_S = 64 * T1_S
"""Timers B, F, H, J, L and M."""
TIMER_C_S = 185.0
"""How long a proxy waits for a final response after the last provisional one (§16.6)."""
TIMER_D_S = 32.0


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
class Progress:
    """A provisional response of an INVITE client transaction."""

    response: Response


@dataclass(frozen=True, slots=True)
class TimedOut:
    """No ACK for a final response, or no response to a request, within 64 T1."""


Effect = Send | Final | Progress | TimedOut
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


def start_client(request: bytes, now: float, *, reliable: bool = False) -> tuple[Client, Effects]:
    """`reliable`: over TCP or TLS, where nothing is repeated."""
    resend_at = None if reliable else now + T1_S
    return Client(request=request, resend_at=resend_at, until=now + LIFETIME_S), (Send(request),)


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


# -- INVITE, client side (§17.1.1, RFC 6026 §7.2) ----------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class InviteClient:
    """Repeats its INVITE (timer A) until any response; acknowledges failures itself; passes every 2xx on."""

    request: Request
    phase: Literal["calling", "proceeding", "accepted", "completed", "terminated"] = "calling"
    interval_s: float = T1_S
    resend_at: float | None = None
    until: float | None = None
    """Timer B when calling, C when proceeding, M when accepted, D when completed."""
    ack: bytes = b""

    @property
    def deadline(self) -> float | None:
        return earliest(self.resend_at, self.until)


def start_invite_client(
    request: Request, now: float, *, reliable: bool = False
) -> tuple[InviteClient, Effects]:
    resend_at = None if reliable else now + T1_S
    return InviteClient(request=request, resend_at=resend_at, until=now + LIFETIME_S), (Send(bytes(request)),)


def step_invite_client(
    state: InviteClient, event: ResponseCame | Tick, now: float
) -> tuple[InviteClient, Effects]:
    match event:
        case ResponseCame(response):
            return _invite_response(state, response, now)
        case Tick():
            return _tick_invite_client(state, now)
        case _:
            assert_never(event)


def _invite_response(state: InviteClient, response: Response, now: float) -> tuple[InviteClient, Effects]:
    match state.phase:
        case "calling" | "proceeding" if response.status < 200:
            on = replace(state, phase="proceeding", resend_at=None, until=now + TIMER_C_S)
            return on, (Progress(response),)
        case "calling" | "proceeding" if response.status < 300:
            on = replace(state, phase="accepted", resend_at=None, until=now + LIFETIME_S)
            return on, (Final(response),)
        case "calling" | "proceeding":
            ack = bytes(hop_request(state.request, "ACK", to=response.headers.get("to")))
            on = replace(state, phase="completed", resend_at=None, until=now + TIMER_D_S, ack=ack)
            return on, (Send(ack), Final(response))
        case "accepted" if 200 <= response.status < 300:
            return state, (Final(response),)
        case "completed" if response.status >= 300:
            return state, (Send(state.ack),)
        case _:
            return state, ()


def _tick_invite_client(state: InviteClient, now: float) -> tuple[InviteClient, Effects]:
    if state.until is not None and now >= state.until:
        over = replace(state, phase="terminated", resend_at=None, until=None)
        return over, (TimedOut(),) if state.phase in ("calling", "proceeding") else ()
    if state.resend_at is not None and now >= state.resend_at:
        interval_s = 2 * state.interval_s
        again = replace(state, interval_s=interval_s, resend_at=now + interval_s)
        return again, (Send(bytes(state.request)),)
    return state, ()


def hop_request(invite: Request, method: str, *, to: str = "") -> Request:
    """The CANCEL (§9.1) or the ACK of a failure (§17.1.1.3) of an INVITE."""
    kept = [f for f in invite.headers if f.key in ("max-forwards", "route", "from", "to", "call-id")]
    top = invite.headers.values("via")[0]
    headers = Headers(tuple(kept)).prepended("Via", top)
    if to:
        headers = headers.replaced("To", to)
    headers = headers.appended("CSeq", f"{invite.cseq.number} {method}").appended("Content-Length", "0")
    return Request(headers, b"", method, invite.target)
