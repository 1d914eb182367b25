"""Customers, interactions and the service report: what is kept, read only."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, fields
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Query, Request

from contact_center.acd.explain import reasons
from contact_center.cti.events import Recorded
from contact_center.customers.history import Interaction
from contact_center.customers.record import Customer
from contact_center.metrics import service_level
from contact_center.runtime.directory import Directory, QueueSettings
from contact_center.runtime.errors import NotFound
from contact_center.runtime.people import Session
from contact_center.storage.events import EventStore
from contact_center.storage.records import InteractionQuery, Records
from contact_center.web.access import Access
from contact_center.web.bodies import (
    CustomerLines,
    Figures,
    Interactions,
    Names,
    QueueService,
    RecordedBody,
    ServiceReport,
    Story,
    line_of,
)
from contact_center.web.customer_routes import Looks

_Limit = Annotated[int, Query(ge=1, le=500)]
_From = Annotated[float | None, Query(alias="from", ge=0)]
_To = Annotated[float | None, Query(alias="to", ge=0)]
_DAY_S = 86_400.0
_SEES_ALL = {"supervisor", "administrator"}


def record_routes(
    access: Access,
    records: Records,
    events: EventStore,
    directory: Callable[[], Directory],
    clock: Callable[[], float],
    looks: Looks,
) -> APIRouter:
    routes = APIRouter(tags=["records"])
    _add_customers(routes, access, records, looks)
    _add_interactions(routes, access, records, events, directory)
    _add_report(routes, access, events, directory, clock)
    return routes


def _add_customers(routes: APIRouter, access: Access, records: Records, looks: Looks) -> None:
    may_read = Depends(access.needs("agent", "supervisor", "administrator"))
    reader = Annotated[Session, may_read]

    @routes.get("/customers", dependencies=[may_read])
    async def search_customers(
        search: Annotated[str, Query(max_length=200)] = "", limit: _Limit = 50
    ) -> CustomerLines:
        """Customers whose name, company, e-mail or number contains the text."""
        found = await records.search_customers(search, limit)
        tiers = await records.tiers([customer.id for customer in found])
        return CustomerLines(customers=[line_of(customer, tiers.get(customer.id)) for customer in found])

    @routes.get("/customers/{id}")
    async def customer(id: str, session: reader, request: Request) -> Customer:  # noqa: A002  # the path's word
        """The record; the look is written into the audit, as one within a minute."""
        found = await records.customer(id)
        if found is None:
            raise NotFound(f"There is no customer {id}.")
        await looks.seen("record.seen", id, session, request)
        return found

    @routes.get("/customers/{id}/interactions")
    async def interactions_of_customer(
        id: str,  # noqa: A002  # the path's word
        session: reader,
        request: Request,
        limit: _Limit = 50,  # the path's word
    ) -> Interactions:
        """The customer's interactions, newest first; the look is written into the audit."""
        await looks.seen("history.seen", id, session, request)
        return Interactions(interactions=await records.interactions_of_customer(id, limit))


def _add_interactions(
    routes: APIRouter,
    access: Access,
    records: Records,
    events: EventStore,
    directory: Callable[[], Directory],
) -> None:
    reader = Annotated[Session, Depends(access.needs("agent", "supervisor", "administrator"))]

    @routes.get("/interactions")
    async def interactions(  # query parameters
        session: reader,
        from_at: _From = None,
        to_at: _To = None,
        queue: str | None = None,
        agent: str | None = None,
        limit: _Limit = 100,
    ) -> Interactions:
        """Interactions begun in a span, newest first; an agent sees only their own."""
        wanted = InteractionQuery(
            from_at=from_at,
            to_at=to_at,
            queue=queue,
            agent=agent if _sees_all(session) else _own_agent(session),
            limit=limit,
        )
        return Interactions(interactions=await records.interactions(wanted))

    @routes.get("/interactions/{contact}")
    async def story(contact: str, session: reader) -> Story:
        """One interaction with every CTI event in order; an agent sees only their own."""
        row = await records.interaction(contact)
        if row is None or not (_sees_all(session) or row.agent == _own_agent(session)):
            raise NotFound(f"There is no interaction {contact} for you to see.")
        names = {agent.id: agent.name for agent in directory().agents.values()}
        return _story(row, await events.of_contact(contact), names)


def _story(row: Interaction, log: list[Recorded], names: Mapping[str, str]) -> Story:
    kept = {field.name: getattr(row, field.name) for field in fields(row)}
    told = tuple(RecordedBody(seq=r.seq, id=r.id, at=r.at, event=r.event) for r in log)
    return Story(**kept, events=told, reasons=reasons(log, names))


def _own_agent(session: Session) -> str:
    """The agent whose interactions the user may see; a user who is none sees none."""
    return session.user.agent or ""


def _sees_all(session: Session) -> bool:
    return bool(_SEES_ALL & set(session.user.roles))


def _add_report(
    routes: APIRouter,
    access: Access,
    events: EventStore,
    directory: Callable[[], Directory],
    clock: Callable[[], float],
) -> None:
    may_read = Depends(access.needs("agent", "supervisor", "administrator"))

    @routes.get("/reports/service", dependencies=[may_read])
    async def service(from_at: _From = None, to_at: _To = None) -> ServiceReport:
        """Service figures of a span (default: the last 24 hours), computed from the event log."""
        until = clock() if to_at is None else to_at
        since = until - _DAY_S if from_at is None else from_at
        if since > until:
            raise HTTPException(422, "`from` must not be later than `to`.")
        queues = directory().queues
        state = service_level.Service()
        async for recorded in events.between(since, until, service_level.COUNTED):
            state = service_level.fold(state, recorded, queues)
        return _report(since, until, queues, state)


def _report(
    since: float, until: float, queues: Mapping[str, QueueSettings], state: service_level.Service
) -> ServiceReport:
    named = {**{q: service_level.settings_of(queues, q) for q in state.by_queue}, **queues}
    return ServiceReport(
        from_at=since,
        to_at=until,
        queues=tuple(
            QueueService(
                queue=queue.id,
                name=queue.name,
                name_zh=queue.name_zh,
                target_s=queue.target_s,
                target_level=queue.target_level,
                short_s=queue.short_s,
                figures=_figures(state.by_queue.get(queue.id, service_level.NOTHING)),
            )
            for queue in sorted(named.values(), key=lambda q: q.id)
        ),
        total=_figures(service_level.total(state.by_queue)),
        formulas={name: Names(**formula) for name, formula in service_level.FORMULAS.items()},
    )


def _figures(counts: service_level.ServiceCounts) -> Figures:
    return {**asdict(counts), **service_level.kpis(counts)}
