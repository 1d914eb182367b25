"""The people of the end-to-end tests: a caller with a SIP phone, an agent without a screen, a supervisor.

Everybody sounds a pilot tone that is in neither the hold music nor the prompts, and is heard by power in
the band. A caller records what it hears from its answer on; an agent keeps the packets it gets.
"""

import asyncio
import contextlib
import json
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from contact_center.demo.call_plan import CallPlan
from contact_center.demo.console_client import SIMULATED_TEST, ConsoleClient, Row
from contact_center.demo.voice import Pacer, Voice, voice_packets
from contact_center.runtime.codec import Codec
from contact_center.telephony.media import audio
from contact_center.telephony.webrtc import rtp
from contact_center.telephony.webrtc.peer import OfferingPeer
from tests.e2e.centre import HOST, Centre
from tests.e2e.ears import hold_music, is_music
from tests.support import until

CALLER_HZ, AGENT_HZ = 1333, 1777
ENTRY = "8000"
PASSWORD = "harbour-demo"
TO_BILLING = (("11", 0.5),)
"""English, billing: keyed ahead of the prompts."""
PLAN: Codec[CallPlan] = Codec(CallPlan)


class Caller:
    """One SIP phone in a process of its own, and the call it makes."""

    def __init__(self, process: asyncio.subprocess.Process, folder: Path) -> None:
        self._process = process
        self._told: list[tuple[str, Row]] = []
        self._calling: set[str] = set()
        self._reading = asyncio.create_task(self._read())
        self.recording = folder / f"heard-{process.pid}.wav"

    async def _read(self) -> None:
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            ((name, body),) = json.loads(line).items()
            self._told.append((name, body))
            if name == "ended":
                self._calling.discard(str(body["id"]))

    def told(self, name: str) -> Row | None:
        """The last thing of that kind the phone said."""
        return next((body for kind, body in reversed(self._told) if kind == name), None)

    def all_told(self, name: str) -> list[Row]:
        """Everything of that kind, in order."""
        return [body for kind, body in self._told if kind == name]

    def forget(self) -> None:
        """What was told so far is over; what is told next is new."""
        self._told.clear()

    async def hears_of(self, name: str, *, within_s: float = 20.0) -> Row:
        await until(lambda: self.told(name), within_s=within_s, what=f"the caller's {name!r}")
        found = self.told(name)
        assert found is not None
        return found

    async def gets_keys(self, digits: str) -> None:
        """All the keys that came in this call so far are these."""
        await until(lambda: (self.told("keyed") or {}).get("digits") == digits, what=f"the keys {digits}")

    def dial(
        self,
        centre: Centre,
        number: str,
        digits: tuple[tuple[str, float], ...] = TO_BILLING,
        entry: str = ENTRY,
        call: str = "call",
        **headers: str,
    ) -> None:
        """Call the centre as `number`; stays until told to hang up. `headers` with _ for -."""
        plan = CallPlan(
            id=call,
            headers={name.replace("_", "-"): value for name, value in headers.items()},
            to=f"sip:{entry}@{centre.sip}",
            from_number=number,
            digits=digits,
            tone_hz=CALLER_HZ,
            listen_hz=AGENT_HZ,
            patience_s=120.0,
            max_talk_s=120.0,
            record=str(self.recording),
        )
        self._calling.add(call)
        self._tell({"dial": json.loads(PLAN.dump(plan))})

    def press(self, digits: str) -> None:
        """Keys as RFC 4733 events."""
        self._tell({"keys": {"id": "call", "digits": digits}})

    def hang_up(self) -> None:
        self._tell({"hangup": {"id": "call"}})

    def _tell(self, order: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order).encode() + b"\n")

    def heard(self, from_s: float = 0.0) -> audio.Samples:
        """What came in from `from_s` after the answer on."""
        return audio.growing_wav(self.recording, round(from_s * audio.RATE_HZ))

    @property
    def heard_s(self) -> float:
        """How much there is of it."""
        try:
            return max(0, self.recording.stat().st_size - 44) / 2 / audio.RATE_HZ
        except FileNotFoundError:
            return 0.0

    def _last(self, seconds: float) -> audio.Samples:
        return self.heard(max(0.0, self.heard_s - seconds))

    def hears_agent(self) -> bool:
        """Whether the agent's tone is in the last half second."""
        return self.hears(AGENT_HZ)

    def hears(self, tone_hz: float, last_s: float = 0.5) -> bool:
        """Whether this tone is in the last half second."""
        return bool(audio.tone_present(self._last(last_s), tone_hz))

    def hears_music(self, centre: Centre) -> bool:
        """Whether the last half second is the centre's hold music."""
        return is_music(self._last(0.5), hold_music(centre))

    def is_taken(self, folder: Path) -> None:
        """As if it were new."""
        self.forget()
        self.recording = folder / f"heard-{self._process.pid}-{time.monotonic_ns()}.wav"

    async def hangs_up_all(self) -> None:
        for call in self._calling:
            self._tell({"hangup": {"id": call}})
        await until(lambda: not self._calling, what="the end of the phone's calls")

    async def end(self) -> None:
        """Put the phone away."""
        if self._process.returncode is None:
            with contextlib.suppress(ConnectionError):
                self._tell({"stop": {}})
                assert self._process.stdin is not None
                self._process.stdin.close()
            try:
                await asyncio.wait_for(self._process.wait(), 5.0)
            except TimeoutError:
                self._process.kill()
                await self._process.wait()
        await self._reading


