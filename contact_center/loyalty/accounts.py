"""What is known of customers' money, in columns: one row per customer, and the pace it is reckoned in."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from contact_center.loyalty.base import Array, Flags
from contact_center.loyalty.contract_value import Contracts
from contact_center.loyalty.ledger import PERIODS_PER_YEAR, PeriodName, periodic_rate
from contact_center.loyalty.lifetime_value import annuity
from contact_center.loyalty.policy import ValueRules
from contact_center.loyalty.purchase_model import PurchaseHistory


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """Judged events of each customer within the horizon: how many, their value discounted, its spread."""

    count: Array
    value: Array
    deviation: Array


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
    contracts: Contracts | None = None
    expected: Expected | None = None
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


def usual_swing(accounts: Accounts, window: int) -> Array:
    """The standard deviation of each customer's volume smoothed over `window`, as a share of its peak.

    Half the mean squared difference of neighbouring periods estimates the variance whatever the trend.
    """
    volumes, width = accounts.volumes, accounts.volumes.shape[1]
    own = np.arange(width) >= accounts.first[:, None]
    total = np.pad(np.cumsum(volumes * own, axis=1), ((0, 0), (window, 0)))
    count = np.pad(np.cumsum(own, axis=1), ((0, 0), (window, 0)))
    shares = (total[:, window:] - total[:, :-window]) / np.maximum(count[:, window:] - count[:, :-window], 1)
    peak = shares.max(axis=1)
    pairs = own[:, :-1]
    squares = (np.diff(volumes, axis=1) ** 2 * pairs).sum(axis=1) / np.maximum(pairs.sum(axis=1), 1)
    deviation = np.sqrt(squares / 2 / window)
    return np.asarray(np.divide(deviation, peak, out=np.zeros(len(volumes)), where=peak > 0), np.float64)
