"""What the customer theory says of a customer, and repair cases; every look at a profile is written down."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from contact_center.customers.timeline import KINDS, Kind, Moment, Place, key_of
from contact_center.loyalty import repair
from contact_center.loyalty.casework import CaseAct, act_event
from contact_center.loyalty.nights import Night, Nights
from contact_center.loyalty.profile import Portrait
from contact_center.loyalty.remedies import Means
from contact_center.loyalty.repair import (
    RESULTS,
    TASKS,
    Assign,
    Close,
    Mark,
    Reopen,
    RepairCase,
    TaskDone,
)
from contact_center.runtime.directory import Directory
from contact_center.runtime.errors import NotFound
from contact_center.runtime.ids import new_id
from contact_center.runtime.people import Session
from contact_center.storage.customer_theory import Theory, TheoryStore
from contact_center.storage.loyalty import LoyaltyStore
from contact_center.storage.nights import NightStore
from contact_center.storage.timeline import TimelineStore
from contact_center.web.access import Access
from contact_center.web.customer_routes import Looks

_SEES_ALL = {"supervisor", "administrator"}


@dataclass(frozen=True, slots=True)
class RelationshipStores:
    """Where pages about customers read from."""

    loyalty: LoyaltyStore
    theory: TheoryStore
    timeline: TimelineStore


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelinePage:
    """`after` asks for the next page, None at the end."""

    moments: tuple[Annotated[Moment, Field(discriminator="kind")], ...]
    after: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairLine(RepairCase):
    """A case as a list shows it: whose, by when, how far its clocks are, its plan, how it may end, and what
    may be given (None in a case that is closed, and where nothing is to be made good).

    `customer_number` (E.164) is empty where none is known; `to_call`: it begins with a call of ours.
    """

    customer_name: str
    customer_number: str
    to_call: bool
    promised_at: float | None
    mark: Mark | None
    plan: tuple[str, ...]
    results: tuple[str, ...]
    means: Means | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Repairs:
    """The one whose next promise is due first leading; of one customer the newest."""

    repairs: tuple[RepairLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NightList:
    nights: tuple[Night, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reckonings:
    """The nights that come, and those that are kept."""

    nights: Nights
    kept: NightStore


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class TaskOrder(_Request):
    task: Annotated[str, Field(min_length=1, max_length=64)]


class Outcome(_Request):
    outcome: Annotated[str, Field(min_length=1, max_length=400)]


class NewOwner(_Request):
    """An agent's id; left out, whoever asks takes the case."""

    owner: Annotated[str, Field(min_length=1, max_length=64)] | None = None


def loyalty_routes(
    access: Access,
    stores: RelationshipStores,
    reckonings: Reckonings,
    looks: Looks,
    directory: Callable[[], Directory],
    clock: Callable[[], float],
) -> APIRouter:
    routes = APIRouter(tags=["loyalty"])
    _add_portraits(routes, access, stores, looks, clock)
    _add_nights(routes, access, reckonings)
    _add_timeline(routes, access, stores)
    _add_repairs(routes, access, stores, clock)
    _add_owners(routes, access, stores, looks, directory, clock)
    return routes


def _add_nights(routes: APIRouter, access: Access, reckonings: Reckonings) -> None:
    @routes.get("/loyalty/nights", dependencies=[Depends(access.needs("supervisor", "administrator"))])
    async def nights(limit: Annotated[int, Query(ge=1, le=365)] = 14) -> NightList:
        """When the base was reckoned, how far a running night is, and what stopped one; newest first."""
        return NightList(nights=tuple(await reckonings.kept.nights(limit)))

    @routes.post("/loyalty/nights", status_code=202, dependencies=[Depends(access.needs("administrator"))])
    async def reckon_now() -> None:
        """Reckon the base now, beside the calls; 409 while it is being reckoned."""
        await reckonings.nights.now()


def _add_portraits(
    routes: APIRouter, access: Access, stores: RelationshipStores, looks: Looks, clock: Callable[[], float]
) -> None:
    reader = Annotated[Session, Depends(access.needs("agent", "supervisor", "administrator"))]

    @routes.get("/customers/{id}/portrait")
    async def portrait(id: str, session: reader, request: Request) -> Portrait:  # noqa: A002  # the path's word
        """Stage, value, tier, index, risks and next step of a customer, each with its why."""
        found = await stores.loyalty.portrait(id)
        if found is None:
            raise NotFound(f"There is no customer {id}.")
        await looks.seen("profile.seen", id, session, request)
        return found

    @routes.get("/customers/{id}/theory")
    async def theory(id: str, session: reader, request: Request) -> Theory:  # noqa: A002
        """All the theory says of a customer: portrait, curve, worth by every method, place, benefits."""
        found = await stores.theory.theory(id, clock())
        if found is None:
            raise NotFound(f"There is no customer {id}.")
        await looks.seen("profile.seen", id, session, request)
        return found