_drawer: list[Caller] = []
"""Phones nobody uses at the moment; starting one takes a second."""


@asynccontextmanager
async def caller(folder: Path) -> AsyncIterator[Caller]:
    """A phone that is ready to dial: a new one, or one that was put back with no call left on it."""
    taken = bool(_drawer)
    if taken:
        person = _drawer.pop()
        person.is_taken(folder)
    else:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "contact_center.demo.callers", "--conduct"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        person = Caller(process, folder)
    try:
        if not taken:
            await person.hears_of("ready")
        yield person
        await person.hangs_up_all()
    except BaseException:
        await person.end()
        raise
    _drawer.append(person)


async def end_phones() -> None:
    while _drawer:
        await _drawer.pop().end()


class Agent:
    """A logged-on agent with a real WebRTC leg that does only what the test says."""

    def __init__(self, centre: Centre, login: str, tone_hz: float = AGENT_HZ) -> None:
        self.console = ConsoleClient(centre.http, login, PASSWORD)
        self.heard: list[tuple[float, bytes]] = []
        self.spoken_at: list[float] = []
        self._pacer, self._voice = Pacer(), Voice(voice_packets(tone_hz, -14.0, None))

    async def log_on(self) -> None:
        connected = asyncio.Event()
        await self.console.log_in()
        await self.console.post("/agent/log-on")
        self._following = asyncio.create_task(self.console.follow_feed())
        self._lost: list[str] = []
        self._peer = OfferingPeer(host=HOST, connected=connected.set, lost=self._lost.append)
        self._peer.on_rtp(self._hear)
        answer = await self.console.post("/agent/device", sdp=await self._peer.offer())
        assert answer.status_code == 200, answer.text
        self._peer.accept(answer.json()["sdp"])
        await asyncio.wait_for(connected.wait(), 15.0)
        self._pacer.speak(self._voice, self._say)
        await self.sees(lambda: self.console.own.get("device") == "up", what="the device up")

    def _say(self, packet: bytes) -> None:
        self.spoken_at.append(time.time())
        self._peer.send_rtp(packet)

    def _hear(self, packet: bytes) -> None:
        found = rtp.unpack(packet)
        if found is not None and found.payload_type == 0:
            self.heard.append((time.time(), found.rest))

    async def sees(self, condition: Callable[[], object], *, what: str, within_s: float = 20.0) -> None:
        """Wait until the agent's feed shows it."""
        assert await self.console.until(condition, within_s=within_s), f"{what}: {self.console.own}"

    async def sees_state(self, state: str, *, within_s: float = 20.0) -> None:
        await self.sees(lambda: self.state == state, what=f"state {state}", within_s=within_s)

    @property
    def state(self) -> str:
        return str(self.console.own.get("state"))

    async def do(self, path: str, **body: Any) -> None:
        """A command that must work."""
        answer = await self.console.post(path, **body)
        assert answer.is_success, f"{path}: {answer.status_code} {answer.text}"

    async def make_ready(self) -> None:
        await self.do("/agent/device/test", **SIMULATED_TEST)
        await self.leave_not_ready()

    async def leave_not_ready(self) -> None:
        """Ready, and seen so (or offered a call already): an old row of the feed is never news."""
        await self.do("/agent/status", status="ready")
        await self.sees(lambda: self.console.own["state"] != "not_ready", what="ready, or an offer")

    async def offered(self, *, within_s: float = 30.0) -> Row:
        await self.sees(lambda: self.console.desk.get("offer"), what="an offer", within_s=within_s)
        return dict(self.console.desk["offer"])

    async def accept(self) -> Row:
        """Take the offer there is or comes; returns the call."""
        offer = await self.offered()
        await self.do(f"/offers/{offer['offer']}/accept")
        return await self.is_in(offer["contact"])

    async def is_in(self, contact: str) -> Row:
        """In the call with this contact, and no other; returns the call."""
        await self.sees(
            lambda: (self.console.desk.get("call") or {}).get("contact") == contact, what=f"a call {contact}"
        )
        return dict(self.console.desk["call"])

    async def is_out_of_calls(self) -> None:
        """Every row of his feed says so, and that of a wrap-up is there if there is one."""

        def out() -> bool:
            desk = self.console.desk
            wraps_up = desk.get("wrap_up") is not None
            idle = self.state == "wrap_up" if wraps_up else self.state in ("ready", "not_ready")
            return desk.get("call") is None and idle

        await self.sees(out, what="no call")

    async def wrap_up(self, contact: str, disposition: str = "resolved") -> None:
        await self.sees(lambda: self.console.desk.get("wrap_up"), what="wrap-up")
        await self.do(f"/contacts/{contact}/disposition", disposition=disposition, note="")
        await self.do("/agent/wrap-up/done")
        await self.sees(lambda: self.console.desk.get("wrap_up") is None, what="the end of wrap-up")

    def hears_caller(self, last_s: float = 0.5) -> bool:
        return self.hears(CALLER_HZ, last_s)

    def hears(self, tone_hz: float, last_s: float = 0.5) -> bool:
        """Whether this tone is in the last half second."""
        payload = b"".join(rest for at, rest in self.heard if at > time.time() - last_s)
        return len(payload) > last_s * audio.RATE_HZ / 2 and bool(
            audio.tone_present(audio.ulaw_decode(payload), tone_hz)
        )

    @property
    def heard_s(self) -> float:
        """How much sound has come in."""
        return 0.02 * len(self.heard)

    def is_silent(self) -> bool:
        """Nothing comes in any more."""
        return not self.heard or self.heard[-1][0] < time.time() - 0.3

    async def end(self) -> None:
        await self.console.post("/agent/log-off")
        await self._pacer.stop()
        await self._peer.close()
        self._following.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._following
        await self.console.close()


