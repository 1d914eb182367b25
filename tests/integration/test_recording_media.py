"""A recording of real phones by a real conversation: tracks, pause, alignment, and a disk that is full."""

import time
from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest_twisted

from contact_center.telephony import wire
from contact_center.telephony.media import audio
from tests.integration.media_bench import Bench, freed, sleep, until

CALLER_HZ, AGENT_HZ = 1000.0, 440.0
RATE = audio.RATE_HZ


@pytest_twisted.async_yield_fixture(scope="module")
async def bench() -> AsyncGenerator[Bench, None]:
    made = Bench()
    yield await made.open()
    await made.close()


async def talking(bench: Bench) -> str:
    """A caller and an agent, up and bridged, each sending a tone of his own."""
    agent = bench.phone("--answer", "--tone", str(AGENT_HZ), "--listen-tone", str(CALLER_HZ))
    caller = bench.phone("--conduct")
    agent_sip = await agent.sip()
    await caller.sip()
    conversation, sip = await bench.claim(f"key-{len(bench.phones)}")
    caller.tell("dial", to=f"sip:8000@{sip}", from_number="1", from_name="", tone_hz=CALLER_HZ, max_talk_s=60)
    await bench.core.saw(conversation, wire.Arrived)
    dial = wire.Dial(leg="agent-1", target=f"sip:ada@{agent_sip}", from_number="1")
    both = wire.Mix(hears={"caller": ("agent-1",), "agent-1": ("caller",)})
    await bench.core.do(conversation, wire.Answer(leg="caller"), dial, both)
    await bench.core.saw(conversation, wire.Answered, "agent-1")
    return conversation


async def over(bench: Bench, conversation: str) -> None:
    await bench.core.do(conversation, wire.Hangup(leg="agent-1"), wire.Hangup(leg="caller"))
    await bench.core.saw(conversation, wire.Ended, "agent-1")
    await bench.core.saw(conversation, wire.Ended, "caller")
    await bench.core.do(conversation)
    await freed(bench)


def record(left: Path, right: Path, name: str = "r1") -> wire.Record:
    return wire.Record(recording=name, file_left=str(left), file_right=str(right))


@pytest_twisted.ensureDeferred
async def test_caller_left_agent_right_silence_in_the_pause_and_tracks_of_one_length(bench: Bench) -> None:
    left, right = bench.folder / "live" / "left.wav", bench.folder / "live" / "right.wav"
    conversation = await talking(bench)
    core, began = bench.core, time.monotonic()
    await core.do(conversation, record(left, right))
    await sleep(1.5)
    await core.do(conversation, wire.PauseRecording(recording="r1"))
    await sleep(2.0)
    await core.do(conversation, wire.ResumeRecording(recording="r1"))
    await sleep(1.5)
    await core.do(conversation, wire.StopRecording(recording="r1"))
    lasted = time.monotonic() - began
    ended = await core.saw(conversation, wire.RecordingEnded)
    assert (ended.recording, ended.failed) == ("r1", "")
    assert abs(ended.seconds - lasted) < 0.3
    await until(lambda: abs(audio.growing_wav(left, 0).size / RATE - lasted) < 0.3, why="files complete")
    caller, agent = audio.read_wav(left), audio.read_wav(right)
    assert abs(caller.size - agent.size) <= 0.04 * RATE
    assert abs(caller.size / RATE - ended.seconds) < 0.3
    assert (left.stat().st_mode & 0o777, right.stat().st_mode & 0o777) == (0o600, 0o600)
    for samples, own, other in ((caller, CALLER_HZ, AGENT_HZ), (agent, AGENT_HZ, CALLER_HZ)):
        for part in (
            samples[int(0.3 * RATE) : int(1.2 * RATE)],
            samples[int(-1.2 * RATE) : int(-0.3 * RATE)],
        ):
            assert audio.tone_present(part, own)
            assert not audio.tone_present(part, other)
        quiet = samples[int(1.8 * RATE) : int(3.2 * RATE)]
        assert audio.level_dbfs(quiet) == audio.SILENCE_DBFS
    await over(bench, conversation)


@pytest_twisted.ensureDeferred
async def test_a_caller_who_falls_silent_is_told_of_once_for_every_so_long(bench: Bench) -> None:
    said = bench.folder / "said.wav"
    audio.write_wav(said, np.concatenate([audio.tone(CALLER_HZ, 1.0), audio.silence(60.0)]))
    phone, core = bench.phone("--conduct"), bench.core
    await phone.sip()
    conversation, sip = await bench.claim("silence")
    phone.tell("dial", to=f"sip:8000@{sip}", from_number="1", from_name="", wav=str(said), max_talk_s=90)
    await core.saw(conversation, wire.Arrived)
    taped = replace(record(bench.folder / "l.wav", bench.folder / "r.wav", "quiet"), silence_s=1.5)
    await core.do(conversation, wire.Answer(leg="caller"), taped)
    both = await until(
        lambda: core.of(conversation, wire.SilenceHeard)[1:2], within_s=30, why="silence twice"
    )
    first, second = core.of(conversation, wire.SilenceHeard)[0], both[0]
    assert (first.recording, second.sounded_s) == ("quiet", first.sounded_s)
    assert 0.3 < first.sounded_s < 2.5
    await core.do(conversation, wire.StopRecording(recording="quiet"))
    ended = await core.saw(conversation, wire.RecordingEnded)
    assert ended.seconds - first.sounded_s > 2.5
    await core.do(conversation, wire.Hangup(leg="caller"))
    await core.saw(conversation, wire.Ended, "caller")
    await core.do(conversation)
    await freed(bench)


@pytest_twisted.ensureDeferred
async def test_a_recording_that_cannot_be_written_fails_and_the_call_goes_on(bench: Bench) -> None:
    conversation, core = await talking(bench), bench.core
    (bench.folder / "in_the_way").touch()
    nowhere = bench.folder / "in_the_way" / "left.wav"
    await core.do(conversation, record(nowhere, bench.folder / "right.wav"))
    assert "in_the_way" in (await core.saw(conversation, wire.RecordingEnded)).failed
    full = bench.folder / "full.wav"
    full.symlink_to("/dev/full")  # every write: no space left on device
    await core.do(conversation, record(full, bench.folder / "right.wav", "r2"))
    failed = await until(
        lambda: [r for r in core.of(conversation, wire.RecordingEnded) if r.recording == "r2"],
        within_s=12,
        why="the full disk is noticed",
    )
    assert "full.wav" in failed[0].failed
    assert not core.of(conversation, wire.Ended)
    await over(bench, conversation)
