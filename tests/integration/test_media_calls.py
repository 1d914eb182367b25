"""Calls through a real media host: real SIP, real audio, tones found at both ends."""

import subprocess
import time
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
import pytest_twisted

from contact_center.telephony import wire
from contact_center.telephony.inside import load_pass
from contact_center.telephony.media import audio
from tests.integration.media_bench import Bench, Phone, freed, until
from tests.integration.raw_phone import RawPhone

PROMPT_HZ, CALLER_HZ, AGENT_HZ = 700.0, 1000.0, 440.0


@pytest_twisted.async_yield_fixture(scope="module")
async def bench() -> AsyncGenerator[Bench, None]:
    made = Bench()
    yield await made.open()
    await made.close()


def _complete(recording: Path) -> bool:
    """The recorder writes its header when it leaves the bridge, a beat after the call."""
    try:
        return bool(audio.wav_seconds(recording))
    except audio.NotTelephonyAudioError:
        return False


async def arrive(bench: Bench, **plan: object) -> tuple[str, Phone]:
    """Claim and dial: a call whose INVITE has been reported. Gives it and the caller's phone."""
    phone = bench.phone("--conduct")
    await phone.sip()
    conversation, sip = await bench.claim(f"key-{len(bench.phones)}")
    phone.tell("dial", to=f"sip:8000@{sip}", from_number="+12025550123", from_name="Ann Lee", **plan)
    await bench.core.saw(conversation, wire.Arrived)
    return conversation, phone


@pytest_twisted.ensureDeferred
async def test_a_call_is_answered_prompted_keyed_bridged_and_ended(bench: Bench) -> None:
    prompt = bench.folder / "prompt.wav"
    audio.write_wav(prompt, audio.tone(PROMPT_HZ, 1.0))
    heard = bench.folder / "heard.wav"
    agent_phone = bench.phone("--answer", "--tone", str(AGENT_HZ), "--listen-tone", str(CALLER_HZ))
    agent_sip = await agent_phone.sip()
    core = bench.core
    began = time.time()
    conversation, phone = await arrive(
        bench,
        digits=[["5", 0.4]],
        tone_hz=CALLER_HZ,
        listen_hz=AGENT_HZ,
        max_talk_s=1.0,
        record=str(heard),
    )
    arrived = core.of(conversation, wire.Arrived)[0]
    assert (arrived.leg, arrived.from_number, arrived.from_name, arrived.to_number) == (
        "caller",
        "+12025550123",
        "Ann Lee",
        "8000",
    )
    assert began <= arrived.at <= time.time()
    assert arrived.headers["User-Agent"] == "simulated-person"

    play = wire.Play(leg="caller", play="hello", files=(str(prompt),))
    await core.do(conversation, wire.Answer(leg="caller"), play, blob="one")
    await core.saw(conversation, wire.Answered, "caller")
    assert (await core.saw(conversation, wire.Digit)).digit == "5"
    assert (await core.saw(conversation, wire.PlayEnded)) == wire.PlayEnded(
        at=core.of(conversation, wire.PlayEnded)[0].at, leg="caller", play="hello"
    )

    dial = wire.Dial(
        leg="agent-1",
        target=f"sip:ada@{agent_sip}",
        from_number="8000",
        from_name="Ann Lee",
        headers={"X-CC-Conversation": conversation, "X-CC-Leg": "agent-1"},
    )
    both = wire.Mix(hears={"caller": ("agent-1",), "agent-1": ("caller",)})
    await core.do(conversation, dial, both)
    await core.saw(conversation, wire.Ringing, "agent-1")
    await core.saw(conversation, wire.Answered, "agent-1")
    invited = await agent_phone.heard("invited")
    assert invited["headers"]["X-CC-Conversation"] == conversation
    assert invited["from_number"] == "8000"

    # the caller hangs up a second after hearing the agent; the core then ends the agent's leg
    ended = await core.saw(conversation, wire.Ended, "caller")
    assert (ended.code, ended.by) == (200, "remote")
    await core.do(conversation, wire.Hangup(leg="agent-1"))
    agent_ended = await core.saw(conversation, wire.Ended, "agent-1")
    assert agent_ended.by == "local"
    for leg in (ended, agent_ended):
        assert leg.quality is not None, "up long enough to be measured"
        assert 1.0 <= leg.quality.seconds <= 20.0
        assert leg.quality.lost_in < 0.2
    agent_result = await agent_phone.heard("ended")
    assert agent_result["heard_tone"]
    assert agent_result["hung_up_by"] == "peer"
    caller_result = await phone.heard("ended")
    assert caller_result["heard_tone"]
    assert caller_result["hung_up_by"] == "self"
    await until(lambda: _complete(heard), why="the recording closed")
    samples = audio.read_wav(heard)
    assert audio.tone_seconds(samples, PROMPT_HZ) >= 0.75
    assert audio.tone_seconds(samples, AGENT_HZ) >= 0.75
    assert not audio.tone_present(samples, CALLER_HZ)  # nobody hears himself
    await core.do(conversation)  # the last acknowledgement
    await freed(bench)
    await until(lambda: bench.core.figures.get("claimed"), why="figures from after the claim")
    figures = bench.core.figures
    assert figures["spawned"] >= 2
    assert figures["cpu_seconds"] > 0
    assert (figures["lost"], figures["crashed"]) == (0, 0)
    seqs = [numbered.seq for numbered in core.reports[conversation]]
    assert seqs == list(range(1, len(seqs) + 1))


