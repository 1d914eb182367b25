"""The CTI event union: everything that happens in the contact centre, past tense, version 1.

Names follow ECMA-269 (CSTA) where it has one. Pure machines emit these; `cti.log` gives each its sequence
number, id and time and keeps it; every projection (interaction history, floor view, metrics) is a fold over
`Recorded`. `contact` is a contact id, `agent` an agent id, times are epoch seconds, durations seconds.
"""

from dataclasses import dataclass
from typing import Literal

from contact_center.cti import (
    agent_events,
    callback_events,
    customer_events,
    decision,
    flow_events,
    outbound_events,
    quality_events,
    recording_events,
    routing_events,
    transfer_events,
    wait_events,
)
from contact_center.runtime.requirements import Relaxed, Ways

VERSION = 1

Candidate = decision.Candidate
Decision = decision.Decision
RecordingHand = recording_events.RecordingHand
RecordingStarted = recording_events.RecordingStarted
RecordingPaused = recording_events.RecordingPaused
RecordingResumed = recording_events.RecordingResumed
RecordingStopped = recording_events.RecordingStopped
RecordingFailed = recording_events.RecordingFailed
TransferWay = transfer_events.TransferWay
TargetKind = transfer_events.TargetKind
ConsultStarted = transfer_events.ConsultStarted
Consulted = transfer_events.Consulted
ConsultEnded = transfer_events.ConsultEnded
Transferred = transfer_events.Transferred
TransferFailed = transfer_events.TransferFailed
Conferenced = transfer_events.Conferenced
OutsideJoined = transfer_events.OutsideJoined
Muted = transfer_events.Muted
CallbackEvent = callback_events.CallbackEvent
MissedWhy = callback_events.MissedWhy
ScheduleWhy = callback_events.ScheduleWhy
CallbackRequested = callback_events.CallbackRequested
CallbackRepeated = callback_events.CallbackRepeated
CallbackScheduled = callback_events.CallbackScheduled
CallbackAttempted = callback_events.CallbackAttempted
CallbackAnswered = callback_events.CallbackAnswered
CallbackJoined = callback_events.CallbackJoined
CallbackMissed = callback_events.CallbackMissed
CallbackGivenUp = callback_events.CallbackGivenUp
CallbackExpired = callback_events.CallbackExpired
CallbackLate = callback_events.CallbackLate
CallbackCancelled = callback_events.CallbackCancelled
CallbackDone = callback_events.CallbackDone
CallStage = outbound_events.CallStage
CallFailure = outbound_events.CallFailure
CallProgressed = outbound_events.CallProgressed
CallFailed = outbound_events.CallFailed
QualityMeasured = quality_events.QualityMeasured
FlowEntered = flow_events.FlowEntered
NodeVisited = flow_events.NodeVisited
DigitsCollected = flow_events.DigitsCollected
FlowTransferred = flow_events.FlowTransferred
FlowTransferFailed = flow_events.FlowTransferFailed
MessageLeft = flow_events.MessageLeft
SurveyAnswered = flow_events.SurveyAnswered
FlowNoted = flow_events.FlowNoted
CustomersMerged = customer_events.CustomersMerged
CustomersSplit = customer_events.CustomersSplit
RepairClockReached = customer_events.RepairClockReached
RepairClosed = customer_events.RepairClosed
RepairOpened = customer_events.RepairOpened
RepairTaskDone = customer_events.RepairTaskDone
RepairRemedyGiven = customer_events.RepairRemedyGiven
RepairAssigned = customer_events.RepairAssigned
RepairReopened = customer_events.RepairReopened

WaitTold = wait_events.WaitTold
QueueOutlook = wait_events.QueueOutlook

