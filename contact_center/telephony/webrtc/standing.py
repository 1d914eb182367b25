"""Carries out what `devices` decides for one agent: peer connections, relay, SIP call, timer."""

import asyncio
import logging
import secrets
import time
from collections.abc import Callable
from typing import Protocol, assert_never

from contact_center.telephony.webrtc import devices, sdp
from contact_center.telephony.webrtc.devices import Device
from contact_center.telephony.webrtc.peer import AnsweringPeer
from contact_center.telephony.webrtc.relay import Passed, Relay

log = logging.getLogger(__name__)


class SipCall(Protocol):
    """What is used of a call of `telephony.sip.user_agent`."""

    @property
    def remote_sdp(self) -> str: ...
    def ring(self) -> None: ...
    def accept(self, sdp: str) -> None: ...
    def reject(self, code: int) -> None: ...
    def hangup(self) -> None: ...


class SupersededError(Exception):
    """A later attachment, or a detachment, overtook this one."""


class StandingDevice:
    """One agent's device. `tell(up, why)` passes on what the core should know."""

    def __init__(self, agent: str, *, host: str, tell: Callable[[bool, str], None]) -> None:
        self.device = Device(agent=agent)
        self._host, self._tell = host, tell
        self._newest = 0
        self._peers: dict[int, AnsweringPeer] = {}
        self._calls: dict[str, SipCall] = {}
        self._relay: Relay | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._closing: set[asyncio.Task[None]] = set()

    @property
    def passed(self) -> Passed:
        return self._relay.passed if self._relay is not None else Passed()

    async def attach(self, offer: str) -> str:
        """Answer a browser's offer; the old connection is closed, a call in progress is kept.

        Raises `sdp.SdpError` (the old connection stays) and `SupersededError`.
        """
        self._newest = number = self._newest + 1
        peer = AnsweringPeer(
            host=self._host,
            connected=lambda: self._feed(devices.PeerUp(peer=number)),
            lost=lambda why: self._feed(devices.PeerLost(peer=number, why=why)),
        )
        try:
            answer = await peer.answer(offer)
            relay = self._relay or await Relay.open(self._host)
        except BaseException:
            await peer.close()
            raise
        if number != self._newest:
            if relay is not self._relay:
                relay.close()
            await peer.close()
            raise SupersededError(f"device of {self.device.agent} was attached anew or detached meanwhile")
        self._relay = relay
        self._peers[number] = peer
        self._feed(devices.Attach(peer=number))
        return answer

    async def detach(self) -> None:
        """Close everything; a call is ended."""
        self._newest += 1
        self._feed(devices.Detach())
        if self._relay is not None:
            self._relay.close()
            self._relay = None
        if self._closing:
            await asyncio.wait(self._closing)

    def invited(self, name: str, call: SipCall, conversation: str, leg: str) -> None:
        """An INVITE for this agent; `name` is unique among calls. Rings, or is rejected, at once."""
        self._calls[name] = call
        self._feed(devices.Invited(call=name, conversation=conversation, leg=leg))

    def accept(self, conversation: str, leg: str) -> bool:
        """Send 200 on this leg; False when it is not on this device or no browser is there."""
        if not devices.can_accept(self.device, conversation, leg):
            return False
        self._feed(devices.Accept(conversation=conversation, leg=leg))
        return True

    def call_up(self, name: str) -> None:
        self._feed(devices.CallUp(call=name))

    def call_over(self, name: str) -> None:
        self._calls.pop(name, None)
        self._feed(devices.CallOver(call=name))

    def _feed(self, event: devices.Event) -> None:
        now = time.monotonic()
        self.device, effects = devices.step(self.device, event, now)
        for effect in effects:
            self._carry_out(effect)
        self._arm(now)

    def _carry_out(self, effect: devices.Effect) -> None:
        match effect:
            case devices.ClosePeer(peer=number):
                self._close_peer(number)
            case devices.UsePeer(peer=number):
                self._use_peer(number)
            case devices.TellCore(up=up, why=why):
                log.info("device of %s is %s %s", self.device.agent, "up" if up else "down", why)
                self._tell(up, why)
            case devices.Ring(call=name):
                self._calls[name].ring()
            case devices.Reject(call=name, code=code):
                self._calls.pop(name).reject(code)
            case devices.Answer(call=name):
                self._answer(self._calls[name])
            case devices.HangUp(call=name, why=why):
                log.info("call %s of %s hung up: %s", name, self.device.agent, why)
                self._calls.pop(name).hangup()
            case devices.StopAudio():
                if self._relay is not None:
                    self._relay.disconnect()
            case _:
                assert_never(effect)

    def _answer(self, call: SipCall) -> None:
        if self._relay is None:  # a device that can accept has been attached, and that opened the relay
            raise RuntimeError(f"device of {self.device.agent} has no relay")
        remote = sdp.read_rtp(call.remote_sdp)
        self._relay.connect(remote)
        own = sdp.RtpDescription(
            host=self._host,
            port=self._relay.port,
            telephone_event=remote.telephone_event,
            direction=sdp.answered(remote.direction),
        )
        call.accept(sdp.write_rtp(own, session=secrets.randbits(62)))

    def _use_peer(self, number: int) -> None:
        if self._relay is not None:
            peer = self._peers[number]
            self._relay.attach(peer)
            peer.on_rtp(self._relay.from_browser)

    def _close_peer(self, number: int) -> None:
        if self._relay is not None:
            self._relay.detach()
        task = asyncio.ensure_future(self._peers.pop(number).close())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    def _arm(self, now: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        deadline = devices.next_deadline(self.device)
        if deadline is not None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(max(0.0, deadline - now), self._feed, devices.Tick())
