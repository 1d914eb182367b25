"""All the core knows of one conversation: the value that travels with it and survives the core.

The parts belong to their rooms (legs, flow, line, offer); only the contact's own story is here. It is handed
to the conversation with every `Do` as JSON, so it must stay small (AMP caps a value at 65 535 bytes).
"""

from dataclasses import dataclass

from contact_center.acd.contact import Waiting
from contact_center.acd.distribution import Offer
from contact_center.ivr.events import FlowState
from contact_center.runtime.codec import Codec
from contact_center.telephony.calls import Call


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """The recording that runs."""

    id: str
    paused: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """`ack` is the last report seen, `turn` counts the answers given. Times are epoch seconds.

    `waiting` is set while the contact is in line (also while it is offered); `agent` while one talks with it.
    `wait_s` is the queue wait of the last answer; `identified` says that the record look-up is done.
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
    failed: bool = False
    ended: bool = False


SESSION: Codec[Session] = Codec(Session)
