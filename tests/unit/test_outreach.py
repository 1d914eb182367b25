"""Calls by ourselves: the tier's lever decides who gets one; a no and an open case are respected."""

from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contact_center.cti.events import ContactEnded, ContactOutcome
from contact_center.loyalty import repair
from contact_center.loyalty.casework import opened_case, opened_event
from contact_center.loyalty.lifecycle import STAGES, Stage
from contact_center.loyalty.outreach import (
    PARTS,
    Known,
    Turn,
    after_complaint,
    after_failure,
    by_stage,
    to_develop,
)
from contact_center.loyalty.policy import DEFAULT, Policy, Proactive
from contact_center.loyalty.profile import OpenRepair, portrait
from contact_center.loyalty.reactions import Reaction
from contact_center.loyalty.remedies import means
from contact_center.loyalty.repair import OCCASIONS, RESULTS, TASKS, Close, RepairCase, TaskDone
from contact_center.loyalty.segments import TIERS, Tier
from contact_center.loyalty.treatment import treatment_of
from tests.unit.test_loyalty_profile import LOYAL

DAY = 86_400.0
NOW = 1_700_000_000.0  # a Tuesday
EVERY: tuple[Proactive, ...] = get_args(Proactive)


def known(tier: Tier = "platinum", *cases: RepairCase, **profile: object) -> Known:
    who = replace(LOYAL, tier=tier, **profile)  # type: ignore[arg-type]  # fields as given
    return Known(customer="c1", profile=who, cases=cases, consents={"marketing": True})


def ended(
    outcome: ContactOutcome = "abandoned", wait_s: float = 40.0, queue: str | None = "sales"
) -> ContactEnded:
    return ContactEnded(
        contact="k", outcome=outcome, queue=queue, agent=None, wait_s=wait_s, talk_s=0.0, hold_s=0.0
    )


def complaint(at: float = NOW - DAY) -> RepairCase:
    """Solved, by its owner."""
    case = repair.opened(
        case="k.voice",
        customer="c1",
        reaction="voice",
        tier="platinum",
        owner="ann",
        now=at,
        because="complaint",
    )
    assert case is not None
    return repair.step(case, Close(outcome="customer_confirms"), at + 600)[0]


def levered(lever: Proactive) -> Policy:
    """Every tier has this lever."""
    return replace(DEFAULT, levers={t: replace(each, proactive=lever) for t, each in DEFAULT.levers.items()})


def all_calls(who: Known, policy: Policy = DEFAULT, now: float = NOW) -> dict[str, RepairCase | None]:
    stage = replace(who, profile=None if who.profile is None else replace(who.profile, stage="decline"))
    return {
        "failures": after_failure(ended(), who, policy, now),
        "complaints": after_complaint(complaint(), who, policy, now),
        "stage_plan": by_stage("r", Turn(customer="c1", before="stable"), stage, policy, now),
        "development": to_develop("r", who, policy, now),
    }


@pytest.mark.parametrize("lever", EVERY)
def test_each_value_of_the_lever_asks_for_its_calls_and_no_others(lever: Proactive) -> None:
    made = all_calls(known(), levered(lever))
    assert {part for part, call in made.items() if call is not None} == PARTS[lever]


def test_by_the_shipped_policy_platinum_has_all_care_and_lead_none() -> None:
    made = {t: {part for part, call in all_calls(known(t)).items() if call} for t in TIERS}
    assert made == {
        "platinum": {"failures", "complaints", "stage_plan"},
        "gold": {"complaints", "stage_plan"},
        "iron": {"development"},
        "lead": set(),
    }


@pytest.mark.parametrize(
    ("outcome", "wait_s", "queue", "because"),
    [
        ("abandoned", 10.1, "sales", "long_abandon"),
        ("abandoned", 10.0, "sales", None),
        ("ended_in_flow", 0.0, "sales", "turned_away"),
        ("ended_in_flow", 0.0, None, None),
        ("failed", 0.0, None, "call_failed"),
        ("handled", 300.0, "sales", None),
        ("callback", 300.0, "sales", None),
        ("not_reached", 0.0, "sales", None),
        ("abandoned", 400.0, "emergency", None),
    ],
)
def test_what_counts_as_a_failure_of_ours(
    outcome: ContactOutcome, wait_s: float, queue: str | None, because: str | None
) -> None:
    """Beyond the ten seconds of platinum; queues without tiers serve, and fail, everybody alike."""
    policy = replace(DEFAULT, tiering_off=frozenset({"emergency"}))
    call = after_failure(ended(outcome, wait_s, queue), known(), policy, NOW)
    assert (call.because if call else None) == because


