"""What may be spent to make good with a customer, or to keep him: the tier's cap in money, and what is left.

The cap is the tier's share of his lifetime profit, and at least the policy's minimum; the minimum alone for a
tier without a share, and where no lifetime profit is known (no money in the base, or profiling refused). What
was given to him within the policy's days counts against it, in whichever case. To who is leaving a remedy is
an offer to stay: it must be worth more than it costs, too (theory §4.3: Δπ · CLP > cost).
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

from contact_center.loyalty.policy import Policy
from contact_center.loyalty.profile import Profile
from contact_center.loyalty.repair import RepairCase
from contact_center.loyalty.retention import (
    QUIETLY,
    Bond,
    Offer,
    Trigger,
    allowed,
    best_offers,
    declines_valuable,
    held_out,
    offer_worth,
    should_retain,
)
from contact_center.loyalty.working_time import DAY_S

CENT = 0.01
MOST_OFFERS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """An offer to stay, with why: `worth` is `saves` × the lifetime profit `value`, more than its `cost`.

    Money. `left` may still be given to him; `share` of `value` made the cap, None where the policy's minimum
    did. `en` and `zh` are its names, empty for those that the screens know by `name`.
    """

    name: str
    bond: Bond
    saves: float
    cost: float
    worth: float
    value: float
    left: float
    share: float | None
    en: str = ""
    zh: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """Money. `cap` for all that is given within `days`, of which `given` is spent; `left` may be given now.

    `share` of the lifetime profit `value` made the cap, None where the policy's minimum did. `worth` is what
    keeping him is worth, None where it is not about leaving or nobody can say; `offers` may be made then.
    """

    cap: float
    given: float
    left: float
    days: float
    share: float | None
    value: float | None
    worth: float | None
    saves: float
    offers: tuple[Suggestion, ...] = ()


def means(
    case: RepairCase, profile: Profile | None, his: Iterable[RepairCase], policy: Policy, now: float
) -> Means:
    """What may be given in this case; `his` are all cases of the customer, this one among them."""
    since = now - policy.repair.remedy_days * DAY_S
    given = math.fsum(r.amount for each in his for r in each.remedies if r.at > since)
    return _means(profile, given, policy, leaving=case.reaction == "exit")


def retention_due(profile: Profile) -> bool:
    """Whether he is to be kept: he says that he leaves, a valuable one declines, or he likely leaves.

    Of who has a contract the chance counts where it was learnt, not where it is the policy's for everybody.
    """
    return should_retain(
        reaction=profile.reaction,
        stage=profile.stage,
        tier=profile.tier,
        churn=None if profile.stays is None else 1 - profile.stays,
        lifetime_profit=profile.value,
    )


def by_ourselves(profile: Profile) -> Trigger | None:
    """Why we would try to keep him although nobody asked us to; None where nobody need.

    Who says that he leaves, or complains, has asked: he is looked after whatever comes of it.
    """
    spoke = profile.reaction == "exit" and profile.because != QUIETLY
    if spoke or profile.reaction == "voice" or not retention_due(profile):
        return None
    if profile.reaction == "exit":
        return "shrinking"
    return "decline" if declines_valuable(profile.stage, profile.tier) else "churn"


def withheld(profile: Profile, policy: Policy) -> bool:
    """Whether we leave it to him, to see what trying to keep brings: never once he said that he leaves, or
    complained."""
    return held_out(profile.customer, policy.retention.hold_out) and by_ourselves(profile) is not None


def offers_to(profile: Profile, given: float, policy: Policy) -> tuple[Suggestion, ...]:
    """What may be offered to him to stay, the best first; `given` is what he had within the policy's days.

    None to who is not to be kept or is in the hold-out, nor where no money is known: nobody can say then what
    keeping is worth.
    """
    if withheld(profile, policy) or not retention_due(profile):
        return ()
    return _means(profile, given, policy, leaving=True).offers


def _means(profile: Profile | None, given: float, policy: Policy, *, leaving: bool) -> Means:
    rules, value = policy.repair, profile.value if profile is not None else None
    share = policy.levers[profile.tier].recovery_cap if profile is not None else None
    of_value = share * max(0.0, value) if share is not None and value is not None else 0.0
    cap = _cents(max(rules.remedy_minimum, of_value))
    worth = _cents(offer_worth(rules.offer_saves, max(0.0, value))) if leaving and value is not None else None
    most = cap if worth is None else min(cap, worth - CENT)
    has = Means(
        cap=cap,
        given=round(given, 2),
        left=max(0.0, _cents(most - given)),
        days=rules.remedy_days,
        share=share if of_value > rules.remedy_minimum else None,
        value=value,
        worth=worth,
        saves=rules.offer_saves,
    )
    if profile is None or worth is None or not retention_due(profile):
        return has
    return replace(has, offers=_suggested(profile, has, policy))


def _suggested(profile: Profile, has: Means, policy: Policy) -> tuple[Suggestion, ...]:
    value = profile.value or 0.0
    best = best_offers(policy.retention.offers, profile.tier, value, has.left)
    return tuple(
        Suggestion(
            name=offer.name,
            bond=offer.bond,
            saves=offer.saves,
            cost=offer.cost,
            worth=_cents(offer_worth(offer.saves, value)),
            value=value,
            left=has.left,
            share=has.share,
            en=offer.en,
            zh=offer.zh,
        )
        for offer in best[:MOST_OFFERS]
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
