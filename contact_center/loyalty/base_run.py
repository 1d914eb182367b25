"""What one reckoning of the whole base found and learnt: kept, so that single figures can be explained later.

The models, cut-offs and scales of a run value one customer by every method that fits him; its totals make the
curve of customer equity.
"""

from dataclasses import dataclass

from contact_center.loyalty.accounts import Accounts
from contact_center.loyalty.profile import Segment
from contact_center.loyalty.purchase_model import DAYS_PER_WEEK
from contact_center.loyalty.reckoning import Lesson
from contact_center.loyalty.segments import RfmScale, fifths


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseRun:
    """One reckoning at `at` (epoch seconds) under version `policy`; `equity` in the company's currency."""

    at: float
    policy: int
    customers: int
    equity: float
    segments: tuple[Segment, ...]
    lesson: Lesson


def rfm_scale(sample: Accounts) -> RfmScale | None:
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
