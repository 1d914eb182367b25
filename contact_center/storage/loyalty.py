"""Profiles, repair cases and policies in the database, and the reckoning of the base."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict

from sqlalchemy import delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from contact_center.cti import events as cti
from contact_center.loyalty.base_run import BaseRun, rfm_scale
from contact_center.loyalty.casework import Worked
from contact_center.loyalty.ledger import period_name
from contact_center.loyalty.measures import SurveyAnswer
from contact_center.loyalty.outreach import Known
from contact_center.loyalty.policy import DEFAULT, Policy
from contact_center.loyalty.profile import (
    Portrait,
    Profile,
    Segment,
    equity_of,
    portrait,
)
from contact_center.loyalty.reckoning import BasisOfAll, Lesson, after_contact, nightly
from contact_center.loyalty.remedies import Means, means
from contact_center.loyalty.repair import RepairCase
from contact_center.loyalty.valuation import learn
from contact_center.runtime.codec import Codec
from contact_center.storage import merging, outreach, repairs
from contact_center.storage.base_history import keep_run, newest_run, note_changes
from contact_center.storage.base_reading import DAY_S, read
from contact_center.storage.customer_tables import (
    policy_version,
    profile,
    profile_change,
    repair_case,
    sale,
    survey_answer,
)
from contact_center.storage.engine import Database
from contact_center.storage.profile_rows import profile_of, row_of
from contact_center.storage.tables import (
    callback,
    customer,
    customer_identity,
    interaction,
    projection_cursor,
)
from contact_center.storage.upsert import upsert

CHUNK = 2000
SAMPLE = 20_000
_CURSOR = "loyalty"
POLICIES: Codec[Policy] = Codec(Policy)


class PolicyConflict(Exception):  # noqa: N818  # says what is the case
    """Somebody saved a newer policy meanwhile; nothing was stored."""


class LoyaltyStore:
    """What the customer theory keeps. Every write is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # -- policy -----------------------------------------------------------------------------------------

    async def policy(self) -> Policy:
        """The newest version; the shipped default while none was saved."""
        async with self._database.reading() as connection:
            newest = select(policy_version.c.body).order_by(policy_version.c.version.desc()).limit(1)
            body = (await connection.execute(newest)).scalar_one_or_none()
        return DEFAULT if body is None else POLICIES.load(body)

    async def policies(self) -> list[Policy]:
        """Every version ever saved, newest first."""
        async with self._database.reading() as connection:
            bodies = await connection.execute(
                select(policy_version.c.body).order_by(policy_version.c.version.desc())
            )
            return [POLICIES.load(body) for body in bodies.scalars()]

    async def save_policy(self, policy: Policy) -> None:
        """Keep a version; its number follows the newest. Raises `PolicyConflict`."""
        async with self._database.transaction() as connection:
            newest = (await connection.execute(select(func.max(policy_version.c.version)))).scalar() or 0
            if policy.version != newest + 1:
                raise PolicyConflict(f"version {newest} is the newest, so {newest + 1} comes next")
            row = {name: getattr(policy, name) for name in ("version", "author", "dated", "note")}
            body = POLICIES.dump(policy).decode()
            await connection.execute(insert(policy_version).values(body=body, **row))

    # -- the base ---------------------------------------------------------------------------------------

    async def learn(self, policy: Policy, now: float) -> Lesson | None:
        """What a sample spread over the base teaches; None while there are no customers."""
        async with self._database.reading() as connection:
            ids = await _sample(connection)
            if not ids:
                return None
            money = (await connection.execute(select(sale.c.id).limit(1))).first() is not None
            basis = BasisOfAll(money=money, period=period_name(await _gaps(connection, ids)))
            chunk = await read(connection, ids, policy, now, basis)
            size = (await connection.execute(select(func.count()).select_from(customer))).scalar_one()
        learnt = learn(chunk.accounts, policy, size)
        return Lesson(learnt=learnt, basis=basis, rfm=rfm_scale(chunk.accounts) if money else None)

    async def recompute(self, now: float) -> AsyncIterator[int]:
        """Reckon every profile anew; yields how many customers have been gone through so far."""
        policy = await self.policy()
        lesson = await self.learn(policy, now)
        done, after = 0, ""
        while lesson is not None:
            async with self._database.transaction() as connection:
                ids = await ids_after(connection, after)
                if not ids:
                    break
                await _reckon(connection, ids, policy, lesson, now, neighbours=True)
            done, after = done + len(ids), ids[-1]
            yield done
        if lesson is not None:
            await self._plan_calls(policy, now)
            await self._keep_run(lesson, policy, now)

    async def _plan_calls(self, policy: Policy, now: float) -> None:
        """The calls by ourselves that this night's stages and potentials ask for."""
        async with self._database.transaction() as connection:
            turns = await outreach.turned(connection, policy, now)
            ranked = await outreach.promising(connection, policy, now)
            ids = sorted({*(turn.customer for turn in turns), *ranked})
            known = await outreach.known_of(connection, ids, await profiles_of(connection, ids))
            await outreach.keep(connection, outreach.planned(turns, ranked, known, policy, now))

    async def _keep_run(self, taught: Lesson, policy: Policy, now: float) -> None:
        segments = await self.segments()
        run = BaseRun(
            at=now,
            policy=policy.version,
            customers=sum(s.customers for s in segments),
            equity=equity_of(segments),
            segments=tuple(segments),
            lesson=taught,
        )
        async with self._database.transaction() as connection:
            await keep_run(connection, run)

    async def reckon(self, customers: Sequence[str], now: float) -> None:
        """Everything of these customers, by what the last night learnt; without one what `refresh` can."""
        policy = await self.policy()
        async with self._database.reading() as connection:
            run = await newest_run(connection)
        if run is None:
            await self.refresh(customers, now)
            return
        async with self._database.transaction() as connection:
            known = select(customer.c.id).where(customer.c.id.in_(customers)).order_by(customer.c.id)
            ids = list((await connection.execute(known)).scalars())
            if ids:
                await _reckon(connection, ids, policy, run.lesson, now)

    async def refresh(self, customers: Sequence[str], now: float) -> None:
        """Index, reaction and risks of these customers, as far as they have profiles."""
        async with self._database.transaction() as connection:
            await _refresh(connection, customers, await self.policy(), now)

    async def customers(self) -> int:
        async with self._database.reading() as connection:
            return (await connection.execute(select(func.count()).select_from(customer))).scalar_one()

    async def segments(self) -> list[Segment]:
        """The base by tier and stage; the values add up to customer equity."""
        p = profile.c
        query = (
            select(p.tier, p.stage, func.count(), func.sum(p.value), func.avg(p.index_value))
            .group_by(p.tier, p.stage)
            .order_by(p.tier, p.stage)
        )
        async with self._database.reading() as connection:
            return [
                Segment(tier=row[0], stage=row[1], customers=row[2], value=row[3] or 0.0, index=row[4])
                for row in await connection.execute(query)
            ]

    # -- one customer -----------------------------------------------------------------------------------

    async def profile(self, id_: str) -> Profile | None:
        async with self._database.reading() as connection:
            return (await profiles_of(connection, [id_])).get(id_)

    async def portrait(self, id_: str) -> Portrait | None:
        """What is shown of a customer; None when there is no such one."""
        async with self._database.reading() as connection:
            refused = (
                await connection.execute(select(customer.c.no_profiling).where(customer.c.id == id_))
            ).scalar_one_or_none()
            if refused is None:
                return None
            kept = (await profiles_of(connection, [id_])).get(id_)
            cases = await repairs.cases(connection, repairs.open_ones().where(repair_case.c.customer == id_))
        return portrait(kept, tuple(repairs.shown_of(c) for c in cases), refused=refused)

    # -- repair cases -----------------------------------------------------------------------------------

    async def case(self, id_: str) -> RepairCase | None:
        async with self._database.reading() as connection:
            found = await repairs.cases(connection, select(repair_case.c.body).where(repair_case.c.id == id_))
        return found[0] if found else None

    async def open_cases(self, limit: int = 500) -> list[RepairCase]:
        """Those whose next promise is due first."""
        async with self._database.reading() as connection:
            return await repairs.cases(connection, repairs.open_ones().limit(limit))

    async def cases_of(self, customer_id: str) -> list[RepairCase]:
        """Every case of a customer, the newest first."""
        query = select(repair_case.c.body).where(repair_case.c.customer == customer_id)
        async with self._database.reading() as connection:
            return await repairs.cases(
                connection, query.order_by(repair_case.c.opened_at.desc(), repair_case.c.id)
            )

    async def names(self, customers: Sequence[str]) -> dict[str, str]:
        """The names of these customers, by id."""
        query = select(customer.c.id, customer.c.name).where(customer.c.id.in_(customers))
        async with self._database.reading() as connection:
            return {row.id: row.name for row in await connection.execute(query)}

    async def numbers(self, customers: Sequence[str]) -> dict[str, str]:
        """The number that each of these customers is called at, by id; those who have one."""
        its = customer_identity.c
        query = select(its.customer, its.value).where(its.customer.in_(customers), its.type == "phone")
        async with self._database.reading() as connection:
            rows = await connection.execute(query.order_by(its.place.desc()))
            return {row.customer: row.value for row in rows}

    async def means(self, cases: Sequence[RepairCase], now: float) -> dict[str, Means]:
        """Case -> what may be given in it."""
        policy = await self.policy()
        async with self._database.reading() as connection:
            owners = sorted({case.customer for case in cases})
            profiles = await profiles_of(connection, owners)
            all_ = select(repair_case.c.body).where(repair_case.c.customer.in_(owners))
            his: dict[str, list[RepairCase]] = {owner: [] for owner in owners}
            for each in await repairs.cases(connection, all_):
                his[each.customer].append(each)
        return {c.case: means(c, profiles.get(c.customer), his[c.customer], policy, now) for c in cases}

    async def cases_due(self, now: float) -> list[RepairCase]:
        async with self._database.reading() as connection:
            return await repairs.cases(
                connection, repairs.open_ones().where(repair_case.c.next_deadline <= now)
            )

    async def keep_case(self, case: RepairCase, now: float, events: Sequence[Worked] = ()) -> None:
        """Store the case as it is now, what was done to it, and what it changes in the customer's index."""
        policy = await self.policy()
        async with self._database.transaction() as connection:
            await repairs.keep(connection, [case], events)
            await _refresh(connection, [case.customer], policy, now)

    # -- following the log ------------------------------------------------------------------------------

    async def followed(self) -> int:
        """The last event that cases and indices have taken into account."""
        async with self._database.reading() as connection:
            cursor = select(projection_cursor.c.seq).where(projection_cursor.c.name == _CURSOR)
            return (await connection.execute(cursor)).scalar_one_or_none() or 0

    async def unsaid(self) -> Sequence[cti.CustomersMerged | cti.CustomersSplit]:
        """Merges and splits that the log has not been told."""
        return await merging.unsaid(self._database)

    async def said(self, merges: Sequence[str]) -> None:
        await merging.said(self._database, merges)

    async def acts_unsaid(self) -> Sequence[Worked]:
        """What was done to cases and the log has not been told."""
        return await repairs.unsaid(self._database)

    async def acts_said(self, acts: Sequence[str]) -> None:
        await repairs.said(self._database, acts)

    async def owner_of(self, id_: str) -> str:
        """Who makes good what nobody heard: the customer's agent; empty where he has none."""
        async with self._database.reading() as connection:
            return await repairs.owner_of(connection, id_)

    async def called_in(self, contacts: Sequence[str]) -> set[str]:
        """Those of these contacts that the customer began."""
        async with self._database.reading() as connection:
            return await outreach.called_in(connection, contacts)

    async def known(self, customers: Sequence[str]) -> dict[str, Known]:
        """What decides whether these customers are called by ourselves."""
        async with self._database.reading() as connection:
            return await outreach.known_of(connection, customers, await profiles_of(connection, customers))

    async def calls_refused(self) -> Sequence[RepairCase]:
        """Calls by ourselves that are not to be made any more."""
        async with self._database.reading() as connection:
            return await outreach.refused(connection)

    async def customers_of_callbacks(self, callbacks: Sequence[str]) -> dict[str, str]:
        """Callback -> customer, for those that known customers asked for."""
        async with self._database.reading() as connection:
            found = await connection.execute(
                select(callback.c.id, callback.c.customer)
                .join(customer, customer.c.id == callback.c.customer)
                .where(callback.c.id.in_(callbacks))
            )
            return {row.id: row.customer for row in found}

    async def customers_of(self, contacts: Sequence[str]) -> dict[str, str]:
        """Contact -> customer, for the contacts of known customers."""
        async with self._database.reading() as connection:
            found = await connection.execute(
                select(interaction.c.contact, interaction.c.customer)
                .join(customer, customer.c.id == interaction.c.customer)
                .where(interaction.c.contact.in_(contacts))
            )
            return {row.contact: row.customer for row in found}

    async def took(
        self,
        seq: int,
        opened: Sequence[RepairCase],
        answers: Sequence[SurveyAnswer],
        touched: Sequence[str],
        now: float,
        worked: Sequence[Worked] = (),
    ) -> None:
        """Events up to `seq` are taken into account: cases opened (once), acts, answers, indices."""
        policy = await self.policy()
        async with self._database.transaction() as connection:
            changed = await repairs.follow(connection, opened, worked)
            last = {
                (a.contact, a.question): asdict(a) for a in answers
            }  # the same question again: the last word
            await upsert(connection, survey_answer, list(last.values()))
            await _refresh(connection, [*touched, *changed], policy, now)
            await upsert(connection, projection_cursor, [{"name": _CURSOR, "seq": seq}])


