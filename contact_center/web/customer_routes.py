"""One customer's file: consents, notes, refusal of profiling, merging and splitting; each look is noted."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from contact_center.customers.record import Consent, Customer, CustomerNote, Organisation
from contact_center.recordings.recording import AuditRow
from contact_center.runtime.errors import NotFound
from contact_center.runtime.ids import new_id
from contact_center.runtime.people import Session
from contact_center.storage import customer_file, merging
from contact_center.storage.loyalty import LoyaltyStore
from contact_center.storage.merging import Merge, MergePreview
from contact_center.storage.recordings import RecordingStore
from contact_center.storage.records import Records
from contact_center.web.access import Access

ONE_LOOK_S = 60.0
"""Screens ask again and again; looks of one person at one record within this time are one."""
_Id = Annotated[str, Path(max_length=64)]
_Purpose = Annotated[str, Path(min_length=1, max_length=40)]


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class NewNote(_Request):
    text: Annotated[str, Field(min_length=1, max_length=4000)]


class ConsentChoice(_Request):
    granted: bool
    source: Annotated[str, Field(max_length=100)] = ""


class ProfilingChoice(_Request):
    refused: bool


class MergeOrder(_Request):
    """`absorb` is the record that ends; the reason is kept in the audit."""

    absorb: Annotated[str, Field(min_length=1, max_length=64)]
    reason: Annotated[str, Field(min_length=1, max_length=400)]


class SplitOrder(_Request):
    reason: Annotated[str, Field(min_length=1, max_length=400)]


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerFile:
    """Everything of a record that is not money: its organisation, consents, notes (newest first), merges."""

    customer: Customer
    organisation: Organisation | None
    consents: tuple[Consent, ...]
    notes: tuple[CustomerNote, ...]
    merges: tuple[Merge, ...]


class Looks:
    """Writes down who looked at whose record."""

    def __init__(self, audit: RecordingStore, clock: Callable[[], float]) -> None:
        self._audit, self.clock = audit, clock
        self._last: dict[tuple[str, str, str], float] = {}

    def row(
        self, action: str, subject: str, session: Session, request: Request, details: str = ""
    ) -> AuditRow:
        return AuditRow(
            id=new_id("a"),
            at=self.clock(),
            user=session.user.login,
            action=action,
            subject=subject,
            address=request.client.host if request.client else "",
            details=details,
        )

    async def note(
        self, action: str, subject: str, session: Session, request: Request, details: str = ""
    ) -> None:
        await self._audit.note(self.row(action, subject, session, request, details))

    async def seen(self, action: str, subject: str, session: Session, request: Request) -> None:
        now, key = self.clock(), (session.token_hash, action, subject)
        if now - self._last.get(key, -ONE_LOOK_S) < ONE_LOOK_S:
            return
        await self.note(action, subject, session, request)
        self._last = {k: at for k, at in self._last.items() if now - at < ONE_LOOK_S}
        self._last[key] = now


def customer_routes(access: Access, records: Records, loyalty: LoyaltyStore, looks: Looks) -> APIRouter:
    routes = APIRouter(tags=["records"])
    _add_file(routes, access, records, loyalty, looks)
    _add_merging(routes, access, records, loyalty, looks)
    return routes


def _add_file(
    routes: APIRouter, access: Access, records: Records, loyalty: LoyaltyStore, looks: Looks
) -> None:
    reader = Annotated[Session, Depends(access.needs("agent", "supervisor", "administrator"))]

    @routes.get("/customers/{id}/file")
    async def file(id: _Id, session: reader, request: Request) -> CustomerFile:  # noqa: A002  # the path's word
        """The record with organisation, consents, notes and merges; the look is written into the audit."""
        found = await records.customer(id)
        if found is None:
            raise NotFound(f"There is no customer {id}.")
        await looks.seen("record.seen", id, session, request)
        beside = await customer_file.beside(records.database, found)
        return CustomerFile(
            customer=found,
            organisation=beside.organisation,
            consents=beside.consents,
            notes=beside.notes,
            merges=tuple(await merging.merges_of(records.database, id)),
        )

    @routes.post("/customers/{id}/notes")
    async def add_note(id: _Id, order: NewNote, session: reader) -> CustomerNote:  # noqa: A002
        """Write something about a customer, under your name."""
        note = CustomerNote(
            id=new_id("n"), customer=id, at=looks.clock(), author=session.user.login, text=order.text
        )
        await customer_file.add_note(records.database, note)
        return note

    @routes.put("/customers/{id}/consents/{purpose}")
    async def set_consent(
        id: _Id,  # noqa: A002
        purpose: _Purpose,
        order: ConsentChoice,
        session: reader,
        request: Request,
    ) -> Consent:
        """What the customer allows or refuses from now on."""
        given = Consent(
            customer=id, purpose=purpose, granted=order.granted, at=looks.clock(), source=order.source
        )
        row = looks.row("consent.set", id, session, request, f"{purpose}: {'yes' if order.granted else 'no'}")
        await customer_file.set_consent(records.database, given, row)
        return given

    @routes.put("/customers/{id}/profiling", status_code=204)
    async def set_profiling(
        id: _Id,  # noqa: A002
        order: ProfilingChoice,
        session: reader,
        request: Request,
    ) -> None:
        """The customer refuses to be profiled, or allows it again; a refusal deletes the profile at once."""
        row = looks.row("profiling.refused" if order.refused else "profiling.allowed", id, session, request)
        await customer_file.set_profiling(records.database, id, refused=order.refused, row=row)
        if not order.refused:
            await loyalty.reckon([id], looks.clock())


def _add_merging(
    routes: APIRouter, access: Access, records: Records, loyalty: LoyaltyStore, looks: Looks
) -> None:
    chief = Annotated[Session, Depends(access.needs("supervisor", "administrator"))]

    @routes.get("/customers/{id}/merge")
    async def look(
        id: _Id,  # noqa: A002
        absorb: Annotated[str, Query(min_length=1, max_length=64)],
        session: chief,
        request: Request,
    ) -> MergePreview:
        """What a merge with `absorb` would do, field by field; nothing is changed. Both looks are noted."""
        found = await merging.preview(records.database, id, absorb)
        for each in (id, absorb):
            await looks.seen("record.seen", each, session, request)
        return found

    @routes.post("/customers/{id}/merge")
    async def merge(id: _Id, order: MergeOrder, session: chief, request: Request) -> Merge:  # noqa: A002
        """Two records are one customer's: this one takes over everything of the other, which ends."""
        row = looks.row("customer.merged", id, session, request, f"{order.absorb}: {order.reason}")
        done = await merging.merge(records.database, id, order.absorb, row)
        await loyalty.reckon([id], looks.clock())
        return done

    @routes.post("/merges/{merge}/split")
    async def split(merge: _Id, order: SplitOrder, session: chief, request: Request) -> Merge:
        """The merge was wrong: the record that had ended comes back with all that had been moved."""
        row = looks.row("customer.split", merge, session, request, order.reason)
        done = await merging.split(records.database, merge, row)
        await loyalty.reckon([done.kept, done.absorbed], looks.clock())
        return done
