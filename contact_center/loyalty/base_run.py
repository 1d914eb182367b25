"""What one reckoning of the whole base found and learnt: kept, so that single figures can be explained later.

The models, cut-offs and scales of a run value one customer by every method that fits him; its totals make the
curve of customer equity.
"""

from dataclasses import dataclass

import numpy as np

from contact_center.loyalty.ledger import PeriodName
from contact_center.loyalty.profile import Segment
from contact_center.loyalty.purchase_model import DAYS_PER_WEEK, PurchaseModel, SpendModel
from contact_center.loyalty.reckoning import BasisOfAll
from contact_center.loyalty.segments import CutOffs, RfmScale, fifths
from contact_center.loyalty.valuation import Accounts, Learnt


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """`valuation.Learnt` as plain values, with the basis of the base and the scales of its RFM scores."""

    money: bool
    period: PeriodName
    reference_volume: float
    usual_profit: float
    margin: float
    by_recency: tuple[float, ...]
    purchases: PurchaseModel | None
    spend: SpendModel | None
    cut: CutOffs
    rfm: RfmScale | None

    @property
    def basis(self) -> BasisOfAll:
        return BasisOfAll(money=self.money, period=self.period)

    def learnt(self) -> Learnt:
        return Learnt(
            reference_volume=self.reference_volume,
            usual_profit=self.usual_profit,
            margin=self.margin,
            by_recency=np.array(self.by_recency, np.float64),
            purchases=self.purchases,
            spend=self.spend,
            cut=self.cut,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseRun:
    """One reckoning at `at` (epoch seconds) under version `policy`; `equity` in the company's currency."""

    at: float
    policy: int
    customers: int
    equity: float
    segments: tuple[Segment, ...]
    lesson: Lesson


def lesson(learnt: Learnt, basis: BasisOfAll, sample: Accounts) -> Lesson:
    """What is kept of a sample and of what it taught."""
    return Lesson(
        money=basis.money,
        period=basis.period,
        reference_volume=learnt.reference_volume,
        usual_profit=learnt.usual_profit,
        margin=learnt.margin,
        by_recency=tuple(float(v) for v in learnt.by_recency),
        purchases=learnt.purchases,
        spend=learnt.spend,
        cut=learnt.cut,
        rfm=_scale(sample) if basis.money else None,
    )


def _scale(sample: Accounts) -> RfmScale | None:
    """The scales of those who bought at all; None of nobody."""
    found = [rfm_inputs(sample, i) for i in range(len(sample.first))]
    bought = [each for each in found if each is not None]
    if not bought:
        return None
    recency, frequency, money = zip(*bought, strict=True)
    return RfmScale(
        recency=fifths(recency, best_is_high=False),
        frequency=fifths(frequency, best_is_high=True),
        money=fifths(money, best_is_high=True),
    )


def rfm_inputs(accounts: Accounts, i: int) -> tuple[float, float, float] | None:
    """Days since the last purchase, number of purchase days, money of the periods looked at."""
    money = float(accounts.volumes[i].sum())
    if money <= 0:
        return None
    history = accounts.history
    days = float(history.age[i] - history.last_age[i]) * DAYS_PER_WEEK
    return round(days, 3), float(history.repeats[i]) + 1, money
