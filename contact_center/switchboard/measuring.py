"""How the legs of a contact sound: told live to the desk, kept with the contact when a leg ends.

A conversation measures what reaches it from a browser; what reaches the browser only the browser knows, and
says with `heard_there`.
"""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from contact_center.cti import events as cti
from contact_center.switchboard.session import Session
from contact_center.switchboard.stroke import Stroke
from contact_center.telephony import calls, wire
from contact_center.telephony.quality import Quality, grade, mos

if TYPE_CHECKING:
    from contact_center.switchboard.switchboard import Switchboard


@dataclass(frozen=True, slots=True, kw_only=True)
class HeardThere:
    """What an agent's browser says of its end: share of packets lost on the way to it, and round trip."""

    contact: str
    lost: float
    round_trip_ms: float | None


def heard_there(board: "Switchboard", agent: str, heard: HeardThere) -> None:
    board.heard_there[agent] = heard


def seen(board: "Switchboard", conversation: str, legs: dict[str, Quality]) -> None:
    """Show how each party sounds now; nothing is written."""
    session = board.sessions.get(conversation)
    if session is None:
        return
    parties = {}
    for name, quality in legs.items():
        leg = session.call.legs.get(name)
        if leg is not None:
            whole = _whole(board, session, leg, quality)
            parties[leg.agent or leg.number] = {
                "mos": mos(whole),
                "grade": grade(mos(whole)),
                "lost": max(whole.lost_in, whole.lost_out or 0.0),
                "jitter_ms": whole.jitter_ms,
                "round_trip_ms": whole.round_trip_ms,
            }
    board.show_quality(session.contact, parties)


def ended(board: "Switchboard", stroke: Stroke, conversation: str, report: wire.Ended) -> None:
    """A leg is over: keep how it sounded."""
    session = board.sessions[conversation]
    leg = session.call.legs.get(report.leg)
    if report.quality is None or leg is None:
        return
    whole = _whole(board, session, leg, report.quality)
    measured = cti.QualityMeasured(
        contact=session.contact,
        party="caller" if leg.leg == calls.CALLER else "agent" if leg.agent else "outside",
        agent=leg.agent,
        number=leg.number,
        seconds=whole.seconds,
        lost_in=whole.lost_in,
        lost_out=whole.lost_out,
        jitter_ms=whole.jitter_ms,
        round_trip_ms=whole.round_trip_ms,
        mos=mos(whole),
    )
    board.emit(stroke, measured)
    if leg.agent is not None:
        board.heard_there.pop(leg.agent, None)


def _whole(board: "Switchboard", session: Session, leg: calls.Leg, quality: Quality) -> Quality:
    """With what the agent's browser says, when it says it of this contact."""
    heard = board.heard_there.get(leg.agent or "")
    if heard is None or heard.contact != session.contact:
        return quality
    trip_ms = quality.round_trip_ms if heard.round_trip_ms is None else heard.round_trip_ms
    return replace(quality, lost_out=heard.lost, round_trip_ms=trip_ms)
