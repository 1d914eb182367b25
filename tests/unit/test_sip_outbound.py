"""Calls out through the edge: to carriers with failover, to phones with forking; nobody else gets there."""

from dataclasses import replace
from typing import Any

import pytest

from contact_center.telephony.sip.digest import Guard, Secret, ha1
from contact_center.telephony.sip.edge.fork import Send, SendInside
from contact_center.telephony.sip.edge.outbound import Effects, Locate, Outbound, Phone
from contact_center.telephony.sip.edge.places import Addresses, Where
from contact_center.telephony.sip.edge.proxy import Proxy
from contact_center.telephony.sip.edge.signing import Signer
from contact_center.telephony.sip.message import Request, Response, Uri, parse, respond
from contact_center.telephony.sip.transaction import LIFETIME_S
from contact_center.telephony.sip.trunks import Credentials, Loads, NumberFormat, Trunk, Trunks
from tests.sip_samples import SDP, a_request, request

CONVERSATION = Where("127.0.0.1", 5070)
HERE = Addresses((Where("192.0.2.1", 5060), Where("192.0.2.1", 5061, "tls")))
SITES = (Where("198.51.100.1", 5060), Where("198.51.100.2", 5060), Where("203.0.113.1", 5060))
DESK, SOFT = Where("10.0.0.5", 5062), Where("10.0.0.6", 50622, "tls")
PHONES = (Phone("sip:ann@10.0.0.5:5062", DESK), Phone("sip:ann@soft", SOFT, ("<sip:p@10.0.0.9;lr>",)))
MAIN = Trunk(
    name="main",
    targets=(Uri(host="a.example"), Uri(host="b.example")),
    numbers=("+49",),
    outbound=NumberFormat(spelling="national", country="49"),
    domain="carrier.example",
    max_calls=2,
    log_in=Credentials(user="us", password="secret"),
)
SPARE = Trunk(name="spare", targets=(Uri(host="203.0.113.1"),), numbers=("",), max_calls_per_second=100)


class Bench:
    """The rules with a virtual clock; `sent` is what left since it was asked last."""

    def __init__(self, *, down: frozenset[str] = frozenset(), inside_pass: str = "") -> None:
        self.loads, self.now = Loads(), 0.0
        self.outbound = Outbound(
            Signer(b"s" * 32), HERE, Trunks((MAIN, SPARE)), self.loads,
            inside=frozenset({"127.0.0.1"}),
            phones=lambda agent, now: PHONES if agent == "ann" else (),
            is_up=lambda uri: uri.host not in down,
            inside_pass=inside_pass,
        )  # fmt: skip
        self.proxy = Proxy(Signer(b"s" * 32), HERE, outbound=self.outbound)
        self.up: list[Response] = []
        self.out: list[tuple[Request, Where]] = []

    def take(self, effects: Effects) -> None:
        for effect in effects:
            match effect:
                case SendInside(datagram, where):
                    assert where == CONVERSATION
                    message = parse(datagram)
                    assert isinstance(message, Response)
                    self.up.append(message)
                case Send(datagram, where):
                    self.out.append((a_request(datagram), where))
                case Locate(key, uris):
                    found = {"a.example": SITES[0:1], "b.example": SITES[1:2], "203.0.113.1": SITES[2:3]}
                    self.take(self.outbound.located(key, [found[uri.host] for uri in uris], self.now))

    def invite(self, target: str = "sip:+4930123456@trunk.invalid", **more: Any) -> None:
        self.take(self.outbound.received(request(target=target, sdp=SDP, **more), CONVERSATION, self.now))

    def inside(self, method: str, **more: Any) -> None:
        self.take(self.outbound.received(request(method, **more), CONVERSATION, self.now))

    def answer(self, to: Request, status: int, *extra: tuple[str, str], source: Where = SITES[0]) -> None:
        response = respond(to, status, *extra, tag=f"t{source.port}{source.host[-1]}")
        self.take(self.proxy.received(bytes(response), source, self.now))  # type: ignore[arg-type]  # no claims

    def wait(self, seconds: float) -> None:
        until = self.now + seconds
        while True:
            due = self.outbound.deadline
            if due is None or due > until:
                break
            self.now = max(self.now, due)
            self.take(self.outbound.tick(self.now))
        self.now = until

    def statuses(self) -> list[int]:
        found, self.up = [r.status for r in self.up], []
        return found

    def sent(self) -> list[tuple[str, Where]]:
        found, self.out = [(r.method, where) for r, where in self.out], []
        return found


