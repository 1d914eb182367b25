"""What may be given to make good: the tier's cap in money, never exceeded without a supervisor's word."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contact_center.loyalty import repair
from contact_center.loyalty.policy import DEFAULT, Policy
from contact_center.loyalty.profile import Profile
from contact_center.loyalty.reactions import Reaction
from contact_center.loyalty.remedies import Means, means, offers_to, withheld, within
from contact_center.loyalty.repair import MAKES_GOOD, TASKS, Close, Give, Remedy, RepairCase
from contact_center.loyalty.retention import held_out
from contact_center.loyalty.segments import TIERS, Tier
from tests.unit.test_loyalty_profile import LOYAL

NOW, DAY = 1_700_000_000.0, 86_400.0
MINIMUM = DEFAULT.repair.remedy_minimum


def case_of(reaction: Reaction = "voice", name: str = "r1") -> RepairCase:
    case = repair.opened(
        case=name, customer="c1", reaction=reaction, tier="platinum", owner="ann", now=NOW - DAY
    )
    assert case is not None
    return case


def gave(case: RepairCase, amount: float, at: float = NOW) -> RepairCase:
    remedy = Remedy(kind="credit", amount=amount, at=at, by="ann", cap=0.0)
    return repair.step(case, Give(remedy=remedy), at)[0]


def may(case: RepairCase, profile: Profile | None, *others: RepairCase, policy: Policy = DEFAULT) -> Means:
    return means(case, profile, (case, *others), policy, NOW)


@pytest.mark.parametrize(
    ("tier", "cap"), [("platinum", 324.51), ("gold", 216.34), ("iron", 108.17), ("lead", MINIMUM)]
)
def test_the_cap_is_the_tiers_share_of_the_lifetime_profit(tier: Tier, cap: float) -> None:
    has = may(case_of(), replace(LOYAL, tier=tier, value=2163.42))
    assert (has.cap, has.left, has.given) == (cap, cap, 0.0)
    assert within(cap, has)
    assert not within(cap + 0.01, has)
    assert has.share == DEFAULT.levers[tier].recovery_cap


@pytest.mark.parametrize(
    "profile", [None, replace(LOYAL, value=None), replace(LOYAL, value=-50.0), replace(LOYAL, value=10.0)]
)
def test_whoever_he_is_the_minimum_may_be_given(profile: Profile | None) -> None:
    has = may(case_of(), profile)
    assert (has.cap, has.left, has.share) == (MINIMUM, MINIMUM, None)


def test_an_offer_to_stay_must_be_worth_more_than_it_costs() -> None:
    """Theory §4.3: Δπ .10 of a lifetime profit of 2163.42 is worth 216.34; the cap of platinum is higher."""
    has = may(case_of("exit"), replace(LOYAL, value=2163.42))
    assert (has.worth, has.cap, has.left) == (216.34, 324.51, 216.33)
    assert within(216.34, has)  # 216.342 is more
    assert not within(216.35, has)
    assert not within(1.0, may(case_of("exit"), replace(LOYAL, value=0.0))), "he may be let go"
    assert within(MINIMUM, may(case_of("exit"), None)), "nobody knows what he is worth"


def test_what_was_given_in_any_case_counts_for_its_time() -> None:
    old = gave(case_of(name="r0"), 100.0, NOW - 366 * DAY)
    other = repair.step(gave(case_of(name="r2"), 200.0, NOW - DAY), Close(outcome="done"), NOW)[0]
    has = may(case_of(), replace(LOYAL, value=2163.42), old, other)
    assert (has.given, has.left) == (200.0, 124.51)


@pytest.mark.parametrize("reaction", list(MAKES_GOOD))
def test_giving_does_its_task_and_is_the_first_action(reaction: Reaction) -> None:
    case = gave(case_of(reaction), 5.0)
    assert case.tasks_done == (MAKES_GOOD[reaction],)
    assert MAKES_GOOD[reaction] in TASKS[reaction]
    assert all(clock.done for clock in case.clocks if clock.name == "first_action")
    assert [r.amount for r in case.remedies] == [5.0]
    closed = repair.step(case, Close(outcome="done"), NOW)[0]
    assert gave(closed, 5.0) == closed, "nothing is given in a closed case"


AMOUNTS = st.integers(1, 60_000).map(lambda cents: cents / 100)


@given(
    st.lists(st.tuples(AMOUNTS, st.integers(0, 2), st.floats(0, 500)), max_size=12),
    st.sampled_from(TIERS),
    st.one_of(st.none(), st.floats(-1000, 50_000)),
    st.sampled_from(list(MAKES_GOOD)),
)
def test_agents_never_give_more_than_the_cap(
    wishes: list[tuple[float, int, float]], tier: Tier, value: float | None, reaction: Reaction
) -> None:
    """Three cases, gifts over some years, each given only where it may be: every year's sum is within."""
    cases = {n: case_of(reaction, f"r{n}") for n in range(3)}
    profile = replace(LOYAL, tier=tier, value=value)
    for amount, which, days in sorted(wishes, key=lambda wish: wish[2]):
        now = NOW + days * DAY
        has = means(cases[which], profile, cases.values(), DEFAULT, now)
        assert 0 <= has.left <= has.cap
        if within(amount, has):
            cases[which] = gave(cases[which], amount, now)
        else:
            assert amount > has.left
        since = now - DEFAULT.repair.remedy_days * DAY
        year = [r.amount for case in cases.values() for r in case.remedies if r.at > since]
        assert sum(year) <= has.cap + 1e-6
        if reaction == "exit" and value is not None and year:
            assert sum(year) < DEFAULT.repair.offer_saves * max(0.0, value) + 1e-6
    share = DEFAULT.levers[tier].recovery_cap or 0.0
    assert has_cap(profile) == pytest.approx(max(MINIMUM, share * max(0.0, value or 0.0)), abs=0.01)


