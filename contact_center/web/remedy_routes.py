"""Giving something to make good: within the tier's cap by whoever owns the case, beyond it by a supervisor.

What an agent is refused and what a supervisor gives beyond the cap are both rows of the audit.
"""

import asyncio
from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request
from pydantic import BaseModel, ConfigDict, Field

from contact_center.loyalty.remedies import Means, within
from contact_center.loyalty.repair import Give, Remedy, RemedyKind, RepairCase
from contact_center.runtime.errors import Conflict, NotFound
from contact_center.runtime.people import Session
from contact_center.storage.loyalty import LoyaltyStore
from contact_center.web.access import Access
from contact_center.web.customer_routes import Looks
from contact_center.web.loyalty_routes import done, may_see, sees_all


class RemedyOrder(BaseModel):
    """`amount` is money, in whole cents; `note` says why, which more than the cap needs."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: RemedyKind
    amount: Annotated[float, Field(gt=0, le=1e9)]
    note: Annotated[str, Field(max_length=400)] = ""


def remedy_routes(access: Access, store: LoyaltyStore, looks: Looks, clock: Callable[[], float]) -> APIRouter:
    routes = APIRouter(tags=["loyalty"])
    reader = Annotated[Session, Depends(access.needs("agent", "supervisor", "administrator"))]
    one_at_a_time = asyncio.Lock()  # two who give at once must not both spend what is left

    @routes.post("/repairs/{case}/remedies", status_code=201)
    async def give(case: str, order: RemedyOrder, session: reader, request: Request) -> RepairCase:
        """Something is given to the customer, and the task it does is done.

        409 `over_cap`: more than may be given, for an agent; `say_why`: the same for a supervisor without a
        note; `case_closed`; `nothing_to_repair`: a call by ourselves is no case.
        """
        amount = round(order.amount, 2)
        if abs(amount - order.amount) > 1e-9:
            raise HTTPException(422, "An amount is in whole cents.")
        async with one_at_a_time:
            kept = await store.case(case)
            if kept is None or not may_see(kept, session):
                raise NotFound(f"There is no repair case {case} for you to see.")
            if kept.closed_at is not None:
                raise Conflict("case_closed", "Nothing is given in a case that is closed.")
            if kept.proactive:
                raise Conflict("nothing_to_repair", "Nothing is to be made good in a call of our own.")
            now, note = clock(), order.note.strip()
            may = (await store.means([kept], now))[case]
            beyond = not within(amount, may)
            told = _told(order.kind, amount, may, note)
            if beyond and not sees_all(session):
                await looks.note("repair.remedy_refused", case, session, request, told)
                raise Conflict("over_cap", f"{may.left:.2f} of {may.cap:.2f} may still be given here.")
            if beyond and not note:
                raise Conflict("say_why", f"It is more than the {may.left:.2f} left: say why.")
            remedy = Remedy(
                kind=order.kind,
                amount=amount,
                at=now,
                by=session.user.login,
                cap=may.cap,
                beyond=beyond,
                note=note,
            )
            changed = await done(store, kept, Give(remedy=remedy), session, now)
            action = "repair.remedy_beyond" if beyond else "repair.remedy"
            await looks.note(action, case, session, request, told)
            return changed

    return routes


def _told(kind: RemedyKind, amount: float, may: Means, note: str) -> str:
    return f"{kind} {amount:.2f}; {may.given:.2f} of {may.cap:.2f} given before{': ' if note else ''}{note}"
