"""What a live call costs: CPU and memory by role, with real callers and real WebRTC agents talking."""

import time
from collections.abc import Mapping

from load_tests.people import Phone, agents_at_work, callers_phones
from load_tests.report import Figure, Section, Table
from load_tests.rig import Rig, rig, until
from load_tests.setup_rate import cpu_s
from load_tests.use import CONVERSATIONS, MEDIA_PARENT, Use, total

AGENTS = 20
CALLS = (10, 20)
SECONDS, QUICK_SECONDS = 15.0, 5.0
ROLES = ("core", "edge", "media", MEDIA_PARENT, CONVERSATIONS, "webrtc")

HOW = """The demo's callers (pjsua2 phones with a tone, recording) and agents (WebRTC, DTLS-SRTP, one
process), all of them talking: counted only once every caller has heard the agent's tone. CPU
is % of a core per live call, all of a role's processes together; nothing is set up meanwhile.
Memory is private (USS) and resident per process. Idle conversation processes (4 kept ready)
are left out of the conversations' memory, and are in their CPU."""


def measure(*, quick: bool) -> Section:
    """Figures at 10 and at 20 calls."""
    seconds = QUICK_SECONDS if quick else SECONDS
    tables, figures = [], []
    agents_for_ever = ("--answer-delay", "0.1", "--talk", "600")
    with rig(agents=AGENTS, desk_phones=False) as centre, callers_phones(AGENTS) as phones:
        centre.start()
        with agents_at_work(centre, *agents_for_ever):
            talking = 0
            for calls in CALLS:
                while talking < calls:
                    phones[talking // 4].dial(f"call-{talking}", centre, talk_s=600)
                    talking += 1
                until(lambda: _heard(phones) == talking, "every caller hears an agent")  # noqa: B023  # at once
                cpu, uses = _over(centre, seconds)
                tables.append(_table(calls, cpu, uses))
                figures += _figures(calls, cpu, uses)
    return Section(title="A live call", how=HOW, figures=tuple(figures), tables=tuple(tables))


def _heard(phones: list[Phone]) -> int:
    return sum(phone.count("heard") for phone in phones)


def _over(centre: Rig, seconds: float) -> tuple[Mapping[str, float], dict[str, list[Use]]]:
    """Per cent of a core by role over some seconds, and the uses at their end."""
    time.sleep(1.0)  # the bustle of setting up is over
    before, began = cpu_s(centre.roles()), time.monotonic()
    time.sleep(seconds)
    uses = centre.roles()
    after, elapsed_s = cpu_s(uses), time.monotonic() - began
    return {role: 100 * (after[role] - before[role]) / elapsed_s for role in ROLES}, uses


def _live(calls: int, uses: Mapping[str, list[Use]]) -> dict[str, list[Use]]:
    """Without the conversations that wait for a call: they have the fewest files open... and least memory."""
    live = sorted(uses[CONVERSATIONS], key=lambda use: use.private_mb, reverse=True)[:calls]
    return {**uses, CONVERSATIONS: live}


def _table(calls: int, cpu: Mapping[str, float], uses: Mapping[str, list[Use]]) -> Table:
    live = _live(calls, uses)
    rows = tuple(
        (
            role,
            str(len(live[role])),
            f"{cpu[role]:.1f}",
            f"{cpu[role] / calls:.2f}",
            f"{total(live[role], 'private_mb') / len(live[role]):.1f}",
            f"{total(live[role], 'rss_mb') / len(live[role]):.1f}",
        )
        for role in ROLES
    )
    head = (f"{calls} calls", "processes", "CPU %", "CPU % per call", "private MB each", "resident MB each")
    return Table(head=head, rows=rows)


def _figures(calls: int, cpu: Mapping[str, float], uses: Mapping[str, list[Use]]) -> list[Figure]:
    private = [use.private_mb for use in _live(calls, uses)[CONVERSATIONS]]
    at = f"at {calls} calls"
    return [
        Figure(
            what=f"CPU % of a core per bridged conversation, unrecorded, {at}",
            measured=f"{cpu[CONVERSATIONS] / calls:.2f}",
            goal="≤ 0.6",
        ),
        Figure(what=f"CPU % per browser leg, {at}", measured=f"{cpu['webrtc'] / calls:.2f}", goal="≤ 0.7"),
        Figure(
            what=f"private MB per live conversation, mean / most, {at}",
            measured=f"{sum(private) / len(private):.1f} / {max(private):.1f}",
            goal="≤ 10",
        ),
    ]
