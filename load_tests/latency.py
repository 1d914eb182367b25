"""From joining the queue to the agent's INVITE: inside the core, and on the wire at the agent's phone."""

import json
from pathlib import Path

from contact_center.cti import events as cti
from load_tests import phones
from load_tests.report import Figure, Section, Table, percentile, spread_ms
from load_tests.rig import Rig, rig
from load_tests.setup_rate import step

RATES_PER_S = (2, 6)
STEP_S, QUICK_STEP_S = 15.0, 6.0
AGENTS = 40

HOW = """As in the set-up rate, at rates the machine takes easily. An agent is free, so the offer is
made at once. *Core* runs from the moment the key that ends in the queue is processed
(`enqueued_at`) to the `Dial` being handed to the media host's link, journal and feed
included. *Wire* runs from the same moment until the agent's SIPp logs the INVITE: core, media
host, conversation, pjsip, loopback."""


def measure(*, quick: bool) -> Section:
    """Median, p95 and most of both, at each rate."""
    rows, figures = [], []
    with rig(agents=AGENTS, desk_phones=True) as centre, phones.desk_phones(centre) as invites:
        centre.start(timed_core=True)
        step(centre, per_s=2, seconds=4)
        for per_s in RATES_PER_S:
            for log in (invites, centre.dial_times):
                log.write_bytes(b"")
            step(centre, per_s=per_s, seconds=QUICK_STEP_S if quick else STEP_S)
            core_s, wire_s = _times(centre, invites)
            rows.append((f"{per_s}", str(len(wire_s)), spread_ms(core_s), spread_ms(wire_s)))
            at = f"joined queue → INVITE, {per_s} calls/s, p95 ms"
            figures += [
                Figure(what=f"{at}, core", measured=_p95_ms(core_s), goal="≤ 10"),
                Figure(what=f"{at}, wire", measured=_p95_ms(wire_s), goal="≤ 25 (Asterisk 40)"),
            ]
    head = ("calls/s", "calls", "core ms: median / p95 / most", "wire ms: median / p95 / most")
    return Section(
        title="Joining the queue to the agent's INVITE",
        how=HOW,
        figures=tuple(figures),
        tables=(Table(head=head, rows=tuple(rows)),),
    )


def _p95_ms(values_s: list[float]) -> str:
    return f"{1000 * percentile(values_s, 0.95):.1f}"


def _times(centre: Rig, invites: Path) -> tuple[list[float], list[float]]:
    """Seconds in the core and on the wire, for every contact of the logs."""
    conversation_of, enqueued_at = {}, {}
    for recorded in centre.events(["ContactArrived", "Queued"]):
        match recorded.event:
            case cti.ContactArrived(contact=contact, conversation=conversation):
                conversation_of[contact] = conversation
            case cti.Queued(contact=contact):
                enqueued_at[conversation_of[contact]] = recorded.event.enqueued_at
    dialled = dict(map(json.loads, centre.dial_times.read_text().splitlines()))
    rang = {}
    for line in invites.read_bytes().replace(b"\0", b"").decode().splitlines():
        stamp, _, conversation = line.partition("|")
        rang[conversation] = float(stamp.split()[-1])
    return (
        [at - enqueued_at[conversation] for conversation, at in dialled.items()],
        [at - enqueued_at[conversation] for conversation, at in rang.items()],
    )