@pytest_twisted.ensureDeferred
async def test_an_agent_who_does_not_answer_is_cancelled_and_a_caller_may_give_up(bench: Bench) -> None:
    agent_phone = bench.phone("--answer", "--answer-after-s", "30")
    agent_sip = await agent_phone.sip()
    core = bench.core
    conversation, phone = await arrive(bench, listen_hz=AGENT_HZ, patience_s=3.0)
    await core.do(conversation, wire.Ring(leg="caller"))
    await phone.heard("ringing")
    dial = wire.Dial(leg="agent-1", target=f"sip:ada@{agent_sip}", from_number="1", timeout_s=0.5)
    await core.do(conversation, dial)
    ringing = await core.saw(conversation, wire.Ringing, "agent-1")
    missed = await core.saw(conversation, wire.Ended, "agent-1")
    assert (missed.code, missed.by) == (408, "local")
    assert 0.2 < missed.at - ringing.at < 1.0
    assert not (await agent_phone.heard("ended"))["answered"]
    gave_up = await core.saw(conversation, wire.Ended, "caller")
    assert (gave_up.code, gave_up.by) == (487, "remote")
    assert not core.of(conversation, wire.Answered)
    await core.do(conversation)
    await freed(bench)


@pytest_twisted.ensureDeferred
async def test_sound_is_encrypted_for_who_asks_and_towards_who_must(bench: Bench) -> None:
    """Both phones refuse plain RTP (SDES, RFC 4568), so what is heard came through encrypted."""
    strict = ("--answer", "--srtp", "--tone", str(AGENT_HZ), "--listen-tone", str(CALLER_HZ))
    agent_phone = bench.phone(*strict)
    agent_sip = await agent_phone.sip()
    core = bench.core
    conversation, phone = await arrive(
        bench, srtp=True, tone_hz=CALLER_HZ, listen_hz=AGENT_HZ, max_talk_s=1.0
    )
    await core.do(conversation, wire.Answer(leg="caller"))
    await core.saw(conversation, wire.Answered, "caller")
    plain = wire.Dial(leg="agent-1", target=f"sip:ada@{agent_sip}", from_number="1")
    await core.do(conversation, plain)
    assert (await core.saw(conversation, wire.Ended, "agent-1")).code in (406, 488)
    secret = wire.Dial(leg="agent-2", target=f"sip:ada@{agent_sip}", from_number="1", srtp=True)
    both = wire.Mix(hears={"caller": ("agent-2",), "agent-2": ("caller",)})
    await core.do(conversation, secret, both)
    await core.saw(conversation, wire.Ended, "caller")
    await core.do(conversation, wire.Hangup(leg="agent-2"))
    await core.saw(conversation, wire.Ended, "agent-2")
    assert (await phone.heard("ended"))["heard_tone"]
    assert (await agent_phone.heard("ended"))["heard_tone"]
    await core.do(conversation)
    await freed(bench)


