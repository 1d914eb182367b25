"""Laws of the customer theory: invariance, monotonicity, identities, and that nobody starves in line."""

from dataclasses import replace
from decimal import Decimal
from itertools import pairwise

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from contact_center.loyalty import ledger, lifetime_value, repair
from contact_center.loyalty.head_start import CAP_S, Caller, order
from contact_center.loyalty.index import INPUTS, Complaint, complaint_factor, loyalty_index
from contact_center.loyalty.ledger import Transaction
from contact_center.loyalty.lifecycle import STAGES, Lifecycle, stages, step
from contact_center.loyalty.measures import share
from contact_center.loyalty.purchase_model import PurchaseModel
from contact_center.loyalty.recency_chain import RecencyChain
from contact_center.loyalty.repair import Close, Reopen, RepairCase, TaskDone, Tick
from contact_center.loyalty.segments import TIERS, CutOffs, placed, scores

VOLUMES = st.lists(st.integers(0, 200).map(float), min_size=1, max_size=40)
L1 = [10, 12, 11, 14, 20, 30, 42, 55, 66, 76, 84, 90, 95, 98, 100, 100, 101, 100, 99, 100, 100, 98]
SHARES = st.floats(0, 1)


# -- life cycle ----------------------------------------------------------------------------------------


@given(VOLUMES, st.integers(-4, 8))
def test_the_unit_of_money_does_not_matter(volumes: list[float], power: int) -> None:
    unit = 2.0**power  # exact in floating point: thresholds are met alike
    assert stages([unit * v for v in volumes], unit * 100)[0] == stages(volumes, 100)[0]


