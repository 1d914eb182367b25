"""Pins every private name of aiortc and aioice that `telephony.webrtc.peer` uses: that it exists, has the
shape relied on, and behaves so. Fails first when the pinned version is raised."""

import asyncio
import importlib.metadata
import inspect
import itertools
import struct
import tokenize
from pathlib import Path

import aioice
import aioice.ice
import aiortc
import pytest
from aiortc import RTCCertificate, RTCDtlsTransport, RTCIceGatherer, RTCIceTransport
from pylibsrtp import Session

from contact_center.telephony.webrtc import peer as door
from contact_center.telephony.webrtc.peer import AnsweringPeer, OfferingPeer
from tests.support import aio, until

HOST = "127.0.0.1"


def rtp(sequence: int, ssrc: int = 77, size: int = 160) -> bytes:
    return struct.pack("!BBHII", 0x80, 0, sequence & 0xFFFF, 160 * sequence, ssrc) + b"\x55" * size


class Pair:
    """Two ends in one process, really connected."""

    def __init__(self) -> None:
        self.up: list[str] = []
        self.lost: list[tuple[str, str]] = []
        self.browser = OfferingPeer(
            host=HOST,
            connected=lambda: self.up.append("browser"),
            lost=lambda w: self.lost.append(("browser", w)),
        )
        self.server = AnsweringPeer(
            host=HOST,
            connected=lambda: self.up.append("server"),
            lost=lambda w: self.lost.append(("server", w)),
        )

    async def connect(self) -> None:
        self.browser.accept(await self.server.answer(await self.browser.offer()))
        await until(lambda: len(self.up) == 2, what="both ends connected")

    async def close(self) -> None:
        await self.browser.close()
        await self.server.close()


def test_the_version_is_the_one_read() -> None:
    assert importlib.metadata.version("aiortc") == "1.16.0"
    assert aiortc.__version__ == "1.16.0"


def test_names_and_signatures() -> None:
    assert list(inspect.signature(RTCDtlsTransport._send_rtp).parameters) == ["self", "data"]
    assert inspect.iscoroutinefunction(RTCDtlsTransport._send_rtp)
    assert list(inspect.signature(RTCDtlsTransport._set_role).parameters) == ["self", "role"]
    assert list(inspect.signature(RTCDtlsTransport.__init__).parameters)[1:] == ["transport", "certificates"]
    assert list(inspect.signature(aioice.ice.StunProtocol.__init__).parameters) == ["self", "receiver"]
    assert list(inspect.signature(aioice.ice.StunProtocol.datagram_received).parameters)[1:] == [
        "data",
        "addr",
    ]
    assert inspect.iscoroutinefunction(aioice.Connection.gather_candidates)


def test_every_private_name_used_is_on_this_page() -> None:
    """A new private name in the door has to come with a check here."""
    pinned = {
        *("_send_rtp", "_rx_srtp", "_set_role"),  # RTCDtlsTransport
        *("_connection",),  # RTCIceGatherer
        *("_closed", "_closing", "_local_candidates", "_local_candidates_start", "_local_candidates_end"),
        *("_protocols",),  # aioice.Connection, as the four before
    }
    own = {
        name
        for klass in (door.Peer, door._Socket, door._BoundConnection)
        for name in vars(klass) | dict.fromkeys(klass.__init__.__code__.co_names)
    }
    with Path(door.__file__).open("rb") as source:
        words = [t.string for t in tokenize.tokenize(source.readline)]
    used = {
        word
        for dot, word in itertools.pairwise(words)
        if dot == "." and word.startswith("_") and not word.startswith("__")
    }
    assert used - own - pinned == set()
    assert pinned - used == set(), "pinned but no longer used"


@aio
async def test_a_gatherer_and_its_transport_share_the_connection_put_in_place() -> None:
    gatherer = RTCIceGatherer(iceServers=[])
    connection = aioice.Connection(ice_controlling=True)
    for name, empty in (
        ("_closed", False),
        ("_closing", False),
        ("_local_candidates", []),
        ("_local_candidates_start", False),
        ("_local_candidates_end", False),
        ("_protocols", []),
    ):
        assert getattr(connection, name) == empty, name
    gatherer._connection = connection
    assert RTCIceTransport(gatherer)._connection is connection
    dtls = RTCDtlsTransport(RTCIceTransport(gatherer), [RTCCertificate.generateCertificate()])
    assert dtls._rx_srtp is None
    await connection.close()
    assert connection._closed


