"""The core's end of core.sock: media hosts, the WebRTC role and the edge, as they come and go.

`RoleLinks` is the switchboard's `Media` and `Devices`. A turn stays here until its conversation has confirmed
it; when a media host (or a new core) connects, every conversation tells its last turn and gets what it lacks.
"""

import asyncio
import json
import logging
import os
import re
from collections.abc import Callable
from typing import Any, Literal

from twisted.internet.defer import Deferred
from twisted.protocols import amp as twisted_amp

from contact_center.cti.journal import Turn
from contact_center.runtime import amp
from contact_center.runtime.codec import Codec
from contact_center.runtime.errors import Conflict
from contact_center.runtime.reactor import as_future
from contact_center.switchboard.session import SESSION
from contact_center.telephony import wire
from contact_center.telephony.quality import Quality

_log = logging.getLogger(__name__)
NUMBERED: Codec[wire.Numbered] = Codec(wire.Numbered)
QUALITIES: Codec[dict[str, Quality]] = Codec(dict[str, Quality])
IMAGE: Codec[wire.ConversationImage] = Codec(wire.ConversationImage)
NUMBER = re.compile(r"\+?[0-9*#]{1,32}")
SETTLE_S = 3.0
"""A media host that has just started may still be waiting for its conversations to find it again."""


class RoleLink(amp.Link):
    """One role's connection. Commands are served by `RoleLinks`, which outlives it."""

    def __init__(self, links: "RoleLinks") -> None:
        super().__init__(down=lambda link: links.gone(self))
        self._links = links
        self.role = ""
        self.name = ""
        self.details: dict[str, Any] = {}
        self.figures: dict[str, float] = {}
        self.adopting = False

    @amp.RoleHello.responder
    def hello(self, role: str, name: str, pid: int, protocol: int, details: str) -> dict[str, Any]:
        if protocol != amp.PROTOCOL:
            raise amp.WrongProtocol(f"the core speaks {amp.PROTOCOL}, {role} {name} speaks {protocol}")
        self.role, self.name, self.details = role, name, json.loads(details or "{}")
        self._links.came(self, pid)
        return {}

    @amp.RoleFigures.responder
    def role_figures(self, figures: str) -> dict[str, Any]:
        self.figures = json.loads(figures)
        return {}

    @amp.ReportMade.responder
    def report_made(self, conversation: str, numbered: str) -> dict[str, Any]:
        self._links.report(self, conversation, NUMBERED.load(numbered))
        return {}

    @amp.QualitySeen.responder
    def quality_seen(self, conversation: str, legs: str) -> dict[str, Any]:
        self._links.on_quality(conversation, QUALITIES.load(legs))
        return {}

    @amp.ConversationLost.responder
    def conversation_lost(self, conversation: str, why: str) -> dict[str, Any]:
        self._links.lost(conversation, why)
        return {}

    @amp.DeviceState.responder
    def device_state(self, agent: str, up: bool, why: str) -> dict[str, Any]:
        self._links.device(self, agent, up, why)
        return {}


OnDevice = Callable[[str, bool, str, Literal["webrtc", "sip"]], None]
"""Agent, whether any device is up, why not, and the kind of the one that rings."""


