"""Figures of the media room, from real calls: claim time, re-use, CPU and memory per conversation.

    python -m load_tests.media_figures [--calls 49] [--bridged 4] [--seconds 20]

Prints one JSON object. Times are of this machine and its noise; ratios travel.
"""

import argparse
import functools
import json
import statistics
import time
from collections.abc import Callable, Coroutine
from typing import Any

import psutil
from twisted.internet.defer import Deferred

from contact_center.runtime.reactor import install
from contact_center.telephony import wire
from contact_center.telephony.media import audio
from tests.integration.media_bench import Bench, Phone, freed, sleep, until

BOTH = wire.Mix(hears={"caller": ("agent-1",), "agent-1": ("caller",)})


async def reuse(calls: int) -> dict[str, object]:
    """One process takes call after call: what it holds after the second and after the last."""
    bench = await Bench(idle_conversations=1, max_conversations=1).open()
    prompt = bench.folder / "prompt.wav"
    audio.write_wav(prompt, audio.tone(700, 0.1))
    try:
        phone, pids, claim_ms = bench.phone("--conduct"), set(), []
        agent = bench.phone("--answer")
        await phone.sip()
        target = f"sip:a@{await agent.sip()}"
        held = []
        for number in range(calls):
            conversation, sip = await bench.claim(f"key-{number}")
            claim_ms.append(bench.claim_ms)
            process = bench.conversation_at(sip)
            pids.add(process.pid)
            await _one_call(bench, phone, conversation, sip, str(prompt), target)
            await freed(bench)
            await sleep(0.15)  # the bridge's last frames
            held.append(_held(process))
        return {
            "calls": calls,
            "processes": len(pids),
            "claim_ms_median": round(statistics.median(claim_ms), 2),
            "claim_ms_max": round(max(claim_ms), 2),
            "after_1": held[0],
            "after_2": held[1],
            "after_half": held[len(held) // 2],
            "after_all": held[-1],
        }
    finally:
        await bench.close()


async def _one_call(bench: Bench, phone: Phone, conversation: str, sip: str, prompt: str, agent: str) -> None:
    core = bench.core
    phone.said.clear()
    phone.tell("dial", to=f"sip:1@{sip}", tone_hz=1000, max_talk_s=60)
    await core.saw(conversation, wire.Arrived)
    play = wire.Play(leg="caller", play="p", files=(prompt,))
    dial = wire.Dial(leg="agent-1", target=agent, from_number="1")
    await core.do(conversation, wire.Answer(leg="caller"), play, dial, BOTH)
    await core.saw(conversation, wire.PlayEnded)
    await core.saw(conversation, wire.Answered, "agent-1")
    await core.do(conversation, wire.Hangup(leg="caller"), wire.Hangup(leg="agent-1"))
    await core.saw(conversation, wire.Ended, "agent-1")
    await core.do(conversation)
    await phone.heard("ended")


def _held(process: psutil.Process) -> dict[str, float]:
    memory = process.memory_full_info()
    return {
        "rss_mb": round(memory.rss / 1e6, 2),
        "private_mb": round(memory.uss / 1e6, 2),
        "fds": process.num_fds(),
        "threads": process.num_threads(),
    }


async def bridged(conversations: int, seconds: float) -> dict[str, object]:
    """Some conversations of caller and agent, talking: CPU each, and whether both heard the other."""
    bench = await Bench(idle_conversations=conversations, max_conversations=conversations).open()
    try:
        caller = bench.phone("--conduct")
        agent = bench.phone("--answer", "--tone", "440", "--listen-tone", "1000", "--max-talk-s", "600")
        await caller.sip()
        target = f"sip:a@{await agent.sip()}"
        sips = []
        for number in range(conversations):
            conversation, sip = await bench.claim(f"key-{number}")
            sips.append(sip)
            plan = {"id": f"c{number}", "tone_hz": 1000, "listen_hz": 440, "max_talk_s": 600}
            caller.tell("dial", to=f"sip:1@{sip}", **plan)
            await bench.core.saw(conversation, wire.Arrived)
            dial = wire.Dial(leg="agent-1", target=target, from_number="1")
            await bench.core.do(conversation, wire.Answer(leg="caller"), dial, BOTH)
            await bench.core.saw(conversation, wire.Answered, "agent-1")
        for phone in (caller, agent):
            await until(functools.partial(_all_heard, phone, conversations), why="everybody hears")
        processes = [bench.conversation_at(sip) for sip in sips]
        before = sum(_cpu_s(process) for process in processes)
        began = time.monotonic()
        await sleep(seconds)
        spent = (sum(_cpu_s(process) for process in processes) - before) / (time.monotonic() - began)
        return {
            "bridged": conversations,
            "cpu_percent_each": round(100 * spent / conversations, 2),
            "private_mb_each": [_held(process)["private_mb"] for process in processes],
        }
    finally:
        await bench.close()


def _all_heard(phone: Phone, calls: int) -> bool:
    return sum(1 for event, _ in phone.said if event == "heard") == calls


def _cpu_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system


async def idle(seconds: float) -> dict[str, object]:
    bench = await Bench(idle_conversations=2, max_conversations=2).open()
    try:
        for number in range(2):
            await bench.claim(f"key-{number}")
        processes = [p for p in bench.processes() if p.ppid() != psutil.Process().pid and p.children() == []]
        await sleep(11)  # nobody calls: they are idle again
        before = sum(_cpu_s(process) for process in processes)
        await sleep(seconds)
        each = (sum(_cpu_s(process) for process in processes) - before) / seconds / len(processes)
        return {"idle": len(processes), "cpu_percent_each": round(100 * each, 2)}
    finally:
        await bench.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--calls", type=int, default=49)
    parser.add_argument("--bridged", type=int, default=4, choices=range(1, 5))
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--only", choices=["reuse", "bridged", "idle"])
    args = parser.parse_args()
    install()
    from twisted.internet import reactor as installed

    reactor: Any = installed
    parts: dict[str, Callable[[], Coroutine[Any, Any, dict[str, object]]]] = {
        "reuse": lambda: reuse(args.calls),
        "bridged": lambda: bridged(args.bridged, args.seconds),
        "idle": lambda: idle(args.seconds),
    }

    wanted = {name: part for name, part in parts.items() if args.only in (None, name)}

    async def measure() -> None:
        print(json.dumps({name: await part() for name, part in wanted.items()}, indent=1))

    def begin() -> None:
        measured: Deferred[None] = Deferred.fromCoroutine(measure())
        measured.addErrback(lambda failure: print(failure.getTraceback()))
        measured.addBoth(lambda _: reactor.stop())

    reactor.callWhenRunning(begin)
    reactor.run()


if __name__ == "__main__":
    main()
