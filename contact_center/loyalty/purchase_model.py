"""Who still buys, how often, for how much: BG/NBD with Gamma-Gamma spend, over a whole base at once.

Fader, Hardie and Lee (2005). A customer is summarised by x repeat purchases (distinct days less the first),
t_x the age at the last and T the age now, in one unit (weeks below). All functions take scalars or arrays
of one shape and give float64 of that shape.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize
from scipy.special import betaln, gammaln, hyp2f1

Array = NDArray[np.float64]
DAYS_PER_WEEK: Final = 7.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseHistory:
    """Arrays of shape (customers,): repeats, age at the last purchase and now (weeks), mean repeat spend.

    `spend` is 0 for customers without a repeat purchase.
    """

    repeats: Array
    last_age: Array
    age: Array
    spend: Array


def summarised(days: Iterable[tuple[str, int, float]], cut_off_day: int) -> tuple[list[str], PurchaseHistory]:
    """Customer ids in order of appearance and their history, from (customer, day number, amount) rows.

    Purchases of one day are one purchase; those after the cut-off are left out.
    """
    by_customer: dict[str, dict[int, float]] = {}
    for customer, day, amount in days:
        if day <= cut_off_day:
            purchases = by_customer.setdefault(customer, {})
            purchases[day] = purchases.get(day, 0.0) + amount
    rows = np.zeros((len(by_customer), 4))
    for row, purchases in zip(rows, by_customer.values(), strict=True):
        first, last = min(purchases), max(purchases)
        repeats = [amount for day, amount in purchases.items() if day != first]
        row[:] = (
            len(repeats),
            (last - first) / DAYS_PER_WEEK,
            (cut_off_day - first) / DAYS_PER_WEEK,
            sum(repeats) / len(repeats) if repeats else 0.0,
        )
    return list(by_customer), PurchaseHistory(
        repeats=rows[:, 0], last_age=rows[:, 1], age=rows[:, 2], spend=rows[:, 3]
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseModel:
    """BG/NBD: purchase rate ~ gamma(r, alpha), drop-out after a purchase ~ beta(a, b)."""

    r: float
    alpha: float
    a: float
    b: float

    def log_likelihood(self, repeats: ArrayLike, last_age: ArrayLike, age: ArrayLike) -> Array:
        """Per customer."""
        r, alpha, a, b = self.r, self.alpha, self.a, self.b
        x, t_x, total = (np.asarray(v, dtype=np.float64) for v in (repeats, last_age, age))
        shared = gammaln(r + x) - gammaln(r) + r * np.log(alpha)
        shared = shared + gammaln(a + b) + gammaln(b + x) - gammaln(b) - gammaln(a + b + x)
        alive = -(r + x) * np.log(alpha + total)
        dead = np.log(a) - np.log(b + np.maximum(x, 1) - 1) - (r + x) * np.log(alpha + t_x)
        return np.asarray(shared + np.where(x > 0, np.logaddexp(alive, dead), alive))

    def _odds_dead(self, x: Array, t_x: Array, total: Array) -> Array:
        ratio = (self.r + x) * (np.log(self.alpha + total) - np.log(self.alpha + t_x))
        odds = self.a / (self.b + np.maximum(x, 1) - 1) * np.exp(np.minimum(ratio, 700))
        return np.asarray(np.where(x > 0, odds, 0.0))

    def p_alive(self, repeats: ArrayLike, last_age: ArrayLike, age: ArrayLike) -> Array:
        """The probability that the customer still buys, 0-1."""
        x, t_x, total = (np.asarray(v, dtype=np.float64) for v in (repeats, last_age, age))
        return np.asarray(1 / (1 + self._odds_dead(x, t_x, total)))

    def frequencies(self, age: Array, most: int) -> Array:
        """How many of customers of these ages have 0, 1, … repeats, the last being `most` or more."""
        r, alpha, a, b = self.r, self.alpha, self.a, self.b
        share = alpha / (alpha + age)
        counts = np.zeros(most + 1)
        below = np.zeros_like(age)  # P(fewer than x purchases by a buyer who never drops out)
        for x in range(most):
            at_x = np.exp(gammaln(r + x) - gammaln(r) - gammaln(x + 1)) * share**r * (1 - share) ** x
            stays = np.exp(betaln(a, b + x) - betaln(a, b))
            p = stays * at_x
            if x > 0:
                p = p + np.exp(betaln(a + 1, b + x - 1) - betaln(a, b)) * (1 - below)
            counts[x] = p.sum()
            below = below + at_x
        counts[most] = len(age) - counts[:most].sum()
        return counts

    def expected(self, span: ArrayLike) -> Array:
        """Repeat purchases of a new customer within `span`."""
        r, alpha, a, b = self.r, self.alpha, self.a, self.b
        t = np.asarray(span, dtype=np.float64)
        gone = (alpha / (alpha + t)) ** r * hyp2f1(r, b, a + b - 1, t / (alpha + t))
        return np.asarray((a + b - 1) / (a - 1) * (1 - gone))

    def expected_next(
        self, span: ArrayLike, repeats: ArrayLike, last_age: ArrayLike, age: ArrayLike
    ) -> Array:
        """Purchases within the next `span` of a customer with this history."""
        r, alpha, a, b = self.r, self.alpha, self.a, self.b
        t, x, t_x, total = (np.asarray(v, dtype=np.float64) for v in (span, repeats, last_age, age))
        gone = ((alpha + total) / (alpha + total + t)) ** (r + x)
        gone = gone * hyp2f1(r + x, b + x, a + b + x - 1, t / (alpha + total + t))
        return np.asarray((a + b + x - 1) / (a - 1) * (1 - gone) / (1 + self._odds_dead(x, t_x, total)))


@dataclass(frozen=True, slots=True, kw_only=True)
class SpendModel:
    """Gamma-Gamma: a customer's mean spend per purchase, given his repeats."""

    p: float
    q: float
    gamma: float

    def expected(self, repeats: ArrayLike, spend: ArrayLike) -> Array:
        """Mean spend per future purchase; with no repeat purchase, the base's."""
        x, z = (np.asarray(v, dtype=np.float64) for v in (repeats, spend))
        return np.asarray(self.p * (self.gamma + x * z) / (self.p * x + self.q - 1))

    def log_likelihood(self, repeats: ArrayLike, spend: ArrayLike) -> Array:
        """Per customer with at least one repeat purchase and a positive mean spend."""
        x, z = (np.asarray(v, dtype=np.float64) for v in (repeats, spend))
        p, q, gamma = self.p, self.q, self.gamma
        shape = p * x
        return np.asarray(
            gammaln(shape + q)
            - gammaln(shape)
            - gammaln(q)
            + q * np.log(gamma)
            + (shape - 1) * np.log(z)
            + shape * np.log(x)
            - (shape + q) * np.log(gamma + x * z)
        )


