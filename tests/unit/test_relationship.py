"""What pages about customers show, where it is reckoned: the curve, fifths."""

import pytest

from contact_center.loyalty.lifecycle import LifecycleRules
from contact_center.loyalty.relationship import DAY_S, Relationship, relationship
from contact_center.loyalty.segments import fifths, scores

MONTH_S = 365.25 / 12 * DAY_S
NOW = 1_790_000_000.0
L4 = (10, 25, 45, 65, 82, 95, 100, 100, 100, 99, 100, 98, 80, 60, 40, 22, 8, 0, 0, 0, 0)


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


# -- fifths ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("best_is_high", [True, False])
def test_fifths_give_everybody_of_the_base_his_own_score_again(best_is_high: bool) -> None:
    values = [5.0, 12, 40, 3, 90, 200, 30, 15, 365, 60, 12, 12]
    scale = fifths(values, best_is_high=best_is_high)
    assert [scale.score(v) for v in values] == scores(values, best_is_high=best_is_high)
    best, worst = (1e9, -1e9) if best_is_high else (-1e9, 1e9)
    assert (scale.score(best), scale.score(worst)) == (5, 1)
    assert fifths([], best_is_high=best_is_high).score(3.0) == 1