def test_a_failure_is_apologised_for_by_the_repair_plan() -> None:
    waits, turns_away = (after_failure(ended(), known(reaction=r), DEFAULT, NOW) for r in (None, "exit"))
    assert waits is not None
    assert turns_away is not None
    assert (waits.case, waits.reaction, waits.owner, waits.contact) == ("k.failure", "loyalty", "", "k")
    assert turns_away.reaction == "neglect"
    assert waits.due_at == NOW + DEFAULT.repair.first_action_s["loyalty"]["platinum"]  # type: ignore[operator]  # he has one
    named = after_failure(ended(), replace(known(), agent="amy"), DEFAULT, NOW)
    assert named is not None
    assert named.owner == "amy"


def test_whoever_made_good_asks_whether_it_holds() -> None:
    call = after_complaint(complaint(), known(), DEFAULT, NOW)
    assert call is not None
    assert (call.case, call.reaction, call.owner) == ("k.voice.follow_up", "follow_up", "ann")
    assert call.due_at == NOW + 3 * DAY
    assert after_complaint(replace(complaint(), outcome="history"), known(), DEFAULT, NOW) is None
    assert after_complaint(replace(complaint(), closed_at=None, outcome=""), known(), DEFAULT, NOW) is None
    assert after_complaint(replace(complaint(), reaction="exit"), known(), DEFAULT, NOW) is None


@pytest.mark.parametrize(
    ("before", "after", "pattern", "occasion"),
    [
        (None, "exploration", None, "welcome"),
        (None, "stable", None, None),
        ("exploration", "formation", None, "onboarding"),
        ("formation", "stable", None, None),
        ("stable", "decline", None, "review"),
        ("formation", "decline", None, None),
        ("stable", "exited", "early_exit", "review"),
        ("formation", "exited", "midway_death", "review"),
        ("decline", "exited", "long_term", "review"),
        ("exploration", "exited", "early_abort", None),
        ("exited", "exploration", None, None),
    ],
)
def test_the_stage_plan(
    before: Stage | None, after: Stage, pattern: str | None, occasion: str | None
) -> None:
    """Theory §2.3 and §5.2; an early abort is a stop-loss: nothing more is spent."""
    who = known(stage=after, pattern=pattern)
    call = by_stage("r", Turn(customer="c1", before=before), who, DEFAULT, NOW)
    assert (call.reaction if call else None) == occasion


@pytest.mark.parametrize(("hold_out", "occasion"), [(1.0, None), (0.0, "review")])
def test_the_hold_out_is_not_reviewed_but_served(hold_out: float, occasion: str | None) -> None:
    policy = replace(DEFAULT, retention=replace(DEFAULT.retention, hold_out=hold_out))
    who = known(stage="decline")
    call = by_stage("r", Turn(customer="c1", before="stable"), who, policy, NOW)
    assert (call.reaction if call else None) == occasion
    asked = after_complaint(complaint(), who, policy, NOW)
    assert asked is not None, "whoever complained is asked whether it holds"
    onboarding = by_stage(
        "r", Turn(customer="c1", before="exploration"), known(stage="formation"), policy, NOW
    )
    assert onboarding is not None


@pytest.mark.parametrize(
    "unfit",
    [
        {"potential": 0.0},
        {"stage": "decline"},
        {"stage": "exploration"},
        {"reaction": "voice"},
        {"risks": ("index_drop",)},
    ],
)
def test_an_offer_is_for_who_may_grow_and_is_content(unfit: dict[str, object]) -> None:
    assert to_develop("r", known("iron"), DEFAULT, NOW) is not None
    assert to_develop("r", known("iron", **unfit), DEFAULT, NOW) is None
    for said in ({}, {"marketing": False}):
        assert to_develop("r", replace(known("iron"), consents=said), DEFAULT, NOW) is None


