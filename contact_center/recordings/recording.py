"""A recording that is kept, and what the log says of one. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from contact_center.cti import events as cti
from contact_center.cti.events import Recorded

DAY_S = 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """A stretch of silence, in seconds from the beginning."""

    from_s: float
    to_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Peaks:
    """The waveform: for each of equally long slices the highest peak, 0-100, of caller and agents."""

    left: tuple[int, ...]
    right: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """One finished recording. `file` is relative to the folder of recordings; times are epoch seconds.

    `fault` says why it is not whole, empty when it is.
    """

    id: str
    contact: str
    queue: str
    agent: str
    started_at: float
    seconds: float
    file: str
    bytes: int
    sha256: str
    peaks: Peaks
    pauses: tuple[Pause, ...]
    expires_at: float
    fault: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRow:
    """Who did what to what, when, from where."""

    id: str
    at: float
    user: str
    action: str
    subject: str
    address: str
    details: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the log says of one recording. `over` once it has ended; `paused_s` while a pause is open."""

    id: str
    contact: str
    queue: str
    agent: str
    started_at: float
    pauses: tuple[Pause, ...] = ()
    paused_s: float | None = None
    over: bool = False
    fault: str = ""


def told(recording: str, events: Iterable[Recorded]) -> Told | None:
    """The story of `recording` out of its contact's events; None when it never started."""
    story: Told | None = None
    for recorded in sorted(events, key=lambda r: r.seq):
        event = recorded.event
        if getattr(event, "recording", None) != recording:
            continue
        if isinstance(event, cti.RecordingStarted):
            story = Told(
                id=recording,
                contact=event.contact,
                queue=event.queue,
                agent=event.agent,
                started_at=recorded.at,
            )
        elif story is not None:
            story = _go_on(story, event, round(recorded.at - story.started_at, 3))
    return story


def _go_on(story: Told, event: cti.CtiEvent, at_s: float) -> Told:
    match event:
        case cti.RecordingPaused():
            return replace(story, paused_s=at_s)
        case cti.RecordingResumed():
            return _resumed(story, at_s)
        case cti.RecordingStopped():
            return replace(_resumed(story, at_s), over=True)
        case cti.RecordingFailed(why=why):
            return replace(_resumed(story, at_s), over=True, fault=why)
        case _:
            return story


def _resumed(story: Told, at_s: float) -> Told:
    if story.paused_s is None:
        return story
    pause = Pause(from_s=story.paused_s, to_s=at_s)
    return replace(story, pauses=(*story.pauses, pause), paused_s=None)


def contact_of(recording: str) -> str:
    """Recordings are named after their contact, with a number."""
    return recording.rpartition(".")[0]
