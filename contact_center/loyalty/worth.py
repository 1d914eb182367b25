"""One customer's worth by every method that fits him, what each rests on, and what is missing for the others.

The figure that counts is the profile's; the others stand beside it, so that a reader sees how far methods
disagree. Money is float64 in the company's currency.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from contact_center.loyalty import valuation
from contact_center.loyalty.accounts import Accounts, pace
from contact_center.loyalty.base_run import rfm_inputs
from contact_center.loyalty.curve_fitting import Ceiling, value_by_curve
from contact_center.loyalty.lifecycle import Stage
from contact_center.loyalty.lifetime_value import BLEND_PERIODS, FEWEST_PROFITS, Method
from contact_center.loyalty.policy import Policy
from contact_center.loyalty.reckoning import Lesson
from contact_center.loyalty.valuation import Learnt

BOOTSTRAPS: Final = 100
Missing = Literal[
    "no_transactions",
    "no_model",
    "few_periods",
    "contract",
    "no_contract",
    "few_contracts",
    "no_fit",
    "no_events",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """One thing an estimate rests on; `name` is a word of the screens' dictionary."""

    name: str
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """Lifetime profit by one method, its 80 % interval where it gives one, or why there is none.

    `ceiling` is there where the cap on fitted curves held this one down; no interval is named where the cap
    alone would make it.
    """

    method: Method
    value: float | None = None
    p10: float | None = None
    p90: float | None = None
    curve: str | None = None
    rests_on: tuple[Ground, ...] = ()
    missing: Missing | None = None
    ceiling: Ceiling | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GrowthAction:
    """An action of the policy for this customer: probability × gain − cost, counted when it pays."""

    name: str
    probability: float
    gain: float
    cost: float
    net: float
    counted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Rfm:
    """Days since the last purchase, number of purchases, money; scores in fifths of the base, 5 best."""

    recency_days: float
    frequency: float
    money: float
    scores: tuple[int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Worth:
    """`own_weight` is the share of the own figure where it is blended with the group's."""

    estimates: tuple[Estimate, ...]
    actions: tuple[GrowthAction, ...]
    may_market: bool
    own_weight: float | None
    rfm: Rfm | None


def worth(accounts: Accounts, lesson: Lesson, policy: Policy, stage: Stage, p_alive: float | None) -> Worth:
    """The worth of the one customer in `accounts`."""
    learnt, periods = lesson.learnt, int(accounts.periods[0])
    own = _purchases(accounts, learnt, policy)
    found = (own, _group(accounts, learnt), _kept(accounts, policy), _fitted(accounts, learnt, policy, stage))
    return Worth(
        estimates=(*found, _renewed(accounts, learnt, policy), _judged(accounts)),
        actions=_actions(accounts, learnt, policy, 1.0 if p_alive is None else p_alive),
        may_market=bool(accounts.may_market[0]),
        own_weight=None if own.value is None else periods / (periods + BLEND_PERIODS),
        rfm=_rfm(accounts, lesson),
    )


def _purchases(accounts: Accounts, learnt: Learnt, policy: Policy) -> Estimate:
    missing: Missing | None = None
    if not accounts.money:
        missing = "no_transactions"
    elif accounts.contractual[0]:
        missing = "contract"
    elif learnt.purchases is None:
        missing = "no_model"
    elif accounts.periods[0] < FEWEST_PROFITS:
        missing = "few_periods"
    if missing is not None or learnt.purchases is None:
        return Estimate(method="purchase_model", missing=missing)
    value, p10, p90 = valuation.by_purchases(accounts, learnt, policy.value, np.ones(1, dtype=bool))
    history, model = accounts.history, learnt.purchases
    return Estimate(
        method="purchase_model",
        value=float(value[0]),
        p10=float(p10[0]),
        p90=float(p90[0]),
        rests_on=_grounds(
            purchases=history.repeats[0] + 1,
            weeks_known=history.age[0],
            weeks_silent=history.age[0] - history.last_age[0],
            per_purchase=history.spend[0],
            margin=learnt.margin,
            r=model.r, alpha=model.alpha, a=model.a, b=model.b,
        ),
    )  # fmt: skip


def _group(accounts: Accounts, learnt: Learnt) -> Estimate:
    if not accounts.money:
        return Estimate(method="segment_migration", missing="no_transactions")
    place = int(valuation.recencies(accounts)[0])
    value = float(learnt.by_recency[place - 1])
    return Estimate(method="segment_migration", value=value, rests_on=_grounds(recency=place))


def _kept(accounts: Accounts, policy: Policy) -> Estimate:
    if not accounts.money:
        return Estimate(method="segment_retention", missing="no_transactions")
    ahead = pace(policy.value, accounts.period)
    mean = float(valuation.mean_profit(accounts)[0])
    return Estimate(
        method="segment_retention",
        value=mean * ahead.annuity,
        rests_on=_grounds(mean_profit=mean, kept=ahead.kept, rate=ahead.rate, horizon=ahead.horizon),
    )


def _fitted(accounts: Accounts, learnt: Learnt, policy: Policy, stage: Stage) -> Estimate:
    if not accounts.money:
        return Estimate(method="fitted_curve", missing="no_transactions")
    profits: Sequence[float] = accounts.profits[0, accounts.first[0] :].tolist()
    if len(profits) < FEWEST_PROFITS:
        return Estimate(method="fitted_curve", missing="few_periods")
    ahead = pace(policy.value, accounts.period)
    found = value_by_curve(
        profits,
        stage,
        rate=ahead.rate,
        horizon=ahead.horizon,
        survival=ahead.kept,
        segment_p95=learnt.high_profit or None,  # as a night does; kept lessons of old do not know it
        bootstraps=BOOTSTRAPS,
    )
    if found is None:
        return Estimate(method="fitted_curve", missing="no_fit")
    low, high = found.interval or (None, None)
    return Estimate(
        method="fitted_curve",
        value=found.value,
        p10=low,
        p90=high,
        ceiling=found.ceiling,
        curve=found.fitted.curve.name,
        rests_on=_grounds(profits=len(profits), r2=found.fitted.r2, kept=ahead.kept),
    )


def _renewed(accounts: Accounts, learnt: Learnt, policy: Policy) -> Estimate:
    if not accounts.contractual[0]:
        return Estimate(method="renewal_model", missing="no_contract")
    if learnt.renewals is None or accounts.contracts is None:
        return Estimate(method="renewal_model", missing="few_contracts")
    value, p10, p90 = valuation.by_renewals(accounts, learnt, policy.value)
    return Estimate(
        method="renewal_model",
        value=float(value[0]),
        p10=float(p10[0]),
        p90=float(p90[0]),
        rests_on=_grounds(
            mean_profit=valuation.mean_profit(accounts)[0],
            tenure_months=accounts.contracts.tenure_months[0],
            months_left=accounts.contracts.months_left[0],
        ),
    )


def _judged(accounts: Accounts) -> Estimate:
    if accounts.expected is None or not accounts.expected.count[0]:
        return Estimate(method="customer_events", missing="no_events")
    value, p10, p90 = valuation.by_events(accounts.expected)
    return Estimate(
        method="customer_events",
        value=float(value[0]),
        p10=float(p10[0]),
        p90=float(p90[0]),
        rests_on=_grounds(events=accounts.expected.count[0]),
    )


def _grounds(**values: float) -> tuple[Ground, ...]:
    return tuple(
        Ground(name=name, value=float(value)) for name, value in values.items() if not np.isnan(value)
    )


def _actions(accounts: Accounts, learnt: Learnt, policy: Policy, p_alive: float) -> tuple[GrowthAction, ...]:
    found = []
    for action, gain, cost in valuation.growth(accounts, policy.value, np.array([p_alive])):
        net = (float(gain[0]) - cost) * learnt.usual_profit
        found.append(
            GrowthAction(
                name=action.name,
                probability=action.probability,
                gain=float(gain[0]) * learnt.usual_profit,
                cost=cost * learnt.usual_profit,
                net=net,
                counted=net > 0 and bool(accounts.may_market[0]),
            )
        )
    return tuple(found)


def _rfm(accounts: Accounts, lesson: Lesson) -> Rfm | None:
    inputs, scale = rfm_inputs(accounts, 0), lesson.rfm
    if inputs is None or scale is None:
        return None
    recency, frequency, money = inputs
    return Rfm(
        recency_days=recency,
        frequency=frequency,
        money=money,
        scores=(scale.recency.score(recency), scale.frequency.score(frequency), scale.money.score(money)),
    )
