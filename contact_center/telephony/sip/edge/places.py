"""Where datagrams and streams go to and come from, and which of our own addresses faces them."""

from dataclasses import dataclass
from typing import Literal, NamedTuple

from contact_center.telephony.sip.message import Via

Transport = Literal["udp", "tcp", "tls"]


class Where(NamedTuple):
    """One end of a flow; for tcp and tls the port names the connection it came over."""

    host: str
    port: int
    transport: Transport = "udp"

    @property
    def text(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def reliable(self) -> bool:
        return self.transport != "udp"


def answer_to(via: Via) -> Where:
    """Where the response by this Via goes (§18.2.2); an unknown transport is answered over UDP."""
    host, port = via.reply_to
    match via.transport.upper():
        case "TCP":
            return Where(host, port, "tcp")
        case "TLS":
            return Where(host, port, "tls")
        case _:
            return Where(host, port)


@dataclass(frozen=True, slots=True)
class Addresses:
    """Our own listening addresses as others reach them; the first one serves when none fits."""

    all: tuple[Where, ...]

    def facing(self, other: Where) -> Where:
        """Ours of the same transport and family."""
        same = [ours for ours in self.all if ours.transport == other.transport]
        family = [ours for ours in same if (":" in ours.host) == (":" in other.host)]
        return (family or same or list(self.all))[0]

    def is_ours(self, sent_by: str) -> bool:
        lowered = sent_by.lower()
        return any(ours.text.lower() == lowered for ours in self.all)

    def via(self, towards: Where, branch: str) -> str:
        """Our Via value on a request that goes there."""
        ours = self.facing(towards)
        return f"SIP/2.0/{towards.transport.upper()} {ours.text};branch={branch};rport"

    def record_routes(self, token: str, before: Where, towards: Where) -> tuple[str, ...]:
        """Our Record-Route values, topmost last: two where the sides need different addresses (RFC 5658)."""
        first, second = self.facing(before), self.facing(towards)
        one = _route(token, first)
        return (one,) if first == second else (one, _route(token, second))


def _route(token: str, ours: Where) -> str:
    transport = f";transport={ours.transport}" if ours.reliable else ""
    return f"<sip:{token}@{ours.text}{transport};lr>"
