"""What holds at the edge whatever comes from outside: no toll fraud, no amplification, nothing kept, fast."""

import ipaddress
import random
import statistics
import time

from hypothesis import given, settings
from hypothesis import strategies as st

from contact_center.telephony.sip.digest import Guard
from contact_center.telephony.sip.edge.dispatch import RINGING_S
from contact_center.telephony.sip.edge.fork import Send
from contact_center.telephony.sip.edge.gate import Gate
from contact_center.telephony.sip.edge.outbound import Locate, Outbound, Phone
from contact_center.telephony.sip.edge.places import Addresses, Where
from contact_center.telephony.sip.edge.proxy import ClaimConversation, Proxy
from contact_center.telephony.sip.edge.registrar import Registrar
from contact_center.telephony.sip.edge.signing import Signer
from contact_center.telephony.sip.message import Uri
from contact_center.telephony.sip.trunks import Loads, Trunk, Trunks
from tests.properties.test_sip_properties import PIECES, SAMPLES, datagrams
from tests.sip_samples import SDP, request

SIGNER = Signer(b"k" * 32)
HERE = Addresses((Where("192.0.2.1", 5060),))
CARRIER, STRANGER = Where("198.51.100.1", 5060), Where("203.0.113.66", 5060)
CONVERSATION, DESK = Where("127.0.0.1", 40001), Where("10.0.0.5", 5062)
TRUNK = Trunk(
    name="t",
    targets=(Uri(host="198.51.100.1"),),
    sources=(ipaddress.ip_network("198.51.100.0/24"),),
    numbers=("",),
    max_calls=2000,
    max_calls_per_second=200,
)
MOST_EXTRA_BYTES = 600
"""What our answer may be longer than the request: status line, tag, two challenges."""


def an_edge(*, trunks: bool = True) -> tuple[Proxy, Outbound]:
    known, loads, guard = Trunks((TRUNK,)), Loads(), Guard(b"k", "cc")
    phones = (Phone("sip:ann@10.0.0.5:5062", DESK),)
    outbound = Outbound(
        SIGNER, HERE, known, loads, inside=frozenset({"127.0.0.1"}), phones=lambda agent, now: phones
    )
    gate = Gate(known if trunks else None, guard, loads)
    registrar = Registrar(guard, lambda agent: None)
    return Proxy(SIGNER, HERE, gate=gate, outbound=outbound, registrar=registrar), outbound


numbers = st.sampled_from(["+1900555", "ann", "trunk.invalid", "1000", "%2B1900"])
hosts = st.sampled_from(
    ["trunk.invalid", "phone.invalid", "192.0.2.1", "198.51.100.1", "10.0.0.5", "127.0.0.1"]
)
routes = st.sampled_from(
    ["", "Route: <sip:198.51.100.1;lr>", "Route: <sip:192.0.2.1;lr>, <sip:10.0.0.5:5062;lr>",
     "Route: <sip:cc2.AAAA.BBBB@192.0.2.1;lr>", "Route: <sip:trunk.invalid;lr>", "X-CC-Leg: agent-1"]
)  # fmt: skip
methods = st.sampled_from(
    ["INVITE", "BYE", "ACK", "CANCEL", "REFER", "UPDATE", "OPTIONS", "REGISTER", "MESSAGE"]
)


@st.composite
def crafted(draw: st.DrawFn) -> bytes:
    """What a fraudster would try: our own names, trunks and phones in every place a hop could be."""
    route = draw(routes)
    return request(
        draw(methods),
        f"sip:{draw(numbers)}@{draw(hosts)}",
        via=f"SIP/2.0/UDP {draw(hosts)}:5060",
        to_tag=draw(st.sampled_from(["", "x"])),
        call_id=f"c{draw(st.integers(0, 2))}",
        branch=draw(st.sampled_from(["z9hG4bKone", "z9hG4bKccf.A.1", "z9hG4bKcc1.A"])),
        extra=(route,) if route else (),
        sdp=SDP,
    )


@settings(max_examples=600, deadline=None)
@given(st.lists(crafted() | datagrams, max_size=10), st.booleans())
def test_nothing_from_outside_reaches_a_trunk_or_a_phone(
    sequence: list[bytes], trunks: bool
) -> None:  # drawn
    proxy, outbound = an_edge(trunks=trunks)
    for now, datagram in enumerate(sequence):
        assert outbound.received(datagram, STRANGER, float(now)) == ()
        effects = list(proxy.received(datagram, STRANGER, float(now)))
        for effect in effects:
            assert not isinstance(effect, Locate)
            if isinstance(effect, ClaimConversation):
                effects += proxy.claimed(effect.key, CONVERSATION, float(now))
        assert {e.where.host for e in effects if isinstance(e, Send)} <= {STRANGER.host, CONVERSATION.host}


@settings(max_examples=800, deadline=None)
@given(crafted() | datagrams)
def test_one_request_gets_at_most_one_answer_hardly_longer_than_itself(datagram: bytes) -> None:
    proxy, _ = an_edge()
    answers = [e for e in proxy.received(datagram, STRANGER, 0.0) if isinstance(e, Send)]
    assert len(answers) <= 1
    assert all(len(answer.datagram) <= len(datagram) + MOST_EXTRA_BYTES for answer in answers)


@settings(max_examples=150, deadline=None)
@given(st.lists(datagrams | crafted(), min_size=1, max_size=15))
def test_no_transaction_outlives_its_time(sequence: list[bytes]) -> None:
    proxy, outbound = an_edge()
    for datagram in sequence:
        for effect in proxy.received(datagram, CARRIER, 0.0):
            if isinstance(effect, ClaimConversation):
                proxy.claimed(effect.key, CONVERSATION, 0.0)
        for effect in outbound.received(datagram, CONVERSATION, 0.0):
            if isinstance(effect, Locate):
                outbound.located(effect.key, [(CARRIER,) for _ in effect.uris], 0.0)
    proxy.expire(RINGING_S + 1)
    now = 0.0
    while (due := outbound.deadline) is not None:
        now = max(now, due)
        assert now < 600
        outbound.tick(now)
    outbound.tick(now + 1)
    assert proxy.figures["calls_in_table"] == 0
    assert proxy.figures["calls_out_in_progress"] == 0


def test_a_mutated_message_takes_less_than_a_millisecond_in_the_median() -> None:
    chance = random.Random(4475)  # noqa: S311  # a fixed seed, for a test
    proxy, _ = an_edge()
    took = []
    for n in range(3000):
        data = bytearray(chance.choice(SAMPLES))
        for _ in range(chance.randrange(6)):
            at = chance.randrange(len(data) + 1)
            data[at : at + chance.randrange(12)] = chance.choice(PIECES)
        began = time.perf_counter()
        proxy.received(bytes(data), STRANGER, float(n))
        took.append(time.perf_counter() - began)
    assert statistics.median(took) < 0.001
