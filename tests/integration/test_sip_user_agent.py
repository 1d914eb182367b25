"""The user agent called by real SIPp callers."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest_twisted
from twisted.internet import reactor

from contact_center.telephony.sip.user_agent import IncomingCall, UserAgent
from contact_center.telephony.wire import EndedBy
from tests.integration.sipp_runs import sipp, until
from tests.sip_samples import SDP


@dataclass(slots=True)
class Desk:
    """A listener that does `invited_does` with each call, and writes down what it is told."""

    invited_does: Callable[[IncomingCall], None]
    established_does: Callable[[IncomingCall], None] = lambda _: None
    told: list[str] = field(default_factory=list)
    legs: set[tuple[str, str]] = field(default_factory=set)

    def invited(self, call: IncomingCall) -> None:
        assert "m=audio" in call.remote_sdp
        self.legs.add((call.request_headers.get("X-CC-Conversation"), call.request_headers.get("X-CC-Leg")))
        self.invited_does(call)

    def established(self, call: IncomingCall) -> None:
        self.told.append("established")
        self.established_does(call)

    def cancelled(self, call: IncomingCall) -> None:
        self.told.append("cancelled")

    def ended(self, call: IncomingCall, by: EndedBy, reason: str) -> None:
        self.told.append(f"ended {by}")


def answer(call: IncomingCall) -> None:
    call.ring()
    call.accept(SDP)


def turn_away(call: IncomingCall) -> None:
    call.ring()
    call.reject(486)


@asynccontextmanager
async def an_agent(desk: Desk) -> AsyncIterator[UserAgent]:
    agent = UserAgent(reactor, "127.0.0.1", listener=desk)
    try:
        yield agent
    finally:
        await agent.stop()


async def run(scenario: str, desk: Desk, folder: Path, *, calls: int = 5, told: int) -> None:
    async with an_agent(desk) as agent:
        caller = await sipp(scenario, folder, remote=agent.address, calls=calls)
        await caller.done()
        await until(lambda: len(desk.told) >= told, "everything was told")


@pytest_twisted.ensureDeferred
async def test_calls_the_caller_ends(tmp_path: Path) -> None:
    desk = Desk(answer)
    await run("uac", desk, tmp_path, calls=10, told=20)
    assert sorted(desk.told) == ["ended remote"] * 10 + ["established"] * 10
    assert desk.legs == {(f"conversation-{n}", "agent-1") for n in range(1, 11)}


@pytest_twisted.ensureDeferred
async def test_calls_we_end(tmp_path: Path) -> None:
    desk = Desk(answer, IncomingCall.hangup)
    await run("uac_direct_bye", desk, tmp_path, told=10)
    assert sorted(desk.told) == ["ended local"] * 5 + ["established"] * 5


@pytest_twisted.ensureDeferred
async def test_calls_cancelled_while_they_ring(tmp_path: Path) -> None:
    desk = Desk(IncomingCall.ring)
    await run("uac_cancel", desk, tmp_path, told=5)
    assert desk.told == ["cancelled"] * 5


@pytest_twisted.ensureDeferred
async def test_calls_turned_away(tmp_path: Path) -> None:
    desk = Desk(turn_away)
    await run("uac_486", desk, tmp_path, told=5)
    assert desk.told == ["ended local"] * 5


@pytest_twisted.ensureDeferred
async def test_a_call_that_is_re_invited(tmp_path: Path) -> None:
    desk = Desk(answer)
    await run("uac_reinvite", desk, tmp_path, told=10)
    assert sorted(desk.told) == ["ended remote"] * 5 + ["established"] * 5
