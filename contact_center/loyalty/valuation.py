"""The value of every customer of a base: what is learnt from a sample, and what it says of each.

`learn` fits the models and finds the reference volume and the cut-offs on a sample; `valued` applies them to
any part of the base. Money is float64 in the company's currency.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import nbdtrik

from contact_center.loyalty.base import Array, Codes, Flags
from contact_center.loyalty.ledger import PERIOD_DAYS, PERIODS_PER_YEAR, PeriodName, periodic_rate
from contact_center.loyalty.lifecycle import LifecycleRules
from contact_center.loyalty.lifetime_value import BLEND_PERIODS, FEWEST_PROFITS, Method, annuity
from contact_center.loyalty.policy import GrowthRule, Policy, ValueRules
from contact_center.loyalty.purchase_model import (
    DAYS_PER_WEEK,
    NoFit,
    PurchaseHistory,
    PurchaseModel,
    SpendModel,
    fit_purchases,
    fit_spend,
    lifetime_value,
)
from contact_center.loyalty.recency_chain import RecencyChain
from contact_center.loyalty.segments import CutOffs

METHODS: Final[tuple[Method, ...]] = ("none", "segment_migration", "segment_retention", "purchase_model")
_NONE, _MIGRATION, _RETENTION, _PURCHASES = range(4)
FEWEST_REPEATERS: Final = 50
RECENCIES: Final = 12
SPANS: Final = 12
"""The horizon is reckoned in this many equal spans."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounts:
    """Customers as rows. `volumes`, `profits`: (customers, periods), oldest first, from column `first`.

    `products` is NaN where not known. `money` is False while there are no transactions at all: volumes are
    contacts then, and no lifetime profit is given.
    """

    volumes: Array
    profits: Array
    first: NDArray[np.int32]
    history: PurchaseHistory
    products: Array
    contractual: Flags
    may_market: Flags
    money: bool = True
    period: PeriodName = "month"

    @property
    def periods(self) -> NDArray[np.int32]:
        return np.asarray(self.volumes.shape[1] - self.first, dtype=np.int32)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """The value rules per period of the base: discount rate, share kept, and the horizon in periods."""

    rate: float
    kept: float
    horizon: int

    @property
    def annuity(self) -> float:
        return annuity(self.kept, self.rate, self.horizon)


