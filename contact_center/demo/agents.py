"""Simulated agents: log in, connect a real WebRTC leg, take calls, talk, listen, wrap up, as a person would.

    python -m contact_center.demo.agents --url http://127.0.0.1:8080 --logins logins.json --seed 7

`logins.json` (or `-` for standard input) is a JSON list of `{"login": …, "password": …}`. One process runs
them all; each sounds a tone and listens for the caller's. For every call it prints one JSON line: `agent`,
`contact`, `heard_tone`, `packets_received`, `seconds`. SIGINT and SIGTERM end it after logging all off.
"""

import argparse
import asyncio
import contextlib
import json
import logging
import random
import signal
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx

from contact_center.demo.console_client import SIMULATED_TEST, ConsoleClient, ConsoleError
from contact_center.demo.outcomes import drawn
from contact_center.demo.voice import Ear, Pacer, Voice, voice_packets
from contact_center.telephony.webrtc.peer import OfferingPeer
from contact_center.telephony.webrtc.sdp import SdpError

log = logging.getLogger(__name__)

RECONNECT_S = 1.0
CONNECT_WITHIN_S = 15.0
NOTICE_S = 0.5
"""How soon an agent with nothing to do notices that it shall leave."""
SETTLE_S = 10.0
"""How long the feed may take to show what a command did."""
DONE = (httpx.codes.OK, httpx.codes.NO_CONTENT)

Range = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """How an agent works; each range is drawn from evenly. `miss_chance` of letting an offer ring out."""

    answer_delay_s: Range = (0.5, 2.0)
    talk_s: Range = (8.0, 20.0)
    wrap_up_s: Range = (2.0, 5.0)
    back_after_s: Range = (2.0, 4.0)
    miss_chance: float = 0.0
    listen_hz: float = 1000.0
    media_host: str = "127.0.0.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallHeard:
    """What one agent heard of one call."""

    agent: str
    contact: str
    heard_tone: bool
    packets_received: int
    seconds: float