@asynccontextmanager
async def agent(centre: Centre, login: str) -> AsyncIterator[Agent]:
    """An agent logged on, not ready, with a device."""
    person = Agent(centre, login)
    await person.log_on()
    try:
        yield person
    finally:
        await person.end()


class Supervisor:
    """Who sees everything: the feed's rows and the records."""

    def __init__(self, centre: Centre) -> None:
        self._console = ConsoleClient(centre.http, "sofia", PASSWORD)

    @property
    def rows(self) -> dict[str, dict[str, Row]]:
        return self._console.rows

    @property
    def epoch(self) -> str:
        """Which core feeds."""
        return self._console.epoch

    def queue(self, name: str) -> Row:
        """The wallboard's row; empty before the first snapshot."""
        return self.rows.get("queues", {}).get(name, {})

    async def sees(self, condition: Callable[[], object], *, what: str, within_s: float = 20.0) -> None:
        assert await self._console.until(condition, within_s=within_s), f"{what}: {self.rows.get('contacts')}"

    async def get(self, path: str) -> Any:
        return await self._console.get(path)

    async def contact_of(self, number: str) -> Row:
        """The live contact of a caller; waits until it is there."""

        def found() -> Row | None:
            live = self.rows.get("contacts", {}).values()
            return next((row for row in live if row["from_number"] == number), None)

        await self.sees(found, what=f"a contact from {number}")
        return dict(found() or {})

    async def story(self, contact: str, complete: Callable[[Row], bool]) -> Row:
        """The stored interaction with its events, once it is `complete` (it is written behind the calls)."""
        deadline = time.monotonic() + 20.0
        while True:
            with contextlib.suppress(Exception):
                row: Row = await self.get(f"/interactions/{contact}")
                if complete(row):
                    return row
            assert time.monotonic() < deadline, f"interaction {contact} never complete"
            await asyncio.sleep(0.1)

    async def report(self, queue: str) -> Row:
        """The service figures of the last day."""
        body = await self.get("/reports/service")
        return next(dict(row["figures"]) for row in body["queues"] if row["queue"] == queue)

    async def begin(self) -> None:
        await self._console.log_in()
        self._following = asyncio.create_task(self._console.follow_feed())
        await self.sees(lambda: self.rows, what="the first snapshot")

    async def end(self) -> None:
        self._following.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._following
        await self._console.close()


@asynccontextmanager
async def supervisor(centre: Centre) -> AsyncIterator[Supervisor]:
    """A supervisor with a live feed."""
    person = Supervisor(centre)
    await person.begin()
    try:
        yield person
    finally:
        await person.end()
