"""From a SIP URI to addresses: NAPTR, SRV, A and AAAA (RFC 3263 §4), in the order to try them.

`Dns` is what is asked; `TwistedDns` asks the resolvers of the operating system. A name that is not there, or
a resolver that does not answer, gives no address: the next target has its turn.
"""

import ipaddress
import logging
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from twisted.internet import defer
from twisted.names import client, dns, error

from contact_center.telephony.sip.edge.places import Transport, Where
from contact_center.telephony.sip.message import Uri

_log = logging.getLogger(__name__)
TIMEOUTS_S = (1, 2)
DEFAULT_PORT: dict[Transport, int] = {"udp": 5060, "tcp": 5060, "tls": 5061}
_SERVICES: dict[str, Transport] = {"SIP+D2U": "udp", "SIP+D2T": "tcp", "SIPS+D2T": "tls"}
_SRV: dict[Transport, str] = {"udp": "_sip._udp.", "tcp": "_sip._tcp.", "tls": "_sips._tcp."}
MOST_ADDRESSES = 8


@dataclass(frozen=True, slots=True)
class Naptr:
    order: int
    preference: int
    service: str
    replacement: str


@dataclass(frozen=True, slots=True)
class Srv:
    priority: int
    weight: int
    host: str
    port: int


class Dns(Protocol):
    """The questions; no such name is an empty answer."""

    async def naptr(self, name: str) -> Sequence[Naptr]: ...

    async def srv(self, name: str) -> Sequence[Srv]: ...

    async def addresses(self, name: str) -> Sequence[str]: ...


async def locate(uri: Uri, ask: Dns, chance: random.Random) -> tuple[Where, ...]:
    """The places of a URI, best first."""
    wanted = _transport(uri.param("transport") or "")
    host = uri.host.strip("[]")
    if _is_address(host):
        transport = wanted or "udp"
        return (Where(host, uri.port or DEFAULT_PORT[transport], transport),)
    if uri.port is not None:
        transport = wanted or "udp"
        return tuple(Where(a, uri.port, transport) for a in await ask.addresses(host))[:MOST_ADDRESSES]
    found: list[Where] = []
    for transport, name in await _services(host, wanted, ask):
        for srv in by_weight(await ask.srv(name), chance):
            addresses = [srv.host] if _is_address(srv.host) else await ask.addresses(srv.host)
            found += [Where(address, srv.port, transport) for address in addresses]
    if not found:
        transport = wanted or "udp"
        found = [Where(address, DEFAULT_PORT[transport], transport) for address in await ask.addresses(host)]
    return tuple(found[:MOST_ADDRESSES])


async def _services(host: str, wanted: Transport | None, ask: Dns) -> list[tuple[Transport, str]]:
    """Transports and the SRV names to ask for (§4.1)."""
    if wanted is not None:
        return [(wanted, f"{_SRV[wanted]}{host}")]
    records = sorted(await ask.naptr(host), key=lambda r: (r.order, r.preference))
    chosen = [
        (_SERVICES[r.service.upper()], r.replacement) for r in records if r.service.upper() in _SERVICES
    ]
    return chosen or [(transport, f"{_SRV[transport]}{host}") for transport in ("udp", "tcp", "tls")]


def by_weight(records: Sequence[Srv], chance: random.Random) -> list[Srv]:
    """RFC 2782: by priority; within one, drawn by weight."""
    ordered: list[Srv] = []
    for priority in sorted({r.priority for r in records}):
        left = sorted((r for r in records if r.priority == priority), key=lambda r: r.weight)
        while left:
            mark = chance.uniform(0, sum(r.weight for r in left))
            for record in left:
                mark -= record.weight
                if mark <= 0:
                    break
            left.remove(record)
            ordered.append(record)
    return ordered


def _transport(text: str) -> Transport | None:
    match text.lower():
        case "udp" | "tcp" | "tls" as known:
            return known
        case _:
            return None


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


class TwistedDns:
    """Asks over the network, with a cache of the answers for their time to live."""

    def __init__(self, resolver: Any = None) -> None:
        self._resolver = client.createResolver() if resolver is None else resolver

    async def naptr(self, name: str) -> Sequence[Naptr]:
        found = await self._ask(self._resolver.lookupNamingAuthorityPointer, name, dns.NAPTR)
        return [
            Naptr(r.order, r.preference, r.service.string.decode(), str(r.replacement.name.decode()))
            for r in found
        ]

    async def srv(self, name: str) -> Sequence[Srv]:
        found = await self._ask(self._resolver.lookupService, name, dns.SRV)
        return [Srv(r.priority, r.weight, r.target.name.decode(), r.port) for r in found]

    async def addresses(self, name: str) -> Sequence[str]:
        four = await self._ask(self._resolver.lookupAddress, name, dns.A)
        six = await self._ask(self._resolver.lookupIPV6Address, name, dns.AAAA)
        return [record.dottedQuad() for record in four] + [_six(record.address) for record in six]

    @staticmethod
    async def _ask(question: Any, name: str, kind: int) -> list[Any]:
        try:
            answers, _, _ = await question(name, TIMEOUTS_S)
        except (error.DomainError, error.AuthoritativeDomainError, defer.TimeoutError, OSError) as failed:
            _log.info("no DNS answer for %s: %r", name, failed)
            return []
        return [answer.payload for answer in answers if answer.type == kind]


def _six(packed: bytes) -> str:
    return str(ipaddress.IPv6Address(packed))
