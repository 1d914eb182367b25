"""LCS-1 against the series of the specification (oracles L1-L4), its classes, and its leading signs."""

import pytest

from contact_center.loyalty.lifecycle import (
    Lifecycle,
    at_risk,
    confidence,
    is_cold,
    pattern,
    profit_lag,
    settled,
    stages,
    step,
)

L1 = [10, 12, 11, 14, 20, 30, 42, 55, 66, 76, 84, 90, 95, 98, 100, 100, 101, 100, 99, 100, 100, 98]
L2 = [8, 10, 9, 6, 3, 0, 0, 0, 0]
L3 = [10, 15, 25, 35, 45, 50, 40, 25, 12, 4, 0, 0, 0, 0]
L4 = [10, 25, 45, 65, 82, 95, 100, 100, 100, 99, 100, 98, 80, 60, 40, 22, 8, 0, 0, 0, 0]
LETTERS = {"exploration": "E", "formation": "F", "stable": "S", "decline": "D", "exited": "X"}


def letters(volumes: list[int]) -> str:
    return "".join(LETTERS[stage] for stage in stages(volumes, 100)[0])


@pytest.mark.parametrize(
    ("volumes", "expected", "kind"),
    [
        (L1, "EEEEEEFFFFFFFFFFFSSSSS", None),
        (L2, "EEEEEEDDX", "early_abort"),
        (L3, "EEEFFFFFFDDDDX", "midway_death"),
        (L4, "EEFFFFFFFFSSSSDDDDDDX", "early_exit"),
    ],
    ids=["L1", "L2", "L3", "L4"],
)
def test_oracles(volumes: list[int], expected: str, kind: str | None) -> None:
    assert letters(volumes) == expected
    assert pattern(stages(volumes, 100)[1]) == kind


def test_forty_periods_at_the_top_are_a_long_term_relationship() -> None:
    last = stages([10, 25, 45, 65, 82, 95, *[100] * 40], 100)[1]
    assert (last.stable_periods, pattern(last)) == (36, "long_term")
    ended = stages([10, 25, 45, 65, 82, 95, *[100] * 40, 0, 0, 0, 0], 100)[1]
    assert (ended.stage, pattern(ended)) == ("exited", "long_term")


def test_a_low_but_even_customer_is_stable_after_the_plateau() -> None:
    assert letters([30] * 8) == "EEEEEESS"


def test_a_repaired_decline_returns_to_formation_or_stable() -> None:
    history, last = stages([*L4[:15], 60, 80, 95, 100, 100, 100, 100, 100], 100)
    assert "decline" in history
    assert last.stage in ("formation", "stable")


def test_a_new_transaction_after_the_exit_begins_anew() -> None:
    _, ended = stages(L2, 100)
    still = step(ended, 0, 100)
    assert (still.stage, still.reactivated) == ("exited", False)
    back = step(still, 12, 100)
    assert (back.stage, back.reactivated, back.periods) == ("exploration", True, 1)


def test_ending_the_contract_or_a_model_that_gives_up_ends_the_relationship() -> None:
    _, stable = stages(L1, 100)
    assert settled(stable, terminated=True, p_alive=None).stage == "exited"
    assert settled(stable, terminated=False, p_alive=0.09).stage == "exited"
    assert settled(stable, terminated=False, p_alive=0.10) == stable


def test_confidence_grows_with_periods_and_falls_while_a_change_is_pending() -> None:
    _, cold = stages(L1[:2], 100)
    assert is_cold(cold)
    assert confidence(cold) == pytest.approx(2 / 6)
    pending = Lifecycle(periods=12, pending="decline", pending_count=1)
    assert (is_cold(pending), confidence(pending)) == (False, 0.75)
    assert confidence(Lifecycle(periods=12)) == 1.0


def test_profit_that_declines_before_volume_is_an_alert() -> None:
    assert profit_lag(["stable"], ["decline"])
    assert not profit_lag(["decline"], ["decline"])
    assert not profit_lag(["stable"], ["stable"])
    assert not profit_lag([], [])


def test_the_reference_volume_must_be_positive() -> None:
    with pytest.raises(ValueError, match="positive"):
        step(Lifecycle(), 1, 0)


@pytest.mark.parametrize(
    ("index_drop", "p_alive_drop", "reasons"),
    [
        (15.0, None, ("index_drop",)),
        (14.9, 0.3, ("p_alive_drop",)),
        (None, None, ()),
        (20.0, 0.5, ("index_drop", "p_alive_drop")),
    ],
)
def test_leading_signs(
    index_drop: float | None, p_alive_drop: float | None, reasons: tuple[str, ...]
) -> None:
    seen = at_risk(
        exit_signal=False, index_drop=index_drop, p_alive_drop=p_alive_drop, overdue_complaint=False
    )
    assert seen == reasons


def test_an_exit_signal_and_an_overdue_complaint_are_risks_at_once() -> None:
    seen = at_risk(exit_signal=True, index_drop=None, p_alive_drop=None, overdue_complaint=True)
    assert seen == ("exit_signal", "overdue_complaint")
