"""Tiers, reactions, repair, retention and who is served first: oracles O27, O29 and the golden cases."""

from dataclasses import replace

import pytest

from contact_center.loyalty import repair
from contact_center.loyalty.head_start import Caller, order
from contact_center.loyalty.policy import DEFAULT, Policy
from contact_center.loyalty.profile import portrait
from contact_center.loyalty.reactions import Evidence, reaction
from contact_center.loyalty.repair import Close, Reopen, RepairCase, RepairRules, TaskDone, Tick
from contact_center.loyalty.retention import (
    Offer,
    allowed,
    best_offers,
    incremental_profit,
    offer_worth,
    should_retain,
)
from contact_center.loyalty.segments import (
    TIERS,
    CutOffs,
    Placement,
    Tier,
    customer_equity,
    medians,
    placed,
    rfm,
    tier_of,
)
from contact_center.loyalty.treatment import treatment_of
from contact_center.loyalty.working_time import after_working_days
from tests.unit.test_loyalty_profile import LOYAL

HOUR, DAY = 3600.0, 86_400.0
WEDNESDAY = 6 * DAY  # 7 January 1970
FRIDAY = 8 * DAY


def test_o27_rfm() -> None:
    base = {
        "a": (5, 12, 900),
        "b": (12, 3, 150),
        "c": (40, 8, 400),
        "d": (3, 1, 60),
        "e": (90, 2, 80),
        "f": (200, 5, 700),
        "g": (30, 15, 1200),
        "h": (15, 6, 300),
        "i": (365, 4, 40),
        "j": (60, 9, 500),
    }
    expected = ["a555", "b422", "c343", "d511", "e212", "f134", "g355", "h433", "i121", "j244"]
    assert [k + v for k, v in rfm(base).items()] == expected


def test_ties_share_their_rank() -> None:
    assert set(rfm({"x": (1, 1, 1), "y": (1, 1, 1)}).values()) == {"444"}


def test_the_matrix_and_its_default_cut_offs() -> None:
    tiers = [tier_of(current_high=c, potential_high=p) for c in (True, False) for p in (True, False)]
    assert tiers == ["platinum", "gold", "iron", "lead"]
    cut = medians([(1, 10), (2, 20), (9, 30)])
    assert cut == CutOffs(current=2, potential=20)
    assert placed(None, 2, 20, cut).tier == "platinum"


def test_a_value_that_flaps_around_the_cut_off_changes_no_tier() -> None:
    cut, place = CutOffs(current=100, potential=100), Placement(tier="gold")
    for current in [96, 104] * 10:
        place = placed(place, current, 50, cut)
        assert place == Placement(tier="gold")
    for current in [90, 104] * 10:  # never two nights in a row
        place = placed(place, current, 50, cut)
    assert place.tier == "gold"
    once = placed(place, 90, 50, cut)
    assert (once.tier, once.pending, once.pending_runs) == ("gold", "lead", 1)
    twice = placed(once, 90, 50, cut)
    assert twice == Placement(tier="lead")
    assert placed(twice, 104, 50, cut) == Placement(tier="lead")  # up again only beyond the band


def test_customer_equity_is_the_sum() -> None:
    assert customer_equity({"a": 10.5, "b": -0.5}) == 10


def test_o29_head_start() -> None:
    callers = [
        Caller(contact="P", arrived_at=100, head_start_s=120),
        Caller(contact="G", arrived_at=60, head_start_s=60),
        Caller(contact="I", arrived_at=10, head_start_s=20),
        Caller(contact="L", arrived_at=0),
    ]
    # the specification's list: P, I, L, G with equal favoured arrivals going by arrival
    assert [c.contact for c in order(callers)] == ["P", "I", "L", "G"]
    late = Caller(contact="L", arrived_at=0, complaint_overdue=True)
    assert [c.contact for c in order([callers[0], late])] == ["L", "P"]
    assert [c.contact for c in order(callers, tiering=False)] == ["L", "I", "G", "P"]


