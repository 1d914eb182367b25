"""The base in segments: value matrix, pyramid, flow between stages, equity over time, lists to take away."""

import csv
import io
from collections.abc import AsyncIterator, Callable
from dataclasses import astuple, dataclass, fields
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import StreamingResponse

from contact_center.loyalty.base_figures import BaseFigures, base_figures
from contact_center.loyalty.lifecycle import Risk, Stage
from contact_center.loyalty.profile import Segment, equity_of
from contact_center.loyalty.reactions import Reaction
from contact_center.loyalty.segments import Tier
from contact_center.recordings.recording import AuditRow
from contact_center.runtime.ids import new_id
from contact_center.runtime.people import Session
from contact_center.simulation.tier_service import DAY_S, TierService, mean_wait_s, tier_service
from contact_center.storage.base_figures import BaseFigureStore
from contact_center.storage.base_history import BaseHistory, Changing, Flow
from contact_center.storage.loyalty import LoyaltyStore
from contact_center.storage.recordings import RecordingStore
from contact_center.storage.segments import After, Cut, Matrix, Member, SegmentStore, Step, worth_of
from contact_center.storage.tier_service import TierServiceStore
from contact_center.web.access import Access

RUNS = 400
_Amount = Annotated[float | None, Query()]


@dataclass(frozen=True, slots=True, kw_only=True)
class Segments:
    """The base by tier and stage; `equity` is the lifetime profit of all customers who have not left."""

    segments: tuple[Segment, ...]
    equity: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RunLine:
    """One reckoning of the base; money in the company's currency, None while no transactions are known."""

    at: float
    policy: int
    customers: int
    equity: float | None
    by_tier: dict[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Runs:
    """Oldest first."""

    runs: tuple[RunLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pyramid:
    """Tiers from the highest; `band` and `runs` are the patience a change of tier needs."""

    steps: tuple[Step, ...]
    band: float
    runs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueMatrix:
    """None before the first reckoning of the base."""

    matrix: Matrix | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Flows:
    flows: tuple[Flow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Others:
    """How many were offered, and how long they waited on average (s; None of nobody)."""

    offered: int
    mean_wait_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TierReport:
    """Every tier against its own target, of contacts begun in [from_at, to_at) (epoch seconds).

    `others` have no tier: strangers, the new, who refused profiling; in the same queues.
    """

    from_at: float
    to_at: float
    tiers: tuple[TierService, ...]
    others: Others


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureReport:
    """Of the base as it is, and of what began in [from_at, to_at) (epoch seconds)."""

    from_at: float
    to_at: float
    figures: BaseFigures


@dataclass(frozen=True, slots=True, kw_only=True)
class Members:
    """A page of a segment; `total` are all in it, `after` asks for the next page, None at the end."""

    members: tuple[Member, ...]
    total: int
    after: str | None


def _cut(  # query parameters
    tier: Annotated[list[Tier] | None, Query()] = None,
    stage: Annotated[list[Stage] | None, Query()] = None,
    reaction: Annotated[list[Reaction] | None, Query()] = None,
    risk: Annotated[list[Risk] | None, Query()] = None,
    at_risk: bool | None = None,
    pending: bool | None = None,
    current_from: _Amount = None,
    current_to: _Amount = None,
    potential_from: _Amount = None,
    potential_to: _Amount = None,
) -> Cut:
    return Cut(
        tiers=tuple(tier or ()),
        stages=tuple(stage or ()),
        reactions=tuple(reaction or ()),
        risks=tuple(risk or ()),
        at_risk=at_risk,
        pending=pending,
        current=(current_from, current_to),
        potential=(potential_from, potential_to),
    )


_Wanted = Annotated[Cut, Depends(_cut)]


@dataclass(frozen=True, slots=True)
class SegmentSources:
    """What the routes read from."""

    loyalty: LoyaltyStore
    segments: SegmentStore
    service: TierServiceStore
    figures: BaseFigureStore
    history: BaseHistory
    audit: RecordingStore
    clock: Callable[[], float]


def segment_routes(access: Access, sources: SegmentSources) -> APIRouter:
    may_read = Depends(access.needs("supervisor", "administrator"))
    routes = APIRouter(tags=["loyalty"], dependencies=[may_read])
    _add_charts(routes, sources)
    _add_lists(routes, access, sources)
    return routes


def _add_charts(routes: APIRouter, sources: SegmentSources) -> None:
    @routes.get("/loyalty/segments")
    async def segments() -> Segments:
        """How many customers each tier and stage has, what they are worth, and customer equity."""
        found = await sources.loyalty.segments()
        return Segments(segments=tuple(found), equity=equity_of(found))

    @routes.get("/loyalty/matrix")
    async def matrix(cut: _Wanted) -> ValueMatrix:
        """Customers and money by current value and potential, the cut-offs among the edges."""
        return ValueMatrix(matrix=await sources.segments.matrix(cut))

    @routes.get("/loyalty/pyramid")
    async def pyramid(cut: _Wanted) -> Pyramid:
        """Tiers with who is about to change, held by the policy's patience."""
        rules = (await sources.loyalty.policy()).segments
        steps = tuple(await sources.segments.pyramid(cut))
        return Pyramid(steps=steps, band=rules.band, runs=rules.runs)

    @routes.get("/loyalty/flow")
    async def flow(
        from_at: Annotated[float, Query(alias="from", ge=0)],
        to_at: Annotated[float, Query(alias="to", ge=0)],
        of: Changing = "stage",
    ) -> Flows:
        """Where customers were at two moments (epoch seconds); `new` whose business began between them."""
        return Flows(flows=tuple(await sources.history.flow(of, from_at, to_at)))

    @routes.get("/loyalty/service")
    async def service(days: Annotated[float, Query(gt=0, le=366)] = 28.0) -> TierReport:
        """How many of each tier were answered within its target, the staff it takes, what serving costs.

        Of the last so many days, in queues that go by tiers; the cost is of all contacts.
        """
        to_at, policy = sources.clock(), await sources.loyalty.policy()
        from_at = to_at - days * DAY_S
        seen = await sources.service.traffic(policy, from_at, to_at)
        none = seen["none"]
        return TierReport(
            from_at=from_at,
            to_at=to_at,
            tiers=tier_service(seen, policy, days),
            others=Others(offered=none.offered, mean_wait_s=mean_wait_s(none)),
        )

    @routes.get("/loyalty/figures")
    async def base(days: Annotated[float, Query(gt=0, le=366)] = 365.0) -> FigureReport:
        """How relationships go and what making good brings: shares with how far chance alone may reach."""
        to_at = sources.clock()
        from_at = to_at - days * DAY_S
        hold_out = (await sources.loyalty.policy()).retention.hold_out
        seen = await sources.figures.counts(from_at, to_at, hold_out)
        return FigureReport(from_at=from_at, to_at=to_at, figures=base_figures(seen))

    @routes.get("/loyalty/runs")
    async def runs() -> Runs:
        """The reckonings of the base with customer equity, oldest first."""
        return Runs(
            runs=tuple(
                RunLine(
                    at=run.at,
                    policy=run.policy,
                    customers=run.customers,
                    equity=run.equity if run.lesson.basis.money else None,
                    by_tier=_by_tier(run.segments),
                )
                for run in await sources.history.runs(RUNS)
            )
        )


def _by_tier(segments: tuple[Segment, ...]) -> dict[str, float]:
    tiers = dict.fromkeys(s.tier for s in segments)
    return {tier: equity_of(s for s in segments if s.tier == tier) for tier in tiers}


def _add_lists(routes: APIRouter, access: Access, sources: SegmentSources) -> None:
    reader = Annotated[Session, Depends(access.needs("supervisor", "administrator"))]

    @routes.get("/loyalty/customers")
    async def members(
        cut: _Wanted, after: str | None = None, limit: Annotated[int, Query(ge=1, le=200)] = 50
    ) -> Members:
        """The customers of a segment, who is worth most first."""
        found = await sources.segments.members(cut, _place(after), limit + 1)
        page = found[:limit]
        more = f"{worth_of(page[-1])!r}|{page[-1].id}" if len(found) > limit else None
        return Members(members=tuple(page), total=await sources.segments.count(cut), after=more)

    @routes.get("/loyalty/customers.csv", response_class=StreamingResponse)
    async def export(cut: _Wanted, session: reader, request: Request) -> StreamingResponse:
        """The whole segment as CSV, whatever its size; the audit keeps who took it."""
        await sources.audit.note(
            AuditRow(
                id=new_id("a"),
                at=sources.clock(),
                user=session.user.login,
                action="segment.exported",
                subject=str(request.url.query)[:200],
                address=request.client.host if request.client else "",
            )
        )
        return StreamingResponse(
            _lines(sources.segments, cut),
            media_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": 'attachment; filename="customers.csv"'},
        )


def _place(after: str | None) -> After | None:
    """The place a page goes on after; a text that names none begins at the top."""
    worth, bar, id_ = (after or "").partition("|")
    try:
        return After(worth=float(worth), id=id_) if bar else None
    except ValueError:
        return None


async def _lines(store: SegmentStore, cut: Cut) -> AsyncIterator[str]:
    yield "\ufeff" + _csv([field.name for field in fields(Member)])
    async for page in store.all_members(cut):
        yield "".join(_csv(_cells(member)) for member in page)


def _cells(member: Member) -> list[Any]:
    """Risks as words; a text a spreadsheet would run as a formula is kept a text."""
    texts = (" ".join(v) if isinstance(v, tuple) else v for v in astuple(member))
    return [f"'{v}" if isinstance(v, str) and v.startswith(("=", "+", "-", "@")) else v for v in texts]


def _csv(row: list[Any]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(row)
    return line.getvalue()
