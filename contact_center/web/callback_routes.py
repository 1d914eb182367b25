"""Callbacks for supervisors and other programs: who waits for one, adding, calling sooner, taking out."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Protocol

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from contact_center.acd.callback import Callback
from contact_center.recordings.recording import AuditRow
from contact_center.runtime.ids import new_id
from contact_center.runtime.people import Session
from contact_center.storage.callbacks import CallbackStore
from contact_center.storage.recordings import RecordingStore
from contact_center.web.access import Access


class CallbackLine(Protocol):
    """The live callbacks. `NotFound` for unknown ids, `Conflict` for what does not fit."""

    async def add(self, queue: str, number: str, language: str, by: str) -> Callback: ...

    def cancel(self, callback: str, by: str) -> None: ...

    def call_now(self, callback: str) -> None: ...


class CallbackOrder(BaseModel):
    """Somebody to be called back: he gets the place in line of this moment."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    queue: Annotated[str, Field(min_length=1, max_length=64)]
    number: Annotated[str, Field(min_length=1, max_length=64)]
    language: Annotated[str, Field(pattern=r"^[a-z]{2,8}$")] = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class Callbacks:
    """In the order of their places, or (ended ones) the newest request first."""

    callbacks: tuple[Callback, ...]


def callback_routes(
    access: Access,
    line: CallbackLine,
    store: CallbackStore,
    audit: RecordingStore,
    clock: Callable[[], float],
) -> APIRouter:
    routes = APIRouter(tags=["callbacks"])
    reader = Depends(access.needs("supervisor", "administrator", "integrator"))
    hand = Annotated[Session, Depends(access.needs("supervisor", "administrator", "integrator"))]

    async def note(session: Session, request: Request, action: str, one: str, details: str = "") -> None:
        row = AuditRow(
            id=new_id("a"),
            at=clock(),
            user=session.user.login,
            action=action,
            subject=one,
            address=request.client.host if request.client else "",
            details=details,
        )
        await audit.note(row)

    @routes.get("/callbacks", dependencies=[reader])
    async def ended(queue: str | None = None, limit: Annotated[int, Query(ge=1, le=500)] = 100) -> Callbacks:
        """Callbacks that are over, newest first; those that wait are in the feed (`callbacks`)."""
        return Callbacks(callbacks=tuple(await store.ended(limit, queue)))

    @routes.get("/callbacks/open", dependencies=[reader])
    async def waiting() -> Callbacks:
        """Callbacks that wait or are being called, as stored, in the order of their places."""
        found = sorted(await store.open(), key=lambda each: each.rank)
        return Callbacks(callbacks=tuple(found))

    @routes.post("/callbacks", status_code=201)
    async def add(session: hand, request: Request, order: CallbackOrder) -> Callback:
        """Keep a place in line for a number; asked for again, it keeps the earlier one. Whose number it is
        is promised the call as his tier has it.

        409 `target`: not a number that may be called; `callback`: the queue calls nobody back, or too many
        wait, or it is closed until it would be too late.
        """
        one = await line.add(order.queue, order.number, order.language, session.user.login)
        await note(session, request, "callback.added", one.id, order.queue)
        return one

    @routes.post("/callbacks/{callback}/cancel", status_code=204)
    async def cancel(session: hand, request: Request, callback: str) -> None:
        """Out of the line; 409 while the customer is on the telephone for it."""
        line.cancel(callback, session.user.login)
        await note(session, request, "callback.cancelled", callback)

    @routes.post("/callbacks/{callback}/call-now", status_code=204)
    async def call_now(session: hand, request: Request, callback: str) -> None:
        """End its pause: it is called as soon as its place and the queue's hours let it."""
        line.call_now(callback)
        await note(session, request, "callback.called", callback)

    return routes