async def agent_on(bench: Bench) -> tuple[str, Phone, Phone, str]:
    """A call with its agent, who may refer: conversation, caller's phone, agent's, a third's address."""
    agent_phone, elsewhere = bench.phone("--answer", "--max-talk-s", "100"), bench.phone("--answer")
    agent_sip, elsewhere_sip = await agent_phone.sip(), await elsewhere.sip()
    core = bench.core
    conversation, phone = await arrive(bench, max_talk_s=100.0)
    await core.do(conversation, wire.Answer(leg="caller"))
    dial = wire.Dial(leg="agent-1", target=f"sip:ada@{agent_sip}", from_number="1", may_refer=True)
    await core.do(conversation, dial)
    await core.saw(conversation, wire.Answered, "agent-1")
    return conversation, phone, agent_phone, elsewhere_sip


async def all_over(bench: Bench, conversation: str, phone: Phone) -> None:
    phone.tell("hangup", id="call")
    await bench.core.saw(conversation, wire.Ended, "caller")
    await bench.core.do(conversation, wire.Hangup(leg="agent-1"))
    await bench.core.saw(conversation, wire.Ended, "agent-1")
    await freed(bench)


def refer_told(phone: Phone) -> list[tuple[int, bool]]:
    return [(body["code"], body["final"]) for said, body in phone.said if said == "refer_told"]


@pytest.mark.parametrize("end", [200, 486])
@pytest_twisted.ensureDeferred
async def test_refer_of_an_agent_is_accepted_and_he_hears_what_the_core_says(bench: Bench, end: int) -> None:
    core = bench.core
    conversation, phone, agent_phone, elsewhere = await agent_on(bench)
    agent_phone.tell("refer", id="in-1", to=f"sip:ben@{elsewhere}")
    assert (await core.saw(conversation, wire.Referred, "agent-1")).target == "ben"
    await until(lambda: (100, False) in refer_told(agent_phone), why="202 and the first NOTIFY")
    await core.do(conversation, wire.TellReferrer(leg="agent-1", code=180))
    await until(lambda: (180, False) in refer_told(agent_phone), why="the phone hears that it rings")
    hang_up = (wire.Hangup(leg="agent-1"),) if end == 200 else ()
    await core.do(conversation, wire.TellReferrer(leg="agent-1", code=end), *hang_up)  # told, then hung up
    await until(lambda: (end, True) in refer_told(agent_phone), why="the last word")
    if end == 200:
        await agent_phone.heard("ended")
    else:  # it may ask again
        agent_phone.tell(
            "refer", id="in-1", to=f"sip:gus@{elsewhere}?Replaces=nobody%3Bto-tag%3D1%3Bfrom-tag%3D2"
        )
        await until(lambda: len(core.of(conversation, wire.Referred)) == 2, why="the second REFER")
        second = core.of(conversation, wire.Referred)[-1]
        assert (second.target, second.replaces) == ("gus", "")
    assert bench.phones[1].last("invited") is None, "nobody is dialled for it"
    await all_over(bench, conversation, phone)


