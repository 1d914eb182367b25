"""The policy: every threshold, weight and lever of the customer theory, as dated data with an author.

Nothing in a stage, a tier or an index is fixed in code: a company saves another version with its own figures
(`storage`), and each profile says which version made it. The defaults below are ours.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

from typing_extensions import TypedDict

from contact_center.loyalty.index import IndexRules
from contact_center.loyalty.lifecycle import LifecycleRules, RiskRules
from contact_center.loyalty.reactions import ReactionRules
from contact_center.loyalty.repair import Occasion, RepairRules
from contact_center.loyalty.retention import RetentionRules
from contact_center.loyalty.segments import SegmentRules, Tier

AgentChoice = Literal["named", "last", "skill", "skill_self_service"]
Menu = Literal["straight_to_agent", "one_level", "standard", "self_service_first"]
Proactive = Literal["stage_plan_and_failures", "stage_plan_and_complaints", "development", "legal_only"]
RetentionWay = Literal["warm_transfer_now", "warm_transfer", "callback_one_day", "scripted_offer"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TierLevers:
    """What the contact centre does for a tier. Seconds unless the name says otherwise; shares 0-1.

    `callback_within_s` is None when the promise is the next business day. `recovery_cap` is a share of the
    lifetime profit, None where only the policy's minimum is given.
    """

    head_start_s: float
    target_level: float
    target_s: float
    choice: AgentChoice
    sticky_s: float
    menu: Menu
    callback_after_s: float
    callback_within_s: float | None
    overflow_s: float
    proactive: Proactive
    recovery_cap: float | None
    retention: RetentionWay


class OwnLevers(TypedDict, total=False):
    """What a queue has otherwise than the company for a tier: only what departs is there.

    These are the levers that act in a queue. `menu` acts before any queue, `proactive` and `recovery_cap`
    outside of all of them: those three stand in the company's table alone. Units as in `TierLevers`.
    """

    head_start_s: float
    target_level: float
    target_s: float
    choice: AgentChoice
    sticky_s: float
    callback_after_s: float
    callback_within_s: float | None
    overflow_s: float
    retention: RetentionWay


OwnLevers.__pydantic_config__ = {"extra": "forbid"}  # type: ignore[attr-defined]  # a wrong name is told
QUEUE_LEVERS: Final = frozenset(OwnLevers.__annotations__)
"""Names of the levers that a queue may have of its own."""
_NOTHING: Final[Mapping[Any, Any]] = {}


LEVERS: Final[dict[Tier, TierLevers]] = {
    "platinum": TierLevers(
        head_start_s=120,
        target_level=0.90,
        target_s=10,
        choice="named",
        sticky_s=30,
        menu="straight_to_agent",
        callback_after_s=30,
        callback_within_s=900,
        overflow_s=20,
        proactive="stage_plan_and_failures",
        recovery_cap=0.15,
        retention="warm_transfer_now",
    ),
    "gold": TierLevers(
        head_start_s=60,
        target_level=0.85,
        target_s=15,
        choice="last",
        sticky_s=20,
        menu="one_level",
        callback_after_s=60,
        callback_within_s=1800,
        overflow_s=45,
        proactive="stage_plan_and_complaints",
        recovery_cap=0.10,
        retention="warm_transfer",
    ),
    "iron": TierLevers(
        head_start_s=20,
        target_level=0.80,
        target_s=20,
        choice="skill",
        sticky_s=0,
        menu="standard",
        callback_after_s=120,
        callback_within_s=7200,
        overflow_s=90,
        proactive="development",
        recovery_cap=0.05,
        retention="callback_one_day",
    ),
    "lead": TierLevers(
        head_start_s=0,
        target_level=0.80,
        target_s=60,
        choice="skill_self_service",
        sticky_s=0,
        menu="self_service_first",
        callback_after_s=300,
        callback_within_s=None,
        overflow_s=180,
        proactive="legal_only",
        recovery_cap=None,
        retention="scripted_offer",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class GrowthRule:
    """An action that may develop a customer. Money is in units of the base's usual profit per period.

    `each` is earned in every period of the horizon, `once` a single time after one; `gap` scales both by what
    the customer does not own yet. All of them need consent to marketing.
    """

    name: str
    probability: float
    each: float = 0.0
    once: float = 0.0
    cost: float = 0.0
    gap: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueRules:
    """How lifetime profit is reckoned. `survival_monthly` is the share of contracts kept each month.

    `count_remedies`: what was given to make good lowers profit; not where refunds come with the transactions.
    `reference_volume` per period serves while fewer than `reference_customers` are `reference_periods` old.
    """

    rate_yearly: float = 0.12
    horizon_months: int = 36
    survival_monthly: float = 0.97
    cost_per_minute: float = 0.90
    reference_volume: float = 100.0
    reference_periods: int = 24
    reference_customers: int = 20
    full_range: int = 4
    count_remedies: bool = True
    growth: tuple[GrowthRule, ...] = (
        GrowthRule(name="cross_buy", probability=0.30, each=0.20, cost=0.50, gap=True),
        GrowthRule(name="referral", probability=0.10, once=2.0),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class OutreachRules:
    """Calls by ourselves: working days until each is due, and how many.

    Nobody gets a planned one within `quiet_days` of another; a newcomer is welcomed within `newcomer_days` of
    his first business; no more than `most_a_night` are planned by one night.
    """

    due_days: dict[Occasion, int] = field(
        default_factory=lambda: {
            "welcome": 2,
            "onboarding": 5,
            "review": 3,
            "follow_up": 3,
            "development": 10,
        }
    )
    quiet_days: float = 30.0
    newcomer_days: float = 3.0
    most_a_night: int = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """One version of everything. `dated` in epoch seconds; version 0 is the shipped default.

    `levers` is the company's table. A queue's own values stand in `queue_levers`, and go before it: what a
    queue does not say is the company's, also when that changes later. Queues named in `tiering_off`
    (emergency, safety, fraud, regulated complaints) serve by arrival alone.
    """

    version: int = 0
    author: str = "shipped default"
    dated: float = 0.0
    note: str = ""
    lifecycle: LifecycleRules = field(default_factory=LifecycleRules)
    risk: RiskRules = field(default_factory=RiskRules)
    segments: SegmentRules = field(default_factory=SegmentRules)
    value: ValueRules = field(default_factory=ValueRules)
    index: IndexRules = field(default_factory=IndexRules)
    reactions: ReactionRules = field(default_factory=ReactionRules)
    repair: RepairRules = field(default_factory=RepairRules)
    outreach: OutreachRules = field(default_factory=OutreachRules)
    retention: RetentionRules = field(default_factory=RetentionRules)
    levers: dict[Tier, TierLevers] = field(default_factory=lambda: LEVERS)
    queue_levers: dict[str, dict[Tier, OwnLevers]] = field(default_factory=dict)
    head_start_cap_s: float = 180.0
    tiering_off: frozenset[str] = frozenset()

    def own(self, tier: Tier, queue: str | None) -> OwnLevers:
        """What the queue has of its own for the tier; nothing in a queue without tiers."""
        if queue is None or queue in self.tiering_off:
            return {}
        tiers: Mapping[Tier, OwnLevers] = self.queue_levers.get(queue, _NOTHING)
        return tiers.get(tier, {})

    def levers_in(self, tier: Tier, queue: str | None) -> TierLevers:
        """The levers of a tier in a queue: its own where it has them, else the company's.

        None: outside of all queues. Whoever has a queue at hand asks here, never `levers`.
        """
        own = self.own(tier, queue)
        return replace(self.levers[tier], **own) if own else self.levers[tier]

    def treatment(self, tier: Tier, queue: str, *, no_profiling: bool) -> TierLevers:
        """The levers for a contact; neutral for who refused profiling and in a queue without tiers.

        Neutral is the treatment of iron without any head start.
        """
        if not no_profiling and queue not in self.tiering_off:
            return self.levers_in(tier, queue)
        return replace(self.levers["iron"], head_start_s=0.0)


DEFAULT: Final = Policy()