def test_who_refused_profiling_is_treated_as_iron_without_head_start() -> None:
    policy = Policy(tiering_off=frozenset({"fraud"}))
    assert policy.treatment("platinum", "billing", no_profiling=False).head_start_s == 120
    for queue, refused in (("billing", True), ("fraud", False)):
        levers = policy.treatment("platinum", queue, no_profiling=refused)
        assert (levers.head_start_s, levers.target_s) == (0, DEFAULT.levers["iron"].target_s)


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (Evidence(dispositions=["cancel", "complaint"], complaint_opened=True), "exit"),
        (Evidence(same_reason_days={"bill": (3.0, 8.0)}), "voice"),
        (Evidence(same_reason_days={"bill": (3.0, 11.0)}), None),
        (Evidence(failures=("missed_commitment",), drawdown=0.2), "neglect"),
        (Evidence(failures=("missed_commitment",), index=75), "loyalty"),
        (Evidence(), None),
        (Evidence(drawdown=0.3), "exit"),
        (Evidence(asked_contract_end=True), "exit"),
        (Evidence(asked_supervisor=True), "voice"),
        (Evidence(lowest_csat=2), "voice"),
        (Evidence(lowest_csat=3), None),
        (Evidence(went_public=True), "voice"),
        (Evidence(failures=("outage",), unanswered_callbacks=2), "neglect"),
        (Evidence(failures=("outage",), silent_surveys_after_answering=3), "neglect"),
        (Evidence(failures=("outage",), marketing_opt_out=True), "neglect"),
        (Evidence(failures=("outage",), index=59), None),
        (Evidence(drawdown=0.2, marketing_opt_out=True), None),
    ],
)
def test_reactions(seen: Evidence, expected: str | None) -> None:
    found = reaction(seen)
    assert found.reaction == expected
    assert (found.because is None) == (expected is None)


def _case(tier: Tier = "gold", now: float = WEDNESDAY) -> RepairCase:
    case = repair.opened(case="r1", customer="c1", reaction="voice", tier=tier, owner="ann", now=now)
    assert case is not None
    return case


def test_a_complaint_has_an_owner_and_two_clocks() -> None:
    case = _case()
    assert case.owner == "ann"
    assert [(c.name, c.due_at) for c in case.clocks] == [
        ("first_action", WEDNESDAY + 2 * HOUR),
        ("solution", WEDNESDAY + 2 * DAY),
    ]
    assert case.next_deadline == WEDNESDAY + HOUR


def test_a_frozen_clock_warns_escalates_and_breaches_once_each() -> None:
    case, told = _case(), []
    for minutes in (59, 60, 61, 96, 100, 120, 121):
        case, now_told = repair.step(case, Tick(), WEDNESDAY + minutes * 60)
        told += [(minutes, t.clock, t.mark) for t in now_told]
    assert told == [(60, "first_action", "warn"), (96, "first_action", "escalate"), (120, *BREACH)]
    assert case.overdue


BREACH = ("first_action", "breach")


def test_a_core_that_slept_through_the_marks_tells_all_of_them() -> None:
    case, told = repair.step(_case(), Tick(), WEDNESDAY + 10 * DAY)
    assert [t.mark for t in told] == ["warn", "escalate", "breach"] * 2
    assert case.next_deadline is None


def test_the_first_task_stops_the_first_clock() -> None:
    case, _ = repair.step(_case(), TaskDone(task="apology"), WEDNESDAY + HOUR / 2)
    assert case.next_deadline == WEDNESDAY + DAY  # half of two days
    case, told = repair.step(case, Tick(), WEDNESDAY + 3 * HOUR)
    assert told == ()
    case, _ = repair.step(case, TaskDone(task="no such task"), WEDNESDAY + 3 * HOUR)
    assert case.tasks_done == ("apology",)


def test_reopening_gives_back_what_was_left() -> None:
    case, _ = repair.step(_case(), TaskDone(task="apology"), WEDNESDAY + HOUR)
    case, _ = repair.step(case, Close(outcome="confirmed"), WEDNESDAY + 1.5 * DAY)
    assert (case.repaired_in_time, case.next_deadline) == (True, None)
    later = WEDNESDAY + 30 * DAY
    _, told = repair.step(case, Tick(), later)
    assert told == ()
    again, _ = repair.step(case, Reopen(), later)
    assert {c.name: c.due_at for c in again.clocks}["solution"] == later + 0.5 * DAY
    assert (again.reopened, again.closed_at, again.repaired_in_time) == (1, None, False)
    _, told = repair.step(again, Tick(), later + 0.5 * DAY)
    assert [t.mark for t in told] == ["escalate", "breach"]


