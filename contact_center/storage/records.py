"""Customer records and interaction history, read and searched."""

import re
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, delete, func, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from contact_center.customers.history import Interaction
from contact_center.customers.record import Customer
from contact_center.loyalty.segments import Tier
from contact_center.storage.customer_tables import profile
from contact_center.storage.engine import Database
from contact_center.storage.rows import interaction_of
from contact_center.storage.tables import agent, customer, customer_identity, interaction
from contact_center.storage.upsert import upsert

_PLAIN = (
    *("id", "name", "kind", "language", "city", "company", "notes", "since"),
    *("organisation", "preferred_agent", "contract_until", "products", "no_profiling"),
)
_NOT_A_DIGIT = re.compile(r"[\s()+.\-]")


@dataclass(frozen=True, slots=True, kw_only=True)
class InteractionQuery:
    """Which interactions: begun at `from_at` or later and before `to_at` (epoch seconds), newest first."""

    from_at: float | None = None
    to_at: float | None = None
    queue: str | None = None
    agent: str | None = None
    customer: str | None = None
    from_number: str | None = None
    limit: int = 50


class Records:
    """Everything stored about customers and what was kept of their contacts."""

    def __init__(self, database: Database) -> None:
        self.database = database

    # -- customers ------------------------------------------------------------------------------------

    async def save_customers(self, customers: Sequence[Customer]) -> None:
        """Add these records, changing those with the same id; what else is known of them stays."""
        if not customers:
            return
        async with self.database.transaction() as connection:
            await put_customers(connection, customers)

    async def customer(self, id_: str) -> Customer | None:
        found = await self._customers(select(customer).where(customer.c.id == id_))
        return found[0] if found else None

    async def customers_by_number(self, e164: str) -> list[Customer]:
        """Everybody reachable at a number (E.164), by name."""
        holders = select(customer_identity.c.customer).where(
            customer_identity.c.type == "phone", customer_identity.c.value == e164
        )
        return await self._customers(select(customer).where(customer.c.id.in_(holders)))

    async def customers_after(self, after: str, limit: int) -> list[Customer]:
        """The next records in order of their ids, for going through all of them."""
        query = select(customer).where(customer.c.id > after).order_by(customer.c.id).limit(limit)
        async with self.database.reading() as connection:
            rows = (await connection.execute(query)).all()
            identities = await _identities_of(connection, [row.id for row in rows])
        return [from_row(row, identities[row.id]) for row in rows]

    async def search_customers(self, text: str, limit: int) -> list[Customer]:
        """Records whose name, company, e-mail or number contains `text`; all of them when it is empty."""
        wanted = text.strip()
        query = select(customer)
        if wanted:
            query = query.where(_mentions(wanted))
        return await self._customers(query.limit(limit))

    async def tiers(self, customers: Sequence[str]) -> dict[str, Tier]:
        """The tiers reckoned of these customers, by id; of who has none there is no entry."""
        query = select(profile.c.customer, profile.c.tier).where(profile.c.customer.in_(customers))
        async with self.database.reading() as connection:
            return {row.customer: row.tier for row in await connection.execute(query)}

    async def _customers(self, query: Select[Any]) -> list[Customer]:
        async with self.database.reading() as connection:
            rows = (await connection.execute(query.order_by(customer.c.name, customer.c.id))).all()
            identities = await _identities_of(connection, [row.id for row in rows])
        return [from_row(row, identities[row.id]) for row in rows]

    # -- interactions ---------------------------------------------------------------------------------

    async def interaction(self, contact: str) -> Interaction | None:
        found = await self._interactions(named_interactions().where(interaction.c.contact == contact))
        return found[0] if found else None

    async def interactions(self, wanted: InteractionQuery) -> list[Interaction]:
        """The newest interactions that fit."""
        query = named_interactions()
        if wanted.from_at is not None:
            query = query.where(interaction.c.started_at >= wanted.from_at)
        if wanted.to_at is not None:
            query = query.where(interaction.c.started_at < wanted.to_at)
        for name in ("queue", "agent", "customer", "from_number"):
            value = getattr(wanted, name)
            if value is not None:
                query = query.where(interaction.c[name] == value)
        return await self._interactions(query.limit(wanted.limit))

    async def interactions_of_customer(self, customer_id: str, limit: int) -> list[Interaction]:
        return await self.interactions(InteractionQuery(customer=customer_id, limit=limit))

    async def interactions_of_number(self, e164: str, limit: int) -> list[Interaction]:
        return await self.interactions(InteractionQuery(from_number=e164, limit=limit))

    async def interaction_count(self) -> int:
        async with self.database.reading() as connection:
            return (await connection.execute(select(func.count()).select_from(interaction))).scalar_one()

    async def _interactions(self, query: Select[Any]) -> list[Interaction]:
        async with self.database.reading() as connection:
            return [interaction_of(row) for row in await connection.execute(newest_first(query))]


