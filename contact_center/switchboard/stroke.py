"""One indivisible act of the core: what happened, who must be told, and what starts afterwards.

Everything a stimulus causes, in however many conversations, becomes one line of the journal; only then do the
conversations, the screens and the slow work (look-ups, devices) hear of it.
"""

from dataclasses import dataclass, field

from contact_center.cti.events import CtiEvent
from contact_center.ivr.events import FlowEvent
from contact_center.switchboard.ports import Task
from contact_center.telephony import wire


@dataclass(slots=True)
class Stroke:
    """Collects while the rules run at one moment `now` (epoch seconds)."""

    now: float
    events: list[CtiEvent] = field(default_factory=list)
    ops: dict[str, list[wire.Op]] = field(default_factory=dict)
    flow_events: list[tuple[str, FlowEvent]] = field(default_factory=list)
    finished: set[str] = field(default_factory=set)
    tasks: list[Task] = field(default_factory=list)

    def touch(self, conversation: str) -> None:
        """This conversation's state changed: it gets a turn."""
        self.ops.setdefault(conversation, [])

    def op(self, conversation: str, op: wire.Op) -> None:
        self.ops.setdefault(conversation, []).append(op)

    def flow(self, conversation: str, event: FlowEvent) -> None:
        """Tell the flow when the present rule is through, so that its effects keep their order."""
        self.flow_events.append((conversation, event))

    def then(self, task: Task) -> None:
        self.tasks.append(task)