class SimulatedAgent:
    """One agent at work until cancelled. `report` is called once per call taken."""

    def __init__(
        self,
        console: ConsoleClient,
        behaviour: Behaviour,
        *,
        voice: Voice,
        pacer: Pacer,
        chance: random.Random,
        report: Callable[[CallHeard], None],
    ) -> None:
        self._console, self._behaviour = console, behaviour
        self._voice, self._pacer, self._chance, self._report = voice, pacer, chance, report
        self._peer: OfferingPeer | None = None
        self._ear = Ear(behaviour.listen_hz)
        self._leaving = False
        self._taken_up = ""
        """The last offer dealt with, whatever came of it."""

    def leave(self) -> None:
        """Take no more calls; `work` ends when the one in hand, if any, is wrapped up."""
        self._leaving = True

    async def work(self) -> None:
        """Log in and work until told to leave; then, or on cancellation, log off and close the connection."""
        await self._console.log_in()
        if not self._console.agent:
            raise ConsoleError("whoever works as an agent must be one")
        await self._console.post("/agent/log-on")
        try:
            async with asyncio.TaskGroup() as tasks:
                around = [
                    tasks.create_task(self._console.follow_feed()),
                    tasks.create_task(self._keep_device()),
                ]
                await self._take_turns()
                for task in around:
                    task.cancel()
        finally:
            self._pacer.hush(self._voice)
            if self._peer is not None:
                await self._peer.close()
            with contextlib.suppress(ConsoleError, httpx.HTTPError):
                await asyncio.wait_for(self._console.post("/agent/log-off"), 2.0)
            await self._console.close()

    async def _keep_device(self) -> None:
        """Hold one connection open, making a new one whenever it is lost."""
        while True:
            over = asyncio.Event()
            up = asyncio.Event()

            def lost(why: str, over: asyncio.Event = over) -> None:
                log.info("%s: connection lost: %s", self._console.agent, why)
                over.set()

            peer = OfferingPeer(host=self._behaviour.media_host, connected=up.set, lost=lost)
            self._peer = peer
            peer.on_rtp(self._hear)
            try:
                answer = await self._console.post("/agent/device", sdp=await peer.offer())
                if answer.status_code == httpx.codes.OK:
                    peer.accept(answer.json()["sdp"])
                    await asyncio.wait_for(up.wait(), CONNECT_WITHIN_S)
                    await over.wait()
                else:
                    log.warning("%s: device refused: %s", self._console.agent, answer.text)
            except (TimeoutError, SdpError) as error:
                log.warning("%s: device: %r", self._console.agent, error)
            await peer.close()
            await asyncio.sleep(RECONNECT_S)

    async def _take_turns(self) -> None:
        console = self._console
        while True:
            if not await console.until(self._wanted, within_s=NOTICE_S) and not self._leaving:
                continue
            if wrap_up := console.desk.get("wrap_up"):
                await self._wrap_up(wrap_up["contact"], wrap_up["queue"])
            elif call := console.desk.get("call"):
                await self._talk(call["contact"])
            elif self._leaving:
                if offer := self._fresh_offer():
                    await console.post(f"/offers/{offer['offer']}/reject")
                return
            elif offer := self._fresh_offer():
                await self._answer(offer)
            else:
                await self._get_ready()

    def _wanted(self) -> bool:
        """Whether there is anything to do now."""
        desk, own = self._console.desk, self._console.own
        idle = own.get("state") == "not_ready" and own.get("device") == "up"
        return bool(desk.get("wrap_up") or desk.get("call") or self._fresh_offer() or idle)

    def _fresh_offer(self) -> dict[str, str] | None:
        offer: dict[str, str] | None = self._console.desk.get("offer")
        return offer if offer and offer["offer"] != self._taken_up else None

    async def _get_ready(self) -> None:
        console = self._console
        if console.own.get("reason") != "login":
            await asyncio.sleep(self._draw(self._behaviour.back_after_s))
        answer = await console.post("/agent/device/test", **SIMULATED_TEST)
        if answer.status_code in DONE:
            answer = await console.post("/agent/status", status="ready")
        if answer.status_code not in DONE:
            log.warning("%s: not made ready: %s", console.agent, answer.text)
            await asyncio.sleep(RECONNECT_S)
        await console.until(lambda: console.own.get("state") != "not_ready", within_s=SETTLE_S)

    async def _answer(self, offer: dict[str, str]) -> None:
        name, console = offer["offer"], self._console
        self._taken_up = name
        if self._chance.random() < self._behaviour.miss_chance:
            return

        def gone() -> bool:
            return (console.desk.get("offer") or {}).get("offer") != name

        if await console.until(gone, within_s=self._draw(self._behaviour.answer_delay_s)):
            return
        self._start_audio()
        answer = await console.post(f"/offers/{name}/accept")
        if answer.status_code not in DONE:
            log.info("%s: offer %s not accepted: %s", console.agent, name, answer.text)
            self._pacer.hush(self._voice)
            return
        await console.until(lambda: console.desk.get("call") or gone(), within_s=SETTLE_S)
        if console.desk.get("call") or console.desk.get("wrap_up"):
            await self._talk(offer["contact"])  # also one that was over before it was seen
        else:
            self._pacer.hush(self._voice)

    def _start_audio(self) -> None:
        self._ear = Ear(self._behaviour.listen_hz)
        self._pacer.speak(self._voice, self._send)

    def _hear(self, packet: bytes) -> None:
        self._ear.hear(packet)

    def _send(self, packet: bytes) -> None:
        if self._peer is not None:
            self._peer.send_rtp(packet)

    async def _talk(self, contact: str) -> None:
        console, began_at = self._console, time.monotonic()
        self._pacer.speak(self._voice, self._send)

        def gone() -> bool:
            return (console.desk.get("call") or {}).get("contact") != contact

        if not await console.until(gone, within_s=self._draw(self._behaviour.talk_s)):
            await console.post(f"/contacts/{contact}/hang-up")
            await console.until(gone, within_s=SETTLE_S)
        self._pacer.hush(self._voice)
        ear, self._ear = self._ear, Ear(self._behaviour.listen_hz)
        self._report(
            CallHeard(
                agent=console.agent,
                contact=contact,
                heard_tone=ear.heard,
                packets_received=ear.packets,
                seconds=round(time.monotonic() - began_at, 2),
            )
        )

    async def _wrap_up(self, contact: str, queue: str) -> None:
        console = self._console
        await asyncio.sleep(self._draw(self._behaviour.wrap_up_s))
        catalogue = await console.get("/catalogue")
        choices = [d["code"] for q in catalogue["queues"] if q["id"] == queue for d in q["dispositions"]]
        if choices:
            await console.post(
                f"/contacts/{contact}/disposition", disposition=drawn(self._chance, choices), note=""
            )
        await console.post("/agent/wrap-up/done")
        await console.until(
            lambda: (console.desk.get("wrap_up") or {}).get("contact") != contact, within_s=SETTLE_S
        )

    def _draw(self, between: Range) -> float:
        return self._chance.uniform(*between)


