"""Who gets in from outside, and how they are held back: carriers, strangers, scanners, floods."""

import ipaddress
from dataclasses import replace

import pytest

from contact_center.telephony.sip.digest import Guard, answer
from contact_center.telephony.sip.edge import protection
from contact_center.telephony.sip.edge.fork import Send
from contact_center.telephony.sip.edge.gate import Gate
from contact_center.telephony.sip.edge.places import Where
from contact_center.telephony.sip.edge.protection import Protection, is_scanner
from contact_center.telephony.sip.edge.proxy import ClaimConversation, Effects, Proxy
from contact_center.telephony.sip.edge.signing import Signer
from contact_center.telephony.sip.message import Request, Response, respond
from contact_center.telephony.sip.trunks import Credentials, Loads, NumberFormat, Trunk, Trunks
from tests.sip_samples import a_request, a_response, request

CARRIER, ROAMING, STRANGER = (Where(f"198.51.100.{n}", 5060) for n in (1, 99, 200))
CONVERSATION = Where("127.0.0.1", 40001)
BY_ADDRESS = Trunk(
    name="by-address",
    sources=(ipaddress.ip_network("198.51.100.0/28"),),
    inbound=NumberFormat(spelling="national", country="49"),
    max_calls=2,
    max_calls_per_second=50,
)
SECRET = Credentials(user="carrier", password="secret")
BY_DIGEST = Trunk(name="by-digest", ask=SECRET)
GUARD = Guard(b"k" * 32, "cc")


def a_proxy(*trunks: Trunk, open_to_all: bool = False) -> Proxy:
    loads = Loads()
    gate = Gate(None if open_to_all else Trunks(trunks), GUARD, loads)
    guard = Protection(trusted=frozenset({"127.0.0.1"}), carrier=gate.trusts)
    return Proxy(
        Signer(b"s" * 32), Where("192.0.2.1", 5060), gate=gate, protection=guard, epoch=lambda: 1000.0
    )


def one(effects: Effects) -> Response:
    (effect,) = effects
    assert isinstance(effect, Send)
    return a_response(effect.datagram)


def through(proxy: Proxy, datagram: bytes, source: Where = CARRIER, call: str = "call-1") -> Request:
    """The INVITE as the conversation gets it."""
    key = f"{call};caller"
    assert proxy.received(datagram, source, 0.0) == (ClaimConversation(key),)
    (effect,) = proxy.claimed(key, CONVERSATION, 0.0)
    assert isinstance(effect, Send)
    return a_request(effect.datagram)


def test_a_stranger_is_403_once_there_are_carriers() -> None:
    proxy = a_proxy(BY_ADDRESS)
    assert one(proxy.received(request(), STRANGER, 0.0)).status == 403
    assert proxy.figures["not_admitted_403"] == 1


def test_without_a_trunks_file_anyone_may_call_in_but_asserts_nothing() -> None:
    datagram = request(
        extra=("P-Asserted-Identity: <sip:+1900@evil>", "P-Preferred-Identity: <sip:+1901@evil>")
    )
    got = through(a_proxy(open_to_all=True), datagram, STRANGER)
    assert "p-asserted-identity" not in got.headers
    assert "p-preferred-identity" not in got.headers


def test_numbers_and_identity_of_a_carrier_become_ours() -> None:
    extra = ('P-Asserted-Identity: "Ann" <sip:030555@carrier>, <tel:+4930555>',)
    got = through(a_proxy(BY_ADDRESS), request(target="sip:030123456@192.0.2.1", extra=extra))
    assert got.uri.number == "+4930123456"
    assert got.headers.get("p-asserted-identity") == '"Ann" <sip:+4930555@trunk.invalid>'


def test_who_withholds_the_number_is_taken_by_from() -> None:
    extra = ("P-Asserted-Identity: <sip:030555@carrier>", "Privacy: id")
    got = through(a_proxy(BY_ADDRESS), request(extra=extra))
    assert "030555" not in got.headers.get("p-asserted-identity")
    assert "+4930555" not in got.headers.get("p-asserted-identity")


