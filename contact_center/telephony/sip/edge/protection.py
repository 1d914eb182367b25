"""Who is heard at all: per-source token buckets, and a ban list whose entries expire. Pure.

A source earns points for what only scanners do; enough of them and it is banned, each time twice as long.
Carriers and our own hosts are never held back, who has shown a carrier's password is not for a while. Over
UDP an address can be forged, so points from one source never weigh on another, and a ban ends by itself.
"""

import re
from collections import Counter, OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

RATE_PER_S = 20.0
BURST = 60.0
POINTS_FOR_BAN = 10.0
POINTS_FADE_PER_S = 0.1
BAN_S = 300.0
"""The first ban of a source, unless the settings say otherwise."""
LONGEST_BAN_S = 86_400.0
MOST_SOURCES = 10_000
PROVEN_S = 300.0
"""So long after it showed the right password a source may send as much as it has to."""

POINTS = {
    "malformed": 1.0,
    "not_admitted": 1.0,
    "unproven": 0.25,
    "wrong_password": 2.0,
    "unknown_number": 1.0,
    "scanner": 10.0,
}
_SCANNERS = re.compile(
    rb"\r\n(?:user-agent|server)[ \t]*:[^\r\n]*"
    rb"(?:friendly-scanner|sipvicious|sipcli|sip-scan|sundayddr|smap|iwar|vaxsipuseragent|pplsip|sipsak|sivus)",
    re.IGNORECASE,
)


def is_scanner(datagram: bytes) -> bool:
    """The sender says by its User-Agent that it is a scanning tool."""
    return _SCANNERS.search(datagram) is not None


@dataclass(slots=True)
class _Source:
    tokens: float
    at: float
    points: float = 0.0
    banned_until: float = float("-inf")
    proven_until: float = float("-inf")
    next_ban_s: float = BAN_S


class Protection:
    """One per edge. Memory is bounded: the source heard of longest ago is forgotten first."""

    def __init__(
        self,
        *,
        trusted: frozenset[str] = frozenset(),
        carrier: Callable[[str], bool] = lambda host: False,
        most: int = MOST_SOURCES,
        ban_s: float = BAN_S,
    ) -> None:
        self._trusted, self._carrier, self._most, self._ban_s = trusted, carrier, most, ban_s
        self._sources: OrderedDict[str, _Source] = OrderedDict()
        self._figures: Counter[str] = Counter()

    @property
    def figures(self) -> dict[str, float]:
        return {**self._figures, "sources_known": len(self._sources)}

    def expire(self, now: float) -> None:
        """Count who is still banned, for the figures."""
        banned = sum(source.banned_until > now for source in self._sources.values())
        self._figures["sources_banned"] = banned

    def hears(self, host: str, now: float) -> bool:
        """Whether a message from this source is read; if not, it is dropped without an answer."""
        if host in self._trusted or self._carrier(host):
            return True
        source = self._source(host, now)
        if source.banned_until > now:
            self._figures["dropped_banned"] += 1
            return False
        source.tokens = min(BURST, source.tokens + (now - source.at) * RATE_PER_S)
        source.points = max(0.0, source.points - (now - source.at) * POINTS_FADE_PER_S)
        source.at = now
        if source.proven_until > now:
            return True
        if source.tokens < 1.0:
            self._figures["dropped_flood"] += 1
            return False
        source.tokens -= 1.0
        return True

    def blame(self, host: str, what: str, now: float) -> None:
        """Something only scanners do; see `POINTS`."""
        if host in self._trusted or self._carrier(host):
            return
        source = self._source(host, now)
        source.points += POINTS[what]
        self._figures[f"blamed_{what}"] += 1
        if source.points >= POINTS_FOR_BAN and source.banned_until <= now:
            source.banned_until = now + source.next_ban_s
            source.next_ban_s = min(LONGEST_BAN_S, 2 * source.next_ban_s)
            source.points = 0.0
            self._figures["bans"] += 1

    def proved(self, host: str, now: float) -> None:
        """It showed a carrier's password: it was no scanner, and is held to no rate for a while."""
        source = self._source(host, now)
        source.points, source.proven_until = 0.0, now + PROVEN_S

    def _source(self, host: str, now: float) -> _Source:
        source = self._sources.get(host)
        if source is None:
            source = self._sources[host] = _Source(BURST, now, next_ban_s=self._ban_s)
            if len(self._sources) > self._most:
                self._sources.popitem(last=False)
        else:
            self._sources.move_to_end(host)
        return source
