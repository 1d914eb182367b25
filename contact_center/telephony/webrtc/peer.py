"""One WebRTC audio connection: ICE, DTLS-SRTP, and RTP handed on packet by packet. The one door to aiortc.

aiortc supplies ICE connectivity and consent (RFC 8445, 7675) and DTLS-SRTP (RFC 5764), nothing else: no
tracks, no jitter buffer, no codec. Decrypted RTP leaves through a callback, RTP to send is encrypted as given
except for its SSRC, which becomes the one announced in our SDP. Two ends: `AnsweringPeer` takes a browser's
offer, `OfferingPeer` is the browser's part, played by simulated agents and tests.

What is used of private names is pinned by `tests/contracts/test_aiortc_private_names.py`.
"""

import asyncio
import logging
import secrets
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

from aioice import Candidate, Connection
from aioice.candidate import candidate_foundation, candidate_priority
from aioice.ice import StunProtocol, get_host_addresses
from aiortc import (
    RTCCertificate,
    RTCDtlsFingerprint,
    RTCDtlsParameters,
    RTCDtlsTransport,
    RTCIceGatherer,
    RTCIceParameters,
    RTCIceTransport,
)
from pylibsrtp import Error as SrtpError

from contact_center.telephony.webrtc import sdp
from contact_center.telephony.webrtc.sdp import BrowserDescription

log = logging.getLogger(__name__)

OFFERED_EVENT_TYPE = 101
EVERY_ADDRESS = ("0.0.0.0", "::", "")
RECEIVE_BUFFER_BYTES = 262_144

Received = Callable[[bytes], None]


def _ignore(_packet: bytes) -> None:
    """Where packets go while nobody listens."""


class _Socket(StunProtocol):
    """aioice's socket, with SRTP taken out before STUN is tried (the order of RFC 7983, 7).

    aioice takes any datagram whose second 16-bit word equals its length less 20 for STUN, which is true of
    one RTP packet in 65 536; the others it queues for a task. Both are spared here.
    """

    def __init__(self, connection: "_BoundConnection") -> None:
        super().__init__(connection)
        self._srtp_received = connection.srtp_received

    def datagram_received(self, data: bytes | str, addr: tuple[Any, ...]) -> None:
        if isinstance(data, bytes) and len(data) > 12 and 127 < data[0] < 192 and not 192 <= data[1] <= 223:
            self._srtp_received(data)
        else:
            super().datagram_received(data, addr)


class _BoundConnection(Connection):
    """An ICE connection whose host candidates are the addresses asked for, loopback included."""

    def __init__(self, *, host: str, srtp_received: Received, controlling: bool) -> None:
        super().__init__(ice_controlling=controlling)
        self._host = host
        self.srtp_received = srtp_received

    async def gather_candidates(self) -> None:
        if self._local_candidates_start:
            return
        self._local_candidates_start = True
        everywhere = self._host in EVERY_ADDRESS
        hosts = (
            [*get_host_addresses(use_ipv4=True, use_ipv6=False), "127.0.0.1"] if everywhere else [self._host]
        )
        for place, host in enumerate(hosts):
            socket = await self._bind(host, preference=65_535 - place)
            self._protocols.append(socket)
            self._local_candidates.append(socket.local_candidate)
        self._local_candidates_end = True

    async def _bind(self, host: str, preference: int) -> _Socket:
        loop = asyncio.get_running_loop()
        transport, socket = await loop.create_datagram_endpoint(lambda: _Socket(self), local_addr=(host, 0))
        address = transport.get_extra_info("sockname")
        socket.local_candidate = Candidate(
            foundation=candidate_foundation("host", "udp", address[0]),
            component=1,
            transport="udp",
            priority=candidate_priority(1, "host", preference),
            host=address[0],
            port=address[1],
            type="host",
        )
        return socket


