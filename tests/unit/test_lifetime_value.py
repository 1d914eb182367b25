"""Lifetime value by every closed formula: oracles O1-O5, O7-O10, O16, O17-O18, O20, O30, O31."""

import math
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from contact_center.loyalty import ledger, lifetime_value
from contact_center.loyalty.curve_fitting import (
    Ceiling,
    CurveValue,
    best_fit,
    present_value,
    value_by_curve,
)
from contact_center.loyalty.ledger import Benefit, ServiceRates, Transaction
from contact_center.loyalty.lifecycle import Stage
from contact_center.loyalty.lifetime_value import Chance, ExpectedEvent
from contact_center.loyalty.recency_chain import RecencyChain
from contact_center.loyalty.renewal_model import RenewalModel, fit_renewals, kaplan_meier

EXACT = 5e-5


def test_o1_one_sale_a_year() -> None:
    value = lifetime_value.retention(margin=260, marketing=50, retention=0.75, rate=0.2, years=10)
    assert value == pytest.approx(568.7831, abs=EXACT)
    sales = lifetime_value.retention(margin=260, marketing=0, retention=0.75, rate=0.2, years=10)
    assert sales == pytest.approx(689.3922, abs=EXACT)
    assert sales - value == pytest.approx(120.6091, abs=EXACT)


def test_o1_for_ever_is_the_perpetuity() -> None:
    value = lifetime_value.retention(margin=260, marketing=0, retention=0.75, rate=0.2, years=400)
    assert value == pytest.approx(260 * 1.2 / 0.45) == pytest.approx(693.3333, abs=EXACT)


def test_o2_a_sale_every_third_year() -> None:
    value = lifetime_value.retention_slow(
        margin=7000, marketing=95, retention=0.3, rate=0.2, cycle_years=3, years=12
    )
    assert value == pytest.approx(8273.2869, abs=EXACT)


def test_o3_two_sales_a_year() -> None:
    value = lifetime_value.retention_fast(
        margin=125, marketing=25, retention=0.8, rate=0.2, per_year=2, years=4
    )
    assert value == pytest.approx(391.1399, abs=EXACT)


CHAIN = RecencyChain(probabilities=(0.30, 0.20, 0.15, 0.05), contribution=40, contact=4, rate=0.2)


def test_o4_and_o5_the_value_of_each_recency_and_when_to_stop() -> None:
    assert CHAIN.value(4) == pytest.approx([50.115, 4.220, 0.592, -1.980, 0], abs=6e-4)
    assert CHAIN.lasting_value() == pytest.approx([52.320, 5.554, 1.251, -1.820, 0], abs=6e-4)
    assert CHAIN.stop_at() == 4


def test_o7_migration() -> None:
    buyers = lifetime_value.migration_buyers((0.30, 0.20, 0.15, 0.05), 1000, 5)
    assert buyers == pytest.approx([1000, 300, 230, 195, 139.7, 95.67])


def test_o8_current_value() -> None:
    assert lifetime_value.annuity(0.98, 0.01, 36) == pytest.approx(21.634163, abs=5e-7)
    value = lifetime_value.current_value([5, 90, 100, 110], retention=0.98, rate=0.01, periods=36)
    assert value == pytest.approx(2163.42, abs=5e-3)
    assert lifetime_value.annuity(1, 0.01, 12) == pytest.approx(11.255077, abs=5e-7)
    assert lifetime_value.annuity(1.01, 0.01, 7) == 7
    assert lifetime_value.current_value([], retention=0.98, rate=0.01, periods=36) == 0


def test_o9_growth_potential() -> None:
    cross = Chance(probability=0.3, gain=20 * lifetime_value.annuity(0.98, 0.01, 36), cost=50)
    referral = Chance(probability=0.1, gain=200 / 1.01**6)
    assert lifetime_value.growth_potential([cross]) == pytest.approx(79.8050, abs=EXACT)
    assert lifetime_value.growth_potential([referral]) == pytest.approx(18.8409, abs=EXACT)
    assert lifetime_value.growth_potential([cross, referral]) == pytest.approx(98.6459, abs=EXACT)


def test_o10_known_events() -> None:
    rows = [(3, 0.8, 120, 40), (6, 0.5, 300, 180), (9, 0.3, 0, 60), (12, 0.7, 240, 90)]
    events = [
        ExpectedEvent(period=t, probability=p, revenue=revenue, cost=cost) for t, p, revenue, cost in rows
    ]
    assert lifetime_value.customer_events(events, 0.01) == pytest.approx(195.3645, abs=EXACT)


SATURATING = [round(100 - 80 * math.exp(-0.5 * t), 4) for t in range(8)]


