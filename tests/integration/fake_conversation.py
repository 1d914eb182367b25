"""A conversation's side of a browser leg, reduced to datagrams: a raw SIP caller and an RTP socket."""

import asyncio
import re
import secrets
from typing import Any, cast

from contact_center.telephony.webrtc import rtp
from contact_center.telephony.webrtc.rtp import Packet
from contact_center.telephony.webrtc.sdp import RtpDescription, read_rtp, write_rtp
from tests.support import until

HOST = "127.0.0.1"
EVENT_TYPE = 120


class Socket(asyncio.DatagramProtocol):
    """A UDP socket that keeps what it got."""

    def __init__(self) -> None:
        self.got: list[bytes] = []

    @classmethod
    async def open(cls) -> "Socket":
        _, socket = await asyncio.get_running_loop().create_datagram_endpoint(cls, local_addr=(HOST, 0))
        return socket

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.DatagramTransport", transport)
        self.port = int(transport.get_extra_info("sockname")[1])

    def datagram_received(self, data: bytes, addr: tuple[Any, ...]) -> None:
        self.got.append(data)


class FakeConversation:
    """Calls `sip:<agent>@<where>` and exchanges RTP with what answers."""

    def __init__(self, sip: Socket, media: Socket) -> None:
        self.sip, self.media = sip, media
        self.remote: RtpDescription | None = None
        self.shows = ""
        self._call_id = secrets.token_hex(8)
        self._from_tag = secrets.token_hex(4)
        self._branch = "z9hG4bK" + secrets.token_hex(6)
        self._sent = 0
        self._ssrc = secrets.randbits(32)

    @classmethod
    async def open(cls, shows: str = "") -> "FakeConversation":
        """`shows`: the pass its INVITE carries."""
        made = cls(await Socket.open(), await Socket.open())
        made.shows = shows
        return made

    def close(self) -> None:
        self.sip.transport.close()
        self.media.transport.close()

    def invite(self, agent: str, where: str, *, conversation: str = "conv-1", leg: str = "agent-1") -> None:
        self._where = where
        self._uri = f"sip:{agent}@{where}"
        body = write_rtp(
            RtpDescription(host=HOST, port=self.media.port, telephone_event=EVENT_TYPE), session=1
        )
        extra = [f"X-CC-Conversation: {conversation}", f"X-CC-Leg: {leg}", "Content-Type: application/sdp"]
        extra.append(f"X-CC-Inside: {self.shows}")
        self._send("INVITE", 1, self._branch, "", extra, body)

    def cancel(self) -> None:
        self._send("CANCEL", 1, self._branch, "", [], "")

    async def status(self, *, at_least: int = 180) -> int:
        """The first status of the INVITE that is `at_least` so high."""
        found: list[int] = []

        def look() -> list[int]:
            found[:] = [s for s in self.statuses() if s >= at_least]
            return found

        await until(look, what=f"a status >= {at_least}")
        return found[0]

    def statuses(self) -> list[int]:
        answers = (m.decode() for m in self.sip.got if m.startswith(b"SIP/2.0"))
        return [int(a.split()[1]) for a in answers if re.search(r"(?im)^cseq:\s*1 INVITE", a)]

    async def acknowledge(self) -> None:
        """Wait for the 200, note where its media is, send ACK."""
        await self.status(at_least=200)
        final = next(m for m in self.sip.got if m.startswith(b"SIP/2.0 200")).decode()
        self._to_tag = re.findall(r"(?im)^to:.*;tag=([^\s;]+)", final)[0]
        self.remote = read_rtp(final.partition("\r\n\r\n")[2])
        self._send("ACK", 1, "z9hG4bK" + secrets.token_hex(6), self._to_tag, [], "")

    def bye(self) -> None:
        self._send("BYE", 2, "z9hG4bK" + secrets.token_hex(6), self._to_tag, [], "")

    def was_hung_up(self) -> bool:
        return any(m.startswith(b"BYE ") for m in self.sip.got)

    def speak(self, payload: bytes, *, payload_type: int = 0) -> None:
        """Send one RTP packet where the answer said."""
        assert self.remote is not None
        self._sent += 1
        packet = Packet(payload_type, self._sent, 160 * self._sent, self._ssrc, marker=False, rest=payload)
        self.media.transport.sendto(rtp.pack(packet), (self.remote.host, self.remote.port))

    def heard(self) -> list[Packet]:
        packets = [rtp.unpack(data) for data in self.media.got]
        return [p for p in packets if p is not None]

    def _send(self, method: str, number: int, branch: str, to_tag: str, extra: list[str], body: str) -> None:
        tag = f";tag={to_tag}" if to_tag else ""
        lines = [
            f"{method} {self._uri} SIP/2.0",
            f"Via: SIP/2.0/UDP {HOST}:{self.sip.port};branch={branch};rport",
            "Max-Forwards: 70",
            f"From: <sip:conversation@{HOST}:{self.sip.port}>;tag={self._from_tag}",
            f"To: <{self._uri}>{tag}",
            f"Call-ID: {self._call_id}",
            f"CSeq: {number} {method}",
            f"Contact: <sip:conversation@{HOST}:{self.sip.port}>",
            *extra,
            f"Content-Length: {len(body)}",
        ]
        host, _, port = self._where.rpartition(":")
        self.sip.transport.sendto(("\r\n".join(lines) + "\r\n\r\n" + body).encode(), (host, int(port)))
