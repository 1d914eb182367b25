"""The user agent's shell on a virtual clock and a wire that is a list: nothing leaks."""

from typing import Any

import pytest
from twisted.internet.task import Clock

from contact_center.telephony.sip.message import Request, Response, parse, respond
from contact_center.telephony.sip.user_agent import IncomingCall, UserAgent
from contact_center.telephony.wire import EndedBy
from tests.sip_samples import SDP, a_response, request

PEER = ("127.0.0.1", 5070)


class _Port:
    """A bound port of the fake wire; doubles as the transport."""

    def __init__(self) -> None:
        self.sent: list[tuple[bytes, tuple[str, int]]] = []

    def getHost(self) -> Any:  # noqa: N802  # Twisted's name
        return type("Host", (), {"host": "127.0.0.1", "port": 40123})

    def write(self, datagram: bytes, where: tuple[str, int]) -> None:
        self.sent.append((datagram, where))


class _Reactor(Clock):
    """A clock that can listen."""

    def listenUDP(self, port: int, protocol: Any, **_: Any) -> _Port:  # noqa: N802
        protocol.transport = _Port()
        bound: _Port = protocol.transport
        return bound


class Recorder:
    """A listener that writes down what it is told."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.calls: list[IncomingCall] = []

    def invited(self, call: IncomingCall) -> None:
        self.calls.append(call)
        self.told.append("invited")

    def established(self, call: IncomingCall) -> None:
        self.told.append("established")

    def cancelled(self, call: IncomingCall) -> None:
        self.told.append("cancelled")

    def ended(self, call: IncomingCall, by: EndedBy, reason: str) -> None:
        self.told.append(f"ended {by}: {reason}")


class Bench:
    """A user agent under test, its wire and its listener."""

    def __init__(self) -> None:
        self.reactor = _Reactor()
        self.listener = Recorder()
        self.agent = UserAgent(self.reactor, "127.0.0.1", listener=self.listener)

    @property
    def sent(self) -> list[tuple[bytes, tuple[str, int]]]:
        found: list[tuple[bytes, tuple[str, int]]] = self.agent.transport.sent
        return found

    def receive(self, datagram: bytes) -> list[Request | Response]:
        """Feed one datagram; what was sent because of it."""
        before = len(self.sent)
        self.agent.datagramReceived(datagram, PEER)
        return [parse(d) for d, _ in self.sent[before:]]

    def statuses(self, datagram: bytes) -> list[int]:
        return [m.status for m in self.receive(datagram) if isinstance(m, Response)]

    def call(self, **changes: Any) -> IncomingCall:
        self.receive(request(sdp=SDP, **changes))
        return self.listener.calls[-1]

    def up(self) -> IncomingCall:
        call = self.call()
        call.accept("answer")
        self.receive(request("ACK", to_tag=call.dialog.tag, branch="z9hG4bKack"))
        return call


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_a_call_shows_its_headers_and_sdp(bench: Bench) -> None:
    call = bench.call(extra=("X-CC-Conversation: c-7", "X-CC-Leg: agent-1"))
    assert bench.agent.address == "127.0.0.1:40123"
    assert call.request_headers.get("X-CC-Conversation") == "c-7"
    assert call.request_headers.get("x-cc-leg") == "agent-1"
    assert (call.to_user, call.from_user, call.remote_sdp) == ("1000", "+14155550100", SDP)


def test_ring_accept_ack_bye(bench: Bench) -> None:
    call = bench.call()
    call.ring()
    call.accept("answer")
    statuses = [a_response(d).status for d, _ in bench.sent]
    assert statuses == [100, 180, 200]
    bench.receive(request("ACK", to_tag=call.dialog.tag, branch="z9hG4bKack"))
    bye = request("BYE", to_tag=call.dialog.tag, cseq=2, branch="z9hG4bKbye")
    assert bench.statuses(bye) == [200]
    assert bench.statuses(bye) == [200]  # a repeat gets the answer again, and is not told again
    assert bench.listener.told == ["invited", "established", "ended remote: BYE"]


def test_a_repeated_invite_is_one_call(bench: Bench) -> None:
    bench.call().ring()
    assert bench.statuses(request(sdp=SDP)) == [180]
    assert bench.listener.told == ["invited"]


def test_the_200_is_repeated_until_the_ack(bench: Bench) -> None:
    call = bench.call()
    call.accept("answer")
    before = len(bench.sent)
    bench.reactor.pump([0.5, 1.0])
    assert [a_response(d).status for d, _ in bench.sent[before:]] == [200, 200]
    bench.receive(request("ACK", to_tag=call.dialog.tag, branch="z9hG4bKack"))
    before = len(bench.sent)
    bench.reactor.pump([1.0] * 10)
    assert len(bench.sent) == before


def test_hang_up_repeats_the_bye_until_it_is_answered(bench: Bench) -> None:
    call = bench.up()
    before = len(bench.sent)
    call.hangup()
    bench.reactor.pump([0.5, 1.0])
    byes = [d for d, where in bench.sent[before:] if where == PEER]
    assert len(byes) == 3
    assert len(set(byes)) == 1
    message = parse(byes[0])
    assert isinstance(message, Request)
    assert message.method == "BYE"
    bench.receive(bytes(respond(message, 200)))
    bench.reactor.pump([5.0, 5.0])
    assert len(bench.sent) == before + 3
    assert bench.listener.told[-1] == "ended local: hung up"


def test_cancel(bench: Bench) -> None:
    call = bench.call()
    call.ring()
    answers = bench.receive(request("CANCEL"))
    assert [(m.status, m.cseq.method) for m in answers if isinstance(m, Response)] == [
        (200, "CANCEL"),
        (487, "INVITE"),
    ]
    bench.receive(request("ACK", to_tag=call.dialog.tag))
    before = len(bench.sent)
    bench.reactor.pump([1.0] * 10)
    assert len(bench.sent) == before
    call.accept("too late")
    assert len(bench.sent) == before
    assert bench.listener.told == ["invited", "cancelled"]


def test_cancel_after_the_answer_changes_nothing(bench: Bench) -> None:
    bench.call().accept("answer")
    assert bench.statuses(request("CANCEL")) == [200]
    assert bench.listener.told == ["invited"]


def test_a_rejection_is_repeated_until_its_ack(bench: Bench) -> None:
    call = bench.call()
    call.reject(486)
    before = len(bench.sent)
    bench.reactor.pump([0.5])
    assert [a_response(d).status for d, _ in bench.sent[before:]] == [486]
    assert bench.listener.told == ["invited", "ended local: rejected with 486"]
    with pytest.raises(ValueError, match="200"):
        call.reject(200)


@pytest.mark.parametrize(
    ("datagram", "status"),
    [
        (request("BYE", to_tag="unknown"), 481),
        (request("BYE"), 481),
        (request("CANCEL"), 481),
        (request("INVITE", to_tag="unknown"), 481),
        (request("OPTIONS"), 200),
        (request("MESSAGE"), 405),
        (request(extra=("Require: 100rel",)), 420),
        (request(target="sips:1@127.0.0.1"), 416),
        (request(sdp="x").replace(b"application/sdp", b"text/plain"), 415),
        (request().replace(b"Contact:", b"X-Contact:"), 400),
        (request(extra=("no colon",)), 400),
        (request().replace(b"SIP/2.0\r\nVia", b"SIP/9.0\r\nVia"), 505),
    ],
)
def test_what_is_no_call_is_refused(bench: Bench, datagram: bytes, status: int) -> None:
    assert bench.statuses(datagram) == [status]
    assert bench.listener.told == []


def test_an_ack_out_of_nowhere_is_ignored(bench: Bench) -> None:
    assert bench.receive(request("ACK", to_tag="x")) == []
    assert bench.receive(b"noise") == []


def test_the_same_invite_by_two_ways_is_one_call(bench: Bench) -> None:
    bench.call()
    assert bench.statuses(request(sdp=SDP, branch="z9hG4bKother")) == [482]


def test_nothing_is_kept_of_a_call_that_is_over(bench: Bench) -> None:
    for n, how in enumerate(("bye", "cancel", "reject", "hangup", "no ack", "no answer")):
        call = bench.call(call_id=f"call-{n}", branch=f"z9hG4bK{n}")
        match how:
            case "cancel":
                bench.receive(request("CANCEL", call_id=f"call-{n}", branch=f"z9hG4bK{n}"))
            case "reject":
                call.reject(603)
            case "no answer":
                continue
            case _:
                call.accept("answer")
        if how in ("bye", "hangup"):
            bench.receive(request("ACK", call_id=f"call-{n}", to_tag=call.dialog.tag, branch="z9hG4bKa"))
        if how == "bye":
            bench.receive(
                request("BYE", call_id=f"call-{n}", to_tag=call.dialog.tag, cseq=2, branch="z9hG4bKb")
            )
        call.hangup()
    bench.reactor.pump([0.5] * 500)
    assert [c.over for c in bench.listener.calls] == [True] * 6
    assert bench.reactor.getDelayedCalls() == []
    assert bench.agent.idle


def test_stop_leaves_no_timer(bench: Bench) -> None:
    bench.up().hangup()
    bench.call(call_id="second", branch="z9hG4bKsecond").accept("x")
    bench.agent._port.stopListening = lambda: None
    bench.agent.stop()
    assert bench.reactor.getDelayedCalls() == []