@aio
async def test_rtp_in_is_rtp_out_both_ways_with_the_announced_ssrc() -> None:
    pair = Pair()
    await pair.connect()
    heard: dict[str, list[bytes]] = {"server": [], "browser": []}
    pair.server.on_rtp(heard["server"].append)
    pair.browser.on_rtp(heard["browser"].append)
    for sequence in range(60_000, 60_100):
        pair.browser.send_rtp(rtp(sequence))
        pair.server.send_rtp(rtp(sequence))
        if sequence % 10 == 0:
            await asyncio.sleep(0)
    await until(lambda: len(heard["server"]) == 100 and len(heard["browser"]) == 100, what="all packets")
    for end, sender in (("server", pair.browser), ("browser", pair.server)):
        assert heard[end] == [rtp(n, sender.ssrc) for n in range(60_000, 60_100)]
    assert isinstance(pair.server._dtls._rx_srtp, Session)
    await pair.close()
    assert pair.lost in ([], [("server", "the browser closed the connection")])


@aio
async def test_a_packet_that_looks_like_stun_by_its_length_is_passed_on() -> None:
    """RTP sequence n with an SRTP packet of n + 20 bytes: plain aioice takes it for STUN and drops it."""
    pair = Pair()
    await pair.connect()
    heard: list[bytes] = []
    pair.server.on_rtp(heard.append)
    for sequence in range(150, 200):
        pair.browser.send_rtp(rtp(sequence))
    await until(lambda: len(heard) == 50, what="every packet")
    await pair.close()


@aio
async def test_replayed_and_forged_srtp_is_discarded() -> None:
    pair = Pair()
    await pair.connect()
    heard: list[bytes] = []
    pair.server.on_rtp(heard.append)
    pair.server._srtp_received(rtp(1) + bytes(16))
    pair.browser.send_rtp(rtp(2))
    await until(lambda: heard, what="the genuine packet")
    assert heard == [rtp(2, pair.browser.ssrc)]
    await pair.close()


@aio
async def test_sending_never_waits() -> None:
    """`_send_rtp` is run without a task, which holds only while nothing in it awaits."""
    pair = Pair()
    await pair.connect()
    sending = pair.browser._dtls._send_rtp(rtp(1))
    try:
        sending.send(None)
    except StopIteration:
        pass
    else:
        raise AssertionError("_send_rtp suspended")
    await pair.close()


@aio
async def test_a_browser_that_vanishes_is_found_out_by_consent(monkeypatch: pytest.MonkeyPatch) -> None:
    """RFC 7675 allows 30 s; aioice's six failures at five-second intervals. Sped up here."""
    assert aioice.ice.CONSENT_FAILURES * aioice.ice.CONSENT_INTERVAL == 30
    monkeypatch.setattr(aioice.ice, "CONSENT_INTERVAL", 0.01)
    monkeypatch.setattr(aioice.ice, "CONSENT_FAILURES", 2)
    pair = Pair()
    await pair.connect()
    for socket in pair.browser._ice_connection._protocols:
        monkeypatch.setattr(socket, "datagram_received", lambda _data, _addr: None)  # answers nothing more
    await until(lambda: any(end == "server" for end, _ in pair.lost), what="loss noticed")
    assert ("server", "the browser no longer answers (consent expired, RFC 7675)") in pair.lost
    assert not pair.server.is_up
    pair.server.send_rtp(rtp(1))
    await pair.close()


@aio
async def test_a_wrong_fingerprint_is_refused() -> None:
    pair = Pair()
    answer = await pair.server.answer(await pair.browser.offer())
    head, colon, tail = answer.partition("a=fingerprint:sha-256 ")
    forged = head + colon + ("00" if tail[:2] != "00" else "11") + tail[2:]
    pair.browser.accept(forged)
    await until(lambda: ("browser", "DTLS handshake failed") in pair.lost, what="refusal")
    assert "browser" not in pair.up
    await pair.close()
