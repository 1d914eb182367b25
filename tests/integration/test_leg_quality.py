"""How a leg sounds, on real RTP of which every tenth packet is missing, from behind a NAT."""

from collections.abc import AsyncGenerator

import pytest_twisted
from twisted.internet import reactor, task
from twisted.internet.protocol import DatagramProtocol

from contact_center.demo.voice import Voice, voice_packets
from contact_center.telephony import wire
from contact_center.telephony.quality import mos
from contact_center.telephony.sip.user_agent import IncomingCall, UserAgent
from contact_center.telephony.webrtc import sdp
from contact_center.telephony.wire import EndedBy
from tests.integration.media_bench import Bench, freed, until
from tests.integration.test_media_calls import arrive

MISSING_EVERY = 10
PACKETS = 300


@pytest_twisted.async_yield_fixture(scope="module")
async def bench() -> AsyncGenerator[Bench, None]:
    made = Bench()
    yield await made.open()
    await made.close()


class LossyPhone(DatagramProtocol):
    """Answers at once, and sends a tone of which every tenth packet is lost.

    The address in its SDP is one that only its own network knows: sound must go to where its own comes from.
    """

    def __init__(self) -> None:
        self._voice = Voice(voice_packets(440.0, -14.0, None))
        self._port = reactor.listenUDP(0, self, "127.0.0.1")
        self._to: tuple[str, int] | None = None
        self.sent = self.got = 0

    def invited(self, call: IncomingCall) -> None:
        remote = sdp.read_rtp(call.remote_sdp)
        self._to = (remote.host, remote.port)
        call.accept(
            "v=0\r\no=- 1 1 IN IP4 127.0.0.9\r\ns=-\r\nc=IN IP4 127.0.0.9\r\nt=0 0\r\n"
            "m=audio 9 RTP/AVP 0\r\na=ptime:20\r\n"
        )

    def established(self, call: IncomingCall) -> None:
        self._beat = task.LoopingCall(self._speak)
        self._beat.start(0.02)

    def datagramReceived(self, datagram: bytes, addr: tuple[str, int]) -> None:  # noqa: N802  # Twisted's name
        self.got += addr == self._to

    def cancelled(self, call: IncomingCall) -> None: ...

    def ended(self, call: IncomingCall, by: EndedBy, reason: str) -> None:
        self._beat.stop()

    def _speak(self) -> None:
        packet = self._voice.packet()
        self.sent += 1
        if self.sent % MISSING_EVERY:
            self.transport.write(packet, self._to)


@pytest_twisted.ensureDeferred
async def test_what_is_lost_is_counted_and_told(bench: Bench) -> None:
    phone = LossyPhone()
    agent = UserAgent(reactor, "127.0.0.1", listener=phone)
    conversation, _ = await arrive(bench, max_talk_s=100.0, tone_hz=1000.0, listen_hz=440.0)
    core = bench.core
    await core.do(conversation, wire.Answer(leg="caller"))
    await core.saw(conversation, wire.Answered, "caller")
    dial = wire.Dial(leg="agent-1", target=f"sip:ada@{agent.address}", from_number="1")
    await core.do(conversation, dial, wire.Mix(hears={"caller": ("agent-1",), "agent-1": ("caller",)}))
    await core.saw(conversation, wire.Answered, "agent-1")
    await until(lambda: phone.sent >= PACKETS, within_s=20, why="seconds of sound")
    await until(lambda: phone.got >= PACKETS / 2, why="sound to where its own comes from")
    await until(lambda: "agent-1" in core.seen.get(conversation, {}), why="the live figures")
    live = core.seen[conversation]
    assert live["agent-1"].lost_in > 0.05
    assert live["caller"].lost_in < live["agent-1"].lost_in

    await core.do(conversation, wire.Hangup(leg="agent-1"))
    ended = (await core.saw(conversation, wire.Ended, "agent-1")).quality
    assert ended is not None
    assert abs(ended.lost_in - 1 / MISSING_EVERY) < 0.05
    assert ended.lost_out is None, "this phone never says what it missed"
    assert mos(ended) < 3.7
    await core.do(conversation, wire.Hangup(leg="caller"))
    caller = (await core.saw(conversation, wire.Ended, "caller")).quality
    assert caller is not None
    assert caller.lost_in < 0.05
    await core.do(conversation)
    await freed(bench)
    await agent.stop()
