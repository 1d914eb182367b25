"""The tier table of a queue: what it says goes before the company's; for the rest it has the company's."""

import json
import re
from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

import contact_center
from contact_center.acd.explain import sentence
from contact_center.cti import events as cti
from contact_center.cti.events import Candidate, Decision
from contact_center.loyalty.outreach import failure_of
from contact_center.loyalty.policy import DEFAULT, QUEUE_LEVERS, TierLevers
from contact_center.loyalty.policy_editing import Difference, Value, differences, faults, parameters
from contact_center.loyalty.policy_words import WORDS
from contact_center.loyalty.profile import portrait
from contact_center.loyalty.segments import TIERS, Tier
from contact_center.loyalty.treatment import treatment_of
from contact_center.runtime.codec import CodecError
from contact_center.simulation.tier_service import TierTraffic, agents_for, tier_service
from contact_center.storage.loyalty import POLICIES
from contact_center.storage.policy_previews import WrongChange, changed
from tests.unit.test_loyalty_profile import LOYAL

GOLD = "queue_levers.billing.gold"
OWN: dict[str, Value] = {f"{GOLD}.head_start_s": 90.0, f"{GOLD}.callback_within_s": None}
BILLING = changed(DEFAULT, OWN)
QUEUES = ("billing", "technical")


def test_a_queue_says_only_where_it_departs() -> None:
    assert BILLING.queue_levers == {"billing": {"gold": {"head_start_s": 90, "callback_within_s": None}}}
    company = DEFAULT.levers["gold"]
    assert BILLING.levers_in("gold", "billing") == replace(company, head_start_s=90, callback_within_s=None)
    for tier in TIERS:
        assert BILLING.levers_in(tier, "technical") == BILLING.levers_in(tier, None) == DEFAULT.levers[tier]
    assert BILLING.levers_in("iron", "billing") == DEFAULT.levers["iron"]
    assert BILLING.treatment("gold", "billing", no_profiling=False).head_start_s == 90
    exempt = replace(BILLING, tiering_off=frozenset({"billing"}))
    assert exempt.levers_in("gold", "billing") == company, "a queue without tiers has no table"


def test_a_change_of_the_company_reaches_who_said_nothing() -> None:
    changes: dict[str, Value] = {"levers.gold.head_start_s": 70.0, "levers.gold.overflow_s": 50.0}
    later = changed(BILLING, changes)
    assert later.levers_in("gold", "billing").head_start_s == 90, "its own stays"
    assert later.levers_in("gold", "billing").overflow_s == 50
    assert later.levers_in("gold", "technical").head_start_s == 70


def test_versions_of_before_load_and_new_ones_come_back_as_they_were() -> None:
    body = POLICIES.plain(DEFAULT)
    del body["queue_levers"]
    assert POLICIES.load(json.dumps(body)) == DEFAULT
    assert POLICIES.load(POLICIES.dump(BILLING)) == BILLING
    assert json.loads(POLICIES.dump(BILLING))["queue_levers"] == BILLING.queue_levers, (
        "nothing else is stored"
    )


@pytest.mark.parametrize(
    ("own", "told"),
    [
        ({"billing": {"silver": {"head_start_s": 1}}}, "queue_levers.billing.silver"),
        ({"billing": {"gold": {"menu": "standard"}}}, "queue_levers.billing.gold.menu"),
        ({"billing": {"gold": {"head_strat_s": 1}}}, "queue_levers.billing.gold.head_strat_s"),
        ({"billing": {"gold": {"choice": "anybody"}}}, "queue_levers.billing.gold.choice"),
    ],
)
def test_a_file_that_cannot_be_says_queue_tier_and_lever(own: Mapping[str, Any], told: str) -> None:
    with pytest.raises(CodecError, match=told.replace(".", r"\.")):
        POLICIES.from_plain({**POLICIES.plain(DEFAULT), "queue_levers": own})


def test_the_words_say_which_levers_a_queue_may_have() -> None:
    """The menu comes before any queue; what we do by ourselves, and money, outside of all of them."""
    of_tiers = {words.path for words in WORDS if words.group == "levers"}
    may = {words.path for words in WORDS if words.per_queue}
    assert may == {f"levers.*.{lever}" for lever in QUEUE_LEVERS}
    assert of_tiers - may == {"levers.*.menu", "levers.*.proactive", "levers.*.recovery_cap"}
    assert {each.name for each in fields(TierLevers)} > QUEUE_LEVERS
    assert all(words.path in of_tiers for words in WORDS if words.per_queue)


COMPANYS_ALONE = {
    "loyalty/policy.py",  # `levers_in` itself
    "loyalty/policy_editing.py",  # the parameters and their bounds
    "loyalty/outreach.py",  # proactive contact
    "storage/outreach.py",
    "loyalty/remedies.py",  # the cap of recovery spend
    "loyalty/treatment.py",  # the menu
    "simulation/tier_service.py",  # the target of every queue that has none of its own
    "storage/tier_service.py",
}


