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

from contact_center.loyalty.accounts import Accounts, Expected, Pace, pace
from contact_center.loyalty.base import Array, Codes, Flags
from contact_center.loyalty.contract_value import (
    Contracts,
    by_contract,
    churn_in_year,
    kept_shares,
    learn_renewals,
)
from contact_center.loyalty.curve_fitting import Ceiling, value_by_curve
from contact_center.loyalty.ledger import PERIOD_DAYS, PERIODS_PER_YEAR
from contact_center.loyalty.lifecycle import STAGES, LifecycleRules
from contact_center.loyalty.lifetime_value import BLEND_PERIODS, FEWEST_PROFITS, Method
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
from contact_center.loyalty.renewal_model import RenewalModel
from contact_center.loyalty.segments import CutOffs

METHODS: Final[tuple[Method, ...]] = (
    *("none", "segment_migration", "segment_retention", "purchase_model"),
    *("renewal_model", "fitted_curve", "customer_events"),
)
_NONE, _MIGRATION, _RETENTION, _PURCHASES, _RENEWALS, _CURVE, _EVENTS = range(7)
FEWEST_REPEATERS: Final = 50
MOST_CURVES: Final = 2000
"""A curve is fitted for each customer on its own: only in bases too small to teach anything else."""
CURVE_BOOTSTRAPS: Final = 60
_EDGE: Final = 1.2815515655446004
"""Standard deviations from the median to the 90th percentile of a normal distribution."""
RECENCIES: Final = 12
SPANS: Final = 12
"""The horizon is reckoned in this many equal spans."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Learnt:
    """What a sample of the base taught; `by_recency` is the value of the group, the lost ones last.

    `high_profit` is the 95th percentile of a period's profit; `curves`: each customer's own is fitted.
    """

    reference_volume: float
    usual_profit: float
    margin: float
    by_recency: tuple[float, ...]
    purchases: PurchaseModel | None
    spend: SpendModel | None
    cut: CutOffs
    renewals: RenewalModel | None = None
    high_profit: float = 0.0
    curves: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Valued:
    """Per customer. `method` is a place in `METHODS`; `p10`, `p90` are NaN where the method gives none.

    `own_share` is how much the customer's own figure counts beside the group's; `curves` names the curve and
    its R² of those whose value is fitted, `ceilings` the cap of those whose curve it held down. `churn` is
    the chance to leave within a year, NaN without a contract; `p_alive` is of the others.
    """

    value: Array
    p10: Array
    p90: Array
    method: Codes
    own_share: Array
    curves: dict[int, tuple[str, float]]
    ceilings: dict[int, Ceiling]
    current: Array
    potential: Array
    p_alive: Array
    churn: Array


def learn(sample: Accounts, policy: Policy, customers: int | None = None) -> Learnt:
    """Everything the valuation needs to know of the base as a whole; the sample has at least one customer.

    `customers` is the size of the base, the sample's own when not given.
    """
    purchases, spend = _models(sample)
    sold = float(sample.volumes.sum())
    earned = sample.profits[sample.profits > 0]
    size = len(sample.first) if customers is None else customers
    learnt = Learnt(
        reference_volume=_reference(sample, policy.value, policy.lifecycle),
        usual_profit=float(np.median(earned)) if len(earned) else 0.0,
        margin=min(1.0, max(0.0, float(sample.profits.sum()) / sold)) if sold > 0 else 0.0,
        by_recency=_by_recency(sample, policy.value),
        purchases=purchases,
        spend=spend,
        cut=CutOffs(current=0.0, potential=0.0),
        renewals=learn_renewals(sample.contracts) if sample.contracts is not None else None,
        high_profit=float(np.percentile(earned, 95)) if len(earned) else 0.0,
        curves=sample.money and purchases is None and size <= MOST_CURVES,
    )
    current, potential, _ = _prospects(sample, learnt, policy.value)
    active = current > 0 if (current > 0).any() else np.ones(len(current), dtype=bool)
    cut = CutOffs(current=float(np.median(current[active])), potential=float(np.median(potential[active])))
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


def _by_recency(sample: Accounts, rules: ValueRules) -> tuple[float, ...]:
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
    return tuple(float(v) for v in chain.value(ahead.horizon) - chain.rewards())


def valued(accounts: Accounts, learnt: Learnt, rules: ValueRules, stage: Codes) -> Valued:
    """Value, present value of the present pattern, potential and p(alive) of every customer.

    `stage` (places in `lifecycle.STAGES`) has a say in the method: who is new is valued as his group is.
    """
    n = len(accounts.first)
    current, potential, p_alive = _prospects(accounts, learnt, rules)
    nothing = np.full(n, np.nan)
    found = Valued(
        value=nothing.copy(),
        p10=nothing.copy(),
        p90=nothing.copy(),
        method=np.full(n, _NONE, np.int8),
        own_share=np.zeros(n),
        curves={},
        ceilings={},
        current=current,
        potential=potential,
        p_alive=p_alive,
        churn=_churn(accounts, learnt, rules),
    )
    if accounts.money:
        group = np.asarray(learnt.by_recency)[recencies(accounts) - 1]
        found.value[:], found.method[:] = group, _MIGRATION
        known = accounts.periods >= FEWEST_PROFITS
        own = known & (stage != STAGES.index("exploration")) & ~accounts.contractual
        if learnt.purchases is not None and own.any():
            _take(found, own, by_purchases(accounts, learnt, rules, own), _PURCHASES, group, accounts.periods)
        elif learnt.curves:
            _by_curves(found, np.flatnonzero(own), accounts, learnt, rules, stage, group)
        _by_contract(found, accounts, learnt, rules)
        _by_events(found, accounts)
    return found


def _take(
    found: Valued,
    who: Flags,
    figures: tuple[Array, Array, Array],
    method: int,
    group: Array,
    periods: NDArray[np.int32],
) -> None:
    """Own figures of some, blended with the group's: the more periods, the more one's own count."""
    weight = periods[who] / (periods[who] + BLEND_PERIODS)
    for target, figure in zip((found.value, found.p10, found.p90), figures, strict=True):
        target[who] = weight * figure + (1 - weight) * group[who]
    found.method[who], found.own_share[who] = method, weight


def _by_curves(
    found: Valued,
    who: NDArray[np.int64],
    accounts: Accounts,
    learnt: Learnt,
    rules: ValueRules,
    stage: Codes,
    group: Array,
) -> None:
    """Each customer's own profit curve, where one fits; the others stay with the group."""
    ahead, one = pace(rules, accounts.period), np.zeros(len(group), bool)
    for i in who:
        curve = value_by_curve(
            accounts.profits[i, accounts.first[i] :].tolist(),
            STAGES[stage[i]],
            rate=ahead.rate,
            horizon=ahead.horizon,
            survival=ahead.kept,
            segment_p95=learnt.high_profit,
            bootstraps=CURVE_BOOTSTRAPS,
        )
        if curve is None:
            continue
        one[:] = False
        one[i] = True
        figures = (np.array([f]) for f in (curve.value, *(curve.interval or (np.nan, np.nan))))
        value, p10, p90 = figures
        _take(found, one, (value, p10, p90), _CURVE, group, accounts.periods)
        found.curves[int(i)] = (curve.fitted.curve.name, curve.fitted.r2)
        if curve.ceiling is not None:
            found.ceilings[int(i)] = curve.ceiling


