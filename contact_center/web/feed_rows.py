"""The feed's messages and rows, as types: what OpenAPI says of REST, this says of the WebSocket.

The projections make plain rows (`metrics.wallboard`, `agents.desk`); a property test holds every row they can
make against these types, and the console's TypeScript is generated from them, so neither end can drift.
"""

from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, TypeAdapter

from contact_center.cti.events import CallFailure, CallStage, Purpose, TargetKind
from contact_center.customers.pop import Pop


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FeedText(_Row):
    """One text in both languages."""

    en: str
    zh: str


AgentState = Literal["logged_off", "not_ready", "ready", "reserved", "talking", "held", "wrap_up"]


class ColleagueRow(_Row):
    """What an agent sees of another agent."""

    id: str
    name: str
    team: str
    state: AgentState


class AgentRow(ColleagueRow):
    """An agent now; `since` is when the state began, `chosen` what comes next (`ready` or a reason)."""

    since: float
    reason: str
    chosen: str
    device: Literal["up", "down"]
    contact: str | None
    queue: str | None
    skills: dict[str, int]
    handled: int
    rona: int


class ContactRow(_Row):
    """A live contact; `returned` counts its offers that lapsed."""

    id: str
    state: Literal["flow", "waiting", "offered", "talking", "held"]
    since: float
    from_number: str
    customer: str | None
    customer_name: str
    tier: str
    queue: str | None
    skills: dict[str, int]
    priority: int
    arrived_at: float
    enqueued_at: float | None
    returned: int
    agent: str | None
    node: str


class FigureRow(_Row):
    """The day so far: counts, shares 0-1, seconds; null when there is nothing to divide by."""

    id: str
    waiting: int
    longest_since: float | None
    talking: int
    agents_ready: int
    offered: int
    answered: int
    answered_in_target: int
    abandoned: int
    abandoned_short: int
    abandoned_after_target: int
    handled: int
    rona: int
    service_level: float | None
    service_level_answered: float | None
    service_level_all: float | None
    service_level_abandoned_in_target: float | None
    service_level_short: float | None
    asa_s: float | None
    aht_s: float | None
    abandon_rate: float | None
    transferred: int
    transfer_rate: float | None
    callbacks_waiting: int
    callbacks_since: float | None
    callbacks_requested: int
    callbacks_attempted: int
    callbacks_done: int
    callbacks_lost: int


class TotalRow(FigureRow):
    """All queues; a target is null when the queues have different ones."""

    target_s: float | None
    target_level: float | None
    short_s: float | None


class QueueRow(FigureRow):
    name: str
    name_zh: str
    target_s: float
    target_level: float
    short_s: float
    wait_low_s: float | None
    wait_likely_s: float | None
    wait_high_s: float | None


class CallbackRow(_Row):
    """An open callback; `contact` is its live call, `last_why` how the last attempt came to nothing.

    `promised_at` is by when he was promised a call; `late`: none was made by then.
    """

    id: str
    queue: str
    number: str
    customer: str | None
    state: Literal["waiting", "dialling", "in_line", "joined"]
    requested_at: float
    enqueued_at: float
    due_at: float
    expires_at: float
    promised_at: float | None
    late: bool
    attempts: int
    last_why: str
    by: str
    asked_in: str | None
    contact: str | None


class CalledBackRow(_Row):
    """The call fulfils a callback: since when the customer has his place, and which attempt this is
    (0: he called in himself)."""

    since: float
    attempt: int


class CandidateRow(_Row):
    agent: str
    name: str
    idle_s: float
    proficiency: int


class DecisionRow(_Row):
    """Why this agent."""

    rule: str
    wait_s: float
    sentence: FeedText
    candidates: tuple[CandidateRow, ...]


class _DeskPart(_Row):
    contact: str
    queue: str
    queue_name: str
    queue_name_zh: str
    from_number: str
    callback: CalledBackRow | None
    pop: Pop


class NamedAgent(_Row):
    agent: str
    name: str


