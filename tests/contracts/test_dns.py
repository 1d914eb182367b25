"""The table that stands in for DNS in unit tests and a real DNS server over UDP give the same places."""

import random
from collections.abc import AsyncGenerator

import pytest
import pytest_twisted
from twisted.internet import defer, reactor
from twisted.names import authority, client, dns, server

from contact_center.telephony.sip.edge.locating import Dns, TwistedDns, locate
from contact_center.telephony.sip.message import Uri
from tests.unit.test_sip_locating import HOSTS, NAPTRS, SRVS, Table

URIS = [
    "sip:x",
    "sip:x;transport=udp",
    "sip:x;transport=tls",
    "sip:x;transport=tcp",
    "sip:b.x",
    "sip:b.x:5099",
    "sip:nowhere.x",
    "sip:[2001:db8::7]:5080",
]


def chance() -> random.Random:
    return random.Random(1)  # noqa: S311  # a fixed seed, for a test


TABLE = Table(naptrs=NAPTRS, srvs=SRVS, hosts=HOSTS)


class Zone(authority.FileAuthority):
    """The table's records, served by Twisted's name server."""

    def loadFile(self, filename: object) -> None:  # noqa: N802  # Twisted's name
        soa = dns.Record_SOA(
            mname=b"ns.x", rname=b"root.x", serial=1, refresh=60, retry=60, expire=60, minimum=1
        )
        self.soa = (b"x", soa)
        self.records: dict[bytes, list[object]] = {b"x": [soa]}
        for name, pointers in NAPTRS.items():
            self._add(
                name,
                *(
                    dns.Record_NAPTR(
                        order=each.order,
                        preference=each.preference,
                        flags=b"s",
                        service=each.service.encode(),
                        replacement=each.replacement.encode(),
                    )
                    for each in pointers
                ),
            )
        for name, places in SRVS.items():
            self._add(name, *(dns.Record_SRV(s.priority, s.weight, s.port, s.host.encode()) for s in places))
        for name, addresses in HOSTS.items():
            self._add(name, *((dns.Record_AAAA if ":" in a else dns.Record_A)(a) for a in addresses))

    def _add(self, name: str, *records: object) -> None:
        self.records.setdefault(name.encode(), []).extend(records)


@pytest_twisted.async_yield_fixture
async def real_dns() -> AsyncGenerator[Dns, None]:
    protocol = dns.DNSDatagramProtocol(server.DNSServerFactory(authorities=[Zone("x")]))
    port = reactor.listenUDP(0, protocol, "127.0.0.1")
    yield TwistedDns(client.Resolver(servers=[("127.0.0.1", port.getHost().port)]))
    await defer.maybeDeferred(port.stopListening)


@pytest.mark.parametrize("uri", URIS)
@pytest_twisted.ensureDeferred
async def test_both_find_the_same_places(real_dns: Dns, uri: str) -> None:
    found = await locate(Uri.parse(uri), real_dns, chance())
    assert found == await locate(Uri.parse(uri), TABLE, chance())
    assert bool(found) == ("nowhere" not in uri)


@pytest_twisted.ensureDeferred
async def test_a_server_that_is_silent_finds_nothing_and_says_so_in_time() -> None:
    deaf = reactor.listenUDP(0, dns.DNSDatagramProtocol(_Deaf()), "127.0.0.1")
    asked = TwistedDns(client.Resolver(servers=[("127.0.0.1", deaf.getHost().port)]))
    assert await locate(Uri.parse("sip:a.x:5060"), asked, chance()) == ()
    await defer.maybeDeferred(deaf.stopListening)


class _Deaf:
    def messageReceived(self, *_: object) -> None:  # noqa: N802  # Twisted's name
        """Answers nothing."""
