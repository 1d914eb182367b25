"""What the customer theory says of a customer, and repair cases; every look at a profile is written down."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from contact_center.loyalty import repair
from contact_center.loyalty.nights import Night, Nights
from contact_center.loyalty.policy import Policy
from contact_center.loyalty.profile import Portrait, Segment
from contact_center.loyalty.repair import TASKS, Act, Close, Reopen, RepairCase, TaskDone
from contact_center.loyalty.segments import customer_equity
from contact_center.runtime.errors import NotFound
from contact_center.runtime.people import Session
from contact_center.storage.loyalty import LoyaltyStore
from contact_center.storage.nights import NightStore
from contact_center.web.access import Access
from contact_center.web.customer_routes import Looks

_SEES_ALL = {"supervisor", "administrator"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Repairs:
    """Open repair cases, the one whose next promise is due first leading."""

    repairs: tuple[RepairCase, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Segments:
    """The base by tier and stage; `equity` is the lifetime profit of all customers who have not left."""

    segments: tuple[Segment, ...]
    equity: float


@dataclass(frozen=True, slots=True, kw_only=True)
class NightList:
    nights: tuple[Night, ...]


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class TaskOrder(_Request):
    task: Annotated[str, Field(min_length=1, max_length=64)]


class Outcome(_Request):
    outcome: Annotated[str, Field(min_length=1, max_length=400)]


def loyalty_routes(
    access: Access,
    store: LoyaltyStore,
    nights: Nights,
    kept_nights: NightStore,
    looks: Looks,
    clock: Callable[[], float],
) -> APIRouter:
    routes = APIRouter(tags=["loyalty"])
    _add_portraits(routes, access, store, looks)
    _add_nights(routes, access, nights, kept_nights)
    _add_repairs(routes, access, store, clock)
    return routes


def _add_nights(routes: APIRouter, access: Access, nights: Nights, kept: NightStore) -> None:
    @routes.get("/loyalty/nights", dependencies=[Depends(access.needs("supervisor", "administrator"))])
    async def reckonings(limit: Annotated[int, Query(ge=1, le=365)] = 14) -> NightList:
        """When the base was reckoned, how far a running night is, and what stopped one; newest first."""
        return NightList(nights=tuple(await kept.nights(limit)))

    @routes.post("/loyalty/nights", status_code=202, dependencies=[Depends(access.needs("administrator"))])
    async def reckon_now() -> None:
        """Reckon the base now, beside the calls; 409 while it is being reckoned."""
        await nights.now()


def _add_portraits(routes: APIRouter, access: Access, store: LoyaltyStore, looks: Looks) -> None:
    reader = Annotated[Session, Depends(access.needs("agent", "supervisor", "administrator"))]

    @routes.get("/customers/{id}/portrait")
    async def portrait(id: str, session: reader, request: Request) -> Portrait:  # noqa: A002  # the path's word
        """Stage, value, tier, index, risks and next step of a customer, each with its why."""
        found = await store.portrait(id)
        if found is None:
            raise NotFound(f"There is no customer {id}.")
        await looks.seen("profile.seen", id, session, request)
        return found

    @routes.get("/loyalty/segments", dependencies=[Depends(access.needs("supervisor", "administrator"))])
    async def segments() -> Segments:
        """How many customers each tier and stage has, what they are worth, and customer equity."""
        found = await store.segments()
        worth = {f"{s.tier} {s.stage}": s.value for s in found if s.stage != "exited"}
        return Segments(segments=tuple(found), equity=customer_equity(worth))

    @routes.get("/loyalty/policy", dependencies=[Depends(access.needs("supervisor", "administrator"))])
    async def policy() -> Policy:
        """The policy in force, with its version, author and date."""
        return await store.policy()


def _add_repairs(routes: APIRouter, access: Access, store: LoyaltyStore, clock: Callable[[], float]) -> None:
    reader = Annotated[Session, Depends(access.needs("agent", "supervisor", "administrator"))]

    async def act(case: str, session: Session, what: Act) -> RepairCase:
        kept = await store.case(case)
        if kept is None or not _may_see(kept, session):
            raise NotFound(f"There is no repair case {case} for you to see.")
        now = clock()
        changed, _ = repair.step(kept, what, now)
        if changed != kept:
            await store.keep_case(changed, now)
        return changed

    @routes.get("/repairs")
    async def repairs(session: reader) -> Repairs:
        """Open cases; an agent sees those they own."""
        return Repairs(repairs=tuple(c for c in await store.open_cases() if _may_see(c, session)))

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


def _may_see(case: RepairCase, session: Session) -> bool:
    return bool(_SEES_ALL & set(session.user.roles)) or case.owner == session.user.agent
