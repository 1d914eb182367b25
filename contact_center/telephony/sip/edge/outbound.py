"""Calls out: what a conversation sends to the listener inside (RFC 3261 §16, stateful).

`sip:NUMBER@trunk.invalid` goes to the carriers allowed for that number, `sip:AGENT@phone.invalid` to the
agent's registered phones. Nobody but our own conversations reaches this: the public listeners do not lead
here, and an INVITE must show the pass (`telephony.inside`).
No clock and no socket: the shell feeds `received`, `located`, `tick`, and carries the effects out.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from contact_center.telephony.sip.edge.fork import Effect as ForkEffect
from contact_center.telephony.sip.edge.fork import Fork, SendInside, Try
from contact_center.telephony.sip.edge.places import Addresses, Where
from contact_center.telephony.sip.edge.signing import Hops, Signer
from contact_center.telephony.sip.message import (
    MalformedMessage,
    NameAddr,
    Request,
    Response,
    Uri,
    parse,
    respond,
)
from contact_center.telephony.sip.transaction import earliest
from contact_center.telephony.sip.trunks import Loads, Trunk, Trunks
from contact_center.telephony.wire import INSIDE_HEADER, is_pass

TRUNK_HOST, PHONE_HOST = "trunk.invalid", "phone.invalid"
OWN_HEADERS = ("x-cc-conversation", "x-cc-leg")
MOST_FORKS = 5000
NOBODY = Uri(user="anonymous", host="anonymous.invalid")
"""From of a queue without a number of its own (RFC 3323 section 4.1); there is nothing to assert then."""


@dataclass(frozen=True, slots=True)
class Locate:
    """Find the addresses of these URIs (RFC 3263); come back with `located`, one tuple for each URI."""

    key: str
    uris: tuple[Uri, ...]


@dataclass(frozen=True, slots=True)
class Phone:
    """One registered contact of an agent's desk phone."""

    target: str
    where: Where
    path: tuple[str, ...] = ()


Effect = ForkEffect | Locate
Effects = tuple[Effect, ...]