@pytest.fixture
def bench() -> Bench:
    return Bench()


# -- to carriers -----------------------------------------------------------------------------------------


def test_a_call_out_reads_as_the_carrier_wants_it(bench: Bench) -> None:
    bench.invite()
    ((invite, where),) = bench.out
    assert where == SITES[0]
    assert invite.target == "sip:030123456@a.example"
    assert str(invite.to) == "<sip:030123456@carrier.example>"
    assert str(invite.from_).startswith('"A. Caller" <sip:0014155550100@carrier.example>;tag=')
    assert invite.headers.get("p-asserted-identity") == '"A. Caller" <sip:0014155550100@carrier.example>'
    assert invite.headers.get("max-forwards") == "70"
    assert invite.body == SDP.encode()
    assert bench.statuses() == [100]


def test_a_queue_without_a_number_calls_anonymously(bench: Bench) -> None:
    datagram = request(target="sip:+4930123456@trunk.invalid", sdp=SDP)
    assert b"<sip:+14155550100@" in datagram
    anonymous = datagram.replace(b"<sip:+14155550100@", b"<sip:anonymous@")
    bench.take(bench.outbound.received(anonymous, CONVERSATION, 0.0))
    ((invite, _),) = bench.out
    assert str(invite.from_.uri) == "sip:anonymous@anonymous.invalid"
    assert "p-asserted-identity" not in invite.headers


def test_our_own_headers_stay_inside(bench: Bench) -> None:
    datagram = request(target="sip:+49@trunk.invalid", extra=("X-CC-Conversation: c", "X-CC-Leg: l"))
    bench.take(bench.outbound.received(datagram, CONVERSATION, 0.0))
    assert "x-cc-leg" not in bench.out[0][0].headers
    assert "x-cc-conversation" not in bench.out[0][0].headers


def test_an_invite_inside_shows_the_pass_and_nobody_else_is_shown_it() -> None:
    bench = Bench(inside_pass="the pass")
    for n, shown in enumerate(((), ("X-CC-Inside: the pas",), ("X-CC-Inside: ",))):
        bench.invite(extra=shown, call_id=f"c{n}")
    assert (bench.statuses(), bench.sent()) == ([403, 403, 403], [])
    assert bench.outbound.figures["strangers_inside"] == 3
    for target in ("sip:+49@trunk.invalid", "sip:ann@phone.invalid"):
        bench.invite(target, extra=("X-CC-Inside: the pass",), call_id=target)
    assert [where for _, where in bench.out] == [SITES[0], DESK, SOFT]
    assert all("x-cc-inside" not in invite.headers for invite, _ in bench.out)


def test_progress_and_answer_come_back_with_the_conversations_own_from_and_to(bench: Bench) -> None:
    bench.invite()
    invite = bench.out[0][0]
    for status in (100, 183, 200):
        bench.answer(invite, status)
    assert [r.status for r in bench.up] == [100, 183, 200]
    ok = bench.up[-1]
    assert ok.from_.uri.host == "127.0.0.1"
    assert (ok.to.uri.host, ok.to.tag) == ("127.0.0.1", "t50601")
    assert len(ok.headers.values("via")) == 1
    assert bench.loads.calls("main") == 1


def test_requests_inside_the_call_find_their_way_both_ways(bench: Bench) -> None:
    bench.invite()
    invite = bench.out[0][0]
    bench.answer(invite, 200)
    route = f"Route: {invite.headers.get('record-route')}"
    for source, goes in ((CONVERSATION, SITES[0]), (SITES[0], CONVERSATION)):
        bye = request("BYE", to_tag="x", cseq=2, extra=(route,))
        (effect,) = bench.proxy.received(bye, source, 1.0)
        assert isinstance(effect, Send)
        assert effect.where == goes


