"""What happens to the recording of a call: members of the CTI event union (`cti.events`)."""

from dataclasses import dataclass
from typing import Literal

RecordingHand = Literal["agent", "api", "flow"]
"""Who paused or resumed it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingStarted:
    """What caller and agent say is recorded from now on. `recording` names it."""

    contact: str
    recording: str
    queue: str
    agent: str
    type: Literal["RecordingStarted"] = "RecordingStarted"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingPaused:
    """From now on silence is recorded (card numbers are being said)."""

    contact: str
    recording: str
    by: RecordingHand
    type: Literal["RecordingPaused"] = "RecordingPaused"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingResumed:
    """What is said is recorded again."""

    contact: str
    recording: str
    by: RecordingHand
    type: Literal["RecordingResumed"] = "RecordingResumed"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingStopped:
    """The recording is over and whole, `seconds` long with its pauses."""

    contact: str
    recording: str
    seconds: float
    type: Literal["RecordingStopped"] = "RecordingStopped"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingFailed:
    """The recording is over and is not whole; the call went on without it."""

    contact: str
    recording: str
    why: str
    type: Literal["RecordingFailed"] = "RecordingFailed"
