"""A contact in line: what it needs, since when it waits, and its place."""

from dataclasses import dataclass, field, replace
from typing import Literal

from contact_center.acd.capacity import VOICE_ONLY, Capacity, Channel
from contact_center.acd.rules import LONGEST_HEAD_START_S
from contact_center.cti.events import Purpose
from contact_center.runtime.requirements import Need, Ways, simplest

WishWhy = Literal["last", "named", "flow"]
"""He talked to this agent last; the agent is his own; the flow asks for the agent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """After so long in line it suffices as well to meet one of `ways`: more agents can serve, never fewer."""

    after_s: float
    ways: Ways


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Until then (epoch seconds) a contact waits for this agent, if he is at work and able; then for anybody.

    `until` not later than the moment it enters: only if the agent is idle at that moment.
    """

    agent: str
    until: float
    why: WishWhy = "last"


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One contact's entry in the ACD.

    `skills` maps skill -> least proficiency (1-5); one of `alternatives` suffices as well, later those of
    `steps`. `enqueued_at` (epoch seconds) survives a lapsed offer, a transfer, another queue and a restart.
    A larger `priority` goes first. `returned` counts lapsed offers: a contact that came back from one stands
    before those of its priority that did not.

    `direct` names the one agent this is for (a transfer, a consultation, a way back): it stands in no line,
    and a lapsed offer takes it out of the distribution. `serial` is the number of the last offer made for
    the contact before this entry.

    For who the customer is: `tier`, `head_start_s` (at most `LONGEST_HEAD_START_S` counts), `target_s`
    (within which he should be answered, if that is less than the queue's); `own_place`: the queue has values
    of its own for one of the two, in place of the company's. `overflowed_from` is the queue
    that sent it on; none does twice, and none sends on who was `promised` a call back from it.
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
    channel: Channel = "voice"
    alternatives: Ways = ()
    steps: tuple[Step, ...] = ()
    wish: Wish | None = None
    tier: str = ""
    target_s: float | None = None
    own_place: bool = False
    overflowed_from: str = ""
    promised: bool = False

    @property
    def may_be_sent_on(self) -> bool:
        return not self.overflowed_from and not self.promised

    @property
    def need(self) -> Need:
        """What its queue asks for it."""
        relaxed = tuple((step.after_s, step.ways) for step in self.steps)
        return Need(ways=(self.skills, *self.alternatives), relaxed=relaxed, priority=self.priority)

    def needing(self, need: Need) -> "Waiting":
        """The same contact where this is asked for it."""
        return replace(
            self,
            skills=need.ways[0],
            alternatives=need.ways[1:],
            steps=tuple(Step(after_s=after_s, ways=ways) for after_s, ways in need.relaxed),
            priority=need.priority,
        )

    @property
    def rank(self) -> tuple[int, float, str]:
        """Sort key: smallest is served first. The order inside a queue is total and never depends on now.

        The first part is the stage: priority, and inside it whether an offer has lapsed. It is positive only
        for contacts of negative priority, 0 for the plain ones.
        """
        stage = -2 * self.priority - (self.returned > 0)
        if not self.head_start_s:
            return (stage, self.enqueued_at, self.contact)
        head_start_s = min(max(0.0, self.head_start_s), LONGEST_HEAD_START_S)
        return (stage, self.enqueued_at - head_start_s, self.contact)

    @property
    def plain(self) -> bool:
        """There is one way to suffice, now and later."""
        return not self.alternatives and not self.steps

    def ways(self, now: float) -> Ways:
        """What suffices by now, steps included."""
        if self.plain:
            return (self.skills,)
        relaxed = [way for step in self.steps if self.enqueued_at + step.after_s <= now for way in step.ways]
        return simplest((self.skills, *self.alternatives, *relaxed))

    def next_step_at(self, now: float) -> float | None:
        """When more will suffice than now."""
        due = (self.enqueued_at + step.after_s for step in self.steps)
        return min((at for at in due if at > now), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Free:
    """An agent who may get an offer; idle since `idle_since` (epoch seconds)."""

    agent: str
    skills: dict[str, int]
    idle_since: float
    capacity: Capacity = VOICE_ONLY
