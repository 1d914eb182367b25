"""The nightly reckoning of a base: stage, value, tier and index of a million customers, rows per second.

python -m load_tests.loyalty_base [CUSTOMERS]
"""

import resource
import sys
import time

import numpy as np

from contact_center.loyalty.accounts import Accounts
from contact_center.loyalty.base import Placements, indices, lifecycles, placements
from contact_center.loyalty.evidence import Answers, Complaints, Contacts, Standing, inputs
from contact_center.loyalty.policy import DEFAULT
from contact_center.loyalty.purchase_model import PurchaseHistory
from contact_center.loyalty.valuation import learn, valued

CUSTOMERS, MONTHS, CONTACTS_EACH = 1_000_000, 36, 10
SAMPLE = 20_000
NOW = 1_700_000_000.0
DAY_S = 86_400.0


def accounts_of(n: int, draw: np.random.Generator) -> Accounts:
    """A base that came, bought at rates of its own, and partly left."""
    first = draw.integers(0, MONTHS, n).astype(np.int32)
    columns = np.arange(MONTHS)
    last = first + draw.exponential(24, n)
    active = (columns >= first[:, None]) & (columns <= last[:, None])
    bought = active & (draw.random((n, MONTHS)) < draw.beta(2, 3, n)[:, None])
    bought[np.arange(n), first] = True
    volumes = bought * draw.gamma(2.0, 30.0, n)[:, None] * draw.gamma(8.0, 1 / 8, (n, MONTHS))
    latest = MONTHS - 1 - np.argmax(bought[:, ::-1], axis=1)
    repeats = bought.sum(axis=1) - 1.0
    spend = np.divide(volumes.sum(axis=1), repeats + 1)
    weeks = 365.25 / 12 / 7
    return Accounts(
        volumes=volumes,
        profits=0.3 * volumes,
        first=first,
        history=PurchaseHistory(
            repeats=repeats,
            last_age=(latest - first) * weeks,
            age=np.asarray((MONTHS - first) * weeks, dtype=np.float64),
            spend=np.where(repeats > 0, spend, 0.0),
        ),
        products=draw.integers(1, 5, n).astype(float),
        contractual=draw.random(n) < 0.1,
        may_market=draw.random(n) < 0.7,
    )


def _contacts(n: int, draw: np.random.Generator) -> Contacts:
    rows = n * CONTACTS_EACH
    return Contacts(
        customer=draw.integers(0, n, rows),
        at=NOW - draw.random(rows) * 180 * DAY_S,
        wait_s=draw.exponential(40, rows),
        abandoned=draw.random(rows) < 0.05,
        handled=draw.random(rows) < 0.9,
        reason=draw.integers(-1, 12, rows),
    )


def _answers(n: int, draw: np.random.Generator) -> Answers:
    return Answers(
        customer=draw.integers(0, n, n), at=NOW - draw.random(n) * 180 * DAY_S, score=draw.random(n)
    )


def main() -> None:
    n = int(sys.argv[1]) if len(sys.argv) > 1 else CUSTOMERS
    draw = np.random.default_rng(1)
    base = accounts_of(n, draw)
    contacts, answers = _contacts(n, draw), {name: _answers(n, draw) for name in ("csat", "nps", "ces")}
    promises = _answers(n, draw)
    none = np.full(n, -1, np.int8)
    began = time.perf_counter()

    def told(what: str, since: float) -> float:
        now = time.perf_counter()
        print(f"{what:30} {now - since:7.1f} s {n / (now - since):12,.0f} rows/s", flush=True)
        return now

    learnt = learn(accounts_of(min(n, SAMPLE), draw), DEFAULT)
    at = told(f"learn from {min(n, SAMPLE):,}", began)
    life = lifecycles(base.volumes, base.first, learnt.reference_volume)
    at = told("stage", at)
    worth = valued(base, learnt, DEFAULT.value, life.stage)
    at = told("value", at)
    before = Placements(tier=none, pending=none, pending_runs=np.zeros(n, np.int32))
    placements(before, worth.current, worth.potential, learnt.cut)
    at = told("tier", at)
    standing = Standing(
        tenure_months=base.periods.astype(float),
        products=base.products,
        contract_months_left=np.where(base.contractual, 6.0, np.nan),
        p_alive=worth.p_alive,
        repeat=(base.volumes > 0).mean(axis=1),
        referral=np.full(n, np.nan),
    )
    given = inputs(
        contacts=contacts,
        answers=answers,
        promises=promises,
        complaints=Complaints(),
        standing=standing,
        now=NOW,
        rules=DEFAULT.index,
    )
    at = told(f"evidence ({len(contacts.at):,} contacts)", at)
    indices(given, life.stage)
    told("index", at)
    told("all", began)
    print(f"most memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.1f} GB (inputs included)")


if __name__ == "__main__":
    main()
