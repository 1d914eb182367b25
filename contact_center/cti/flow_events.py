"""A caller in a flow, and what it does for him: members of the CTI event union (`cti.events`)."""

from dataclasses import dataclass
from typing import Literal

from contact_center.cti.transfer_events import TargetKind

Measure = Literal["csat", "nps", "ces"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowEntered:
    """The contact entered a flow; it stays on this version to the end."""

    contact: str
    flow: str
    version: str
    type: Literal["FlowEntered"] = "FlowEntered"


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeVisited:
    """The contact reached a node of its flow."""

    contact: str
    flow: str
    node: str
    type: Literal["NodeVisited"] = "NodeVisited"


@dataclass(frozen=True, slots=True, kw_only=True)
class DigitsCollected:
    """What the caller keyed at a node; masked with `*` when the node says it is secret."""

    contact: str
    node: str
    digits: str
    type: Literal["DigitsCollected"] = "DigitsCollected"


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowTransferred:
    """The flow sent the caller on; to an agent or a number it may still fail."""

    contact: str
    flow: str
    to: TargetKind
    target: str
    type: Literal["FlowTransferred"] = "FlowTransferred"


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowTransferFailed:
    """Whom the flow sent the caller to did not take him; the flow goes on."""

    contact: str
    why: str
    type: Literal["FlowTransferFailed"] = "FlowTransferFailed"


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageLeft:
    """The recording holds a message of the caller's for a queue."""

    contact: str
    queue: str
    recording: str
    seconds: float
    type: Literal["MessageLeft"] = "MessageLeft"


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyAnswered:
    """A score the caller keyed: csat 1-5, nps 0-10, ces 1-7; `about` is the agent who talked last."""

    contact: str
    flow: str
    node: str
    measure: Measure
    score: int
    queue: str | None = None
    about: str | None = None
    type: Literal["SurveyAnswered"] = "SurveyAnswered"


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowNoted:
    """An event of the flow author's own, by name, with values."""

    contact: str
    flow: str
    node: str
    name: str
    values: dict[str, str | bool | int | float]
    type: Literal["FlowNoted"] = "FlowNoted"
