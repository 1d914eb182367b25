"""What a contact gets in line for who the customer is: the policy's levers, as the router takes them.

Who refused profiling, or of whom nothing is reckoned, gets none. Queues named in the policy's `tiering_off`
(and those that have tiering off themselves) serve by arrival alone.
"""

from dataclasses import dataclass

from contact_center.loyalty.head_start import favour_s
from contact_center.loyalty.policy import AgentChoice, Menu, Policy, RetentionWay
from contact_center.loyalty.profile import Portrait
from contact_center.loyalty.segments import Tier


@dataclass(frozen=True, slots=True, kw_only=True)
class Treatment:
    """Seconds. `head_start_s` is within the policy's cap; `retain`: whoever can keep him goes first.

    `retention` is how the tier's leaving customers are kept, None for one who is not leaving.

    After `overflow_s` in line anybody qualified will do: no agent is waited for any longer.
    A callback is offered to who is likely to wait longer than `callback_after_s`, and promised within
    `callback_within_s` (None: by the next business day, `utc_offset_s` east of UTC if the queue has no
    hours). `menu` is what a flow may go by.
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
    menu: Menu = "standard"
    retain: bool = False
    retention: RetentionWay | None = None
    tiering_off: frozenset[str] = frozenset()


def treatment_of(portrait: Portrait | None, policy: Policy) -> Treatment | None:
    """The treatment of a customer; None where nothing may tell him from anybody."""
    if portrait is None or portrait.refused or portrait.profile is None:
        return None
    profile = portrait.profile
    levers = policy.levers[profile.tier]
    return Treatment(
        tier=profile.tier,
        head_start_s=favour_s(
            levers.head_start_s,
            at_risk=bool(profile.risks),
            complaint_overdue=any(each.overdue and each.promised for each in portrait.repairs),
            cap_s=policy.head_start_cap_s,
        ),
        target_s=levers.target_s,
        choice=levers.choice,
        sticky_s=levers.sticky_s,
        overflow_s=levers.overflow_s,
        callback_after_s=levers.callback_after_s,
        callback_within_s=levers.callback_within_s,
        utc_offset_s=policy.repair.utc_offset_s,
        menu=levers.menu,
        retain=portrait.next_step == "retain" and levers.retention.startswith("warm_transfer"),
        retention=levers.retention if portrait.next_step == "retain" else None,
        tiering_off=policy.tiering_off,
    )
