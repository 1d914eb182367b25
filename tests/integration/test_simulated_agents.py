"""A simulated agent does what a person at the console does, over real HTTP, WebSocket and WebRTC."""

import asyncio
import contextlib
import json
import os
import random
import signal
import sys
from dataclasses import replace

from contact_center.demo.agents import Behaviour, CallHeard, SimulatedAgent
from contact_center.demo.console_client import ConsoleClient
from contact_center.demo.voice import Pacer, Voice, voice_packets
from tests.integration.fake_core_api import AGENT_HZ, CALLER_HZ, FakeCoreApi
from tests.support import aio, until

BRISK = Behaviour(
    answer_delay_s=(0.05, 0.1),
    talk_s=(1.5, 1.5),
    wrap_up_s=(0.05, 0.1),
    back_after_s=(0.05, 0.1),
    listen_hz=CALLER_HZ,
)


class Shift:
    """One agent at work against one fake core."""

    def __init__(self, behaviour: Behaviour) -> None:
        self.core = FakeCoreApi()
        self.calls: list[CallHeard] = []
        self._behaviour = behaviour
        self._pacer = Pacer()

    async def __aenter__(self) -> "Shift":
        await self.core.start()
        self.agent = SimulatedAgent(
            ConsoleClient(self.core.url, "ann", "secret"),
            self._behaviour,
            voice=Voice(voice_packets(AGENT_HZ, -20.0, None)),
            pacer=self._pacer,
            chance=random.Random(1),  # noqa: S311  # repeatable, not secret
            report=self.calls.append,
        )
        self.work = asyncio.create_task(self.agent.work())
        await until(lambda: self.core.state == "ready", what="agent ready")
        return self

    async def __aexit__(self, *_error: object) -> None:
        self.work.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self.work
        await self._pacer.stop()
        await self.core.stop()


@aio
async def test_a_call_from_offer_to_wrap_up_with_both_tones_heard() -> None:
    async with Shift(BRISK) as shift:
        assert shift.core.log[0] == "agent/log-on"
        assert "device up" in shift.core.log
        await shift.core.offer("o1")
        await until(lambda: shift.core.state == "ready", what="ready again")
        (call,) = shift.calls
        assert (call.agent, call.contact, call.heard_tone) == ("a1", "contact-o1", True)
        assert call.packets_received > 50
        assert shift.core.caller_ear.heard, "the caller hears the agent's tone"
        did = shift.core.log[shift.core.log.index("offers/o1/accept") :]
        assert did == [
            "offers/o1/accept",
            "contacts/contact-o1/hang-up",
            "contacts/contact-o1/disposition",
            "agent/wrap-up/done",
        ]
    assert shift.core.log[-1] == "agent/log-off"


@aio
async def test_a_caller_who_hangs_up_first_leads_to_wrap_up_too() -> None:
    async with Shift(BRISK) as shift:
        await shift.core.offer("o1")
        await until(lambda: shift.core.state == "talking", what="talking")
        await shift.core.hang_up()  # before the agent has seen the call, as likely as after
        await until(lambda: shift.core.state == "ready", what="ready again")
        assert "contacts/contact-o1/hang-up" not in shift.core.log
        assert [call.contact for call in shift.calls] == ["contact-o1"]


@aio
async def test_an_offer_that_is_missed_is_not_accepted_and_the_agent_comes_back() -> None:
    missing = replace(BRISK, answer_delay_s=(0.0, 0.0), miss_chance=1.0)
    async with Shift(missing) as shift:
        await shift.core.offer("o1")
        await until(lambda: shift.agent._taken_up == "o1", what="the offer seen")
        await shift.core.withdraw()
        await until(lambda: shift.core.state == "ready", what="ready again")
        assert "offers/o1/accept" not in shift.core.log
        assert shift.calls == []


@aio
async def test_a_lost_connection_is_made_again_and_an_absent_core_waited_for() -> None:
    async with Shift(BRISK) as shift:
        assert shift.core.peer is not None
        shift.core.down = True
        await shift.core.peer.close()
        await until(lambda: "agent/device 503" in shift.core.log, what="the core found absent")
        shift.core.down = False
        await until(lambda: shift.core.log.count("device up") == 2, what="the second connection")
        await shift.core.offer("o2")
        await until(lambda: shift.calls, what="a call on it")
        assert shift.calls[0].heard_tone


@aio
async def test_as_a_process_it_reports_calls_as_json_and_logs_off_when_told_to_end() -> None:
    core = FakeCoreApi()
    await core.start()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "contact_center.demo.agents", "--url", core.url, "--logins", "-"),
        *("--answer-delay", "0", "--talk", "1.5", "--wrap-up", "0", "--listen-hz", str(CALLER_HZ)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env=os.environ,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps([{"login": "ann", "password": "secret"}]).encode())
    process.stdin.close()
    await until(lambda: core.state == "ready", what="agent ready")
    await core.offer("o1")
    call = json.loads(await process.stdout.readline())
    assert (call["agent"], call["contact"], call["heard_tone"]) == ("a1", "contact-o1", True)
    process.send_signal(signal.SIGTERM)
    assert await process.wait() == 0
    assert core.log[-1] == "agent/log-off"
    await core.stop()
