"""One call out, as a stateful proxy keeps it (RFC 3261 §16.6-16.10): copies of an INVITE, in waves.

The copies of a wave ring together; the next wave begins when all of this one failed in a way another place
might cure. The conversation that called gets what §16.7 says: every 2xx, provisional answers, or the best
failure. No clock and no socket.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from contact_center.telephony.sip import transaction as transactions
from contact_center.telephony.sip.digest import answer
from contact_center.telephony.sip.edge.places import Where
from contact_center.telephony.sip.message import Request, Response, respond
from contact_center.telephony.sip.transaction import Client, InviteClient, InviteServer, earliest, hop_request
from contact_center.telephony.sip.trunks import Credentials

PASSED_OVER = frozenset({408, 430, 500, 502, 503, 504})
"""Failures of a place, not of the call: the next one is tried (RFC 3263 §4.3)."""


@dataclass(frozen=True, slots=True)
class Send:
    """Out through the listener that faces the place."""

    datagram: bytes
    where: Where


@dataclass(frozen=True, slots=True)
class SendInside:
    """To a conversation, from the listener inside."""

    datagram: bytes
    where: Where


Effect = Send | SendInside


@dataclass(frozen=True, slots=True, kw_only=True)
class Try:
    """One place the INVITE may go; `request` is complete but for our Via."""

    request: Request
    where: Where
    trunk: str = ""
    log_in: Credentials | None = None


@dataclass(slots=True)
class _Copy:
    attempt: Try
    sent: Request
    invite: InviteClient
    cancel: Client | None = None
    cancelling: bool = False
    answered_challenge: bool = False
    status: int = 0
    """The last final status, or 0."""

    @property
    def ringing(self) -> bool:
        return self.invite.phase in ("calling", "proceeding")

    @property
    def deadline(self) -> float | None:
        return earliest(self.invite.deadline, None if self.cancel is None else self.cancel.deadline)


class Fork:
    """The response context of one INVITE."""

    def __init__(
        self,
        invite: Request,
        upstream: Where,
        *,
        via: Callable[[Where, int], str],
        tag: str,
        admit: Callable[[Try, float], bool] = lambda attempt, now: True,
    ) -> None:
        self.invite, self.upstream = invite, upstream
        self._via, self._tag, self._admit = via, tag, admit
        self._waves: list[tuple[Try, ...]] = []
        self._copies: dict[str, _Copy] = {}
        self._made = 0
        self._server = InviteServer()
        self._best: Response | None = None
        self.cancelled = self.answered = self.located = False
        self._over_limit = False

    # -- what the owner asks ---------------------------------------------------------------------------

    @property
    def deadline(self) -> float | None:
        return earliest(self._server.deadline, *(copy.deadline for copy in self._copies.values()))

    @property
    def over(self) -> bool:
        """Nothing of it can matter any more."""
        return self._server.phase == "terminated" and all(
            copy.invite.phase == "terminated" and (copy.cancel is None or copy.cancel.phase == "terminated")
            for copy in self._copies.values()
        )

    @property
    def failed(self) -> bool:
        return self._server.phase in ("completed", "confirmed", "terminated") and not self.answered

    @property
    def branches(self) -> tuple[str, ...]:
        return tuple(self._copies)

    # -- what happens ----------------------------------------------------------------------------------

    def begin(self, now: float) -> Iterator[Effect]:
        yield from self._up(respond(self.invite, 100), now)

    def repeated(self, now: float) -> Iterator[Effect]:
        yield from self._server_step(transactions.Repeated(), now)

    def acknowledged(self, now: float) -> Iterator[Effect]:
        yield from self._server_step(transactions.Acknowledged(), now)

    def go(self, waves: Sequence[tuple[Try, ...]], now: float) -> Iterator[Effect]:
        """The places are known."""
        self.located = True
        self._waves = [wave for wave in waves if wave]
        if self.cancelled:
            self._waves = []
        yield from self._next_wave(now)

    def refuse(self, status: int, now: float, *extra: tuple[str, str]) -> Iterator[Effect]:
        """Answer the conversation ourselves."""
        self.located = True
        yield from self._up(respond(self.invite, status, *extra, tag=self._tag), now)

    def cancel(self, now: float) -> Iterator[Effect]:
        """The conversation gave up (§16.10)."""
        if self._server.phase != "proceeding" or self.cancelled:
            return
        self.cancelled = True
        self._waves = []
        yield from self._cancel_all(now)
        if self.located and not any(copy.ringing for copy in self._copies.values()):
            yield from self._give_best(now)

    def response(self, branch: str, response: Response, now: float) -> Iterator[Effect]:
        copy = self._copies.get(branch)
        if copy is None:
            return
        event = transactions.ResponseCame(response)
        if response.cseq.method == "CANCEL":
            if copy.cancel is not None:
                copy.cancel, effects = transactions.step_client(copy.cancel, event, now)
                yield from self._copy_effects(copy, effects, now)
            return
        copy.invite, effects = transactions.step_invite_client(copy.invite, event, now)
        yield from self._copy_effects(copy, effects, now)

    def unreachable(self, branch: str, now: float) -> Iterator[Effect]:
        """The connection to that place failed: as good as 503 (§16.9)."""
        copy = self._copies.get(branch)
        if copy is not None and copy.ringing:
            copy.invite = replace(copy.invite, phase="terminated", resend_at=None, until=None)
            yield from self._failed(copy, respond(self.invite, 503, tag=self._tag), now)

    def tick(self, now: float) -> Iterator[Effect]:
        yield from self._server_step(transactions.Tick(), now)
        for copy in list(self._copies.values()):
            was_calling = copy.invite.phase == "proceeding"
            copy.invite, effects = transactions.step_invite_client(copy.invite, transactions.Tick(), now)
            yield from self._copy_effects(copy, effects, now)
            if was_calling and copy.invite.phase == "terminated":  # timer C: take it back (§16.8)
                yield from self._cancel(copy, now)
            if copy.cancel is not None:
                copy.cancel, effects = transactions.step_client(copy.cancel, transactions.Tick(), now)
                yield from self._copy_effects(copy, effects, now)

    # -- copies ----------------------------------------------------------------------------------------

    def _next_wave(self, now: float) -> Iterator[Effect]:
        while self._waves:
            admitted = [attempt for attempt in self._waves.pop(0) if self._admit(attempt, now)]
            self._over_limit = self._over_limit or not admitted
            if admitted:
                for attempt in admitted:
                    yield from self._send(attempt, attempt.request, now, challenged=False)
                return
        yield from self._give_best(now)

    def _send(self, attempt: Try, request: Request, now: float, *, challenged: bool) -> Iterator[Effect]:
        self._made += 1
        request = request.with_headers(request.headers.prepended("Via", self._via(attempt.where, self._made)))
        client, effects = transactions.start_invite_client(request, now, reliable=attempt.where.reliable)
        copy = _Copy(attempt, request, client, answered_challenge=challenged)
        self._copies[request.via.branch] = copy
        yield from self._copy_effects(copy, effects, now)

    def _copy_effects(self, copy: _Copy, effects: transactions.Effects, now: float) -> Iterator[Effect]:
        for effect in effects:
            match effect:
                case transactions.Send(datagram):
                    yield Send(datagram, copy.attempt.where)
                case transactions.Progress(response):
                    yield from self._progress(copy, response, now)
                case transactions.Final(response):
                    if response.cseq.method == "INVITE":
                        yield from self._final(copy, response, now)
                case transactions.TimedOut():
                    if copy.status == 0:
                        yield from self._failed(copy, respond(self.invite, 408, tag=self._tag), now)

    def _progress(self, copy: _Copy, response: Response, now: float) -> Iterator[Effect]:
        if copy.cancelling and copy.cancel is None:
            yield from self._cancel(copy, now)
        elif response.status > 100 and not self.cancelled:
            yield from self._up(self._restored(response), now)

    def _final(self, copy: _Copy, response: Response, now: float) -> Iterator[Effect]:
        if response.status >= 300:
            yield from self._failed(copy, self._restored(response), now)
            return
        copy.status = response.status
        self._waves = []
        if self.answered or self._server.phase != "proceeding":  # another phone won: its 2xx goes up as well
            yield SendInside(bytes(self._restored(response)), self.upstream)
            return
        self.answered = True
        yield from self._up(self._restored(response), now)
        yield from self._cancel_all(now)

    def _failed(self, copy: _Copy, response: Response, now: float) -> Iterator[Effect]:
        copy.status = response.status
        again = self._with_credentials(copy, response)
        if again is not None and not self.cancelled and not self.answered:
            yield from self._send(copy.attempt, again, now, challenged=True)
            return
        if self._best is None or _rank(response) < _rank(self._best):
            self._best = response
        if response.status >= 600:
            self._waves = []
            yield from self._cancel_all(now)
        if self.answered or any(other.ringing for other in self._copies.values()):
            return
        if response.status not in PASSED_OVER and copy.attempt.trunk:
            self._waves = []  # the number's own answer: busy, unknown, declined
        yield from self._next_wave(now)

    def _with_credentials(self, copy: _Copy, response: Response) -> Request | None:
        """The request again, with what the carrier asks for; the CSeq stays, a proxy owns none."""
        log_in = copy.attempt.log_in
        if response.status not in (401, 407) or log_in is None or copy.answered_challenge:
            return None
        asked, said = (
            ("www-authenticate", "Authorization")
            if response.status == 401
            else ("proxy-authenticate", "Proxy-Authorization")
        )
        challenges = tuple(f.value for f in response.headers if f.key == asked)
        request = copy.attempt.request
        value = answer(challenges, log_in, "INVITE", request.target, self._tag)
        return None if value is None else request.with_headers(request.headers.replaced(said, value))

    def _cancel_all(self, now: float) -> Iterator[Effect]:
        for copy in list(self._copies.values()):
            if copy.ringing and not copy.cancelling:
                copy.cancelling = True
                if copy.invite.phase == "proceeding":  # §9.1: not before a provisional answer
                    yield from self._cancel(copy, now)

    def _cancel(self, copy: _Copy, now: float) -> Iterator[Effect]:
        request = bytes(hop_request(copy.sent, "CANCEL"))
        copy.cancel, effects = transactions.start_client(request, now, reliable=copy.attempt.where.reliable)
        yield from self._copy_effects(copy, effects, now)

    # -- the conversation ------------------------------------------------------------------------------

    def _restored(self, response: Response) -> Response:
        """Off with our Via; From and To read as the conversation wrote them, with the tag they got."""
        headers = response.headers.first_replaced("Via", None)
        headers = headers.replaced("From", self.invite.headers.get("from"))
        tag = response.to.tag
        to = self.invite.to.with_tag(tag) if tag else self.invite.to
        return response.with_headers(headers.replaced("To", str(to)))

    def _give_best(self, now: float) -> Iterator[Effect]:
        best = self._best
        if self.cancelled:
            best = respond(self.invite, 487, tag=self._tag)
        elif best is None and self._over_limit:
            best = respond(self.invite, 503, ("Retry-After", "5"), tag=self._tag, reason="Trunk Is Full")
        elif best is None:
            best = respond(self.invite, 480, tag=self._tag)
        elif best.status == 503:  # §16.7: our own being fine, it is 500 to those before us
            best = respond(self.invite, 500, tag=self._tag, reason="No Carrier Took It")
        elif best.status in (401, 407):  # nobody before us has these credentials
            best = respond(self.invite, 500, tag=self._tag, reason="Carrier Refused Our Credentials")
        yield from self._up(best, now)

    def _up(self, response: Response, now: float) -> Iterator[Effect]:
        yield from self._server_step(transactions.Respond(response.status, bytes(response)), now)

    def _server_step(self, event: transactions.InviteServerEvent, now: float) -> Iterator[Effect]:
        self._server, effects = transactions.step_invite_server(self._server, event, now)
        for effect in effects:
            if isinstance(effect, transactions.Send):
                yield SendInside(effect.datagram, self.upstream)


def _rank(response: Response) -> tuple[int, int]:
    """§16.7 step 6: 6xx before all, then the lowest class; within 4xx what says how to do better."""
    kind = response.status // 100
    telling = {401: 0, 407: 0, 415: 0, 420: 0, 484: 0, 486: 1}.get(response.status, 2)
    return (0, 0) if kind == 6 else (kind, telling if response.status != 408 else 3)
