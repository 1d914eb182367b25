"""The edge's rules: what each datagram makes it send, and where (RFC 3261 §16, §16.11; RFC 3581).

No clock, no socket. `received`, `claimed` and `claim_refused` return effects; the shell carries them out.
Apart from the dispatch table everything the edge knows comes back to it inside the messages, signed.

Nothing leaves for an address other than: the sender of the datagram (answers), a claimed conversation, a hop
of a dialog whose route we signed, and the Via below a branch we signed.
"""

from collections import Counter
from dataclasses import dataclass

from contact_center.telephony.sip.edge.dispatch import Claimed, Claiming, Dispatch, Rejected, key_of
from contact_center.telephony.sip.edge.signing import BRANCH_PREFIX, Hops, Signer, Where
from contact_center.telephony.sip.message import (
    MalformedMessage,
    Request,
    Response,
    Via,
    parse,
    respond,
    salvage,
)

ALLOW = "INVITE, ACK, CANCEL, BYE, OPTIONS"
RETRY_AFTER_S = 5
LARGEST_BYTES = 60_000
"""A larger request could not carry our Via and Record-Route in one datagram as well."""
_COUNTED = frozenset(
    {"INVITE", "ACK", "CANCEL", "BYE", "OPTIONS", "REGISTER", "INFO", "UPDATE", "PRACK", "REFER"}
)


@dataclass(frozen=True, slots=True)
class Send:
    datagram: bytes
    where: Where


@dataclass(frozen=True, slots=True)
class ClaimConversation:
    """Ask a media host for a conversation; come back with `claimed` or `claim_refused`."""

    key: str


Effect = Send | ClaimConversation
Effects = tuple[Effect, ...]


class Proxy:
    """The rules and the dispatch table behind one listening address, `here` as other hosts reach it."""

    def __init__(self, signer: Signer, here: Where, dispatch: Dispatch | None = None) -> None:
        self._signer = signer
        host, port = here
        self._sent_by = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        self._dispatch = Dispatch() if dispatch is None else dispatch
        self._figures: Counter[str] = Counter()

    @property
    def figures(self) -> dict[str, float]:
        """Counters since the start, and how many calls are in the table."""
        return {**self._figures, "calls_in_table": len(self._dispatch)}

    def expire(self, now: float) -> None:
        self._dispatch.expire(now)

    # -- one datagram ------------------------------------------------------------------------------------

    def received(self, datagram: bytes, source: Where, now: float) -> Effects:
        if not datagram.strip(b"\r\n\0 "):  # keep-alive (RFC 5626 §4.4.1 and older habits)
            return ()
        try:
            message = parse(datagram)
            if isinstance(message, Response):
                return self._response(message, now)
            return self._counted_request(message, source, now, len(datagram))
        except MalformedMessage as bad:
            self._figures["malformed"] += 1
            return self._refuse_malformed(datagram, source, bad)

    def _refuse_malformed(self, datagram: bytes, source: Where, bad: MalformedMessage) -> Effects:
        request = salvage(datagram)
        if request is None:
            self._figures["dropped"] += 1
            return ()
        via = request.via.seen_from(*source)
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
        seen = request.via.seen_from(*source)
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
        ours = self._sent_by.lower()
        for value in request.headers.values("via"):
            via = Via.parse(value)
            if via.branch.startswith(BRANCH_PREFIX) and via.sent_by.lower() == ours:
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
            case _:
                return self._answer(request, 405, ("Allow", ALLOW))

    # -- the start of a call -----------------------------------------------------------------------------

    def _invite(self, invite: Request, source: Where, now: float) -> Effects:
        if not invite.from_.tag:
            raise MalformedMessage("no tag", "From")
        key = key_of(invite)
        row = self._dispatch.get(key, now)
        match row:
            case Claiming():
                return ()  # a repeat; the first one is forwarded as soon as the claim is answered
            case Claimed(target):
                return self._forward_invite(invite, source, target)
            case Rejected(branch, answer, where) if branch == invite.via.branch:
                return (Send(answer, where),)
            case _:
                if self._dispatch.full(now):
                    return self._busy(invite)
                self._dispatch.put(key, Claiming(invite, source), now)
                return (ClaimConversation(key),)

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
        sends = self._busy(row.invite) if row.cancel is None else self._answer(row.invite, 487)
        self._dispatch.put(key, Rejected(row.invite.via.branch, sends[0].datagram, sends[0].where), now)
        return sends if row.cancel is None else (*self._answer(row.cancel, 200), *sends)

    def _forward_invite(self, invite: Request, source: Where, target: Where) -> Effects:
        token = self._signer.token(Hops(source, target), invite.call_id)
        headers = invite.headers.without("route")  # whatever it was routed by, it has arrived
        headers = headers.prepended("Record-Route", f"<sip:{token}@{self._sent_by};lr>")
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
            request = request.with_headers(headers.first_replaced("Route", None))
        else:
            hops = self._signer.hops(request.uri.user or "", request.call_id)
            if hops is None or not routes:
                return None
            request = _unstrict(request)
        return self._forward(request, hops.caller if source == hops.conversation else hops.conversation)

    def _forward(self, request: Request, where: Where) -> tuple[Send, ...]:
        """§16.6: one hop less, our Via on top, everything else as it came."""
        left = int(request.headers.get("max-forwards") or 71) - 1
        branch = self._signer.branch(request.via, request.call_id)
        headers = request.headers.replaced("Max-Forwards", str(left))
        headers = headers.prepended("Via", f"SIP/2.0/UDP {self._sent_by};branch={branch};rport")
        self._figures["forwarded"] += 1
        return (Send(bytes(request.with_headers(headers)), where),)

    def _response(self, response: Response, now: float) -> Effects:
        """§16.7, §16.11: off with our Via, on to the one below, if it is one we put ours upon."""
        values = response.headers.values("via")
        if len(values) < 2:
            self._figures["dropped"] += 1
            return ()
        below = Via.parse(values[1])
        if not self._signer.is_branch(response.via.branch, below, response.call_id):
            self._figures["dropped"] += 1
            return ()
        if response.status >= 200 and response.cseq.method == "INVITE":
            self._dispatch.settle(key_of(response), now)
        self._figures[f"responses_{response.status // 100}xx"] += 1
        onward = response.with_headers(response.headers.first_replaced("Via", None))
        return (Send(bytes(onward), below.reply_to),)

    # -- answers of our own --------------------------------------------------------------------------------

    def _answer(self, request: Request, status: int, *extra: tuple[str, str]) -> tuple[Send, ...]:
        """A stateless answer (§8.2.7) by the Via we have just marked with where it came from."""
        via = request.via
        response = respond(request, status, *extra, tag=self._signer.tag(via, request.call_id))
        self._figures[f"responses_{status // 100}xx"] += 1
        return (Send(bytes(response), via.reply_to),)

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
