"""Where the time goes: py-spy on each role while calls are set up, and on webrtc while people talk."""

import subprocess
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from load_tests import phones
from load_tests.people import agents_at_work, callers_phones
from load_tests.report import Section, Table
from load_tests.rig import Rig, RigError, rig, until
from load_tests.use import CONVERSATIONS

PER_S = 6
SECONDS, QUICK_SECONDS = 15.0, 5.0
SAMPLES_PER_S = 400
CONVERSATIONS_WATCHED = 3
TALKING = 12
SHOWN = 20
BOTTOM = (
    *("<frozen", "typer/", "_click/", "contact_center/cli", "contact_center/__main__", "runtime/role"),
    *("python/log", "python/context", "threading.py", "media/spawner", "media/conversation.py main"),
    *(
        "protocols/amp",
        "protocols/basic",
        "internet/tcp",
        "internet/unix",
        "internet/endpoints",
        "internet/defer",
    ),
)
"""Functions on every stack: the command line, and the reactor's way of calling anything."""

HOW = f"""py-spy, {SAMPLES_PER_S} samples a second of wall time, idle time left out. Core, edge, media host
and {CONVERSATIONS_WATCHED} conversations together at {PER_S} calls/s (as in the set-up rate); webrtc with
{TALKING} people talking. *Total* is the share of the role's busy samples with the function anywhere on the
stack, *self* with it on top: C code it calls counts as its own, so `AsyncioSelectorReactor.run` is uvloop
itself (polling, reading, writing, and the media threads of pjsip do not show at all). Functions that are on
every stack are left out."""


def measure(*, quick: bool) -> Section:
    """One table per role."""
    seconds = QUICK_SECONDS if quick else SECONDS
    tables = []
    with rig(agents=40, desk_phones=True) as centre, phones.desk_phones(centre):
        centre.start()
        callers = phones.call(centre, per_s=PER_S, calls=round(PER_S * (seconds + 6)), talk_s=2.5)
        time.sleep(3.0)
        busiest = _busiest(centre)
        watched = {role: [centre.pid(role)] for role in ("core", "edge", "media")} | {
            "conversations": busiest
        }
        spies = {role: [_spy(centre, pid, seconds) for pid in pids] for role, pids in watched.items()}
        tables = [_table(role, [_stacks(spy, file) for spy, file in found]) for role, found in spies.items()]
        phones.went(callers, centre)
    tables.append(_webrtc(seconds))
    return Section(title="Where the time goes", how=HOW, figures=(), tables=tuple(tables))


def _webrtc(seconds: float) -> Table:
    with rig(agents=TALKING, desk_phones=False) as centre, callers_phones(TALKING) as people:
        centre.start()
        with agents_at_work(centre, "--answer-delay", "0.1", "--talk", "600"):
            for call in range(TALKING):
                people[call // 4].dial(f"call-{call}", centre, talk_s=600)
            until(lambda: sum(p.count("heard") for p in people) == TALKING, "every caller hears an agent")
            return _table("webrtc", [_stacks(*_spy(centre, centre.pid("webrtc"), seconds))])


def _busiest(centre: Rig) -> list[int]:
    """The conversations that carry the most calls: the host gives work to the one used last."""
    uses = sorted(centre.roles()[CONVERSATIONS], key=lambda use: use.cpu_s, reverse=True)
    return [use.process.pid for use in uses[:CONVERSATIONS_WATCHED]]


def _spy(centre: Rig, pid: int, seconds: float) -> "tuple[subprocess.Popen[bytes], Path]":
    file = centre.folder / f"stacks-{pid}.txt"
    command = ["py-spy", "record", "--format", "raw", "--output", str(file), "--pid", str(pid), "--threads"]
    command += ["--rate", str(SAMPLES_PER_S), "--duration", str(round(seconds)), "--nonblocking"]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE), file


def _stacks(spy: "subprocess.Popen[bytes]", file: Path) -> Counter[tuple[str, ...]]:
    """Samples by stack, outermost function first."""
    _, said = spy.communicate(timeout=60)
    if spy.returncode or not file.exists():
        raise RigError(f"py-spy: {said.decode()[-500:]}")
    counted: Counter[tuple[str, ...]] = Counter()
    for line in file.read_text().splitlines():
        stack, _, samples = line.rpartition(" ")
        counted[tuple(_function(frame) for frame in stack.split(";"))] += int(samples)
    return counted


def _function(frame: str) -> str:
    """`name (path/package/module.py:12)` as `package/module.py name`."""
    name, _, place = frame.partition(" (")
    path = place.partition(":")[0].removesuffix(")")
    return f"{'/'.join(Path(path).parts[-2:])} {name}".strip()


def _table(role: str, found: Sequence[Counter[tuple[str, ...]]]) -> Table:
    stacks: Counter[tuple[str, ...]] = sum(found, Counter())
    every = sum(stacks.values()) or 1
    own: Counter[str] = Counter()
    with_callees: Counter[str] = Counter()
    for stack, samples in stacks.items():
        own[stack[-1]] += samples
        for function in set(stack):
            with_callees[function] += samples
    shown = [name for name, _ in with_callees.most_common() if _worth_showing(name)]
    rows = tuple(
        (f"`{name}`", f"{100 * own[name] / every:.1f}", f"{100 * with_callees[name] / every:.1f}")
        for name in shown[:SHOWN]
    )
    tops = ", ".join(f"`{name}` {100 * samples / every:.0f} %" for name, samples in own.most_common(6))
    busy = ("busy samples; most self: " + tops, "", str(every))
    return Table(head=(role, "self %", "total %"), rows=(*rows, busy))


def _worth_showing(name: str) -> bool:
    """Not what every stack has at its bottom."""
    return not name.startswith(BOTTOM) and not name.endswith(" thread")
