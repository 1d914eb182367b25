"""One call at the called side as a pure machine: INVITE to BYE (RFC 3261 §12, §13.3, §15).

`step(dialog, event, now)` gives the next dialog and what to do. Requests and responses leave as values; the
shell gives them to transactions and adds the Via of its own requests.
"""

import re
from dataclasses import dataclass, replace
from typing import Literal, assert_never

from contact_center.telephony.sip.message import Headers, MalformedMessage, Request, Response, respond
from contact_center.telephony.sip.transaction import LIFETIME_S, T1_S, T2_S, Tick, earliest
from contact_center.telephony.wire import EndedBy

ALLOW = "INVITE, ACK, CANCEL, BYE, OPTIONS"
RINGING_S = 180.0
"""How long a call may wait for an answer: a caller that died cannot send its CANCEL (timer C, §16.6)."""


# -- events: what the user wants, what came in ----------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ring:
    """Send 180."""


@dataclass(frozen=True, slots=True)
class Accept:
    """Send 200 with this SDP."""

    sdp: str


@dataclass(frozen=True, slots=True)
class Reject:
    """Answer the INVITE with a final failure (480, 486, 603, …)."""

    code: int


@dataclass(frozen=True, slots=True)
class HangUp:
    """End the call: 480 before it is accepted, BYE after."""


@dataclass(frozen=True, slots=True)
class CancelCame:
    """A CANCEL for the INVITE; its own 200 is the shell's."""


@dataclass(frozen=True, slots=True)
class RequestCame:
    """A new request inside the dialog, or an ACK."""

    request: Request


Event = Ring | Accept | Reject | HangUp | CancelCame | RequestCame | Tick


# -- effects --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Reply:
    """Hand a response to the server transaction it belongs to."""

    response: Response


@dataclass(frozen=True, slots=True)
class Resend:
    """A 2xx once more, past the transaction (§13.3.1.4)."""

    response: Response


@dataclass(frozen=True, slots=True)
class SendRequest:
    """Start a client transaction; the request lacks its Via."""

    request: Request


@dataclass(frozen=True, slots=True)
class Established:
    """The ACK of our 200 came."""


@dataclass(frozen=True, slots=True)
class Cancelled:
    """The caller gave up before an answer."""


@dataclass(frozen=True, slots=True)
class CallEnded:
    by: EndedBy
    reason: str


Effect = Reply | Resend | SendRequest | Established | Cancelled | CallEnded
Effects = tuple[Effect, ...]


# -- state ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class AwaitedAck:
    """A 200 that is repeated until its ACK comes or 64 T1 have gone."""

    response: Response
    cseq: int
    resend_at: float
    interval_s: float
    until: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialog:
    """A call we were invited to. Made by `invited`."""

    invite: Request
    tag: str
    """Ours, on To."""
    contact: str
    phase: Literal["invited", "answered", "confirmed", "closed"] = "invited"
    remote_target: str
    remote_cseq: int
    """Highest seen; an older request is out of order (§12.2.2)."""
    local_cseq: int = 0
    local_sdp: str = ""
    remote_sdp: str = ""
    give_up_at: float
    """When a call that nobody answered is refused."""
    awaited: AwaitedAck | None = None
    hang_up: bool = False
    """Hang up as soon as the ACK is there: a BYE before it would break §15."""

    @property
    def deadline(self) -> float | None:
        if self.awaited is not None:
            return earliest(self.awaited.resend_at, self.awaited.until)
        return self.give_up_at if self.phase == "invited" else None

    @property
    def route(self) -> tuple[str, ...]:
        """The route set of a UAS: Record-Route in the order received (§12.1.1)."""
        return self.invite.headers.values("record-route")


Step = tuple[Dialog, Effects]