async def _reckon(
    connection: AsyncConnection,
    ids: Sequence[str],
    policy: Policy,
    lesson: Lesson,
    now: float,
    *,
    neighbours: bool = False,
) -> None:
    chunk = await read(connection, ids, policy, now, lesson.basis, neighbours=neighbours)
    before = await profiles_of(connection, ids, neighbours=neighbours)
    reckoned = nightly(chunk, lesson.learnt, policy, before, now)
    await _keep(connection, before, reckoned)
    if neighbours:  # a night of the whole base, not one record reckoned anew
        await repairs.quietly_leaving(connection, before, reckoned, policy, now)
    refused = [c for c, no in zip(ids, chunk.no_profiling, strict=True) if no]
    for table in (profile, profile_change):
        await connection.execute(delete(table).where(table.c.customer.in_(refused)))


async def _sample(connection: AsyncConnection) -> list[str]:
    count = (await connection.execute(select(func.count()).select_from(customer))).scalar_one()
    every = max(1, -(-count // SAMPLE))
    numbered = select(customer.c.id, func.row_number().over(order_by=customer.c.id).label("place")).subquery()
    picked = select(numbered.c.id).where(numbered.c.place % every == 0).order_by(numbered.c.id)
    return list((await connection.execute(picked)).scalars())


async def _gaps(connection: AsyncConnection, ids: Sequence[str]) -> list[float]:
    """Mean days between the purchases of each customer who bought more than once."""
    s = sale.c
    query = (
        select(func.max(s.at) - func.min(s.at), func.count())
        .where(s.customer.in_(ids), s.kind != "refund")
        .group_by(s.customer)
        .having(func.count() > 1)
        .limit(SAMPLE)
    )
    return [row[0] / (row[1] - 1) / DAY_S for row in await connection.execute(query)]


async def ids_after(connection: AsyncConnection, after: str) -> list[str]:
    query = select(customer.c.id).where(customer.c.id > after).order_by(customer.c.id).limit(CHUNK)
    return list((await connection.execute(query)).scalars())


async def _refresh(connection: AsyncConnection, customers: Sequence[str], policy: Policy, now: float) -> None:
    before = await profiles_of(connection, sorted(set(customers)))
    if not before:
        return
    one = next(iter(before.values()))
    basis = BasisOfAll(money=one.basis == "transactions", period=one.period)
    chunk = await read(connection, sorted(before), policy, now, basis)
    await _keep(connection, before, after_contact(chunk, policy, before, now))


async def profiles_of(
    connection: AsyncConnection, ids: Sequence[str], *, neighbours: bool = False
) -> dict[str, Profile]:
    who = profile.c.customer
    narrow = who.between(ids[0], ids[-1]) if neighbours else who.in_(ids)
    rows = await connection.execute(select(profile).where(narrow))
    return {row.customer: profile_of(row) for row in rows}


async def _keep(connection: AsyncConnection, before: dict[str, Profile], now: Sequence[Profile]) -> None:
    await upsert(connection, profile, [row_of(p) for p in now])
    await note_changes(connection, before, now)
