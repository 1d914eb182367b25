"""Any one process killed with a call up: only a killed conversation loses its call."""

import os
import signal
from collections.abc import AsyncGenerator

import pytest
import pytest_twisted
from twisted.protocols.amp import RemoteAmpError

from contact_center.runtime import amp
from contact_center.telephony import wire
from contact_center.telephony.media import audio
from tests.integration.media_bench import Bench, Phone, freed, until

ANSWERS = ("--answer", "--tone", "440", "--listen-tone", "1000", "--max-talk-s", "60")
BOTH = wire.Mix(hears={"caller": ("agent-1",), "agent-1": ("caller",)})


@pytest_twisted.async_yield_fixture
async def bench() -> AsyncGenerator[Bench, None]:
    made = Bench()
    yield await made.open()
    await made.close()


async def caller(bench: Bench, key: str, **plan: object) -> tuple[Phone, str, str]:
    """A call answered by the core: the caller's phone, the conversation, its SIP address."""
    phone = bench.phones[0] if bench.phones else bench.phone(*ANSWERS)
    await phone.sip()
    conversation, sip = await bench.claim(key)
    phone.tell("dial", **({"id": "call", "to": f"sip:8000@{sip}", "from_number": "+12025550123"} | plan))
    await bench.core.saw(conversation, wire.Arrived)
    await bench.core.do(conversation, wire.Answer(leg="caller"), blob="queued")
    await bench.core.saw(conversation, wire.Answered, "caller")
    return phone, conversation, sip


async def agent(bench: Bench, conversation: str) -> None:
    """The same phone has a second line for the agent, called in-1."""
    phone = bench.phones[0]
    target = f"sip:ada@{await phone.sip()}"
    await bench.core.do(conversation, wire.Dial(leg="agent-1", target=target, from_number="8000"), BOTH)
    await bench.core.saw(conversation, wire.Answered, "agent-1")


@pytest_twisted.ensureDeferred
async def test_a_core_that_comes_back_misses_no_report(bench: Bench) -> None:
    music, place = bench.folder / "music.wav", bench.folder / "place.wav"
    audio.write_wav(music, audio.tone(700, 0.5))
    audio.write_wav(place, audio.tone(1200, 0.6))
    phone, conversation, _ = await caller(bench, "k", digits=[["7", 1.0]], listen_hz=700, max_talk_s=2.5)
    play = wire.Play(leg="caller", play="place", files=(str(place),), then=(str(music),))
    await bench.core.do(conversation, play, blob="in queue")
    seen = bench.core.last_seq(conversation)
    await bench.core.close()
    await phone.heard("heard")  # after the announcement comes the music, without a core
    assert (await phone.heard("ended"))["hung_up_by"] == "self"

    bench.core.reports.clear()
    await bench.core.open()
    await bench.core.links_or_wait()
    assert await bench.core.conversations() == [conversation]
    image = await bench.core.image(conversation)
    assert (image.blob, image.legs_up) == ("in queue", ())
    assert [numbered.seq for numbered in image.unacknowledged] == [seen + 1, seen + 2, seen + 3]
    told, digit, ended = (numbered.report for numbered in image.unacknowledged)
    assert isinstance(told, wire.PlayEnded)
    assert told.play == "place"
    assert isinstance(digit, wire.Digit)
    assert digit.digit == "7"
    assert isinstance(ended, wire.Ended)
    await bench.core.do(conversation, ack=image.unacknowledged[-1].seq)
    await freed(bench)
    with pytest.raises(amp.Unknown):
        await bench.core.do(conversation, ack=0)


@pytest_twisted.ensureDeferred
async def test_a_call_outlives_its_media_host(bench: Bench) -> None:
    phone, conversation, sip = await caller(
        bench, "k", tone_hz=1000, listen_hz=440, max_talk_s=60, patience_s=60
    )
    process = bench.conversation_at(sip)
    assert bench.host is not None
    bench.host.kill()
    bench.host.wait()
    await until(lambda: not bench.core.links, why="core sees the host go")
    bench.start_host()
    await bench.core.links_or_wait()
    assert await bench.core.conversations() == [conversation]
    assert (await bench.core.image(conversation)).legs_up == ("caller",)
    assert bench.core.lost == []
    assert await bench.claim("k") == (conversation, sip)  # the edge's key is remembered too
    # and it is whole: the core can still dial, bridge, and hear of the end
    await agent(bench, conversation)
    await until(lambda: {b["freq_hz"] for e, b in phone.said if e == "heard"} == {440, 1000}, why="both hear")
    phone.tell("hangup", id="in-1")
    assert (await bench.core.saw(conversation, wire.Ended, "agent-1")).by == "remote"
    await bench.core.do(conversation, wire.Hangup(leg="caller"))
    await until(lambda: (phone.last("ended") or {}).get("id") == "call", why="caller's end")
    assert (await phone.heard("ended"))["hung_up_by"] == "peer"
    await bench.core.do(conversation)
    await freed(bench)
    assert process.is_running()  # ready for another call