async def run(args: argparse.Namespace, logins: list[dict[str, str]]) -> None:
    """Run every agent; SIGTERM lets each finish the call in hand, SIGINT or a second one ends at once."""
    payloads = voice_packets(args.tone_hz, args.level_dbfs, args.speech)
    behaviour = Behaviour(
        answer_delay_s=args.answer_delay,
        talk_s=args.talk,
        wrap_up_s=args.wrap_up,
        miss_chance=args.miss,
        listen_hz=args.listen_hz,
        media_host=args.media_host,
    )
    pacer = Pacer()
    agents = [
        SimulatedAgent(
            ConsoleClient(args.url.rstrip("/"), entry["login"], entry["password"]),
            behaviour,
            voice=Voice(payloads),
            pacer=pacer,
            chance=random.Random(f"{args.seed}/{entry['login']}"),  # noqa: S311  # repeatable, not secret
            report=_print_call,
        )
        for entry in logins
    ]
    work = asyncio.gather(*(agent.work() for agent in agents))
    loop = asyncio.get_running_loop()

    def leave() -> None:
        loop.add_signal_handler(signal.SIGTERM, work.cancel)
        for agent in agents:
            agent.leave()

    loop.add_signal_handler(signal.SIGINT, work.cancel)
    loop.add_signal_handler(signal.SIGTERM, leave)
    with contextlib.suppress(asyncio.CancelledError):
        await work
    await pacer.stop()


def _print_call(call: CallHeard) -> None:
    fields = {name: getattr(call, name) for name in CallHeard.__slots__}
    print(json.dumps(fields), flush=True)


def _range(text: str) -> Range:
    low, dash, high = text.partition("-")
    return float(low), float(high if dash else low)


def arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="contact_center.demo.agents", description=__doc__.splitlines()[0])
    parser.add_argument("--url", default="http://127.0.0.1:8080", help="where the core serves HTTP")
    parser.add_argument(
        "--logins", required=True, help="JSON list of {login, password}; - reads standard input"
    )
    parser.add_argument("--answer-delay", type=_range, default=(0.5, 2.0), metavar="S[-S]")
    parser.add_argument("--talk", type=_range, default=(8.0, 20.0), metavar="S[-S]")
    parser.add_argument("--wrap-up", type=_range, default=(2.0, 5.0), metavar="S[-S]")
    parser.add_argument("--miss", type=float, default=0.0, help="chance of letting an offer ring out")
    parser.add_argument("--seed", default="0")
    parser.add_argument("--tone-hz", type=float, default=440.0, help="tone the agents sound")
    parser.add_argument("--level-dbfs", type=float, default=-20.0)
    parser.add_argument("--listen-hz", type=float, default=1000.0, help="tone the callers sound")
    parser.add_argument("--speech", type=Path, help="8 kHz mono WAV mixed over the tone")
    parser.add_argument("--media-host", default="127.0.0.1")
    parser.add_argument("--log-level", default="WARNING")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    """Command line of the module."""
    args = arguments(argv)
    source = sys.stdin.read() if args.logins == "-" else Path(args.logins).read_text(encoding="utf-8")
    logins = json.loads(source)
    logging.basicConfig(level=args.log_level, stream=sys.stderr, format="%(levelname)s %(name)s %(message)s")
    try:
        import uvloop  # optional at run time: not every platform has it

        uvloop.run(run(args, logins))
    except ImportError:
        asyncio.run(run(args, logins))


if __name__ == "__main__":
    main()