def invited(invite: Request, tag: str, contact: str, now: float) -> Dialog:
    """The dialog of a fresh INVITE; raises `MalformedMessage` when it names no usable Contact (§8.1.1.8)."""
    contacts = invite.addresses("contact")
    if len(contacts) != 1:
        raise MalformedMessage("an INVITE names one", "Contact")
    _ = invite.addresses("record-route")
    return Dialog(
        invite=invite,
        tag=tag,
        contact=contact,
        remote_target=str(contacts[0].uri),
        remote_cseq=invite.cseq.number,
        remote_sdp=_sdp(invite),
        give_up_at=now + RINGING_S,
    )


def step(dialog: Dialog, event: Event, now: float) -> Step:
    match event:
        case Ring():
            return dialog, (Reply(_answer(dialog, 180)),) if dialog.phase == "invited" else ()
        case Accept(sdp):
            return _accept(dialog, sdp, now) if dialog.phase == "invited" else (dialog, ())
        case Reject(code):
            return _refuse(dialog, code, CallEnded("local", f"rejected with {code}"))
        case HangUp():
            return _hang_up(dialog)
        case CancelCame():
            return _refuse(dialog, 487, Cancelled())
        case RequestCame(request):
            return _request(dialog, request, now)
        case Tick():
            return _tick(dialog, now)
        case _:
            assert_never(event)


def _sdp(message: Request) -> str:
    if message.headers.get("content-type").partition(";")[0].strip().lower() != "application/sdp":
        return ""
    return message.body.decode("utf-8", "replace")


def _answer(dialog: Dialog, status: int, *extra: tuple[str, str]) -> Response:
    """An answer to the INVITE; provisional and 2xx carry Contact and Record-Route (§12.1.1)."""
    response = respond(dialog.invite, status, ("Contact", f"<{dialog.contact}>"), *extra, tag=dialog.tag)
    return response.with_headers(_routed(dialog.invite, response.headers)) if status < 300 else response


def _routed(request: Request, headers: Headers) -> Headers:
    routes = tuple(field for field in request.headers if field.key == "record-route")
    return Headers((*routes, *headers.fields))


def _ok(dialog: Dialog, request: Request, now: float) -> Step:
    """200 with our SDP to an INVITE or re-INVITE, repeated until its ACK."""
    response = respond(
        request,
        200,
        ("Contact", f"<{dialog.contact}>"),
        ("Allow", ALLOW),
        ("Content-Type", "application/sdp"),
        tag=dialog.tag,
        body=dialog.local_sdp.encode(),
    )
    response = response.with_headers(_routed(request, response.headers))
    awaited = AwaitedAck(
        response=response,
        cseq=request.cseq.number,
        resend_at=now + T1_S,
        interval_s=T1_S,
        until=now + LIFETIME_S,
    )
    return replace(dialog, awaited=awaited), (Reply(response),)


def _accept(dialog: Dialog, sdp: str, now: float) -> Step:
    return _ok(replace(dialog, phase="answered", local_sdp=sdp), dialog.invite, now)


def _refuse(dialog: Dialog, code: int, told: Cancelled | CallEnded) -> Step:
    if dialog.phase != "invited":
        return dialog, ()
    return replace(dialog, phase="closed"), (Reply(_answer(dialog, code)), told)


def _hang_up(dialog: Dialog) -> Step:
    match dialog.phase:
        case "invited":
            return _refuse(dialog, 480, CallEnded("local", "hung up"))
        case "answered":
            return replace(dialog, hang_up=True), ()
        case "confirmed":
            return _bye(dialog, CallEnded("local", "hung up"))
        case "closed":
            return dialog, ()
        case _:
            assert_never(dialog.phase)


def _bye(dialog: Dialog, told: CallEnded, *before: Effect) -> Step:
    cseq = dialog.local_cseq + 1
    closed = replace(dialog, phase="closed", local_cseq=cseq, awaited=None)
    return closed, (*before, SendRequest(_own_request(dialog, "BYE", cseq)), told)


