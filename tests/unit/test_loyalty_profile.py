"""What is shown of a customer: every figure has its why, and the next step is the most urgent one."""

from dataclasses import replace

import pytest

from contact_center.loyalty.index import Contribution
from contact_center.loyalty.profile import Footing, OpenRepair, Profile, portrait

LOYAL = Profile(
    customer="c1",
    as_of=100.0,
    policy=0,
    basis="transactions",
    period="month",
    stage="stable",
    confidence=1.0,
    periods=40,
    pattern="long_term",
    level=1.02,
    slope=0.0,
    drawdown=0.01,
    method="purchase_model",
    value=2163.4,
    p10=900.0,
    p90=3100.0,
    horizon_months=36,
    rate_yearly=0.12,
    current=2000.0,
    potential=98.6,
    p_alive=0.95,
    tier="platinum",
    index=83.85,
    coverage=1.0,
    enough=True,
    contributions=(
        Contribution(name="value", score=0.8625, weight=0.2, points=17.25),
        Contribution(name="trust", score=1.0, weight=0.8, points=66.6),
    ),
)
REPAIR = OpenRepair(case="r1", reaction="voice", owner="ann", due_at=500.0, overdue=False)


def test_every_figure_has_its_why_in_both_languages() -> None:
    shown = portrait(replace(LOYAL, risks=("index_drop",)), refused=False)
    assert [w.of for w in shown.why] == ["stage", "value", "tier", "index", "risk", "next_step"]
    assert all(w.en and w.zh for w in shown.why)
    value = shown.why[1].en
    assert "2,163" in value
    assert "80 % between 900 and 3,100" in value
    assert "BG/NBD" in value
    assert "17.2" in shown.why[3].en


@pytest.mark.parametrize(
    ("changes", "repairs", "step"),
    [
        ({}, (), "develop"),
        ({"tier": "gold"}, (), "keep"),
        ({"reaction": "exit"}, (REPAIR,), "retain"),
        ({"risks": ("exit_signal",)}, (), "retain"),
        ({}, (REPAIR,), "repair"),
        ({"reaction": "voice"}, (), "repair"),
        ({"stage": "decline"}, (), "account_review"),
        ({"stage": "decline", "tier": "lead"}, (), "keep"),
        ({"stage": "exited"}, (), "win_back"),
        ({"stage": "exploration"}, (), "welcome"),
        ({"stage": "formation"}, (), "onboard"),
    ],
)
def test_the_next_step(changes: dict[str, object], repairs: tuple[OpenRepair, ...], step: str) -> None:
    assert portrait(replace(LOYAL, **changes), repairs, refused=False).next_step == step  # type: ignore[arg-type]


def test_who_refused_profiling_is_shown_without_a_profile_but_with_what_was_promised() -> None:
    shown = portrait(LOYAL, (REPAIR,), refused=True)
    assert (shown.profile, shown.refused, shown.next_step) == (None, True, "repair")
    assert [w.of for w in shown.why] == ["next_step"]
    assert shown.repairs == (REPAIR,)


def test_a_stranger_gets_no_suggestion() -> None:
    shown = portrait(None, refused=False)
    assert (shown.profile, shown.next_step, shown.why) == (None, "none", ())


def test_no_money_is_named_without_transactions_and_little_evidence_says_so() -> None:
    poor = replace(LOYAL, basis="interactions", method="none", value=None, p10=None, p90=None, enough=False)
    shown = portrait(poor, refused=False)
    assert "no money" in shown.why[1].en
    assert "insufficient data" in shown.why[3].en
    unknown = portrait(replace(LOYAL, index=None, contributions=()), refused=False)
    assert unknown.why[3].en == "No evidence yet."
    group = portrait(replace(LOYAL, p10=None, p90=None), refused=False)
    assert "no interval" in group.why[1].en
    pending = portrait(replace(LOYAL, pending_tier="gold", pending_runs=1), refused=False)
    assert "gold if tonight agrees" in pending.why[2].en


def test_a_value_held_at_the_cap_says_so_and_names_no_interval() -> None:
    foot = Footing(own_share=0.85, curve="linear", fit=0.4, cap=71.25, held=60, tried=60)
    fitted = replace(LOYAL, method="fitted_curve", p10=None, p90=None, rests_on=foot)
    why = next(w for w in portrait(fitted, refused=False).why if w.of == "value")
    assert "held at the cap of 71 a month (1.25 × the base's 95th percentile) in 60 of 60 resamples" in why.en
    assert "no interval can be named" in why.en
    assert "by this method" not in why.en
    assert "60 次重抽样中有 60 次被每月上限 71" in why.zh
    partly = replace(fitted, p10=900.0, p90=1200.0, rests_on=replace(foot, held=9))
    why = next(w for w in portrait(partly, refused=False).why if w.of == "value")
    assert "80 % between 900 and 1,200, narrowed by the cap of 71 a month" in why.en
    assert "in 9 of 60 resamples" in why.en
    assert "60 次重抽样有 9 次" in why.zh


def test_a_mean_that_few_cases_make_is_told_as_such() -> None:
    """Whoever has most likely left: nine of ten bring nothing more, the mean is what the tenth brings."""
    gone = replace(LOYAL, value=17.0, p10=2.1, p90=2.4)
    why = next(w for w in portrait(gone, refused=False).why if w.of == "value")
    assert ": 17, in eight of ten cases 2; few cases make the mean; by" in why.en
    assert "17，八成情形为 2；均值由少数情形形成；" in why.zh
    nothing = replace(gone, value=0.004, p10=0.0, p90=0.0)
    why = next(w for w in portrait(nothing, refused=False).why if w.of == "value")
    assert ": 0, in eight of ten cases 0; by" in why.en
