"""The edge's sockets: UDP ports, and TCP and TLS connections that are used both ways (RFC 5923).

flows = Flows(reactor, heard, gone, undeliverable, tls)
flows.listen("udp", "0.0.0.0", 5060)
flows.send(datagram, where)
"""

import contextlib
import logging
import socket
from collections import Counter
from collections.abc import Callable
from typing import Any

from twisted.internet import endpoints, error
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.protocol import DatagramProtocol, Factory, Protocol

from contact_center.telephony.sip.edge.framing import PONG, Framer, UnframedError
from contact_center.telephony.sip.edge.places import Addresses, Transport, Where

_log = logging.getLogger(__name__)
MOST_CONNECTIONS = 2000
MOST_PER_SOURCE = 50
CONNECT_TIMEOUT_S = 5.0
HALF_MESSAGE_S = 10.0
"""How long a connection may be in the middle of a message, or silent since it was opened."""
IDLE_S = 900.0

Heard = Callable[[bytes, Where], None]


class Tls:
    """What TLS needs: our certificate to listen with, the authorities to check others by."""

    def __init__(self, server: Any, authorities: Any) -> None:
        self.server, self._authorities = server, authorities

    def client(self, name: str) -> Any:
        """Options of a connection whose peer must prove to be `name`."""
        from twisted.internet import ssl  # heavy, and only where TLS is used

        return ssl.optionsForClientTLS(name, trustRoot=self._authorities)


class Flows:
    """Every socket of the edge but the one inside."""

    def __init__(
        self,
        reactor: Any,
        *,
        heard: Heard,
        gone: Callable[[Where], None],
        undeliverable: Heard,
        tls: Tls | None = None,
    ) -> None:
        self.reactor, self.heard = reactor, heard
        self._gone, self._undeliverable, self._tls = gone, undeliverable, tls
        self._ports: list[Any] = []
        self._udp: list[tuple[Where, _Datagrams]] = []
        self._ours: list[Where] = []
        self._streams: dict[Where, _Stream] = {}
        self._connecting: dict[Where, list[bytes]] = {}
        self._names: dict[Where, str] = {}
        self.figures: Counter[str] = Counter()

    @property
    def addresses(self) -> Addresses:
        return Addresses(tuple(self._ours))

    @property
    def connections(self) -> int:
        return len(self._streams)

    def listen(self, transport: Transport, host: str, port: int) -> Where:
        """Listen; raises `twisted.internet.error.CannotListenError` when the port is taken."""
        if transport == "udp":
            protocol = _Datagrams(self)
            bound = self.reactor.listenUDP(port, protocol, interface=host, maxPacketSize=65536)
            ours = Where(reachable(host), bound.getHost().port)
            self._udp.append((ours, protocol))
        else:
            factory = _Accepting(self, transport)
            if transport == "tcp":
                bound = self.reactor.listenTCP(port, factory, interface=host)
            elif self._tls is None or self._tls.server is None:
                raise ValueError("a TLS listener needs sip_tls_certificate")
            else:
                bound = self.reactor.listenSSL(port, factory, self._tls.server, interface=host)
            ours = Where(reachable(host), bound.getHost().port, transport)
        self._ports.append(bound)
        self._ours.append(ours)
        return ours

    def expect(self, where: Where, name: str) -> None:
        """Whoever answers there over TLS must have a certificate for `name`."""
        if where.transport == "tls":
            self._names[where] = name

    def stop(self) -> "Deferred[object]":
        for stream in list(self._streams.values()):
            stream.transport.abortConnection()
        stopping = [port.stopListening() for port in self._ports]
        return gatherResults([d for d in stopping if d is not None], consumeErrors=True)

    # -- out -----------------------------------------------------------------------------------------------

    def send(self, datagram: bytes, where: Where) -> None:
        if where.transport == "udp":
            self._send_datagram(datagram, where)
            return
        stream = self._streams.get(where)
        if stream is not None:
            stream.write(datagram)
        elif datagram.startswith(b"SIP/2.0"):
            self.figures["answers_without_connection"] += 1  # it closed; whoever asked has given up
        elif where in self._connecting:
            self._connecting[where].append(datagram)
        else:
            self._connect(datagram, where)

    def _send_datagram(self, datagram: bytes, where: Where) -> None:
        family = ":" in where.host
        protocol = next((p for ours, p in self._udp if (":" in ours.host) == family), None)
        if protocol is None or protocol.transport is None:
            return
        try:
            protocol.transport.write(datagram, (where.host, where.port))
        except (error.MessageLengthError, OSError) as refused:
            _log.warning("cannot send %d bytes to %s: %s", len(datagram), where.text, refused)
            self._undeliverable(datagram, where)

    def _connect(self, datagram: bytes, where: Where) -> None:
        self._connecting[where] = [datagram]
        point: Any = endpoints.HostnameEndpoint(
            self.reactor, where.host, where.port, timeout=CONNECT_TIMEOUT_S
        )
        if where.transport == "tls":
            if self._tls is None:
                self._failed(where, "no TLS here")
                return
            name = self._names.get(where, where.host)
            point = endpoints.wrapClientTLS(self._tls.client(name), point)
        factory = Factory.forProtocol(lambda: _Stream(self, where))
        factory.noisy = False
        connecting: Deferred[Any] = point.connect(factory)
        connecting.addErrback(lambda failure: self._failed(where, failure.getErrorMessage()))

    def _failed(self, where: Where, why: str) -> None:
        _log.warning("no %s connection to %s: %s", where.transport, where.text, why)
        self.figures["connections_failed"] += 1
        for datagram in self._connecting.pop(where, []):
            self._undeliverable(datagram, where)

    # -- connections come and go -----------------------------------------------------------------------------

    def opened(self, stream: "_Stream") -> None:
        where = stream.where
        same = sum(other.host == where.host for other in self._streams)
        if len(self._streams) >= MOST_CONNECTIONS or same >= MOST_PER_SOURCE:
            self.figures["connections_refused"] += 1
            stream.transport.abortConnection()
            return
        self._streams[where] = stream
        for datagram in self._connecting.pop(where, []):
            stream.write(datagram)

    def closed(self, stream: "_Stream", why: str) -> None:
        if self._streams.get(stream.where) is stream:
            del self._streams[stream.where]
            self._gone(stream.where)
        if stream.unproven:  # TLS: the handshake failed; or whoever accepted never spoke SIP
            self._connecting[stream.where] = stream.unproven
            self._failed(stream.where, why)