def _own_request(dialog: Dialog, method: str, cseq: int) -> Request:
    """A request of ours inside the dialog (§12.2.1.1), all routes being loose ones."""
    headers = Headers.of(
        ("Max-Forwards", "70"),
        *(("Route", route) for route in dialog.route),
        ("From", str(dialog.invite.to.with_tag(dialog.tag))),
        ("To", str(dialog.invite.from_)),
        ("Call-ID", dialog.invite.call_id),
        ("CSeq", f"{cseq} {method}"),
        ("Content-Length", "0"),
    )
    return Request(headers, b"", method, dialog.remote_target)


def _request(dialog: Dialog, request: Request, now: float) -> Step:
    if request.method == "ACK":
        return _acknowledged(dialog, request)
    if dialog.phase == "closed":
        # a BYE that crossed ours is still answered 200; all else has no dialog any more
        return dialog, (Reply(respond(request, 200 if request.method == "BYE" else 481, tag=dialog.tag)),)
    if request.cseq.number <= dialog.remote_cseq:
        return dialog, (Reply(respond(request, 500, tag=dialog.tag)),)
    dialog = replace(dialog, remote_cseq=request.cseq.number)
    match request.method:
        case "BYE":
            return _bye_came(dialog, request)
        case "INVITE":
            return _invited_again(dialog, request, now)
        case "OPTIONS":
            return dialog, (Reply(respond(request, 200, ("Allow", ALLOW), tag=dialog.tag)),)
        case _:
            return dialog, (Reply(respond(request, 405, ("Allow", ALLOW), tag=dialog.tag)),)


def _acknowledged(dialog: Dialog, ack: Request) -> Step:
    if dialog.awaited is None or ack.cseq.number != dialog.awaited.cseq:
        return dialog, ()
    first = dialog.phase == "answered"
    sdp = dialog.remote_sdp or _sdp(ack)  # an INVITE without an offer gets the answer in the ACK
    dialog = replace(dialog, awaited=None, phase="confirmed", remote_sdp=sdp)
    told: Effects = (Established(),) if first else ()
    return _bye(dialog, CallEnded("local", "hung up"), *told) if dialog.hang_up else (dialog, told)


def _bye_came(dialog: Dialog, request: Request) -> Step:
    answer = Reply(respond(request, 200, tag=dialog.tag))
    if dialog.phase == "invited":  # §15.1.2: the INVITE that is still open is answered too
        return replace(dialog, phase="closed"), (answer, Reply(_answer(dialog, 487)), Cancelled())
    ended = CallEnded("remote", reason_text(request) or "BYE")
    return replace(dialog, phase="closed", awaited=None), (answer, ended)


def _invited_again(dialog: Dialog, request: Request, now: float) -> Step:
    if dialog.phase == "invited":  # §14.2: the first INVITE is still open
        return dialog, (Reply(respond(request, 500, ("Retry-After", "1"), tag=dialog.tag)),)
    if dialog.awaited is not None:
        return dialog, (Reply(respond(request, 491, tag=dialog.tag)),)
    contacts = request.addresses("contact")
    target = str(contacts[0].uri) if contacts else dialog.remote_target
    sdp = _sdp(request) or dialog.remote_sdp
    return _ok(replace(dialog, remote_target=target, remote_sdp=sdp), request, now)


def _tick(dialog: Dialog, now: float) -> Step:
    awaited = dialog.awaited
    if dialog.phase == "invited" and now >= dialog.give_up_at:
        return _refuse(dialog, 480, CallEnded("failure", "no answer"))
    if awaited is None or now < min(awaited.resend_at, awaited.until):
        return dialog, ()
    if now >= awaited.until:  # §13.3.1.4: the call is hung up
        return _bye(dialog, CallEnded("failure", "no ACK"))
    interval_s = min(2 * awaited.interval_s, T2_S)
    again = replace(awaited, interval_s=interval_s, resend_at=now + interval_s)
    return replace(dialog, awaited=again), (Resend(awaited.response),)


def reason_text(request: Request) -> str:
    """The text of the first Reason header (RFC 3326), without quotes."""
    found = re.search(r'text="((?:[^"\\]|\\.)*)"', request.headers.get("reason"))
    return "" if found is None else re.sub(r"\\(.)", r"\1", found[1])