@pytest.mark.parametrize("status", [503, 500, 408])
def test_a_failing_site_is_passed_over(bench: Bench, status: int) -> None:
    bench.invite()
    bench.answer(bench.out[0][0], status)
    assert bench.sent() == [("INVITE", SITES[0]), ("ACK", SITES[0]), ("INVITE", SITES[1])]
    assert bench.statuses() == [100]


def test_a_silent_site_is_passed_over_and_a_refused_connection_too(bench: Bench) -> None:
    bench.invite()
    bench.wait(LIFETIME_S)
    sent = bench.sent()
    assert sent.count(("INVITE", SITES[0])) == 7, "timer A doubles from T1"
    assert sent[-1] == ("INVITE", SITES[1])
    bench.invite(call_id="two", branch="z9hG4bKtwo")
    datagram = bytes(bench.out[0][0])
    bench.take(bench.outbound.unreachable(datagram, bench.now))
    assert [where for _, where in bench.sent()] == [SITES[0], SITES[1]]


@pytest.mark.parametrize("status", [486, 404, 603, 484])
def test_the_numbers_own_answer_is_final(bench: Bench, status: int) -> None:
    bench.invite()
    bench.answer(bench.out[0][0], status)
    assert bench.sent() == [("INVITE", SITES[0]), ("ACK", SITES[0])]
    assert bench.statuses() == [100, status]
    assert bench.loads.calls("main") == 0


def test_when_every_carrier_failed_it_is_500_and_repeated_until_its_ack(bench: Bench) -> None:
    bench.invite()
    for n, site in enumerate(SITES):
        bench.answer([r for r, _ in bench.out if r.method == "INVITE"][n], 503, source=site)
    assert bench.statuses() == [100, 500]
    bench.wait(0.5)
    assert bench.statuses() == [500]
    bench.inside("ACK", target="sip:+4930123456@trunk.invalid", to_tag="x")
    bench.wait(60)
    assert bench.statuses() == []
    assert bench.outbound.figures["calls_out_in_progress"] == 0


def test_a_target_that_is_known_to_be_down_is_not_tried() -> None:
    bench = Bench(down=frozenset({"a.example"}))
    bench.invite()
    assert bench.sent() == [("INVITE", SITES[1])]


def test_a_carrier_at_its_limit_is_passed_over_and_at_the_last_one_it_is_503() -> None:
    bench = Bench()
    for n in range(3):
        bench.invite(call_id=f"c{n}", branch=f"z9hG4bK{n}")
    assert [where for _, where in bench.sent()] == [SITES[0], SITES[0], SITES[2]]
    only = replace(MAIN, max_calls=1)
    bench.outbound._trunks = Trunks((only,))
    bench.invite(call_id="full", branch="z9hG4bKfull")
    assert bench.up[-1].status == 503
    assert bench.up[-1].headers.get("retry-after") == "5"


def test_the_carrier_asks_who_we_are(bench: Bench) -> None:
    guard = Guard(b"k", "carrier")
    bench.invite()
    challenges = tuple(("Proxy-Authenticate", c) for c in guard.challenges("192.0.2.1", 0.0))
    bench.answer(bench.out[0][0], 407, *challenges)
    assert bench.statuses() == [100]
    invite, where = bench.out[-1]
    secret = Secret("us", {"SHA-256": ha1("SHA-256", "us", "carrier", "secret")})
    said = invite.headers.get("proxy-authorization")
    assert (where, guard.check(said, secret, invite, "192.0.2.1", 1.0)) == (SITES[0], "right")
    bench.answer(invite, 407, *challenges)
    assert bench.statuses() == [500], "it is answered once, and no caller is asked for our password"


# -- cancelling ------------------------------------------------------------------------------------------


def test_cancel_waits_for_a_provisional_answer_then_goes_out(bench: Bench) -> None:
    bench.invite()
    bench.inside("CANCEL", target="sip:+4930123456@trunk.invalid")
    assert bench.statuses() == [100, 200]
    assert bench.sent() == [("INVITE", SITES[0])]
    bench.invite()  # a repeat changes nothing
    bench.now = 1.0
    invite = next(iter(bench.outbound._forks.values()))._copies
    bench.answer(next(iter(invite.values())).sent, 180)
    assert bench.sent() == [("CANCEL", SITES[0])]
    bench.answer(next(iter(invite.values())).sent, 487)
    assert bench.sent() == [("ACK", SITES[0])]
    assert bench.statuses() == [100, 487]


