"""The published CDNOW fit, from the raw log: oracles O12-O15, O25, O26."""

import csv
import datetime as dt
import gzip
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from contact_center.loyalty.purchase_model import (
    NoFit,
    PurchaseHistory,
    PurchaseModel,
    SpendModel,
    fit_purchases,
    fit_spend,
    lifetime_value,
    summarised,
)
from tests.pareto_nbd import ParetoNbd, fit_pareto_nbd

CDNOW = Path(__file__).parents[1] / "data" / "cdnow"
CUT_OFF = dt.date(1997, 9, 30).toordinal()
PUBLISHED = PurchaseModel(r=0.243, alpha=4.414, a=0.793, b=2.426)
SPEND = SpendModel(p=6.25, q=3.74, gamma=15.44)


def _raw() -> list[tuple[str, int, float]]:
    with gzip.open(CDNOW / "CDNOW_sample.txt.gz", "rt") as log:
        rows = [line.split() for line in log]
    return [
        (row[1], dt.datetime.strptime(row[2], "%Y%m%d").date().toordinal(), float(row[4]))  # noqa: DTZ007
        for row in rows
    ]


def _published() -> NDArray[np.float64]:
    """Rows: repeats, age at the last purchase, age."""
    with gzip.open(CDNOW / "summary.csv.gz", "rt") as file:
        rows = [[float(r[name]) for name in ("frequency", "recency", "T")] for r in csv.DictReader(file)]
    return np.array(rows).T


@pytest.fixture(scope="module")
def raw() -> list[tuple[str, int, float]]:
    return _raw()


@pytest.fixture(scope="module")
def history(raw: list[tuple[str, int, float]]) -> PurchaseHistory:
    return summarised(raw, CUT_OFF)[1]


@pytest.fixture(scope="module")
def fitted(history: PurchaseHistory) -> PurchaseModel:
    return fit_purchases(history)


def test_o25a_the_statistics_from_the_raw_log_are_the_published_ones(history: PurchaseHistory) -> None:
    published, ours = _published(), np.array([history.repeats, history.last_age, history.age])
    assert published.shape == ours.shape == (3, 2357)
    assert (np.abs(ours - published) <= 0.011).all()
    assert (ours[0] == published[0]).all()


def test_o25b_totals(raw: list[tuple[str, int, float]], history: PurchaseHistory) -> None:
    assert (len(raw), round(sum(amount for *_, amount in raw), 2)) == (6919, 244091.94)
    assert history.repeats.sum() == 2457
    counts = [int((history.repeats == x).sum()) for x in range(7)]
    assert [*counts, int((history.repeats >= 7).sum())] == [1411, 439, 214, 100, 62, 38, 29, 64]


def test_o25c_the_fit(fitted: PurchaseModel, history: PurchaseHistory) -> None:
    found = (fitted.r, fitted.alpha, fitted.a, fitted.b)
    assert found == pytest.approx((0.24259, 4.41353, 0.79289, 2.42575), rel=1e-4)
    assert tuple(round(v, 3) for v in found) == (0.243, 4.414, 0.793, 2.426)
    likelihood = fitted.log_likelihood(history.repeats, history.last_age, history.age).sum()
    assert likelihood == pytest.approx(-9582.4, abs=0.05)


def test_o25c_the_likelihood_of_the_published_statistics() -> None:
    """Weeks rounded to two digits, as published, move the fourth digit."""
    repeats, last_age, age = _published()
    once = PurchaseHistory(repeats=repeats, last_age=last_age, age=age, spend=np.zeros_like(age))
    fitted = fit_purchases(once)
    assert fitted.log_likelihood(repeats, last_age, age).sum() == pytest.approx(-9582.4256, abs=1e-4)


def test_o12_expected_repeats_of_a_new_customer(fitted: PurchaseModel) -> None:
    weeks = np.array([0.1429, 1, 3, 31.8571, 32, 78])
    assert fitted.expected(weeks) == pytest.approx([0.0078, 0.0532, 0.1506, 1.0405, 1.0437, 1.8576], abs=1e-3)
    rounded = PUBLISHED.expected(np.array([1, 3, 32, 52, 78]))
    assert rounded == pytest.approx([0.0533, 0.1509, 1.0452, 1.4461, 1.8605], abs=1e-4)


def test_o13_expected_purchases_of_one_customer(fitted: PurchaseModel) -> None:
    assert float(fitted.expected_next(39, 2, 30.43, 38.86)) == pytest.approx(1.226, abs=1e-3)


