"""A routing decision as the log keeps it: who was weighed, and the numbers that decided."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One agent weighed in a routing decision; the numbers are those that decided.

    `level` is 1 primary, 2 backup, 3 reserve; `price` what the agent is worth to other queues, `penalty`
    what a backup skill and slowness cost (both 0 under policies that do not price).
    """

    agent: str
    idle_s: float
    proficiency: int
    level: int = 1
    penalty: float = 0.0
    price: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Why this agent: rule, candidates best first, and how long the contact had waited.

    `contacts`: of so many contacts first in line a freed agent took this one. `urgency` is 2 + W/T, in
    target seconds. Hold-back: `loss` is what keeping the agent for others would have saved, `gain` what it
    would have cost; the contact is held back while loss > gain. `first`: priority, or an offer that lapsed
    before, put the contact before all others.

    For who the customer is: `tier`, the seconds he counted as earlier (`head_start_s`), the tighter target
    he has (`sooner_s`, 0 for none), and whether the queue has one of the two of its own in place of the
    company's (`own_place`); `wish` says why this agent was waited for.
    `relaxed`: less was asked by then.
    """

    rule: str
    wait_s: float
    candidates: tuple[Candidate, ...]
    contacts: int = 1
    urgency: float = 0.0
    importance: float = 1.0
    target_s: float = 0.0
    gain: float = 0.0
    loss: float = 0.0
    first: bool = False
    tier: str = ""
    head_start_s: float = 0.0
    sooner_s: float = 0.0
    own_place: bool = False
    wish: Literal["", "last", "named", "flow"] = ""
    relaxed: bool = False
