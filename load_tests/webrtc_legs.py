"""What a browser leg costs: N legs, 50 packets/s each way, relayed by one process, driven by another.

    python -m load_tests.webrtc_legs --legs 20 --seconds 10

Prints one JSON object: percent of a core per leg in the relaying process and in the driving one (browsers'
DTLS-SRTP and conversations' RTP together), packets sent and lost each way. The goal for the relay is
at most 0.7 % per leg.
"""

import argparse
import asyncio
import contextlib
import json
import sys
import time
from dataclasses import dataclass
from typing import Any

import psutil
import uvloop

from contact_center.demo.voice import Ear, Pacer, Voice, voice_packets
from contact_center.telephony.webrtc.peer import AnsweringPeer, OfferingPeer
from contact_center.telephony.webrtc.relay import Relay
from contact_center.telephony.webrtc.sdp import RtpDescription

HOST = "127.0.0.1"
LINE_BYTES = 1 << 20


async def serve() -> None:
    """The relaying process: a line `{"sdp", "port"}` in, a line `{"sdp", "port"}` out, per leg."""
    loop = asyncio.get_running_loop()
    lines = asyncio.StreamReader(limit=LINE_BYTES)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    while line := await lines.readline():
        asked = json.loads(line)
        relay = await Relay.open(HOST)
        relay.connect(RtpDescription(host=HOST, port=asked["port"]))
        peer = AnsweringPeer(host=HOST, connected=lambda: None, lost=lambda _why: None)
        peer.on_rtp(relay.from_browser)
        answer = await peer.answer(asked["sdp"])
        relay.attach(peer)
        print(json.dumps({"sdp": answer, "port": relay.port}), flush=True)


class Conversation(asyncio.DatagramProtocol):
    """A conversation's RTP socket."""

    def __init__(self) -> None:
        self.ear = Ear(0.0)
        self.ear.heard = True  # count only
        self.transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: tuple[Any, ...]) -> None:
        self.ear.hear(data)


@dataclass
class Leg:
    """One leg as the driver sees it: both of its ends."""

    browser: OfferingPeer
    browser_ear: Ear
    conversation: Conversation
    relay_port: int
    sent: int = 0

    def from_browser(self, packet: bytes) -> None:
        self.sent += 1
        self.browser.send_rtp(packet)

    def from_conversation(self, packet: bytes) -> None:
        self.conversation.transport.sendto(packet, (HOST, self.relay_port))


async def open_leg(relaying: asyncio.subprocess.Process) -> Leg:
    assert relaying.stdin is not None
    assert relaying.stdout is not None
    loop = asyncio.get_running_loop()
    _, conversation = await loop.create_datagram_endpoint(Conversation, local_addr=(HOST, 0))
    up = asyncio.Event()
    browser = OfferingPeer(host=HOST, connected=up.set, lost=lambda why: print(why, file=sys.stderr))
    ear = Ear(0.0)
    ear.heard = True
    browser.on_rtp(ear.hear)
    port = conversation.transport.get_extra_info("sockname")[1]
    relaying.stdin.write(json.dumps({"sdp": await browser.offer(), "port": port}).encode() + b"\n")
    answer = json.loads(await relaying.stdout.readline())
    browser.accept(answer["sdp"])
    await asyncio.wait_for(up.wait(), 10)
    return Leg(browser, ear, conversation, answer["port"])


async def measure(legs_wanted: int, seconds: float) -> dict[str, float]:
    relaying = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "load_tests.webrtc_legs",
        "--serve",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=LINE_BYTES,
    )
    legs = [await open_leg(relaying) for _ in range(legs_wanted)]
    payloads = voice_packets(440.0, -20.0, None)
    pacer = Pacer()
    for leg in legs:
        pacer.speak(Voice(payloads), leg.from_browser)
        pacer.speak(Voice(payloads), leg.from_conversation)
    await asyncio.sleep(1.0)
    process = psutil.Process(relaying.pid)
    relay_before, own_before, began = sum(process.cpu_times()[:2]), time.process_time(), time.monotonic()
    await asyncio.sleep(seconds)
    elapsed_s = time.monotonic() - began
    relay_s, own_s = sum(process.cpu_times()[:2]) - relay_before, time.process_time() - own_before
    memory_mb = process.memory_full_info().uss / 1e6
    await pacer.stop()
    await asyncio.sleep(0.3)
    sent = sum(leg.sent for leg in legs)
    for leg in legs:
        await leg.browser.close()
        leg.conversation.transport.close()
    relaying.terminate()
    with contextlib.suppress(ProcessLookupError):
        await relaying.wait()
    return {
        "legs": legs_wanted,
        "seconds": round(elapsed_s, 1),
        "relay_core_percent_per_leg": round(100 * relay_s / elapsed_s / legs_wanted, 3),
        "driver_core_percent_per_leg": round(100 * own_s / elapsed_s / legs_wanted, 3),
        "relay_memory_mb": round(memory_mb, 1),
        "sent_each_way": sent,
        "lost_to_conversations": sent - sum(leg.conversation.ear.packets for leg in legs),
        "lost_to_browsers": sent - sum(leg.browser_ear.packets for leg in legs),
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="load_tests.webrtc_legs", description=__doc__.splitlines()[0])
    parser.add_argument("--legs", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--serve", action="store_true", help="be the relaying process")
    args = parser.parse_args()
    if args.serve:
        uvloop.run(serve())
    else:
        print(json.dumps(uvloop.run(measure(args.legs, args.seconds))))


if __name__ == "__main__":
    main()
