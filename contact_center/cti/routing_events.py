"""Events of what a supervisor changes of the routing while calls go on. Part of `cti.events.CtiEvent`."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueRoutingChanged:
    """The settings of a queue that are different now, as text; `by` is a log-in. Nobody lost his place."""

    queue: str
    by: str
    changed: dict[str, str]
    type: Literal["QueueRoutingChanged"] = "QueueRoutingChanged"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentSkillsChanged:
    """What the agent can do from now on, skill -> level 1-5; `by` is the user's log-in."""

    agent: str
    by: str
    skills: dict[str, int]
    type: Literal["AgentSkillsChanged"] = "AgentSkillsChanged"
