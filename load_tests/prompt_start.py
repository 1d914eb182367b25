"""From a key (SIP INFO) to the first sound of the prompt it leads to, at the caller's own RTP socket.

    contact-center flow deploy load_tests/flows/prompt_start.yaml
    python -m load_tests.prompt_start --centre 127.0.0.1:5060

A prompt's file begins with 50 ms of silence, which is part of the figure.
"""

import argparse
import json
import re
import secrets
import socket
import time
from statistics import median

from load_tests.report import percentile

NUMBER = "8199"
QUIET_S, PATIENCE_S = 0.8, 10.0
LOUD = 600
"""Of a 16-bit sample: above the noise of G.711 silence, below any spoken word."""


class Call:
    """One call by hand: just enough SIP for INVITE, ACK, INFO and BYE through a proxy in the route."""

    def __init__(self, centre: tuple[str, int]) -> None:
        self.sip = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.rtp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        for each in (self.sip, self.rtp):
            each.bind(("127.0.0.1", 0))
        self.sip.settimeout(PATIENCE_S)
        self.rtp.settimeout(PATIENCE_S)
        self.centre = centre
        self.here = "{}:{}".format(*self.sip.getsockname())
        self.id, self.tag, self.cseq = secrets.token_hex(8), secrets.token_hex(4), 0
        self.target, self.to, self.routes = f"sip:{NUMBER}@{centre[0]}:{centre[1]}", f"<sip:{NUMBER}@x>", ""

    def send(self, method: str, body: str = "", kind: str = "", *, cseq: int | None = None) -> None:
        if cseq is None:
            self.cseq += 1
        lines = [
            f"{method} {self.target} SIP/2.0",
            f"Via: SIP/2.0/UDP {self.here};branch=z9hG4bK{secrets.token_hex(6)};rport",
            "Max-Forwards: 70",
            *([self.routes] if self.routes else []),
            f"From: <sip:+12025550150@{self.here}>;tag={self.tag}",
            f"To: {self.to}",
            f"Call-ID: {self.id}",
            f"CSeq: {cseq or self.cseq} {method}",
            f"Contact: <sip:caller@{self.here}>",
            *([f"Content-Type: {kind}"] if kind else []),
            f"Content-Length: {len(body)}",
        ]
        self.sip.sendto(("\r\n".join(lines) + "\r\n\r\n" + body).encode(), self.centre)

    def begin(self) -> None:
        port = self.rtp.getsockname()[1]
        sdp = ["v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "c=IN IP4 127.0.0.1", "t=0 0"]
        sdp += [f"m=audio {port} RTP/AVP 0", "a=rtpmap:0 PCMU/8000", "a=sendrecv", ""]
        self.send("INVITE", "\r\n".join(sdp), "application/sdp")
        while True:
            answer = self.sip.recv(65_535).decode()
            status = int(answer.split()[1]) if answer.startswith("SIP/2.0") else 0
            if status >= 300:
                raise SystemExit(f"the call was refused: {answer.splitlines()[0]}")
            if 200 <= status < 300:
                break
        self.to = _header(answer, "To")[0]
        self.target = _header(answer, "Contact")[0].strip("<>").split(">")[0]
        self.routes = "\r\n".join(f"Route: {route}" for route in reversed(_header(answer, "Record-Route")))
        self.send("ACK", cseq=self.cseq)

    def first_sound_s(self, key: str) -> float:
        """Press a key once it has been quiet, and wait for sound."""
        quiet_since = time.perf_counter()
        while time.perf_counter() - quiet_since < QUIET_S:
            if _loud(self.rtp.recv(2048)):
                quiet_since = time.perf_counter()
        self.send("INFO", f"Signal={key}\r\nDuration=100\r\n", "application/dtmf-relay")
        pressed = time.perf_counter()
        while not _loud(self.rtp.recv(2048)):
            pass
        return time.perf_counter() - pressed


def _header(message: str, name: str) -> list[str]:
    found = re.findall(rf"^{name}\s*:\s*(.+?)\r?$", message, re.MULTILINE | re.IGNORECASE)
    return [
        part.strip() for line in found for part in (line.split(",") if name == "Record-Route" else [line])
    ]


def _loud(packet: bytes) -> bool:
    return any(abs(_LINEAR[byte]) > LOUD for byte in packet[12:])


def _linear(byte: int) -> int:
    """ITU-T G.711 mu-law."""
    byte = ~byte & 0xFF
    size = (((byte & 0x0F) << 3) + 0x84 << ((byte & 0x70) >> 4)) - 0x84
    return -size if byte & 0x80 else size


_LINEAR = [_linear(byte) for byte in range(256)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--centre", default="127.0.0.1:5060")
    parser.add_argument("--keys", type=int, default=40)
    args = parser.parse_args()
    host, _, port = args.centre.rpartition(":")
    call = Call((host, int(port)))
    call.begin()
    took_ms = sorted(call.first_sound_s("1") * 1000 for _ in range(args.keys))
    call.send("BYE")
    figures = {
        "keys": len(took_ms),
        "median_ms": round(median(took_ms), 1),
        "p95_ms": round(percentile(took_ms, 0.95), 1),
        "most_ms": round(took_ms[-1], 1),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