def test_a_carrier_that_proves_itself_may_call_from_anywhere() -> None:
    proxy = a_proxy(BY_ADDRESS, BY_DIGEST)
    asked = one(proxy.received(request(), ROAMING, 0.0))
    assert asked.status == 407
    challenges = tuple(f.value for f in asked.headers if f.key == "proxy-authenticate")
    said = answer(challenges, SECRET, "INVITE", "sip:1000@127.0.0.1:5060", "c")
    got = through(proxy, request(extra=(f"Proxy-Authorization: {said}",), branch="z9hG4bKb", cseq=2), ROAMING)
    assert "proxy-authorization" not in got.headers
    wrong = answer(
        challenges, Credentials(user="carrier", password="guess"), "INVITE", "sip:1000@127.0.0.1:5060", "c"
    )
    datagram = request(extra=(f"Proxy-Authorization: {wrong}",), call_id="call-2")
    assert one(proxy.received(datagram, ROAMING, 0.0)).status == 407


def as_carrier(proxy: Proxy, call: str, log_in: Credentials) -> Effects:
    """A call of the carrier that must prove itself: challenged, then with its answer."""
    asked = one(proxy.received(request(call_id=call), ROAMING, 0.0))
    assert asked.status == 407
    challenges = tuple(f.value for f in asked.headers if f.key == "proxy-authenticate")
    said = answer(challenges, log_in, "INVITE", "sip:1000@127.0.0.1:5060", call)
    datagram = request(extra=(f"Proxy-Authorization: {said}",), call_id=call, branch=f"z9hG4bK{call}", cseq=2)
    return proxy.received(datagram, ROAMING, 0.0)


def test_the_calls_of_a_carrier_that_proves_itself_are_never_held_against_it() -> None:
    """Each begins with an INVITE that lacks the answer, and a busy carrier sends more than a stranger may."""
    proxy = a_proxy(replace(BY_DIGEST, max_calls=1000, max_calls_per_second=1000.0))
    for n in range(200):
        assert as_carrier(proxy, f"c{n}", SECRET) == (ClaimConversation(f"c{n};caller"),)
    assert proxy.figures["blamed_unproven"] == 200
    assert "bans" not in proxy.figures
    assert "dropped_flood" not in proxy.figures


@pytest.mark.parametrize("wrong", [replace(SECRET, password="guess"), replace(SECRET, user="nobody")])
def test_who_guesses_the_password_of_a_carrier_is_banned(wrong: Credentials) -> None:
    proxy = a_proxy(BY_DIGEST)
    for n in range(5):
        assert one(as_carrier(proxy, f"c{n}", wrong)).status == 407
    assert proxy.received(request(), ROAMING, 0.0) == ()
    assert proxy.figures["blamed_wrong_password"] == 5
    assert proxy.figures["bans"] == 1


def test_a_recorded_answer_of_a_carrier_is_good_for_no_other_call() -> None:
    proxy = a_proxy(BY_DIGEST)
    asked = one(proxy.received(request(), ROAMING, 0.0))
    challenges = tuple(f.value for f in asked.headers if f.key == "proxy-authenticate")
    said = answer(challenges, SECRET, "INVITE", "sip:1000@127.0.0.1:5060", "c")
    extra = (f"Proxy-Authorization: {said}",)
    through(proxy, request(extra=extra, branch="z9hG4bKb", cseq=2), ROAMING)
    (again,) = proxy.received(request(extra=extra, branch="z9hG4bKb", cseq=2), ROAMING, 0.0)
    assert isinstance(again, Send), "a repeat goes the same way"
    assert again.where == CONVERSATION
    played_back = request(extra=extra, branch="z9hG4bKc", cseq=2, call_id="another")
    refused = one(proxy.received(played_back, ROAMING, 0.0))
    assert refused.status == 407
    assert "stale=true" in refused.headers.get("proxy-authenticate")


def test_a_conversation_is_told_the_carrier_and_nobody_else_says_what_we_say_inside() -> None:
    forged = ("X-CC-Trunk: by-digest", "x-cc-leg: agent-1", "X-CC-Conversation: c", "x-cc-inside: p")
    got = through(a_proxy(BY_ADDRESS, BY_DIGEST), request(extra=forged))
    assert got.headers.get("x-cc-trunk") == "by-address"
    assert "x-cc-leg" not in got.headers
    assert "x-cc-conversation" not in got.headers
    got = through(a_proxy(open_to_all=True), request(extra=forged), STRANGER)
    assert "x-cc-trunk" not in got.headers
    assert "x-cc-inside" not in got.headers