def test_nobody_reads_the_companys_table_where_a_queue_may_have_its_own() -> None:
    """Whoever has a queue at hand asks `levers_in`; a new reader of the company's says here why it may."""
    root = Path(contact_center.__file__).parent
    readers = {
        str(file.relative_to(root))
        for file in root.rglob("*.py")
        if re.search(r"\.levers(\[|\.|\))", file.read_text("utf-8"))
    }
    assert readers == COMPANYS_ALONE


def test_own_values_are_parameters_with_the_words_of_the_companys() -> None:
    own = [p for p in parameters(BILLING) if p.queue]
    assert [(p.path, p.row, p.queue, p.keys, p.value) for p in own] == [
        (f"{GOLD}.head_start_s", "levers.*.head_start_s", "billing", ("gold",), 90),
        (f"{GOLD}.callback_within_s", "levers.*.callback_within_s", "billing", ("gold",), None),
    ]
    choosing = changed(DEFAULT, {f"{GOLD}.choice": "named"})
    (choice,) = (p for p in parameters(choosing) if p.queue)
    assert "skill_self_service" in choice.options


def test_what_differs_is_told_beside_what_acted_before() -> None:
    first, second = differences(DEFAULT, BILLING)
    assert first == Difference(
        path=f"{GOLD}.head_start_s", row="levers.*.head_start_s", before=60, after=90, queue="billing",
        inherited="before",
    )  # fmt: skip
    assert (second.before, second.after, second.inherited) == (1800, None, "before")
    back = differences(BILLING, DEFAULT)
    assert [(d.before, d.after, d.inherited) for d in back] == [(90, 60, "after"), (None, 1800, "after")]
    more = changed(BILLING, {f"{GOLD}.head_start_s": 100.0})
    assert [(d.before, d.after, d.inherited) for d in differences(BILLING, more)] == [(90, 100, "")]
    pinned = changed(DEFAULT, {f"{GOLD}.head_start_s": 60.0})
    (same,) = differences(DEFAULT, pinned)
    assert (same.before, same.after, same.inherited) == (60, 60, "before"), "it no longer follows the company"


def test_the_word_company_takes_an_own_value_back() -> None:
    less = changed(BILLING, {f"{GOLD}.head_start_s": "company"})
    assert less.queue_levers == {"billing": {"gold": {"callback_within_s": None}}}
    assert changed(less, {f"{GOLD}.callback_within_s": "company"}) == DEFAULT
    assert changed(DEFAULT, {f"{GOLD}.callback_within_s": "company"}) == DEFAULT, "there was none"


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        ("queue_levers.billing.silver.head_start_s", 5, "silver"),
        ("queue_levers.billing.gold.head_strat_s", 5, "head_strat_s"),
        ("queue_levers.billing.gold.menu", "standard", "before or outside any queue"),
        ("queue_levers.billing.gold.recovery_cap", 0.1, "company's alone"),
        ("queue_levers.billing.gold.head_start_s", "soon", "not a value"),
        ("queue_levers.billing.gold.head_start_s", None, "not a value"),
        ("queue_levers.billing.gold", {"head_start_s": 5}, "no such parameter"),
        ("queue_levers.billing", None, "no such parameter"),
        ("queue_levers", {}, "no such parameter"),
    ],
)
def test_a_change_that_is_none_is_refused_by_name(path: str, value: Value, told: str) -> None:
    with pytest.raises(WrongChange) as refused:
        changed(DEFAULT, {path: value})
    assert refused.value.fault.path == path
    assert told in refused.value.fault.en


@pytest.mark.parametrize(
    ("changes", "at"),
    [
        ({f"{GOLD}.head_start_s": 200.0}, f"{GOLD}.head_start_s"),  # over the cap of 180
        ({f"{GOLD}.head_start_s": -1.0}, f"{GOLD}.head_start_s"),
        ({f"{GOLD}.target_level": 1.5}, f"{GOLD}.target_level"),
        ({"queue_levers.biling.gold.target_s": 5.0}, "queue_levers.biling"),
        ({f"{GOLD}.head_start_s": 170.0, "head_start_cap_s": 160.0}, f"{GOLD}.head_start_s"),
    ],
)
def test_a_fault_is_told_where_it_is(changes: Mapping[str, Value], at: str) -> None:
    (fault,) = faults(changed(DEFAULT, changes), QUEUES)
    assert fault.path == at
    assert fault.zh
    assert "biling" not in at or "biling" in fault.en


# -- what acts -----------------------------------------------------------------------------------------------


