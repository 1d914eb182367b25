"""The webrtc role: agents' browsers on one side, SIP legs of conversations on the other, told by the core.

Devices and calls live here whether or not the core is there: when the link comes back, `RoleHello` says where
our SIP user agent is and the core asks `ListDevices`.
"""

import itertools
import json
import logging
import os
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.task import LoopingCall
from twisted.protocols.amp import CommandLocator

from contact_center.config import Settings
from contact_center.runtime import amp
from contact_center.runtime.reactor import as_deferred, as_future
from contact_center.telephony import wire
from contact_center.telephony.inside import load_pass
from contact_center.telephony.sip.user_agent import IncomingCall, UserAgent
from contact_center.telephony.webrtc import sdp
from contact_center.telephony.webrtc.standing import StandingDevice, SupersededError
from contact_center.telephony.wire import EndedBy

log = logging.getLogger(__name__)

FIGURES_EVERY_S = 5.0
BAD_REQUEST, FORBIDDEN, TEMPORARILY_UNAVAILABLE, NOT_ACCEPTABLE_HERE = 400, 403, 480, 488


class WebRtcRole:
    """Every agent's standing device, a SIP user agent for their legs, and the link to the core."""

    def __init__(self, settings: Settings) -> None:
        from twisted.internet import reactor  # installed by then

        self._host, self._pass = settings.media_host, load_pass(settings.run_dir)
        self._devices: dict[str, StandingDevice] = {}
        self._calls: dict[IncomingCall, tuple[str, StandingDevice]] = {}
        self._names = itertools.count(1)
        self._gone_to_browser = self._gone_to_conversation = 0
        self._core: amp.Link | None = None
        self._user_agent = UserAgent(reactor, self._host, listener=self)
        self._figures = LoopingCall(self._send_figures)
        self._figures.start(FIGURES_EVERY_S, now=False)
        self._link = amp.connect(
            settings.core_socket,
            lambda: amp.Link(locator=_Commands(self), up=self._core_up, down=self._core_down),
        )

    @property
    def sip(self) -> str:
        """Where conversations send INVITEs, `host:port`; the user part is the agent's id."""
        return str(self._user_agent.address)

    def stop(self) -> "Deferred[None]":
        """End calls, close connections and sockets."""
        return as_deferred(self._stop())

    async def _stop(self) -> None:
        self._figures.stop()
        for device in list(self._devices.values()):
            await device.detach()
        self._devices.clear()
        await as_future(self._link.stopService())
        await as_future(self._user_agent.stop())

    # -- commands of the core ------------------------------------------------------------------------

    async def attach(self, agent: str, offer: str) -> str:
        device = self._devices.get(agent)
        if device is None:
            device = StandingDevice(
                agent, host=self._host, tell=lambda up, why: self._tell(agent, up=up, why=why)
            )
            self._devices[agent] = device
        try:
            return await device.attach(offer)
        except (sdp.SdpError, SupersededError, OSError) as error:
            raise amp.Refused(str(error)) from error

    async def detach(self, agent: str) -> None:
        device = self._devices.pop(agent, None)
        if device is not None:
            self._gone_to_browser += device.passed.to_browser
            self._gone_to_conversation += device.passed.to_conversation
            await device.detach()

    def accept(self, agent: str, conversation: str, leg: str) -> None:
        device = self._devices.get(agent)
        if device is None or not device.accept(conversation, leg):
            raise amp.Unknown(f"no leg {leg} of {conversation} rings at a connected device of {agent}")

    def agents_up(self) -> list[str]:
        return sorted(agent for agent, d in self._devices.items() if d.device.link == "up")

    # -- the SIP user agent's listener ---------------------------------------------------------------

    def invited(self, call: IncomingCall) -> None:
        if not wire.is_pass(call.request_headers.get(wire.INSIDE_HEADER), self._pass):
            call.reject(FORBIDDEN)
            return
        device = self._devices.get(call.to_user)
        if device is None:
            call.reject(TEMPORARILY_UNAVAILABLE)
            return
        conversation = call.request_headers.get(wire.CONVERSATION_HEADER)
        leg = call.request_headers.get(wire.LEG_HEADER)
        if not conversation or not leg:
            call.reject(BAD_REQUEST)
            return
        try:
            sdp.read_rtp(call.remote_sdp)
        except sdp.SdpError as error:
            log.warning("INVITE for %s refused: %s", call.to_user, error)
            call.reject(NOT_ACCEPTABLE_HERE)
            return
        name = f"{conversation}/{leg}#{next(self._names)}"
        self._calls[call] = (name, device)
        device.invited(name, call, conversation, leg)

    def cancelled(self, call: IncomingCall) -> None:
        self._over(call)

    def established(self, call: IncomingCall) -> None:
        if call in self._calls:
            name, device = self._calls[call]
            device.call_up(name)

    def ended(self, call: IncomingCall, by: EndedBy, reason: str) -> None:
        log.info("call for %s ended by %s: %s", call.to_user, by, reason)
        self._over(call)

    def _over(self, call: IncomingCall) -> None:
        if call in self._calls:
            name, device = self._calls.pop(call)
            device.call_over(name)

    # -- the core ------------------------------------------------------------------------------------

    def _core_up(self, link: amp.Link) -> None:
        self._core = link
        said = link.callRemote(
            amp.RoleHello,
            role="webrtc",
            name="webrtc",
            pid=os.getpid(),
            protocol=amp.PROTOCOL,
            details=json.dumps({"sip": self.sip}),
        )
        said.addErrback(lambda failure: log.error("the core refused us: %s", failure.value))

    def _core_down(self, _link: amp.Link) -> None:
        self._core = None

    def _tell(self, agent: str, *, up: bool, why: str) -> None:
        if self._core is not None:
            self._core.callRemote(amp.DeviceState, agent=agent, up=up, why=why)

    def figures(self) -> dict[str, float]:
        """Gauges and counters (`_total`), by name."""
        links = [d.device.link for d in self._devices.values()]
        passed = [d.passed for d in self._devices.values()]
        return {
            "devices_up": links.count("up"),
            "devices_connecting": links.count("connecting"),
            "devices_lost": links.count("lost"),
            "calls": sum(d.device.call is not None for d in self._devices.values()),
            "packets_to_browser_total": self._gone_to_browser + sum(p.to_browser for p in passed),
            "packets_to_conversation_total": self._gone_to_conversation
            + sum(p.to_conversation for p in passed),
        }

    def _send_figures(self) -> None:
        if self._core is not None:
            self._core.callRemote(amp.RoleFigures, figures=json.dumps(self.figures()))


class _Commands(CommandLocator):
    """Answers the core's AMP commands."""

    def __init__(self, role: WebRtcRole) -> None:
        self._role = role

    @amp.AttachDevice.responder  # Twisted is not read by mypy
    def attach(self, agent: str, sdp: str) -> "Deferred[dict[str, Any]]":
        async def answer() -> dict[str, Any]:
            return {"sdp": await self._role.attach(agent, sdp)}

        return as_deferred(answer())

    @amp.DetachDevice.responder  # Twisted is not read by mypy
    def detach(self, agent: str) -> "Deferred[dict[str, Any]]":
        async def done() -> dict[str, Any]:
            await self._role.detach(agent)
            return {}

        return as_deferred(done())

    @amp.AcceptLeg.responder  # Twisted is not read by mypy
    def accept(self, agent: str, conversation: str, leg: str) -> dict[str, Any]:
        self._role.accept(agent, conversation, leg)
        return {}

    @amp.ListDevices.responder  # Twisted is not read by mypy
    def list_devices(self) -> dict[str, Any]:
        return {"agents": json.dumps(self._role.agents_up())}


def start(settings: Settings) -> WebRtcRole:
    """Start the role on the running reactor."""
    return WebRtcRole(settings)
