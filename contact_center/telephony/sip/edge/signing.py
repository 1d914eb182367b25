"""What the edge signs so that it need not remember: Record-Route tokens, Via branches, To tags.

A token in our Record-Route names both hops of a dialog, and a branch of ours vouches for the Via below it.
Both are bound to the Call-ID. Whoever got none from us can make us send nothing to anybody, and an edge
that was restarted with the same key goes on where it stopped.
"""

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass

from contact_center.telephony.sip.edge.places import Transport, Where
from contact_center.telephony.sip.message import Via

_PREFIX = "cc2."
_MAC_BYTES = 15  # 120 bits, 20 characters of base64 without padding
BRANCH_PREFIX = "z9hG4bKcc1."
FORK_PREFIX = "z9hG4bKccf."
"""Begins the branches of calls out, which the edge remembers."""
_TRANSPORTS: dict[str, Transport] = {"udp": "udp", "tcp": "tcp", "tls": "tls"}


@dataclass(frozen=True, slots=True)
class Hops:
    """The two ends the edge sits between, as addresses seen on the wire."""

    caller: Where
    conversation: Where


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _where(parts: list[str]) -> Where:
    return Where(parts[0], int(parts[1]), _TRANSPORTS[parts[2]])


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs and checks with one secret."""

    secret: bytes

    def _mac(self, purpose: str, *parts: str) -> str:
        message = "\0".join((purpose, *parts)).encode("utf-8", "surrogateescape")
        return _text(hmac.digest(self.secret, message, hashlib.sha256)[:_MAC_BYTES])

    def token(self, hops: Hops, call_id: str) -> str:
        """The user part of our Record-Route URI."""
        plain = ",".join((*map(str, hops.caller), *map(str, hops.conversation)))
        packed = _text(plain.encode())
        return f"{_PREFIX}{packed}.{self._mac('route', packed, call_id)}"

    def hops(self, token: str, call_id: str) -> Hops | None:
        """The hops of a token of ours for this call; `None` for anything else."""
        if not token.startswith(_PREFIX) or not token.isascii():
            return None
        packed, _, mac = token[len(_PREFIX) :].partition(".")
        if not hmac.compare_digest(mac, self._mac("route", packed, call_id)):
            return None
        try:
            plain = base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4)).decode()
        except (binascii.Error, UnicodeDecodeError):
            return None
        caller = plain.split(",")
        return Hops(_where(caller[:3]), _where(caller[3:]))

    def branch(self, below: Via, call_id: str) -> str:
        """The branch above `below`: the same for a repeat, the CANCEL and the ACK of a request (§16.11)."""
        host, port = below.reply_to
        return BRANCH_PREFIX + self._mac("via", below.sent_by, below.branch, host, str(port), call_id)

    def fork_branch(self, below: Via, call_id: str, nth: int) -> str:
        """The branch of the `nth` copy of a call out."""
        return f"{FORK_PREFIX}{self._mac('fork', below.sent_by, below.branch, call_id)}.{nth}"

    def is_branch(self, branch: str, below: Via, call_id: str) -> bool:
        return branch.isascii() and hmac.compare_digest(branch, self.branch(below, call_id))

    def tag(self, via: Via, call_id: str) -> str:
        """A To tag that a repeat of the request gets again (§8.2.7)."""
        return self._mac("tag", via.sent_by, via.branch, call_id)[:12].replace("_", ".")
