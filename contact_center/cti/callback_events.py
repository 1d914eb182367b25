"""A callback, from the wish to the word with an agent: members of the CTI event union (`cti.events`).

`callback` is its id. `contact` is the call concerned: the one that asked, or the attempt; None when nobody
called (a supervisor put it there).
"""

from dataclasses import dataclass
from typing import Literal

from contact_center.runtime.requirements import Relaxed, Ways

MissedWhy = Literal["no_answer", "busy", "unreachable", "not_confirmed", "left_waiting", "no_agent", "failed"]
"""Why an attempt came to nothing; after `no_agent` and `failed`, which are ours, it counts for nothing."""

ScheduleWhy = Literal["retry", "closed", "asked"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackRequested:
    """A place in line without a caller on it. `by` is the user who put it there, empty: the caller.

    What is asked for him as `Queued` has it. `promised_at`: by when he is to be called (None: no promise).
    """

    callback: str
    contact: str | None
    queue: str
    number: str
    skills: dict[str, int]
    priority: int
    enqueued_at: float
    expires_at: float
    language: str
    alternatives: Ways = ()
    relaxed: Relaxed = ()
    customer: str | None = None
    by: str = ""
    promised_at: float | None = None
    type: Literal["CallbackRequested"] = "CallbackRequested"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackRepeated:
    """Asked for again: the earlier place stands, the newer number counts; `promised_at` from now on."""

    callback: str
    contact: str | None
    queue: str
    number: str
    enqueued_at: float
    promised_at: float | None = None
    type: Literal["CallbackRepeated"] = "CallbackRepeated"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackScheduled:
    """No attempt before `due_at`: a pause, closed until then, or (`asked`) somebody wants it now."""

    callback: str
    contact: str | None
    queue: str
    due_at: float
    why: ScheduleWhy
    type: Literal["CallbackScheduled"] = "CallbackScheduled"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackAttempted:
    """The number is being called, as contact `contact`; `asked_in` is the call that asked for it.

    With `agent_first` the contact stands in line, and who takes it has the number called.
    """

    callback: str
    contact: str
    queue: str
    number: str
    attempt: int
    asked_in: str | None
    enqueued_at: float
    agent_first: bool = False
    type: Literal["CallbackAttempted"] = "CallbackAttempted"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackAnswered:
    """The customer answered, and stands in line where he stood."""

    callback: str
    contact: str
    queue: str
    type: Literal["CallbackAnswered"] = "CallbackAnswered"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackJoined:
    """The customer called in himself: this call has the callback's place now."""

    callback: str
    contact: str
    queue: str
    enqueued_at: float
    type: Literal["CallbackJoined"] = "CallbackJoined"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackMissed:
    """The attempt (or the call that had joined) ended without an agent; the place is kept."""

    callback: str
    contact: str
    queue: str
    why: MissedWhy
    type: Literal["CallbackMissed"] = "CallbackMissed"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackGivenUp:
    """So many attempts as the queue makes have been missed."""

    callback: str
    contact: str | None
    queue: str
    type: Literal["CallbackGivenUp"] = "CallbackGivenUp"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackExpired:
    """It waited as long as the queue lets one."""

    callback: str
    contact: str | None
    queue: str
    type: Literal["CallbackExpired"] = "CallbackExpired"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackLate:
    """The customer was promised a call by `promised_at`, and none was made; his place in line stands."""

    callback: str
    contact: str | None
    queue: str
    promised_at: float
    type: Literal["CallbackLate"] = "CallbackLate"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackCancelled:
    """Taken out of the line by a user."""

    callback: str
    contact: str | None
    queue: str
    by: str
    type: Literal["CallbackCancelled"] = "CallbackCancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackDone:
    """Customer and agent talk; `wait_s` runs from the place in line to this moment."""

    callback: str
    contact: str
    queue: str
    agent: str
    wait_s: float
    type: Literal["CallbackDone"] = "CallbackDone"


CallbackEvent = (
    CallbackRequested
    | CallbackRepeated
    | CallbackScheduled
    | CallbackAttempted
    | CallbackAnswered
    | CallbackJoined
    | CallbackMissed
    | CallbackGivenUp
    | CallbackExpired
    | CallbackLate
    | CallbackCancelled
    | CallbackDone
)