def has_cap(profile: Profile) -> float:
    return may(case_of(), profile).cap


LEAVES = replace(LOYAL, tier="platinum", value=2163.42, reaction="exit", p_alive=0.9)


def test_offers_to_stay_say_why_and_keep_to_what_is_left() -> None:
    found = offers_to(LEAVES, 0.0, DEFAULT)
    assert [(o.name, o.bond) for o in found] == [
        ("named_contact", "social"),  # the joint process costs more than an agent may give
        ("fee_waiver", "financial"),
        ("goodwill_credit", "financial"),
    ]
    first = found[0]
    assert (first.worth, first.cost, first.share, first.left) == (216.34, 80.0, 0.15, 216.33)
    assert [o.name for o in offers_to(LEAVES, 150.0, DEFAULT)] == ["fee_waiver", "goodwill_credit"]
    assert offers_to(LEAVES, 216.33, DEFAULT) == ()


@pytest.mark.parametrize(
    ("profile", "kept"),
    [
        (LEAVES, True),
        (replace(LEAVES, reaction=None), False),
        (replace(LEAVES, reaction=None, p_alive=0.5), True),
        (replace(LEAVES, reaction=None, p_alive=None), False),
        (replace(LEAVES, reaction="voice", stage="decline"), True),
        (replace(LEAVES, reaction="voice", stage="decline", tier="iron"), False),
        (replace(LEAVES, value=None), False),
        (replace(LEAVES, value=-5.0), False),
    ],
)
def test_only_who_is_to_be_kept_is_offered_something(profile: Profile, kept: bool) -> None:
    assert bool(offers_to(profile, 0.0, DEFAULT)) is kept


HELD = replace(DEFAULT, retention=replace(DEFAULT.retention, hold_out=1.0))


@pytest.mark.parametrize(
    ("profile", "left_alone"),
    [
        (replace(LEAVES, because="drawdown"), True),
        (replace(LEAVES, reaction=None, p_alive=0.5), True),
        (replace(LEAVES, reaction=None, stage="decline"), True),
        (replace(LEAVES, because="cancel"), False),
        (replace(LEAVES, reaction="voice", stage="decline"), False),
        (replace(LEAVES, reaction=None), False),
    ],
)
def test_the_hold_out_is_left_alone_until_he_says_something(profile: Profile, left_alone: bool) -> None:
    assert withheld(profile, HELD) is left_alone
    none = replace(DEFAULT, retention=replace(DEFAULT.retention, hold_out=0.0))
    assert not withheld(profile, none)
    if left_alone:
        assert offers_to(profile, 0.0, HELD) == ()
        assert offers_to(profile, 0.0, none) != ()


@given(st.text(min_size=1, max_size=12), st.floats(0, 1), st.floats(0, 1))
def test_a_larger_hold_out_holds_the_smaller(customer: str, one: float, other: float) -> None:
    assert held_out(customer, max(one, other)) or not held_out(customer, min(one, other))
    assert not held_out(customer, 0.0)
    assert held_out(customer, 1.0)


def test_the_hold_out_is_as_large_as_the_policy_says() -> None:
    assert sum(held_out(f"cust-{i}", 0.10) for i in range(10_000)) == pytest.approx(1000, abs=100)


def test_a_case_of_leaving_suggests_what_the_call_does() -> None:
    assert may(case_of("exit"), LEAVES).offers == offers_to(LEAVES, 0.0, DEFAULT)
    assert may(gave(case_of("exit"), 150.0), LEAVES).offers == offers_to(LEAVES, 150.0, DEFAULT)
    assert may(case_of("voice"), LEAVES).offers == (), "first it is made good"
    assert may(case_of("exit"), None).offers == (), "who refused profiling has no profile"
