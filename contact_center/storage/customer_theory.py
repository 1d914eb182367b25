"""One customer's whole page of figures: his curve, his worth by every method, his place in the base."""

import asyncio
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from contact_center.loyalty.base_run import BaseRun
from contact_center.loyalty.policy import Policy
from contact_center.loyalty.profile import Portrait, Profile
from contact_center.loyalty.reckoning import Chunk
from contact_center.loyalty.relationship import Relationship, relationship
from contact_center.loyalty.segments import CutOffs
from contact_center.loyalty.worth import Worth, worth
from contact_center.storage.base_history import newest_run
from contact_center.storage.base_reading import read
from contact_center.storage.customer_tables import benefit
from contact_center.storage.engine import Database
from contact_center.storage.loyalty import LoyaltyStore

_E4 = 10_000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class BenefitTotal:
    """Indirect benefits of one kind: how many, and together how much in the company's currency."""

    kind: str
    count: int
    amount: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Theory:
    """Everything the theory says of one customer.

    `relationship`, `worth` and `cut` are None for who refused profiling, and before the first reckoning of
    the base after he came. `policy` is the version they were made with.
    """

    portrait: Portrait
    policy: int
    reckoned_at: float | None
    relationship: Relationship | None
    worth: Worth | None
    cut: CutOffs | None
    benefits: tuple[BenefitTotal, ...]


class TheoryStore:
    """Reads what a page about one customer needs; never writes."""

    def __init__(self, database: Database, loyalty: LoyaltyStore) -> None:
        self._database, self._loyalty = database, loyalty

    async def theory(self, customer: str, now: float) -> Theory | None:
        """None when there is no such customer. Curve and worth are as of the last reckoning of the base."""
        portrait = await self._loyalty.portrait(customer)
        if portrait is None:
            return None
        policy = await self._loyalty.policy()
        async with self._database.reading() as connection:
            run = await newest_run(connection)
            chunk = None
            if portrait.profile is not None and run is not None:
                chunk = await read(connection, [customer], policy, run.at, run.lesson.basis)
            benefits = await _benefits(connection, customer, now)
        found: tuple[Relationship | None, Worth | None] = (None, None)
        if chunk is not None and run is not None and portrait.profile is not None:
            # a fit is some 100 ms of arithmetic: not on the loop that moves calls
            found = await asyncio.to_thread(_reckoned, chunk, run, policy, portrait.profile)
        return Theory(
            portrait=portrait,
            policy=policy.version,
            reckoned_at=run.at if run is not None else None,
            relationship=found[0],
            worth=found[1],
            cut=run.lesson.learnt.cut if run is not None and portrait.profile is not None else None,
            benefits=benefits,
        )


def _reckoned(chunk: Chunk, run: BaseRun, policy: Policy, profile: Profile) -> tuple[Relationship, Worth]:
    accounts, first = chunk.accounts, int(chunk.accounts.first[0])
    curve = relationship(
        accounts.volumes[0, first:].tolist(),
        accounts.profits[0, first:].tolist(),
        ends_at=run.at,
        period=run.lesson.basis.period,
        reference=run.lesson.learnt.reference_volume,
        margin=run.lesson.learnt.margin if run.lesson.basis.money else 0.0,
        rules=policy.lifecycle,
        settled=profile.stage,
    )
    return curve, worth(accounts, run.lesson, policy, profile.stage, profile.p_alive)


async def _benefits(connection: AsyncConnection, customer: str, now: float) -> tuple[BenefitTotal, ...]:
    c = benefit.c
    query = (
        select(c.kind, func.count(), func.sum(c.amount_e4))
        .where(c.customer == customer, c.at <= now)
        .group_by(c.kind)
        .order_by(c.kind)
    )
    rows = await connection.execute(query)
    return tuple(BenefitTotal(kind=r[0], count=r[1], amount=float(r[2]) / _E4) for r in rows)