class _Datagrams(DatagramProtocol):
    def __init__(self, flows: Flows) -> None:
        self._flows = flows

    def datagramReceived(self, datagram: bytes, addr: tuple[str, int]) -> None:  # noqa: N802  # Twisted's name
        self._flows.heard(datagram, Where(addr[0].removeprefix("::ffff:"), addr[1]))


class _Accepting(Factory):
    noisy = False

    def __init__(self, flows: Flows, transport: Transport) -> None:
        self._flows, self._transport = flows, transport

    def buildProtocol(self, addr: IPv4Address | IPv6Address) -> "_Stream":  # noqa: N802
        return _Stream(self._flows, Where(addr.host, addr.port, self._transport))


class _Stream(Protocol):
    """One connection, whoever opened it."""

    def __init__(self, flows: Flows, where: Where) -> None:
        self._flows, self.where = flows, where
        self._framer = Framer()
        self._timer: Any = None
        self._heard_from = False
        self.unproven: list[bytes] = []
        """What was sent before anything came back."""

    def write(self, datagram: bytes) -> None:
        if not self._heard_from:
            self.unproven.append(datagram)
        self.transport.write(datagram)

    def connectionMade(self) -> None:  # noqa: N802
        self._arm(HALF_MESSAGE_S)
        self._flows.opened(self)

    def dataReceived(self, data: bytes) -> None:  # noqa: N802
        self._heard_from, self.unproven = True, []
        try:
            messages = self._framer.feed(data)
        except UnframedError as unframed:
            self._flows.figures["unframed"] += 1
            _log.info("%s sent what cannot be cut into messages: %s", self.where.text, unframed)
            self.transport.loseConnection()
            return
        for message in messages:
            if message:
                self._flows.heard(message, self.where)
            else:
                self.transport.write(PONG)
        self._arm(HALF_MESSAGE_S if self._framer.waiting else IDLE_S)

    def connectionLost(self, reason: Any) -> None:  # noqa: N802
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._flows.closed(self, reason.getErrorMessage())

    def _arm(self, seconds: float) -> None:
        if self._timer is not None and self._timer.active():
            self._timer.reset(seconds)
        else:
            self._timer = self._flows.reactor.callLater(seconds, self.transport.abortConnection)


def reachable(host: str) -> str:
    """The address to put in Via and Record-Route: the bound one; for a wildcard the outward one."""
    if host not in ("0.0.0.0", "::"):
        return host
    family, outside = (socket.AF_INET, "192.0.2.1") if host == "0.0.0.0" else (socket.AF_INET6, "2001:db8::1")
    with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as probe:
        probe.connect((outside, 9))  # a datagram socket: nothing is sent
        name: str = probe.getsockname()[0]
        return name
    return "127.0.0.1" if host == "0.0.0.0" else "::1"


def load_tls(certificate: bytes | None, authorities: bytes | None) -> Tls:
    """From PEM texts: certificate and key in one, authorities concatenated."""
    from twisted.internet import ssl

    server = None
    if certificate is not None:
        server = ssl.PrivateCertificate.loadPEM(certificate).options()
    roots: Any = ssl.platformTrust()
    if authorities is not None:
        ends = b"-----END CERTIFICATE-----"
        parts = [part + ends + b"\n" for part in authorities.split(ends)[:-1]]
        roots = ssl.trustRootFromCertificates([ssl.Certificate.loadPEM(part) for part in parts])
    return Tls(server, roots)
