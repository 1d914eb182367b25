"""What the loyalty models need to know of customers, read in columns: a chunk of the base at a time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Select, Table, select
from sqlalchemy.ext.asyncio import AsyncConnection

from contact_center.loyalty.accounts import Accounts, Expected
from contact_center.loyalty.contract_value import Contracts
from contact_center.loyalty.evidence import Answers, Complaints, Contacts
from contact_center.loyalty.ledger import PERIOD_DAYS
from contact_center.loyalty.measures import SCALES
from contact_center.loyalty.policy import Policy
from contact_center.loyalty.purchase_model import DAYS_PER_WEEK, PurchaseHistory
from contact_center.loyalty.reckoning import REACTION_S, BasisOfAll, Callbacks, Chunk
from contact_center.loyalty.repair import RepairCase
from contact_center.runtime.codec import Codec
from contact_center.storage.customer_tables import (
    benefit,
    consent,
    expected_event,
    repair_case,
    sale,
    survey_answer,
)
from contact_center.storage.tables import callback, customer, interaction

DAY_S = 86_400.0
MONTH_S = PERIOD_DAYS["month"] * DAY_S
PERIODS = 36
CASES: Codec[RepairCase] = Codec(RepairCase)
_E4 = 10_000.0
_E8 = 100_000_000.0
Ids = Sequence[str]
Mine = Callable[..., Select[Any]]


@dataclass(frozen=True, slots=True)
class Columns:
    """Rows of a query: the place of the customer of each, and its other columns, missing ones NaN."""

    who: NDArray[np.int64]
    values: NDArray[np.float64]

    def __getitem__(self, column: int) -> NDArray[np.float64]:
        return self.values[:, column]


async def read(
    connection: AsyncConnection,
    ids: Ids,
    policy: Policy,
    now: float,
    basis: BasisOfAll,
    *,
    neighbours: bool = False,
) -> Chunk:
    """Everything known of these customers until `now`; at most some thousands.

    `neighbours`: they are all there are between the first and the last of them, in the database's own order.
    """
    place, n = {id_: i for i, id_ in enumerate(ids)}, len(ids)

    def mine(table: Table, *columns: ColumnElement[Any]) -> Select[Any]:
        key = table.c.id if table is customer else table.c.customer
        narrow = key.between(ids[0], ids[-1]) if neighbours else key.in_(ids)
        return select(key, *columns).where(narrow)

    c = customer.c
    known = await _columns(
        connection, mine(customer, c.since, c.contract_until, c.products, c.no_profiling), place
    )
    sales = await _sales(connection, mine, place, now)
    span_s = policy.index.window_days * DAY_S if basis.money else PERIODS * basis.period_s
    contacts, dispositions = await _contacts(connection, mine, place, (now - span_s, now))
    b = benefit.c
    given = mine(benefit, b.at, b.amount_e4, b.kind == "referral", b.kind == "remedy")
    benefits = await _columns(connection, given.where(b.at <= now), place)
    allowed = mine(consent, consent.c.granted).where(consent.c.purpose == "marketing")
    consents = await _columns(connection, allowed, place)
    cases = await _cases(connection, mine)
    made, late = callback.c.state == "done", callback.c.late
    over = mine(callback, callback.c.ended_at, made & ~late, (callback.c.state == "expired") | late)
    ended = callback.c.ended_at <= now, callback.c.state.in_(("done", "expired", "given_up"))
    called_back = await _columns(connection, over.where(*ended), place)
    until, refused = _spread(known.who, known[1], n), _spread(known.who, known[3], n) > 0
    began = _began(known, sales, contacts, n, now)
    return Chunk(
        customers=tuple(ids),
        accounts=Accounts(
            **_ledger(sales, contacts, benefits, began, policy, now, basis),
            history=_purchases(sales, n, now),
            products=_spread(known.who, known[2], n),
            contractual=until > now,
            contracts=Contracts(tenure_months=(now - began) / MONTH_S, months_left=(until - now) / MONTH_S),
            expected=await _expected(connection, mine, place, now, policy),
            may_market=(_spread(consents.who, consents[0], n) > 0) & ~refused,
            money=basis.money,
            period=basis.period,
        ),
        contacts=contacts,
        answers=await _answers(connection, mine, place, now),
        complaints=_complaints(cases, place),
        promises=_promises(cases, called_back, place),
        callbacks=_callbacks(called_back, n, now),
        cases=cases,
        tenure_months=(now - began) / MONTH_S,
        contract_months_left=(until - now) / MONTH_S,
        referral=_referral(benefits, n),
        dispositions=dispositions,
        no_profiling=refused,
        opted_out=_spread(consents.who, consents[0], n) == 0,
        lowest_csat=await _lowest_csat(connection, mine, place, now),
    )


async def _columns(connection: AsyncConnection, query: Select[Any], place: dict[str, int]) -> Columns:
    found = [(place[row[0]], *row[1:]) for row in await connection.execute(query) if row[0] in place]
    width = len(query.selected_columns) - 1
    if not found:
        return Columns(np.zeros(0, np.int64), np.zeros((0, width)))
    rows = np.array(found, dtype=np.float64)  # None becomes NaN, a truth value 0 or 1
    return Columns(rows[:, 0].astype(np.int64), rows[:, 1:])


def _spread(who: NDArray[np.int64], values: NDArray[np.float64], n: int) -> NDArray[np.float64]:
    found = np.full(n, np.nan)
    found[who] = values
    return found


async def _sales(connection: AsyncConnection, mine: Mine, place: dict[str, int], now: float) -> Columns:
    """Columns: at, volume, profit on goods (a refund negative)."""
    s = sale.c
    query = mine(sale, s.at, s.kind == "refund", s.quantity_e4, s.unit_price_e4, s.unit_cost_e4)
    raw = await _columns(connection, query.where(s.at <= now), place)
    signed = np.where(raw[1] > 0, -1.0, 1.0) * raw[2] / _E8
    return Columns(raw.who, np.column_stack([raw[0], signed * raw[3], signed * (raw[3] - raw[4])]))


async def _contacts(
    connection: AsyncConnection, mine: Mine, place: dict[str, int], span: tuple[float, float]
) -> tuple[Contacts, tuple[str, ...]]:
    """The contacts begun in a span, and the dispositions that their `reason` numbers stand for."""
    i = interaction.c
    query = mine(
        interaction, i.started_at, i.wait_s, i.outcome, i.disposition, i.talk_s + i.hold_s + i.wrap_up_s
    ).where(i.started_at > span[0], i.started_at <= span[1], i.outcome.is_not(None))
    rows: list[Any] = [row for row in await connection.execute(query) if row[0] in place]
    numbers: dict[str, int] = {}
    return Contacts(
        customer=np.array([place[row[0]] for row in rows], np.int64),
        at=np.array([row[1] for row in rows], np.float64),
        wait_s=np.array([row[2] for row in rows], np.float64),
        abandoned=np.array([row[3] == "abandoned" for row in rows], np.bool_),
        handled=np.array([row[3] == "handled" for row in rows], np.bool_),
        reason=np.array(
            [-1 if row[4] is None else numbers.setdefault(row[4], len(numbers)) for row in rows], np.int64
        ),
        work_s=np.array([row[5] for row in rows], np.float64),
    ), tuple(numbers)


async def _answers(
    connection: AsyncConnection, mine: Mine, place: dict[str, int], now: float
) -> dict[str, Answers]:
    found: dict[str, Answers] = {}
    for question, (lowest, highest) in SCALES.items():
        query = mine(survey_answer, survey_answer.c.at, survey_answer.c.answer).where(
            survey_answer.c.question == question, survey_answer.c.at <= now
        )
        rows = await _columns(connection, query, place)
        found[question] = Answers(
            customer=rows.who, at=rows[0], score=(rows[1] - lowest) / (highest - lowest)
        )
    return found


async def _lowest_csat(
    connection: AsyncConnection, mine: Mine, place: dict[str, int], now: float
) -> NDArray[np.float64]:
    a = survey_answer.c
    query = mine(survey_answer, a.answer).where(a.question == "csat", a.at <= now, a.at > now - REACTION_S)
    rows, found = await _columns(connection, query, place), np.full(len(place), np.inf)
    np.minimum.at(found, rows.who, rows[0])
    return found


async def _cases(connection: AsyncConnection, mine: Mine) -> dict[str, list[RepairCase]]:
    found: dict[str, list[RepairCase]] = {}
    rows: list[Any] = list(await connection.execute(mine(repair_case, repair_case.c.body)))
    for row in rows:
        found.setdefault(row[0], []).append(CASES.load(row[1]))
    return found


def _complaints(cases: dict[str, list[RepairCase]], place: dict[str, int]) -> Complaints:
    voiced = [c for of in cases.values() for c in of if c.reaction == "voice" and c.customer in place]
    return Complaints(
        customer=np.array([place[c.customer] for c in voiced], np.int64),
        at=np.array([c.opened_at for c in voiced], np.float64),
        severity=np.array([c.severity for c in voiced], np.float64),
        repaired=np.array([c.repaired_in_time for c in voiced], np.bool_),
    )


def _callbacks(called_back: Columns, n: int, now: float) -> Callbacks:
    recent = called_back[0] > now - REACTION_S
    who, kept, broken = (column[recent] for column in (called_back.who, called_back[1], called_back[2]))
    return Callbacks(
        missed=np.bincount(who[broken > 0], minlength=n),
        unanswered=np.bincount(who[(kept == 0) & (broken == 0)], minlength=n),
    )


def _promises(cases: dict[str, list[RepairCase]], called_back: Columns, place: dict[str, int]) -> Answers:
    """Due times of repair cases: kept when closed in time, broken from the moment they are overdue.

    And callbacks: kept when made in time, broken when not; nobody's fault when he did not answer.
    """
    judged = [
        (place[c.customer], c.opened_at, float(c.repaired_in_time))
        for of in cases.values()
        for c in of
        if c.customer in place and c.clocks and not c.proactive and (c.closed_at is not None or c.overdue)
    ]
    rows = np.array(judged, np.float64).reshape(-1, 3)
    ours = called_back[1] + called_back[2] > 0
    return Answers(
        customer=np.concatenate([rows[:, 0].astype(np.int64), called_back.who[ours]]),
        at=np.concatenate([rows[:, 1], called_back[0][ours]]),
        score=np.concatenate([rows[:, 2], called_back[1][ours]]),
    )


def _began(known: Columns, sales: Columns, contacts: Contacts, n: int, now: float) -> NDArray[np.float64]:
    """When business with each customer began: as recorded, or his first purchase or contact if earlier."""
    began = np.full(n, np.inf)
    began[known.who] = np.where(known[0] > 0, known[0], np.inf)
    np.minimum.at(began, sales.who, sales[0])
    np.minimum.at(began, contacts.customer, contacts.at)
    return np.asarray(np.minimum(began, now))


def _ledger(
    sales: Columns,
    contacts: Contacts,
    benefits: Columns,
    began: NDArray[np.float64],
    policy: Policy,
    now: float,
    basis: BasisOfAll,
) -> dict[str, Any]:
    """Volume and profit per customer and period, the period that ends at `now` last."""
    n = len(began)

    def summed(who: NDArray[np.int64], at: NDArray[np.float64], amount: Any) -> NDArray[np.float64]:
        column = PERIODS - 1 - ((now - at) // basis.period_s).astype(np.int64)
        there = column >= 0
        weights = np.asarray(amount, np.float64)[there]
        flat = np.bincount(who[there] * PERIODS + column[there], weights, n * PERIODS)
        return np.asarray(flat.reshape(n, PERIODS), np.float64)

    age = ((now - began) // basis.period_s).astype(np.int64)
    first = np.maximum(0, PERIODS - 1 - age).astype(np.int32)
    if not basis.money:
        volumes = summed(contacts.customer, contacts.at, contacts.handled)
        return {"volumes": volumes, "profits": volumes, "first": first}
    cost = contacts.work_s / 60 * policy.value.cost_per_minute
    profits = summed(sales.who, sales[0], sales[2]) - summed(contacts.customer, contacts.at, cost)
    amounts = benefits[1] if policy.value.count_remedies else np.where(benefits[3] > 0, 0.0, benefits[1])
    profits += summed(benefits.who, benefits[0], amounts / _E4)
    return {"volumes": summed(sales.who, sales[0], sales[1]), "profits": profits, "first": first}


def _purchases(sales: Columns, n: int, now: float) -> PurchaseHistory:
    """Repeat purchase days and ages in weeks; refunds are no purchases, sales of one day are one."""
    bought = sales[1] > 0
    who, at, volume = sales.who[bought], sales[0][bought], sales[1][bought]
    day = (at // DAY_S).astype(np.int64)
    order = np.lexsort((day, who))
    who, day, volume = who[order], day[order], volume[order]
    new_day = np.ones(len(who), bool)
    new_day[1:] = (who[1:] != who[:-1]) | (day[1:] != day[:-1])
    first, last = np.full(n, np.inf), np.full(n, -np.inf)
    np.minimum.at(first, who, day)
    np.maximum.at(last, who, day)
    days = np.bincount(who, new_day, n)
    repeats = np.maximum(0.0, days - 1)
    later = np.bincount(who, np.where(day > first[who], volume, 0.0), n) if len(who) else np.zeros(n)
    some = days > 0
    today = now // DAY_S
    return PurchaseHistory(
        repeats=repeats,
        last_age=np.where(some, np.where(some, last, 0) - np.where(some, first, 0), 0.0) / DAYS_PER_WEEK,
        age=np.where(some, today - np.where(some, first, today), 0.0) / DAYS_PER_WEEK,
        spend=np.divide(later, repeats, out=np.zeros(n), where=repeats > 0),
    )


async def _expected(
    connection: AsyncConnection, mine: Mine, place: dict[str, int], now: float, policy: Policy
) -> Expected | None:
    """The judged events still ahead within the horizon, discounted by month; None where there are none."""
    e, horizon_s = expected_event.c, policy.value.horizon_months * MONTH_S
    query = mine(expected_event, e.due_at, e.probability, e.revenue_e4, e.cost_e4)
    rows = await _columns(connection, query.where(e.due_at > now, e.due_at <= now + horizon_s), place)
    if not len(rows.who):
        return None
    months = (rows[0] - now) / MONTH_S
    worth = (rows[2] - rows[3]) / _E4 * (1 + policy.value.rate_yearly) ** (-months / 12)
    n, chance = len(place), rows[1]
    return Expected(
        count=np.bincount(rows.who, minlength=n).astype(np.float64),
        value=np.asarray(np.bincount(rows.who, chance * worth, n), np.float64),
        deviation=np.sqrt(np.bincount(rows.who, chance * (1 - chance) * worth**2, n)),
    )


def _referral(benefits: Columns, n: int) -> NDArray[np.float64]:
    """1 for who referred somebody, 0 for the others; not known while nothing that anybody brought is kept."""
    if not np.any(benefits[3] == 0):  # what we gave him says nothing of what he brought
        return np.full(n, np.nan)
    return (np.bincount(benefits.who, benefits[2], n) > 0).astype(np.float64)
