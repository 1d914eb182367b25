"""A contact in line: what it needs, since when it waits, and its place."""

from dataclasses import dataclass, field

from contact_center.acd.rules import LONGEST_HEAD_START_S
from contact_center.cti.events import Purpose


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One contact's entry in the ACD.

    `skills` maps skill -> least proficiency (1-5). `enqueued_at` (epoch seconds) survives a lapsed offer, a
    transfer and a restart. A larger `priority` goes first. `returned` counts lapsed offers: a contact that
    came back from one stands before those of its priority that did not.

    `direct` names the one agent this is for (a transfer, a consultation, a way back): it stands in no line,
    and a lapsed offer takes it out of the distribution. `serial` is the number of the last offer made for
    the contact before this entry.
    """

    contact: str
    queue: str
    skills: dict[str, int] = field(default_factory=dict)
    priority: int = 0
    enqueued_at: float
    returned: int = 0
    direct: str | None = None
    purpose: Purpose = "queue"
    serial: int = 0
    head_start_s: float = 0.0

    @property
    def rank(self) -> tuple[int, float, str]:
        """Sort key: smallest is served first. The order inside a queue is total and never depends on now.

        The first part is the stage: priority, and inside it whether an offer has lapsed. It is positive only
        for contacts of negative priority, 0 for the plain ones.
        """
        stage = -2 * self.priority - min(self.returned, 1)
        if not self.head_start_s:
            return (stage, self.enqueued_at, self.contact)
        head_start_s = min(max(0.0, self.head_start_s), LONGEST_HEAD_START_S)
        return (stage, self.enqueued_at - head_start_s, self.contact)


@dataclass(frozen=True, slots=True, kw_only=True)
class Free:
    """An agent who may get an offer; idle since `idle_since` (epoch seconds)."""

    agent: str
    skills: dict[str, int]
    idle_since: float