class OfferPart(_DeskPart):
    """Sent before the device rings."""

    offer: str
    deadline: float
    wait_s: float
    skills: dict[str, int]
    decision: DecisionRow | None
    purpose: Purpose
    asked_by: NamedAgent | None


class PartyRow(_Row):
    """Somebody in the call; `agent` is null for the customer and outside numbers."""

    role: Literal["customer", "agent", "outside", "consulted"]
    agent: str | None
    name: str
    number: str
    state: Literal["ringing", "talking", "held"]


class ConsultRow(_Row):
    """Who is asked aside, and by whom."""

    by: str
    to: TargetKind
    target: str
    since: float
    state: Literal["ringing", "talking", "held"]
    agent: NamedAgent | None


class QualityRow(_Row):
    """How a party sounds now: E-model estimate 1-4.5, share of packets lost 0-1."""

    mos: float
    grade: Literal["good", "fair", "poor"]
    lost: float
    jitter_ms: float
    round_trip_ms: float | None


class CallQualityRow(_Row):
    """Null until a few seconds have been measured."""

    customer: QualityRow | None
    you: QualityRow | None


class ConsultEndedRow(_Row):
    """Who was asked and does not answer or has left; `why` a lapse's reason, `left`, or a SIP status."""

    by: str
    to: TargetKind
    target: str
    why: str


class CallPart(_DeskPart):
    """`stage`: how far a call out has come before its answer."""

    since: float
    state: Literal["dialling", "talking", "held"]
    direction: Literal["inbound", "outbound"]
    stage: CallStage | None
    role: Literal["owner", "consulted", "conference"]
    muted: bool
    parties: tuple[PartyRow, ...]
    consult: ConsultRow | None
    consult_ended: ConsultEndedRow | None
    held_since: float | None
    recording: Literal["on", "paused", "failed"] | None
    quality: CallQualityRow
    decision: DecisionRow | None
    disposition: str
    note: str
    disposition_required: bool


class WrapUpPart(_DeskPart):
    """`deadline` null: no limit."""

    since: float
    deadline: float | None
    direction: Literal["inbound", "outbound"]
    disposition: str
    note: str
    disposition_required: bool


class CallFailedRow(_Row):
    """Why the agent's last call out reached nobody; `code` is the SIP status."""

    contact: str
    number: str
    cause: CallFailure
    code: int


class DeskRow(_Row):
    """What lies on one agent's desk; at most one of offer, call and wrap-up is not null."""

    agent: str
    offer: OfferPart | None
    call: CallPart | None
    wrap_up: WrapUpPart | None
    call_failed: CallFailedRow | None


class NoticeRow(_Row):
    """A promise on a repair case runs out (`repair`), or the database is away (`records_away`, `detail` why).

    The case's fields are null where there is none; `since` and `due_at` in epoch seconds.
    """

    id: str
    kind: Literal["repair", "records_away"]
    since: float
    detail: str
    case: str | None
    customer: str | None
    clock: Literal["first_action", "solution"] | None
    mark: Literal["warn", "escalate", "breach"] | None
    owner: str | None
    due_at: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedRows:
    """Every collection of the feed and its rows by key."""

    agents: dict[str, AgentRow | ColleagueRow]
    contacts: dict[str, ContactRow]
    queues: dict[str, QueueRow]
    totals: dict[str, TotalRow]
    desks: dict[str, DeskRow]
    callbacks: dict[str, CallbackRow]
    formulas: dict[str, FeedText]
    notices: dict[str, NoticeRow]


ROWS: TypeAdapter[FeedRows] = TypeAdapter(FeedRows)


def feed_schemas() -> dict[str, Any]:
    """JSON Schemas of the rows by name, as OpenAPI components."""
    whole = ROWS.json_schema(ref_template="#/components/schemas/{model}", mode="serialization")
    named: dict[str, Any] = whole.pop("$defs")
    return {**named, "FeedRows": whole}