OfferLapse = Literal["rona", "rejected", "caller_gone", "device_failed", "agent_gone", "withdrawn"]
ContactOutcome = Literal["handled", "abandoned", "ended_in_flow", "failed", "not_reached", "callback"]
"""`callback`: the caller hung up after asking to be called back."""
Purpose = Literal["queue", "transfer", "consult", "return"]
"""Why an agent is offered a contact: from the line, transferred to him, to be consulted, or back to him."""
OverflowWhy = Literal["", "length", "wait", "closed"]
"""Why a queue sent a contact on: too many wait, it waited too long, the queue is closed."""
WrapUpEnd = agent_events.WrapUpEnd
AgentLoggedOn = agent_events.AgentLoggedOn
AgentLoggedOff = agent_events.AgentLoggedOff
AgentReady = agent_events.AgentReady
AgentNotReady = agent_events.AgentNotReady
AgentReserved = agent_events.AgentReserved
AgentBusy = agent_events.AgentBusy
AgentWorkingAfterCall = agent_events.AgentWorkingAfterCall
WrapUpEnded = agent_events.WrapUpEnded
AgentStatusChosen = agent_events.AgentStatusChosen
DeviceConnected = agent_events.DeviceConnected
DeviceTested = agent_events.DeviceTested
DeviceLost = agent_events.DeviceLost
QueueRoutingChanged = routing_events.QueueRoutingChanged
AgentSkillsChanged = routing_events.AgentSkillsChanged


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactArrived:
    """A customer's attempt began; outbound: an agent's, for a `queue`.

    `trunk` names the carrier a call came in from (empty: there is no trunks file).
    """

    contact: str
    conversation: str
    channel: Literal["voice"]
    direction: Literal["inbound", "outbound"]
    from_number: str
    from_name: str
    to_number: str
    queue: str | None = None
    trunk: str = ""
    type: Literal["ContactArrived"] = "ContactArrived"


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerIdentified:
    """Whose call it is; `customer` (id), `name`, `tier` are set when one record matched or was chosen."""

    contact: str
    customer: str | None
    matches: int
    name: str = ""
    tier: str = ""
    type: Literal["CustomerIdentified"] = "CustomerIdentified"


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """The contact entered a queue. `enqueued_at` survives re-queueing; `position` counts from 1.

    `requeued`: it had been in a queue before; `transferred`: by an agent, so the queue has a new contact.
    Instead of `skills` one of `alternatives` suffices as well, and what `relaxed` says after so many seconds.
    """

    contact: str
    queue: str
    skills: dict[str, int]
    priority: int
    enqueued_at: float
    position: int
    requeued: bool = False
    transferred: bool = False
    alternatives: Ways = ()
    relaxed: Relaxed = ()
    type: Literal["Queued"] = "Queued"


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferMade:
    """A leased reservation of one contact for one agent, until `deadline`; `by` is the agent who asks."""

    contact: str
    queue: str
    offer: str
    agent: str
    deadline: float
    decision: Decision
    purpose: Purpose = "queue"
    by: str | None = None
    type: Literal["OfferMade"] = "OfferMade"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """The agent's device rings (CSTA Delivered)."""

    contact: str
    offer: str
    agent: str
    type: Literal["Delivered"] = "Delivered"


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferAccepted:
    """The agent said yes; the device still has to connect."""

    contact: str
    offer: str
    agent: str
    type: Literal["OfferAccepted"] = "OfferAccepted"


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferLapsed:
    """The offer came to nothing; unless the caller is gone, the contact is back in line."""

    contact: str
    queue: str
    offer: str
    agent: str
    reason: OfferLapse
    purpose: Purpose = "queue"
    type: Literal["OfferLapsed"] = "OfferLapsed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Diverted:
    """The contact left its queue unanswered and goes on elsewhere; not an abandon.

    To another queue (`to`) when the queue itself sent it on, and `why`; else in its flow.
    """

    contact: str
    queue: str
    to: str = ""
    why: OverflowWhy = ""
    type: Literal["Diverted"] = "Diverted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Established:
    """Customer and agent talk. `wait_s` runs from `enqueued_at` to the agent's answer.

    `again`: an agent had answered before and no queue has it anew; service figures count it once.
    """

    contact: str
    queue: str
    agent: str
    wait_s: float
    again: bool = False
    type: Literal["Established"] = "Established"


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """The caller hears music, the agent nothing."""

    contact: str
    agent: str
    type: Literal["Held"] = "Held"


