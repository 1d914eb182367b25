"""What is kept of a contact: the interaction, a fold over its CTI events.

`advance` takes one event and is all there is; `fold` runs it over a whole contact. The stored row *is* the
fold's state, so the store advances it without reading the log again. An event at or before `seq` has been
counted already and changes nothing, which makes re-delivery harmless.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal

from contact_center.cti.events import (
    CallbackAttempted,
    CallbackJoined,
    CallbackRepeated,
    CallbackRequested,
    Conferenced,
    ConnectionCleared,
    ContactArrived,
    ContactEnded,
    ContactOutcome,
    CtiEvent,
    CustomerIdentified,
    DigitsCollected,
    DispositionSet,
    Established,
    FlowEntered,
    NodeVisited,
    NoteTaken,
    OfferLapsed,
    OutsideJoined,
    QualityMeasured,
    Queued,
    Recorded,
    SurveyAnswered,
    Transferred,
    WrapUpEnded,
    contact_of,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyed:
    """Digits the caller keyed at a node (masked already when the node is secret)."""

    node: str
    digits: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A survey question answered: csat 1-5, nps 0-10, ces 1-7, about the agent who talked last."""

    at: float
    measure: str
    score: int
    about: str | None = None


SegmentEnd = Literal["transferred", "left", "customer_left", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """One stretch of the contact: an agent (`agent`) or an outside number talked with the customer.

    `ended` says how: he transferred the customer, left, or the customer did (None: still on).
    """

    from_at: float
    to_at: float | None = None
    agent: str | None = None
    number: str = ""
    queue: str | None = None
    ended: SegmentEnd | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LegQuality:
    """How one leg sounded; see `cti.quality_events.QualityMeasured` for the units."""

    party: Literal["caller", "agent", "outside"]
    agent: str | None
    number: str
    seconds: float
    lost_in: float
    lost_out: float | None
    jitter_ms: float
    round_trip_ms: float | None
    mos: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Interaction:
    """One contact as kept. Times are epoch seconds; `ended_at` and `outcome` are None while it is live.

    `seq` is the last event counted. `customer_name` and `agent_name` are not part of the fold: whoever reads
    the row from the records fills them in. `callback` is the one asked for in this contact, or fulfilled by
    it; `asked_in` is then the contact that asked.
    """

    contact: str
    seq: int
    started_at: float
    ended_at: float | None = None
    customer: str | None = None
    customer_name: str | None = None
    channel: str = "voice"
    direction: str = "inbound"
    from_number: str = ""
    to_number: str = ""
    queue: str | None = None
    agent: str | None = None
    agent_name: str | None = None
    flow: str | None = None
    ivr_path: tuple[str, ...] = ()
    digits: tuple[Keyed, ...] = ()
    ivr_s: float = 0.0
    wait_s: float = 0.0
    talk_s: float = 0.0
    hold_s: float = 0.0
    wrap_up_s: float = 0.0
    outcome: ContactOutcome | None = None
    disposition: str | None = None
    note: str = ""
    rona_count: int = 0
    segments: tuple[Segment, ...] = ()
    quality: tuple[LegQuality, ...] = ()
    survey: tuple[Answered, ...] = ()
    callback: str | None = None
    asked_in: str | None = None


def fold(events: Iterable[Recorded]) -> Interaction:
    """The interaction of all events of one contact, in any order and with any repetition; at least one."""
    interaction: Interaction | None = None
    for recorded in sorted(events, key=lambda r: r.seq):
        interaction = advance(interaction, recorded)
    if interaction is None:
        raise ValueError("a contact without events has no interaction")
    return interaction


def advance(interaction: Interaction | None, recorded: Recorded) -> Interaction:
    """The interaction with one more event; None before its first."""
    contact = contact_of(recorded.event)
    if contact is None:
        raise ValueError(f"event {recorded.seq} belongs to no contact")
    if interaction is None:
        interaction = Interaction(contact=contact, seq=0, started_at=recorded.at)
    if contact != interaction.contact:
        raise ValueError(f"event {recorded.seq} belongs to {contact}, not to {interaction.contact}")
    if recorded.seq <= interaction.seq:
        return interaction
    return replace(interaction, seq=recorded.seq, **_change(interaction, recorded.event, recorded.at))


def _change(now: Interaction, event: CtiEvent, at: float) -> dict[str, Any]:
    """The fields an event changes; most events change none."""
    match event:
        case ContactArrived():
            return {
                "started_at": at,
                "channel": event.channel,
                "direction": event.direction,
                "from_number": event.from_number,
                "to_number": event.to_number,
                "queue": event.queue,
            }
        case CustomerIdentified(customer=customer):
            return {"customer": customer}
        case FlowEntered(flow=flow):
            return {"flow": now.flow or flow}
        case NodeVisited(node=node):
            return {"ivr_path": (*now.ivr_path, node)}
        case DigitsCollected(node=node, digits=digits):
            return {"digits": (*now.digits, Keyed(node=node, digits=digits))}
        case SurveyAnswered(measure=measure, score=score, about=about):
            answered = Answered(at=at, measure=measure, score=score, about=about)
            return {"survey": (*now.survey, answered)}
        case Queued(queue=queue):
            return {"queue": queue} | ({} if now.queue else {"ivr_s": at - now.started_at})
        case CallbackRequested(callback=callback) | CallbackRepeated(callback=callback):
            return {"callback": callback}
        case CallbackAttempted(callback=callback, asked_in=asked_in):
            return {"callback": callback, "asked_in": asked_in}
        case CallbackJoined(callback=callback):
            return {"callback": callback}
        case OfferLapsed(reason="rona"):
            return {"rona_count": now.rona_count + 1}
        case Established(queue=queue, agent=agent, wait_s=wait_s):
            segments = _opened(now, Segment(from_at=at, agent=agent, queue=queue))
            return {"queue": queue, "agent": agent, "wait_s": wait_s, "segments": segments}
        case Conferenced(with_agent=agent, with_number=number):
            segments = _opened(now, Segment(from_at=at, agent=agent, number=number, queue=now.queue))
            return {"segments": segments}
        case OutsideJoined(number=number):
            return {"segments": _opened(now, Segment(from_at=at, number=number, queue=now.queue))}
        case Transferred(agent=agent):
            return {"segments": _closed(now, at, "transferred", agent=agent)}
        case ConnectionCleared(party="agent", agent=str(agent)):
            return {"segments": _closed(now, at, "left", agent=agent)}
        case ConnectionCleared(party="outside", number=number):
            return {"segments": _closed(now, at, "left", number=number)}
        case QualityMeasured():
            return {"quality": (*now.quality, _leg_quality(event))}
        case DispositionSet(disposition=disposition, note=note):
            return {"disposition": disposition, "note": note}
        case NoteTaken(note=note):
            return {"note": note}
        case WrapUpEnded(wrap_up_s=wrap_up_s):
            return {"wrap_up_s": now.wrap_up_s + wrap_up_s}
        case ContactEnded():
            return _ended(now, event, at)
        case _:
            return {}


def _leg_quality(event: QualityMeasured) -> LegQuality:
    return LegQuality(
        party=event.party,
        agent=event.agent,
        number=event.number,
        seconds=event.seconds,
        lost_in=event.lost_in,
        lost_out=event.lost_out,
        jitter_ms=event.jitter_ms,
        round_trip_ms=event.round_trip_ms,
        mos=event.mos,
    )


def _opened(now: Interaction, segment: Segment) -> tuple[Segment, ...]:
    """With one more; who talks already (a conference that an agent inherits) goes on in his own."""
    same = any((s.agent, s.number, s.to_at) == (segment.agent, segment.number, None) for s in now.segments)
    return now.segments if same else (*now.segments, segment)


def _closed(
    now: Interaction, at: float, ended: SegmentEnd, *, agent: str | None = None, number: str = ""
) -> tuple[Segment, ...]:
    return tuple(
        replace(segment, to_at=at, ended=ended)
        if segment.to_at is None and (segment.agent, segment.number) == (agent, number)
        else segment
        for segment in now.segments
    )


def _all_closed(now: Interaction, at: float, ended: SegmentEnd) -> tuple[Segment, ...]:
    return tuple(
        segment if segment.to_at is not None else replace(segment, to_at=at, ended=ended)
        for segment in now.segments
    )


def _ended(now: Interaction, event: ContactEnded, at: float) -> dict[str, Any]:
    return {
        "ended_at": at,
        "outcome": event.outcome,
        "queue": event.queue or now.queue,
        "agent": event.agent or now.agent,
        "ivr_s": now.ivr_s if now.queue else at - now.started_at,
        "wait_s": event.wait_s,
        "talk_s": event.talk_s,
        "hold_s": event.hold_s,
        "segments": _all_closed(now, at, "failed" if event.outcome == "failed" else "customer_left"),
    }
