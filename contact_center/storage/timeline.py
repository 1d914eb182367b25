"""A customer's timeline out of seven tables, a page at a time.

Each kind is asked for a page of its own from the same place on; merged, the first page of all of them is
whole. So a page costs a page of each kind, however long the past is.
"""

from collections.abc import Awaitable, Callable, Collection
from typing import Any, Final

from sqlalchemy import Column, Table, select
from sqlalchemy.ext.asyncio import AsyncConnection

from contact_center.customers.timeline import (
    BenefitMoment,
    CaseMoment,
    ChangeMoment,
    ContactMoment,
    Kind,
    Moment,
    NoteMoment,
    Place,
    SaleMoment,
    SurveyMoment,
    key_of,
)
from contact_center.loyalty.measures import SCALES
from contact_center.storage.base_reading import CASES
from contact_center.storage.customer_tables import (
    benefit,
    customer_note,
    profile_change,
    repair_case,
    sale,
    survey_answer,
)
from contact_center.storage.engine import Database
from contact_center.storage.records import named_interactions
from contact_center.storage.rows import interaction_of
from contact_center.storage.tables import interaction

_E4, _E8 = 10_000.0, 100_000_000.0
SAME_MOMENT: Final = 200
"""So many moments of one kind at one and the same time are told apart; no customer has more."""


class TimelineStore:
    """Reads timelines; never writes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(
        self, customer: str, kinds: Collection[Kind], after: Place | None, limit: int
    ) -> list[Moment]:
        """The next `limit` moments of these kinds after a place, newest first."""
        found: list[Moment] = []
        async with self._database.reading() as connection:
            for kind, moments in _READ.items():
                if kind in kinds:
                    found += await moments(connection, customer, after, limit)
        found.sort(key=lambda m: (m.at, key_of(m)), reverse=True)
        if after is not None:
            found = [m for m in found if (m.at, key_of(m)) < (after.at, after.key)]
        return found[:limit]


async def _rows(
    connection: AsyncConnection,
    table: Table,
    at: "Column[Any]",
    customer: str,
    after: Place | None,
    limit: int,
) -> list[Any]:
    """Rows up to the place's own time, with room for those of the same moment that were shown already."""
    query = named_interactions() if table is interaction else select(table)
    query = query.where(table.c.customer == customer)
    if (
        table is profile_change
    ):  # since when he is to be kept is for the hold-out: who serves him need not know
        query = query.where(table.c.what.in_(("stage", "tier")))
    if after is not None:
        query, limit = query.where(at <= after.at), limit + SAME_MOMENT
    return list((await connection.execute(query.order_by(at.desc()).limit(limit))).all())


async def _contacts(*wanted: Any) -> list[Moment]:
    rows = await _rows(wanted[0], interaction, interaction.c.started_at, *wanted[1:])
    return [ContactMoment(at=r.started_at, id=r.contact, contact=interaction_of(r)) for r in rows]


async def _sales(*wanted: Any) -> list[Moment]:
    found: list[Moment] = []
    for r in await _rows(wanted[0], sale, sale.c.at, *wanted[1:]):
        sign = -1 if r.kind == "refund" else 1
        found.append(
            SaleMoment(
                at=r.at,
                id=r.id,
                what=r.kind,
                amount=sign * r.quantity_e4 * r.unit_price_e4 / _E8,
                profit=sign * r.quantity_e4 * (r.unit_price_e4 - r.unit_cost_e4) / _E8,
                currency=r.currency,
            )
        )
    return found


async def _benefits(*wanted: Any) -> list[Moment]:
    rows = await _rows(wanted[0], benefit, benefit.c.at, *wanted[1:])
    return [BenefitMoment(at=r.at, id=r.id, what=r.kind, amount=r.amount_e4 / _E4) for r in rows]


async def _cases(*wanted: Any) -> list[Moment]:
    rows = await _rows(wanted[0], repair_case, repair_case.c.opened_at, *wanted[1:])
    cases = [CASES.load(r.body) for r in rows]
    return [
        CaseMoment(
            at=c.opened_at,
            id=c.case,
            reaction=c.reaction,
            owner=c.owner,
            because=c.because,
            closed_at=c.closed_at,
            outcome=c.outcome,
            overdue=c.overdue,
        )
        for c in cases
    ]


async def _surveys(*wanted: Any) -> list[Moment]:
    found: list[Moment] = []
    for r in await _rows(wanted[0], survey_answer, survey_answer.c.at, *wanted[1:]):
        lowest, highest = SCALES[r.question]
        found.append(
            SurveyMoment(
                at=r.at,
                id=f"{r.contact} {r.question}",
                question=r.question,
                answer=r.answer,
                lowest=lowest,
                highest=highest,
            )
        )
    return found


async def _changes(*wanted: Any) -> list[Moment]:
    rows = await _rows(wanted[0], profile_change, profile_change.c.at, *wanted[1:])
    return [
        ChangeMoment(
            at=r.at, id=f"{r.at!r} {r.what}", what=r.what, before=r.before, after=r.after, policy=r.policy
        )
        for r in rows
    ]


async def _notes(*wanted: Any) -> list[Moment]:
    rows = await _rows(wanted[0], customer_note, customer_note.c.at, *wanted[1:])
    return [NoteMoment(at=r.at, id=r.id, author=r.author, text=r.text) for r in rows]


_READ: Final[dict[Kind, Callable[..., Awaitable[list[Moment]]]]] = {
    "contact": _contacts,
    "sale": _sales,
    "benefit": _benefits,
    "case": _cases,
    "survey": _surveys,
    "change": _changes,
    "note": _notes,
}
