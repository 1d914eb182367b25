"""The edge role: sockets, timers and links around the rules in `proxy`, `outbound` and `registrar`.

edge = start(settings)      # in a process whose reactor is installed and runs
await edge.stop()
"""

import json
import logging
import os
import random
import secrets
import time
from pathlib import Path
from typing import Any

from twisted.internet import error
from twisted.internet.defer import Deferred
from twisted.internet.protocol import DatagramProtocol
from twisted.internet.task import LoopingCall
from twisted.protocols.amp import CommandLocator

from contact_center.config import Settings, split_bind, split_listeners
from contact_center.runtime import amp
from contact_center.telephony.inside import load_pass
from contact_center.telephony.sip.digest import Guard
from contact_center.telephony.sip.edge.errands import Errands
from contact_center.telephony.sip.edge.flows import Flows, load_tls
from contact_center.telephony.sip.edge.fork import Send, SendInside
from contact_center.telephony.sip.edge.gate import Gate
from contact_center.telephony.sip.edge.locating import Dns, TwistedDns, locate
from contact_center.telephony.sip.edge.media_hosts import MediaHosts
from contact_center.telephony.sip.edge.outbound import Locate, Outbound
from contact_center.telephony.sip.edge.phone_book import Devices, Registrations
from contact_center.telephony.sip.edge.places import Transport, Where
from contact_center.telephony.sip.edge.protection import Protection
from contact_center.telephony.sip.edge.proxy import ClaimConversation, Effects, Proxy
from contact_center.telephony.sip.edge.registrar import Registrar
from contact_center.telephony.sip.edge.signing import Signer
from contact_center.telephony.sip.message import Uri
from contact_center.telephony.sip.transaction import earliest
from contact_center.telephony.sip.trunk_file import load_trunks
from contact_center.telephony.sip.trunks import Loads, Trunks

log = logging.getLogger(__name__)

FIGURES_EVERY_S = 2.0
"""An attack is on the metrics that soon; and a registration on disk."""
LOOPBACK = frozenset({"127.0.0.1", "::1"})


