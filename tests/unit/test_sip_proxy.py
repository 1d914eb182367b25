"""The edge's rule table: for each kind of datagram, what leaves and to whom."""

from dataclasses import replace
from pathlib import Path

import pytest

from contact_center.telephony.sip.edge.dispatch import RINGING_S, SETTLED_S, Dispatch
from contact_center.telephony.sip.edge.edge import load_signer
from contact_center.telephony.sip.edge.fork import Send
from contact_center.telephony.sip.edge.places import Where
from contact_center.telephony.sip.edge.proxy import ClaimConversation, Effects, Proxy
from contact_center.telephony.sip.edge.signing import Hops, Signer
from contact_center.telephony.sip.message import Request, Response, Via, parse, respond
from tests.sip_samples import SDP, a_request, a_response, request

CALLER = Where("203.0.113.7", 33333)
CONVERSATION = Where("127.0.0.1", 40001)
EDGE = Where("192.0.2.1", 5060)
KEY = "call-1;caller"
SIGNER = Signer(b"s" * 32)


@pytest.fixture
def proxy() -> Proxy:
    return Proxy(SIGNER, EDGE)


def one(effects: Effects) -> Send:
    assert len(effects) == 1
    assert isinstance(effects[0], Send)
    return effects[0]


def forwarded(effects: Effects) -> tuple[Request, Where]:
    return a_request(one(effects).datagram), one(effects).where


def answered(effects: Effects) -> Response:
    assert one(effects).where == CALLER
    return a_response(one(effects).datagram)


def set_up(proxy: Proxy) -> Request:
    """A call that has its conversation; the INVITE as the conversation got it."""
    assert proxy.received(request(sdp=SDP), CALLER, 0.0) == (ClaimConversation(KEY),)
    invite, where = forwarded(proxy.claimed(KEY, CONVERSATION, 0.01))
    assert where == CONVERSATION
    return invite


def route_of(invite: Request) -> str:
    return f"Route: {invite.headers.get('record-route')}"


# -- setting up ------------------------------------------------------------------------------------------


def test_an_invite_claims_a_conversation_and_is_forwarded_to_it(proxy: Proxy) -> None:
    invite = set_up(proxy)
    ours, theirs = map(Via.parse, invite.headers.values("via"))
    assert (ours.host, ours.port) == EDGE[:2]
    assert theirs.reply_to == CALLER[:2]
    assert invite.headers.get("max-forwards") == "70"
    assert ";lr>" in invite.headers.get("record-route")
    assert invite.body == SDP.encode()
    assert proxy.figures["requests_INVITE"] == proxy.figures["forwarded"] == 1


def test_what_the_proxy_need_not_touch_stays_byte_for_byte(proxy: Proxy) -> None:
    datagram = request(extra=("x-odd :  Spacing,  and;Case", "Max-Forwards: 9", "Subject: a\n  b"), sdp=SDP)
    proxy.received(datagram, CALLER, 0.0)
    sent = one(proxy.claimed(KEY, CONVERSATION, 0.0)).datagram.split(b"\r\n")
    lost = [line for line in datagram.split(b"\r\n") if line not in sent]
    assert [line.partition(b":")[0] for line in lost] == [b"Via", b"Max-Forwards"]


def test_repeats_while_the_claim_is_out_do_not_claim_again(proxy: Proxy) -> None:
    proxy.received(request(), CALLER, 0.0)
    assert proxy.received(request(), CALLER, 0.5) == ()
    assert len(proxy.claimed(KEY, CONVERSATION, 0.6)) == 1
    assert proxy.claimed(KEY, Where("127.0.0.1", 40002), 0.7) == ()


def test_a_repeat_after_the_claim_goes_the_same_way_with_the_same_branch(proxy: Proxy) -> None:
    first = set_up(proxy)
    again, where = forwarded(proxy.received(request(sdp=SDP), CALLER, 1.0))
    assert (bytes(again), where) == (bytes(first), CONVERSATION)


def test_cancel_and_ack_of_a_failure_follow_the_invite_with_its_branch(proxy: Proxy) -> None:
    invite = set_up(proxy)
    for method, tag in (("CANCEL", ""), ("ACK", "theirs")):
        sent, where = forwarded(proxy.received(request(method, to_tag=tag), CALLER, 60.0))
        assert (sent.via.branch, where) == (invite.via.branch, CONVERSATION)