def _add_timeline(routes: APIRouter, access: Access, stores: RelationshipStores) -> None:
    may_read = Depends(access.needs("agent", "supervisor", "administrator"))

    @routes.get("/customers/{id}/timeline", dependencies=[may_read])
    async def timeline(
        id: str,  # noqa: A002  # the path's word
        kind: Annotated[list[Kind] | None, Query()] = None,
        after: Annotated[str | None, Query(max_length=300)] = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 30,
    ) -> TimelinePage:
        """All that happened between a customer and us, newest first; `after` is the place of a page's end."""
        found = await stores.timeline.page(id, kind or KINDS, _place(after), limit + 1)
        page, last = found[:limit], found[:limit][-1:]
        more = f"{last[0].at!r}|{key_of(last[0])}" if len(found) > limit else None
        return TimelinePage(moments=tuple(page), after=more)


def _place(after: str | None) -> Place | None:
    at, bar, key = (after or "").partition("|")
    try:
        return Place(at=float(at), key=key) if bar else None
    except ValueError as error:
        raise HTTPException(422, "`after` is no place of a timeline.") from error


def _add_repairs(
    routes: APIRouter, access: Access, stores: RelationshipStores, clock: Callable[[], float]
) -> None:
    reader = Annotated[Session, Depends(access.needs("agent", "supervisor", "administrator"))]

    async def act(case: str, session: Session, what: CaseAct) -> RepairCase:
        kept = await stores.loyalty.case(case)
        if kept is None or not may_see(kept, session):
            raise NotFound(f"There is no repair case {case} for you to see.")
        return await done(stores.loyalty, kept, what, session, clock())

    @routes.get("/repairs")
    async def repairs(session: reader, customer: str | None = None) -> Repairs:
        """Open cases and calls to make, of which an agent sees their own and those open to all; with
        `customer` all of his, closed ones too."""
        if customer is not None:
            found = await stores.loyalty.cases_of(customer)
        else:
            found = [c for c in await stores.loyalty.open_cases() if may_see(c, session)]
        people = sorted({c.customer for c in found})
        names, numbers = await stores.loyalty.names(people), await stores.loyalty.numbers(people)
        to_repair = [c for c in found if c.closed_at is None and not c.proactive]
        may = await stores.loyalty.means(to_repair, clock())
        return Repairs(
            repairs=tuple(
                _line(c, names.get(c.customer, c.customer), numbers.get(c.customer, ""), may.get(c.case))
                for c in found
            )
        )

    @routes.post("/repairs/{case}/tasks")
    async def task_done(case: str, order: TaskOrder, session: reader) -> RepairCase:
        """A task of the plan is done; the first one keeps the promise of a first action."""
        if order.task not in {task for tasks in TASKS.values() for task in tasks}:
            raise HTTPException(422, f"There is no task {order.task}.")
        return await act(case, session, TaskDone(task=order.task))

    @routes.post("/repairs/{case}/close")
    async def close(case: str, order: Outcome, session: reader) -> RepairCase:
        """The clocks stop; what was left of them is kept."""
        return await act(case, session, Close(outcome=order.outcome))

    @routes.post("/repairs/{case}/reopen")
    async def reopen(case: str, session: reader) -> RepairCase:
        """The clocks go on with what was left."""
        return await act(case, session, Reopen())


def _add_owners(
    routes: APIRouter,
    access: Access,
    stores: RelationshipStores,
    looks: Looks,
    directory: Callable[[], Directory],
    clock: Callable[[], float],
) -> None:
    reader = Annotated[Session, Depends(access.needs("agent", "supervisor", "administrator"))]

    @routes.post("/repairs/{case}/owner")
    async def assign(case: str, order: NewOwner, session: reader, request: Request) -> RepairCase:
        """Somebody else makes good; the clocks stay. An agent takes a case, a supervisor gives it away."""
        owner = order.owner or session.user.agent
        if owner is None or owner not in directory().agents:
            raise HTTPException(422, "Name an agent who is to own the case.")
        if owner != session.user.agent and not sees_all(session):
            raise HTTPException(403, "Only a supervisor gives a case to somebody else.")
        kept = await stores.loyalty.case(case)
        if kept is None:
            raise NotFound(f"There is no repair case {case}.")
        changed = await done(stores.loyalty, kept, Assign(owner=owner), session, clock())
        if changed.owner != kept.owner:
            told = f"{kept.owner} to {owner}"
            await looks.note("repair.assigned", case, session, request, told)
        return changed


async def done(
    store: LoyaltyStore, case: RepairCase, act: CaseAct, session: Session, now: float
) -> RepairCase:
    """The case after an act; the log is told of one that changed something."""
    changed, _ = repair.step(case, act, now)
    if changed != case:
        told = act_event(case, changed, act, id_=new_id("act"), by=session.user.login, at=now)
        await store.keep_case(changed, now, () if told is None else (told,))
    return changed


def _line(case: RepairCase, name: str, number: str, may: Means | None) -> RepairLine:
    return RepairLine(
        **{field.name: getattr(case, field.name) for field in fields(case)},
        customer_name=name,
        customer_number=number,
        to_call=case.begins_with_call,
        promised_at=case.due_at,
        mark=case.worst_mark,
        plan=TASKS[case.reaction],
        results=RESULTS[case.reaction],
        means=may,
    )


def sees_all(session: Session) -> bool:
    return bool(_SEES_ALL & set(session.user.roles))


def may_see(case: RepairCase, session: Session) -> bool:
    """An agent works on their own cases, and on calls to make that are open to all."""
    open_to_all = case.begins_with_call and not case.owner
    return sees_all(session) or open_to_all or case.owner == session.user.agent
