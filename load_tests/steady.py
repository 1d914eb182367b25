"""Many calls in a row by the demo's own callers and agents: what is left behind, and what grows."""

import time
from collections.abc import Mapping

from contact_center.cti import events as cti
from contact_center.telephony.media.library import MOST_CALLS
from load_tests.people import Phone, agents_at_work, callers_phones, new_phone
from load_tests.report import Figure, Section, Table
from load_tests.rig import Rig, RigError, rig, until
from load_tests.use import CONVERSATIONS, MEDIA_PARENT, Use, total

ROUND, QUICK_ROUND = 500, 16
ROUNDS = 6
"""The earlier ones fill what is bounded: the live feed remembers 5 000 changes, about 280 calls of them, and
uvloop, on which webrtc sends, 2 048 addresses, one new a call. What grows without end grows in the last."""
LOOKS = 5
"""At what is held, a second apart: garbage in cycles comes and goes (2 000 blocks), the least stays."""
AT_ONCE = 8
AGENTS = 8
MOST_IDLE = 8  # what the media host keeps at most of four wanted; it lets the others go slowly
SETTLE_S = 60.0
ROLES = ("core", "edge", "media", MEDIA_PARENT, CONVERSATIONS, "webrtc")

HOW = f"""`contact_center.demo.callers` (conducted) and `contact_center.demo.agents`, {AT_ONCE} at a
time, talking for a second each after both tones, in {ROUNDS} rounds. Looked at after each, when no
conversation is live and the surplus idle ones are gone: *before* is after the first round, by when
every process has worked, *after* is after the last. Conversation processes are given as the mean of
one: they are replaced after 50 calls by design. Memory is what a process has written of its own
(`Private_Dirty`)."""


def measure(*, quick: bool) -> Section:
    """Call, and compare each role after the first round and after the last."""
    each = QUICK_ROUND if quick else ROUND
    looks: list[Mapping[str, list[Use]]] = []
    held: list[tuple[float, float]] = []
    with rig(agents=AGENTS, desk_phones=False) as centre, callers_phones(AT_ONCE) as phones:
        centre.start()
        with agents_at_work(centre, "--answer-delay", "0.1", "--talk", "20") as agents_heard:
            began = time.monotonic()
            for number in range(ROUNDS):
                _make(centre, phones, each, f"round-{number}")
                _settle(centre)
                looks.append(centre.roles())
                held.append(_held(centre))
            took_s = time.monotonic() - began
        made = sum(phone.dialled for phone in phones)
        results = [result for phone in phones for result in phone.results]
        stored = [e.event for e in centre.events(["ContactEnded"])]
        crashes, died = centre.crashes(), sum(phone.process.poll() is not None for phone in phones)
        left = centre.stop()
        handled = sum(isinstance(e, cti.ContactEnded) and e.outcome == "handled" for e in stored)
    heard = sum(result["heard_tone"] for result in results)
    agents_heard_tone = sum(call["heard_tone"] for call in agents_heard)
    counted = made - each
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
        Figure(
            what="sockets / files grown, all roles",
            measured=" / ".join(f"{_grown(looks, name):.1f}" for name in ("sockets", "files")),
            goal="0 / 0",
        ),
        Figure(
            what="memory held by the core, grown per call: KB of its heap / Python's small blocks",
            measured=" / ".join(
                f"{(last - first) / scale / counted:+.2f}"
                for first, last, scale in zip(held[0], held[-1], (1000, 1), strict=True)
            ),
            goal="0 / 0",
        ),
        *(
            Figure(
                what=f"memory grown per call, {role}, KB: since the first round / in the last",
                measured=f"{_crept(looks, role) / counted:+.2f} / {_crept(looks[-2:], role) / each:+.2f}",
                goal="0 / 0",
            )
            for role in ROLES
        ),
    )
    return Section(
        title=f"{made} calls in a row",
        how=f"{HOW} They took {took_s:.0f} s.",
        figures=figures,
        tables=(_rounds(looks, each), _table(looks[0], looks[-1])),
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


def _mean(uses: list[Use], name: str) -> float:
    return total(uses, name) / len(uses)


def _grown(looks: list[Mapping[str, list[Use]]], name: str) -> float:
    return sum(_mean(looks[-1][role], name) - _mean(looks[0][role], name) for role in ROLES)


def _crept(looks: list[Mapping[str, list[Use]]], role: str) -> float:
    """KB a process of that role has written more, from the first of these looks to the last."""
    return 1000 * (_mean(looks[-1][role], "written_mb") - _mean(looks[0][role], "written_mb"))


def _rounds(looks: list[Mapping[str, list[Use]]], each: int) -> Table:
    """Memory by role after each round."""
    rows = [
        (
            role,
            *(f"{_mean(look[role], 'written_mb'):.2f}" for look in looks),
            ", ".join(f"{_mean(look[role], 'files'):.1f}" for look in looks),
        )
        for role in ROLES
    ]
    after = (f"MB after {each * (number + 1)} calls" for number in range(len(looks)))
    return Table(head=("role", *after, "files and sockets"), rows=tuple(rows))


def _table(before: Mapping[str, list[Use]], after: Mapping[str, list[Use]]) -> Table:
    rows = []
    for role in ROLES:
        for when, uses in (("before", before[role]), ("after", after[role])):
            names = ("files", "sockets", "private_mb", "rss_mb")
            cells = (f"{_mean(uses, name):.1f}" for name in names)
            rows.append((role, when, str(len(uses)), *cells))
    head = ("role", "when", "processes", "files each", "sockets each", "private MB each", "resident MB each")
    return Table(head=head, rows=tuple(rows))
