"""Repair cases in the database, and the acts on them that the log has or has still to be told."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Select, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from contact_center.cti import events as cti
from contact_center.loyalty import repair
from contact_center.loyalty.casework import Worked, act_id, opened_case, opened_event, worked_on
from contact_center.loyalty.policy import Policy
from contact_center.loyalty.profile import OpenRepair, Profile
from contact_center.loyalty.remedies import withheld
from contact_center.loyalty.repair import RepairCase
from contact_center.loyalty.retention import QUIETLY
from contact_center.runtime.codec import Codec
from contact_center.runtime.ids import new_id
from contact_center.storage import remedies
from contact_center.storage.base_reading import CASES
from contact_center.storage.customer_tables import repair_act, repair_case
from contact_center.storage.engine import Database
from contact_center.storage.merging import owners
from contact_center.storage.tables import customer, interaction
from contact_center.storage.upsert import upsert

WORKED: Final[Codec[Worked]] = Codec(Worked, union=True)


def open_ones() -> Select[Any]:
    """Bodies of open cases, the one whose next promise is due first leading."""
    still = select(repair_case.c.body).where(repair_case.c.closed_at.is_(None))
    return still.order_by(
        repair_case.c.next_deadline.is_(None), repair_case.c.next_deadline, repair_case.c.id
    )


async def cases(connection: AsyncConnection, query: Select[Any]) -> list[RepairCase]:
    return [CASES.load(body) for body in (await connection.execute(query)).scalars()]


def shown_of(case: RepairCase) -> OpenRepair:
    """An open case as a portrait shows it."""
    return OpenRepair(
        case=case.case,
        reaction=case.reaction,
        owner=case.owner,
        due_at=case.due_at,
        overdue=case.overdue,
    )


async def keep(
    connection: AsyncConnection, kept: Sequence[RepairCase], events: Sequence[Worked], *, said: bool = False
) -> None:
    """The cases as they are now, with what was done; the log is told of it unless it `said` so itself."""
    await upsert(connection, repair_case, [_case_row(case) for case in kept])
    await remedies.book(connection, kept)
    rows = [
        {"id": act_id(e), "case": e.case, "unsaid": not said, "body": WORKED.dump(e).decode()} for e in events
    ]
    await upsert(connection, repair_act, rows)


async def unsaid(database: Database) -> list[Worked]:
    """Acts that the log does not have yet, in the order they were done."""
    query = select(repair_act.c.body).where(repair_act.c.unsaid).order_by(repair_act.c.id)
    async with database.reading() as connection:
        waiting = [WORKED.load(body) for body in (await connection.execute(query)).scalars()]
    return sorted(waiting, key=_done_at)


async def said(database: Database, acts: Sequence[str]) -> None:
    """The log has them."""
    async with database.transaction() as connection:
        await _mark_said(connection, acts)


async def follow(
    connection: AsyncConnection, opened: Sequence[RepairCase], events: Sequence[Worked]
) -> set[str]:
    """Cases that contacts opened, once; then what the log says was done, where it is not done here already.

    The customers of cases that the log changed.
    """
    known = select(repair_case.c.id).where(repair_case.c.id.in_([c.case for c in opened]))
    there = set((await connection.execute(known)).scalars()) if opened else set()
    new = {c.case: c for c in opened if c.case not in there}
    await keep(connection, list(new.values()), [opened_event(case) for case in new.values()])
    found = [await _followed(connection, event) for event in events]
    return {name for name in found if name is not None}


async def _followed(connection: AsyncConnection, event: Worked) -> str | None:
    if not (id_ := act_id(event)):
        return None
    act = (await connection.execute(select(repair_act).where(repair_act.c.id == id_))).one_or_none()
    guessed = isinstance(event, cti.RepairOpened) and act is not None and act.unsaid
    if act is not None and not (guessed and act.body != WORKED.dump(event).decode()):
        await _mark_said(connection, [id_])
        return None
    case = await _begun(connection, event) if isinstance(event, cti.RepairOpened) else None
    if case is None:
        query = select(repair_case.c.body).where(repair_case.c.id == event.case)
        case = next(iter(await cases(connection, query)), None)
    if case is None:
        return None
    case = worked_on(case, event)
    await keep(connection, [case], [event], said=True)
    return case.customer


async def _begun(connection: AsyncConnection, event: cti.RepairOpened) -> RepairCase | None:
    """The case as the log says it began; None where there is no such customer any more."""
    instead = await owners(connection, {event.case: event.customer}, "repair_case")
    owner = instead.get(event.case, event.customer)
    known = (await connection.execute(select(customer.c.id).where(customer.c.id == owner))).first()
    return None if known is None else opened_case(event, owner)


async def quietly_leaving(
    connection: AsyncConnection,
    before: Mapping[str, Profile],
    after: Sequence[Profile],
    policy: Policy,
    now: float,
) -> None:
    """A case for everybody whose shrinking volume is a sign of leaving now, and was not before.

    Only for the tiers that the policy goes after, and not in the hold-out. The first reckoning of a customer
    opens none: how long his volume has been low is not known then.
    """
    rules = policy.repair
    turned = [
        p
        for p in after
        if (p.reaction, p.because) == ("exit", QUIETLY)
        and p.tier in rules.drawdown_tiers
        and not withheld(p, policy)
        and p.customer in before
        and before[p.customer].reaction != "exit"
    ]
    if not turned:
        return
    at_it = select(repair_case.c.customer).where(
        repair_case.c.customer.in_([p.customer for p in turned]),
        repair_case.c.reaction == "exit",
        repair_case.c.closed_at.is_(None),
    )
    known = set((await connection.execute(at_it)).scalars())
    new = [
        case
        for p in turned
        if p.customer not in known
        if (case := await _quiet_case(connection, p, policy, now)) is not None
    ]
    await keep(connection, new, [opened_event(case) for case in new])


async def _quiet_case(
    connection: AsyncConnection, who: Profile, policy: Policy, now: float
) -> RepairCase | None:
    return repair.opened(
        case=new_id("r"),
        customer=who.customer,
        reaction="exit",
        tier=who.tier,
        owner=await owner_of(connection, who.customer),
        now=now,
        because=QUIETLY,
        rules=policy.repair,
    )


async def owner_of(connection: AsyncConnection, id_: str) -> str:
    """Who makes good what nobody heard: the customer's own agent, or who talked to him last; else empty."""
    own = select(customer.c.preferred_agent).where(customer.c.id == id_)
    if (agent := (await connection.execute(own)).scalar_one_or_none()) is not None:
        return str(agent)
    talked = select(interaction.c.agent).where(
        interaction.c.customer == id_, interaction.c.agent.is_not(None)
    )
    last = talked.order_by(interaction.c.started_at.desc()).limit(1)
    return (await connection.execute(last)).scalar_one_or_none() or ""


async def _mark_said(connection: AsyncConnection, acts: Sequence[str]) -> None:
    await connection.execute(update(repair_act).where(repair_act.c.id.in_(acts)).values(unsaid=False))


def _done_at(event: Worked) -> float:
    match event:
        case cti.RepairOpened(opened_at=at) | cti.RepairTaskDone(done_at=at):
            return at
        case cti.RepairRemedyGiven(given_at=at):
            return at
        case cti.RepairAssigned(assigned_at=at) | cti.RepairReopened(reopened_at=at):
            return at
        case cti.RepairClosed(closed_at=at):
            return at or 0.0


def _case_row(case: RepairCase) -> dict[str, Any]:
    return {
        "id": case.case,
        "customer": case.customer,
        "owner": case.owner,
        "reaction": case.reaction,
        "opened_at": case.opened_at,
        "closed_at": case.closed_at,
        "next_deadline": case.next_deadline,
        "in_time": case.in_time,
        "body": CASES.dump(case).decode(),
    }
