"""A SIP user agent that is called (UDP, Twisted): the shell around `dialog` and `transaction`.

    ua = UserAgent(reactor, "127.0.0.1", listener=relay)
    ua.address                     # "127.0.0.1:40123"
    relay.invited(call)            # call.ring(), call.accept(sdp), call.reject(486), call.hangup()

For every call of which `invited` was told, `cancelled` or `ended` is told exactly once, last of all.
"""

import ipaddress
import logging
import secrets
from typing import Any, Protocol

from twisted.internet.protocol import DatagramProtocol

from contact_center.telephony.sip import dialog as dialogs
from contact_center.telephony.sip import transaction as transactions
from contact_center.telephony.sip.dialog import ALLOW, Dialog
from contact_center.telephony.sip.message import (
    Headers,
    MalformedMessage,
    Request,
    Response,
    parse,
    respond,
    salvage,
)
from contact_center.telephony.sip.transaction import Client, InviteServer, Server
from contact_center.telephony.wire import EndedBy

log = logging.getLogger(__name__)


class Listener(Protocol):
    """Whoever takes the calls."""

    def invited(self, call: "IncomingCall") -> None:
        """A new call; answer it with `ring`, `accept` or `reject`, at once or later."""

    def established(self, call: "IncomingCall") -> None:
        """The caller acknowledged our 200."""

    def cancelled(self, call: "IncomingCall") -> None:
        """The caller gave up before we accepted; the call is over."""

    def ended(self, call: "IncomingCall", by: EndedBy, reason: str) -> None:
        """The call is over: hung up by either side, rejected, or never acknowledged."""


class IncomingCall:
    """One call as its listener sees it. A method may be called at any time; too late, it does nothing."""

    def __init__(self, agent: "UserAgent", dialog: Dialog) -> None:
        self._agent = agent
        self.dialog = dialog
        self.timer: Any = None
        self.forgotten: Any = None
        """Timer after which the agent drops the closed call."""

    @property
    def call_id(self) -> str:
        return self.dialog.invite.call_id

    @property
    def request_headers(self) -> Headers:
        """Headers of the INVITE; `request_headers.get("X-CC-Leg")` is `""` when it is not there."""
        return self.dialog.invite.headers

    @property
    def to_user(self) -> str:
        """User part of the Request-URI: who is called."""
        return self.dialog.invite.uri.number

    @property
    def from_user(self) -> str:
        return self.dialog.invite.from_.uri.number

    @property
    def remote_sdp(self) -> str:
        """The caller's latest SDP (a re-INVITE changes it); empty until the ACK if the INVITE had none."""
        return self.dialog.remote_sdp

    @property
    def over(self) -> bool:
        return self.dialog.phase == "closed"

    def ring(self) -> None:
        self._agent.feed(self, dialogs.Ring())

    def accept(self, sdp: str) -> None:
        self._agent.feed(self, dialogs.Accept(sdp))

    def reject(self, code: int) -> None:
        """Answer the INVITE with a failure status (300-699)."""
        if not 300 <= code <= 699:
            raise ValueError(f"{code} is not a failure status")
        self._agent.feed(self, dialogs.Reject(code))

    def hangup(self) -> None:
        """480 before the call was accepted; BYE after, as soon as the ACK is there."""
        self._agent.feed(self, dialogs.HangUp())


Key = tuple[str, str, int, str]
Where = tuple[str, int]
_Machine = InviteServer | Server | Client


class _Running:
    """A transaction, the address its datagrams go to, and its timer."""

    __slots__ = ("call", "machine", "peer", "timer")

    def __init__(self, machine: _Machine, peer: Where, call: IncomingCall | None = None) -> None:
        self.machine, self.peer, self.call = machine, peer, call
        self.timer: Any = None


def _key(message: Request | Response, method: str = "") -> Key:
    """What ties a message to its transaction (§17.1.3, §17.2.3); ACK and CANCEL are tied to their INVITE."""
    via, cseq = message.via, message.cseq
    return f"{via.branch} {via.sent_by.lower()}", message.call_id, cseq.number, method or cseq.method


