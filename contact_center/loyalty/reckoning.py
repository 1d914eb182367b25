"""From what is known of a chunk of customers to their profiles: nightly, and after a contact.

Nightly, everything is reckoned anew: stage, value, tier, index, reaction. After a contact only what it can
change: index, reaction and risks; stage, value and tier stay as the night left them.
"""

from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from contact_center.loyalty import lifecycle
from contact_center.loyalty.accounts import Accounts, usual_swing
from contact_center.loyalty.base import Indices, Lifecycles, Placements, indices, lifecycles, placements
from contact_center.loyalty.evidence import Answers, Complaints, Contacts, Standing, inputs
from contact_center.loyalty.index import SUB_SCORES, Contribution
from contact_center.loyalty.ledger import PERIOD_DAYS, PeriodName
from contact_center.loyalty.lifecycle import STAGES, Lifecycle
from contact_center.loyalty.policy import Policy
from contact_center.loyalty.profile import Churn, Footing, Glimpse, Profile
from contact_center.loyalty.reactions import Evidence, Failure, exit_sign, reaction
from contact_center.loyalty.repair import RepairCase
from contact_center.loyalty.segments import TIERS, RfmScale
from contact_center.loyalty.valuation import METHODS, Learnt, Valued, valued

DAY_S: Final = 86_400.0
REACTION_S: Final = 90 * DAY_S
GLIMPSE_S: Final = 10 * DAY_S
"""An earlier index is kept every so often, to see a fall by."""
MOST_GLIMPSES: Final = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class BasisOfAll:
    """What the whole base is reckoned from: transactions or contacts alone, in which period."""

    money: bool
    period: PeriodName

    @property
    def period_s(self) -> float:
        return PERIOD_DAYS[self.period] * DAY_S


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """What a night learnt of the base and goes by; `rfm` scores the customers who bought, None of nobody."""

    learnt: Learnt
    basis: BasisOfAll
    rfm: RfmScale | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Callbacks:
    """By customer, of the last 90 days: callbacks that we did not make in time, and those nobody answered."""

    missed: NDArray[np.int64]
    unanswered: NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """A part of the base; rows of everything are places in `customers`. NaN where something is not known."""

    customers: tuple[str, ...]
    accounts: Accounts
    contacts: Contacts
    dispositions: tuple[str, ...]
    answers: dict[str, Answers]
    complaints: Complaints
    promises: Answers
    callbacks: Callbacks
    cases: dict[str, list[RepairCase]]
    tenure_months: NDArray[np.float64]
    contract_months_left: NDArray[np.float64]
    referral: NDArray[np.float64]
    lowest_csat: NDArray[np.float64]
    no_profiling: NDArray[np.bool_]
    opted_out: NDArray[np.bool_]

    def standing(self, stays: NDArray[np.float64]) -> Standing:
        active = (self.accounts.volumes > 0).sum(axis=1) / np.maximum(self.accounts.periods, 1)
        known = self.accounts.money
        return Standing(
            tenure_months=self.tenure_months,
            products=self.accounts.products,
            contract_months_left=self.contract_months_left,
            p_alive=stays,
            repeat=np.clip(active, 0.0, 1.0) if known else np.full(len(active), np.nan),
            referral=self.referral,
        )


def nightly(
    chunk: Chunk, learnt: Learnt, policy: Policy, before: dict[str, Profile], now: float
) -> list[Profile]:
    """The profile of every customer of the chunk who has not refused it."""
    life = lifecycles(chunk.accounts.volumes, chunk.accounts.first, learnt.reference_volume, policy.lifecycle)
    worth = valued(chunk.accounts, learnt, policy.value, life.stage)
    exited = (life.stage == STAGES.index("exited")) | (worth.p_alive < policy.lifecycle.exit_p_alive)
    stage = np.where(exited, STAGES.index("exited"), life.stage).astype(np.int8)
    life = replace(life, stage=stage)
    earlier = [before.get(customer) for customer in chunk.customers]
    place = placements(_placements(earlier), worth.current, worth.potential, learnt.cut, policy.segments)
    learnt_churn = worth.churn if learnt.renewals is not None else np.full(len(stage), np.nan)
    stays = np.where(np.isnan(worth.churn), worth.p_alive, 1 - learnt_churn)
    found = indices(_inputs(chunk, stays, policy, now), stage, policy.index)
    contacts, swings = _contacts_of(chunk, now), _swings(chunk, policy)
    profiles = []
    for i in np.flatnonzero(~chunk.no_profiling):
        profile = _profile(chunk, int(i), life, worth, place, policy, now)
        churn = _churn_of(chunk, int(i), worth, learnt)
        profile = replace(profile, past=_past(earlier[i], now), churn=churn)
        profiles.append(
            _reacting(_indexed(profile, found, int(i), policy), chunk, int(i), contacts, swings[i], policy)
        )
    return profiles


