"""A desk phone of a few lines: takes one call, sends REFER, keeps what it is told, after its BYE as well.

It takes no RFC 4733 events.
"""

import re
from typing import Any

from twisted.internet.protocol import DatagramProtocol

from contact_center.telephony.sip.message import Request, parse, respond
from tests.sip_samples import SDP, wire


class RawPhone(DatagramProtocol):
    """`heard`: every request and answer after the call was taken, as method or status, and code or key."""

    def __init__(self, reactor: Any) -> None:
        self.heard: list[tuple[str, str]] = []
        self._invite: Request | None = None
        self._cseq = 6
        self._peer = ("", 0)
        self._port = reactor.listenUDP(0, self, interface="127.0.0.1")
        self.sip = f"127.0.0.1:{self._port.getHost().port}"

    def datagramReceived(self, datagram: bytes, addr: tuple[str, int]) -> None:  # noqa: N802  # Twisted's name
        message, self._peer = parse(datagram), addr
        if not isinstance(message, Request):
            self.heard.append((str(message.status), ""))
        elif message.method == "INVITE":
            self._invite = message
            contact = (("Contact", f"<sip:raw@{self.sip}>"), ("Content-Type", "application/sdp"))
            answer = bytes(respond(message, 200, *contact, tag="raw")).partition(b"\r\n\r\n")[0].decode()
            lines = [line for line in answer.split("\r\n") if not line.lower().startswith("content-length")]
            body = f"Content-Length: {len(SDP)}\r\n\r\n{SDP}"
            self.transport.write(("\r\n".join(lines) + "\r\n" + body).encode(), addr)
        elif message.method != "ACK":
            told = {"NOTIFY": r"SIP/2.0 (\d+)", "INFO": r"Signal=\s*(\S)"}.get(message.method, "()")
            found = re.match(told, message.body.decode())
            self.heard.append((message.method, "" if found is None else found[1]))
            self.transport.write(bytes(respond(message, 200)), addr)

    def refer(self, target: str) -> None:
        invite = self._invite
        assert invite is not None
        self._cseq += 1
        lines = (
            f"REFER {invite.addresses('contact')[0].uri} SIP/2.0",
            f"Via: SIP/2.0/UDP {self.sip};branch=z9hG4bKrefer{self._cseq};rport",
            "Max-Forwards: 70",
            f"From: {invite.headers.get('to')};tag=raw",
            f"To: {invite.headers.get('from')}",
            f"Call-ID: {invite.call_id}",
            f"CSeq: {self._cseq} REFER",
            f"Contact: <sip:raw@{self.sip}>",
            f"Refer-To: <sip:{target}>",
            "Content-Length: 0",
        )
        self.transport.write(wire("\n".join(lines)), self._peer)

    def close(self) -> Any:
        return self._port.stopListening()