@pytest_twisted.ensureDeferred
async def test_a_killed_conversation_is_reported_lost(bench: Bench) -> None:
    _, first, first_sip = await caller(bench, "a")
    _, second, second_sip = await caller(bench, "b", id="second")
    os.kill(bench.conversation_at(first_sip).pid, signal.SIGKILL)
    await until(lambda: bench.core.lost == [first], why="lost reported")
    assert await bench.core.conversations() == [second]
    with pytest.raises(amp.Unknown):
        await bench.core.image(first)
    # one that dies while no host runs is reported by the next host
    process = bench.conversation_at(second_sip)
    assert bench.host is not None
    bench.host.kill()
    bench.host.wait()
    process.kill()
    bench.start_host()
    await until(lambda: bench.core.lost == [first, second], why="lost reported by the next host")


@pytest_twisted.ensureDeferred
async def test_claims_end_at_the_limit_and_repeat_their_answer(bench: Bench) -> None:
    taken = [await bench.claim(f"key-{number}") for number in range(4)]
    assert len({conversation for conversation, _ in taken}) == 4
    assert await bench.claim("key-2") == taken[2]
    with pytest.raises(amp.NoneIdle):
        await bench.claim("key-4")
    with pytest.raises((amp.Unknown, RemoteAmpError)):
        await bench.core.do("nobody", wire.Hangup(leg="caller"))


@pytest_twisted.ensureDeferred
async def test_orders_that_cannot_be_done_are_refused_and_the_call_goes_on(bench: Bench) -> None:
    phone, conversation, _ = await caller(bench, "k")
    dead = wire.Dial(leg="agent-1", target="sip:ada@127.0.0.1:9", from_number="1", timeout_s=0.3)
    missing = wire.Play(leg="caller", play="p", files=(str(bench.folder / "none.wav"),))
    await bench.core.do(conversation, wire.Answer(leg="ghost"), missing, dead)
    refused = await bench.core.saw(conversation, wire.OpRefused)
    assert (refused.op, refused.leg) == ("answer", "ghost")
    assert (await bench.core.saw(conversation, wire.PlayEnded)).failed.endswith("none.wav")
    ended = await bench.core.saw(conversation, wire.Ended, "agent-1")
    assert ended.code in {408, 503}
    assert (await bench.core.image(conversation)).legs_up == ("caller",)
    await bench.core.do(conversation, wire.Hangup(leg="caller", reason="done"))
    assert (await phone.heard("ended"))["cause"] == 200


@pytest_twisted.ensureDeferred
async def test_nobody_calls_into_a_call_of_our_own(bench: Bench) -> None:
    stranger = bench.phone(*ANSWERS)
    await stranger.sip()
    conversation, sip = await bench.claim("own")
    await agent(bench, conversation)
    stranger.tell("dial", id="call", to=f"sip:8000@{sip}", from_number="+12025550123")
    assert (await stranger.heard("ended"))["cause"] == 486
    assert (await bench.core.image(conversation)).legs_up == ("agent-1",)
    assert not bench.core.of(conversation, wire.Arrived)
    await bench.core.do(conversation, wire.Hangup(leg="agent-1", reason="done"))
    await bench.core.saw(conversation, wire.Ended, "agent-1")


@pytest_twisted.ensureDeferred
async def test_who_does_not_know_the_pass_is_refused_and_the_call_that_was_claimed_comes(
    bench: Bench,
) -> None:
    phone = bench.phone(*ANSWERS)
    await phone.sip()
    conversation, sip = await bench.claim("k")
    call: dict[str, object] = {"to": f"sip:8000@{sip}", "from_number": "+12025550123"}
    for shown in ({}, {wire.INSIDE_HEADER: "a guess"}):
        phone.said.clear()
        phone.tell("dial", id="stranger", headers=shown, **call)
        assert (await phone.heard("ended"))["cause"] == 403
    assert not bench.core.of(conversation, wire.Arrived)
    phone.tell("dial", id="call", **call)
    arrived = await bench.core.saw(conversation, wire.Arrived)
    assert wire.INSIDE_HEADER not in arrived.headers, "nobody needs to know it"
    await bench.core.do(conversation, wire.Hangup(leg="caller", reason="done"))
    await bench.core.saw(conversation, wire.Ended, "caller")


@pytest_twisted.ensureDeferred
async def test_stopping_ends_calls_and_leaves_no_process(bench: Bench) -> None:
    phone, _, _ = await caller(bench, "k")
    took_s = await bench.stop_host()
    assert took_s < 3
    assert (await phone.heard("ended"))["cause"] == 200
    assert not bench.settings.media_socket.exists()
