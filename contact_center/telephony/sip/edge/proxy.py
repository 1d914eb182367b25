"""The edge's rules: what each datagram makes it send, and where (RFC 3261 §16, §16.11; RFC 3581).

No clock, no socket. `received`, `claimed` and `claim_refused` return effects; the shell carries them out.
Apart from the dispatch table everything the edge knows comes back to it inside the messages, signed.

Nothing leaves for an address other than: the sender of the datagram (answers), a claimed conversation, a hop
of a dialog whose route we signed, and the Via below a branch we signed.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from itertools import takewhile

from contact_center.telephony.sip.edge.dispatch import Claimed, Claiming, Dispatch, Rejected, key_of
from contact_center.telephony.sip.edge.errands import ERRAND_PREFIX, Errands
from contact_center.telephony.sip.edge.fork import Send, SendInside
from contact_center.telephony.sip.edge.gate import Gate, Refusal
from contact_center.telephony.sip.edge.outbound import Locate, Outbound
from contact_center.telephony.sip.edge.places import Addresses, Where, answer_to
from contact_center.telephony.sip.edge.protection import Protection, is_scanner
from contact_center.telephony.sip.edge.registrar import Registrar
from contact_center.telephony.sip.edge.signing import BRANCH_PREFIX, FORK_PREFIX, Hops, Signer
from contact_center.telephony.sip.message import (
    MalformedMessage,
    NameAddr,
    Request,
    Response,
    Via,
    parse,
    respond,
    salvage,
)
from contact_center.telephony.wire import INSIDE_HEADER

ALLOW = "INVITE, ACK, CANCEL, BYE, OPTIONS"
RETRY_AFTER_S = 5
LARGEST_BYTES = 60_000
"""A larger request could not carry our Via and Record-Route in one datagram as well."""
_COUNTED = frozenset(
    {"INVITE", "ACK", "CANCEL", "BYE", "OPTIONS", "REGISTER", "INFO", "UPDATE", "PRACK", "REFER"}
)


@dataclass(frozen=True, slots=True)
class ClaimConversation:
    """Ask a media host for a conversation; come back with `claimed` or `claim_refused`."""

    key: str


Effect = Send | SendInside | Locate | ClaimConversation
Effects = tuple[Effect, ...]


class Proxy:
    """The rules and the dispatch table behind our listening addresses, `here` as other hosts reach them."""

    def __init__(
        self,
        signer: Signer,
        here: Addresses | Where,
        dispatch: Dispatch | None = None,
        *,
        gate: Gate | None = None,
        outbound: Outbound | None = None,
        registrar: Registrar | None = None,
        errands: Errands | None = None,
        protection: Protection | None = None,
        epoch: Callable[[], float] = lambda: 0.0,
        inside_pass: str = "",
    ) -> None:
        self._inside_pass = inside_pass
        self._signer, self._gate, self._outbound, self._epoch = signer, gate, outbound, epoch
        self._registrar, self._errands = registrar, errands
        self._protection = Protection(carrier=lambda host: True) if protection is None else protection
        self._here = Addresses((here,)) if isinstance(here, Where) else here
        self._dispatch = Dispatch() if dispatch is None else dispatch
        self._figures: Counter[str] = Counter()

    @property
    def figures(self) -> dict[str, float]:
        """Counters since the start, and how many calls are in the table."""
        rooms = (self._outbound, self._errands, self._protection)
        found = {name: value for room in rooms if room is not None for name, value in room.figures.items()}
        gate = {} if self._gate is None else self._gate.figures
        return {**self._figures, **gate, **found, "calls_in_table": len(self._dispatch)}

    def expire(self, now: float) -> None:
        self._dispatch.expire(now)
        self._protection.expire(now)

    # -- one datagram ------------------------------------------------------------------------------------

    def received(self, datagram: bytes, source: Where, now: float) -> Effects:
        if not datagram.strip(b"\r\n\0 "):  # keep-alive (RFC 5626 §4.4.1 and older habits)
            return ()
        if is_scanner(datagram):
            self._protection.blame(source.host, "scanner", now)
        if not self._protection.hears(source.host, now):
            return ()
        try:
            message = parse(datagram)
            if isinstance(message, Response):
                return self._response(message, now)
            return self._counted_request(message, source, now, len(datagram))
        except MalformedMessage as bad:
            self._figures["malformed"] += 1
            self._protection.blame(source.host, "malformed", now)
            return self._refuse_malformed(datagram, source, bad)

    def _refuse_malformed(self, datagram: bytes, source: Where, bad: MalformedMessage) -> Effects:
        request = salvage(datagram)
        if request is None:
            self._figures["dropped"] += 1
            return ()
        via = request.via.seen_from(source.host, source.port)
        answer = respond(
            request.with_headers(request.headers.first_replaced("Via", str(via))),
            bad.status,
            reason=bad.phrase,
            tag=self._signer.tag(via, request.call_id),
        )
        self._figures[f"responses_{bad.status // 100}xx"] += 1
        return (Send(bytes(answer), source),)

    def _counted_request(self, request: Request, source: Where, now: float, size_bytes: int) -> Effects:
        self._figures[f"requests_{request.method if request.method in _COUNTED else 'OTHER'}"] += 1
        seen = request.via.seen_from(source.host, source.port)
        if seen != request.via:
            request = request.with_headers(request.headers.first_replaced("Via", str(seen)))
        if request.method == "ACK":
            return self._ack(request, source, now)
        refused = self._refused(request, size_bytes)
        return refused if refused is not None else self._request(request, source, now)

    def _refused(self, request: Request, size_bytes: int) -> Effects | None:
        """§16.3: what is wrong with a request whatever it is for."""
        if size_bytes > LARGEST_BYTES:
            return self._answer(request, 513)
        if request.uri.scheme.lower() != "sip":  # sips would promise a security that UDP does not give
            return self._answer(request, 416)
        for value in request.headers.values("via"):
            via = Via.parse(value)
            if via.branch.startswith((BRANCH_PREFIX, FORK_PREFIX)) and self._here.is_ours(via.sent_by):
                return self._answer(request, 482)
        if request.headers.get("max-forwards") and int(request.headers.get("max-forwards")) == 0:
            return self._answer(request, 483)
        required = request.headers.get("proxy-require")
        if required:
            return self._answer(request, 420, ("Unsupported", required))
        return None

    def _request(self, request: Request, source: Where, now: float) -> Effects:
        if request.method == "CANCEL":
            return self._cancel(request, now)
        if request.to.tag:
            routed = self._routed(request, source)
            return self._answer(request, 481) if routed is None else routed
        match request.method:
            case "INVITE":
                return self._invite(request, source, now)
            case "OPTIONS":
                return self._answer(request, 200, ("Allow", ALLOW), ("Accept", "application/sdp"))
            case "BYE":
                return self._answer(request, 481)
            case "REGISTER" if self._registrar is not None:
                return self._register(self._registrar, request, source, now)
            case _:
                return self._answer(request, 405, ("Allow", ALLOW))

    def _register(self, registrar: Registrar, request: Request, source: Where, now: float) -> Effects:
        answer = registrar.register(request, source, self._epoch())
        if answer.wrong_password:
            self._protection.blame(source.host, "wrong_password", now)
        return self._answer(request, answer.status, *answer.headers)

    # -- the start of a call -----------------------------------------------------------------------------

    def _invite(self, invite: Request, source: Where, now: float) -> Effects:
        key = key_of(invite)
        row = self._dispatch.get(key, now)
        if isinstance(row, Rejected) and row.repeats(invite):
            return (Send(row.answer, row.where),)
        if self._gate is not None:
            known = isinstance(row, Claiming | Claimed)  # even if over by now: it takes no second line
            admitted = self._gate.admit(invite, source, now, self._epoch(), counts=not known)
            if isinstance(admitted, Refusal):
                return self._not_admitted(invite, admitted, source, now)
            invite = admitted.invite
            if admitted.proven:
                self._protection.proved(source.host, now)
        match row:
            case Claiming():
                return ()  # a repeat; the first one is forwarded as soon as the claim is answered
            case Claimed(target):
                return self._forward_invite(invite, source, target)
            case _:
                if self._dispatch.full(now):
                    self._over(invite.call_id)
                    return self._busy(invite)
                self._dispatch.put(key, Claiming(invite, source), now)
                return (ClaimConversation(key),)

    def _not_admitted(self, invite: Request, refusal: Refusal, source: Where, now: float) -> Effects:
        self._figures[f"not_admitted_{refusal.status}"] += 1
        if refusal.blame:
            self._protection.blame(source.host, refusal.blame, now)
        sends = self._answer(invite, refusal.status, *refusal.headers)
        if refusal.status == 503 and not self._dispatch.full(now):
            self._reject(invite, sends[0], now)
        return sends

    def claimed(self, key: str, target: Where, now: float) -> Effects:
        """A conversation was found: let the INVITE go, and the CANCEL that may have come behind it."""
        row = self._dispatch.get(key, now)
        if not isinstance(row, Claiming):
            return ()
        self._dispatch.put(key, Claimed(target), now)
        effects = self._forward_invite(row.invite, row.source, target)
        if row.cancel is not None:
            effects += self._forward(row.cancel, target)
        return effects

    def claim_refused(self, key: str, now: float) -> Effects:
        """No conversation: 503 to the INVITE, or 487 if it was cancelled meanwhile."""
        row = self._dispatch.get(key, now)
        if not isinstance(row, Claiming):
            return ()
        self._over(row.invite.call_id)
        sends = self._busy(row.invite) if row.cancel is None else self._answer(row.invite, 487)
        self._reject(row.invite, sends[0], now)
        return sends if row.cancel is None else (*self._answer(row.cancel, 200), *sends)

    def _reject(self, invite: Request, answer: Send, now: float) -> None:
        self._dispatch.put(key_of(invite), Rejected(invite.via.branch, answer.datagram, answer.where), now)

    def _forward_invite(self, invite: Request, source: Where, target: Where) -> Effects:
        token = self._signer.token(Hops(source, target), invite.call_id)
        headers = invite.headers.without("route")  # whatever it was routed by, it has arrived
        for value in self._here.record_routes(token, source, target):
            headers = headers.prepended("Record-Route", value)
        if self._inside_pass:
            headers = headers.without(INSIDE_HEADER).appended(INSIDE_HEADER, self._inside_pass)
        return self._forward(invite.with_headers(headers), target)

    def _cancel(self, cancel: Request, now: float) -> Effects:
        key = key_of(cancel)
        row = self._dispatch.get(key, now)
        match row:
            case Claimed(target):
                return self._forward(cancel.with_headers(cancel.headers.without("route")), target)
            case Claiming(invite, source):  # held until the INVITE goes, or is refused
                if cancel.via.branch == invite.via.branch:
                    self._dispatch.put(key, Claiming(invite, source, cancel), now)
                return ()
            case Rejected():
                return self._answer(cancel, 200)
            case None:
                return self._answer(cancel, 481)

    def _ack(self, ack: Request, source: Where, now: float) -> Effects:
        """An ACK is never answered: it goes to where its INVITE went, or nowhere."""
        try:
            if int(ack.headers.get("max-forwards") or 70) > 0:
                routed = self._routed(ack, source)
                if routed is not None:
                    return routed
                row = self._dispatch.get(key_of(ack), now)
                if isinstance(row, Claimed) and source != row.target:
                    return self._forward(ack.with_headers(ack.headers.without("route")), row.target)
        except MalformedMessage:
            self._figures["malformed"] += 1
        self._figures["dropped"] += 1
        return ()

    # -- inside a call -----------------------------------------------------------------------------------

    def _routed(self, request: Request, source: Where) -> Effects | None:
        """§16.4, §16.12: along the route we signed, to the end it does not come from; `None` if not ours."""
        routes = request.addresses("route")
        headers = request.headers
        hops = self._signer.hops(routes[0].uri.user or "", request.call_id) if routes else None
        if hops is not None:
            for _ in self._leading(routes, hops, request.call_id):  # two, where we face two networks
                headers = headers.first_replaced("Route", None)
            request = request.with_headers(headers)
        else:
            hops = self._signer.hops(request.uri.user or "", request.call_id)
            if hops is None or not routes:
                return None
            request = _unstrict(request)
        if request.method == "BYE":
            self._over(request.call_id)
        return self._forward(request, hops.caller if source == hops.conversation else hops.conversation)

    def _leading(self, routes: tuple[NameAddr, ...], hops: Hops, call_id: str) -> tuple[NameAddr, ...]:
        """Our own routes at the front."""
        ours = (self._signer.hops(route.uri.user or "", call_id) == hops for route in routes)
        return tuple(route for route, _ in zip(routes, takewhile(bool, ours), strict=False))

    def _over(self, call_id: str) -> None:
        if self._gate is not None:
            self._gate.over(call_id)

    def _forward(self, request: Request, where: Where) -> tuple[Send, ...]:
        """§16.6: one hop less, our Via on top, everything else as it came."""
        left = int(request.headers.get("max-forwards") or 71) - 1
        branch = self._signer.branch(request.via, request.call_id)
        headers = request.headers.replaced("Max-Forwards", str(left))
        headers = headers.prepended("Via", self._here.via(where, branch))
        self._figures["forwarded"] += 1
        return (Send(bytes(request.with_headers(headers)), where),)

    def _response(self, response: Response, now: float) -> Effects:
        """§16.7, §16.11: off with our Via, on to the one below, if it is one we put ours upon."""
        if self._outbound is not None and response.via.branch.startswith(FORK_PREFIX):
            return self._outbound.response(response, now)
        if self._errands is not None and response.via.branch.startswith(ERRAND_PREFIX):
            return self._errands.response(response, now)
        values = response.headers.values("via")
        if len(values) < 2:
            self._figures["dropped"] += 1
            return ()
        below = Via.parse(values[1])
        if not self._signer.is_branch(response.via.branch, below, response.call_id):
            self._figures["dropped"] += 1
            return ()
        if response.status >= 200 and response.cseq.method == "INVITE":
            first = self._dispatch.settle(key_of(response), now)
            if first and response.status == 404:
                self._protection.blame(answer_to(below).host, "unknown_number", now)
            if first and response.status >= 300:
                self._over(response.call_id)
        self._figures[f"responses_{response.status // 100}xx"] += 1
        onward = response.with_headers(response.headers.first_replaced("Via", None))
        return (Send(bytes(onward), answer_to(below)),)

    # -- answers of our own --------------------------------------------------------------------------------

    def _answer(self, request: Request, status: int, *extra: tuple[str, str]) -> tuple[Send, ...]:
        """A stateless answer (§8.2.7) by the Via we have just marked with where it came from."""
        via = request.via
        response = respond(request, status, *extra, tag=self._signer.tag(via, request.call_id))
        self._figures[f"responses_{status // 100}xx"] += 1
        return (Send(bytes(response), answer_to(via)),)

    def _busy(self, invite: Request) -> tuple[Send, ...]:
        self._figures["rejected_503"] += 1
        return self._answer(invite, 503, ("Retry-After", str(RETRY_AFTER_S)))


def _unstrict(request: Request) -> Request:
    """A strict router put our route into the Request-URI: the last Route is the real target (§16.4)."""
    *rest, last = request.addresses("route")
    headers = request.headers.without("route")
    if rest:
        headers = headers.prepended("Route", ", ".join(map(str, rest)))
    return Request(headers, request.body, request.method, str(last.uri))
