"""Records made and changed by hand: checked field by field, refused to who did not see the newest version."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from contact_center.customers.editing import FieldFault, Known, RecordDraft, changed, faults, written
from contact_center.customers.record import Customer, Organisation
from contact_center.runtime.directory import Directory
from contact_center.runtime.errors import NotFound
from contact_center.runtime.ids import new_id
from contact_center.runtime.people import Session
from contact_center.storage import record_changes
from contact_center.storage.loyalty import LoyaltyStore
from contact_center.storage.records import Records
from contact_center.web.access import Access
from contact_center.web.customer_routes import Looks

_Id = Annotated[str, Path(max_length=64)]
_MOST_SAME = 10


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RecordChange(_Request):
    """`version` is that of the record which was changed."""

    version: Annotated[int, Field(ge=1)]
    record: RecordDraft


class NewOrganisation(_Request):
    name: Annotated[str, Field(min_length=1, max_length=200)]
    parent: Annotated[str, Field(max_length=64)] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SameNumber:
    """Somebody else who is reachable at a number of the draft: perhaps the same customer."""

    number: str
    id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordCheck:
    """What is wrong with a draft, and who else has its numbers (no fault: a household may share one)."""

    faults: tuple[FieldFault, ...]
    same: tuple[SameNumber, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisations:
    organisations: tuple[Organisation, ...]


@dataclass(frozen=True, slots=True)
class RecordDesk:
    """What writing a record needs: where records are, whom they may name, the country of short numbers."""

    records: Records
    loyalty: LoyaltyStore
    looks: Looks
    directory: Callable[[], Directory]
    region: str

    async def check(self, draft: RecordDraft, before: Customer | None) -> tuple[FieldFault, ...]:
        named = [draft.organisation] if draft.organisation is not None else []
        known = Known(
            agents=self.directory().agents.keys(),
            organisations=await record_changes.known_organisations(self.records.database, named),
            region=self.region,
        )
        return faults(draft, known, before)

    async def sound(self, draft: RecordDraft, before: Customer | None = None) -> None:
        if found := await self.check(draft, before):
            raise HTTPException(422, "; ".join(f"{fault.field}: {fault.en}" for fault in found))


def record_editing_routes(access: Access, desk: RecordDesk) -> APIRouter:
    routes = APIRouter(tags=["records"])
    _add_records(routes, access, desk)
    _add_organisations(routes, access, desk)
    return routes


def _add_records(routes: APIRouter, access: Access, desk: RecordDesk) -> None:
    writer = Annotated[Session, Depends(access.needs("agent", "supervisor", "administrator"))]

    @routes.post("/customers/check")
    async def check(
        draft: RecordDraft,
        _session: writer,
        id: Annotated[str, Query(max_length=64)] = "",  # noqa: A002  # the query's word
    ) -> RecordCheck:
        """Whether a draft of a record (that of `id`, or a new one) may be kept. Nothing is stored."""
        found = await desk.check(draft, await desk.records.customer(id) if id else None)
        at_fault = {fault.field for fault in found}
        same = [] if "numbers" in at_fault else await _same(desk, draft, id)
        return RecordCheck(faults=found, same=tuple(same[:_MOST_SAME]))

    @routes.post("/customers", status_code=201)
    async def make(draft: RecordDraft, session: writer, request: Request) -> Customer:
        """A new record, under an id of its own; its profile follows what is known of the base."""
        await desk.sound(draft)
        now = desk.looks.clock()
        new = written(draft, Customer(id=new_id("c"), name="", since=now), desk.region)
        row = desk.looks.row("customer.made", new.id, session, request)
        kept = await record_changes.make(desk.records.database, new, draft.consents, row)
        await desk.loyalty.reckon([kept.id], now)
        return kept

    @routes.put("/customers/{id}")
    async def change(id: _Id, order: RecordChange, session: writer, request: Request) -> Customer:  # noqa: A002
        """The record as it is to be; 409 `record` when somebody changed it since version `version`."""
        before = await desk.records.customer(id)
        if before is None:
            raise NotFound(f"There is no customer {id}.")
        await desk.sound(order.record, before)
        after = written(order.record, before, desk.region)
        fields = ", ".join((*changed(before, after), *sorted(f"consent {p}" for p in order.record.consents)))
        row = desk.looks.row("customer.changed", id, session, request, fields[:400])
        kept = await record_changes.change(
            desk.records.database, order.version, after, order.record.consents, row
        )
        await desk.loyalty.reckon([id], desk.looks.clock())
        return kept


async def _same(desk: RecordDesk, draft: RecordDraft, id_: str) -> list[SameNumber]:
    wanted = written(draft, Customer(id=id_, name=draft.name), desk.region).numbers
    return [
        SameNumber(number=number, id=other.id, name=other.name)
        for number in wanted
        for other in await desk.records.customers_by_number(number)
        if other.id != id_
    ]


def _add_organisations(routes: APIRouter, access: Access, desk: RecordDesk) -> None:
    writer = Annotated[Session, Depends(access.needs("agent", "supervisor", "administrator"))]

    @routes.get("/organisations")
    async def organisations(
        _session: writer,
        search: Annotated[str, Query(max_length=200)] = "",
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> Organisations:
        """Companies that customers belong to, whose name or id contains the text."""
        found = await record_changes.organisations(desk.records.database, search, limit)
        return Organisations(organisations=tuple(found))

    @routes.post("/organisations", status_code=201)
    async def make_organisation(order: NewOrganisation, session: writer, request: Request) -> Organisation:
        """A company that customers can belong to."""
        new = Organisation(id=new_id("o"), name=order.name.strip(), parent=order.parent)
        known = [new.parent] if new.parent is not None else []
        if set(known) - await record_changes.known_organisations(desk.records.database, known):
            raise HTTPException(422, f"There is no organisation {new.parent}.")
        row = desk.looks.row("organisation.made", new.id, session, request)
        await record_changes.make_organisation(desk.records.database, new, row)
        return new
