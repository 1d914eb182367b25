"""Contracts that are renewed or not: retention that rises as the doubtful leave (sBG), and survival curves.

Shifted beta-geometric, Fader and Hardie (2007); Kaplan and Meier (1958).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.optimize import minimize
from scipy.special import betaln, hyp2f1


@dataclass(frozen=True, slots=True, kw_only=True)
class RenewalModel:
    """Each customer's chance to leave at a renewal ~ beta(alpha, beta)."""

    alpha: float
    beta: float

    def retention(self, renewal: int) -> float:
        """The share that stays at the `renewal`-th renewal (from 1) of those who came to it."""
        return (self.beta + renewal - 1) / (self.alpha + self.beta + renewal - 1)

    def survival(self, renewals: int) -> float:
        """The share of beginners still there after `renewals` renewals."""
        share = 1.0
        for renewal in range(1, renewals + 1):
            share *= self.retention(renewal)
        return share

    def residual(self, renewal: int, rate: float) -> float:
        """Discounted expected residual lifetime of somebody about to make the `renewal`-th decision."""
        a, b, n = self.alpha, self.beta, renewal
        return float(self.retention(n) * hyp2f1(1, b + n, a + b + n, 1 / (1 + rate)))

    def log_likelihood(self, survivors: Sequence[float]) -> float:
        """Of a cohort's survivors by renewal, the beginners first."""
        alive = np.asarray(survivors, dtype=np.float64)
        lost, t = alive[:-1] - alive[1:], np.arange(1, len(alive))
        leaving = betaln(self.alpha + 1, self.beta + t - 1) - betaln(self.alpha, self.beta)
        staying = betaln(self.alpha, self.beta + t[-1]) - betaln(self.alpha, self.beta)
        return float((lost * leaving).sum() + alive[-1] * staying)


def fit_renewals(survivors: Sequence[float]) -> RenewalModel:
    """The sBG of greatest likelihood; at least two counts, never rising."""
    if len(survivors) < 2 or any(b > a for a, b in pairwise(survivors)):
        raise ValueError("survivors are at least two counts, none greater than the one before")
    found = minimize(
        lambda logs: -RenewalModel(alpha=np.exp(logs[0]), beta=np.exp(logs[1])).log_likelihood(survivors),
        np.zeros(2),
        method="Nelder-Mead",
        options={"xatol": 1e-9, "fatol": 1e-9, "maxiter": 5000},
    )
    alpha, beta = np.exp(found.x)
    return RenewalModel(alpha=float(alpha), beta=float(beta))


def fit_contracts(left: Sequence[float], stayed: Sequence[float]) -> RenewalModel:
    """The sBG of greatest likelihood of contracts of all ages.

    `left[n-1]` ended at the n-th renewal; `stayed[n]` made n renewals and are still there.
    """
    gone, here = np.asarray(left, np.float64), np.asarray(stayed, np.float64)
    renewal, made = np.arange(1, len(gone) + 1), np.arange(len(here))

    def unlikely(logs: Sequence[float]) -> float:
        a, b = np.exp(np.clip(logs, -8, 8))
        leaving, staying = betaln(a + 1, b + renewal - 1), betaln(a, b + made)
        return -float(
            (gone * leaving).sum() + (here * staying).sum() - (gone.sum() + here.sum()) * betaln(a, b)
        )

    found = minimize(unlikely, np.zeros(2), method="Nelder-Mead", options={"xatol": 1e-6, "fatol": 1e-9})
    alpha, beta = np.exp(np.clip(found.x, -8, 8))
    return RenewalModel(alpha=float(alpha), beta=float(beta))


def kaplan_meier(durations: Sequence[float], ended: Sequence[bool]) -> dict[float, float]:
    """The share still there after each time somebody left; who did not leave is seen until his duration."""
    share, curve = 1.0, {}
    for time in sorted({d for d, gone in zip(durations, ended, strict=True) if gone}):
        watched = sum(d >= time for d in durations)
        left = sum(d == time and gone for d, gone in zip(durations, ended, strict=True))
        share *= 1 - left / watched
        curve[time] = share
    return curve
