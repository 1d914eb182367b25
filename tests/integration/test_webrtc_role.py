"""The webrtc role whole: a core's AMP socket, a conversation's SIP and RTP, an agent's WebRTC end."""

import asyncio
import itertools
import json
from pathlib import Path
from typing import Any

import psutil
import pytest
from twisted.protocols.amp import CommandLocator

from contact_center.config import Settings
from contact_center.runtime import amp
from contact_center.runtime.reactor import as_future
from contact_center.telephony.inside import load_pass
from contact_center.telephony.webrtc import role as roles
from contact_center.telephony.webrtc import rtp
from contact_center.telephony.webrtc.peer import OfferingPeer
from contact_center.telephony.webrtc.role import WebRtcRole
from contact_center.telephony.webrtc.rtp import Packet
from tests.integration.fake_conversation import EVENT_TYPE, HOST, FakeConversation
from tests.support import aio, until

BROWSER_EVENT = 101


class FakeCore(CommandLocator):
    """Listens on core.sock and keeps what the role says."""

    def __init__(self) -> None:
        self.hellos: list[dict[str, Any]] = []
        self.states: list[tuple[str, bool, str]] = []
        self.figures: list[dict[str, float]] = []
        self.link: amp.Link | None = None
        self._port: Any = None

    async def listen(self, path: Path) -> None:
        self._port = await as_future(
            amp.listen(path, lambda: amp.Link(locator=self, up=self._up, down=self._down))
        )

    async def die(self) -> None:
        """What kill -9 of the core looks like from the role."""
        if self.link is not None:
            self.link.transport.abortConnection()
        await as_future(self._port.stopListening())

    def _up(self, link: amp.Link) -> None:
        self.link = link

    def _down(self, _link: amp.Link) -> None:
        self.link = None

    @amp.RoleHello.responder  # Twisted is not read by mypy
    def hello(self, **said: Any) -> dict[str, Any]:
        self.hellos.append(said)
        return {}

    @amp.DeviceState.responder
    def state(self, agent: str, up: bool, why: str) -> dict[str, Any]:
        self.states.append((agent, up, why))
        return {}

    @amp.RoleFigures.responder
    def count(self, figures: str) -> dict[str, Any]:
        self.figures.append(json.loads(figures))
        return {}

    async def ask(self, command: Any, **arguments: Any) -> dict[str, Any]:
        assert self.link is not None
        answer: dict[str, Any] = await as_future(self.link.callRemote(command, **arguments))
        return answer


class Browser:
    """An agent's WebRTC end that counts what it hears."""

    def __init__(self) -> None:
        self.up = False
        self.heard: list[Packet] = []
        self.sent = 0
        self.peer = OfferingPeer(host=HOST, connected=self._connected, lost=lambda _why: None)
        self.peer.on_rtp(self._hear)

    async def attach(self, core: FakeCore, agent: str) -> None:
        answer = await core.ask(amp.AttachDevice, agent=agent, sdp=await self.peer.offer())
        self.peer.accept(answer["sdp"])
        await until(lambda: self.up, what="browser connected")
        await until(lambda: core.states and core.states[-1] == (agent, True, ""), what="the core told")

    def speak(self, payload: bytes, payload_type: int = 0) -> None:
        self.sent += 1
        self.peer.send_rtp(
            rtp.pack(Packet(payload_type, self.sent, 160 * self.sent, 9, marker=False, rest=payload))
        )

    def _connected(self) -> None:
        self.up = True

    def _hear(self, data: bytes) -> None:
        packet = rtp.unpack(data)
        assert packet is not None
        self.heard.append(packet)


