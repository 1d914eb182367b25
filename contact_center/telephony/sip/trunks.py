"""Trunks: the carriers calls come from and go to, their number formats and limits. Pure; see `trunk_file`.

A number inside the system is E.164 with its plus (`+4930123456`), or what was dialled where that cannot be
told (an extension, a service number).
"""

import ipaddress
from dataclasses import dataclass, field
from typing import Literal

from contact_center.telephony.sip.syntax import Uri

Spelling = Literal["plus", "digits", "national"]
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_SEPARATORS = str.maketrans("", "", " -.()/")


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberFormat:
    """How a carrier spells numbers.

    plus: `+4930123456`; digits: `4930123456`; national: `030123456` in `country`, else `00` and the digits.
    `prefix` goes before what is sent (a technical prefix), and is taken off what comes.
    """

    spelling: Spelling = "plus"
    country: str = ""
    """Calling code, digits only; needed for `national`."""
    trunk_prefix: str = "0"
    international_prefix: str = "00"
    prefix: str = ""

    def write(self, number: str) -> str:
        """How the carrier wants `number`; what is no E.164 number goes as it is."""
        if not number.startswith("+"):
            return self.prefix + number
        digits = number[1:]
        match self.spelling:
            case "plus":
                spelt = number
            case "digits":
                spelt = digits
            case "national":
                own = digits.startswith(self.country)
                spelt = (
                    self.trunk_prefix + digits[len(self.country) :]
                    if own
                    else self.international_prefix + digits
                )
        return self.prefix + spelt

    def read(self, text: str) -> str:
        """The E.164 number a carrier's text means, or the text where it means none (`anonymous`, `112`)."""
        bare = text.translate(_SEPARATORS)
        text = bare if bare.removeprefix("+").isdecimal() else text
        if self.prefix and text.startswith(self.prefix):
            text = text[len(self.prefix) :]
        if text.startswith("+"):
            return text
        if not (text.isascii() and text.isdecimal()):
            return text
        if self.spelling == "national":
            return self._from_national(text)
        return f"+{text}" if self.spelling == "digits" and len(text) > 6 else text

    def _from_national(self, digits: str) -> str:
        if self.international_prefix and digits.startswith(self.international_prefix):
            return f"+{digits[len(self.international_prefix) :]}"
        if self.trunk_prefix:
            if digits.startswith(self.trunk_prefix):
                return f"+{self.country}{digits[len(self.trunk_prefix) :]}"
            return digits
        return f"+{self.country}{digits}" if len(digits) > 6 else digits


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """A user name and password of one side towards the other (digest, RFC 8760)."""

    user: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """Where and how often to register a trunk's contact."""

    registrar: Uri
    user: str
    expires_s: int = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Trunk:
    """One carrier."""

    name: str
    targets: tuple[Uri, ...] = ()
    """Where calls go, tried in order; each may stand for several addresses (RFC 3263)."""
    sources: tuple[Network, ...] = ()
    """Whoever sends from here is this carrier."""
    numbers: tuple[str, ...] = ()
    """Starts of the numbers that may go out this way; `""` stands for all, none at all for inbound only."""
    inbound: NumberFormat = field(default_factory=NumberFormat)
    outbound: NumberFormat = field(default_factory=NumberFormat)
    domain: str = ""
    """Host in From, To and P-Asserted-Identity of what we send; empty: the target's host."""
    assert_identity: bool = True
    """Send P-Asserted-Identity (RFC 3325) and believe the carrier's."""
    max_calls: int = 30
    max_calls_per_second: float = 5.0
    log_in: Credentials | None = None
    """What we answer when the carrier asks who we are."""
    ask: Credentials | None = None
    """What the carrier must answer when it calls from an address we do not know."""
    registration: Registration | None = None
    srtp: bool = False
    """Sound to and from the carrier is encrypted (SDES, RFC 4568), or the call fails."""
    keepalive_s: float = 30.0
    """How often each target is asked with OPTIONS; 0: never."""


@dataclass(frozen=True, slots=True)
class Trunks:
    """All carriers, in the order of the file."""

    all: tuple[Trunk, ...] = ()

    def of_source(self, host: str) -> Trunk | None:
        """The carrier an address belongs to: the narrowest range wins."""
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            return None
        if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        found = [(n.prefixlen, t) for t in self.all for n in t.sources if address in n]
        return max(found, key=lambda pair: pair[0])[1] if found else None

    def of_user(self, user: str) -> Trunk | None:
        """The carrier that proves itself with this user name."""
        return next((t for t in self.all if t.ask is not None and t.ask.user == user), None)

    def for_number(self, number: str) -> tuple[Trunk, ...]:
        """The carriers that may take a call to `number`: the longest start first, then the file's order."""
        fits = [(max((len(n) for n in t.numbers if number.startswith(n)), default=-1), t) for t in self.all]
        ranked = sorted((pair for pair in fits if pair[0] >= 0), key=lambda pair: -pair[0])
        return tuple(trunk for _, trunk in ranked if trunk.targets)

    def ways(self) -> tuple[tuple[str, bool], ...]:
        """Starts of numbers that can be called, each with whether its sound is encrypted; longest first."""
        pairs = {(start, trunk.srtp) for trunk in self.all for start in trunk.numbers if trunk.targets}
        return tuple(sorted(pairs, key=lambda way: (-len(way[0]), way)))

    @property
    def any_asks(self) -> bool:
        return any(trunk.ask is not None for trunk in self.all)

    def named(self, name: str) -> Trunk | None:
        return next((trunk for trunk in self.all if trunk.name == name), None)


@dataclass(slots=True)
class _Load:
    tokens: float
    at: float
    calls: dict[str, float] = field(default_factory=dict)
    refused: int = 0


LONGEST_CALL_S = 4 * 3600.0
"""A call of which nothing is heard any more stops counting."""


class Loads:
    """How many calls each trunk has, and whether it may have one more now."""

    def __init__(self) -> None:
        self._loads: dict[str, _Load] = {}

    def begin(self, trunk: Trunk, call: str, now: float) -> bool:
        """Count `call` (its Call-ID) here and nowhere else, if the trunk's limits allow or it is counted."""
        burst = max(1.0, trunk.max_calls_per_second)
        load = self._loads.setdefault(trunk.name, _Load(burst, now))
        if call in load.calls:
            return True
        load.tokens = min(burst, load.tokens + max(0.0, now - load.at) * trunk.max_calls_per_second)
        load.at = now
        if len(load.calls) >= trunk.max_calls:
            load.calls = {c: since for c, since in load.calls.items() if now - since < LONGEST_CALL_S}
        if len(load.calls) >= trunk.max_calls or load.tokens < 1.0:
            load.refused += 1
            return False
        self.end(call)
        load.tokens -= 1.0
        load.calls[call] = now
        return True

    def end(self, call: str) -> None:
        for load in self._loads.values():
            load.calls.pop(call, None)

    def calls(self, trunk: str) -> int:
        load = self._loads.get(trunk)
        return 0 if load is None else len(load.calls)

    def refused(self, trunk: str) -> int:
        """How many INVITEs found the trunk at one of its limits."""
        load = self._loads.get(trunk)
        return 0 if load is None else load.refused
