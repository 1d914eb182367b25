"""What happens to agents and their devices: members of the CTI event union (`cti.events`)."""

from dataclasses import dataclass
from typing import Literal

WrapUpEnd = Literal["done", "timeout", "logged_off"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentLoggedOn:
    """The agent is at work, not ready yet."""

    agent: str
    type: Literal["AgentLoggedOn"] = "AgentLoggedOn"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentLoggedOff:
    """The agent has left; `forced` when somebody else ended it."""

    agent: str
    forced: bool = False
    type: Literal["AgentLoggedOff"] = "AgentLoggedOff"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentReady:
    """The agent may get offers."""

    agent: str
    type: Literal["AgentReady"] = "AgentReady"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentNotReady:
    """The agent gets no offers, and why."""

    agent: str
    reason: str
    type: Literal["AgentNotReady"] = "AgentNotReady"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentReserved:
    """An offer holds the agent."""

    agent: str
    contact: str
    offer: str
    type: Literal["AgentReserved"] = "AgentReserved"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentBusy:
    """The agent is on a call."""

    agent: str
    contact: str
    type: Literal["AgentBusy"] = "AgentBusy"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentWorkingAfterCall:
    """Wrap-up began; `deadline` is when it ends by itself (None: only when the agent says so)."""

    agent: str
    contact: str
    queue: str
    deadline: float | None
    type: Literal["AgentWorkingAfterCall"] = "AgentWorkingAfterCall"


@dataclass(frozen=True, slots=True, kw_only=True)
class WrapUpEnded:
    """After-call work is over; `wrap_up_s` is how long it took."""

    agent: str
    contact: str
    queue: str
    wrap_up_s: float
    by: WrapUpEnd
    type: Literal["WrapUpEnded"] = "WrapUpEnded"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentStatusChosen:
    """What the agent wants next, possibly while busy: `ready`, or a not-ready reason code."""

    agent: str
    status: str
    type: Literal["AgentStatusChosen"] = "AgentStatusChosen"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceConnected:
    """The agent's phone can be rung."""

    agent: str
    kind: Literal["webrtc", "sip"]
    type: Literal["DeviceConnected"] = "DeviceConnected"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceTested:
    """The agent's browser phone passed its test: microphone, level (0-1) and round trip, where measured."""

    agent: str
    microphone: str
    level: float | None
    round_trip_ms: float | None
    type: Literal["DeviceTested"] = "DeviceTested"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceLost:
    """The agent's phone cannot be rung, and why."""

    agent: str
    why: str
    type: Literal["DeviceLost"] = "DeviceLost"