class Peer:
    """What both ends share. `connected()` is called at most once, then `lost(why)` at most once.

    `close()` calls neither; a lost peer still has to be closed."""

    def __init__(
        self, *, host: str, connected: Callable[[], None], lost: Callable[[str], None], controlling: bool
    ) -> None:
        self._connected, self._lost = connected, lost
        self._received: Received = _ignore
        self._ssrc = secrets.randbits(32)
        self._ssrc_bytes = self._ssrc.to_bytes(4, "big")
        self._over = False
        self._task: asyncio.Task[None] | None = None
        self.telephone_event: int | None = None
        """Payload type agreed for telephone-event (RFC 4733), if any."""
        self._ice_connection = _BoundConnection(
            host=host, srtp_received=self._srtp_received, controlling=controlling
        )
        gatherer = RTCIceGatherer(iceServers=[])
        gatherer._connection = self._ice_connection
        self._gatherer = gatherer
        self._ice = RTCIceTransport(gatherer)
        self._dtls = RTCDtlsTransport(self._ice, [RTCCertificate.generateCertificate()])
        self._dtls.on("statechange", self._dtls_changed)

    @property
    def ssrc(self) -> int:
        """SSRC of everything sent, as announced in our SDP."""
        return self._ssrc

    @property
    def is_up(self) -> bool:
        return not self._over and bool(self._dtls.state == "connected")

    def on_rtp(self, received: Received) -> None:
        """From now on give every decrypted RTP packet to `received`; it must not block."""
        self._received = received

    def send_rtp(self, packet: bytes) -> None:
        """Encrypt and send one RTP packet; dropped while the connection is not up."""
        if self.is_up:
            _at_once(self._dtls._send_rtp(packet[:8] + self._ssrc_bytes + packet[12:]))

    async def close(self) -> None:
        """Say goodbye (DTLS close_notify) and free the sockets. Closing twice is not an error."""
        self._over = True
        self._received = _ignore
        if self._task is not None and self._task is not asyncio.current_task():
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        await self._dtls.stop()
        await self._ice.stop()

    async def _own_description(
        self, setup: sdp.Setup, *, answers: BrowserDescription | None = None
    ) -> BrowserDescription:
        await self._gatherer.gather()
        ice = self._ice_connection
        (fingerprint,) = (f for f in self._dtls.getLocalParameters().fingerprints if f.algorithm == "sha-256")
        return BrowserDescription(
            ufrag=ice.local_username,
            password=ice.local_password,
            fingerprints=((fingerprint.algorithm, fingerprint.value),),
            setup=setup,
            candidates=tuple(c.to_sdp() for c in ice.local_candidates),
            ssrc=self._ssrc,
            mid=answers.mid if answers else "0",
            telephone_event=answers.telephone_event if answers else OFFERED_EVENT_TYPE,
            declined=answers.declined if answers else (),
            index=answers.index if answers else 0,
        )

    def _start(self, remote: BrowserDescription, *, active: bool) -> None:
        self._dtls._set_role("client" if active else "server")
        self.telephone_event = remote.telephone_event
        self._task = asyncio.ensure_future(self._establish(remote))
        self._task.add_done_callback(self._established)

    def _established(self, task: "asyncio.Task[None]") -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("connecting a browser failed", exc_info=error)
            self._give_up(f"internal error: {error}")

    async def _establish(self, remote: BrowserDescription) -> None:
        for text in remote.candidates:
            try:
                candidate = Candidate.from_sdp(text)
            except ValueError as error:
                log.debug("candidate %r left out: %s", text, error)
                continue
            if candidate.component == 1 and candidate.transport.lower() == "udp":
                await self._ice_connection.add_remote_candidate(candidate)
        await self._ice_connection.add_remote_candidate(None)
        await self._ice.start(
            RTCIceParameters(usernameFragment=remote.ufrag, password=remote.password, iceLite=remote.ice_lite)
        )
        if self._ice.state != "completed":
            self._give_up("no network path to the browser (ICE failed)")
            return
        await self._dtls.start(
            RTCDtlsParameters(
                fingerprints=[RTCDtlsFingerprint(algorithm=a, value=v) for a, v in remote.fingerprints]
            )
        )

    def _dtls_changed(self) -> None:
        match self._dtls.state:
            case "connected" if not self._over:
                self._connected()
            case "failed":
                self._give_up("DTLS handshake failed")
            case "closed" if self._ice_connection._closed or self._ice_connection._closing:
                self._give_up("the browser no longer answers (consent expired, RFC 7675)")
            case "closed":
                self._give_up("the browser closed the connection")

    def _give_up(self, why: str) -> None:
        if not self._over:
            self._over = True
            self._lost(why)

    def _srtp_received(self, data: bytes) -> None:
        if self.is_up:
            try:
                packet = self._dtls._rx_srtp.unprotect(data)
            except SrtpError as error:  # replayed, forged or damaged: RFC 3711, 3.3 says discard
                log.debug("SRTP packet dropped: %s", error)
                return
            self._received(packet)


class AnsweringPeer(Peer):
    """The server's end: answers an SDP offer with all candidates in place."""

    def __init__(self, *, host: str, connected: Callable[[], None], lost: Callable[[str], None]) -> None:
        super().__init__(host=host, connected=connected, lost=lost, controlling=False)

    async def answer(self, offer: str) -> str:
        """The SDP answer to `offer`; connecting goes on behind it. Raises `sdp.SdpError`."""
        remote = sdp.read_browser(offer)
        active = remote.setup != "active"
        own = await self._own_description("active" if active else "passive", answers=remote)
        self._start(remote, active=active)
        return sdp.write_browser(own, session=secrets.randbits(62))


class OfferingPeer(Peer):
    """The browser's end: makes the offer, then takes the answer."""

    def __init__(self, *, host: str, connected: Callable[[], None], lost: Callable[[str], None]) -> None:
        super().__init__(host=host, connected=connected, lost=lost, controlling=True)

    async def offer(self) -> str:
        """An SDP offer with all candidates in place."""
        return sdp.write_browser(await self._own_description("actpass"), session=secrets.randbits(62))

    def accept(self, answer: str) -> None:
        """Take the answer and connect. Raises `sdp.SdpError`."""
        remote = sdp.read_browser(answer)
        self._start(remote, active=remote.setup == "passive")


def _at_once(sending: Coroutine[Any, Any, None]) -> None:
    """Run a coroutine that never waits (aiortc's send path over a UDP socket) without a task for it."""
    try:
        sending.send(None)
    except StopIteration:
        return
    except ConnectionError:  # the path went between the check and the send; the packet is lost like any other
        return
    sending.close()
    raise RuntimeError("sending RTP waited for something; see tests/contracts/test_aiortc_private_names.py")