class UserAgent(DatagramProtocol):
    """Takes calls on one UDP port until `stop`."""

    def __init__(self, reactor: Any, host: str, port: int = 0, *, listener: Listener) -> None:
        self._reactor = reactor
        self._listener = listener
        self._calls: dict[tuple[str, str], IncomingCall] = {}
        """By Call-ID and our tag; a closed one stays as long as its transactions may want it."""
        self._running: dict[Key, _Running] = {}
        self._port = reactor.listenUDP(port, self, interface=host, maxPacketSize=65536)
        bound = self._port.getHost()
        self.address = f"{bound.host}:{bound.port}"

    @property
    def idle(self) -> bool:
        """No call and no transaction is remembered."""
        return not self._calls and not self._running

    def stop(self) -> Any:
        """Stop listening and forget every timer; a Deferred. Calls that are up are not hung up."""
        for running in self._running.values():
            _disarm(running)
        for call in self._calls.values():
            _disarm(call)
            if call.forgotten is not None and call.forgotten.active():
                call.forgotten.cancel()
        self._running.clear()
        self._calls.clear()
        return self._port.stopListening()

    # -- what comes in -----------------------------------------------------------------------------------

    def datagramReceived(self, datagram: bytes, addr: Where) -> None:  # noqa: N802  # Twisted's name
        try:
            message = parse(datagram)
        except MalformedMessage as bad:
            self._refuse_malformed(datagram, addr, bad)
            return
        if isinstance(message, Response):
            self._response_came(message)
            return
        via = message.via.seen_from(addr[0], addr[1])
        self._request_came(message.with_headers(message.headers.first_replaced("Via", str(via))))

    def _refuse_malformed(self, datagram: bytes, addr: Where, bad: MalformedMessage) -> None:
        log.info("malformed datagram from %s:%d: %s", *addr[:2], bad)
        request = salvage(datagram)
        if request is not None:
            answer = respond(request, bad.status, reason=bad.phrase)
            self.transport.write(bytes(answer), addr)

    def _response_came(self, response: Response) -> None:
        running = self._running.get(_key(response))
        if running is not None and isinstance(running.machine, Client):
            self._advance(_key(response), transactions.ResponseCame(response))

    def _request_came(self, request: Request) -> None:
        key = _key(request, "INVITE" if request.method == "ACK" else "")
        running = self._running.get(key)
        if request.method == "ACK":
            if running is not None:
                self._advance(key, transactions.Acknowledged())
            call = self._call_of(request)
            if call is not None:
                self.feed(call, dialogs.RequestCame(request))
            return
        if running is not None:
            self._advance(key, transactions.Repeated())
            return
        machine: _Machine = InviteServer() if request.method == "INVITE" else Server()
        self._running[key] = _Running(machine, request.via.reply_to)
        try:
            self._fresh(request)
        except MalformedMessage as bad:
            self._reply(respond(request, bad.status, reason=bad.phrase, tag=secrets.token_hex(6)))

    def _fresh(self, request: Request) -> None:
        if request.method == "CANCEL":
            self._cancel_came(request)
        elif request.to.tag:
            call = self._call_of(request)
            if call is None:
                self._reply(respond(request, 481))
            else:
                self.feed(call, dialogs.RequestCame(request))
        elif request.method == "INVITE":
            self._invite_came(request)
        elif request.method == "OPTIONS":
            self._reply(respond(request, 200, ("Allow", ALLOW), tag=secrets.token_hex(6)))
        elif request.method == "BYE":
            self._reply(respond(request, 481, tag=secrets.token_hex(6)))
        else:
            self._reply(respond(request, 405, ("Allow", ALLOW), tag=secrets.token_hex(6)))

    def _cancel_came(self, request: Request) -> None:
        """§9.2: 200 when the INVITE is known, whatever has become of it; 481 when not."""
        invite = self._running.get(_key(request, "INVITE"))
        if invite is None or invite.call is None:
            self._reply(respond(request, 481, tag=secrets.token_hex(6)))
            return
        self._reply(respond(request, 200, tag=invite.call.dialog.tag))
        self.feed(invite.call, dialogs.CancelCame())

    def _invite_came(self, request: Request) -> None:
        tag = secrets.token_hex(8)
        refused = _refusal(request, tag)
        if refused is None and self._merged(request):
            refused = respond(request, 482, tag=tag)
        if refused is not None:
            self._reply(refused)
            return
        call = IncomingCall(self, dialogs.invited(request, tag, f"sip:{self.address}", self._now()))
        self._calls[request.call_id, tag] = call
        self._running[_key(request)].call = call
        self._reply(respond(request, 100))
        self._arm(call)
        self._listener.invited(call)

    def _merged(self, request: Request) -> bool:
        """The same request came here by two ways (§8.2.2.2)."""
        same = (c.dialog.invite for (call_id, _), c in self._calls.items() if call_id == request.call_id)
        return any(i.from_.tag == request.from_.tag and i.cseq == request.cseq for i in same)

    def _call_of(self, request: Request) -> IncomingCall | None:
        call = self._calls.get((request.call_id, request.to.tag))
        if call is None or call.dialog.invite.from_.tag != request.from_.tag:
            return None
        return call

    # -- running the machines ----------------------------------------------------------------------------

    def feed(self, call: IncomingCall, event: dialogs.Event) -> None:
        """Advance a call's dialog and carry out what it wants."""
        _disarm(call)
        call.dialog, effects = dialogs.step(call.dialog, event, self._now())
        self._arm(call)
        for effect in effects:
            self._carry_out(call, effect)

    def _carry_out(self, call: IncomingCall, effect: dialogs.Effect) -> None:
        match effect:
            case dialogs.Reply(response):
                self._reply(response)
            case dialogs.Resend(response):
                self.transport.write(bytes(response), response.via.reply_to)
            case dialogs.SendRequest(request):
                self._send_request(call, request)
            case dialogs.Established():
                self._listener.established(call)
            case dialogs.Cancelled():
                self._forget_later(call)
                self._listener.cancelled(call)
            case dialogs.CallEnded(by, reason):
                self._forget_later(call)
                self._listener.ended(call, by, reason)

    def _forget_later(self, call: IncomingCall) -> None:
        """Keep a closed dialog for as long as its peer may still repeat a request of it."""
        key = (call.call_id, call.dialog.tag)
        call.forgotten = self._reactor.callLater(transactions.LIFETIME_S, self._calls.pop, key, None)

    def _reply(self, response: Response) -> None:
        self._advance(_key(response), transactions.Respond(response.status, bytes(response)))

    def _send_request(self, call: IncomingCall, request: Request) -> None:
        via = f"SIP/2.0/UDP {self.address};branch=z9hG4bK{secrets.token_hex(8)};rport"
        request = request.with_headers(request.headers.prepended("Via", via))
        client, effects = transactions.start_client(bytes(request), self._now())
        self._running[_key(request)] = _Running(client, _next_hop(call.dialog, request))
        self._settle(_key(request), effects)

    def _advance(self, key: Key, event: Any) -> None:
        running = self._running.get(key)
        if running is None:  # a user that answers after everything is over
            return
        now = self._now()
        effects: transactions.Effects
        match running.machine:
            case InviteServer() as machine:
                running.machine, effects = transactions.step_invite_server(machine, event, now)
            case Server() as machine:
                running.machine, effects = transactions.step_server(machine, event, now)
            case Client() as machine:
                running.machine, effects = transactions.step_client(machine, event, now)
        self._settle(key, effects)

    def _settle(self, key: Key, effects: transactions.Effects) -> None:
        """Send what a transaction wants sent, and re-arm or drop it.

        Its user needs neither final nor time-out: a BYE is over for us when it leaves, and a failure without
        an ACK changes nothing.
        """
        running = self._running[key]
        for effect in effects:
            if isinstance(effect, transactions.Send):
                self.transport.write(effect.datagram, running.peer)
        _disarm(running)
        if running.machine.phase == "terminated":
            del self._running[key]
            return
        deadline = running.machine.deadline
        if deadline is not None:
            delay_s = max(0.0, deadline - self._now())
            running.timer = self._reactor.callLater(delay_s, self._advance, key, transactions.Tick())

    def _arm(self, call: IncomingCall) -> None:
        deadline = call.dialog.deadline
        if deadline is not None:
            delay_s = max(0.0, deadline - self._now())
            call.timer = self._reactor.callLater(delay_s, self.feed, call, transactions.Tick())

    def _now(self) -> float:
        now: float = self._reactor.seconds()
        return now


def _disarm(timed: _Running | IncomingCall) -> None:
    if timed.timer is not None and timed.timer.active():
        timed.timer.cancel()
    timed.timer = None


def _refusal(invite: Request, tag: str) -> Response | None:
    """What an INVITE may not ask of us (§8.2.2.1, §8.2.2.3, §8.2.3)."""
    if invite.uri.scheme.lower() != "sip":
        return respond(invite, 416, tag=tag)
    required = invite.headers.values("require")
    if any(required):
        return respond(invite, 420, ("Unsupported", ", ".join(required)), tag=tag)
    kind = invite.headers.get("content-type").partition(";")[0].strip().lower()
    if invite.body and kind != "application/sdp":
        return respond(invite, 415, ("Accept", "application/sdp"), tag=tag)
    return None


def _next_hop(dialog: Dialog, request: Request) -> Where:
    """Where a request of ours goes: the first route, else the remote target (§12.2.1.1).

    A host name is not looked up: the request then goes back where the INVITE came from.
    """
    routes = request.addresses("route")
    uri = routes[0].uri if routes else request.uri
    try:
        ipaddress.ip_address(uri.host.strip("[]"))
    except ValueError:
        return dialog.invite.via.reply_to
    return uri.host.strip("[]"), uri.port or 5060