@pytest_twisted.ensureDeferred
async def test_a_phone_that_was_let_go_is_told_to_the_end(bench: Bench) -> None:
    from twisted.internet import reactor

    core, raw = bench.core, RawPhone(reactor)
    conversation, phone = await arrive(bench, max_talk_s=100.0)
    await core.do(conversation, wire.Answer(leg="caller"))
    dial = wire.Dial(leg="agent-1", target=f"sip:raw@{raw.sip}", from_number="1", may_refer=True)
    await core.do(conversation, dial)
    await core.saw(conversation, wire.Answered, "agent-1")
    await core.do(conversation, wire.SendDigits(leg="agent-1", digits="4#"))
    await until(lambda: raw.heard == [("INFO", "4"), ("INFO", "#")], why="keys by INFO")
    raw.heard.clear()
    raw.refer("ben@example.org")
    await core.saw(conversation, wire.Referred, "agent-1")
    await until(lambda: ("NOTIFY", "100") in raw.heard, why="followed")
    raw.refer("gus@example.org")
    await until(lambda: ("491", "") in raw.heard, why="one at a time")
    await core.do(conversation, wire.Hangup(leg="agent-1"))
    await until(lambda: ("BYE", "") in raw.heard, why="let go")
    for code in (180, 200):
        await core.do(conversation, wire.TellReferrer(leg="agent-1", code=code))
        await until(lambda: ("NOTIFY", str(code)) in raw.heard, why=f"told {code}")  # noqa: B023  # awaited
    told = [("202", ""), ("NOTIFY", "100"), ("491", ""), ("BYE", ""), ("NOTIFY", "180"), ("NOTIFY", "200")]
    assert raw.heard == told
    await all_over(bench, conversation, phone)
    await raw.close()


@pytest_twisted.ensureDeferred
async def test_refer_of_anybody_else_is_declined_and_not_told(bench: Bench) -> None:
    core = bench.core
    conversation, phone, _, elsewhere = await agent_on(bench)
    phone.tell("refer", id="call", to=f"sip:+4930111222@{elsewhere}")
    await until(lambda: (603, True) in refer_told(phone), why="declined")
    phone.tell("info", id="call", digits="7")
    assert (await core.saw(conversation, wire.Digit, "caller")).digit == "7"
    assert not core.of(conversation, wire.Referred)
    assert not core.of(conversation, wire.Ended)
    assert bench.phones[1].last("invited") is None
    await all_over(bench, conversation, phone)


def sipps_own_caller(bench: Bench) -> Path:
    """The scenario built into SIPp, with the pass that the edge would add."""
    shipped = subprocess.run(["sipp", "-sd", "uac"], capture_output=True, text=True, check=False).stdout
    scenario = bench.folder / "uac.xml"
    shown = f"{wire.INSIDE_HEADER}: {load_pass(bench.settings.run_dir)}"
    scenario.write_text(shipped.replace("Max-Forwards:", f"{shown}\n      Max-Forwards:"))
    return scenario


@pytest_twisted.ensureDeferred
async def test_another_make_of_phone_is_served_too(bench: Bench) -> None:
    conversation, sip = await bench.claim("key-sipp")
    command = [
        "sipp",
        "-sf",
        str(sipps_own_caller(bench)),
        "-m",
        "1",
        "-d",
        "300",
        "-i",
        "127.0.0.1",
        "-nostdin",
        sip,
    ]
    # it runs beside us: polled, never waited for
    with subprocess.Popen(command, cwd=bench.folder, stdout=subprocess.DEVNULL) as sipp:  # noqa: ASYNC220
        assert (await bench.core.saw(conversation, wire.Arrived)).from_number == "sipp"
        await bench.core.do(conversation, wire.Ring(leg="caller"), wire.Answer(leg="caller"))
        await bench.core.saw(conversation, wire.Answered, "caller")
        ended = await bench.core.saw(conversation, wire.Ended, "caller")
        assert (ended.code, ended.by) == (200, "remote")
        await until(lambda: sipp.poll() is not None, why="SIPp done")
        assert sipp.returncode == 0