def test_a_customer_is_treated_by_each_queues_own_table() -> None:
    policy = changed(BILLING, {f"{GOLD}.retention": "callback_one_day", f"{GOLD}.choice": "skill"})
    leaving = portrait(replace(LOYAL, tier="gold", reaction="exit", risks=("exit_signal",)), refused=False)
    treated = treatment_of(leaving, policy)
    assert treated is not None
    here, there = treated.at("billing"), treated.at("technical")
    assert here is not None
    assert there is not None
    assert (here.head_start_s, there.head_start_s) == (150, 120), "a minute each for who is at risk"
    assert (here.retain, here.retention, there.retain) == (False, "callback_one_day", True)
    assert (here.choice, there.choice, here.callback_within_s) == ("skill", "last", None)
    assert (here.own_place, there.own_place, here.target_s) == (True, False, there.target_s)
    platinum = treatment_of(portrait(replace(LOYAL, tier="platinum"), refused=False), policy)
    assert platinum is not None
    assert platinum.queues == {}, "the queue says nothing of that tier"
    exempt = treatment_of(leaving, replace(policy, tiering_off=frozenset({"billing"})))
    assert exempt is not None
    assert (exempt.at("billing"), exempt.queues) == (None, {})
    assert treatment_of(portrait(LOYAL, refused=True), policy) is None


def test_no_favour_is_beyond_the_cap_whatever_a_queue_says() -> None:
    wild = replace(DEFAULT, queue_levers={"billing": {"lead": {"head_start_s": 5000.0}}})
    treated = treatment_of(portrait(replace(LOYAL, tier="lead"), refused=False), wild)
    assert treated is not None
    here = treated.at("billing")
    assert here is not None
    assert here.head_start_s == DEFAULT.head_start_cap_s


@pytest.mark.parametrize(("queue", "failure"), [("billing", None), ("technical", "long_abandon")])
def test_a_wait_is_a_failure_by_the_queues_own_target(queue: str, failure: str | None) -> None:
    patient = changed(DEFAULT, {f"{GOLD}.target_s": 60.0})
    ended = cti.ContactEnded(
        contact="c", outcome="abandoned", queue=queue, agent=None, wait_s=40.0, talk_s=0.0, hold_s=0.0
    )
    assert failure_of(ended, replace(LOYAL, tier="gold"), patient) == failure


def test_a_decision_says_that_the_queue_has_it_so() -> None:
    decision = Decision(
        rule="fair", wait_s=20, candidates=(Candidate(agent="amy", idle_s=3, proficiency=5),), tier="gold",
        head_start_s=90, own_place=True,
    )  # fmt: skip
    said = sentence(decision, {"amy": "Amy"}, {"billing": 1})
    assert "By this queue's own table a gold customer counts as 90 s earlier." in said["en"]
    assert "按本队列自定的等级表，黄金客户按提前 90 秒到达计算。" in said["zh"]
    plain = sentence(replace(decision, own_place=False), {"amy": "Amy"}, {"billing": 1})
    assert "A gold customer counts as 90 s earlier." in plain["en"]


# -- what is measured ----------------------------------------------------------------------------------------


def test_a_tier_is_staffed_for_the_target_of_each_queue() -> None:
    """Hours of both together: each queue with a target of its own needs its agents, the rest share."""
    policy = changed(DEFAULT, {f"{GOLD}.target_level": 0.5, f"{GOLD}.target_s": 60.0})
    part = TierTraffic(
        offered=60, within=50, hours={1: 40, 3: 20}, handled=60, wait_s=600.0, work_s=60 * 300.0
    )
    whole = TierTraffic(
        offered=160, within=120, short=2, hours={1: 100, 2: 40, 3: 20}, handled=150, wait_s=3000.0,
        work_s=60 * 300.0 + 90 * 180.0, all_work_s=40_000.0, own={"billing": part},
    )  # fmt: skip
    gold = next(each for each in tier_service({"gold": whole}, policy, 28.0) if each.tier == "gold")
    levers, own = DEFAULT.levers["gold"], policy.levers_in("gold", "billing")
    there = {1: agents_for(40, 300.0, own), 3: agents_for(20, 300.0, own)}
    elsewhere = {1: agents_for(60, 180.0, levers), 2: agents_for(40, 180.0, levers)}
    assert gold.staff_hours == sum(there.values()) + sum(elsewhere.values())
    assert gold.agents_busiest == there[1] + elsewhere[1], "both have their busiest hour in the first"
    (billing,) = gold.queues
    assert (billing.queue, billing.target_level, billing.target_s) == ("billing", 0.5, 60)
    assert (billing.offered, billing.served.n, billing.mean_wait_s, billing.mean_handle_s) == (
        60,
        60,
        10,
        300,
    )
    assert (billing.agents_busiest, billing.staff_hours) == (there[1], sum(there.values()))
    assert (gold.target_s, gold.served.n) == (levers.target_s, 158)


@pytest.mark.parametrize("tier", TIERS)
def test_without_own_targets_a_tier_is_staffed_as_one(tier: Tier) -> None:
    seen = TierTraffic(offered=30, within=20, hours={1: 20, 2: 10}, handled=30, work_s=30 * 200.0)
    found = next(each for each in tier_service({tier: seen}, BILLING, 28.0) if each.tier == tier)
    levers = DEFAULT.levers[tier]
    assert found.queues == ()
    assert found.staff_hours == agents_for(20, 200.0, levers) + agents_for(10, 200.0, levers)
