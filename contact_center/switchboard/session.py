"""All the core knows of one conversation: the value that travels with it and survives the core.

The parts belong to their rooms (legs, flow, line, offer); only the contact's own story is here. It is handed
to the conversation with every `Do` as JSON, so it must stay small (AMP caps a value at 65 535 bytes).
"""

from dataclasses import dataclass, field
from typing import Literal

from contact_center.acd.contact import Waiting
from contact_center.acd.distribution import Offer
from contact_center.cti.events import CallStage, TargetKind
from contact_center.ivr.events import FlowState
from contact_center.runtime.codec import Codec
from contact_center.runtime.requirements import Need
from contact_center.telephony.calls import Call


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """The recording that runs."""

    id: str
    paused: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where a customer may be sent: an agent, a queue, a flow, or an outside number."""

    kind: TargetKind
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """A target to choose from; only who is `ready` can be asked now.

    `state` is an agent's, as screens show it. A flow has one name, in the language of whoever wrote it.
    """

    kind: TargetKind
    id: str
    name: str
    name_zh: str
    state: str | None = None
    ready: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Consult:
    """Somebody is asked aside. `agent` is known once an agent answered (or was asked for by name)."""

    to: Target
    agent: str | None = None
    up: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """A blind transfer on its way; `returning`: the target failed and the transferring agent is asked.

    `by` is empty when the flow sent the caller on; `ring_s` is how long a number then rings.
    """

    by: str
    to: Target
    returning: bool = False
    ring_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """`ack` is the last report seen, `turn` counts the answers given. Times are epoch seconds.

    `waiting` is set while the distribution has the contact (also while it is offered, or for a consultation);
    `agent` is who has the customer. `counted`: in a queue, and neither answered nor given up since; `offers`
    is the number of the last offer; `need` is what its queue asked for.
    `stage` is how far a call of ours has come; `referrer` is the leg whose phone asked by REFER for the
    transfer on its way, until it was told the end.
    `wait_s` is the queue wait of the last answer; `identified` says that the record look-up is done.
    `callback` is the one this call fulfils, whoever called; `called_back`: the caller has asked for one.
    `left` is the place in line the flow took the caller out of, kept for him.
    """

    contact: str
    conversation: str
    call: Call
    from_number: str = ""
    from_name: str = ""
    to_number: str = ""
    ack: int = 0
    turn: int = 0
    flow: FlowState | None = None
    waiting: Waiting | None = None
    offer: Offer | None = None
    queue: str | None = None
    agent: str | None = None
    last_agent: str | None = None
    customer: str | None = None
    identified: bool = False
    wait_s: float = 0.0
    recording: Recording | None = None
    recordings_made: int = 0
    direction: Literal["inbound", "outbound"] = "inbound"
    stage: CallStage | Literal["answered", "failed"] | None = None
    consult: Consult | None = None
    transfer: Transfer | None = None
    referrer: str = ""
    counted: bool = False
    offers: int = 0
    need: Need = field(default_factory=Need)
    callback: str | None = None
    left: Waiting | None = None
    called_back: bool = False
    failed: bool = False
    ended: bool = False

    @property
    def is_attempt(self) -> bool:
        """A call of ours to somebody who asked to be called back."""
        return self.callback is not None and self.direction == "outbound"


SESSION: Codec[Session] = Codec(Session)