class EdgeService:
    """The running edge. `address` is where callers reach it, `inside_address` where conversations do."""

    def __init__(self, reactor: Any, settings: Settings, ask: Dns | None = None) -> None:
        self._reactor = reactor
        self._dns = TwistedDns() if ask is None else ask
        trunks = None if settings.trunks_file is None else load_trunks(settings.trunks_file)
        self._ways = () if trunks is None else trunks.ways()
        self._inside = _Inside(self, reactor, settings.media_host)
        self.inside_address = self._inside.address
        self._flows = self._listen(settings)
        self.address = self._flows.addresses.all[0].text
        self._build(settings, trunks)
        self.media_hosts = MediaHosts((settings.media_socket,))
        self._core: amp.Link | None = None
        self._core_service = amp.connect(settings.core_socket, self._core_link)
        self._timer: Any = None
        self._figures = LoopingCall(self._report)
        self._figures.clock = reactor
        self._figures.start(FIGURES_EVERY_S, now=False)
        self._tick()

    def _listen(self, settings: Settings) -> Flows:
        certificate, ca = settings.sip_tls_certificate, settings.sip_tls_ca
        flows = Flows(
            self._reactor,
            heard=self._heard,
            gone=self._flow_gone,
            undeliverable=self._undeliverable,
            tls=load_tls(
                None if certificate is None else certificate.read_bytes(),
                None if ca is None else ca.read_bytes(),
            ),
        )
        host, port = split_bind(settings.sip_bind)
        flows.listen("udp", host, port)
        kinds: dict[str, Transport] = {"udp": "udp", "tcp": "tcp", "tls": "tls"}
        for transport, other_host, other_port in split_listeners(settings.sip_also):
            flows.listen(kinds[transport], other_host, other_port)
        return flows

    def _build(self, settings: Settings, trunks: Trunks | None) -> None:
        signer = load_signer(settings.run_dir / "edge.key")
        guard, loads, here = Guard(signer.secret, settings.sip_realm), Loads(), self._flows.addresses
        inside, inside_pass = LOOPBACK | {settings.media_host}, load_pass(settings.run_dir)
        self._registrations = Registrations(settings.registrations_file)
        self.registrar = Registrar(guard, Devices(settings.devices_file).secret_of, self._tell)
        self.registrar.restore(self._registrations.load(), time.time())
        known = Trunks() if trunks is None else trunks
        self.errands = Errands(known, here, secrets.token_hex(8))
        self.outbound = Outbound(
            signer,
            here,
            known,
            loads,
            inside=inside,
            phones=lambda agent, now: self.registrar.phones(agent, time.time()),
            is_up=self.errands.is_up,
            inside_pass=inside_pass,
        )
        self.gate = Gate(trunks, guard, loads)
        self.protection = Protection(trusted=inside, carrier=self.gate.trusts, ban_s=settings.sip_ban_s)
        self.proxy = Proxy(
            signer, here, gate=self.gate, outbound=self.outbound, registrar=self.registrar, epoch=time.time,
            protection=self.protection, errands=self.errands, inside_pass=inside_pass,
        )  # fmt: skip

    def stop(self) -> "Deferred[None]":
        """Close the sockets and both links; calls that are up go on without us, but for their signalling."""
        self._figures.stop()
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._core = None
        self._registrations.save(self.registrar.bindings)
        return Deferred.fromCoroutine(self._stop())  # not a coroutine: asyncio cannot await Deferreds inside

    async def _stop(self) -> None:
        await self._flows.stop()
        await self._inside.port.stopListening()
        await self.media_hosts.stop()
        await self._core_service.stopService()

    # -- datagrams ---------------------------------------------------------------------------------------

    def _heard(self, datagram: bytes, where: Where) -> None:
        self._carry_out(self.proxy.received(datagram, where, self._reactor.seconds()))

    def heard_inside(self, datagram: bytes, where: Where) -> None:
        self._carry_out(self.outbound.received(datagram, where, self._reactor.seconds()))

    def _flow_gone(self, where: Where) -> None:
        self.registrar.flow_gone(where)

    def _undeliverable(self, datagram: bytes, _where: Where) -> None:
        self._carry_out(self.outbound.unreachable(datagram, self._reactor.seconds()))

    def _carry_out(self, effects: Effects) -> None:
        for effect in effects:
            match effect:
                case Send(datagram, where):
                    self._flows.send(datagram, where)
                case SendInside(datagram, where):
                    self._inside.send(datagram, where)
                case ClaimConversation(key):
                    self.media_hosts.claim(self._reactor, key).addCallback(self._claim_answered, key)
                case Locate(key, uris):
                    found = Deferred.fromCoroutine(self._locate(uris))
                    found.addCallback(self._located, key)
                    found.addErrback(lambda failure: log.error("locating failed: %s", failure.getTraceback()))
        self._arm()

    def _claim_answered(self, target: Where | None, key: str) -> None:
        now = self._reactor.seconds()
        if target is None:
            self._carry_out(self.proxy.claim_refused(key, now))
        else:
            self._carry_out(self.proxy.claimed(key, target, now))

    async def _locate(self, uris: tuple[Uri, ...]) -> tuple[tuple[Where, ...], ...]:
        found = []
        for uri in uris:
            places = await locate(uri, self._dns, random.SystemRandom())
            for place in places:
                self._flows.expect(place, uri.host)
            found.append(places)
        return tuple(found)

    def _located(self, found: tuple[tuple[Where, ...], ...], key: str) -> None:
        now = self._reactor.seconds()
        rules = self.errands if key.startswith(Errands.KEY) else self.outbound
        self._carry_out(rules.located(key, found, now))

    # -- time ----------------------------------------------------------------------------------------------

    def _arm(self) -> None:
        deadline = earliest(self.outbound.deadline, self.errands.deadline)
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._timer = None
        if deadline is not None:
            self._timer = self._reactor.callLater(max(0.0, deadline - self._reactor.seconds()), self._tick)

    def _tick(self) -> None:
        now = self._reactor.seconds()
        self._carry_out((*self.outbound.tick(now), *self.errands.tick(now)))

    # -- core --------------------------------------------------------------------------------------------

    def _core_link(self) -> amp.Link:
        return amp.Link(locator=_Commands(self), up=self._core_up, down=self._core_down)

    def _core_up(self, link: amp.Link) -> None:
        self._core = link
        said = link.callRemote(
            amp.RoleHello,
            role="edge",
            name="edge",
            pid=os.getpid(),
            protocol=amp.PROTOCOL,
            details=json.dumps({"sip": self.inside_address, "public": self.address, "ways": self._ways}),
        )
        said.addErrback(lambda failure: log.warning("core refused us: %s", failure.getErrorMessage()))
        self._report()

    def _core_down(self, link: amp.Link) -> None:
        if self._core is link:
            self._core = None

    def _tell(self, agent: str, up: bool, why: str) -> None:  # the registrar's call-back
        log.info("desk phone of %s: %s", agent, "up" if up else why)
        if self._core is not None:
            self._core.callRemote(amp.DeviceState, agent=agent, up=up, why=why)

    def agents_up(self) -> tuple[str, ...]:
        return self.registrar.agents(time.time())

    def figures(self) -> dict[str, float]:
        return {
            **self.proxy.figures,
            **self._flows.figures,
            "connections": self._flows.connections,
            "media_hosts": self.media_hosts.connected,
        }

    def _report(self) -> None:
        self.proxy.expire(self._reactor.seconds())
        self.registrar.expire(time.time())
        self.gate.expire(time.time())
        self._registrations.save(self.registrar.bindings)
        if self._core is not None:
            self._core.callRemote(amp.RoleFigures, figures=json.dumps(self.figures()))


class _Inside(DatagramProtocol):
    """The listener that only our own conversations reach."""

    def __init__(self, edge: EdgeService, reactor: Any, host: str) -> None:
        self._edge = edge
        self.port = reactor.listenUDP(0, self, interface=host, maxPacketSize=65536)
        self.address = Where(host, self.port.getHost().port).text

    def datagramReceived(self, datagram: bytes, addr: tuple[str, int]) -> None:  # noqa: N802  # Twisted's name
        self._edge.heard_inside(datagram, Where(addr[0], addr[1]))

    def send(self, datagram: bytes, where: Where) -> None:
        if self.transport is None:
            return
        try:
            self.transport.write(datagram, (where.host, where.port))
        except (error.MessageLengthError, OSError) as refused:
            log.warning("cannot send %d bytes to %s: %s", len(datagram), where.text, refused)


class _Commands(CommandLocator):
    """Answers the core's AMP commands."""

    def __init__(self, edge: EdgeService) -> None:
        self._edge = edge

    @amp.ListDevices.responder
    def list_devices(self) -> dict[str, Any]:
        return {"agents": json.dumps(self._edge.agents_up())}


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
    """Listen and connect; raises `twisted.internet.error.CannotListenError` when a port is taken."""
    from twisted.internet import reactor  # installed by then

    return EdgeService(reactor, settings)