def _by_contract(found: Valued, accounts: Accounts, learnt: Learnt, rules: ValueRules) -> None:
    who = accounts.contractual
    if not who.any():
        return
    figures = by_renewals(accounts, learnt, rules)
    for target, figure in zip((found.value, found.p10, found.p90), figures, strict=True):
        target[who] = figure
    found.method[who] = _RETENTION if _renewals(accounts, learnt) is None else _RENEWALS
    found.own_share[who] = 1.0


def by_renewals(accounts: Accounts, learnt: Learnt, rules: ValueRules) -> tuple[Array, Array, Array]:
    """Value, 10th and 90th percentile of those with contracts; without a model the policy's share is kept."""
    who, ahead = accounts.contractual, pace(rules, accounts.period)
    months = np.full(len(who), np.nan)
    held = accounts.contracts or Contracts(tenure_months=months, months_left=months)
    shares = kept_shares(
        _renewals(accounts, learnt),
        Contracts(tenure_months=held.tenure_months[who], months_left=held.months_left[who]),
        kept=ahead.kept,
        per_year=PERIODS_PER_YEAR[accounts.period],
        horizon=ahead.horizon,
    )
    return by_contract(mean_profit(accounts)[who], shares, ahead.rate)


def _churn(accounts: Accounts, learnt: Learnt, rules: ValueRules) -> Array:
    if accounts.contracts is None:
        return np.full(len(accounts.first), np.nan)
    return churn_in_year(learnt.renewals, accounts.contracts, rules.survival_monthly)


def _renewals(accounts: Accounts, learnt: Learnt) -> RenewalModel | None:
    return learnt.renewals if accounts.contracts is not None else None


def _by_events(found: Valued, accounts: Accounts) -> None:
    """The few large events that somebody has judged go before any model."""
    if accounts.expected is None:
        return
    who = accounts.expected.count > 0
    for target, figure in zip((found.value, found.p10, found.p90), by_events(accounts.expected), strict=True):
        target[who] = figure[who]
    found.method[who], found.own_share[who] = _EVENTS, 1.0


def by_events(expected: Expected) -> tuple[Array, Array, Array]:
    """Value, 10th and 90th percentile of what is expected of each customer, taken as normal."""
    spread = _EDGE * expected.deviation
    return expected.value, expected.value - spread, expected.value + spread


def _prospects(accounts: Accounts, learnt: Learnt, rules: ValueRules) -> tuple[Array, Array, Array]:
    """Current value, potential, p(alive)."""
    p_alive = _p_alive(accounts, learnt)
    current = mean_profit(accounts) * pace(rules, accounts.period).annuity
    return current, _potential(accounts, learnt, rules, np.where(np.isnan(p_alive), 1.0, p_alive)), p_alive


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