class RoleLinks:
    """All roles connected to this core. The call-backs are wired by `bootstrap`."""

    def __init__(self) -> None:
        self.on_report: Callable[[str, wire.Numbered], None] = lambda conversation, numbered: None
        self.on_image: Callable[[wire.ConversationImage], None] = lambda image: None
        self.on_lost: Callable[[str, str], None] = lambda conversation, why: None
        self.on_device: OnDevice = lambda agent, up, why, kind: None
        self.on_quality: Callable[[str, dict[str, Quality]], None] = lambda conversation, legs: None
        self.on_settled: Callable[[], None] = lambda: None
        self.is_known: Callable[[str], bool] = lambda conversation: False
        self.links: list[RoleLink] = []
        self._media_of: dict[str, RoleLink] = {}
        self._devices_of: dict[str, list[RoleLink]] = {}
        """Who has an agent's devices: relay (browser), edge (desk phones); the one last up is rung."""
        self._unconfirmed: dict[str, dict[int, Turn]] = {}
        self._tasks: set[asyncio.Future[None]] = set()

    def expect(self, turns: list[Turn]) -> None:
        """Turns of an earlier core that may not have reached their conversation."""
        for turn in turns:
            self._unconfirmed.setdefault(turn.conversation, {})[turn.turn] = turn

    def connected(self) -> dict[str, bool]:
        """Whether each kind of role has at least one link."""
        roles = {link.role for link in self.links}
        return {role: role in roles for role in ("edge", "media", "webrtc")}

    # -- links come and go ---------------------------------------------------------------------------

    def came(self, link: RoleLink, pid: int) -> None:
        _log.info("%s %s connected (pid %d, core pid %d)", link.role, link.name, pid, os.getpid())
        self.links.append(link)
        if link.role == "media":
            link.adopting = True
            self._start(self._adopt(link))
        elif link.role in ("webrtc", "edge"):
            self._start(self._find_devices(link))

    def gone(self, link: RoleLink) -> None:
        if link not in self.links:
            return
        _log.warning("%s %s is gone", link.role, link.name)
        self.links.remove(link)
        for conversation in [c for c, host in self._media_of.items() if host is link]:
            del self._media_of[conversation]
        whose = "SIP edge" if link.role == "edge" else "WebRTC relay"
        for agent in [a for a, hosts in self._devices_of.items() if link in hosts]:
            self.device(link, agent, False, f"the {whose} is gone")

    def _start(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._over)

    def _over(self, task: "asyncio.Future[None]") -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            _log.error("talking to a role failed", exc_info=task.exception())

    # -- conversations -------------------------------------------------------------------------------

    async def _adopt(self, link: RoleLink) -> None:
        up_s = float(link.details.get("up_s", SETTLE_S))
        await self._ask_all(link)
        if up_s < SETTLE_S:
            await asyncio.sleep(SETTLE_S - up_s)
            await self._ask_all(link)
        link.adopting = False
        self.on_settled()

    async def _ask_all(self, link: RoleLink) -> None:
        answer: dict[str, Any] = await as_future(link.callRemote(amp.ListConversations))
        for conversation in json.loads(answer["conversations"]):
            if self._media_of.get(conversation) is link:
                continue
            try:
                answer = await as_future(link.callRemote(amp.GetImage, conversation=conversation))
            except amp.Unknown:
                continue
            self._take(link, IMAGE.load(answer["image"]))

    def _take(self, link: RoleLink, image: wire.ConversationImage) -> None:
        self._media_of[image.conversation] = link
        has = SESSION.load(image.blob).turn if image.blob else 0
        self.on_image(image)
        lacking = self._unconfirmed.get(image.conversation, {})
        for turn in sorted(lacking):
            if turn > has:
                self._do(link, lacking[turn])
            else:
                lacking.pop(turn, None)
        for numbered in image.unacknowledged:
            self.on_report(image.conversation, numbered)

    def report(self, link: RoleLink, conversation: str, numbered: wire.Numbered) -> None:
        first = isinstance(numbered.report, wire.Arrived)
        if link.adopting and not first and not self.is_known(conversation):
            return  # its image will tell it
        self._media_of[conversation] = link
        self.on_report(conversation, numbered)

    def lost(self, conversation: str, why: str) -> None:
        self._media_of.pop(conversation, None)
        self._unconfirmed.pop(conversation, None)
        self.on_lost(conversation, why)

    def send(self, turn: Turn) -> None:
        """Hand a turn to its conversation; while its host is away the turn waits here."""
        self._unconfirmed.setdefault(turn.conversation, {})[turn.turn] = turn
        link = self._media_of.get(turn.conversation)
        if link is not None:
            self._do(link, turn)

    async def claim(self) -> str:
        """A conversation for a call of our own, on whatever media host has one."""
        for link in [link for link in self.links if link.role == "media"]:
            try:
                answer: dict[str, Any] = await as_future(link.callRemote(amp.Originate))
            except (amp.NoneIdle, twisted_amp.RemoteAmpError) as error:
                _log.warning("no conversation from %s: %s", link.name, error)
                continue
            conversation = str(answer["conversation"])
            self._media_of[conversation] = link
            return conversation
        raise Conflict("busy", "no line is free; try again in a moment")

    def _do(self, link: RoleLink, turn: Turn) -> None:
        done: Deferred[object] = link.callRemote(
            amp.Do, conversation=turn.conversation, ack=turn.ack, blob=turn.blob, ops=turn.ops
        )
        done.addCallbacks(lambda _: self._confirmed(turn), lambda failure: self._refused(turn, failure))

    def _confirmed(self, turn: Turn) -> None:
        waiting = self._unconfirmed.get(turn.conversation)
        if waiting is None:
            return
        waiting.pop(turn.turn, None)
        if not waiting:
            del self._unconfirmed[turn.conversation]
            if not self.is_known(turn.conversation):
                self._media_of.pop(turn.conversation, None)

    def _refused(self, turn: Turn, failure: Any) -> None:
        if failure.check(amp.Unknown):
            self.lost(turn.conversation, "the media host does not know it any more")
        else:
            _log.warning("turn %d of %s not delivered: %s", turn.turn, turn.conversation, failure.value)

    # -- devices -------------------------------------------------------------------------------------

    async def _find_devices(self, link: RoleLink) -> None:
        answer: dict[str, Any] = await as_future(link.callRemote(amp.ListDevices))
        for agent in json.loads(answer["agents"]):
            self.device(link, agent, True, "")

    def device(self, link: RoleLink, agent: str, up: bool, why: str) -> None:
        hosts = self._devices_of.setdefault(agent, [])
        if link in hosts:
            hosts.remove(link)
        if up:
            hosts.append(link)
        elif hosts:
            up = True  # the other device is still there
        else:
            del self._devices_of[agent]
        rings = hosts[-1] if hosts else link
        self.on_device(agent, up, why, "sip" if rings.role == "edge" else "webrtc")

    def devices_up(self) -> set[str]:
        return set(self._devices_of)

    def target(self, agent: str) -> str | None:
        link = self._device(agent)
        if link is None:
            return None
        if link.role == "edge":  # the edge knows where the phones are; the Route leads there
            return f"sip:{agent}@phone.invalid?Route=%3Csip:{link.details['sip']}%3Blr%3E"
        return f"sip:{agent}@{link.details['sip']}"

    def _device(self, agent: str) -> RoleLink | None:
        hosts = self._devices_of.get(agent)
        return hosts[-1] if hosts else None

    def _browser(self, agent: str) -> RoleLink | None:
        return next((link for link in self._devices_of.get(agent, []) if link.role == "webrtc"), None)

    async def attach(self, agent: str, sdp: str) -> str:
        link = self._browser(agent) or self._webrtc()
        try:
            answer: dict[str, Any] = await as_future(link.callRemote(amp.AttachDevice, agent=agent, sdp=sdp))
        except amp.Refused as refused:
            raise Conflict("device", str(refused)) from refused
        return str(answer["sdp"])

    async def detach(self, agent: str) -> None:
        link = self._browser(agent)
        if link is not None:
            await as_future(link.callRemote(amp.DetachDevice, agent=agent))

    async def accept(self, agent: str, conversation: str, leg: str) -> None:
        link = self._device(agent)
        if link is None or link.role == "edge":
            return  # gone: its leg ends by itself and the offer lapses; a desk phone is picked up by hand
        try:
            await as_future(link.callRemote(amp.AcceptLeg, agent=agent, conversation=conversation, leg=leg))
        except (amp.Unknown, twisted_amp.RemoteAmpError) as error:
            _log.warning("agent %s could not take %s of %s: %s", agent, leg, conversation, error)

    def _webrtc(self) -> RoleLink:
        for link in self.links:
            if link.role == "webrtc":
                return link
        raise Conflict("device", "the WebRTC relay is not running; try again in a moment")


class EdgeTrunks:
    """The switchboard's `Trunks`: outside numbers are reached through the edge's inner listener.

    The edge tells its address as `sip` in its `RoleHello`, and chooses the trunk; the newest edge is asked.
    """

    def __init__(self, links: RoleLinks) -> None:
        self._links = links

    def target(self, number: str) -> str | None:
        edge = self._edge()
        if edge is None or not NUMBER.fullmatch(number):
            return None
        return f"sip:{number}@trunk.invalid?Route=%3Csip:{edge.details['sip']}%3Blr%3E"

    def allows(self, number: str) -> bool:
        """A full number some carrier takes; the edge says which starts those have."""
        edge = self._edge()
        ways = [] if edge is None else edge.details.get("ways", [])
        full = number.startswith("+") and NUMBER.fullmatch(number) is not None
        return full and any(number.startswith(start) for start, _ in ways)

    def srtp(self, number: str) -> bool:
        edge = self._edge()
        ways = [] if edge is None else edge.details.get("ways", [])
        return next((bool(srtp) for start, srtp in ways if number.startswith(start)), False)

    def _edge(self) -> RoleLink | None:
        edges = [link for link in self._links.links if link.role == "edge" and link.details.get("sip")]
        return edges[-1] if edges else None
