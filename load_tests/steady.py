"""Many calls in a row by the demo's own callers and agents: what is left behind, and what grows."""

import time
from collections.abc import Mapping

from contact_center.cti import events as cti
from contact_center.telephony.media.library import MOST_CALLS
from load_tests.people import Phone, agents_at_work, callers_phones, new_phone
from load_tests.report import Figure, Section, Table
from load_tests.rig import Rig, RigError, rig, until
from load_tests.use import CONVERSATIONS, MEDIA_PARENT, Use, total

CALLS, QUICK_CALLS = 500, 24
WARM_UP_CALLS, QUICK_WARM_UP_CALLS = 500, 16
"""The live feed remembers 5 000 changes, about 280 calls of them, and caches fill beside it; before that the
core grows by design."""
LOOKS = 5
"""At what is held, a second apart: garbage in cycles comes and goes (2 000 blocks), the least stays."""
AT_ONCE = 8
AGENTS = 8
MOST_IDLE = 8  # what the media host keeps at most of four wanted; it lets the others go slowly
SETTLE_S = 60.0
ROLES = ("core", "edge", "media", MEDIA_PARENT, CONVERSATIONS, "webrtc")

HOW = f"""`contact_center.demo.callers` (conducted) and `contact_center.demo.agents`, {AT_ONCE} at a
time, talking for a second each after both tones. *Before* is after {WARM_UP_CALLS} calls
({QUICK_WARM_UP_CALLS} in a quick run), so that every process has worked and bounded memories are
full; *after* is when no conversation is live and the surplus idle ones are gone. Conversation
processes are given as the mean of one: they are replaced after 50 calls by design."""


def measure(*, quick: bool) -> Section:
    """Call, and compare each role before and after."""
    wanted, warm_up = (QUICK_CALLS, QUICK_WARM_UP_CALLS) if quick else (CALLS, WARM_UP_CALLS)
    with rig(agents=AGENTS, desk_phones=False) as centre, callers_phones(AT_ONCE) as phones:
        centre.start()
        with agents_at_work(centre, "--answer-delay", "0.1", "--talk", "20") as agents_heard:
            _make(centre, phones, warm_up, "warm")
            _settle(centre)
            before, held_before, began = centre.roles(), _held(centre), time.monotonic()
            _make(centre, phones, wanted, "call")
            took_s = time.monotonic() - began
            _settle(centre)
            after, held_after = centre.roles(), _held(centre)
        made = warm_up + wanted
        results = [result for phone in phones for result in phone.results]
        stored = [e.event for e in centre.events(["ContactEnded"])]
        crashes, died = centre.crashes(), sum(phone.process.poll() is not None for phone in phones)
        left = centre.stop()
        handled = sum(isinstance(e, cti.ContactEnded) and e.outcome == "handled" for e in stored)
    heard = sum(result["heard_tone"] for result in results)
    agents_heard_tone = sum(call["heard_tone"] for call in agents_heard)
    figures = (
        Figure(
            what="calls in a row / heard by caller / by agent / handled in history",
            measured=f"{made} / {heard} / {agents_heard_tone} / {handled}",
            goal=f"{made} each",
        ),
        Figure(
            what="conversation processes that crashed / callers' phones that ended by themselves",
            measured=f"{crashes} / {died}",
            goal="0 / 0",
        ),
        Figure(what="processes left after the stop", measured=str(len(left)), goal="0"),
        Figure(what="sockets and files grown, all roles", measured=_grown(before, after), goal="0"),
        Figure(
            what="memory held by the core, grown per call: KB of its heap / Python's small blocks",
            measured=" / ".join(
                f"{(after - before) / scale / wanted:+.2f}"
                for before, after, scale in zip(held_before, held_after, (1000, 1), strict=True)
            ),
            goal="0 / 0",
        ),
        *(
            Figure(
                what=f"private memory grown per call, {role}, KB",
                measured=f"{1000 * (_mean(after[role]) - _mean(before[role])) / wanted:.1f}",
                goal="0",
            )
            for role in ROLES
        ),
    )
    return Section(
        title=f"{wanted} calls in a row",
        how=f"{HOW} They took {took_s:.0f} s.",
        figures=figures,
        tables=(_table(before, after),),
    )


def _make(centre: Rig, phones: list[Phone], wanted: int, name: str) -> None:
    """That many calls to their end, `AT_ONCE` at a time; a phone that died is replaced."""
    goal = _done(phones) + wanted
    each = MOST_CALLS
    give_up_at = time.monotonic() + 30 + 3 * wanted
    while _done(phones) < goal:
        for phone in [phone for phone in phones if phone.process.poll() is None]:
            while phone.busy_lines < each and _done(phones) + sum(p.busy_lines for p in phones) < goal:
                phone.dial(f"{name}-{id(phone)}-{phone.dialled}", centre, talk_s=1.0)
        alive = [phone for phone in phones if phone.process.poll() is None]
        if len(alive) < AT_ONCE // MOST_CALLS:
            phones.append(new_phone())
        if time.monotonic() > give_up_at:
            raise RigError(f"{_done(phones) + wanted - goal} of {wanted} calls ended in time")
        time.sleep(0.05)


def _done(phones: list[Phone]) -> int:
    return sum(len(phone.results) for phone in phones)


def _settle(centre: Rig) -> None:
    centre.until_idle()
    until(lambda: len(centre.roles()[CONVERSATIONS]) <= MOST_IDLE, "idle processes are retired", SETTLE_S)
    time.sleep(1.0)  # the last frames, the last batch stored


def _held(centre: Rig) -> tuple[float, float]:
    """Bytes of the core's heap in use, and blocks of Python objects: what it keeps, fragments left out."""
    heap, blocks = [], []
    for _ in range(LOOKS):
        told = centre.metrics()
        heap.append(told["cc_heap_in_use_bytes"])
        blocks.append(told["cc_python_blocks"])
        time.sleep(1.0)
    return min(heap), min(blocks)


def _mean(uses: list[Use]) -> float:
    return total(uses, "private_mb") / len(uses)


def _grown(before: Mapping[str, list[Use]], after: Mapping[str, list[Use]]) -> str:
    grown = {
        name: sum(
            total(after[role], name) / len(after[role]) - total(before[role], name) / len(before[role])
            for role in ROLES
        )
        for name in ("sockets", "files")
    }
    return " / ".join(f"{value:.1f}" for value in grown.values())


def _table(before: Mapping[str, list[Use]], after: Mapping[str, list[Use]]) -> Table:
    rows = []
    for role in ROLES:
        for when, uses in (("before", before[role]), ("after", after[role])):
            files, sockets, rss = (total(uses, name) / len(uses) for name in ("files", "sockets", "rss_mb"))
            cells = (f"{files:.1f}", f"{sockets:.1f}", f"{_mean(uses):.2f}", f"{rss:.1f}")
            rows.append((role, when, str(len(uses)), *cells))
    head = ("role", "when", "processes", "files each", "sockets each", "private MB each", "resident MB each")
    return Table(head=head, rows=tuple(rows))
