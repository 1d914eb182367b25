"""The demo's simulated people: processes that call and processes that answer, led by the conductor."""

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from random import Random
from typing import assert_never

from contact_center.demo.call_plan import CONDUCT, RESULT, CallPlan, CallResult, Conduct
from contact_center.demo.tally import Heard
from contact_center.loyalty.policy import Menu

CALLER_TONE_HZ = 1333.0
AGENT_TONE_HZ = 1777.0
"""Between the notes of the hold music, so that neither is heard in it."""
LEAVE_WITHIN_S = 20.0
"""How long an agent's last call and wrap-up may take."""


class Callers:
    """One process of simulated phones; `call` resolves with how the call went."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self._process: asyncio.subprocess.Process | None = None
        self._waiting: dict[str, asyncio.Future[CallResult]] = {}
        self._talking: set[str] = set()
        self._reader: asyncio.Task[None] | None = None

    async def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "contact_center.demo.callers", "--conduct"),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                start_new_session=True,
            )
        self._reader = asyncio.create_task(self._read())

    async def call(self, plan: CallPlan) -> CallResult:
        over: asyncio.Future[CallResult] = asyncio.get_running_loop().create_future()
        self._waiting[plan.id] = over
        await self._tell(Conduct(dial=plan))
        return await over

    async def give_up(self) -> None:
        """Hang up every call that has not reached an agent."""
        for name in set(self._waiting) - self._talking:
            await self._tell(Conduct(hangup={"id": name}))

    async def stop(self) -> None:
        await _end(self._process)
        if self._reader is not None:
            self._reader.cancel()

    async def _tell(self, line: Conduct) -> None:
        if self._process is None or self._process.stdin is None:
            raise RuntimeError("the callers are not running")
        self._process.stdin.write(CONDUCT.dump(line) + b"\n")
        await self._process.stdin.drain()

    async def _read(self) -> None:
        if self._process is None or self._process.stdout is None:
            return
        async for line in self._process.stdout:
            said = json.loads(line)
            if "heard" in said:
                self._talking.add(said["heard"]["id"])
            if "ended" in said:
                result = RESULT.from_plain(said["ended"])
                waiting = self._waiting.pop(result.id, None)
                if waiting is not None and not waiting.done():
                    waiting.set_result(result)
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(RuntimeError(f"the callers' process ended; see {self._log}"))


class Agents:
    """One process of simulated agents over the console's own API and WebRTC."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self.heard: list[Heard] = []

    def leave(self) -> None:
        """No more calls for them; each finishes the one in hand."""
        if self._process is not None and self._process.returncode is None:
            self._process.terminate()

    async def start(self, url: str, logins: list[dict[str, str]], *, talk_s: str, speech: Path) -> None:
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "contact_center.demo.agents", "--url", url, "--logins", "-"),
                *("--talk", talk_s, "--answer-delay", "1-2.5", "--wrap-up", "2-5", "--miss", "0.05"),
                *("--tone-hz", f"{AGENT_TONE_HZ:g}", "--listen-hz", f"{CALLER_TONE_HZ:g}"),
                *("--speech", str(speech), "--seed", "7"),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                start_new_session=True,
            )
        if self._process.stdin is not None:
            self._process.stdin.write(json.dumps(logins).encode())
            self._process.stdin.close()
        self._reader = asyncio.create_task(self._read())

    async def stop(self) -> None:
        """Wait until all have left."""
        if self._process is not None:
            try:
                await asyncio.wait_for(self._process.wait(), LEAVE_WITHIN_S)
            except TimeoutError:
                await _end(self._process)
        if self._reader is not None:
            await self._reader

    async def _read(self) -> None:
        if self._process is None or self._process.stdout is None:
            return
        async for line in self._process.stdout:
            said = json.loads(line)
            self.heard.append(
                Heard(agent=said["agent"], contact=said["contact"], heard_tone=said["heard_tone"])
            )


async def _end(process: asyncio.subprocess.Process | None) -> None:
    if process is None or process.returncode is not None:
        return
    process.terminate()
    try:
        await asyncio.wait_for(process.wait(), 6.0)
    except TimeoutError:
        process.kill()
        await process.wait()


def keyed(menu: Menu, chance: Random) -> tuple[tuple[str, float], ...]:
    """What somebody keys who hears this menu of the main flow, and when (s from the answer).

    The language, billing or technical; who is known well is spared some of it.
    """
    language, topic = "2" if chance.random() < 0.3 else "1", chance.choice("12")
    match menu:
        case "straight_to_agent":
            return (("1", 1.5),)
        case "one_level":
            return ((topic, 2.0),)
        case "self_service_first":
            return (language, 1.5), ("3", 3.5), (topic, 5.5)
        case "standard":
            return (language, 1.5), (topic, 3.5)
        case _:
            assert_never(menu)


class Line:
    """One person after another with a phone: calls, waits a while, somebody else calls.

    `menus` are those that who calls from a number hears; everybody else the standard one.
    """

    def __init__(
        self,
        callers: Callers,
        numbers: Callable[[], tuple[str, str]],
        sip: str,
        voice: Path,
        chance: Random,
        menus: Mapping[str, Menu],
    ) -> None:
        self._callers, self._numbers, self._sip = callers, numbers, sip
        self._voice, self._chance, self._menus = voice, chance, menus
        self.results: list[CallResult] = []

    async def work(self, may_dial: Callable[[], bool], rest: Callable[[float], Awaitable[None]]) -> None:
        """Call until `may_dial` says no; `rest` waits that many seconds or until the end is near."""
        await rest(self._chance.uniform(0.0, 2.0))
        while may_dial():
            self.results.append(await self._callers.call(self._plan()))
            await rest(self._chance.uniform(2.0, 6.0))

    def _plan(self) -> CallPlan:
        chance = self._chance
        number, name = self._numbers()
        hasty = chance.random() < 0.12
        return CallPlan(
            id=os.urandom(6).hex(),
            to=f"sip:8000@{self._sip}",
            from_number=number,
            from_name=name,
            digits=keyed(self._menus.get(number, "standard"), chance),
            tone_hz=CALLER_TONE_HZ,
            wav=str(self._voice),
            listen_hz=AGENT_TONE_HZ,
            max_talk_s=chance.uniform(5.0, 14.0),
            patience_s=chance.uniform(9.0, 12.0) if hasty else chance.uniform(40.0, 80.0),
        )