async def customer_of(connection: AsyncConnection, id_: str) -> Customer | None:
    """One record, within a transaction."""
    row = (await connection.execute(select(customer).where(customer.c.id == id_))).one_or_none()
    return None if row is None else from_row(row, (await _identities_of(connection, [id_]))[id_])


async def put_customers(connection: AsyncConnection, customers: Sequence[Customer]) -> None:
    """Add or change records within a transaction; of two with the same id the later counts."""
    latest = list({c.id: c for c in customers}.values())
    rows = [
        {name: getattr(c, name) for name in _PLAIN} | {"tags": list(c.tags), "version": c.version + 1}
        for c in latest
    ]
    await upsert(connection, customer, rows, counting="version")
    theirs = customer_identity.c.customer.in_([c.id for c in latest])
    await connection.execute(delete(customer_identity).where(theirs))
    if identities := [row for c in latest for row in _identities(c)]:
        await connection.execute(insert(customer_identity), identities)


def named_interactions() -> Select[Any]:
    """Interactions with the customer's and the agent's name as they are now."""
    return (
        select(interaction, customer.c.name.label("customer_name"), agent.c.name.label("agent_name"))
        .outerjoin(customer, customer.c.id == interaction.c.customer)
        .outerjoin(agent, agent.c.id == interaction.c.agent)
    )


def newest_first(query: Select[Any]) -> Select[Any]:
    return query.order_by(interaction.c.started_at.desc(), interaction.c.seq.desc())


def _mentions(text: str) -> Any:
    lowered = text.lower()
    values = select(customer_identity.c.customer).where(
        customer_identity.c.value.contains(_NOT_A_DIGIT.sub("", lowered), autoescape=True)
        if _NOT_A_DIGIT.sub("", lowered).isdigit()
        else func.lower(customer_identity.c.value).contains(lowered, autoescape=True)
    )
    return or_(
        func.lower(customer.c.name).contains(lowered, autoescape=True),
        func.lower(customer.c.company).contains(lowered, autoescape=True),
        customer.c.id.in_(values),
    )


def _identities(of: Customer) -> list[dict[str, Any]]:
    return [
        {"type": type_, "value": value, "customer": of.id, "place": place}
        for type_, values in (("phone", of.numbers), ("email", of.emails), ("external", of.external_ids))
        for place, value in enumerate(dict.fromkeys(values))
    ]


async def _identities_of(
    connection: AsyncConnection, customers: Collection[str]
) -> defaultdict[str, list[tuple[str, str]]]:
    found: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    query = select(customer_identity).where(customer_identity.c.customer.in_(customers))
    for row in await connection.execute(query.order_by(customer_identity.c.place)):
        found[row.customer].append((row.type, row.value))
    return found


def from_row(row: Row[Any], identities: Sequence[tuple[str, str]]) -> Customer:
    """A record of a `customer` row and its identities (type, value) in their order."""
    return Customer(
        **{name: getattr(row, name) for name in _PLAIN},
        tags=tuple(row.tags),
        version=row.version,
        numbers=tuple(value for type_, value in identities if type_ == "phone"),
        emails=tuple(value for type_, value in identities if type_ == "email"),
        external_ids=tuple(value for type_, value in identities if type_ == "external"),
    )
