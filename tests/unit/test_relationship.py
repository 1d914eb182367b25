"""What pages about customers show, where it is reckoned: the curve, falls held against noise, fifths."""

import numpy as np
import pytest

from contact_center.loyalty.irregularity import falls_in_noise
from contact_center.loyalty.lifecycle import LifecycleRules
from contact_center.loyalty.reactions import Evidence, ReactionRules, reaction
from contact_center.loyalty.relationship import DAY_S, Relationship, relationship
from contact_center.loyalty.segments import fifths, scores

MONTH_S = 365.25 / 12 * DAY_S
NOW = 1_790_000_000.0
L4 = (10, 25, 45, 65, 82, 95, 100, 100, 100, 99, 100, 98, 80, 60, 40, 22, 8, 0, 0, 0, 0)
L3 = (10, 15, 25, 35, 45, 50, 40, 25, 12, 4, 0, 0, 0, 0)


def curve(volumes: tuple[float, ...], profits: tuple[float, ...] = (), margin: float = 0.4) -> Relationship:
    return relationship(
        volumes,
        profits or tuple(v * margin for v in volumes),
        ends_at=NOW,
        period="month",
        reference=100.0,
        margin=margin,
        rules=LifecycleRules(),
    )


def test_the_curve_of_l4_has_its_bands_one_after_the_other() -> None:
    found = curve(L4)
    letters = "".join(s.stage[0] if s.stage != "exited" else "x" for s in found.stretches)
    assert letters == "eeffffffffssssddddddx"
    assert [b.stage for b in found.bands] == ["exploration", "formation", "stable", "decline", "exited"]
    assert found.pattern == "early_exit"
    assert found.stretches[-1].to_at == NOW
    assert found.bands[0].from_at == pytest.approx(NOW - len(L4) * MONTH_S)
    for one, next_ in zip(found.bands, found.bands[1:], strict=False):
        assert one.to_at == pytest.approx(next_.from_at)
    assert not found.profit_lag  # profit is proportional here


def test_profit_in_decline_before_volume_is_told() -> None:
    volumes = (100.0,) * 14
    profits = (40.0,) * 8 + (30.0, 20.0, 12.0, 8.0, 5.0, 3.0)
    found = curve(volumes, profits)
    assert (found.stretches[-1].stage, found.profit_stage, found.profit_lag) == ("stable", "decline", True)


def test_without_a_margin_nothing_is_said_of_profit_and_of_nobody_nothing() -> None:
    assert curve(L4, margin=0.0).profit_stage is None
    empty = curve((), (), 0.4)
    assert (empty.stretches, empty.bands, empty.pattern) == ((), (), None)


# -- a fall against own ups and downs -----------------------------------------------------------------------


def fall(*volumes: float) -> float:
    return float(falls_in_noise(np.array([volumes]), np.zeros(1, np.int32), 3)[0])


@pytest.mark.parametrize("series", [L3, L4])
def test_a_steady_customer_who_falls_by_30_percent_is_seen_leaving(series: tuple[float, ...]) -> None:
    for end in range(4, len(series) + 1):
        smoothed = [sum(series[max(0, i - 2) : i + 1]) / min(3, i + 1) for i in range(end)]
        if 1 - smoothed[-1] / max(smoothed) >= 0.30:
            assert fall(*series[:end]) >= ReactionRules().exit_noise, end


def test_who_buys_now_and_then_is_not_seen_leaving_in_every_pause() -> None:
    """Of 4000 who buy in two of five months and never leave: nine in ten are 30 % below their peak."""
    draw = np.random.default_rng(5)
    volumes = np.where(draw.random((4000, 36)) < 0.4, draw.gamma(4, 25, (4000, 36)), 0.0)
    smoothed = np.stack([volumes[:, max(0, t - 2) : t + 1].mean(axis=1) for t in range(36)], axis=1)
    below = 1 - smoothed[:, -1] / smoothed.max(axis=1) >= 0.30
    signs = below & (falls_in_noise(volumes, np.zeros(4000, np.int32), 3) >= ReactionRules().exit_noise)
    assert below.mean() > 0.8
    assert signs.mean() < 0.15
    steady = np.clip(draw.normal(100, 10, (4000, 36)), 0, None)
    steady[:, -4:] *= [0.8, 0.6, 0.4, 0.2]
    assert (falls_in_noise(steady, np.zeros(4000, np.int32), 3) >= ReactionRules().exit_noise).mean() > 0.99


def test_what_does_not_fall_and_what_has_no_noise() -> None:
    assert fall(10, 20, 30, 40) == 0
    assert fall(5, 5, 5, 5) == 0
    assert fall(9, 1) == 0  # too short to know his ups and downs
    late = falls_in_noise(np.array([[99.0, 99, 10, 10, 10, 10]]), np.array([2], np.int32), 3)
    assert late[0] == 0  # columns before his first are not his


def test_a_fall_within_the_noise_is_no_sign_and_without_knowledge_the_plain_rule_holds() -> None:
    assert reaction(Evidence(drawdown=0.35)).because == "drawdown"
    assert reaction(Evidence(drawdown=0.35, fall_in_noise=2.0)).reaction is None
    assert reaction(Evidence(drawdown=0.35, fall_in_noise=3.0)).because == "drawdown"


# -- fifths ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("best_is_high", [True, False])
def test_fifths_give_everybody_of_the_base_his_own_score_again(best_is_high: bool) -> None:
    values = [5.0, 12, 40, 3, 90, 200, 30, 15, 365, 60, 12, 12]
    scale = fifths(values, best_is_high=best_is_high)
    assert [scale.score(v) for v in values] == scores(values, best_is_high=best_is_high)
    best, worst = (1e9, -1e9) if best_is_high else (-1e9, 1e9)
    assert (scale.score(best), scale.score(worst)) == (5, 1)
    assert fifths([], best_is_high=best_is_high).score(3.0) == 1
