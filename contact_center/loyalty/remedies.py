"""What may be spent to make good with a customer, or to keep him: the tier's cap in money, and what is left.

The cap is the tier's share of his lifetime profit, and at least the policy's minimum; the minimum alone for a
tier without a share, and where no lifetime profit is known (no money in the base, or profiling refused). What
was given to him within the policy's days counts against it, in whichever case. To who is leaving a remedy is
an offer to stay: it must be worth more than it costs, too (theory §4.3: Δπ · CLP > cost).
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from contact_center.loyalty.policy import Policy
from contact_center.loyalty.profile import Profile
from contact_center.loyalty.repair import RepairCase
from contact_center.loyalty.retention import Offer, allowed, offer_worth
from contact_center.loyalty.working_time import DAY_S

CENT = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """Money. `cap` for all that is given within `days`, of which `given` is spent; `left` may be given now.

    `share` of the lifetime profit `value` made the cap, None where the policy's minimum did. `worth` is what
    keeping him is worth, None where it is not about leaving or nobody can say.
    """

    cap: float
    given: float
    left: float
    days: float
    share: float | None
    value: float | None
    worth: float | None
    saves: float


def means(
    case: RepairCase, profile: Profile | None, his: Iterable[RepairCase], policy: Policy, now: float
) -> Means:
    """What may be given in this case; `his` are all cases of the customer, this one among them."""
    rules, value = policy.repair, profile.value if profile is not None else None
    share = policy.levers[profile.tier].recovery_cap if profile is not None else None
    of_value = share * max(0.0, value) if share is not None and value is not None else 0.0
    cap = _cents(max(rules.remedy_minimum, of_value))
    since = now - rules.remedy_days * DAY_S
    given = math.fsum(r.amount for each in his for r in each.remedies if r.at > since)
    worth = None
    if case.reaction == "exit" and value is not None:
        worth = _cents(offer_worth(rules.offer_saves, max(0.0, value)))
    most = cap if worth is None else min(cap, worth - CENT)
    return Means(
        cap=cap,
        given=round(given, 2),
        left=max(0.0, _cents(most - given)),
        days=rules.remedy_days,
        share=share if of_value > rules.remedy_minimum else None,
        value=value,
        worth=worth,
        saves=rules.offer_saves,
    )


def within(amount: float, has: Means) -> bool:
    """Whether so much may be given without a supervisor's word."""
    cost = round(has.given + amount, 2)
    if has.worth is None:
        return cost <= has.cap
    offer = Offer(name="remedy", bond="financial", saves=has.saves, cost=cost)
    return allowed(offer, max(0.0, has.value or 0.0), has.cap)


def _cents(money: float) -> float:
    """Whole cents, never more than there is."""
    return math.floor(money * 100 + 1e-6) / 100
