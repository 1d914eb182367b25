"""Who may be called by ourselves, read from the database; and the calls that a night plans."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from contact_center.loyalty import outreach
from contact_center.loyalty.casework import opened_event
from contact_center.loyalty.outreach import CALLS, GROWING, MARKETING, PARTS, Known, Part, Turn
from contact_center.loyalty.policy import Policy
from contact_center.loyalty.profile import Profile
from contact_center.loyalty.repair import OCCASIONS, RepairCase
from contact_center.loyalty.segments import Tier
from contact_center.loyalty.working_time import DAY_S
from contact_center.runtime.ids import new_id
from contact_center.storage import repairs
from contact_center.storage.customer_tables import consent, profile, profile_change, repair_case
from contact_center.storage.tables import customer, interaction

LOOKED_AT: Final = 5
"""So many times more customers are looked at than may be planned: of some the record says no."""


async def known_of(
    connection: AsyncConnection, ids: Sequence[str], profiles: dict[str, Profile]
) -> dict[str, Known]:
    """What decides whether these customers are called; those there are."""
    c = customer.c
    people = await connection.execute(select(c.id, c.no_profiling, c.preferred_agent).where(c.id.in_(ids)))
    said: dict[str, dict[str, bool]] = {}
    granted = select(consent.c.customer, consent.c.purpose, consent.c.granted)
    for row in await connection.execute(
        granted.where(consent.c.customer.in_(ids), consent.c.purpose.in_((CALLS, MARKETING)))
    ):
        said.setdefault(row.customer, {})[row.purpose] = row.granted
    his: dict[str, list[RepairCase]] = {}
    query = select(repair_case.c.body).where(repair_case.c.customer.in_(ids)).order_by(repair_case.c.id)
    for case in await repairs.cases(connection, query):
        his.setdefault(case.customer, []).append(case)
    return {
        row.id: Known(
            customer=row.id,
            profile=profiles.get(row.id),
            refused=row.no_profiling,
            consents=said.get(row.id, {}),
            cases=tuple(his.get(row.id, ())),
            agent=row.preferred_agent or "",
        )
        for row in people
    }


async def called_in(connection: AsyncConnection, contacts: Sequence[str]) -> set[str]:
    """Those of these contacts that the customer began."""
    i = interaction.c
    query = select(i.contact).where(i.contact.in_(contacts), i.direction == "inbound")
    return set((await connection.execute(query)).scalars())


async def turned(connection: AsyncConnection, policy: Policy, now: float) -> list[Turn]:
    """Newcomers, and whose stage this night has changed, as far as their tier has a stage plan."""
    tiers, most = _tiers("stage_plan", policy), policy.outreach.most_a_night * LOOKED_AT
    if not tiers or not most:
        return []
    p, change = profile.c, profile_change.c
    lately = customer.c.since.between(now - policy.outreach.newcomer_days * DAY_S, now)
    new = select(p.customer).join(customer, customer.c.id == p.customer)
    new = new.where(lately, p.tier.in_(tiers), p.stage == "exploration", ~_open(p.customer))
    moved = select(p.customer, change.before).join(profile_change, change.customer == p.customer)
    moved = moved.where(change.at == now, change.what == "stage", p.tier.in_(tiers), ~_open(p.customer))
    found = [Turn(customer=row.customer, before=None) for row in await connection.execute(_first(new, most))]
    return found + [
        Turn(customer=row.customer, before=row.before)
        for row in await connection.execute(_first(moved, most))
    ]


async def promising(connection: AsyncConnection, policy: Policy, now: float) -> list[str]:
    """Customers who may be offered something, who has most potential first."""
    tiers, most = _tiers("development", policy), policy.outreach.most_a_night * LOOKED_AT
    if not tiers or not most:
        return []
    p = profile.c
    query = select(p.customer).where(
        p.tier.in_(tiers),
        p.stage.in_(GROWING),
        p.reaction.is_(None),
        p.potential > 0,
        _consents(p.customer, MARKETING),
        ~_open(p.customer),
        ~_called_since(p.customer, now - policy.outreach.quiet_days * DAY_S),
    )
    ranked = query.order_by(p.potential.desc(), p.customer).limit(most)
    return list((await connection.execute(ranked)).scalars())


def planned(
    turns: Sequence[Turn], ranked: Sequence[str], known: dict[str, Known], policy: Policy, now: float
) -> list[RepairCase]:
    """The calls of a night, no more than the policy allows: the stage plan first, then the most promising."""
    found: dict[str, RepairCase] = {}
    for turn in turns:
        who = known.get(turn.customer)
        case = f"{turn.customer}.welcome" if turn.before is None else new_id("r")
        if who is not None and (call := outreach.by_stage(case, turn, who, policy, now)) is not None:
            found.setdefault(turn.customer, call)
    for id_ in ranked:
        who = known.get(id_)
        if who is not None and (call := outreach.to_develop(new_id("r"), who, policy, now)) is not None:
            found.setdefault(id_, call)
    return list(found.values())[: policy.outreach.most_a_night]


async def refused(connection: AsyncConnection) -> list[RepairCase]:
    """Intended calls of customers who have said no since: to profiling, to calls, or to offers."""
    its = repair_case.c
    said_no = exists().where(
        consent.c.customer == its.customer, consent.c.purpose == CALLS, ~consent.c.granted
    )
    offer = and_(its.reaction == "development", ~_consents(its.customer, MARKETING))
    query = select(its.body).join(customer, customer.c.id == its.customer)
    query = query.where(its.reaction.in_(OCCASIONS), its.closed_at.is_(None))
    unwanted = query.where(or_(customer.c.no_profiling, said_no, offer)).order_by(its.id)
    return await repairs.cases(connection, unwanted)


async def keep(connection: AsyncConnection, calls: Sequence[RepairCase]) -> None:
    await repairs.keep(connection, calls, [opened_event(call) for call in calls])


def _tiers(part: Part, policy: Policy) -> list[Tier]:
    return [tier for tier, levers in policy.levers.items() if part in PARTS[levers.proactive]]


def _first(query: Select[Any], most: int) -> Select[Any]:
    """Who is worth most first."""
    return query.order_by(profile.c.current.desc(), profile.c.customer).limit(most)


def _open(of: ColumnElement[str]) -> ColumnElement[bool]:
    return exists().where(repair_case.c.customer == of, repair_case.c.closed_at.is_(None))


def _called_since(of: ColumnElement[str], at: float) -> ColumnElement[bool]:
    its = repair_case.c
    return exists().where(its.customer == of, its.reaction.in_(OCCASIONS), its.opened_at > at)


def _consents(of: ColumnElement[str], purpose: str) -> ColumnElement[bool]:
    return exists().where(consent.c.customer == of, consent.c.purpose == purpose, consent.c.granted)
