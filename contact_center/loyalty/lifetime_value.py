"""What a customer will still bring: lifetime profit by retention, migration, events, and as it is now.

Future expected profit, discounted; what is past is reported apart. Rates are per period of the figures given.
The retention formulas are those of Berger and Nasr (1998), the migration model Dwyer's (1989); both speak of
a customer of a group, never of one person. Fitted and probabilistic models stand in modules of their own.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

Method = Literal[
    "segment_retention",
    "segment_migration",
    "renewal_model",
    "purchase_model",
    "fitted_curve",
    "customer_events",
    "none",
]


# -- groups: retention (lost for good) -----------------------------------------------------------------


def retention(*, margin: float, marketing: float, retention: float, rate: float, years: int) -> float:
    """One sale a year, promoted at mid-year; the sale at year 0 included (Berger–Nasr case 1)."""
    sales = sum((retention / (1 + rate)) ** i for i in range(years + 1))
    return margin * sales - marketing * _promotion(retention, rate, years)


def retention_slow(
    *, margin: float, marketing: float, retention: float, rate: float, cycle_years: int, years: int
) -> float:
    """One sale every `cycle_years`; `retention` is per cycle (case 2a)."""
    cycles = years // cycle_years
    sales: float = sum(retention**i / (1 + rate) ** (i * cycle_years) for i in range(cycles + 1))
    return margin * sales - marketing * _promotion(retention ** (1 / cycle_years), rate, years)


def retention_fast(
    *, margin: float, marketing: float, retention: float, rate: float, per_year: int, years: int
) -> float:
    """`per_year` sales a year; `retention` is per sale (case 2b)."""
    sales: float = sum(retention**i / (1 + rate) ** (i / per_year) for i in range(per_year * years + 1))
    return margin * sales - marketing * _promotion(retention**per_year, rate, years)


def _promotion(yearly_retention: float, rate: float, years: int) -> float:
    """Σ of what one unit a year of promotion is worth, paid at mid-year to those still there."""
    total: float = sum(yearly_retention ** (i - 1) / (1 + rate) ** (i - 0.5) for i in range(1, years + 1))
    return total


# -- groups: migration (always a share) ----------------------------------------------------------------


def migration_buyers(probabilities: Sequence[float], starting: float, periods: int) -> list[float]:
    """Expected buyers of period 0..`periods` out of `starting`.

    `probabilities[j-1]` is the chance to buy of who bought j periods ago; beyond the last he is lost.
    """
    buyers = [starting]
    for i in range(1, periods + 1):
        total, silent = 0.0, 1.0
        for j in range(1, min(i, len(probabilities)) + 1):
            total += buyers[i - j] * probabilities[j - 1] * silent
            silent *= 1 - probabilities[j - 1]
        buyers.append(total)
    return buyers


# -- one customer: known events ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedEvent:
    """Something a forecaster expects of one customer. `probability` is a judgement: whose, and on what basis.

    `period` counts from now; `dated` is when the judgement was made (epoch seconds).
    """

    period: float
    probability: float
    revenue: float
    cost: float
    author: str = ""
    basis: str = ""
    dated: float = 0.0


def customer_events(events: Sequence[ExpectedEvent], rate: float) -> float:
    """The expected profit of all events, discounted."""
    return math.fsum(e.probability * (e.revenue - e.cost) / (1 + rate) ** e.period for e in events)


# -- lifetime profit = current value + growth potential --------------------------------------------------


def annuity(retention: float, rate: float, periods: int) -> float:
    """The present value of one unit a period, kept with `retention` each period; from 1 to `periods`."""
    q = retention / (1 + rate)
    return float(periods) if q == 1 else q * (1 - q**periods) / (1 - q)


def current_value(profits: Sequence[float], *, retention: float, rate: float, periods: int) -> float:
    """What it is worth if the present pattern just goes on: the mean of the last three profits, kept."""
    last = profits[-3:]
    return sum(last) / len(last) * annuity(retention, rate, periods) if last else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Chance:
    """An action that may shift the pattern: how likely, what it would add (present value), what it costs."""

    probability: float
    gain: float
    cost: float = 0.0


def growth_potential(chances: Sequence[Chance]) -> float:
    """Σ probability × gain − cost over the feasible actions."""
    return sum(c.probability * c.gain - c.cost for c in chances)


def discounted(profits: Sequence[float], rate: float) -> float:
    """The present value of future profits, the first of them one period away."""
    return sum(p / (1 + rate) ** h for h, p in enumerate(profits, start=1))


# -- which method ----------------------------------------------------------------------------------------

FEWEST_PROFITS = 5
CAP_OF_SEGMENT: Final = 1.25
"""No fitted curve goes on above this multiple of the 95th percentile of the base's profits per period."""
BLEND_PERIODS = 6


def method_for(
    *, profit_periods: int, exploring: bool, contractual: bool, events_known: bool, purchases_modelled: bool
) -> Method:
    """Which method suits what is known. The customer's own large known events go before any curve."""
    if events_known:
        return "customer_events"
    if contractual:
        return "renewal_model"
    if profit_periods < FEWEST_PROFITS or exploring:
        return "segment_migration"
    return "purchase_model" if purchases_modelled else "fitted_curve"


def blended(own: float, of_segment: float, periods: int) -> float:
    """One's own figure counts the more the more periods stand behind it: n/(n+6)."""
    weight = periods / (periods + BLEND_PERIODS)
    return weight * own + (1 - weight) * of_segment
