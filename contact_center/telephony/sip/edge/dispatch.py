"""Which conversation has which call, from its first INVITE until nothing but routed requests can follow.

The table is bounded and its rows expire, so that no flood of INVITEs can fill the memory. It is the only
thing the edge forgets when it is restarted.
"""

import hashlib
from dataclasses import dataclass
from typing import assert_never

from contact_center.telephony.sip.edge.places import Where, answer_to
from contact_center.telephony.sip.message import Request, Response

RINGING_S = 360.0
"""How long a call without a final answer is kept: beyond timer C of any proxy on the way (§16.6, 3 min)."""
SETTLED_S = 32.0
"""How long after the final answer a repeat or an ACK may come (64 T1)."""
CLAIM_S = 10.0
"""How long a claim may take before the row is given up; the shell gives up earlier."""
MOST_CALLS = 20_000


@dataclass(frozen=True, slots=True)
class Claiming:
    """A conversation was asked for; requests of the call wait here."""

    invite: Request
    source: Where
    cancel: Request | None = None


@dataclass(frozen=True, slots=True)
class Claimed:
    """The call goes to this conversation."""

    target: Where


@dataclass(frozen=True, slots=True)
class Rejected:
    """We answered the INVITE with this branch ourselves; its repeats get the same answer."""

    branch: str
    answer: bytes
    where: Where

    def repeats(self, invite: Request) -> bool:
        """It is that INVITE again, from the same place."""
        return invite.via.branch == self.branch and answer_to(invite.via) == self.where


Row = Claiming | Claimed | Rejected


def key_of(message: Request | Response) -> str:
    """Call-ID and From tag, always short, always valid UTF-8."""
    key = f"{message.call_id};{message.from_.tag}"
    if len(key) > 200 or not key.isascii():
        return hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()
    return key


class Dispatch:
    """Rows by key."""

    def __init__(self, most: int = MOST_CALLS) -> None:
        self._most = most
        self._rows: dict[str, tuple[float, Row]] = {}
        self._swept_at = float("-inf")

    def __len__(self) -> int:
        return len(self._rows)

    def get(self, key: str, now: float) -> Row | None:
        found = self._rows.get(key)
        return None if found is None or found[0] <= now else found[1]

    def full(self, now: float) -> bool:
        """No room for another call, even without the rows that only remember a refusal."""
        if len(self._rows) >= self._most and now >= self._swept_at + 1.0:
            self.expire(now)
            if len(self._rows) >= self._most:
                self._rows = {k: held for k, held in self._rows.items() if not isinstance(held[1], Rejected)}
        return len(self._rows) >= self._most

    def put(self, key: str, row: Row, now: float) -> None:
        match row:
            case Claiming():
                life_s = CLAIM_S
            case Claimed():
                life_s = RINGING_S
            case Rejected():
                life_s = SETTLED_S
            case _:
                assert_never(row)
        self._rows[key] = (now + life_s, row)

    def settle(self, key: str, now: float) -> bool:
        """The call has its final answer: keep its row for repeats only. True the first time."""
        found = self._rows.get(key)
        if found is None or found[0] <= now + SETTLED_S:
            return False
        self._rows[key] = (now + SETTLED_S, found[1])
        return True

    def expire(self, now: float) -> None:
        self._swept_at = now
        self._rows = {key: held for key, held in self._rows.items() if held[0] > now}
