"""What a customer of a tier is given, as tests want it."""

from dataclasses import replace
from typing import Any

from contact_center.loyalty.policy import DEFAULT
from contact_center.loyalty.segments import Tier
from contact_center.loyalty.treatment import Treatment


def treated(tier: Tier, **other: Any) -> Treatment:
    """By the shipped levers, without any agent to wait for; `other` fields as given."""
    levers = DEFAULT.levers[tier]
    plain = Treatment(
        tier=tier,
        head_start_s=levers.head_start_s,
        target_s=levers.target_s,
        choice="skill",
        sticky_s=0.0,
        overflow_s=levers.overflow_s,
        callback_after_s=levers.callback_after_s,
        callback_within_s=levers.callback_within_s,
        menu=levers.menu,
    )
    return replace(plain, **other)
