"""A customer's money per period: what was sold, what it cost to serve, what profit was left.

Money is `Decimal` here and becomes float only inside the models. The identities the tests hold:
volume = Σ quantity × price, profit = Σ quantity × (price − cost) − service − spend + indirect benefit.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import median
from typing import Final, Literal

TransactionKind = Literal["order", "renewal", "fee", "refund"]
BenefitKind = Literal["referral", "know_how", "co_marketing", "remedy"]
PeriodName = Literal["month", "quarter", "year"]

TRANSACTION_KINDS: Final[tuple[TransactionKind, ...]] = ("order", "renewal", "fee", "refund")
BENEFIT_KINDS: Final[tuple[BenefitKind, ...]] = ("referral", "know_how", "co_marketing", "remedy")
PERIODS_PER_YEAR: Final[dict[PeriodName, int]] = {"month": 12, "quarter": 4, "year": 1}
PERIOD_DAYS: Final[dict[PeriodName, float]] = {"month": 365.25 / 12, "quarter": 365.25 / 4, "year": 365.25}


@dataclass(frozen=True, slots=True, kw_only=True)
class Transaction:
    """One sale or refund. `at` in epoch seconds; `quantity` is positive, a refund counts against volume.

    `id` is the sender's own number for it: the same id again is the same transaction.
    """

    id: str
    customer: str
    at: float
    kind: TransactionKind = "order"
    quantity: Decimal = Decimal(1)
    unit_price: Decimal
    unit_cost: Decimal = Decimal(0)
    currency: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Benefit:
    """Indirect benefit of a customer: a referral, know-how, joint marketing; or a remedy, which we gave him.

    `at` in epoch seconds; `amount` is what it brought us, negative for a remedy.
    """

    id: str
    customer: str
    at: float
    kind: BenefitKind
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceRates:
    """What an agent's minute costs, all in, and what a channel costs per contact."""

    per_minute: Decimal = Decimal("0.90")
    channel_fee: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """A customer's ledger row."""

    volume: Decimal = Decimal(0)
    goods_profit: Decimal = Decimal(0)
    service_cost: Decimal = Decimal(0)
    spend: Decimal = Decimal(0)
    indirect_benefit: Decimal = Decimal(0)

    @property
    def profit(self) -> Decimal:
        return self.goods_profit - self.service_cost - self.spend + self.indirect_benefit


def period(
    transactions: Iterable[Transaction],
    benefits: Iterable[Benefit] = (),
    service_cost: Decimal = Decimal(0),
    spend: Decimal = Decimal(0),
) -> Period:
    """The ledger row of one period from all that happened in it."""
    volume = goods = Decimal(0)
    for sale in transactions:
        sign = -1 if sale.kind == "refund" else 1
        volume += sign * sale.quantity * sale.unit_price
        goods += sign * sale.quantity * (sale.unit_price - sale.unit_cost)
    return Period(
        volume=volume,
        goods_profit=goods,
        service_cost=service_cost,
        spend=spend,
        indirect_benefit=sum((b.amount for b in benefits), Decimal(0)),
    )


def service_cost(
    *, talk_s: float, hold_s: float, wrap_up_s: float, rates: ServiceRates, compensation: Decimal = Decimal(0)
) -> Decimal:
    """What one contact cost: the agent's time, the channel, and what was given to make good."""
    minutes = Decimal(str(talk_s + hold_s + wrap_up_s)) / 60
    return minutes * rates.per_minute + rates.channel_fee + compensation


def period_name(gaps_days: Sequence[float]) -> PeriodName:
    """The time unit of a segment: the smallest period not shorter than its median gap between purchases."""
    gap = median(gaps_days) if gaps_days else 0.0
    fitting: tuple[PeriodName, ...] = ("month", "quarter", "year")
    return next((name for name in fitting if PERIOD_DAYS[name] >= gap), "year")


def periodic_rate(yearly: float, periods_per_year: int) -> float:
    """The discount rate per period that compounds to `yearly` in a year."""
    return float((1 + yearly) ** (1 / periods_per_year) - 1)
