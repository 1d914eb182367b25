"""Pareto/NBD, the older model of purchases until one stops: our statistics meet a second published fit.

Schmittlein, Morrison and Colombo 1987, in the form of Fader and Hardie's note of 2005. Ages are weeks.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import gammaln, hyp2f1

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ParetoNbd:
    """Purchases come at a gamma(r, alpha) rate until a customer leaves, at a gamma(s, beta) rate."""

    r: float
    alpha: float
    s: float
    beta: float

    def _gone(self, x: Array, last: Array, age: Array) -> Array:
        """Log of A0: the weight of having left between the last purchase and now."""
        larger, smaller = max(self.alpha, self.beta), min(self.alpha, self.beta)
        b = self.s + 1 if self.alpha >= self.beta else self.r + x
        total = self.r + self.s + x

        def term(at: Array) -> Array:
            share = hyp2f1(total, b, total + 1, (larger - smaller) / (larger + at))
            return np.asarray(np.log(share) - total * np.log(larger + at))

        early, late = term(last), term(age)
        return np.asarray(early + np.log(-np.expm1(np.minimum(late - early, -1e-12))))

    def _still(self, x: Array, age: Array) -> Array:
        return np.asarray(-(self.r + x) * np.log(self.alpha + age) - self.s * np.log(self.beta + age))

    def log_likelihood(self, x: Array, last: Array, age: Array) -> Array:
        r, alpha, s, beta = self.r, self.alpha, self.s, self.beta
        whole = gammaln(r + x) - gammaln(r) + r * np.log(alpha) + s * np.log(beta)
        gone = np.log(s / (r + s + x)) + self._gone(x, last, age)
        return np.asarray(whole + np.logaddexp(self._still(x, age), gone))

    def alive(self, x: Array, last: Array, age: Array) -> Array:
        gone = np.log(self.s / (self.r + self.s + x)) + self._gone(x, last, age)
        return np.asarray(1 / (1 + np.exp(gone - self._still(x, age))))

    def expected(self, weeks: float, x: Array, last: Array, age: Array) -> Array:
        """Purchases within the next `weeks`."""
        r, alpha, s, beta = self.r, self.alpha, self.s, self.beta
        shrinking = 1 - ((beta + age) / (beta + age + weeks)) ** (s - 1)
        rate = (r + x) * (beta + age) / ((alpha + age) * (s - 1))
        return np.asarray(rate * shrinking * self.alive(x, last, age))


def fit_pareto_nbd(x: Array, last: Array, age: Array) -> ParetoNbd:
    """The most likely parameters; equal customers are counted, not repeated."""
    rows, count = np.unique(np.column_stack([x, last, age]), axis=0, return_counts=True)

    def unlikely(logs: Array) -> float:
        model = ParetoNbd(*np.exp(logs))
        return float(-(count * model.log_likelihood(*rows.T)).sum())

    found = minimize(unlikely, np.log([0.5, 10.0, 0.5, 10.0]), method="L-BFGS-B")
    return ParetoNbd(*np.exp(found.x))
