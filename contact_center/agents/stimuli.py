"""What an agent's presence answers to: wishes, devices, offers, calls, time. Plain values for `presence`."""

from dataclasses import dataclass
from typing import Literal

from contact_center.agents.device_test import DeviceTest
from contact_center.cti import events as cti

WrapUpMode = Literal["none", "optional", "optional_timed", "mandatory_timed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class WrapUpRule:
    """What a queue wants after its calls."""

    mode: WrapUpMode
    seconds: float
    disposition_required: bool


@dataclass(frozen=True, slots=True)
class LogOn:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class LogOff:
    forced: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Choose:
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceUp:
    kind: Literal["webrtc", "sip"] = "webrtc"


@dataclass(frozen=True, slots=True, kw_only=True)
class PassDeviceTest:
    """The browser phone was tested, and is good enough."""

    test: DeviceTest


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceDown:
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reserve:
    contact: str
    offer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """The offer is over without a call."""

    offer: str
    reason: cti.OfferLapse


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeCall:
    contact: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BeginCall:
    """The agent's own wish: dials out, ready or not."""

    contact: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallOver:
    contact: str
    queue: str
    rule: WrapUpRule


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishWrapUp:
    by: cti.WrapUpEnd


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeReached:
    disposition_required: bool


Stimulus = (
    LogOn
    | LogOff
    | Choose
    | DeviceUp
    | PassDeviceTest
    | DeviceDown
    | Reserve
    | Release
    | TakeCall
    | BeginCall
) | (CallOver | FinishWrapUp | TimeReached)
