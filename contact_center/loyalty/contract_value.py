"""What customers under contract will bring: each renewal is a decision, and the faithful ever more so.

With enough ended contracts the shares that stay are learnt (shifted beta-geometric, `renewal_model`);
without, they are the policy's. Contracts are taken to run for a year. In columns: one row per customer.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from contact_center.loyalty.renewal_model import RenewalModel, fit_contracts

Array = NDArray[np.float64]
MOST_RENEWALS: Final = 15
FEWEST_ENDED: Final = 30
"""Fewer ended contracts teach nothing about renewals."""
YEAR_MONTHS: Final = 12.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Contracts:
    """Months since business began, and months left of the contract: negative once over, NaN without one."""

    tenure_months: Array
    months_left: Array

    @property
    def renewal(self) -> NDArray[np.int64]:
        """The number of the decision that comes, or came, at the end of the contract; from 1."""
        years = (self.tenure_months + np.nan_to_num(self.months_left)) / YEAR_MONTHS
        return np.clip(np.round(years), 1, MOST_RENEWALS).astype(np.int64)


def learn_renewals(contracts: Contracts) -> RenewalModel | None:
    """From who stayed and who left; None while too few left."""
    known, ended = ~np.isnan(contracts.months_left), contracts.months_left <= 0
    if (known & ended).sum() < FEWEST_ENDED:
        return None
    length = MOST_RENEWALS + 1
    left = np.bincount(contracts.renewal[known & ended], minlength=length)[1:]
    stayed = np.bincount(contracts.renewal[known & ~ended] - 1, minlength=length)[:length]
    return fit_contracts(left.tolist(), stayed.tolist())


def kept_shares(
    model: RenewalModel | None, contracts: Contracts, *, kept: float, per_year: int, horizon: int
) -> Array:
    """The chance that each customer is still there in each of the next periods: (customers, horizon).

    Without a model `kept` is lost evenly, per period.
    """
    ahead = np.arange(1, horizon + 1)
    if model is None:
        return np.broadcast_to(kept**ahead, (len(contracts.months_left), horizon))
    stays = np.array([model.retention(n) for n in range(1, MOST_RENEWALS + horizon + 1)])
    along = np.array([
        np.concatenate([[1.0], np.cumprod(stays[n : n + horizon])]) for n in range(MOST_RENEWALS)
    ])  # fmt: skip
    left = np.clip(np.nan_to_num(contracts.months_left) * per_year / YEAR_MONTHS, 0, horizon)
    passed = np.ceil((ahead - np.floor(left)[:, None]) / per_year).clip(0, horizon).astype(np.int64)
    return np.asarray(along[contracts.renewal[:, None] - 1, passed], np.float64)


def churn_in_year(model: RenewalModel | None, contracts: Contracts, kept_monthly: float) -> Array:
    """The chance that each customer leaves within twelve months: NaN for who has no running contract.

    Who leaves does so at a renewal: the next decision counts when it falls within the year, and nobody leaves
    before. Without a model it is what the share kept each month says of everybody alike.
    """
    running = contracts.months_left > 0
    if model is None:
        return np.where(running, 1 - kept_monthly**YEAR_MONTHS, np.nan)
    leave = np.array([1 - model.retention(n) for n in range(1, MOST_RENEWALS + 1)])
    due = contracts.months_left < YEAR_MONTHS
    return np.where(running, np.where(due, leave[contracts.renewal - 1], 0.0), np.nan)


def by_contract(profit: Array, shares: Array, rate: float) -> tuple[Array, Array, Array]:
    """Value, 10th and 90th percentile of a steady `profit` per period while the contract lasts.

    The interval is that of how long he stays; the profit of a period is taken at its mean.
    """
    discount = (1 + rate) ** -np.arange(1, shares.shape[1] + 1)
    value = profit * (shares * discount).sum(axis=1)
    ends = [profit * (np.where(shares >= share, discount, 0.0)).sum(axis=1) for share in (0.9, 0.1)]
    return value, np.minimum(*ends), np.maximum(*ends)
