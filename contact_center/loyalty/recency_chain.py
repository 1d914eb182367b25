"""Lifetime value as a Markov chain over recency (Pfeifer and Carraway 2000), and when to stop contacting.

State j (0-based) is "bought j+1 periods ago, may be contacted"; the last state is lost. Arrays are float64.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecencyChain:
    """`probabilities` of buying by recency, `contribution` of a purchase, `contact` cost a period."""

    probabilities: Sequence[float]
    contribution: float
    contact: float
    rate: float

    def matrix(self) -> Array:
        """Transition probabilities, shape (k+1, k+1); every row sums to 1."""
        k = len(self.probabilities)
        p = np.zeros((k + 1, k + 1))
        for j, buys in enumerate(self.probabilities):
            p[j, 0] = buys
            p[j, j + 1] = 1 - buys
        p[k, k] = 1
        return p

    def rewards(self) -> Array:
        """What a period in each state brings, shape (k+1,): a buyer's contribution, less the contact."""
        r = np.full(len(self.probabilities) + 1, -self.contact)
        r[0] += self.contribution
        r[-1] = 0
        return r

    def value(self, periods: int) -> Array:
        """The value of each state over now and `periods` more."""
        step, reward = self.matrix() / (1 + self.rate), self.rewards()
        total = reward.copy()
        for _ in range(periods):
            total = reward + step @ total
        return total

    def lasting_value(self) -> Array:
        """The value of each state for ever: the solution of V = R + PV/(1+d)."""
        step = self.matrix() / (1 + self.rate)
        return np.asarray(np.linalg.solve(np.eye(len(step)) - step, self.rewards()), dtype=np.float64)

    def stop_at(self) -> int | None:
        """The recency (from 1) from which contacting costs more than it brings; None when it never does."""
        worth = self.lasting_value()[:-1]
        losing = np.flatnonzero(worth < 0)
        return int(losing[0]) + 1 if len(losing) else None
