"""One agent's RTP socket towards conversations, and the packets passed between it and the agent's browser.

Open from the first attachment of a device to its detachment; calls and peer connections come and go on it.
Towards the browser all calls are one continuous stream; towards the conversation one call is one continuous
stream, whatever peer connection it comes from (`rtp`). Nothing is decoded; no RTCP is made or answered on the
conversation's side (RFC 3550, 6.2 allows a receiver without any: pjsua does not need it).
"""

import asyncio
import secrets
import time
from dataclasses import dataclass
from typing import Any, Protocol, cast

from contact_center.telephony.webrtc import rtp
from contact_center.telephony.webrtc.rtp import Stream
from contact_center.telephony.webrtc.sdp import PCMU, RtpDescription


class BrowserSide(Protocol):
    """The part of `peer.Peer` a relay needs."""

    telephone_event: int | None

    def send_rtp(self, packet: bytes) -> None: ...


@dataclass(slots=True)
class Passed:
    """Packets passed on since the relay was opened."""

    to_browser: int = 0
    to_conversation: int = 0


class Relay(asyncio.DatagramProtocol):
    """Passes RTP between `attach`ed browser and `connect`ed conversation; with either missing, drops it."""

    def __init__(self) -> None:
        self.passed = Passed()
        self.port = 0
        self._transport: asyncio.DatagramTransport | None = None
        self._browser: BrowserSide | None = None
        self._remote: tuple[str, int] | None = None
        self._remote_event: int | None = None
        self._to_browser = _new_stream()
        self._to_conversation = _new_stream()

    @classmethod
    async def open(cls, host: str) -> "Relay":
        """A relay bound to a free port of `host`."""
        loop = asyncio.get_running_loop()
        _, relay = await loop.create_datagram_endpoint(cls, local_addr=(host, 0))
        return relay

    def attach(self, browser: BrowserSide) -> None:
        """Use this browser connection from now on; a call in progress goes on with it."""
        self._browser = browser
        self._agree()

    def detach(self) -> None:
        """The browser is gone; the conversation hears nothing until the next `attach`."""
        self._browser = None

    def connect(self, remote: RtpDescription) -> None:
        """A call is up: exchange RTP with this address, and with no other."""
        self._remote = (remote.host, remote.port)
        self._remote_event = remote.telephone_event
        self._to_conversation = _new_stream()
        self._agree()

    def disconnect(self) -> None:
        """The call is over."""
        self._remote = None

    def close(self) -> None:
        self.disconnect()
        self.detach()
        if self._transport is not None:
            self._transport.close()

    def from_browser(self, packet: bytes) -> None:
        """One decrypted RTP packet from the browser."""
        if self._remote is None or self._transport is None:
            return
        self._to_conversation, out = rtp.rewrite(self._to_conversation, packet, time.monotonic())
        if out is not None:
            self._transport.sendto(out, self._remote)
            self.passed.to_conversation += 1

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)
        self.port = int(transport.get_extra_info("sockname")[1])

    def datagram_received(self, data: bytes, addr: tuple[Any, ...]) -> None:
        if self._browser is None or self._remote != (addr[0], addr[1]):
            return
        self._to_browser, out = rtp.rewrite(self._to_browser, data, time.monotonic())
        if out is not None:
            self._browser.send_rtp(out)
            self.passed.to_browser += 1

    def _agree(self) -> None:
        """Map payload types between the two sides as they now are; both streams start a new talk spurt."""
        here = self._browser.telephone_event if self._browser is not None else None
        there = self._remote_event
        inwards, outwards = {PCMU: PCMU}, {PCMU: PCMU}
        if here is not None and there is not None:
            inwards[there], outwards[here] = here, there
        self._to_browser = rtp.interrupt(self._to_browser, inwards)
        self._to_conversation = rtp.interrupt(self._to_conversation, outwards)


def _new_stream() -> Stream:
    return rtp.begin(secrets.randbits(32), secrets.randbits(16), secrets.randbits(32), {PCMU: PCMU})