@pytest.mark.parametrize(
    ("profits", "stage", "name", "parameters", "value", "horizon"),
    [
        (SATURATING, "stable", "saturating", (100, 80, 0.5), 1121.8841, 12),
        (SATURATING, "formation", "saturating", (100, 80, 0.5), 1121.8841, 12),
        ([50 * math.exp(-0.2 * t) for t in range(6)], "decline", "exponential", (50, -0.2), 72.3968, 12),
        ([5, 7, 9, 11, 13], "formation", "linear", (5, 2), 115.5732, 6),
    ],
    ids=["O17", "O17 forming", "O18", "O20"],
)
def test_fitted_curves(
    profits: list[float], stage: Stage, name: str, parameters: tuple[float, ...], value: float, horizon: int
) -> None:
    fitted = best_fit(profits, stage)
    assert fitted is not None
    assert fitted.curve.name == name
    assert fitted.parameters == pytest.approx(parameters, rel=1e-3)
    reckoned = present_value(fitted, len(profits), rate=0.01, horizon=horizon)
    assert reckoned == pytest.approx(value, abs=1e-3)


def test_o17_with_survival_and_o20_with_a_cap() -> None:
    saturating, line = best_fit(SATURATING, "stable"), best_fit([5, 7, 9, 11, 13], "stable")
    assert saturating is not None
    assert line is not None
    kept = present_value(saturating, 8, rate=0.01, horizon=12, survival=0.97)
    assert kept == pytest.approx(928.4411, abs=1e-3)
    capped = present_value(line, 5, rate=0.01, horizon=6, cap=15)
    assert capped == pytest.approx(86.9321, abs=1e-3)


def test_a_curve_that_explains_nothing_is_refused_while_points_are_few() -> None:
    assert best_fit([10, -10, 10, -10, 10, -10], "stable") is None
    assert best_fit([1, 2], "stable") is None
    assert value_by_curve([10, -10, 10, -10, 10, -10], "stable", rate=0.01) is None


def test_the_interval_of_a_fit_holds_the_value_and_is_the_same_for_the_same_seed() -> None:
    noise = np.random.default_rng(7).normal(0, 4, 12)
    profits = [60 + 3 * t + float(e) for t, e in enumerate(noise)]
    once = value_by_curve(profits, "stable", rate=0.01, horizon=12, seed=3, bootstraps=60)
    again = value_by_curve(profits, "stable", rate=0.01, horizon=12, seed=3, bootstraps=60)
    assert once is not None
    assert once.p10 < once.value < once.p90
    assert again == once


def held_at(segment_p95: float | None) -> CurveValue:
    """Profits that rise from 60 by 3 a period, with noise, under a cap of 1.25 × `segment_p95`."""
    noise = np.random.default_rng(7).normal(0, 4, 12)
    profits = [60 + 3 * t + float(e) for t, e in enumerate(noise)]
    found = value_by_curve(
        profits, "stable", rate=0.01, horizon=12, segment_p95=segment_p95, seed=3, bootstraps=60
    )
    assert found is not None
    return found


def test_a_curve_that_the_cap_alone_decides_has_no_interval() -> None:
    """As wide as the cap is: that is nothing known of the customer, and it is told how often."""
    held = held_at(40.0)
    assert held.ceiling == Ceiling(level=50.0, held=60, tried=60, alone=True)
    assert held.interval is None
    assert held.p10 == held.p90 == held.value == pytest.approx(50.0 * lifetime_value.annuity(1.0, 0.01, 12))


def test_a_cap_that_some_resamples_reach_is_told_beside_the_interval() -> None:
    free, some, none = held_at(None), held_at(98.0), held_at(1000.0)
    assert some.ceiling is not None
    assert 0 < some.ceiling.held < some.ceiling.tried == 60
    assert some.interval is not None
    assert some.interval[0] < some.interval[1] < free.p90
    assert (none.ceiling, none.interval) == (None, (free.p10, free.p90))
    line = [5.0, 7.0, 9.0, 11.0, 13.0]
    exact = value_by_curve(line, "stable", rate=0.01, horizon=6, segment_p95=12.0, bootstraps=5)
    assert exact is not None
    assert exact.value == pytest.approx(86.9321, abs=1e-3)
    assert exact.ceiling == Ceiling(level=15.0, held=5, tried=5, alone=False)
    assert exact.interval == pytest.approx((exact.value, exact.value)), "narrow by itself, not by the cap"


def test_simulated_customers_are_valued_better_than_by_their_last_profit() -> None:
    """10 % noise on known curves, 12 points, 12 periods ahead: median error at most 15 %."""
    draw, t = np.random.default_rng(11), np.arange(24.0)
    ours, naive = [], []
    discount = 1.01 ** -np.arange(1, 13)
    for _ in range(60):
        rate, top = draw.uniform(0.15, 0.6), draw.uniform(50, 200)
        cases: list[tuple[Stage, np.ndarray]] = [
            ("stable", top * (1 - 0.8 * np.exp(-rate * t))),
            ("decline", top * np.exp(-0.3 * rate * t)),
        ]
        for stage, curve in cases:
            seen = [float(y) for y in curve[:12] * draw.normal(1, 0.1, 12)]
            truth = float(curve[12:] @ discount)
            fitted = best_fit(seen, stage)
            assert fitted is not None
            ours.append(abs(present_value(fitted, 12, rate=0.01, horizon=12) / truth - 1))
            naive.append(abs(seen[-1] * discount.sum() / truth - 1))
    assert np.median(ours) <= 0.15
    assert np.median(ours) < np.median(naive)