class Outbound:
    """The forks that are under way."""

    def __init__(
        self,
        signer: Signer,
        here: Addresses,
        trunks: Trunks,
        loads: Loads,
        *,
        inside: frozenset[str],
        phones: Callable[[str, float], tuple[Phone, ...]],
        is_up: Callable[[Uri], bool] = lambda uri: True,
        inside_pass: str = "",
    ) -> None:
        self._signer, self._here, self._trunks, self._loads = signer, here, trunks, loads
        self._inside, self._phones, self._is_up = inside, phones, is_up
        self._pass = inside_pass
        self._forks: dict[str, Fork] = {}
        self._plans: dict[str, tuple[tuple[Trunk, Uri], ...]] = {}
        self._by_branch: dict[str, Fork] = {}
        self._figures: Counter[str] = Counter()

    @property
    def figures(self) -> dict[str, float]:
        return {**self._figures, "calls_out_in_progress": len(self._forks)}

    @property
    def deadline(self) -> float | None:
        return earliest(*(fork.deadline for fork in self._forks.values()))

    # -- from a conversation -----------------------------------------------------------------------------

    def received(self, datagram: bytes, source: Where, now: float) -> Effects:
        """A datagram at the listener inside."""
        if source.host not in self._inside:
            self._figures["strangers_inside"] += 1
            return ()
        try:
            message = parse(datagram)
            if isinstance(message, Response):
                return ()
            via = message.via.seen_from(source.host, source.port)
            message = message.with_headers(message.headers.first_replaced("Via", str(via)))
            return tuple(self._request(message, source, now))
        except MalformedMessage:
            self._figures["malformed_inside"] += 1
            return ()

    def _request(self, request: Request, source: Where, now: float) -> Iterator[Effect]:
        key = _key(request)
        fork = self._forks.get(key)
        match request.method:
            case "ACK":
                if fork is not None:
                    yield from self._run(fork, fork.acknowledged(now))
            case "CANCEL" if fork is not None:
                yield SendInside(bytes(self._reply(request, 200)), source)
                yield from self._run(fork, fork.cancel(now))
            case "INVITE" if fork is not None:
                yield from self._run(fork, fork.repeated(now))
            case "INVITE" if not request.to.tag and not is_pass(
                request.headers.get(INSIDE_HEADER), self._pass
            ):
                self._figures["strangers_inside"] += 1
                yield SendInside(bytes(self._reply(request, 403)), source)
            case "INVITE" if not request.to.tag:
                yield from self._invite(key, request, source, now)
            case "OPTIONS" if not request.to.tag:
                yield SendInside(bytes(self._reply(request, 200)), source)
            case _:
                yield SendInside(bytes(self._reply(request, 481)), source)

    def _reply(self, request: Request, status: int) -> Response:
        return respond(request, status, tag=self._signer.tag(request.via, request.call_id))

    def _invite(self, key: str, invite: Request, source: Where, now: float) -> Iterator[Effect]:
        if len(self._forks) >= MOST_FORKS:
            yield SendInside(bytes(self._reply(invite, 503)), source)
            return
        below, call_id = invite.via, invite.call_id

        def via(where: Where, nth: int) -> str:
            return self._here.via(where, self._signer.fork_branch(below, call_id, nth))

        tag = self._signer.tag(below, call_id)
        fork = Fork(
            invite, source, via=via, tag=tag, admit=lambda attempt, at: self._admit(call_id, attempt, at)
        )
        self._forks[key] = fork
        yield from self._run(fork, fork.begin(now))
        match invite.uri.host.lower():
            case "trunk.invalid":
                yield from self._to_trunk(key, fork, now)
            case "phone.invalid":
                yield from self._to_phone(fork, now)
            case _:
                yield from self._run(fork, fork.refuse(404, now))

    def _admit(self, call_id: str, attempt: Try, now: float) -> bool:
        trunk = self._trunks.named(attempt.trunk)
        if trunk is None or self._loads.begin(trunk, call_id, now):
            return True
        self._figures["calls_out_over_limit"] += 1
        return False

    def _to_phone(self, fork: Fork, now: float) -> Iterator[Effect]:
        self._figures["calls_to_phones"] += 1
        phones = self._phones(fork.invite.uri.number, now)
        wave = tuple(
            Try(request=self._prepared(fork, phone.where, phone.target, route=phone.path), where=phone.where)
            for phone in phones
        )
        yield from self._run(fork, fork.go((wave,), now))

    def _to_trunk(self, key: str, fork: Fork, now: float) -> Iterator[Effect]:
        number = fork.invite.uri.number
        plan = tuple((trunk, target) for trunk in self._trunks.for_number(number) for target in trunk.targets)
        if not plan:
            self._figures["calls_out_refused"] += 1
            yield from self._run(fork, fork.refuse(404, now))
            return
        self._figures["calls_to_trunks"] += 1
        self._plans[key] = plan
        yield Locate(key, tuple(target for _, target in plan))

    def located(self, key: str, found: Iterable[tuple[Where, ...]], now: float) -> Effects:
        """Where the URIs of a `Locate` are; a URI that was not found has no address."""
        fork, plan = self._forks.get(key), self._plans.pop(key, ())
        if fork is None:
            return ()
        pairs = [
            (trunk, target, where)
            for (trunk, target), places in zip(plan, found, strict=True)
            for where in places
        ]
        awake = [p for p in pairs if self._is_up(p[1])] or pairs
        waves = [(self._trunk_try(fork, *pair),) for pair in awake]
        return tuple(self._run(fork, fork.go(waves, now)))

    # -- from outside ------------------------------------------------------------------------------------

    def response(self, response: Response, now: float) -> Effects:
        """A response whose top Via carries a branch of a call out."""
        branch = response.via.branch
        fork = self._by_branch.get(branch)
        if fork is None:
            self._figures["dropped"] += 1
            return ()
        return tuple(self._run(fork, fork.response(branch, response, now)))

    def unreachable(self, datagram: bytes, now: float) -> Effects:
        """A request of ours could not be delivered over its connection."""
        try:
            message = parse(datagram)
        except MalformedMessage:
            return ()
        branch = message.via.branch
        fork = self._by_branch.get(branch)
        if fork is None or not isinstance(message, Request):
            return ()
        return tuple(self._run(fork, fork.unreachable(branch, now)))

    def tick(self, now: float) -> Effects:
        """Timers; also forgets what is over."""
        effects: list[Effect] = []
        for fork in list(self._forks.values()):
            deadline = fork.deadline
            if deadline is not None and deadline <= now:
                effects += self._run(fork, fork.tick(now))
        gone = [key for key, fork in self._forks.items() if fork.over]
        for key in gone:
            for branch in self._forks.pop(key).branches:
                self._by_branch.pop(branch, None)
        return tuple(effects)

    def _run(self, fork: Fork, effects: Iterator[ForkEffect]) -> Iterator[ForkEffect]:
        """Carry effects out, and keep what they tell of the fork."""
        yield from effects
        for branch in fork.branches:
            self._by_branch.setdefault(branch, fork)
        if fork.failed:
            self._loads.end(fork.invite.call_id)

    # -- how the INVITE reads at the other end -----------------------------------------------------------

    def _prepared(self, fork: Fork, where: Where, target: str, *, route: tuple[str, ...] = ()) -> Request:
        """§16.6 steps 1-6, but for the Via."""
        invite = fork.invite
        left = int(invite.headers.get("max-forwards") or 71) - 1
        headers = invite.headers.without("route").without(INSIDE_HEADER).replaced("Max-Forwards", str(left))
        token = self._signer.token(Hops(where, fork.upstream), invite.call_id)
        for value in self._here.record_routes(token, fork.upstream, where):
            headers = headers.prepended("Record-Route", value)
        for value in reversed(route):
            headers = headers.prepended("Route", value)
        return Request(headers, invite.body, "INVITE", target)

    def _trunk_try(self, fork: Fork, trunk: Trunk, target: Uri, where: Where) -> Try:
        called = trunk.outbound.write(fork.invite.uri.number)
        calling, domain = fork.invite.from_.uri.number, trunk.domain or target.host
        uri = replace(target, user=called)
        request = self._prepared(fork, where, str(uri))
        headers = request.headers
        for name in (*OWN_HEADERS, "p-asserted-identity", "p-preferred-identity"):
            headers = headers.without(name)
        caller = fork.invite.from_
        us = Uri(user=trunk.outbound.write(calling), host=domain) if _is_number(calling) else NOBODY
        headers = headers.replaced("From", str(replace(caller, uri=us, bracketed=True)))
        headers = headers.replaced("To", str(NameAddr(uri=Uri(user=called, host=domain))))
        if trunk.assert_identity and us is not NOBODY:
            identity = NameAddr(uri=us, display=caller.display)
            headers = headers.appended("P-Asserted-Identity", str(identity))
        return Try(request=request.with_headers(headers), where=where, trunk=trunk.name, log_in=trunk.log_in)


def _is_number(user: str) -> bool:
    return user.removeprefix("+").isdecimal()


def _key(request: Request) -> str:
    """What ties a request to its INVITE (§17.2.3)."""
    via = request.via
    return f"{via.branch} {via.sent_by.lower()} {request.call_id} {request.cseq.number}"
