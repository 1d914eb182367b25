"""What happens to records and promises beside a call: members of the CTI event union (`cti.events`)."""

from dataclasses import dataclass
from typing import Literal

RepairMark = Literal["warn", "escalate", "breach"]
RepairClock = Literal["first_action", "solution"]


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
class RepairClosed:
    """A complaint or a sign of leaving has been dealt with; `in_time`: before any promise was broken."""

    case: str
    customer: str
    owner: str
    outcome: str
    in_time: bool
    type: Literal["RepairClosed"] = "RepairClosed"