def test_o16_renewals_of_the_regular_cohort() -> None:
    survivors = [1000, 631, 468, 382, 326, 289, 262, 241]
    fitted = fit_renewals(survivors)
    assert fitted.alpha == pytest.approx(0.7041, abs=1e-4)
    assert fitted.beta == pytest.approx(1.1820, abs=2e-4)
    assert fitted.log_likelihood(survivors) == pytest.approx(-1680.27, abs=5e-3)
    with pytest.raises(ValueError, match="survivors"):
        fit_renewals([10, 11])


def test_o31_retention_rises_and_so_does_residual_life() -> None:
    model = RenewalModel(alpha=0.7041, beta=1.1820)
    rates = [model.retention(t) for t in range(1, 6)]
    assert rates == pytest.approx([0.6267, 0.7560, 0.8188, 0.8559, 0.8804], abs=EXACT)
    lives = [model.residual(n, 0.1) for n in (1, 2, 3, 5)]
    assert lives == pytest.approx([2.9642, 4.1030, 4.8697, 5.8940], abs=2e-4)
    by_hand = sum(model.survival(t) / 1.1 ** (t - 1) for t in range(1, 400))
    assert lives[0] == pytest.approx(by_hand, rel=1e-6)


def test_kaplan_meier() -> None:
    assert kaplan_meier([1, 2, 2, 3], [True, True, False, True]) == pytest.approx({1: 0.75, 2: 0.5, 3: 0})


def test_the_richest_by_revenue_is_not_the_best_by_profit() -> None:
    minutes = ServiceRates()
    many = ledger.service_cost(talk_s=300 * 60, hold_s=0, wrap_up_s=0, rates=minutes)
    few = ledger.service_cost(talk_s=0, hold_s=10 * 60, wrap_up_s=10 * 60, rates=minutes)
    a = ledger.period([_sale("a", "1000", "700")], service_cost=many, spend=Decimal(100))
    b = ledger.period([_sale("b", "400", "200")], service_cost=few)
    assert [a.profit, b.profit] == [Decimal(-70), Decimal(182)]
    assert a.volume > b.volume


def _sale(customer: str, price: str, cost: str) -> Transaction:
    return Transaction(
        id=customer, customer=customer, at=0, unit_price=Decimal(price), unit_cost=Decimal(cost)
    )


def test_refunds_and_benefits_count_in_the_ledger() -> None:
    refund = Transaction(
        id="r", customer="a", at=0, kind="refund", unit_price=Decimal(40), unit_cost=Decimal(10)
    )
    referral = Benefit(id="b", customer="a", at=0, kind="referral", amount=Decimal(5))
    row = ledger.period([_sale("a", "100", "30"), refund], [referral])
    assert [row.volume, row.profit] == [Decimal(60), Decimal(70 - 30 + 5)]


@pytest.mark.parametrize(
    ("gaps", "unit"), [([7, 25, 30], "month"), ([80, 85], "quarter"), ([200, 400], "year"), ([], "month")]
)
def test_the_period_follows_the_purchase_cycle(gaps: list[float], unit: str) -> None:
    assert ledger.period_name(gaps) == unit


def test_o30_the_monthly_rate() -> None:
    assert ledger.periodic_rate(0.12, 12) == pytest.approx(0.009488793, abs=5e-10)


@pytest.mark.parametrize(
    ("known", "method"),
    [
        ({"profit_periods": 4}, "segment_migration"),
        ({"exploring": True}, "segment_migration"),
        ({"contractual": True}, "renewal_model"),
        ({"purchases_modelled": True}, "purchase_model"),
        ({}, "fitted_curve"),
        ({"events_known": True, "contractual": True}, "customer_events"),
    ],
)
def test_the_method_suits_what_is_known(known: dict[str, bool], method: str) -> None:
    situation: dict[str, Any] = {
        "profit_periods": 12,
        "exploring": False,
        "contractual": False,
        "events_known": False,
        "purchases_modelled": False,
    } | known
    assert lifetime_value.method_for(**situation) == method


def test_ones_own_figure_counts_more_with_time() -> None:
    assert lifetime_value.blended(100, 40, 0) == 40
    assert lifetime_value.blended(100, 40, 6) == 70
    assert lifetime_value.discounted([101, 102.01], 0.01) == pytest.approx(200)