def test_a_cancel_during_the_claim_follows_the_invite(proxy: Proxy) -> None:
    proxy.received(request(), CALLER, 0.0)
    assert proxy.received(request("CANCEL"), CALLER, 0.1) == ()
    effects = proxy.claimed(KEY, CONVERSATION, 0.2)
    assert [a_request(e.datagram).method for e in effects if isinstance(e, Send)] == ["INVITE", "CANCEL"]


def test_a_cancel_of_another_transaction_is_not_held(proxy: Proxy) -> None:
    proxy.received(request(), CALLER, 0.0)
    proxy.received(request("CANCEL", branch="z9hG4bKforged"), Where("198.51.100.1", 1), 0.1)
    assert len(proxy.claimed(KEY, CONVERSATION, 0.2)) == 1


def test_a_cancelled_claim_that_fails_is_487(proxy: Proxy) -> None:
    proxy.received(request(), CALLER, 0.0)
    proxy.received(request("CANCEL"), CALLER, 0.1)
    effects = proxy.claim_refused(KEY, 0.2)
    answers = [a_response(e.datagram) for e in effects if isinstance(e, Send)]
    assert [(a.cseq.method, a.status) for a in answers] == [("CANCEL", 200), ("INVITE", 487)]
    assert answered(proxy.received(request("CANCEL"), CALLER, 0.6)).status == 200


def test_a_conversation_is_shown_the_pass_and_whatever_the_caller_showed_is_gone() -> None:
    proxy = Proxy(SIGNER, EDGE, inside_pass="the pass")
    proxy.received(request(extra=("X-CC-Inside: a guess", "x-cc-inside: another")), CALLER, 0.0)
    (effect,) = proxy.claimed(KEY, CONVERSATION, 0.1)
    assert isinstance(effect, Send)
    assert a_request(effect.datagram).headers.values("x-cc-inside") == ("the pass",)


def test_no_conversation_is_503_and_its_repeats_do_not_claim(proxy: Proxy) -> None:
    proxy.received(request(), CALLER, 0.0)
    busy = answered(proxy.claim_refused(KEY, 0.1))
    assert (busy.status, busy.headers.get("retry-after"), bool(busy.to.tag)) == (503, "5", True)
    assert bytes(answered(proxy.received(request(), CALLER, 0.5))) == bytes(busy)
    assert proxy.received(request("ACK", to_tag=busy.to.tag), CALLER, 0.6) == ()
    assert proxy.received(request(branch="z9hG4bKtwo", cseq=2), CALLER, 5.0) == (ClaimConversation(KEY),)
    assert proxy.figures["rejected_503"] == 1


def test_a_full_table_is_503_until_calls_settle() -> None:
    proxy = Proxy(SIGNER, EDGE, Dispatch(most=2))
    for n in range(2):
        proxy.received(request(call_id=f"c{n}"), CALLER, 0.0)
        proxy.claimed(f"c{n};caller", CONVERSATION, 0.0)
    assert answered(proxy.received(request(call_id="c2"), CALLER, 1.0)).status == 503
    assert proxy.received(request(call_id="c2"), CALLER, RINGING_S + 1) == (ClaimConversation("c2;caller"),)


def test_refusals_do_not_keep_new_calls_out() -> None:
    proxy = Proxy(SIGNER, EDGE, Dispatch(most=2))
    for n in range(2):
        proxy.received(request(call_id=f"c{n}"), CALLER, 0.0)
        proxy.claim_refused(f"c{n};caller", 0.0)
    assert proxy.received(request(call_id="c2"), CALLER, 1.0) == (ClaimConversation("c2;caller"),)


# -- responses -------------------------------------------------------------------------------------------


def test_a_response_goes_back_to_the_callers_real_address(proxy: Proxy) -> None:
    ringing = respond(set_up(proxy), 180, tag="conv")
    sent = one(proxy.received(bytes(ringing), CONVERSATION, 1.0))
    assert sent.where == CALLER
    assert [Via.parse(v).branch for v in a_response(sent.datagram).headers.values("via")] == ["z9hG4bKone"]


def test_a_final_response_lets_the_row_go(proxy: Proxy) -> None:
    ok = respond(set_up(proxy), 200, tag="conv")
    proxy.received(bytes(ok), CONVERSATION, 1.0)
    assert forwarded(proxy.received(request(), CALLER, SETTLED_S))[1] == CONVERSATION
    proxy.expire(SETTLED_S + 2)
    assert proxy.figures["calls_in_table"] == 0