def after_contact(chunk: Chunk, policy: Policy, before: dict[str, Profile], now: float) -> list[Profile]:
    """The profiles of the chunk's customers who had one, with what a contact, survey or case can change."""
    kept = [before.get(customer) for customer in chunk.customers]
    stage = np.array([STAGES.index(p.stage) if p else 0 for p in kept], np.int8)
    stays = np.array([np.nan if p is None or p.stays is None else p.stays for p in kept])
    found = indices(_inputs(chunk, stays, policy, now), stage, policy.index)
    contacts, swings = _contacts_of(chunk, now), _swings(chunk, policy)
    return [
        _reacting(
            _indexed(replace(p, as_of=now, past=_past(p, now)), found, i, policy),
            chunk,
            i,
            contacts,
            swings[i],
            policy,
        )
        for i, p in enumerate(kept)
        if p is not None and not chunk.no_profiling[i]
    ]


def _placements(earlier: list[Profile | None]) -> Placements:
    def code(tier: str | None) -> int:
        return -1 if tier is None else TIERS.index(tier)

    return Placements(
        tier=np.array([code(p.tier if p else None) for p in earlier], np.int8),
        pending=np.array([code(p.pending_tier if p else None) for p in earlier], np.int8),
        pending_runs=np.array([p.pending_runs if p else 0 for p in earlier], np.int32),
    )


def _inputs(chunk: Chunk, stays: NDArray[np.float64], policy: Policy, now: float) -> dict[str, Any]:
    return inputs(
        contacts=chunk.contacts,
        answers=chunk.answers,
        promises=chunk.promises,
        complaints=chunk.complaints,
        standing=chunk.standing(stays),
        now=now,
        rules=policy.index,
    )


def _profile(
    chunk: Chunk, i: int, life: Lifecycles, worth: Valued, place: Placements, policy: Policy, now: float
) -> Profile:
    pending = int(place.pending[i])
    alone = _alone(life, i)
    return Profile(
        customer=chunk.customers[i],
        as_of=now,
        policy=policy.version,
        basis="transactions" if chunk.accounts.money else "interactions",
        period=chunk.accounts.period,
        stage=alone.stage,
        confidence=lifecycle.confidence(alone, policy.lifecycle),
        periods=alone.periods,
        stable_after=alone.stable_after or None,
        pattern=lifecycle.pattern(alone, policy.lifecycle),
        level=alone.level,
        slope=alone.slope,
        drawdown=alone.drawdown,
        method=METHODS[worth.method[i]],
        value=_known(worth.value[i]),
        p10=_known(worth.p10[i]),
        p90=_known(worth.p90[i]),
        horizon_months=policy.value.horizon_months,
        rate_yearly=policy.value.rate_yearly,
        current=float(worth.current[i]),
        potential=float(worth.potential[i]),
        p_alive=_known(worth.p_alive[i]),
        tier=TIERS[place.tier[i]],
        pending_tier=None if pending < 0 else TIERS[pending],
        pending_runs=int(place.pending_runs[i]),
        rests_on=_footing(chunk, i, worth),
    )


def _churn_of(chunk: Chunk, i: int, worth: Valued, learnt: Learnt) -> Churn | None:
    contracts = chunk.accounts.contracts
    if contracts is None or np.isnan(worth.churn[i]):
        return None
    renewal = None if learnt.renewals is None else int(contracts.renewal[i])
    return Churn(chance=float(worth.churn[i]), renewal=renewal)


def _footing(chunk: Chunk, i: int, worth: Valued) -> Footing:
    method, held = METHODS[worth.method[i]], chunk.accounts
    curve, fit = worth.curves.get(i, (None, None))
    ceiling = worth.ceilings.get(i) if method == "fitted_curve" else None
    contract = held.contracts if method == "renewal_model" else None
    expected = held.expected if method == "customer_events" else None
    return Footing(
        own_share=float(worth.own_share[i]),
        periods=int(held.periods[i]),
        purchases=int(held.history.repeats[i]) if method == "purchase_model" else None,
        renewal=int(contract.renewal[i]) if contract is not None else None,
        events=int(expected.count[i]) if expected is not None else None,
        curve=curve,
        fit=fit,
        cap=ceiling.level if ceiling is not None else None,
        held=ceiling.held if ceiling is not None else None,
        tried=ceiling.tried if ceiling is not None else None,
    )


def _alone(life: Lifecycles, i: int) -> Lifecycle:
    return Lifecycle(
        stage=STAGES[life.stage[i]],
        best=STAGES[life.best[i]],
        periods=int(life.periods[i]),
        pending_count=int(life.pending_count[i]),
        stable_periods=int(life.stable_periods[i]),
        stable_after=int(life.stable_after[i]),
        level=float(life.level[i]),
        slope=float(life.slope[i]),
        drawdown=float(life.drawdown[i]),
    )


