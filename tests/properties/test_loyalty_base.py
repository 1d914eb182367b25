"""The base at once says what each customer alone says, and the value of a simulated base holds together."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import nbinom

from contact_center.loyalty import base, index, segments
from contact_center.loyalty.accounts import Accounts, Expected, usual_swing
from contact_center.loyalty.base import Codes, lifecycles
from contact_center.loyalty.contract_value import Contracts, by_contract, kept_shares, learn_renewals
from contact_center.loyalty.evidence import Answers, Complaints, Contacts, Standing, inputs, solved
from contact_center.loyalty.lifecycle import STAGES, Lifecycle, step
from contact_center.loyalty.lifetime_value import method_for
from contact_center.loyalty.policy import DEFAULT
from contact_center.loyalty.purchase_model import PurchaseHistory
from contact_center.loyalty.renewal_model import RenewalModel
from contact_center.loyalty.segments import TIERS, CutOffs, Placement
from contact_center.loyalty.valuation import METHODS, Learnt, Valued, learn, purchases_at, valued
from load_tests.loyalty_base import accounts_of

HISTORIES = st.integers(1, 30).flatmap(
    lambda months: st.lists(
        st.tuples(
            st.lists(
                st.sampled_from([0.0, 0.0, 5.0, 20.0, 60.0, 90.0, 100.0, 103.0]),
                min_size=months,
                max_size=months,
            ),
            st.integers(0, months - 1),
        ),
        min_size=1,
        max_size=8,
    )
)


@given(HISTORIES)
def test_life_cycles(rows: list[tuple[list[float], int]]) -> None:
    volumes, first = np.array([r[0] for r in rows]), np.array([r[1] for r in rows], np.int32)
    found = base.lifecycles(volumes, first, 100.0)
    for i, (row, start) in enumerate(rows):
        alone = Lifecycle()
        for volume in row[start:]:
            alone = step(alone, volume, 100.0)
        assert STAGES[found.stage[i]] == alone.stage
        assert STAGES[found.best[i]] == alone.best
        assert (found.stable_periods[i], found.periods[i]) == (alone.stable_periods, alone.periods)
        assert found.stable_after[i] == alone.stable_after
        assert found.pending_count[i] == alone.pending_count
        assert (found.level[i], found.slope[i], found.drawdown[i]) == (
            alone.level,
            alone.slope,
            alone.drawdown,
        )


RUNS = st.lists(
    st.lists(st.tuples(st.floats(80, 120), st.floats(80, 120)), min_size=4, max_size=4),
    min_size=1,
    max_size=8,
)


@given(RUNS)
def test_tiers(runs: list[list[tuple[float, float]]]) -> None:
    cut, none = CutOffs(current=100, potential=100), np.full(4, -1, np.int8)
    together = base.Placements(tier=none, pending=none, pending_runs=np.zeros(4, np.int32))
    alone: list[Placement | None] = [None] * 4
    for run in runs:
        values = np.array(run)
        together = base.placements(together, values[:, 0], values[:, 1], cut)
        alone = [segments.placed(a, c, p, cut) for a, (c, p) in zip(alone, run, strict=True)]
    for i, one in enumerate(alone):
        assert one is not None
        assert TIERS[together.tier[i]] == one.tier
        pending = None if together.pending[i] < 0 else TIERS[together.pending[i]]
        assert (pending, together.pending_runs[i]) == (one.pending, one.pending_runs)


NAMES = tuple(name for names in index.INPUTS.values() for name in names)


@given(st.lists(st.dictionaries(st.sampled_from(NAMES), st.floats(0, 1)), min_size=1, max_size=6), st.data())
def test_indices(rows: list[dict[str, float | None]], data: st.DataObject) -> None:
    codes = np.array([data.draw(st.integers(0, 4)) for _ in rows], np.int8)
    columns = {n: np.array([np.nan if (v := r.get(n)) is None else v for r in rows]) for n in NAMES}
    found = base.indices(columns, codes)
    for i, row in enumerate(rows):
        alone = index.loyalty_index(row, STAGES[codes[i]])
        assert found.coverage[i] == pytest.approx(alone.coverage)
        if alone.value is None:
            assert np.isnan(found.value[i])
            continue
        assert found.value[i] == pytest.approx(alone.value)
        points = {
            name: p for name, p in zip(index.SUB_SCORES, found.points[i], strict=True) if not np.isnan(p)
        }
        assert points == pytest.approx({c.name: c.points for c in alone.contributions})


EVIDENCE = st.lists(st.tuples(st.integers(0, 2), st.floats(0, 170), st.floats(0, 1)), max_size=20)


@given(EVIDENCE)
def test_evidence(rows: list[tuple[int, float, float]]) -> None:
    who = np.array([r[0] for r in rows], np.int64)
    age, score = np.array([r[1] for r in rows], float), np.array([r[2] for r in rows], float)
    found = base.shrunk_by(who, age, score, 3)
    for customer in range(3):
        own = [(a, s) for c, a, s in rows if c == customer]
        assert np.isnan(found[customer]) if not own else found[customer] == pytest.approx(index.shrunk(own))
    lost = base.complaint_factors(who, age, np.full(len(rows), 0.75), score > 0.5, 3)
    for customer in range(3):
        alone = index.complaint_factor(
            index.Complaint(age_days=a, severity=0.75, repaired=s > 0.5) for c, a, s in rows if c == customer
        )
        assert lost[customer] == pytest.approx(alone)


def test_a_second_contact_for_the_same_reason_in_seven_days_unsolves_the_first() -> None:
    day = 86_400.0
    contacts = Contacts(
        customer=np.array([0, 0, 0, 1, 0, 2]),
        at=np.array([0, 6, 20, 6, 6, 0]) * day,
        wait_s=np.array([0, 90, 180, 0, 0, 10.0]),
        abandoned=np.array([False] * 5 + [True]),
        handled=np.array([True] * 5 + [False]),
        reason=np.array([4, 4, 4, 4, 5, -1]),
    )
    assert solved(contacts)[:5].tolist() == [0, 1, 1, 1, 1]
    assert np.isnan(solved(contacts)[5])
    unknown = np.full(3, np.nan)
    standing = Standing(
        tenure_months=np.array([30.0, 90, 0]),
        products=np.array([2.0, np.nan, 9]),
        contract_months_left=np.array([6.0, -1, np.nan]),
        p_alive=unknown,
        repeat=unknown,
        referral=unknown,
    )
    given_now = inputs(
        contacts=contacts,
        answers={"csat": Answers(customer=np.array([1]), at=np.array([0.0]), score=np.array([1.0]))},
        promises=Answers(),
        complaints=Complaints(),
        standing=standing,
        now=400 * day,  # all of it older than the window
        rules=DEFAULT.index,
    )
    assert np.isnan([given_now["fcr"], given_now["wait"], given_now["csat"]]).all()
    assert given_now["tenure"].tolist() == [0.5, 1, 0]
    assert given_now["contract"][:2].tolist() == [0.5, 0]
    assert given_now["complaint"].tolist() == [1, 1, 1]


# -- valuation ---------------------------------------------------------------------------------------------


def staged(accounts: Accounts, learnt: Learnt) -> Codes:
    return lifecycles(accounts.volumes, accounts.first, learnt.reference_volume).stage


@pytest.fixture(scope="module")
def simulated() -> tuple[Accounts, Learnt, Valued]:
    accounts = accounts_of(3000, np.random.default_rng(5))
    learnt = learn(accounts, DEFAULT)
    return accounts, learnt, valued(accounts, learnt, DEFAULT.value, staged(accounts, learnt))


def test_methods_follow_what_is_known(simulated: tuple[Accounts, Learnt, Valued]) -> None:
    accounts, learnt, found = simulated
    assert learnt.purchases is not None
    methods = np.array(METHODS)[found.method]
    new = staged(accounts, learnt) == STAGES.index("exploration")
    for i, method in enumerate(methods[:500]):  # as the scalar rule has it, renewals not being known here
        due = method_for(
            profit_periods=int(accounts.periods[i]),
            exploring=bool(new[i]),
            contractual=bool(accounts.contractual[i]),
            events_known=False,
            purchases_modelled=True,
        )
        assert method == ("segment_retention" if due == "renewal_model" else due)
    assert np.isfinite(found.value).all()
    assert (np.isnan(found.p10) == (methods == "segment_migration")).all()
    own = (methods == "purchase_model") | (methods == "segment_retention")
    assert ((found.own_share > 0) == own).all()


def test_renewals_are_learnt_from_who_left_and_who_stayed() -> None:
    draw, model = np.random.default_rng(4), RenewalModel(alpha=0.7, beta=1.2)
    n, chance = 4000, draw.beta(0.7, 1.2, 4000)
    left_at = draw.geometric(np.clip(chance, 1e-6, 1))  # the renewal at which each goes
    age = draw.integers(1, 9, n)  # renewals that have come up so far
    gone = left_at <= age
    contracts = Contracts(
        tenure_months=np.where(gone, age + 1.0, age + 0.5) * 12,
        months_left=np.where(gone, (left_at - age - 1.0) * 12, 6.0),
    )
    learnt = learn_renewals(contracts)
    assert learnt is not None
    for renewal in (1, 3, 6):
        assert learnt.retention(renewal) == pytest.approx(model.retention(renewal), abs=0.04)
    few = Contracts(tenure_months=np.full(9, 24.0), months_left=np.full(9, -1.0))
    assert learn_renewals(few) is None


def test_a_contract_lasts_as_its_renewals_have_it() -> None:
    model = RenewalModel(alpha=0.7041, beta=1.1820)
    mine = Contracts(tenure_months=np.array([6.0, 30.0]), months_left=np.array([6.0, 6.0]))
    shares = kept_shares(model, mine, kept=0.97, per_year=12, horizon=36)
    assert shares[:, :6] == pytest.approx(np.ones((2, 6)))  # nobody leaves before the contract ends
    assert shares[0, 6] == pytest.approx(0.6267, abs=1e-4)  # published retention of renewals 1 and 3
    assert shares[0, 18] == pytest.approx(0.6267 * 0.7560, abs=1e-4)
    assert shares[1, 6] == pytest.approx(0.8188, abs=1e-4)
    assert (np.diff(shares, axis=1) <= 0).all()
    value, low, high = by_contract(np.array([10.0, 10.0]), shares, 0.01)
    assert (low < value).all()
    assert (value < high).all()
    assert value[1] > value[0]
    even = kept_shares(None, mine, kept=0.98, per_year=12, horizon=36)
    assert by_contract(np.full(2, 100.0), even, 0.01)[0] == pytest.approx(2163.4163)  # oracle O8


def test_judged_events_go_before_any_model(simulated: tuple[Accounts, Learnt, Valued]) -> None:
    accounts, learnt, _ = simulated
    n = len(accounts.first)
    judged = Expected(
        count=(np.arange(n) < 2).astype(float), value=np.full(n, 195.3645), deviation=np.full(n, 10.0)
    )
    found = valued(replace(accounts, expected=judged), learnt, DEFAULT.value, staged(accounts, learnt))
    assert [METHODS[m] for m in found.method[:3]][:2] == ["customer_events"] * 2
    assert METHODS[found.method[2]] != "customer_events"
    assert (found.value[0], found.p90[0] - found.p10[0]) == (195.3645, pytest.approx(25.63, abs=0.01))


def test_a_base_too_small_to_teach_is_valued_by_each_ones_own_curve() -> None:
    months = np.arange(24.0)
    profits = np.stack([100 - 80 * np.exp(-0.5 * months), 50 + 2 * months, np.zeros(24)])
    none = np.zeros(3)
    accounts = Accounts(
        volumes=profits * 2,
        profits=profits,
        first=np.array([0, 0, 22], np.int32),
        history=PurchaseHistory(repeats=none, last_age=none, age=none, spend=none),
        products=np.full(3, np.nan),
        contractual=np.zeros(3, bool),
        may_market=np.ones(3, bool),
    )
    learnt = learn(accounts, DEFAULT)
    stage = np.array(
        [STAGES.index("stable"), STAGES.index("formation"), STAGES.index("exploration")], np.int8
    )
    found = valued(accounts, learnt, DEFAULT.value, stage)
    assert [METHODS[m] for m in found.method] == ["fitted_curve", "fitted_curve", "segment_migration"]
    assert [found.curves[i][0] for i in (0, 1)] == ["saturating", "linear"]
    assert (found.p10[:2] <= found.p90[:2]).all()
    noisy = replace(accounts, profits=profits + np.random.default_rng(3).normal(0, 2, profits.shape))
    low = valued(noisy, replace(learnt, high_profit=20.0), DEFAULT.value, stage)
    assert {i: (c.level, c.held == c.tried > 0) for i, c in low.ceilings.items()} == {
        0: (25.0, True),
        1: (25.0, True),
    }
    assert np.isnan(low.p10[:2]).all(), "held at the cap in every resample: no interval"
    assert np.isnan(low.p90[:2]).all()
    assert not learn(accounts, DEFAULT, customers=1_000_000).curves


def test_an_irregular_buyer_is_not_leaving_and_one_who_stops_is() -> None:
    """The share at which a drawdown of 30 % is seen in buyers who stay as they are, and who stopped."""
    draw = np.random.default_rng(6)
    bought = draw.random((3000, 30)) < 0.7
    volumes = bought * draw.gamma(8.0, 7.5, (3000, 30))

    def seen(volumes: NDArray[np.float64], swings: float) -> float:
        none = np.zeros(len(volumes))
        accounts = Accounts(
            volumes=volumes,
            profits=volumes,
            first=np.zeros(len(volumes), np.int32),
            history=PurchaseHistory(repeats=none, last_age=none, age=none, spend=none),
            products=none,
            contractual=np.zeros(len(volumes), bool),
            may_market=np.ones(len(volumes), bool),
        )
        fall = lifecycles(volumes, accounts.first, 60.0).drawdown - swings * usual_swing(accounts, 3)
        return float((fall >= 0.30).mean())

    stopped = volumes.copy()
    stopped[:, -3:] = 0
    assert seen(volumes, 0.0) > 0.65  # every second or third is called leaving by the bare rule
    assert seen(volumes, 2.0) < 0.15
    assert seen(stopped, 2.0) > 0.95
    even = np.full((1, 30), 100.0)
    even[0, -2:] = 30.0
    assert seen(even, 2.0) == seen(even, 0.0) == 1.0  # regular buyers are judged almost as before


def test_the_interval_holds_most_values_and_is_ordered(simulated: tuple[Accounts, Learnt, Valued]) -> None:
    _, _, found = simulated
    there = ~np.isnan(found.p10)
    assert (found.p10[there] <= found.p90[there]).all()
    inside = (found.p10[there] <= found.value[there]) & (found.value[there] <= found.p90[there])
    assert inside.mean() > 0.75


def test_half_of_the_active_base_is_high_on_each_axis(simulated: tuple[Accounts, Learnt, Valued]) -> None:
    _, learnt, found = simulated
    active = found.current > 0
    assert (found.current[active] >= learnt.cut.current).mean() == pytest.approx(0.5, abs=0.01)
    assert (found.potential[active] >= learnt.cut.potential).mean() >= 0.5


def test_who_may_not_be_addressed_has_no_potential(simulated: tuple[Accounts, Learnt, Valued]) -> None:
    accounts, _, found = simulated
    assert (found.potential[~accounts.may_market] == 0).all()
    assert found.potential[accounts.may_market].max() > 0


def test_who_bought_lately_is_worth_more_to_the_group(simulated: tuple[Accounts, Learnt, Valued]) -> None:
    _, learnt, _ = simulated
    assert learnt.by_recency[0] > learnt.by_recency[5] > learnt.by_recency[-1] == 0


def test_contacts_alone_give_no_money() -> None:
    once = np.zeros(2)
    accounts = Accounts(
        volumes=np.array([[0.0, 1, 1], [1, 0, 0]]),
        profits=np.zeros((2, 3)),
        first=np.array([1, 0], np.int32),
        history=PurchaseHistory(repeats=once, last_age=once, age=once, spend=once),
        products=np.full(2, np.nan),
        contractual=np.zeros(2, bool),
        may_market=np.ones(2, bool),
        money=False,
    )
    found = valued(accounts, learn(accounts, DEFAULT), DEFAULT.value, np.zeros(2, np.int8))
    assert np.isnan(found.value).all()
    assert [METHODS[m] for m in found.method] == ["none", "none"]


@given(st.floats(0.01, 0.99), st.floats(0.1, 30), st.floats(0.05, 60))
def test_the_quantile_of_purchases_is_that_of_the_negative_binomial(
    q: float, shape: float, mean: float
) -> None:
    found = purchases_at(q, np.ones(1), np.array([shape]), np.array([mean]))[0]
    p = shape / (shape + mean)
    assert nbinom.cdf(found, shape, p) >= q - 1e-6
    assert found == 0 or nbinom.cdf(found - 1, shape, p) <= q + 1e-6


def test_whoever_is_probably_gone_may_bring_nothing() -> None:
    assert purchases_at(0.1, np.array([0.5]), np.ones(1), np.array([100.0]))[0] == 0
    assert purchases_at(0.9, np.array([0.5]), np.ones(1), np.array([100.0]))[0] > 50
