"""RFC 3263 with a resolver that answers from a table; framing of streams; the edge's own errands."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contact_center.telephony.sip.digest import Guard, Secret, ha1
from contact_center.telephony.sip.edge.errands import Errands
from contact_center.telephony.sip.edge.fork import Send
from contact_center.telephony.sip.edge.framing import MOST_BODY_BYTES, MOST_HEAD_BYTES, Framer, UnframedError
from contact_center.telephony.sip.edge.locating import Naptr, Srv, by_weight, locate
from contact_center.telephony.sip.edge.outbound import Locate
from contact_center.telephony.sip.edge.places import Addresses, Where
from contact_center.telephony.sip.message import Request, Uri, respond
from contact_center.telephony.sip.trunks import Credentials, Registration, Trunk, Trunks
from tests.sip_samples import SDP, a_request, request

# -- where a URI is --------------------------------------------------------------------------------------


@dataclass
class Table:
    naptrs: Mapping[str, Sequence[Naptr]] = field(default_factory=dict)
    srvs: Mapping[str, Sequence[Srv]] = field(default_factory=dict)
    hosts: Mapping[str, Sequence[str]] = field(default_factory=dict)

    async def naptr(self, name: str) -> Sequence[Naptr]:
        return self.naptrs.get(name, ())

    async def srv(self, name: str) -> Sequence[Srv]:
        return self.srvs.get(name, ())

    async def addresses(self, name: str) -> Sequence[str]:
        return self.hosts.get(name, ())


HOSTS = {"a.x": ["192.0.2.1"], "b.x": ["192.0.2.2", "2001:db8::2"], "x": ["192.0.2.9"]}
SRVS = {
    "_sip._udp.x": [Srv(20, 0, "b.x", 5070), Srv(10, 0, "a.x", 5060)],
    "_sips._tcp.x": [Srv(1, 0, "a.x", 5061)],
}
NAPTRS = {
    "x": [
        Naptr(10, 2, "SIP+D2U", "_sip._udp.x"),
        Naptr(10, 1, "SIPS+D2T", "_sips._tcp.x"),
        Naptr(1, 1, "E2U", "-"),
    ]
}
A, B, B6 = Where("192.0.2.1", 5060), Where("192.0.2.2", 5070), Where("2001:db8::2", 5070)
TLS = Where("192.0.2.1", 5061, "tls")


@pytest.mark.parametrize(
    ("uri", "table", "found"),
    [
        ("sip:192.0.2.7", Table(), [Where("192.0.2.7", 5060)]),
        ("sip:[2001:db8::7]:5080;transport=tcp", Table(), [Where("2001:db8::7", 5080, "tcp")]),
        ("sip:192.0.2.7;transport=tls", Table(), [Where("192.0.2.7", 5061, "tls")]),
        ("sip:b.x:5099", Table({}, SRVS, HOSTS), [Where("192.0.2.2", 5099), Where("2001:db8::2", 5099)]),
        ("sip:x", Table(NAPTRS, SRVS, HOSTS), [TLS, A, B, B6]),
        ("sip:x", Table({}, SRVS, HOSTS), [A, B, B6, TLS]),
        ("sip:x;transport=tls", Table(NAPTRS, SRVS, HOSTS), [TLS]),
        ("sip:x", Table({}, {}, HOSTS), [Where("192.0.2.9", 5060)]),
        ("sip:nowhere.x", Table(), []),
    ],
)
def test_naptr_then_srv_then_addresses(uri: str, table: Table, found: list[Where]) -> None:
    walk = locate(Uri.parse(uri), table, random.Random(1))  # noqa: S311  # a fixed seed, for a test
    with pytest.raises(StopIteration) as done:
        walk.send(None)  # a table answers at once
    assert list(done.value.value) == found


def test_within_a_priority_weight_decides_how_often_who_is_first() -> None:
    records = [Srv(1, 90, "often", 1), Srv(1, 10, "seldom", 1), Srv(0, 0, "first", 1)]
    chance = random.Random(7)  # noqa: S311  # a fixed seed, for a test
    drawn = [[r.host for r in by_weight(records, chance)] for _ in range(1000)]
    assert all(each[0] == "first" and len(each) == 3 for each in drawn)
    assert 850 < sum(each[1] == "often" for each in drawn) < 950


# -- framing ---------------------------------------------------------------------------------------------

MESSAGES = [request(sdp=SDP), request("OPTIONS"), request("BYE", to_tag="x")]


@given(
    st.lists(st.sampled_from([*MESSAGES, b"\r\n\r\n", b"\r\n"]), max_size=6), st.lists(st.integers(1, 400))
)
def test_messages_come_out_whole_however_the_stream_is_cut(sent: list[bytes], cuts: list[int]) -> None:
    stream, framer, found = b"".join(sent), Framer(), []
    for cut in [*cuts, len(stream)]:
        found += framer.feed(stream[:cut])
        stream = stream[cut:]
    assert [m for m in found if m] == [m for m in sent if m.strip()]
    assert not framer.waiting


@pytest.mark.parametrize(
    "data",
    [
        b"OPTIONS sip:x SIP/2.0\r\nVia: x\r\n\r\n",
        b"OPTIONS sip:x SIP/2.0\r\nContent-Length: 1\r\nl: 2\r\n\r\n",
        f"OPTIONS sip:x SIP/2.0\r\nContent-Length: {MOST_BODY_BYTES + 1}\r\n\r\n".encode(),
        b"A" * (MOST_HEAD_BYTES + 1),
    ],
)
def test_what_cannot_be_cut_is_an_error_and_never_held_for_long(data: bytes) -> None:
    with pytest.raises(UnframedError):
        Framer().feed(data)


# -- errands ---------------------------------------------------------------------------------------------

CARRIER = Where("198.51.100.1", 5060)
PINGED = Trunk(name="a", targets=(Uri(host="a.example"),), numbers=("",), keepalive_s=30.0)
REGISTERING = Trunk(
    name="r",
    log_in=Credentials(user="us", password="secret"),
    registration=Registration(registrar=Uri(host="r.example"), user="49301", expires_s=600),
    keepalive_s=0,
)


class Bench:
    def __init__(self, trunk: Trunk) -> None:
        self.errands = Errands(Trunks((trunk,)), Addresses((Where("192.0.2.1", 5060),)), "n")
        self.now, self.sent = 0.0, list[Request]()

    def take(self, effects: tuple[Send | Locate, ...]) -> None:
        for effect in effects:
            if isinstance(effect, Locate):
                self.take(self.errands.located(effect.key, ((CARRIER,),), self.now))
            else:
                assert effect.where == CARRIER
                self.sent.append(a_request(effect.datagram))

    def wait(self, seconds: float) -> None:
        until = self.now + seconds
        while (due := self.errands.deadline) is not None and due <= until:
            self.now = max(self.now, due)
            self.take(self.errands.tick(self.now))
        self.now = until

    def answer(self, status: int, *extra: tuple[str, str]) -> None:
        self.take(self.errands.response(respond(self.sent[-1], status, *extra, tag="t"), self.now))


def test_a_target_is_down_when_it_is_silent_twice_and_up_when_it_answers_anything() -> None:
    bench = Bench(PINGED)
    bench.wait(0)
    assert bench.sent[0].method == "OPTIONS"
    bench.wait(33)
    assert bench.errands.is_up(PINGED.targets[0]), "once may be a lost packet"
    bench.wait(64)
    assert not bench.errands.is_up(PINGED.targets[0])
    assert bench.errands.figures["trunk_target_up_a"] == 0
    bench.wait(30)
    bench.answer(404)
    assert bench.errands.is_up(PINGED.targets[0])
    bench.wait(31)
    bench.answer(503)
    assert not bench.errands.is_up(PINGED.targets[0])


def test_a_registration_answers_the_challenge_and_is_refreshed_before_it_ends() -> None:
    bench, guard = Bench(REGISTERING), Guard(b"k", "carrier")
    bench.wait(0)
    first = bench.sent[-1]
    assert (first.method, first.target, first.headers.get("expires")) == ("REGISTER", "sip:r.example", "600")
    bench.answer(401, *(("WWW-Authenticate", c) for c in guard.challenges("h", 0)))
    second = bench.sent[-1]
    secret = Secret("us", {"SHA-256": ha1("SHA-256", "us", "carrier", "secret")})
    assert guard.check(second.headers.get("authorization"), secret, second, "h", 1) == "right"
    assert (second.call_id, second.cseq.number) == (first.call_id, first.cseq.number + 1)
    bench.answer(200, ("Contact", "<sip:49301@192.0.2.1:5060>;expires=100"))
    assert bench.errands.figures["trunk_registered_r"] == 1
    bench.wait(79)
    assert len(bench.sent) == 2
    bench.wait(1.2)
    assert len(bench.sent) == 3


def test_a_refused_registration_is_tried_again_later() -> None:
    bench = Bench(replace(REGISTERING, log_in=None))
    bench.wait(0)
    bench.answer(403)
    assert bench.errands.figures["trunk_registered_r"] == 0
    bench.wait(29)
    assert len(bench.sent) == 1
    bench.wait(1.2)
    assert len(bench.sent) == 2
