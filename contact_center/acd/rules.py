"""What a supervisor sets for a queue, and what a proficiency means to the router.

Times are seconds. `value` of a queue is importance per second of target: what one second of waiting costs.
"""

from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import get_args

from contact_center.runtime.directory import QueueSettings, RoutingPolicy

PolicyName = RoutingPolicy
POLICY_NAMES: tuple[PolicyName, ...] = get_args(PolicyName)

LEVELS = 5
"""1 primary, 2 backup, 3 reserve; the floor uses three, a simulated centre may use five."""

LEVEL_OF_PROFICIENCY = (0, 3, 3, 2, 1, 1)
"""Level for proficiency 0-5; level 0 cannot serve. Who is at 4 or 5 in all that is needed is primary."""

FIVE_LEVELS = (0, 5, 4, 3, 2, 1)
"""The scale of a simulated centre, whose file names levels outright."""

LONGEST_HEAD_START_S = 180.0
"""A customer's value moves him forward at most this far, so nobody starves behind valued customers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueRule:
    """A queue's settings for the router.

    Within `target_s` a contact should be answered; `importance` is 1-10. `hold_targets` is the limit M:
    nobody is held back, or put behind fresher contacts, longer than M targets; 0 means no hold-back.
    At most `cap` of its contacts are offered or talking at once. A contact that would wait behind
    `overflow_length` others, that has waited `overflow_wait_s`, or that comes while it is `closed`, goes to
    the queue `overflow_to`, or back to whoever sent it where none is named.
    `handle_s` and `slowness` (per level, 0.25 = a quarter slower) are expected until enough is measured.
    """

    policy: PolicyName = "fcfs"
    target_s: float = 20.0
    importance: float = 1.0
    hold_targets: float = 6.0
    cap: int | None = None
    overflow_to: str = ""
    overflow_length: int | None = None
    overflow_wait_s: float | None = None
    closed: bool = False
    handle_s: float = 240.0
    slowness: tuple[float, ...] = (0.0,) * LEVELS

    @property
    def value(self) -> float:
        return self.importance / self.target_s


PLAIN_RULE = QueueRule()


def qualifies(skills: Mapping[str, int], needed: Mapping[str, int]) -> bool:
    """True when every needed skill is there at least at the needed proficiency."""
    return all(skills.get(skill, 0) >= level for skill, level in needed.items())


def proficiency(skills: Mapping[str, int], needed: Mapping[str, int]) -> int:
    """The weakest of the needed skills, 1-5; 5 when nothing is needed."""
    return min((skills.get(skill, 0) for skill in needed), default=5)


def level_of(
    skills: Mapping[str, int], needed: Mapping[str, int], scale: tuple[int, ...] = LEVEL_OF_PROFICIENCY
) -> int:
    """The level at which the agent serves, 1 primary, on a scale by proficiency 0-5; 0 when he may not."""
    return scale[proficiency(skills, needed)] if qualifies(skills, needed) else 0


def rules_of(queues: Mapping[str, QueueSettings], shut: Container[str] = ()) -> dict[str, QueueRule]:
    """The company's settings as the router takes them; queues in `shut` are outside of their hours now."""
    return {
        name: QueueRule(
            policy=queue.routing,
            target_s=queue.target_s,
            importance=queue.importance,
            hold_targets=queue.hold_targets,
            cap=queue.cap,
            overflow_to=queue.overflow_to,
            overflow_length=queue.overflow_length,
            overflow_wait_s=queue.overflow_wait_s,
            closed=queue.closed or name in shut,
        )
        for name, queue in queues.items()
    }