def pace(rules: ValueRules, period: PeriodName) -> Pace:
    per_year = PERIODS_PER_YEAR[period]
    return Pace(
        rate=periodic_rate(rules.rate_yearly, per_year),
        kept=rules.survival_monthly ** (12 / per_year),
        horizon=max(1, round(rules.horizon_months * per_year / 12)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Learnt:
    """What a sample of the base taught; `by_recency` is the value of the group, the lost ones last."""

    reference_volume: float
    usual_profit: float
    margin: float
    by_recency: Array
    purchases: PurchaseModel | None
    spend: SpendModel | None
    cut: CutOffs


@dataclass(frozen=True, slots=True, kw_only=True)
class Valued:
    """Per customer. `method` is a place in `METHODS`; `p10`, `p90` are NaN where the method gives none."""

    value: Array
    p10: Array
    p90: Array
    method: Codes
    current: Array
    potential: Array
    p_alive: Array


def learn(sample: Accounts, policy: Policy) -> Learnt:
    """Everything the valuation needs to know of the base as a whole; the sample has at least one customer."""
    purchases, spend = _models(sample)
    sold = float(sample.volumes.sum())
    earned = sample.profits[sample.profits > 0]
    usual = float(np.median(earned)) if len(earned) else 0.0
    learnt = Learnt(
        reference_volume=_reference(sample, policy.value, policy.lifecycle),
        usual_profit=usual,
        margin=min(1.0, max(0.0, float(sample.profits.sum()) / sold)) if sold > 0 else 0.0,
        by_recency=_by_recency(sample, policy.value),
        purchases=purchases,
        spend=spend,
        cut=CutOffs(current=0.0, potential=0.0),
    )
    found = valued(sample, learnt, policy.value)
    active = found.current > 0 if (found.current > 0).any() else np.ones(len(found.current), dtype=bool)
    cut = CutOffs(
        current=float(np.median(found.current[active])), potential=float(np.median(found.potential[active]))
    )
    return replace(learnt, cut=cut)


def _reference(sample: Accounts, rules: ValueRules, lifecycle: LifecycleRules) -> float:
    """The median of the highest smoothed volume of the customers who are old enough; else the policy's."""
    old = sample.periods >= rules.reference_periods
    if old.sum() < rules.reference_customers:
        return rules.reference_volume
    window = lifecycle.mean_window
    volumes = sample.volumes[old]
    smoothed = sum(volumes[:, i : volumes.shape[1] - window + 1 + i] for i in range(window)) / window
    highest = float(np.median(np.asarray(smoothed).max(axis=1)))
    return highest if highest > 0 else rules.reference_volume


def _models(sample: Accounts) -> tuple[PurchaseModel | None, SpendModel | None]:
    if not sample.money or (sample.history.repeats > 0).sum() < FEWEST_REPEATERS:
        return None, None
    try:
        purchases, spend = fit_purchases(sample.history), fit_spend(sample.history)
    except NoFit:
        return None, None
    sane = purchases.a > 1 / 1000 and abs(purchases.a - 1) > 1e-6 and spend.q > 1
    return (purchases, spend) if sane else (None, None)


def recencies(accounts: Accounts) -> NDArray[np.int64]:
    """Periods since the last one with a purchase, from 1; beyond `RECENCIES` the customer counts as lost."""
    bought = accounts.volumes > 0
    since = np.argmax(bought[:, ::-1], axis=1) + 1
    return np.where(bought.any(axis=1), np.minimum(since, RECENCIES + 1), RECENCIES + 1)


def _by_recency(sample: Accounts, rules: ValueRules) -> Array:
    """What a customer is worth by how long ago he bought, as the migration of the group has it."""
    bought, periods = sample.volumes > 0, sample.volumes.shape[1]
    seen, back = np.zeros(RECENCIES), np.zeros(RECENCIES)
    last = np.where(bought[:, 0], 1, RECENCIES + 1)
    for column in range(1, periods):
        at_risk = last <= RECENCIES
        place = last[at_risk] - 1
        seen += np.bincount(place, minlength=RECENCIES)[:RECENCIES]
        back += np.bincount(place[bought[at_risk, column]], minlength=RECENCIES)[:RECENCIES]
        last = np.where(bought[:, column], 1, np.minimum(last + 1, RECENCIES + 1))
    chances = np.divide(back, seen, out=np.zeros(RECENCIES), where=seen > 0)
    contribution = float(sample.profits[bought].mean()) if bought.any() else 0.0
    ahead = pace(rules, sample.period)
    chain = RecencyChain(
        probabilities=tuple(float(c) for c in chances),
        contribution=contribution,
        contact=0.0,
        rate=ahead.rate,
    )
    # what is earned now is past: only the following periods count
    return np.asarray(chain.value(ahead.horizon) - chain.rewards())


def valued(accounts: Accounts, learnt: Learnt, rules: ValueRules) -> Valued:
    """Value, present value of the present pattern, potential and p(alive) of every customer."""
    n = len(accounts.first)
    p_alive = _p_alive(accounts, learnt)
    current = mean_profit(accounts) * pace(rules, accounts.period).annuity
    potential = _potential(accounts, learnt, rules, np.where(np.isnan(p_alive), 1.0, p_alive))
    nothing = np.full(n, np.nan)
    if not accounts.money:
        none = np.full(n, _NONE, np.int8)
        return Valued(
            value=nothing, p10=nothing, p90=nothing, method=none,
            current=current, potential=potential, p_alive=p_alive,
        )  # fmt: skip
    group = learnt.by_recency[recencies(accounts) - 1]
    value, p10, p90 = group.copy(), nothing.copy(), nothing.copy()
    method = np.full(n, _MIGRATION, np.int8)
    own = ~accounts.contractual & (accounts.periods >= FEWEST_PROFITS) & (learnt.purchases is not None)
    if own.any():
        weight = accounts.periods / (accounts.periods + BLEND_PERIODS)
        for target, figure in zip((value, p10, p90), by_purchases(accounts, learnt, rules, own), strict=True):
            target[own] = weight[own] * figure + (1 - weight[own]) * group[own]
        method[own] = _PURCHASES
    value[accounts.contractual], method[accounts.contractual] = current[accounts.contractual], _RETENTION
    return Valued(
        value=value, p10=p10, p90=p90, method=method, current=current, potential=potential, p_alive=p_alive
    )


def mean_profit(accounts: Accounts) -> Array:
    """Of the last three periods, or of fewer where there are no more."""
    last = accounts.profits[:, -3:]
    return np.asarray(last.sum(axis=1) / np.minimum(np.maximum(accounts.periods, 1), last.shape[1]))


def _p_alive(accounts: Accounts, learnt: Learnt) -> Array:
    if learnt.purchases is None:
        return np.full(len(accounts.first), np.nan)
    h = accounts.history
    found = learnt.purchases.p_alive(h.repeats, h.last_age, h.age)
    return np.where(accounts.contractual, np.nan, found)


def by_purchases(
    accounts: Accounts, learnt: Learnt, rules: ValueRules, who: Flags
) -> tuple[Array, Array, Array]:
    """Value, 10th and 90th percentile by the purchase model.

    The interval is of the number of purchases: gone with 1 − p(alive), else negative binomial with the shape
    of the customer's own purchase rate; spend per purchase and discounting are taken at their means.
    """
    purchases, spend = learnt.purchases, learnt.spend
    if purchases is None or spend is None:
        raise ValueError("no purchase model was learnt")
    h = accounts.history
    mine = PurchaseHistory(
        repeats=h.repeats[who], last_age=h.last_age[who], age=h.age[who], spend=h.spend[who]
    )
    weeks = rules.horizon_months * PERIOD_DAYS["month"] / DAYS_PER_WEEK
    value = lifetime_value(
        purchases,
        spend,
        mine,
        rate=(1 + rules.rate_yearly) ** (rules.horizon_months / 12 / SPANS) - 1,
        periods=SPANS,
        span=weeks / SPANS,
        margin=learnt.margin,
    )
    expected = purchases.expected_next(weeks, mine.repeats, mine.last_age, mine.age)
    each = np.divide(value, expected, out=np.zeros_like(value), where=expected > 0)
    alive = purchases.p_alive(mine.repeats, mine.last_age, mine.age)
    shape = purchases.r + mine.repeats
    usual = np.divide(expected, alive, out=np.zeros_like(value), where=alive > 0)
    low, high = (purchases_at(q, alive, shape, usual) * each for q in (0.1, 0.9))
    return value, low, high


def purchases_at(quantile: float, alive: Array, shape: Array, mean: Array) -> Array:
    rest = np.clip((quantile - (1 - alive)) / np.maximum(alive, 1e-12), 0.0, 1.0)
    found = np.ceil(nbdtrik(rest, shape, shape / (shape + np.maximum(mean, 1e-12))))
    return np.where(rest > 0, np.nan_to_num(np.maximum(found, 0.0)), 0.0)


def _potential(accounts: Accounts, learnt: Learnt, rules: ValueRules, p_alive: Array) -> Array:
    """Growth potential: Σ probability × gain − cost of the actions that pay, for whom may be addressed."""
    total = np.zeros(len(accounts.first))
    for _, gain, cost in growth(accounts, rules, p_alive):
        total += np.maximum(0.0, gain - cost)
    return np.where(accounts.may_market, total * learnt.usual_profit, 0.0)


def growth(
    accounts: Accounts, rules: ValueRules, p_alive: Array
) -> Iterator[tuple[GrowthRule, Array, float]]:
    """Each action with its expected gain for every customer and its cost, in usual profits."""
    ahead = pace(rules, accounts.period)
    products = np.where(np.isnan(accounts.products), 1.0, accounts.products)
    gap = np.clip(1 - products / rules.full_range, 0.0, 1.0)
    for action in rules.growth:
        yield action, _gain(action, ahead) * p_alive * (gap if action.gap else 1.0), action.cost


def _gain(action: GrowthRule, ahead: Pace) -> float:
    return action.probability * (action.each * ahead.annuity + action.once / (1 + ahead.rate))
