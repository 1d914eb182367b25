"""A contact is handed on, or others join it: members of the CTI event union (`cti.events`)."""

from dataclasses import dataclass
from typing import Literal

TransferWay = Literal["blind", "attended", "conference"]
TargetKind = Literal["agent", "queue", "flow", "number"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsultStarted:
    """The agent asks somebody aside while the customer waits with music."""

    contact: str
    agent: str
    to: TargetKind
    target: str
    type: Literal["ConsultStarted"] = "ConsultStarted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Consulted:
    """Whoever was asked aside answered: an agent (`with_agent`) or an outside number."""

    contact: str
    agent: str
    with_agent: str | None = None
    with_number: str = ""
    type: Literal["Consulted"] = "Consulted"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsultEnded:
    """Nobody is asked aside any more, and the agent still has the customer."""

    contact: str
    agent: str
    why: str
    type: Literal["ConsultEnded"] = "ConsultEnded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Transferred:
    """The agent left the customer to somebody else (CSTA Transferred); a blind one may still fail."""

    contact: str
    agent: str
    queue: str
    way: TransferWay
    to: TargetKind
    target: str
    type: Literal["Transferred"] = "Transferred"


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferFailed:
    """The target of a blind transfer did not take the customer; `back_to` an agent or a queue."""

    contact: str
    why: str
    back_to: Literal["agent", "queue"]
    target: str
    type: Literal["TransferFailed"] = "TransferFailed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Conferenced:
    """Customer, agent and whoever was asked aside all talk (CSTA Conferenced)."""

    contact: str
    agent: str
    with_agent: str | None = None
    with_number: str = ""
    type: Literal["Conferenced"] = "Conferenced"


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsideJoined:
    """An outside number talks with the customer, no agent with them."""

    contact: str
    number: str
    type: Literal["OutsideJoined"] = "OutsideJoined"


@dataclass(frozen=True, slots=True, kw_only=True)
class Muted:
    """Nobody hears the agent (`on`), or everybody does again."""

    contact: str
    agent: str
    on: bool
    type: Literal["Muted"] = "Muted"
