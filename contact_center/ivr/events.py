"""What a flow hears (`FlowEvent`), what it asks for (`FlowEffect`), and where it stands (`FlowState`).

All are small frozen values. `FlowState` goes into the conversation's blob (`ivr.codec`), so a restarted core
continues at the same node. Times are epoch seconds.
"""

from dataclasses import dataclass, field
from typing import Literal

from contact_center.ivr.expressions import Value
from contact_center.runtime.requirements import Ways

Phase = Literal[
    "new",
    "saying",
    "asking",
    "lookup",
    "joining",
    "waiting",
    "telling",
    "transferring",
    "recording",
    "connected",
    "ended",
]
"""What a flow is waiting for:

new        `Entered`
saying     the end of a prompt after which the node goes on
asking     the caller's keys (while `playing` is set the question is still being said)
lookup     the customer records, an answer over HTTP, or the line about a callback
joining    the queue, to hear the position before the music starts (at most a second)
waiting    an agent, with music
telling    an agent, while position or comfort is being said
transferring  whoever the caller was sent to, with music
recording  the end of the caller's message
connected  the caller talks with somebody; the flow is silent
ended      nothing any more
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """A flow that called another: at which `call` node it waits, and its own variables meanwhile."""

    node: str
    variables: dict[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowState:
    """Where one caller stands in one flow version; `stack` are the flows that wait for a called one.

    `stage` is the part of a callback node: offer, number, confirm, or placing. `offered`: a callback was,
    for how long the wait was going to be; nobody is asked twice.
    """

    flow: str
    version: str
    language: str
    phase: Phase = "new"
    node: str = ""
    entered_at: float = 0.0
    variables: dict[str, Value] = field(default_factory=dict)
    answered: bool = False
    attempt: int = 1
    digits: str = ""
    typed_ahead: str = ""
    playing: str = ""
    plays: int = 0
    deadline: float | None = None
    position_at: float | None = None
    comfort_at: float | None = None
    comfort_next: int = 0
    estimate_at: float | None = None
    promised_until: float | None = None
    stack: tuple[Frame, ...] = ()
    fetches: int = 0
    stage: str = ""
    offered: bool = False


# -- what a flow hears -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered:
    """A caller arrived at the flow. `variables` override the flow's declared defaults (same types only)."""

    caller_number: str
    called_number: str
    variables: dict[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptDone:
    """The play of this name is through (or could not be played)."""

    play: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DigitPressed:
    digit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeReached:
    """`deadline` has come; earlier, nothing happens."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LookedUp:
    """Answer to `LookUpCustomer`; `customer` is set when exactly one record matched (`CUSTOMER_FIELDS`)."""

    customer: dict[str, str] | None
    matches: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuePosition:
    """The caller's place in the queue, from 1, and how long the first in line has waited.

    `wait_s` is how long the caller will still wait: low, likely and high end; None when nobody can say. Who
    is likely to wait longer than `callback_after_s` is offered a callback; None: when he asks for one.
    """

    position: int
    oldest_wait_s: float = 0.0
    wait_s: tuple[float, float, float] | None = None
    callback_after_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """Answer to the `Fetch` of this number; `values` by the names it wanted, when `found`."""

    fetch: int
    outcome: Literal["found", "not_found", "failed"]
    values: dict[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackTerms:
    """Answer to `AskCallback`: whether the queue calls back now, the number as it would be called (empty:
    it may not be), how long the wait would be, if that is known, and within how long he is promised a call
    (`promise_next_day`: by the end of the next business day)."""

    available: bool
    number: str
    wait_s: float | None = None
    promise_s: float | None = None
    promise_next_day: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackPlaced:
    """Answer to `RequestCallback`."""

    placed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferFailed:
    """Nobody took the caller who was sent on."""

    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingFailed:
    """The recording that ran is over and not whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FellSilent:
    """Who is recorded has been silent for the time asked for; the last sound was at `sounded_s` (0: none)."""

    sounded_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Connected:
    """Somebody talks with the caller: the flow falls silent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """Whoever talked has left and the caller is still there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueOutcome:
    """The queue cannot serve; taken only if the node has that edge, else the caller goes on waiting."""

    outcome: Literal["no_agents", "overflow"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerGone:
    """The caller's leg ended. Whoever reports it clears the queue and the legs; a message left is told."""


FlowEvent = (
    Entered
    | PromptDone
    | DigitPressed
    | TimeReached
    | LookedUp
    | QueuePosition
    | Fetched
    | CallbackTerms
    | CallbackPlaced
    | TransferFailed
    | RecordingFailed
    | FellSilent
    | Connected
    | Returned
    | QueueOutcome
    | CallerGone
)


# -- what a flow asks for ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """One thing to be heard; `ivr.prompts` knows its file.

    phrase   `value` is the key of a recording, `text` what to speak without one
    text     `value` is spoken
    number   `value` is a whole number, spoken as one
    digits   `value` is spoken digit by digit
    date     `value` is year-month-day
    wait     `value` is a wait in minutes: "3 5", or "3 5 longer" when more than was said before
    money    `value` is an amount and a currency: "12.5 USD"
    music    `value` is the key of a piece of music
    beep     the tone before a message

    `recording` is where the flow's version keeps the recording of it, within the archive; empty without one.
    """

    kind: Literal["phrase", "text", "number", "digits", "date", "money", "wait", "music", "beep"]
    value: str
    language: str
    text: str = ""
    recording: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerCall:
    """Answer the caller's leg; always before the first `Play` or `EnterQueue`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Play:
    """Let the caller hear these, replacing what plays; `play` comes back in `PromptDone` unless `loop`.

    `then` is looped after them until something else is played.
    """

    play: str
    prompts: tuple[Prompt, ...]
    loop: bool = False
    then: tuple[Prompt, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StopPlaying:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class LookUpCustomer:
    number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetch:
    """Ask `url`, sending these values; `Fetched` brings those of the keys `wanted`."""

    fetch: int
    url: str
    post: bool
    send: dict[str, str]
    wanted: tuple[str, ...]
    timeout_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SendTo:
    """Send the caller to an agent, a queue or an outside number; `Connected` or `TransferFailed` follows."""

    kind: Literal["agent", "queue", "number"]
    name: str
    ring_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class EnterFlow:
    """The caller goes on in another flow; this one is over."""

    flow: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tape:
    """Recording the caller: `queue` says for how long one that is started is kept.

    `FellSilent` follows when he has then been silent for `silence_s`; 0: never.
    """

    act: Literal["start", "stop", "pause", "resume"]
    queue: str = ""
    silence_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageLeft:
    """What the recording holds is a message for this queue."""

    queue: str
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """The caller's answer to a survey question."""

    node: str
    measure: Literal["csat", "nps", "ces"]
    score: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A named event of the flow's own."""

    node: str
    name: str
    values: dict[str, Value]


@dataclass(frozen=True, slots=True, kw_only=True)
class EnterQueue:
    """`alternatives` suffice as well as `skills`; each of `relaxed` from so many seconds in the queue on.

    For `agent_s` the caller waits for `agent` first. An empty `queue` is the one the callback that this call
    fulfils is for.
    """

    queue: str
    skills: dict[str, int]
    priority: int
    alternatives: Ways = ()
    relaxed: tuple[tuple[float, Ways], ...] = ()
    agent: str = ""
    agent_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AskCallback:
    """Whether this number could be called back for this queue; `CallbackTerms` follows."""

    queue: str
    number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestCallback:
    """Put the caller in line to be called back; `CallbackPlaced` follows."""

    queue: str
    number: str
    skills: dict[str, int]
    priority: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveQueue:
    """The flow takes the caller out of the queue (never after `Connected`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """Hang up on the caller. `code` is the SIP status if the call was never answered."""

    code: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Visited:
    """A node was entered; those of a called flow are named `call node/node`."""

    node: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """What the caller keyed at a node, already masked with `*` when it is `secret`."""

    node: str
    digits: str
    secret: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """The flow itself is at fault; `End` follows."""

    why: str


FlowEffect = (
    AnswerCall
    | Play
    | StopPlaying
    | LookUpCustomer
    | Fetch
    | SendTo
    | EnterFlow
    | Tape
    | MessageLeft
    | Scored
    | Told
    | EnterQueue
    | AskCallback
    | RequestCallback
    | LeaveQueue
    | End
    | Visited
    | Collected
    | Failed
)