class Floor:
    """A role, its core, and everything opened on the way, closed at the end."""

    def __init__(self, directory: Path) -> None:
        self.settings = Settings(data_dir=directory, media_host=HOST)
        self.core = FakeCore()
        self.browsers: list[Browser] = []
        self.conversations: list[FakeConversation] = []

    async def __aenter__(self) -> "Floor":
        await self.core.listen(self.settings.core_socket)
        self.role: WebRtcRole = roles.start(self.settings)
        await until(lambda: self.core.hellos, what="RoleHello")
        return self

    async def __aexit__(self, *_error: object) -> None:
        for browser in self.browsers:
            await browser.peer.close()
        for conversation in self.conversations:
            conversation.close()
        await as_future(self.role.stop())
        await self.core.die()

    @property
    def sip(self) -> str:
        return str(json.loads(self.core.hellos[-1]["details"])["sip"])

    async def browser(self, agent: str) -> Browser:
        browser = Browser()
        self.browsers.append(browser)
        await browser.attach(self.core, agent)
        return browser

    async def call(self, agent: str, shows: str | None = None, **named: str) -> FakeConversation:
        """`shows`: another pass than the right one."""
        ours = load_pass(self.settings.run_dir)
        conversation = await FakeConversation.open(ours if shows is None else shows)
        self.conversations.append(conversation)
        conversation.invite(agent, self.sip, **named)
        return conversation

    async def talking(self, agent: str) -> FakeConversation:
        conversation = await self.call(agent)
        assert await conversation.status() == 180
        await self.core.ask(amp.AcceptLeg, agent=agent, conversation="conv-1", leg="agent-1")
        await conversation.acknowledge()
        return conversation


async def both_hear(browser: Browser, conversation: FakeConversation, mark: bytes) -> None:
    """Payloads marked `mark` pass both ways."""
    for _ in range(5):
        browser.speak(mark * 160)
        conversation.speak(mark * 160)
    await until(
        lambda: sum(p.rest == mark * 160 for p in browser.heard) == 5, what=f"{mark!r} heard by the browser"
    )
    await until(
        lambda: sum(p.rest == mark * 160 for p in conversation.heard()) == 5,
        what=f"{mark!r} heard by the conversation",
    )


@aio
async def test_an_offered_call_rings_is_accepted_and_both_hear_each_other(tmp_path: Path) -> None:
    async with Floor(tmp_path) as floor:
        assert floor.core.hellos[0]["role"] == "webrtc"
        browser = await floor.browser("alice")
        assert await floor.core.ask(amp.ListDevices) == {"agents": '["alice"]'}
        conversation = await floor.talking("alice")
        await both_hear(browser, conversation, b"\x11")
        assert {p.ssrc for p in browser.heard} == {_announced(floor, "alice")}

        browser.speak(b"\x01\x0a\x00\xa0", payload_type=BROWSER_EVENT)
        await until(lambda: conversation.heard()[-1].payload_type == EVENT_TYPE, what="a key pressed")
        conversation.speak(b"\x02\x0a\x00\xa0", payload_type=EVENT_TYPE)
        await until(lambda: browser.heard[-1].payload_type == BROWSER_EVENT, what="a key of the caller")

        conversation.bye()
        await until(lambda: floor.role.figures()["calls"] == 0, what="the call gone")
        again = await floor.talking("alice")
        await both_hear(browser, again, b"\x12")
        steps = {rtp.sequence_step(a.sequence, b.sequence) for a, b in itertools.pairwise(browser.heard)}
        assert steps == {1}, "two calls are one stream to the browser"


@aio
async def test_a_page_reloaded_during_a_call_keeps_the_call(tmp_path: Path) -> None:
    async with Floor(tmp_path) as floor:
        first = await floor.browser("bob")
        conversation = await floor.talking("bob")
        await both_hear(first, conversation, b"\x21")
        await first.peer.close()
        await until(lambda: floor.core.states[-1][:2] == ("bob", False), what="loss told")
        assert "closed" in floor.core.states[-1][2]
        conversation.speak(b"\x22" * 160)

        second = await floor.browser("bob")
        await both_hear(second, conversation, b"\x23")
        third = await floor.browser("bob")  # the old page still open
        await both_hear(third, conversation, b"\x24")

        heard = conversation.heard()
        assert len({p.ssrc for p in heard}) == 1, "the conversation sees one stream"
        assert {rtp.sequence_step(a.sequence, b.sequence) for a, b in itertools.pairwise(heard)} == {1}
        assert not conversation.was_hung_up()


@aio
async def test_a_core_that_dies_is_not_noticed(tmp_path: Path) -> None:
    async with Floor(tmp_path) as floor:
        browser = await floor.browser("carol")
        conversation = await floor.talking("carol")
        await floor.core.die()
        await both_hear(browser, conversation, b"\x31")
        floor.core = FakeCore()
        await floor.core.listen(floor.settings.core_socket)
        await until(lambda: floor.core.hellos, what="RoleHello to the new core")
        assert await floor.core.ask(amp.ListDevices) == {"agents": '["carol"]'}
        await both_hear(browser, conversation, b"\x32")