def test_an_answer_that_crosses_the_cancel_reaches_the_conversation(bench: Bench) -> None:
    bench.invite()
    invite = bench.out[0][0]
    bench.answer(invite, 180)
    bench.inside("CANCEL", target="sip:+4930123456@trunk.invalid")
    bench.answer(invite, 200)
    assert bench.statuses() == [100, 180, 200, 200]


# -- to phones -------------------------------------------------------------------------------------------


def test_all_phones_ring_and_the_first_to_answer_has_the_call(bench: Bench) -> None:
    bench.invite("sip:ann@phone.invalid")
    assert [where for _, where in bench.out] == [DESK, SOFT]
    desk, soft = bench.out[0][0], bench.out[1][0]
    assert desk.target == "sip:ann@10.0.0.5:5062"
    assert soft.headers.get("route") == "<sip:p@10.0.0.9;lr>"
    assert soft.via.transport == "TLS"
    assert len(soft.headers.values("record-route")) == 2, "RFC 5658: each side sees its own transport"
    bench.sent()
    bench.answer(desk, 180, source=DESK)
    bench.answer(soft, 180, source=SOFT)
    bench.answer(desk, 200, source=DESK)
    assert bench.sent() == [("CANCEL", SOFT)]
    bench.answer(soft, 487, source=SOFT)
    assert bench.sent() == [("ACK", SOFT)]
    assert bench.statuses() == [100, 180, 180, 200]


def test_both_answers_of_two_phones_reach_the_conversation(bench: Bench) -> None:
    bench.invite("sip:ann@phone.invalid")
    for (invite, _), source in zip(tuple(bench.out), (DESK, SOFT), strict=True):
        bench.answer(invite, 200, source=source)
    assert bench.statuses() == [100, 200, 200]


@pytest.mark.parametrize(
    ("desk", "soft", "best"), [(486, 404, 486), (404, 486, 486), (480, 603, 603), (503, 503, 500)]
)
def test_the_best_failure_of_all_phones_is_told(bench: Bench, desk: int, soft: int, best: int) -> None:
    bench.invite("sip:ann@phone.invalid")
    invites = [invite for invite, _ in bench.out]
    bench.answer(invites[0], desk, source=DESK)
    bench.answer(invites[1], soft, source=SOFT)
    assert bench.statuses() == [100, best]


def test_nobody_at_home(bench: Bench) -> None:
    bench.invite("sip:bob@phone.invalid")
    assert bench.statuses() == [100, 480]


# -- nobody else -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "target", ["sip:1@elsewhere.example", "sip:1@203.0.113.1", "sip:trunk.invalid.example"]
)
def test_only_the_two_names_lead_anywhere(bench: Bench, target: str) -> None:
    bench.invite(target)
    assert bench.sent() == []
    assert bench.statuses() == [100, 404]


def test_a_number_no_carrier_is_for_goes_nowhere() -> None:
    bench = Bench()
    bench.outbound._trunks = Trunks((MAIN,))
    bench.invite("sip:+1900@trunk.invalid")
    assert (bench.sent(), bench.statuses()) == ([], [100, 404])


def test_strangers_at_the_inside_listener_are_not_heard(bench: Bench) -> None:
    datagram = request(target="sip:+4930@trunk.invalid")
    assert bench.outbound.received(datagram, Where("203.0.113.9", 5060), 0.0) == ()
    assert bench.outbound.figures["strangers_inside"] == 1


def test_everything_is_forgotten_in_the_end(bench: Bench) -> None:
    bench.invite("sip:ann@phone.invalid")
    bench.answer(bench.out[0][0], 200, source=DESK)
    bench.wait(400)
    assert bench.outbound.figures["calls_out_in_progress"] == 0
    assert bench.outbound.deadline is None
    assert not bench.outbound._by_branch