def test_a_response_is_not_relayed_to_a_via_we_did_not_sign(proxy: Proxy) -> None:
    ok = respond(set_up(proxy), 200, tag="conv")
    evil = bytes(ok).replace(b"received=203.0.113.7", b"received=198.51.100.66")
    assert evil != bytes(ok)
    assert proxy.received(evil, CONVERSATION, 1.0) == ()
    assert proxy.received(bytes(ok).replace(b"call-1", b"call-2"), CONVERSATION, 1.0) == ()
    only_one = ok.with_headers(ok.headers.first_replaced("Via", None))
    assert proxy.received(bytes(only_one), CONVERSATION, 1.0) == ()
    assert proxy.figures["dropped"] == 3


# -- inside a call ---------------------------------------------------------------------------------------


def test_the_caller_reaches_the_conversation_by_the_route_alone(proxy: Proxy) -> None:
    route = route_of(set_up(proxy))
    restarted = Proxy(Signer(SIGNER.secret), EDGE)
    target = "sip:conv@127.0.0.1:40001"
    for method, cseq in (("ACK", 1), ("BYE", 2), ("INVITE", 2), ("INFO", 3)):
        datagram = request(
            method, target, to_tag="conv", cseq=cseq, extra=(route,), branch=f"z9hG4bK{method}"
        )
        sent, where = forwarded(restarted.received(datagram, CALLER, 900.0))
        assert (where, sent.target, "route" in sent.headers) == (CONVERSATION, target, False)


def test_the_conversation_reaches_the_caller_behind_nat(proxy: Proxy) -> None:
    """The Contact says 127.0.0.1:5070; the BYE goes to where the INVITE came from."""
    route = route_of(set_up(proxy))
    bye = request(
        "BYE", "sip:caller@127.0.0.1:5070", to_tag="x", extra=(route,), via="SIP/2.0/UDP 127.0.0.1:40001"
    )
    sent, where = forwarded(Proxy(SIGNER, EDGE).received(bye, CONVERSATION, 900.0))
    assert (where, sent.target) == (CALLER, "sip:caller@127.0.0.1:5070")
    ok = respond(sent, 200)
    assert one(Proxy(SIGNER, EDGE).received(bytes(ok), CALLER, 900.1)).where == CONVERSATION


def test_further_routes_are_kept(proxy: Proxy) -> None:
    value = set_up(proxy).headers.get("record-route")
    bye = request("BYE", to_tag="x", extra=(f"Route: {value}, <sip:upstream.example;lr>",))
    sent, where = forwarded(proxy.received(bye, CONVERSATION, 1.0))
    assert (where, sent.headers.get("route")) == (CALLER, "<sip:upstream.example;lr>")


def test_a_strict_router_is_understood(proxy: Proxy) -> None:
    value = set_up(proxy).headers.get("record-route")
    target = value.strip("<>").partition(";")[0]
    bye = request("BYE", target, to_tag="conv", extra=("Route: <sip:conv@127.0.0.1:40001>",))
    sent, where = forwarded(proxy.received(bye, CALLER, 1.0))
    assert (where, sent.target, "route" in sent.headers) == (CONVERSATION, "sip:conv@127.0.0.1:40001", False)


@pytest.mark.parametrize(
    "route",
    [
        (),
        ("Route: <sip:198.51.100.66:5060;lr>",),
        ("Route: <sip:cc1.MTI3LjAuMC4xLDEsMTI3LjAuMC4xLDI.AAAAAAAAAAAAAAAAAAAA@192.0.2.1;lr>",),
        ("Route: <sip:cc1.!!!.x@192.0.2.1;lr>",),
    ],
)
def test_no_relay_without_a_route_we_signed(proxy: Proxy, route: tuple[str, ...]) -> None:
    bye = request("BYE", "sip:victim@198.51.100.66", to_tag="x", extra=route)
    assert answered(proxy.received(bye, CALLER, 0.0)).status == 481
    ack = request("ACK", "sip:victim@198.51.100.66", to_tag="x", extra=route)
    assert proxy.received(ack, CALLER, 0.0) == ()


def test_a_route_is_good_for_its_own_call_only(proxy: Proxy) -> None:
    route = route_of(set_up(proxy))
    bye = request("BYE", to_tag="conv", call_id="another", extra=(route,))
    assert answered(proxy.received(bye, CALLER, 1.0)).status == 481


