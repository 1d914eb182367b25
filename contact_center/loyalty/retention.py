"""Whether keeping a customer is worth its price, and what keeping really saved."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from contact_center.loyalty.lifecycle import Stage
from contact_center.loyalty.reactions import Reaction
from contact_center.loyalty.segments import Tier

Bond = Literal["financial", "social", "structural"]
BONDS: Final[tuple[Bond, ...]] = ("financial", "social", "structural")
Trigger = Literal["decline", "shrinking", "churn"]
"""Why we try to keep somebody by ourselves: a valuable one declines, volume fell far, he likely leaves."""
LIKELY_CHURN: Final = 0.5
QUIETLY: Final = "drawdown"
"""The sign of leaving that nobody spoke of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What may be offered to stay. `saves` is how much likelier the customer stays, 0-1; `cost` is money.

    `name` is its code and stays the same in every version; `en` and `zh` are what people read. Those that we
    ship are known to the screens' dictionary and may leave them empty.
    """

    name: str
    bond: Bond
    saves: float
    cost: float
    en: str = ""
    zh: str = ""


SHIPPED_OFFERS: Final = (
    Offer(name="goodwill_credit", bond="financial", saves=0.05, cost=25.0),
    Offer(name="fee_waiver", bond="financial", saves=0.08, cost=60.0),
    Offer(name="named_contact", bond="social", saves=0.10, cost=80.0),
    Offer(name="joint_process", bond="structural", saves=0.15, cost=240.0),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionRules:
    """The catalogue of offers to stay (names are unique, costs in the company's money), and the hold-out.

    The order of the catalogue means nothing: who gets which is decided by bond and net gain (`best_offers`).
    `hold_out` is the share of customers whom we do not try to keep by ourselves, to see what trying brings.
    """

    hold_out: float = 0.10
    offers: tuple[Offer, ...] = SHIPPED_OFFERS


def offer_worth(saves: float, lifetime_profit: float) -> float:
    return saves * lifetime_profit


def allowed(offer: Offer, lifetime_profit: float, cap: float) -> bool:
    """Worth more than it costs, and within the tier's cap (money)."""
    return offer_worth(offer.saves, lifetime_profit) > offer.cost and offer.cost <= cap


def best_offers(offers: Sequence[Offer], tier: Tier, lifetime_profit: float, cap: float) -> list[Offer]:
    """The allowed offers, the strongest bond first for higher tiers, the net gain deciding otherwise."""
    fitting = [offer for offer in offers if allowed(offer, lifetime_profit, cap)]
    high = tier in ("platinum", "gold")

    def key(offer: Offer) -> tuple[float, float, str]:
        bond = BONDS.index(offer.bond) if high else 0
        return (-bond, offer.cost - offer_worth(offer.saves, lifetime_profit), offer.name)

    return sorted(fitting, key=key)


def declines_valuable(stage: Stage, tier: Tier) -> bool:
    return stage == "decline" and tier in ("platinum", "gold")


def should_retain(
    *,
    reaction: Reaction | None,
    stage: Stage,
    tier: Tier,
    churn: float | None,
    lifetime_profit: float | None,
) -> bool:
    """Whether the retention desk is due: he says so, a valuable one declines, or he likely leaves."""
    if reaction == "exit" or declines_valuable(stage, tier):
        return True
    return churn is not None and churn >= LIKELY_CHURN and lifetime_profit is not None and lifetime_profit > 0


def held_out(customer: str, share: float) -> bool:
    """Whether he is in the hold-out: by his id alone, always the same; a larger share holds the smaller."""
    place = int.from_bytes(hashlib.sha256(f"hold-out {customer}".encode()).digest()[:8], "big")
    return place < share * 2.0**64


def incremental_profit(treated: Sequence[float], held_out: Sequence[float]) -> float:
    """What retention added over all treated: their mean profit less that of the hold-out, times their number.

    Both are profits per customer; the raw save rate says nothing about who would have stayed anyway.
    """
    if not treated or not held_out:
        raise ValueError("without a hold-out group nothing can be said of the effect")
    return (sum(treated) / len(treated) - sum(held_out) / len(held_out)) * len(treated)
