"""The base cut into segments: value matrix, pyramid, and the customers of any cut, paged or all of them."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, Text, and_, case, cast, func, literal, or_, select

from contact_center.loyalty.lifecycle import Risk, Stage
from contact_center.loyalty.reactions import Reaction
from contact_center.loyalty.segments import TIERS, CutOffs, Tier
from contact_center.storage.base_history import newest_run
from contact_center.storage.customer_tables import profile
from contact_center.storage.engine import Database
from contact_center.storage.tables import customer

EDGES: Final = (0.0, 0.5, 1.0, 2.0, 4.0)
"""Where the cells of the value matrix begin, in multiples of the cut-off: 1 is the cut-off itself."""
PAGE: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """A part of the base; every condition given has to hold. Money in the company's currency.

    `current` and `potential` are half-open spans [from, to), either end None for none.
    """

    tiers: tuple[Tier, ...] = ()
    stages: tuple[Stage, ...] = ()
    reactions: tuple[Reaction, ...] = ()
    risks: tuple[Risk, ...] = ()
    at_risk: bool | None = None
    pending: bool | None = None
    current: tuple[float | None, float | None] = (None, None)
    potential: tuple[float | None, float | None] = (None, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A cell of the value matrix: places among the edges, how many customers, their lifetime profit."""

    current: int
    potential: int
    customers: int
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """`current_edges` and `potential_edges` begin their cells; cell 0 lies below the first edge."""

    cut: CutOffs
    current_edges: tuple[float, ...]
    potential_edges: tuple[float, ...]
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A step of the pyramid. `pending` are those on it who wait for another tier, by that tier."""

    tier: Tier
    customers: int
    value: float
    at_risk: int
    pending: dict[Tier, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A customer of a segment, as a list shows him."""

    id: str
    name: str
    tier: Tier
    pending_tier: Tier | None
    stage: Stage
    value: float | None
    current: float
    potential: float
    index: float | None
    enough: bool
    risks: tuple[Risk, ...]
    reaction: Reaction | None
    p_alive: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class After:
    """The member a page goes on after: who is worth less comes next, of equals the later id."""

    worth: float
    id: str


class SegmentStore:
    """Reads segments; never writes. Everything but a page is one query over the profiles."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def matrix(self, cut: Cut) -> Matrix | None:
        """The value matrix of a cut; None before the first reckoning."""
        async with self._database.reading() as connection:
            run = await newest_run(connection)
            if run is None:
                return None
            limits, p = run.lesson.learnt.cut, profile.c
            edges = [tuple(dict.fromkeys(e * at for e in EDGES)) for at in (limits.current, limits.potential)]
            places = [
                _place(column, own).label(name)
                for column, own, name in zip((p.current, p.potential), edges, ("x", "y"), strict=True)
            ]
            query = (
                select(*places, func.count(), func.sum(p.value))
                .where(*_conditions(cut))
                .group_by("x", "y")
                .order_by("x", "y")
            )
            cells = tuple(
                Cell(current=r[0], potential=r[1], customers=r[2], value=r[3] or 0.0)
                for r in await connection.execute(query)
            )
        return Matrix(cut=limits, current_edges=edges[0], potential_edges=edges[1], cells=cells)

    async def pyramid(self, cut: Cut) -> list[Step]:
        """Every tier, the highest first, with who is waiting for another one."""
        p = profile.c
        risky = func.sum(case((_any_risk(), 1), else_=0))
        query = (
            select(p.tier, p.pending_tier, func.count(), func.sum(p.value), risky)
            .where(*_conditions(cut))
            .group_by(p.tier, p.pending_tier)
        )
        steps = {tier: Step(tier=tier, customers=0, value=0.0, at_risk=0) for tier in TIERS}
        async with self._database.reading() as connection:
            for tier, pending, customers, value, at_risk in await connection.execute(query):
                was = steps[tier]
                steps[tier] = replace(
                    was,
                    customers=was.customers + customers,
                    value=was.value + (value or 0.0),
                    at_risk=was.at_risk + at_risk,
                    pending=was.pending | ({} if pending is None else {pending: customers}),
                )
        return list(steps.values())

    async def members(self, cut: Cut, after: After | None, limit: int) -> list[Member]:
        """The next customers of a cut, who is worth most first."""
        worth = _worth()
        query = _members(cut).order_by(worth.desc(), profile.c.customer).limit(limit)
        if after is not None:
            same = and_(worth == after.worth, profile.c.customer > after.id)
            # the first condition is what an index can begin with
            query = query.where(worth <= after.worth, or_(worth < after.worth, same))
        async with self._database.reading() as connection:
            return [_member(row) for row in await connection.execute(query)]

    async def count(self, cut: Cut) -> int:
        query = select(func.count()).select_from(profile).where(*_conditions(cut))
        async with self._database.reading() as connection:
            return (await connection.execute(query)).scalar_one()

    async def all_members(self, cut: Cut) -> AsyncIterator[list[Member]]:
        """Everybody of a cut by id, some at a time, however many there are."""
        last = ""
        while True:
            query = _members(cut).where(profile.c.customer > last).order_by(profile.c.customer).limit(PAGE)
            async with self._database.reading() as connection:
                page = [_member(row) for row in await connection.execute(query)]
            if not page:
                return
            yield page
            last = page[-1].id


def worth_of(member: Member) -> float:
    """What the order of a list goes by: lifetime profit, or the current value where there is none."""
    return member.current if member.value is None else member.value


def _worth() -> ColumnElement[Any]:
    return func.coalesce(profile.c.value, profile.c.current)


def _place(column: ColumnElement[Any], edges: tuple[float, ...]) -> ColumnElement[Any]:
    """The place of a value among the edges: 0 below the first."""
    reached = [(column >= edge, literal(i)) for i, edge in reversed(list(enumerate(edges, 1)))]
    return case(*reached, else_=literal(0))


def _any_risk() -> ColumnElement[bool]:
    return cast(profile.c.risks, Text) != "[]"


def _conditions(cut: Cut) -> list[ColumnElement[bool]]:
    p = profile.c
    found: list[ColumnElement[bool]] = []
    for column, wanted in ((p.tier, cut.tiers), (p.stage, cut.stages), (p.reaction, cut.reactions)):
        if wanted:
            found.append(column.in_(wanted))
    if cut.risks:
        found.append(or_(*(cast(p.risks, Text).contains(f'"{risk}"') for risk in cut.risks)))
    if cut.at_risk is not None:
        found.append(_any_risk() if cut.at_risk else ~_any_risk())
    if cut.pending is not None:
        found.append(p.pending_tier.is_not(None) if cut.pending else p.pending_tier.is_(None))
    for amount, (low, high) in ((p.current, cut.current), (p.potential, cut.potential)):
        if low is not None:
            found.append(amount >= low)
        if high is not None:
            found.append(amount < high)
    return found


_SAME = ("tier", "pending_tier", "stage", "value", "current", "potential", "enough", "reaction", "p_alive")


def _members(cut: Cut) -> Select[Any]:
    p = profile.c
    shown = (p.customer, *(p[name] for name in _SAME), p.index_value, p.risks, customer.c.name)
    return select(*shown).join(customer, customer.c.id == p.customer).where(*_conditions(cut))


def _member(row: Any) -> Member:
    same = {name: getattr(row, name) for name in _SAME}
    return Member(id=row.customer, name=row.name, index=row.index_value, risks=tuple(row.risks), **same)