def test_a_preloaded_route_does_not_lead_an_invite_away(proxy: Proxy) -> None:
    proxy.received(request(extra=("Route: <sip:192.0.2.1;lr>, <sip:198.51.100.66;lr>",)), CALLER, 0.0)
    sent, where = forwarded(proxy.claimed(KEY, CONVERSATION, 0.0))
    assert (where, "route" in sent.headers) == (CONVERSATION, False)


# -- refusals --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("datagram", "status", "header"),
    [
        (request("OPTIONS"), 200, "Allow"),
        (request("REGISTER"), 405, "Allow"),
        (request("SUBSCRIBE"), 405, "Allow"),
        (request("BYE"), 481, "To"),
        (request("CANCEL"), 481, "To"),
        (request(extra=("Max-Forwards: 0",)), 483, "To"),
        (request(extra=("Proxy-Require: foo",)), 420, "Unsupported"),
        (request(target="sips:1000@127.0.0.1"), 416, "To"),
        (request(target="tel:+14155550100"), 416, "To"),
        (request(extra=(f"X-Large: {'x' * 60_000}",)), 513, "To"),
        (request(extra=("no colon",)), 400, "To"),
        (request().replace(b"SIP/2.0\r\nVia", b"SIP/3.0\r\nVia"), 505, "To"),
        (request("BYE", to_tag="x", extra=("Route: nonsense",)), 400, "To"),
    ],
)
def test_refusals(proxy: Proxy, datagram: bytes, status: int, header: str) -> None:
    answer = answered(proxy.received(datagram, CALLER, 0.0))
    assert (answer.status, header in answer.headers, bool(answer.to.tag)) == (status, True, True)
    again = answered(proxy.received(datagram, CALLER, 0.5))
    assert again.to.tag == answer.to.tag


@pytest.mark.parametrize(
    "datagram",
    [
        b"",
        b"\r\n\r\n",
        b"\0\0\0\0",
        b"hello",
        bytes(range(256)),
        request("ACK", extra=("no colon",)),
        request("ACK", to_tag="x"),
        request("ACK", to_tag="x", extra=("Max-Forwards: 0",)),
        request("ACK", to_tag="x", extra=("Route: nonsense",)),
        b"SIP/2.0 200 OK\r\n\r\n",
    ],
)
def test_silence(proxy: Proxy, datagram: bytes) -> None:
    assert proxy.received(datagram, CALLER, 0.0) == ()


def test_a_malformed_request_is_told_why(proxy: Proxy) -> None:
    answer = answered(proxy.received(request().replace(b"CSeq: 1 INVITE", b"CSeq: 1 BYE"), CALLER, 0.0))
    assert answer.reason == "CSeq: BYE in a INVITE"
    assert proxy.figures["malformed"] == 1


def test_a_request_that_comes_back_to_us_is_a_loop(proxy: Proxy) -> None:
    looped = set_up(proxy)
    answer = parse(one(proxy.received(bytes(looped), Where("192.0.2.1", 5060), 1.0)).datagram)
    assert isinstance(answer, Response)
    assert answer.status == 482


# -- signing ---------------------------------------------------------------------------------------------


def test_a_token_cannot_be_changed() -> None:
    hops = Hops(CALLER, Where("2001:db8::1", 40001))
    token = SIGNER.token(hops, "call")
    assert SIGNER.hops(token, "call") == hops
    for at in range(len(token)):
        changed = token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :]
        assert SIGNER.hops(changed, "call") is None
    assert SIGNER.hops(token, "other") is None
    assert Signer(b"t" * 32).hops(token, "call") is None


def test_a_branch_vouches_for_where_the_response_goes() -> None:
    via = a_request(request()).via.seen_from(*CALLER[:2])
    branch = SIGNER.branch(via, "call")
    assert SIGNER.is_branch(branch, via, "call")
    assert not SIGNER.is_branch(branch, via.seen_from("198.51.100.66", 5060), "call")
    assert not SIGNER.is_branch(branch, replace(via, host="elsewhere"), "call")


def test_the_key_is_made_once_and_is_private(tmp_path: Path) -> None:
    path = tmp_path / "run" / "edge.key"
    first = load_signer(path)
    assert load_signer(path) == first
    assert path.stat().st_mode & 0o777 == 0o600
    assert len(path.read_bytes()) == 32