def _known(value: Any) -> float | None:
    return None if np.isnan(value) else float(value)


def _indexed(profile: Profile, found: Indices, i: int, policy: Policy) -> Profile:
    value, coverage = _known(found.value[i]), float(found.coverage[i])
    weights = policy.index.weights[profile.stage]
    contributions = tuple(
        Contribution(
            name=name,
            score=float(found.scores[i, k]),
            weight=weights[name] / coverage,
            points=float(found.points[i, k]),
        )
        for k, name in enumerate(SUB_SCORES)
        if not np.isnan(found.points[i, k])
    )
    enough = coverage >= policy.index.enough_coverage
    return replace(profile, index=value, coverage=coverage, enough=enough, contributions=contributions)


def _past(before: Profile | None, now: float) -> tuple[Glimpse, ...]:
    """The earlier glimpses, with the last profile as one more when the newest is old enough."""
    if before is None:
        return ()
    past = before.past
    if not past or now - past[-1].at >= GLIMPSE_S:
        past = (*past, Glimpse(at=before.as_of, index=before.index, p_alive=before.p_alive))
    return past[-MOST_GLIMPSES:]


def _swings(chunk: Chunk, policy: Policy) -> list[float]:
    """What of each drawdown is the customer's usual irregularity."""
    usual = usual_swing(chunk.accounts, policy.lifecycle.mean_window)
    swings: list[float] = (policy.reactions.usual_swings * usual).tolist()
    return swings


def _contacts_of(chunk: Chunk, now: float) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for row in np.flatnonzero(chunk.contacts.at > now - REACTION_S):
        found.setdefault(int(chunk.contacts.customer[row]), []).append(int(row))
    return found


def _reacting(
    profile: Profile, chunk: Chunk, i: int, contacts: dict[int, list[int]], swing: float, policy: Policy
) -> Profile:
    cases = chunk.cases.get(profile.customer, [])
    seen = _evidence(profile, chunk, i, contacts.get(i, []), cases, swing, policy)
    found = reaction(seen, policy.reactions)
    recent = [g for g in profile.past if profile.as_of - g.at <= policy.risk.days * DAY_S]
    risks = lifecycle.at_risk(
        exit_signal=exit_sign(seen, policy.reactions) is not None,
        index_drop=_drop([g.index for g in recent], profile.index),
        p_alive_drop=_drop([g.p_alive for g in recent], profile.p_alive),
        overdue_complaint=any(c.overdue and c.reaction == "voice" for c in cases),
        p_churn=None if profile.churn is None else profile.churn.learnt,
        rules=policy.risk,
    )
    return replace(profile, reaction=found.reaction, because=found.because, risks=risks)


def _drop(earlier: list[float | None], now: float | None) -> float | None:
    known = [value for value in earlier if value is not None]
    return max(known) - now if known and now is not None else None


def _evidence(
    profile: Profile,
    chunk: Chunk,
    i: int,
    rows: list[int],
    cases: list[RepairCase],
    swing: float,
    policy: Policy,
) -> Evidence:
    kept = chunk.contacts
    reasons: dict[str, tuple[float, ...]] = {}
    for row in rows:
        if kept.reason[row] >= 0 and kept.handled[row]:
            name = chunk.dispositions[kept.reason[row]]
            reasons[name] = (*reasons.get(name, ()), float(kept.at[row]) / DAY_S)
    recent = [c for c in cases if c.opened_at > profile.as_of - REACTION_S and not c.proactive]
    lowest = chunk.lowest_csat[i]
    return Evidence(
        dispositions=tuple(reasons),
        drawdown=max(0.0, profile.drawdown - swing) if profile.basis == "transactions" else 0.0,
        complaint_opened=any(c.reaction == "voice" and c.closed_at is None for c in recent),
        same_reason_days=reasons,
        lowest_csat=int(lowest) if np.isfinite(lowest) else None,
        failures=_failures(chunk, i, rows, recent, policy),
        unanswered_callbacks=int(chunk.callbacks.unanswered[i]),
        marketing_opt_out=bool(chunk.opted_out[i]),
        index=profile.index,
    )


def _failures(
    chunk: Chunk, i: int, rows: list[int], cases: list[RepairCase], policy: Policy
) -> tuple[Failure, ...]:
    kept, long_s = chunk.contacts, policy.reactions.long_abandon_s
    signs: list[tuple[bool, Failure]] = [
        (any(kept.abandoned[row] and kept.wait_s[row] > long_s for row in rows), "long_abandon"),
        (bool(chunk.callbacks.missed[i]), "missed_commitment"),
        (any(c.overdue for c in cases), "overdue_case"),
        (any(c.reopened for c in cases), "reopened_case"),
    ]
    return tuple(name for there, name in signs if there)
