"""From contacts, answers, promises and complaints to the inputs of the loyalty index, for many customers.

Each kind of evidence is a set of columns with one row per piece; `customer` is the row of the customer in the
result. Times are epoch seconds.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from contact_center.loyalty.base import Array, Flags, complaint_factors, shrunk_by
from contact_center.loyalty.index import IndexRules
from contact_center.loyalty.measures import FCR_WINDOW_S

Rows = NDArray[np.int64]
DAY_S = 86_400.0


def _rows() -> Rows:
    return np.zeros(0, np.int64)


def _values() -> Array:
    return np.zeros(0)


def _flags() -> Flags:
    return np.zeros(0, bool)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contacts:
    """Interactions that asked for something; `reason` is a number per disposition, negative without one.

    `work_s` is the agent's time: talk, hold and wrap-up.
    """

    customer: Rows = field(default_factory=_rows)
    at: Array = field(default_factory=_values)
    wait_s: Array = field(default_factory=_values)
    abandoned: Flags = field(default_factory=_flags)
    handled: Flags = field(default_factory=_flags)
    reason: Rows = field(default_factory=_rows)
    work_s: Array = field(default_factory=_values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """Survey answers as scores 0-1."""

    customer: Rows = field(default_factory=_rows)
    at: Array = field(default_factory=_values)
    score: Array = field(default_factory=_values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaints:
    """`severity` 0.5, 0.75 or 1; `repaired` in time."""

    customer: Rows = field(default_factory=_rows)
    at: Array = field(default_factory=_values)
    severity: Array = field(default_factory=_values)
    repaired: Flags = field(default_factory=_flags)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What is known of each customer apart from contacts: NaN where it is not. Months; shares 0-1.

    `p_alive` is the hazard term: of who has a contract, the chance that it outlasts the year.
    """

    tenure_months: Array
    products: Array
    contract_months_left: Array
    p_alive: Array
    repeat: Array
    referral: Array


def solved(contacts: Contacts) -> Array:
    """1 for a handled contact not followed by another for its reason in seven days, else 0; NaN for no issue.

    A contact still inside its seven days counts as solved until another comes.
    """
    order = np.lexsort((contacts.at, contacts.reason, contacts.customer))
    who, reason, at = contacts.customer[order], contacts.reason[order], contacts.at[order]
    again = np.zeros(len(order), bool)
    if len(order) > 1:
        same = (who[1:] == who[:-1]) & (reason[1:] == reason[:-1]) & (reason[1:] >= 0)
        again[:-1] = same & (at[1:] - at[:-1] <= FCR_WINDOW_S)
    found = np.empty(len(order))
    found[order] = np.where(again, 0.0, 1.0)
    return np.where(contacts.handled & (contacts.reason >= 0), found, np.nan)


def inputs(
    *,
    contacts: Contacts,
    answers: dict[str, Answers],
    promises: Answers,
    complaints: Complaints,
    standing: Standing,
    now: float,
    rules: IndexRules,
) -> dict[str, Array]:
    """The index inputs by name, shape (customers,), NaN where nothing is known."""
    n = len(standing.tenure_months)
    found = {
        "fcr": _shrunk(contacts.customer, contacts.at, solved(contacts), n, now, rules),
        "wait": _shrunk(contacts.customer, contacts.at, _patience(contacts, rules), n, now, rules),
        "promise": _shrunk(promises.customer, promises.at, promises.score, n, now, rules),
        "complaint": complaint_factors(
            complaints.customer, _age(complaints.at, now), complaints.severity, complaints.repaired, n, rules
        ),
        "tenure": np.minimum(1.0, standing.tenure_months / 60),
        "products": np.minimum(1.0, standing.products / 4),
        "contract": np.minimum(1.0, np.maximum(0.0, standing.contract_months_left) / 12),
        "p_alive": standing.p_alive,
        "repeat": standing.repeat,
        "cross_buy": np.clip((standing.products - 1) / 3, 0.0, 1.0),
        "referral": standing.referral,
    }
    return found | {
        name: _shrunk(given.customer, given.at, given.score, n, now, rules) for name, given in answers.items()
    }


def _patience(contacts: Contacts, rules: IndexRules) -> Array:
    return np.where(contacts.abandoned, 0.0, np.maximum(0.0, 1 - contacts.wait_s / rules.patience_s))


def _age(at: Array, now: float) -> Array:
    return np.maximum(0.0, (now - at) / DAY_S)


def _shrunk(customer: Rows, at: Array, score: Array, n: int, now: float, rules: IndexRules) -> Array:
    age = _age(at, now)
    recent = (age <= rules.window_days) & ~np.isnan(score)
    return shrunk_by(customer[recent], age[recent], score[recent], n, rules)