@given(VOLUMES)
def test_a_history_may_be_put_down_and_taken_up_again(volumes: list[float]) -> None:
    seen, last = stages(volumes, 100)
    _, half = stages(volumes[: len(volumes) // 2], 100)
    for volume in volumes[len(volumes) // 2 :]:
        half = step(half, volume, 100)
    assert half == last
    assert len(seen) == len(volumes)


@given(VOLUMES)
def test_stages_change_only_after_two_equal_candidates(volumes: list[float]) -> None:
    state = Lifecycle()
    for volume in volumes:
        before, state = state, step(state, volume, 100)
        if state.stage not in (before.stage, "exited") and before.stage != "exited":
            assert before.pending == state.stage
        assert 0 <= state.stable_periods <= state.periods


def _changes(noise: float, seeds: int) -> list[int]:
    ramp = np.array(L1, dtype=float)
    counts = []
    for seed in range(seeds):
        noisy = ramp * (1 + noise * np.random.default_rng(seed).standard_normal(len(ramp)))
        seen = stages([max(0.0, float(v)) for v in noisy], 100)[0]
        counts.append(sum(a != b for a, b in pairwise(seen)))
    return counts


def test_noise_of_five_percent_changes_no_story_and_ten_percent_seldom() -> None:
    assert set(_changes(0.05, 500)) == {2}
    assert np.mean([c == 2 for c in _changes(0.10, 500)]) >= 0.9


# -- money -----------------------------------------------------------------------------------------------

SALES = st.lists(
    st.builds(
        Transaction,
        id=st.uuids().map(str),
        customer=st.just("c"),
        at=st.just(0.0),
        kind=st.sampled_from(ledger.TRANSACTION_KINDS),
        quantity=st.decimals(0, 99, places=2),
        unit_price=st.decimals(0, 999, places=2),
        unit_cost=st.decimals(0, 999, places=2),
    ),
    max_size=12,
)


@given(SALES, st.decimals(0, 99, places=2))
def test_volume_and_profit_are_the_sums_of_their_parts(sales: list[Transaction], service: Decimal) -> None:
    row = ledger.period(sales, service_cost=service)
    signed = [(-1 if s.kind == "refund" else 1, s) for s in sales]
    assert row.volume == sum((sign * s.quantity * s.unit_price for sign, s in signed), Decimal(0))
    cost = sum((sign * s.quantity * s.unit_cost for sign, s in signed), Decimal(0))
    assert row.profit == row.volume - cost - service


CHAINS = st.builds(
    RecencyChain,
    probabilities=st.lists(SHARES, min_size=1, max_size=6).map(tuple),
    contribution=st.floats(0, 100),
    contact=st.floats(0, 20),
    rate=st.floats(0.01, 0.5),
)


@given(CHAINS)
def test_the_chain_solves_its_own_equation(chain: RecencyChain) -> None:
    matrix, lasting = chain.matrix(), chain.lasting_value()
    assert np.allclose(matrix.sum(axis=1), 1)
    assert np.allclose(lasting, chain.rewards() + matrix @ lasting / (1 + chain.rate), atol=1e-9, rtol=1e-9)


@given(CHAINS)
def test_more_periods_are_worth_more_when_nothing_costs(chain: RecencyChain) -> None:
    free = replace(chain, contact=0.0)
    values = [free.value(periods) for periods in (0, 1, 5, 30)]
    for fewer, more in zip(values, [*values[1:], free.lasting_value()], strict=True):
        assert (more >= fewer - 1e-9).all()


@given(st.lists(SHARES, min_size=1, max_size=5), st.integers(1, 20))
def test_the_migration_model_and_the_chain_count_the_same_buyers(chances: list[float], periods: int) -> None:
    matrix = RecencyChain(probabilities=chances, contribution=1, contact=0, rate=0.1).matrix()
    state, buyers = np.eye(len(matrix))[0], [1.0]
    for _ in range(periods):
        state = state @ matrix
        buyers.append(float(state[0]))
    assert np.allclose(lifetime_value.migration_buyers(chances, 1.0, periods), buyers)


@given(
    st.lists(st.floats(-100, 100), min_size=1, max_size=5),
    st.floats(0.1, 1),
    st.floats(0.001, 0.2),
    st.integers(1, 40),
)
def test_current_value_is_the_discounted_stream_of_the_present_pattern(
    profits: list[float], kept: float, rate: float, periods: int
) -> None:
    value = lifetime_value.current_value(profits, retention=kept, rate=rate, periods=periods)
    mean = sum(profits[-3:]) / len(profits[-3:])
    stream = [mean * kept**h for h in range(1, periods + 1)]
    assert np.isclose(value, lifetime_value.discounted(stream, rate), atol=1e-6)


MODELS = st.builds(
    PurchaseModel, r=st.floats(0.1, 3), alpha=st.floats(0.5, 20), a=st.floats(1.1, 3), b=st.floats(0.5, 5)
)


@given(MODELS, st.integers(0, 20), st.floats(1, 50), SHARES)
def test_who_was_silent_longer_is_less_likely_alive(
    model: PurchaseModel, repeats: int, age: float, part: float
) -> None:
    last = age * part if repeats else 0.0
    now, later = model.p_alive(repeats, last, age), model.p_alive(repeats, last, age + 5)
    assert 0 <= later <= now <= 1
    spans = model.expected_next(np.array([1.0, 10.0, 50.0]), repeats, last, age)
    assert (np.diff(spans) >= -1e-9).all()


# -- segments ----------------------------------------------------------------------------------------------


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=60))
def test_scores_rise_with_the_value(values: list[float]) -> None:
    found = scores(values, best_is_high=True)
    assert all(1 <= s <= 5 for s in found)
    pairs = sorted(zip(values, found, strict=True))
    assert [s for _, s in pairs] == sorted(s for _, s in pairs)


@given(st.lists(st.tuples(st.floats(95.1, 104.9), st.floats(95.1, 104.9)), min_size=1, max_size=30))
def test_inside_the_band_no_tier_ever_changes(values: list[tuple[float, float]]) -> None:
    cut = CutOffs(current=100, potential=100)
    place = placed(None, *values[0], cut)
    for current, potential in values:
        assert placed(place, current, potential, cut).tier == place.tier
        place = placed(place, current, potential, cut)


# -- index -----------------------------------------------------------------------------------------------

NAMES = tuple(name for inputs in INPUTS.values() for name in inputs)
KNOWN = st.dictionaries(st.sampled_from(NAMES), SHARES, min_size=1)


@given(KNOWN, st.sampled_from(STAGES), st.data())
def test_a_better_input_never_lowers_the_index(
    inputs: dict[str, float | None], stage: str, data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from(sorted(inputs)))
    raised = inputs | {name: data.draw(st.floats(inputs[name] or 0.0, 1))}
    now, better = loyalty_index(inputs, stage), loyalty_index(raised, stage)  # type: ignore[arg-type]
    assert now.value is not None
    assert better.value is not None
    assert better.value >= now.value - 1e-9
    assert 0 <= now.value <= 100 + 1e-9
    assert np.isclose(sum(c.points for c in now.contributions), now.value)


COMPLAINTS = st.lists(
    st.builds(
        Complaint,
        age_days=st.floats(0, 400),
        severity=st.sampled_from([0.5, 0.75, 1.0]),
        repaired=st.booleans(),
    ),
    max_size=5,
)


@given(COMPLAINTS, st.floats(0, 400), st.sampled_from([0.5, 0.75, 1.0]))
def test_a_complaint_never_raises_trust_and_repair_never_lowers_it(
    complaints: list[Complaint], age: float, severity: float
) -> None:
    another = Complaint(age_days=age, severity=severity)
    worse = complaint_factor([*complaints, another])
    assert worse <= complaint_factor(complaints)
    assert complaint_factor([*complaints, replace(another, repaired=True)]) >= worse


@given(st.integers(0, 500), st.integers(0, 500))
def test_the_interval_holds_the_share(hits: int, misses: int) -> None:
    assume(hits + misses)
    found = share(hits, hits + misses)
    assert found.value is not None
    assert 0 <= found.low <= found.value <= found.high <= 1


# -- in line -------------------------------------------------------------------------------------------------

CALLERS = st.lists(
    st.tuples(st.integers(0, 900), st.floats(0, 500), st.booleans(), st.booleans()), min_size=2, max_size=30
).map(
    lambda rows: [
        Caller(
            contact=f"k{i}", arrived_at=float(at), head_start_s=start, at_risk=risk, complaint_overdue=overdue
        )
        for i, (at, start, risk, overdue) in enumerate(rows)
    ]
)


@settings(max_examples=300)
@given(CALLERS)
def test_nobody_is_overtaken_by_who_came_more_than_the_cap_later(callers: list[Caller]) -> None:
    served = order(callers)
    assert sorted(c.contact for c in served) == sorted(c.contact for c in callers)
    for place, caller in enumerate(served):
        assert all(before.arrived_at <= caller.arrived_at + CAP_S for before in served[:place])


@given(CALLERS)
def test_without_tiering_the_order_is_arrival(callers: list[Caller]) -> None:
    served = [c.arrived_at for c in order(callers, tiering=False)]
    assert served == sorted(served)


# -- repair ------------------------------------------------------------------------------------------------

ACTS = st.lists(
    st.tuples(
        st.sampled_from([Tick(), TaskDone(task="apology"), Close(outcome="done"), Reopen()]),
        st.floats(0, 200_000),
    ),
    max_size=15,
)


@given(st.sampled_from(TIERS), ACTS)
def test_a_case_tells_each_mark_once_and_its_running_time_is_all_that_counts(
    tier: str, acts: list[tuple[repair.Act, float]]
) -> None:
    case = repair.opened(case="r", customer="c", reaction="voice", tier=tier, owner="a", now=0.0)  # type: ignore[arg-type]
    assert case is not None
    now = running = 0.0
    told: list[repair.Told] = []
    for act, later in acts:
        running += later if case.closed_at is None else 0.0
        now += later
        case, marks = repair.step(case, act, now)
        told += marks
        _clocks_hold(case, now, running)
    assert len({(t.clock, t.mark) for t in told}) == len(told)
    assert all(t.at <= now for t in told)


def _clocks_hold(case: RepairCase, now: float, running: float) -> None:
    """What is left of a clock and what has run make up its whole time, closed times left out."""
    for clock in case.clocks:
        left = clock.left_s if clock.due_at is None else clock.due_at - now
        assert left is not None
        assert np.isclose(left + running, clock.total_s, atol=1e-3)
    assert (case.closed_at is None) == all(c.due_at is not None for c in case.clocks)
