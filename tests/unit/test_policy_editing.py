"""The policy as parameters: all described, every fault told at its place, changes made and compared."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from contact_center.loyalty.policy import DEFAULT, GrowthRule
from contact_center.loyalty.policy_editing import Value, differences, faults, parameters
from contact_center.loyalty.policy_preview import Comparison
from contact_center.loyalty.policy_words import WORDS
from contact_center.loyalty.profile import Profile
from contact_center.loyalty.retention import Offer, best_offers
from contact_center.storage.policy_previews import WrongChange, changed

CHINESE = ("\u4e00", "\u9fff")


def test_every_parameter_has_words_and_every_row_of_words_a_parameter() -> None:
    """Whoever adds a field to the policy describes it in `policy_words`, or this fails."""
    found = parameters(DEFAULT)
    assert {p.row for p in found} == {w.path for w in WORDS}
    assert len({p.path for p in found}) == len(found) > 160
    for words in WORDS:
        assert words.en
        assert words.why_en
        assert any(CHINESE[0] <= letter <= CHINESE[1] for letter in words.zh + words.why_zh)
        choosing = {p.path for p in found if p.row == words.path and not p.options}
        assert words.kind != "choice" or not choosing


def test_the_shipped_policy_has_no_fault_and_no_difference_to_itself() -> None:
    assert faults(DEFAULT) == ()
    assert differences(DEFAULT, DEFAULT) == ()


@pytest.mark.parametrize(
    ("changes", "at"),
    [
        ({"lifecycle.mean_window": 0}, "lifecycle.mean_window"),
        ({"lifecycle.drawdown_recovered": 0.3}, "lifecycle.drawdown_recovered"),
        ({"index.weights.stable.trust": 0.5}, "index.weights.stable.value"),
        ({"levers.platinum.head_start_s": 300}, "levers.platinum.head_start_s"),
        ({"levers.gold.target_level": 1.2}, "levers.gold.target_level"),
        ({"reactions.complaint_severity": {"complaint": 2}}, "reactions.complaint_severity"),
        ({"repair.first_action_s.voice.gold": 5}, "repair.first_action_s.voice.gold"),
        ({"value.reference_volume": 0}, "value.reference_volume"),
    ],
)
def test_a_fault_is_told_where_it_is(changes: Mapping[str, Value], at: str) -> None:
    found = faults(changed(DEFAULT, changes))
    assert [f.path for f in found] == [at]
    assert found[0].en
    assert any(CHINESE[0] <= letter <= CHINESE[1] for letter in found[0].zh)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("lifecycle.nothing", 1),
        ("version", 7),
        ("author", "somebody"),
        ("lifecycle", 3),
        ("lifecycle.mean_window", "three"),
        ("levers.silver.head_start_s", 3),
        ("levers.gold.choice", "whoever"),
        ("value.growth.magic.cost", 1),
        ("retention.offers.magic.cost", 1),
        ("retention.offers.fee_waiver.bond", "iron"),
        ("retention.offers.fee_waiver.name", "x"),
        ("retention.offers.magic", None),
        ("retention.offers.Magic", {"bond": "social", "saves": 0.1, "cost": 1}),
        ("retention.offers.fee_waiver", {"bond": "social", "saves": 0.1, "cost": 1}),
        ("retention.offers.magic", {"bond": "social", "saves": 0.1}),
        ("retention.offers.magic", {"bond": "iron", "saves": 0.1, "cost": 1}),
        ("retention.offers.magic", {"bond": "social", "saves": "much", "cost": 1}),
        ("retention.offers.magic", {"bond": "social", "saves": 0.1, "cost": 1, "spell": 1}),
        ("retention.offers.magic", 5),
        ("value.growth.magic", None),
        ("value.growth.magic", {"cost": 1}),
        ("value.growth.magic", {"probability": 0.1, "spell": 1}),
        ("value.growth.referral", {"probability": 0.1}),
        ("value.growth.Not a name", {"probability": 0.1}),
        ("value.growth.referral.name", "x"),
        ("reactions.complaint_severity", 0.5),
        ("", 1),
    ],
)
def test_a_change_that_is_none_is_refused(path: str, value: Value) -> None:
    with pytest.raises(WrongChange) as refused:
        changed(DEFAULT, {path: value})
    assert refused.value.fault.path == path


def test_changes_are_what_differs_afterwards_and_only_that() -> None:
    changes: dict[str, Value] = {
        "lifecycle.hold": 3,
        "levers.lead.recovery_cap": 0.01,
        "value.growth.cross_buy.probability": 0.25,
        "retention.offers.fee_waiver.cost": 45.0,
        "retention.offers.fee_waiver.bond": "social",
        "tiering_off": ["fraud", "emergency"],
        "reactions.exit_dispositions": ["cancel"],
        "repair.first_action_s.neglect.lead": None,
    }
    other = changed(DEFAULT, changes)
    assert other.lifecycle.hold == 3
    assert other.tiering_off == {"emergency", "fraud"}
    found = {d.path: d.after for d in differences(DEFAULT, other)}
    assert found == {
        **{p: v for p, v in changes.items() if p != "repair.first_action_s.neglect.lead"},
        "tiering_off": ["emergency", "fraud"],
    }
    assert changed(other, {p: _shipped(p) for p in found}) == DEFAULT


def _shipped(path: str) -> Value:
    return next(p.value for p in parameters(DEFAULT) if p.path == path)


# -- who would move ------------------------------------------------------------------------------------------

ONE = Profile(
    customer="a", as_of=0.0, policy=0, basis="transactions", period="month", stage="stable", confidence=1.0,
    periods=9, pattern=None, level=1.0, slope=0.0, drawdown=0.0, method="purchase_model", value=100.0,
    p10=None, p90=None, horizon_months=36, rate_yearly=0.12, current=50.0, potential=5.0, p_alive=1.0,
    tier="gold",
)  # fmt: skip


def test_a_comparison_counts_everybody_once_and_shows_those_worth_most() -> None:
    before = [replace(ONE, customer=f"c{i:03}", value=float(i)) for i in range(120)]
    after = [
        replace(p, tier="platinum") if i % 2 else replace(p, stage="exited") if i == 0 else p
        for i, p in enumerate(before)
    ]
    counted = Comparison()
    counted.take(before[:70], after[:70])
    counted.take(before[70:], after[70:])
    found = counted.preview({"c119": "Nora"})
    assert (found.customers, found.movers) == (120, 61)
    for of in ("tier", "stage", "risk"):
        assert sum(m.customers for m in found.moves if m.of == of) == 120
    assert {(m.before, m.after): m.customers for m in found.moves if m.of == "tier"} == {
        ("gold", "gold"): 60,
        ("gold", "platinum"): 60,
    }
    assert found.equity == (sum(range(120)), sum(range(1, 120)))
    assert [m.name for m in found.sample][:2] == ["Nora", "c117"]
    assert len(found.sample) == 50


def test_growth_actions_are_added_and_taken_away_like_any_change() -> None:
    card: dict[str, float | str] = {"probability": 0.2, "each": 0.1, "once": 0.0, "cost": 0.3, "gap": 1}
    more = changed(DEFAULT, {"value.growth.loyalty_card": card, "value.growth.loyalty_card.cost": 0.4})
    assert more.value.growth[-1] == GrowthRule(
        name="loyalty_card", probability=0.2, each=0.1, cost=0.4, gap=True
    )
    assert faults(more) == ()
    added = differences(DEFAULT, more)
    assert {d.path for d in added} == {
        f"value.growth.loyalty_card.{name}" for name in ("probability", "each", "once", "cost", "gap")
    }
    assert all(d.before is None and d.row.startswith("value.growth.*.") for d in added)
    assert changed(more, {"value.growth.loyalty_card": None}) == DEFAULT
    none = changed(DEFAULT, {"value.growth.cross_buy": None, "value.growth.referral": None})
    assert (none.value.growth, faults(none)) == ((), ())
    (wrong,) = faults(changed(DEFAULT, {"value.growth.loyalty_card": {"probability": 2}}))
    assert wrong.path == "value.growth.loyalty_card.probability"


WINTER: dict[str, float | str] = {
    "bond": "social", "saves": 0.2, "cost": 30.0, "en": "A winter visit", "zh": "冬季拜访",
}  # fmt: skip


def test_offers_to_stay_are_added_and_taken_away_like_any_change() -> None:
    more = changed(DEFAULT, {"retention.offers.winter": WINTER, "retention.offers.winter.cost": 35.0})
    added = more.retention.offers[-1]
    assert added == Offer(
        name="winter", bond="social", saves=0.2, cost=35.0, en="A winter visit", zh="冬季拜访"
    )
    assert faults(more) == ()
    assert {d.path: (d.before, d.after) for d in differences(DEFAULT, more)} == {
        f"retention.offers.winter.{name}": (None, value) for name, value in {**WINTER, "cost": 35.0}.items()
    }
    (suggested,) = best_offers([added], "gold", 1000.0, 100.0)
    assert suggested.en == "A winter visit"
    assert changed(more, {"retention.offers.winter": None}) == DEFAULT
    fewer = changed(more, {"retention.offers.fee_waiver": None})
    assert "fee_waiver" not in {offer.name for offer in fewer.retention.offers}
    gone = {d.path for d in differences(more, fewer)}
    assert gone == {f"retention.offers.fee_waiver.{name}" for name in WINTER}, "what it was is still told"


@pytest.mark.parametrize(
    ("wrong", "field", "says"),
    [
        ({"saves": 1.5}, "saves", "between 0 and 1"),
        ({"cost": -1.0}, "cost", "between 0"),
        ({"en": "  "}, "en", "“winter” needs a name in English"),
        ({"zh": ""}, "zh", "“winter” needs a name in Chinese"),
        ({"en": "a" * 61}, "en", "At most 60 letters"),
    ],
)
def test_what_is_wrong_with_an_offer_is_told_at_its_field(
    wrong: dict[str, float | str], field: str, says: str
) -> None:
    (fault,) = faults(changed(DEFAULT, {"retention.offers.winter": {**WINTER, **wrong}}))
    assert fault.path == f"retention.offers.winter.{field}"
    assert says in fault.en
    assert any(CHINESE[0] <= letter <= CHINESE[1] for letter in fault.zh)


def test_a_whole_policy_with_two_offers_of_one_code_is_at_fault() -> None:
    """As a file brings it: the editor cannot write one."""
    offers = (*DEFAULT.retention.offers, DEFAULT.retention.offers[0], Offer(
        name="Not one", bond="social", saves=0.1, cost=1.0, en="x", zh="x"
    ))  # fmt: skip
    found = faults(replace(DEFAULT, retention=replace(DEFAULT.retention, offers=offers)))
    assert [f.path for f in found] == ["retention.offers.goodwill_credit", "retention.offers.Not one"]
    assert "already" in found[0].en
