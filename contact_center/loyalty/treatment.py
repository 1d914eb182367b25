"""What a contact gets in line for who the customer is: the policy's levers, as the router takes them.

Who refused profiling, or of whom nothing is reckoned, gets none. Queues named in the policy's `tiering_off`
(and those that have tiering off themselves) serve by arrival alone. All queues are settled while the caller
is looked up, so that the line asks nobody.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from contact_center.loyalty.head_start import favour_s
from contact_center.loyalty.policy import AgentChoice, Menu, Policy, RetentionWay
from contact_center.loyalty.profile import Portrait
from contact_center.loyalty.segments import Tier


@dataclass(frozen=True, slots=True, kw_only=True)
class InQueue:
    """What acts in a queue. Seconds. `head_start_s` is within the policy's cap; `retain`: whoever can keep
    him goes first.

    `retention` is how the tier's leaving customers are kept, None for one who is not leaving.

    After `overflow_s` in line anybody qualified will do: no agent is waited for any longer.
    A callback is offered to who is likely to wait longer than `callback_after_s`, and promised within
    `callback_within_s` (None: by the next business day, `utc_offset_s` east of UTC if the queue has no
    hours). `own_place`: head start or target are the queue's own, not the company's.
    """

    tier: Tier
    head_start_s: float
    target_s: float
    choice: AgentChoice
    sticky_s: float
    overflow_s: float
    callback_after_s: float
    callback_within_s: float | None
    utc_offset_s: float = 0.0
    retain: bool = False
    retention: RetentionWay | None = None
    own_place: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Treatment(InQueue):
    """The company's table for a customer, and `queues`: what he gets where a queue departs from it.

    `menu` is what a flow may go by, before any queue.
    """

    menu: Menu = "standard"
    tiering_off: frozenset[str] = frozenset()
    queues: Mapping[str, InQueue] = field(default_factory=dict)

    def at(self, queue: str) -> InQueue | None:
        """What he gets in this queue; None in one that the policy exempts."""
        return None if queue in self.tiering_off else self.queues.get(queue, self)


PLACING: Final = frozenset({"head_start_s", "target_s"})
"""Levers that say where in line he stands."""


def treatment_of(portrait: Portrait | None, policy: Policy) -> Treatment | None:
    """The treatment of a customer; None where nothing may tell him from anybody."""
    if portrait is None or portrait.refused or portrait.profile is None:
        return None
    tier = portrait.profile.tier
    departing = (queue for queue in policy.queue_levers if policy.own(tier, queue))
    return Treatment(
        **_levers(portrait, tier, policy, None),
        menu=policy.levers[tier].menu,
        tiering_off=policy.tiering_off,
        queues={queue: InQueue(**_levers(portrait, tier, policy, queue)) for queue in departing},
    )


def _levers(portrait: Portrait, tier: Tier, policy: Policy, queue: str | None) -> dict[str, Any]:
    """The fields of `InQueue` in a queue; None: by the company's table."""
    levers, leaving = policy.levers_in(tier, queue), portrait.next_step == "retain"
    head_start_s = favour_s(
        levers.head_start_s,
        at_risk=portrait.profile is not None and bool(portrait.profile.risks),
        complaint_overdue=any(each.overdue and each.promised for each in portrait.repairs),
        cap_s=policy.head_start_cap_s,
    )
    return {
        "tier": tier,
        "head_start_s": head_start_s,
        "target_s": levers.target_s,
        "choice": levers.choice,
        "sticky_s": levers.sticky_s,
        "overflow_s": levers.overflow_s,
        "callback_after_s": levers.callback_after_s,
        "callback_within_s": levers.callback_within_s,
        "utc_offset_s": policy.repair.utc_offset_s,
        "retain": leaving and levers.retention.startswith("warm_transfer"),
        "retention": levers.retention if leaving else None,
        "own_place": not PLACING.isdisjoint(policy.own(tier, queue)),
    }