@aio
async def test_who_is_not_there_or_busy_is_not_rung(tmp_path: Path) -> None:
    async with Floor(tmp_path) as floor:
        assert await (await floor.call("nobody")).status() == 480
        await floor.browser("dave")
        first = await floor.call("dave", conversation="one")
        assert await first.status() == 180
        second = await floor.call("dave", conversation="two")
        assert await second.status() == 486
        assert await (await floor.call("dave", leg="")).status() == 400
        assert await (await floor.call("dave", shows="")).status() == 403
        assert await (await floor.call("nobody", shows="a guess")).status() == 403

        first.cancel()
        assert await first.status(at_least=300) == 487
        with pytest.raises(amp.Unknown):
            await floor.core.ask(amp.AcceptLeg, agent="dave", conversation="one", leg="agent-1")
        third = await floor.call("dave", conversation="three")
        assert await third.status() == 180
        with pytest.raises(amp.Unknown):
            await floor.core.ask(amp.AcceptLeg, agent="dave", conversation="three", leg="agent-9")


@aio
async def test_detaching_hangs_up_and_a_bad_offer_is_refused(tmp_path: Path) -> None:
    async with Floor(tmp_path) as floor:
        browser = await floor.browser("erin")
        conversation = await floor.talking("erin")
        with pytest.raises(amp.Refused, match="no audio section"):
            await floor.core.ask(amp.AttachDevice, agent="erin", sdp="v=0\r\n")
        await both_hear(browser, conversation, b"\x41")
        await floor.core.ask(amp.DetachDevice, agent="erin")
        await until(conversation.was_hung_up, what="BYE")
        assert floor.core.states[-1] == ("erin", False, "detached")
        assert await floor.core.ask(amp.ListDevices) == {"agents": "[]"}


@aio
async def test_a_browser_that_never_comes_can_be_replaced_or_detached(tmp_path: Path) -> None:
    async with Floor(tmp_path) as floor:
        for _ in range(2):
            absent = OfferingPeer(host=HOST, connected=lambda: None, lost=lambda _why: None)
            await floor.core.ask(amp.AttachDevice, agent="gus", sdp=await absent.offer())
            await absent.close()
        assert await (await floor.call("gus")).status() == 480
        await floor.browser("gus")
        assert floor.core.states == [("gus", True, "")]
        absent = OfferingPeer(host=HOST, connected=lambda: None, lost=lambda _why: None)
        await floor.core.ask(amp.AttachDevice, agent="hal", sdp=await absent.offer())
        await floor.core.ask(amp.DetachDevice, agent="hal")
        await absent.close()
        assert floor.role.figures()["devices_connecting"] == 0


@aio
async def test_nothing_is_left_behind_by_devices_that_came_and_went(tmp_path: Path) -> None:
    async with Floor(tmp_path) as floor:
        process = psutil.Process()

        async def come_and_go() -> None:
            browser = await floor.browser("ida")
            conversation = await floor.talking("ida")
            await floor.core.ask(amp.DetachDevice, agent="ida")
            await until(conversation.was_hung_up, what="BYE")
            await browser.peer.close()
            conversation.close()
            with pytest.raises(amp.Refused):
                await floor.core.ask(amp.AttachDevice, agent="ida", sdp="v=0\r\n")
            offers = [OfferingPeer(host=HOST, connected=lambda: None, lost=lambda _why: None) for _ in "ab"]
            asked = [floor.core.ask(amp.AttachDevice, agent="ida", sdp=await peer.offer()) for peer in offers]
            answers = await asyncio.gather(*asked, return_exceptions=True)
            assert sum(isinstance(answer, dict) for answer in answers) == 1, "the newer of two at once wins"
            await floor.core.ask(amp.DetachDevice, agent="ida")
            for peer in offers:
                await peer.close()

        await come_and_go()
        before, tasks = process.num_fds(), len(asyncio.all_tasks())
        for _ in range(5):
            await come_and_go()
        await until(lambda: process.num_fds() <= before, what="sockets closed")
        await until(lambda: len(asyncio.all_tasks()) <= tasks, what="tasks ended")


@aio
async def test_figures_are_sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(roles, "FIGURES_EVERY_S", 0.05)
    async with Floor(tmp_path) as floor:
        await floor.browser("fay")
        await until(lambda: floor.core.figures and floor.core.figures[-1]["devices_up"] == 1, what="figures")


def _announced(floor: Floor, agent: str) -> int:
    (peer,) = floor.role._devices[agent]._peers.values()
    return peer.ssrc