def test_closing_late_is_not_repaired_in_time() -> None:
    case, _ = repair.step(_case(), Close(outcome="confirmed"), WEDNESDAY + 3 * DAY)
    assert not case.repaired_in_time
    assert not case.overdue


def test_the_law_goes_before_the_plan_and_weekends_do_not_count() -> None:
    assert after_working_days(FRIDAY, 1) == FRIDAY + 3 * DAY
    assert after_working_days(WEDNESDAY, 5) == WEDNESDAY + 7 * DAY
    assert after_working_days(FRIDAY + 20 * HOUR, 1, utc_offset_s=8 * HOUR) == FRIDAY + 68 * HOUR
    strict = RepairRules(legal_maximum_s=HOUR)
    case = repair.opened(
        case="r", customer="c", reaction="voice", tier="lead", owner="ann", now=WEDNESDAY, rules=strict
    )
    assert case is not None
    assert {c.due_at for c in case.clocks} == {WEDNESDAY + HOUR}


def test_nothing_is_opened_where_the_policy_does_nothing() -> None:
    none = repair.opened(case="r", customer="c", reaction="neglect", tier="lead", owner="ann", now=0)
    assert none is None


def test_retention_must_be_worth_its_cost() -> None:
    assert offer_worth(0.10, 2163.42) == pytest.approx(216.34, abs=5e-3)
    offer = Offer(name="fee waiver", bond="financial", saves=0.10, cost=216.0)
    assert allowed(offer, 2163.42, cap=0.15 * 2163.42)
    assert not allowed(offer, 2150, cap=0.15 * 2163.42)
    assert not allowed(offer, 2163.42, cap=0.05 * 2163.42)


def test_a_higher_tier_is_bound_more_deeply() -> None:
    cheap = Offer(name="credit", bond="financial", saves=0.2, cost=10)
    deep = Offer(name="integration", bond="structural", saves=0.1, cost=50)
    dear = Offer(name="dear", bond="social", saves=0.01, cost=90)
    assert [o.name for o in best_offers([cheap, deep, dear], "platinum", 1000, 150)] == [
        "integration",
        "credit",
    ]
    assert [o.name for o in best_offers([cheap, deep, dear], "lead", 1000, 150)] == ["credit", "integration"]


@pytest.mark.parametrize(
    ("said", "stage", "tier", "churn", "worth", "due"),
    [
        ("exit", "stable", "lead", None, None, True),
        (None, "decline", "gold", None, None, True),
        (None, "decline", "iron", None, None, False),
        (None, "stable", "iron", 0.5, 10.0, True),
        (None, "stable", "iron", 0.5, -10.0, False),
        ("voice", "stable", "platinum", 0.1, 10.0, False),
    ],
)
def test_when_the_retention_desk_is_due(
    said: str | None, stage: str, tier: str, churn: float | None, worth: float | None, due: bool
) -> None:
    found = should_retain(reaction=said, stage=stage, tier=tier, churn=churn, lifetime_profit=worth)  # type: ignore[arg-type]
    assert found is due


def test_the_effect_of_retention_is_measured_against_a_hold_out() -> None:
    assert incremental_profit([10, 20, 30], [10, 10]) == pytest.approx(30)
    with pytest.raises(ValueError, match="hold-out"):
        incremental_profit([1], [])


@pytest.mark.parametrize("tier", TIERS)
def test_a_leaving_customer_is_kept_as_his_tier_has_it(tier: Tier) -> None:
    """The desk shows the way; only a warm transfer looks for somebody who can keep him first."""
    leaving = replace(LOYAL, tier=tier, reaction="exit")
    treated = treatment_of(portrait(leaving, refused=False), DEFAULT)
    assert treated is not None
    way = DEFAULT.levers[tier].retention
    assert (treated.retention, treated.retain) == (way, way.startswith("warm_transfer"))
    stays = treatment_of(portrait(replace(LOYAL, tier=tier), refused=False), DEFAULT)
    assert stays is not None
    assert (stays.retention, stays.retain) == (None, False)
    assert treatment_of(portrait(leaving, refused=True), DEFAULT) is None