def test_o14_likelihood_of_single_rows() -> None:
    model = PurchaseModel(a=0.8, b=2.5, r=0.25, alpha=4)
    rows = model.log_likelihood([0, 200], [0, 38], [40, 40])
    assert rows == pytest.approx([-0.59947, 100.7957], abs=5e-5)


def test_the_future_of_the_sample(raw: list[tuple[str, int, float]], history: PurchaseHistory) -> None:
    """39 weeks after the cut-off: days with purchases, against the model customer by customer."""
    names = summarised(raw, CUT_OFF)[0]
    later = {(customer, day) for customer, day, _ in raw if CUT_OFF < day <= CUT_OFF + 39 * 7}
    counted = dict.fromkeys(names, 0)
    for customer, _ in later:
        counted[customer] += 1
    actual = np.array([counted[name] for name in names])
    expected = PUBLISHED.expected_next(39.0, history.repeats, history.last_age, history.age)
    assert (actual.sum(), round(float(expected.sum()), 1)) == (1882, 1653.9)
    assert np.corrcoef(actual, expected)[0, 1] == pytest.approx(0.626, abs=1e-3)


def test_o15_spend_per_purchase() -> None:
    means = SPEND.expected([2, 1, 0, 7], [22.35, 11.77, 0, 73.74])
    assert means == pytest.approx([24.66, 18.92, 35.22, 71.47], abs=6e-3)


def test_the_spend_fit(history: PurchaseHistory) -> None:
    assert int((history.repeats > 0).sum()) == 946
    fitted = fit_spend(history)
    assert (fitted.p, fitted.q, fitted.gamma) == pytest.approx((6.2488, 3.7446, 15.4477), rel=2e-3)


def test_o26_lifetime_value_over_a_year() -> None:
    two = PurchaseHistory(
        repeats=np.array([2.0, 1.0]),
        last_age=np.array([30.43, 1.71]),
        age=np.array([38.86, 38.86]),
        spend=np.array([22.35, 11.77]),
    )
    values = lifetime_value(PUBLISHED, SPEND, two, rate=1.15 ** (1 / 52) - 1, periods=52)
    assert values == pytest.approx([36.008, 4.601], abs=6e-4)


def test_the_modelled_frequencies(history: PurchaseHistory) -> None:
    """P(x = n) for each customer's own T, added up; the oracle's histogram."""
    assert PUBLISHED.frequencies(history.age, 7) == pytest.approx(
        [1406.5, 460.8, 192.7, 101.3, 59.9, 38.2, 25.6, 72.0], abs=0.06
    )


def test_without_repeat_purchases_there_is_nothing_to_fit() -> None:
    none = np.zeros(3)
    once = PurchaseHistory(repeats=none, last_age=none, age=np.ones(3), spend=none)
    with pytest.raises(NoFit, match="twice"):
        fit_purchases(once)
    with pytest.raises(NoFit, match="two customers"):
        fit_spend(once)


def test_who_bought_once_may_still_come_back() -> None:
    assert float(PUBLISHED.p_alive(0, 0, 40)) == 1.0
    assert PUBLISHED.p_alive([5, 5], [38, 3], [40, 40])[0] > PUBLISHED.p_alive(5, 3, 40)


def test_spend_that_is_alike_everywhere_is_still_a_model() -> None:
    x = np.array([1.0, 3, 5, 8, 2])
    alike = PurchaseHistory(repeats=x, last_age=x, age=x + 1, spend=np.full(5, 50.0))
    assert fit_spend(alike).expected([0, 4], [0, 50]) == pytest.approx([50, 50], rel=0.05)


def test_the_older_model_finds_its_published_parameters_in_the_same_log(history: PurchaseHistory) -> None:
    """Pareto/NBD on our statistics: the published fit, and what it expects of a frequent customer."""
    found = fit_pareto_nbd(history.repeats, history.last_age, history.age)
    assert (found.r, found.alpha, found.s, found.beta) == pytest.approx(
        (0.553, 10.578, 0.606, 11.669), rel=5e-3
    )
    published = ParetoNbd(r=0.553, alpha=10.578, s=0.606, beta=11.669)
    frequent = [np.array([value]) for value in (26.0, 30.86, 31.0)]
    assert published.alive(*frequent)[0] == pytest.approx(0.9979, abs=1e-4)
    assert published.expected(52, *frequent)[0] == pytest.approx(25.46, abs=0.01)