@dataclass(frozen=True, slots=True, kw_only=True)
class Retrieved:
    """Both talk again."""

    contact: str
    agent: str
    type: Literal["Retrieved"] = "Retrieved"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionCleared:
    """One party left. `cause` is the SIP status; `number` names an outside party."""

    contact: str
    party: Literal["caller", "agent", "outside"]
    agent: str | None
    by: Literal["caller", "agent", "system"]
    cause: int
    number: str = ""
    type: Literal["ConnectionCleared"] = "ConnectionCleared"


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """The contact could not go on (conversation process lost, flow error)."""

    contact: str
    why: str
    type: Literal["Failed"] = "Failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactEnded:
    """The caller's leg is gone; exactly one per contact. `queue` is the last one it waited in.

    `wait_s` counts queue waiting only (to answer, or to giving up), 0 when it never queued.
    """

    contact: str
    outcome: ContactOutcome
    queue: str | None
    agent: str | None
    wait_s: float
    talk_s: float
    hold_s: float
    type: Literal["ContactEnded"] = "ContactEnded"


@dataclass(frozen=True, slots=True, kw_only=True)
class DispositionSet:
    """How the agent classed the contact; the last one counts."""

    contact: str
    agent: str
    disposition: str
    note: str = ""
    type: Literal["DispositionSet"] = "DispositionSet"


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteTaken:
    """What the agent wrote about the contact, without an outcome yet; the last note counts."""

    contact: str
    agent: str
    note: str
    type: Literal["NoteTaken"] = "NoteTaken"


CtiEvent = (
    ContactArrived
    | CustomerIdentified
    | FlowEntered
    | NodeVisited
    | DigitsCollected
    | FlowTransferred
    | FlowTransferFailed
    | MessageLeft
    | SurveyAnswered
    | FlowNoted
    | Queued
    | WaitTold
    | QueueOutlook
    | OfferMade
    | Delivered
    | OfferAccepted
    | OfferLapsed
    | Diverted
    | CallProgressed
    | CallFailed
    | Established
    | Held
    | Retrieved
    | RecordingStarted
    | RecordingPaused
    | RecordingResumed
    | RecordingStopped
    | RecordingFailed
    | ConnectionCleared
    | ConsultStarted
    | Consulted
    | ConsultEnded
    | Transferred
    | TransferFailed
    | Conferenced
    | OutsideJoined
    | Muted
    | QualityMeasured
    | CallbackRequested
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
    | Failed
    | ContactEnded
    | AgentLoggedOn
    | AgentLoggedOff
    | AgentReady
    | AgentNotReady
    | AgentReserved
    | AgentBusy
    | AgentWorkingAfterCall
    | WrapUpEnded
    | AgentStatusChosen
    | DeviceConnected
    | DeviceTested
    | DeviceLost
    | DispositionSet
    | NoteTaken
    | CustomersMerged
    | CustomersSplit
    | RepairClockReached
    | QueueRoutingChanged
    | AgentSkillsChanged
    | RepairOpened
    | RepairTaskDone
    | RepairRemedyGiven
    | RepairAssigned
    | RepairReopened
    | RepairClosed
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """An event with its place in the one log. `seq` starts at 1 and has no gaps; `at` never decreases."""

    seq: int
    id: str
    at: float
    event: CtiEvent


def contact_of(event: CtiEvent) -> str | None:
    """The contact an event belongs to, if any."""
    return getattr(event, "contact", None)


def agent_of(event: CtiEvent) -> str | None:
    """The agent an event belongs to, if any."""
    return getattr(event, "agent", None) or None