class NoFit(Exception):  # noqa: N818  # says what is the case
    """The likelihood has no maximum on these data, or too few customers came back."""


def fit_purchases(history: PurchaseHistory) -> PurchaseModel:
    """The BG/NBD of greatest likelihood; raises `NoFit`."""
    if not (history.repeats > 0).any():
        raise NoFit("nobody bought twice")
    scale = float(history.age.max()) or 1.0  # ages of order 1 condition the search well
    x, t_x, total = history.repeats, history.last_age / scale, history.age / scale

    def at(values: Array) -> PurchaseModel:
        return PurchaseModel(**dict(zip(("r", "alpha", "a", "b"), map(float, values), strict=True)))

    best = _greatest(
        lambda v: float(at(v).log_likelihood(x, t_x, total).mean()), (0.5, 0.2, 1.0, 2.0), bound=12.0
    )
    if np.abs(np.log(best)).max() > 11.9:
        raise NoFit("the likelihood has no maximum on these data")
    found = at(best)
    return PurchaseModel(r=found.r, alpha=found.alpha * scale, a=found.a, b=found.b)


def fit_spend(history: PurchaseHistory) -> SpendModel:
    """The Gamma-Gamma of greatest likelihood over the customers who bought again; raises `NoFit`.

    Where everybody always spends the same, or all spend alike, parameters grow without end and the mean spend
    does not change any more: there the search stops at its bound.
    """
    again = (history.repeats > 0) & (history.spend > 0)
    if again.sum() < 2:
        raise NoFit("fewer than two customers bought again")
    x, z = history.repeats[again], history.spend[again]
    scale = float(z.mean())

    def at(values: Array) -> SpendModel:
        return SpendModel(**dict(zip(("p", "q", "gamma"), map(float, values), strict=True)))

    best = _greatest(lambda v: float(at(v).log_likelihood(x, z / scale).mean()), (1.0, 2.0, 1.0), bound=8.0)
    found = at(best)
    return SpendModel(p=found.p, q=found.q, gamma=found.gamma * scale)


def _greatest(objective: Any, start: tuple[float, ...], *, bound: float) -> Array:
    """The positive parameters that maximise the objective, searched by their logarithms up to ± `bound`."""
    bounds = [(-bound, bound)] * len(start)
    loss: Callable[[Array], float] = lambda logs: -objective(np.exp(logs))  # noqa: E731  # used twice
    rough = minimize(loss, np.log(start), method="L-BFGS-B", bounds=bounds, options={"ftol": 1e-13})
    fine = minimize(
        loss,
        rough.x,
        method="Nelder-Mead",
        bounds=bounds,
        options={"xatol": 1e-7, "fatol": 1e-13, "maxfev": 800, "adaptive": True},
    )
    best = fine if fine.fun <= rough.fun else rough
    if not np.isfinite(best.fun):
        raise NoFit("the likelihood has no maximum on these data")
    return np.asarray(np.exp(best.x))


def lifetime_value(
    purchases: PurchaseModel,
    spend: SpendModel,
    history: PurchaseHistory,
    *,
    rate: float,
    periods: int,
    margin: float = 1.0,
    span: float = 1.0,
) -> Array:
    """Discounted profit of the next `periods` spans of time, shape (customers,).

    `span` is in the unit of the history (weeks), `rate` per span, `margin` a share of the spend.
    """
    x, t_x, total = history.repeats, history.last_age, history.age
    value, before = np.zeros_like(x), np.zeros_like(x)
    for i in range(1, periods + 1):
        until = purchases.expected_next(i * span, x, t_x, total)
        value += (until - before) / (1 + rate) ** i
        before = until
    return np.asarray(margin * spend.expected(x, history.spend) * value)
