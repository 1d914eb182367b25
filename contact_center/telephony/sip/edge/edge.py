"""The edge role: one UDP port, a link to the media host and one to the core, around the rules in `proxy`.

edge = start(settings)      # in a process whose reactor is installed and runs
await edge.stop()
"""

import contextlib
import json
import logging
import os
import secrets
import socket
from pathlib import Path
from typing import Any

from twisted.internet import error
from twisted.internet.defer import Deferred
from twisted.internet.protocol import DatagramProtocol
from twisted.internet.task import LoopingCall

from contact_center.config import Settings, split_bind
from contact_center.runtime import amp
from contact_center.telephony.sip.edge.proxy import ClaimConversation, Effects, Proxy, Send
from contact_center.telephony.sip.edge.signing import Signer, Where

log = logging.getLogger(__name__)

CLAIM_TIMEOUT_S = 3.0
FIGURES_EVERY_S = 5.0


class MediaHosts:
    """The media hosts that are connected; each claim goes to the next one in turn."""

    def __init__(self, sockets: tuple[Path, ...]) -> None:
        self._up: list[amp.Link] = []
        self._services = [amp.connect(path, self._link) for path in sockets]

    @property
    def connected(self) -> int:
        return len(self._up)

    def _link(self) -> amp.Link:
        return amp.Link(up=self._up.append, down=self._lost)

    def _lost(self, link: amp.Link) -> None:
        if link in self._up:
            self._up.remove(link)

    def claim(self, reactor: Any, key: str) -> "Deferred[Where | None]":
        """The address of a conversation for this call, or `None` when no host has one."""
        if not self._up:
            none: Deferred[Where | None] = Deferred()
            none.callback(None)
            return none
        link = self._up.pop(0)
        self._up.append(link)
        asked = link.callRemote(amp.Claim, key=key).addTimeout(CLAIM_TIMEOUT_S, reactor)
        return asked.addCallback(lambda found: split_bind(found["sip"])).addErrback(self._refused, key)

    @staticmethod
    def _refused(failure: Any, key: str) -> None:
        if failure.check(amp.NoneIdle) is None:
            log.warning("claim for %s failed: %s", key, failure.getErrorMessage())

    async def stop(self) -> None:
        for service in self._services:
            await service.stopService()


class EdgeService(DatagramProtocol):
    """The running edge. `address` is where it listens, `"127.0.0.1:5060"`."""

    def __init__(self, reactor: Any, settings: Settings) -> None:
        self._reactor = reactor
        host, port = split_bind(settings.sip_bind)
        signer = load_signer(settings.run_dir / "edge.key")
        self._port = reactor.listenUDP(port, self, interface=host, maxPacketSize=65536)
        here = (_reachable(host), self._port.getHost().port)
        self.address = f"[{here[0]}]:{here[1]}" if ":" in here[0] else f"{here[0]}:{here[1]}"
        self.proxy = Proxy(signer, here)
        self.media_hosts = MediaHosts((settings.media_socket,))
        self._core: amp.Link | None = None
        self._core_service = amp.connect(settings.core_socket, self._core_link)
        self._figures = LoopingCall(self._report)
        self._figures.clock = reactor
        self._figures.start(FIGURES_EVERY_S, now=False)

    def stop(self) -> "Deferred[None]":
        """Close the port and both links; calls that are up go on without us, but for their signalling."""
        self._figures.stop()
        return Deferred.fromCoroutine(self._stop())  # not a coroutine: asyncio cannot await Deferreds inside

    async def _stop(self) -> None:
        await self._port.stopListening()
        await self.media_hosts.stop()
        await self._core_service.stopService()

    # -- datagrams ---------------------------------------------------------------------------------------

    def datagramReceived(self, datagram: bytes, addr: Where) -> None:  # noqa: N802  # Twisted's name
        self._carry_out(self.proxy.received(datagram, (addr[0], addr[1]), self._reactor.seconds()))

    def _carry_out(self, effects: Effects) -> None:
        for effect in effects:
            match effect:
                case Send(datagram, where):
                    self._send(datagram, where)
                case ClaimConversation(key):
                    self.media_hosts.claim(self._reactor, key).addCallback(self._claim_answered, key)

    def _claim_answered(self, target: Where | None, key: str) -> None:
        now = self._reactor.seconds()
        if target is None:
            self._carry_out(self.proxy.claim_refused(key, now))
        else:
            self._carry_out(self.proxy.claimed(key, target, now))

    def _send(self, datagram: bytes, where: Where) -> None:
        if self.transport is None:  # stopped while a claim was on its way
            return
        try:
            self.transport.write(datagram, where)
        except (error.MessageLengthError, OSError) as refused:
            log.warning("cannot send %d bytes to %s:%d: %s", len(datagram), *where, refused)

    # -- core --------------------------------------------------------------------------------------------

    def _core_link(self) -> amp.Link:
        return amp.Link(up=self._core_up, down=self._core_down)

    def _core_up(self, link: amp.Link) -> None:
        self._core = link
        said = link.callRemote(
            amp.RoleHello,
            role="edge",
            name="edge",
            pid=os.getpid(),
            protocol=amp.PROTOCOL,
            details=json.dumps({"sip": self.address}),
        )
        said.addErrback(lambda failure: log.warning("core refused us: %s", failure.getErrorMessage()))
        self._report()

    def _core_down(self, link: amp.Link) -> None:
        if self._core is link:
            self._core = None

    def _report(self) -> None:
        self.proxy.expire(self._reactor.seconds())
        if self._core is not None:
            figures = {**self.proxy.figures, "media_hosts": self.media_hosts.connected}
            self._core.callRemote(amp.RoleFigures, figures=json.dumps(figures))


def _reachable(host: str) -> str:
    """The address to put in Via and Record-Route: the bound one; for a wildcard the outward one."""
    if host not in ("0.0.0.0", "::"):
        return host
    family, outside = (socket.AF_INET, "192.0.2.1") if host == "0.0.0.0" else (socket.AF_INET6, "2001:db8::1")
    with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as probe:
        probe.connect((outside, 9))  # a datagram socket: nothing is sent
        name: str = probe.getsockname()[0]
        return name
    return "127.0.0.1" if host == "0.0.0.0" else "::1"


def load_signer(path: Path) -> Signer:
    """The signer of this installation; its key is made on the first start, readable by this user only."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        secret = path.read_bytes()
    except FileNotFoundError:
        secret = b""
    if len(secret) >= 32:
        return Signer(secret)
    secret = secrets.token_bytes(32)
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(secret)
    fresh.replace(path)
    return Signer(secret)


def start(settings: Settings) -> EdgeService:
    """Listen and connect; raises `twisted.internet.error.CannotListenError` when the port is taken."""
    from twisted.internet import reactor  # installed by then

    return EdgeService(reactor, settings)