def test_beyond_a_carriers_limit_it_is_503_until_a_call_ends() -> None:
    proxy = a_proxy(BY_ADDRESS)
    first = through(proxy, request(call_id="c1"), call="c1")
    through(proxy, request(call_id="c2"), call="c2")
    full = one(proxy.received(request(call_id="c3"), CARRIER, 0.0))
    assert (full.status, full.headers.get("retry-after")) == (503, "5")
    assert proxy.figures["trunk_calls_by-address"] == 2
    proxy.received(bytes(respond(first, 486, tag="t")), CONVERSATION, 1.0)
    through(proxy, request(call_id="c4"), call="c4")
    assert proxy.figures["trunk_refused_by-address"] == 1


def test_a_repeat_is_decided_as_its_invite_was_and_takes_no_line() -> None:
    proxy = a_proxy(replace(BY_ADDRESS, max_calls_per_second=1.0))
    first = through(proxy, request(call_id="c1"), call="c1")
    too_fast = one(proxy.received(request(call_id="c2"), CARRIER, 0.5))
    assert too_fast.status == 503
    again = one(proxy.received(request(call_id="c2"), CARRIER, 3.0))
    assert bytes(again) == bytes(too_fast), "though there would be room by now"
    assert proxy.figures["trunk_refused_by-address"] == 1

    proxy.received(bytes(respond(first, 486, tag="t")), CONVERSATION, 3.0)
    (repeat,) = proxy.received(request(call_id="c1"), CARRIER, 3.1)
    assert isinstance(repeat, Send), "the answer was lost: the conversation says it again"
    assert repeat.where == CONVERSATION
    assert proxy.figures["trunk_calls_by-address"] == 0


def test_a_call_there_was_no_conversation_for_takes_no_line_however_often_it_is_repeated() -> None:
    proxy = a_proxy(BY_ADDRESS)
    for at in (0.0, 0.5, 1.5):
        proxy.received(request(), CARRIER, at)
        proxy.claim_refused("call-1;caller", at)
    assert proxy.figures["rejected_503"] == 1
    assert proxy.figures["trunk_calls_by-address"] == 0


# -- protection ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("agent", ["friendly-scanner", "SIPVicious", "sipcli/v1.8"])
def test_a_scanner_is_banned_by_its_name_and_gets_no_answer(agent: str) -> None:
    proxy = a_proxy(BY_ADDRESS)
    assert proxy.received(request("OPTIONS", extra=(f"User-Agent: {agent}",)), STRANGER, 0.0) == ()
    assert proxy.received(request("OPTIONS"), STRANGER, 1.0) == ()
    assert proxy.figures["bans"] == 1
    assert proxy.figures["dropped_banned"] == 2
    assert one(proxy.received(request("OPTIONS"), STRANGER, protection.BAN_S + 1)).status == 200


def test_ordinary_phones_are_no_scanners() -> None:
    assert not is_scanner(request(extra=("User-Agent: Yealink SIP-T46S 66.85", "Subject: friendly-scanner")))


@pytest.mark.parametrize("first_s", [protection.BAN_S, 7.0])
def test_who_goes_on_being_refused_is_banned_and_longer_each_time(first_s: float) -> None:
    guard = Protection(ban_s=first_s)
    now = 0.0
    for ban_s in (first_s, 2 * first_s):
        for _ in range(10):
            assert guard.hears("h", now)
            guard.blame("h", "not_admitted", now)
        assert not guard.hears("h", now + ban_s - 1)
        guard.expire(now + ban_s - 1)
        assert guard.figures["sources_banned"] == 1
        now += ban_s + 1
        guard.expire(now)
        assert guard.figures["sources_banned"] == 0
        assert guard.hears("h", now)


def test_a_flood_is_dropped_beyond_the_bucket_and_others_are_still_heard() -> None:
    guard = Protection(carrier=lambda host: host == "carrier")
    heard = sum(guard.hears("flood", 0.0) for _ in range(1000))
    assert heard == protection.BURST
    assert guard.hears("other", 0.0)
    assert all(guard.hears("carrier", 0.0) for _ in range(1000))
    assert guard.hears("flood", 1.0), "it refills"
    assert guard.figures["dropped_flood"] == 1000 - protection.BURST


def test_forged_addresses_do_not_fill_the_memory() -> None:
    guard = Protection(most=100)
    for n in range(5000):
        guard.hears(f"h{n}", 0.0)
    assert guard.figures["sources_known"] == 100


def test_guessing_numbers_is_blamed() -> None:
    proxy = a_proxy(open_to_all=True)
    got = through(proxy, request(), STRANGER)
    proxy.received(bytes(respond(got, 404, tag="t")), CONVERSATION, 1.0)
    assert proxy.figures["blamed_unknown_number"] == 1
