"""What happens to records and promises beside a call: members of the CTI event union (`cti.events`)."""

from dataclasses import dataclass
from typing import Literal

RepairMark = Literal["warn", "escalate", "breach"]
RepairClock = Literal["first_action", "solution"]
RepairReaction = Literal[
    "exit", "voice", "neglect", "loyalty", "welcome", "onboarding", "review", "follow_up", "development"
]
"""What a case answers to: a reaction of the customer, or the occasion on which we call him by ourselves."""
RemedyKind = Literal["credit", "fee_waived", "goods", "gesture"]
RepairTier = Literal["platinum", "gold", "iron", "lead"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomersMerged:
    """Two records were the same customer's: `kept` has from now on what was `absorbed`'s, history too."""

    merge: str
    kept: str
    absorbed: str
    user: str
    type: Literal["CustomersMerged"] = "CustomersMerged"


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomersSplit:
    """The merge was wrong: `absorbed` has again what was moved then."""

    merge: str
    kept: str
    absorbed: str
    user: str
    type: Literal["CustomersSplit"] = "CustomersSplit"


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairClockReached:
    """A promise to a customer is half due (`warn`), nearly due (`escalate`), or broken (`breach`).

    `owner` is who makes good; `due_at` when the promise falls due (epoch seconds).
    """

    case: str
    customer: str
    clock: RepairClock
    mark: RepairMark
    owner: str
    due_at: float
    type: Literal["RepairClockReached"] = "RepairClockReached"


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairOpened:
    """Something is to be made good with a customer: why (`because`), who owns it, and by when.

    `promises` are the seconds of each clock from `opened_at` (epoch seconds); none for what is history.
    `owner` is empty where nobody was found, or anybody may take it; `said_in` is the contact it was heard in.
    """

    case: str
    customer: str
    reaction: RepairReaction
    tier: RepairTier
    owner: str
    because: str
    said_in: str | None
    severity: float
    opened_at: float
    promises: dict[RepairClock, float]
    type: Literal["RepairOpened"] = "RepairOpened"


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairTaskDone:
    """A task of the plan is done; the first one keeps the promise of a first action. `by` is a user."""

    act: str
    case: str
    task: str
    by: str
    done_at: float
    type: Literal["RepairTaskDone"] = "RepairTaskDone"


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairRemedyGiven:
    """Something worth `amount` (the company's money) was given to make good; its task of the plan is done.

    `cap` is what the policy allowed at that time; a supervisor gave more (`beyond`) and said why (`note`).
    """

    act: str
    case: str
    customer: str
    kind: RemedyKind
    amount: float
    cap: float
    by: str
    given_at: float
    beyond: bool = False
    note: str = ""
    type: Literal["RepairRemedyGiven"] = "RepairRemedyGiven"


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairAssigned:
    """Somebody else makes good from now on."""

    act: str
    case: str
    owner: str
    by: str
    assigned_at: float
    type: Literal["RepairAssigned"] = "RepairAssigned"


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairReopened:
    """It was not good yet: the clocks go on with what was left."""

    act: str
    case: str
    owner: str
    by: str
    reopened_at: float
    type: Literal["RepairReopened"] = "RepairReopened"


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairClosed:
    """A complaint or a sign of leaving has been dealt with; `in_time`: before any promise was broken.

    `act`, `by` and `closed_at` are empty in logs from before acts had ids.
    """

    case: str
    customer: str
    owner: str
    outcome: str
    in_time: bool
    act: str = ""
    by: str = ""
    closed_at: float | None = None
    type: Literal["RepairClosed"] = "RepairClosed"
