"""How many calls a second the whole path takes: caller, edge, conversation, flow, queue, agent's phone."""

import contextlib
import os
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import psutil

from contact_center.cti import events as cti
from contact_center.cti.events import Recorded
from load_tests import phones
from load_tests.report import Figure, Section, Table, percentile
from load_tests.rig import Rig, RigError, rig, until
from load_tests.use import Use, total

RATES_PER_S = (2, 4, 6, 8, 10, 12, 14, 16, 18)
STEP_S, QUICK_STEP_S = 15.0, 6.0
TALK_S = 2.5
AGENTS = 70
STORED_S = 3.0
ROLES = ("core", "edge", "media", "conversations")

HOW = """SIPp calls through the edge: prompt, key 1 (RFC 4733) half a second after the answer, queue,
agent, 2.5 s of talk, BYE by the caller; both SIPps echo RTP, so 50 packets/s flow each way.
The agents' phones are one SIPp that answers at once, announced to the core by a small process
in the place of the webrtc role: that measures core, edge, media host and conversations, and
leaves out WebRTC (see the bridged benchmark) and simulated people. A step fails when a SIP
call fails, or a contact is not *handled*, or an offer lapses. CPU is per call, all processes
of the role, in milliseconds (10 ms = 1 % of a core at one call a second); `sipp` is the
load's own share of this machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One rate, held for some seconds."""

    per_s: float
    calls: phones.Calls
    handled: int
    lapsed: int
    waits_s: tuple[float, ...]
    cpu_ms_per_call: Mapping[str, float]
    busy: float
    trouble: str

    @property
    def failures(self) -> int:
        return self.calls.failed + (self.calls.made - self.handled) + self.lapsed


def measure(*, quick: bool) -> Section:
    """Step the rate up until something fails."""
    steps: list[Step] = []
    with rig(agents=AGENTS, desk_phones=True) as centre, phones.desk_phones(centre):
        centre.start()
        step(centre, per_s=2, seconds=4)  # every process has had its first call
        for per_s in RATES_PER_S[:3] if quick else RATES_PER_S:
            steps.append(step(centre, per_s=per_s, seconds=QUICK_STEP_S if quick else STEP_S))
            if steps[-1].failures:
                break
    good = [each.per_s for each in steps if not each.failures]
    bound = "" if steps[-1].failures else " (no step failed; more was not tried)"
    return Section(
        title="Set-up rate",
        how=HOW,
        figures=(
            Figure(
                what="set-up rate, calls/s sustained with 0 failures",
                measured=f"{max(good, default=0):g}{bound}",
                goal="≥ 1.5 × Asterisk (36–40 there)",
            ),
        ),
        tables=(_table(steps),),
    )


def step(centre: Rig, *, per_s: float, seconds: float, talk_s: float = TALK_S) -> Step:
    """Call at one rate and wait until all is over and stored."""
    centre.until_idle()
    crashed = centre.crashes()
    began_at, before = time.time(), cpu_s(centre.roles())
    callers = phones.call(centre, per_s=per_s, calls=round(per_s * seconds), talk_s=talk_s)
    load = psutil.Process(callers.pid)
    psutil.cpu_percent()
    load_cpu_s = 0.0
    while callers.poll() is None:
        try:
            load_cpu_s = sum(load.cpu_times()[:2])
        except psutil.NoSuchProcess:
            break
        time.sleep(0.2)
    busy = psutil.cpu_percent() / 100 * (os.cpu_count() or 1)
    calls = phones.went(callers, centre)
    centre.until_idle()
    after = cpu_s(centre.roles())
    spent = {role: after.get(role, 0.0) - before.get(role, 0.0) for role in ROLES} | {"sipp": load_cpu_s}
    with contextlib.suppress(RigError):  # a call that never became a contact shows as not handled
        until(lambda: len(centre.events(["ContactEnded"], began_at)) >= calls.made, "all stored", STORED_S)
    found = centre.events((), began_at)
    events = [recorded.event for recorded in found]
    return Step(
        per_s=per_s,
        calls=calls,
        handled=sum(isinstance(e, cti.ContactEnded) and e.outcome == "handled" for e in events),
        lapsed=sum(isinstance(e, cti.OfferLapsed) for e in events),
        waits_s=tuple(e.wait_s for e in events if isinstance(e, cti.Established)),
        cpu_ms_per_call={role: 1000 * cpu / max(1, calls.made) for role, cpu in spent.items()},
        busy=busy,
        trouble="; ".join([*_not_handled(found), *_crashes(centre, crashed), *phones.complaints(centre)]),
    )


def _crashes(centre: Rig, before: int) -> list[str]:
    count = centre.crashes() - before
    return [f"{count} conversation processes crashed"] if count else []


def _not_handled(found: Sequence[Recorded]) -> list[str]:
    """How each contact that came to nothing went: its last events."""
    lives: dict[str, list[str]] = {}
    lost: list[str] = []
    for recorded in found:
        contact = cti.contact_of(recorded.event)
        if contact is not None:
            lives.setdefault(contact, []).append(recorded.event.type)
            if isinstance(recorded.event, cti.ContactEnded) and recorded.event.outcome != "handled":
                lost.append(f"{recorded.event.outcome}: {' '.join(lives[contact][-5:-1])}")
    return [f"{count} × {what}" for what, count in Counter(lost).most_common(2)]


def cpu_s(roles: Mapping[str, list[Use]]) -> dict[str, float]:
    """CPU seconds by role; conversation processes that end in between take theirs with them."""
    return {role: total(uses, "cpu_s") for role, uses in roles.items()}


def _table(steps: list[Step]) -> Table:
    head = (
        *("calls/s", "calls", "failed SIP calls", "not handled", "offers lapsed", "retransmissions"),
        *("queue to answer p95 ms", "cores busy", *(f"{role} ms" for role in (*ROLES, "sipp")), "trouble"),
    )
    rows = tuple(
        (
            f"{each.per_s:g}",
            str(each.calls.made),
            str(each.calls.failed),
            str(each.calls.made - each.handled),
            str(each.lapsed),
            str(each.calls.retransmissions),
            f"{1000 * percentile(each.waits_s, 0.95):.0f}",
            f"{each.busy:.2f}",
            *(f"{each.cpu_ms_per_call[role]:.1f}" for role in (*ROLES, "sipp")),
            each.trouble or "–",
        )
        for each in steps
    )
    return Table(head=head, rows=rows)