@given(st.sampled_from(TIERS), st.sampled_from(EVERY), st.sampled_from(STAGES))
def test_who_refused_is_left_alone_whatever_the_lever(tier: Tier, lever: Proactive, stage: Stage) -> None:
    policy, who = levered(lever), known(tier, stage=stage)
    no_calls = replace(who, consents={"calls": False, "marketing": True})
    cared_for = replace(who, cases=(replace(complaint(), closed_at=None, outcome=""),))
    intended = repair.intended(
        case="r0",
        customer="c1",
        occasion="review",
        tier=tier,
        owner="",
        now=NOW - 90 * DAY,
        due_at=NOW,
        because="x",
    )
    asked_not_to = repair.step(intended, Close(outcome="not_wanted: said so"), NOW - 80 * DAY)[0]
    for left_alone in (
        replace(who, refused=True),
        replace(who, profile=None),
        no_calls,
        cared_for,
        replace(who, cases=(asked_not_to,)),
    ):
        assert set(all_calls(left_alone, policy).values()) == {None}
    again = replace(who, cases=(asked_not_to,), consents={"calls": True, "marketing": True})
    assert {part for part, call in all_calls(again, policy).items() if call} == {
        part for part, call in all_calls(who, policy).items() if call
    }


@given(st.floats(0, 90))
def test_planned_calls_keep_their_distance_apologies_do_not_wait(days_ago: float) -> None:
    call = repair.intended(
        case="r0",
        customer="c1",
        occasion="welcome",
        tier="platinum",
        owner="",
        now=NOW - days_ago * DAY,
        due_at=NOW,
        because="x",
    )
    over = repair.step(call, Close(outcome="reached"), NOW)[0]
    made = all_calls(known("platinum", over))
    assert (made["stage_plan"] is None) == (days_ago < DEFAULT.outreach.quiet_days)
    assert made["failures"] is not None
    assert made["complaints"] is not None


def test_nothing_is_done_twice_for_one_contact() -> None:
    first = after_failure(ended(), known(), DEFAULT, NOW)
    assert first is not None
    over = repair.step(first, Close(outcome="sent"), NOW + 60)[0]
    assert after_failure(ended(), known("platinum", over), DEFAULT, NOW + 120) is None


@pytest.mark.parametrize("occasion", OCCASIONS)
def test_a_call_of_our_own_is_a_case_that_nobody_was_promised(occasion: repair.Occasion) -> None:
    call = repair.intended(
        case="r0",
        customer="c1",
        occasion=occasion,
        tier="iron",
        owner="",
        now=NOW,
        due_at=NOW + DAY,
        because="x",
    )
    assert opened_case(opened_event(call), "c1") == call
    late, told = repair.step(call, repair.Tick(), NOW + 2 * DAY)
    assert ([each.mark for each in told], late.overdue) == (["warn", "escalate", "breach"], True)
    row = OpenRepair(case="r0", reaction=occasion, owner="", due_at=None, overdue=True)
    plain, called = portrait(LOYAL, refused=False), portrait(LOYAL, (row,), refused=False)
    assert called.next_step == plain.next_step, "nothing is to be made good first"
    assert treatment_of(called, DEFAULT) == treatment_of(plain, DEFAULT), "and nobody is owed a place in line"
    gift = repair.Give(remedy=repair.Remedy(kind="credit", amount=5, at=NOW, by="ann", cap=20))
    assert repair.step(call, gift, NOW)[0] == call
    done = repair.step(call, TaskDone(task=TASKS[occasion][0]), NOW)[0]
    assert done.due_at is None
    assert len(RESULTS[occasion]) >= 3
    assert means(call, LOYAL, (call,), DEFAULT, NOW).given == 0.0


def test_a_reaction_is_still_a_promise() -> None:
    reactions: tuple[Reaction, ...] = get_args(Reaction)
    for reaction in reactions:
        row = OpenRepair(case="r", reaction=reaction, owner="ann", due_at=None, overdue=True)
        assert portrait(LOYAL, (row,), refused=False).next_step == "repair"
