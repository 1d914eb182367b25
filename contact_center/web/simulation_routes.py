"""Simulations for supervisors: order one, watch it, compare what came of it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, HTTPException
from pydantic import BaseModel, ConfigDict, Field, model_validator

from contact_center.acd.rules import PolicyName
from contact_center.runtime.people import Session
from contact_center.simulation.changes import ChangesError, parse_changes
from contact_center.simulation.jobs import Simulations
from contact_center.simulation.order import (
    MOST_REPLICATIONS,
    MOST_TEXT,
    Order,
    Result,
    Run,
    State,
    shipped_scenarios,
)
from contact_center.simulation.recorded import RecordedDay
from contact_center.simulation.scenario import ScenarioError, parse_scenario
from contact_center.web.access import Access

LONGEST_DAY_S = 2 * 86_400.0

DayOf = Callable[[float, float], Awaitable[RecordedDay]]
"""The recorded day between two moments (epoch seconds)."""


class _Value(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SimulationOrder(_Value):
    """A shipped scenario by name, a scenario's text, or the day between two moments (epoch seconds)."""

    title: Annotated[str, Field(min_length=1, max_length=120)]
    shipped: Annotated[str, Field(max_length=100)] | None = None
    scenario: Annotated[str, Field(max_length=MOST_TEXT)] | None = None
    from_at: float | None = None
    to_at: float | None = None
    changes: Annotated[str, Field(max_length=MOST_TEXT)] = ""
    policy: PolicyName | None = None
    hold_targets: Annotated[float, Field(ge=0, le=100)] | None = None
    replications: Annotated[int, Field(ge=1, le=MOST_REPLICATIONS)] | None = None
    seed: Annotated[int, Field(ge=0)] | None = None

    @model_validator(mode="after")
    def _one_source(self) -> "SimulationOrder":
        day = self.from_at is not None and self.to_at is not None
        if (self.shipped is not None) + (self.scenario is not None) + day != 1:
            raise ValueError("give one of shipped, scenario, or from_at and to_at")
        if self.from_at is not None and self.to_at is not None:
            if not 0.0 < self.to_at - self.from_at <= LONGEST_DAY_S:
                raise ValueError("a recorded day is at most two days long")
        elif self.changes:
            raise ValueError("changes are of a recorded day")
        return self


class SimulationSummary(_Value):
    """A simulation in the list: who ordered it when, how far it is."""

    id: str
    title: str
    source: Literal["scenario", "day"]
    policy: PolicyName | None
    by: str
    ordered_at: float
    state: State
    done: int
    of: int
    ended_at: float | None
    why: str


class ShippedScenario(_Value):
    name: str
    title: str


class SimulationList(_Value):
    """The newest first, and the scenarios that come with the product."""

    simulations: tuple[SimulationSummary, ...]
    scenarios: tuple[ShippedScenario, ...]


class SimulationDetail(_Value):
    """All of one: what was ordered, and what came of it once it is done."""

    simulation: SimulationSummary
    order: Order
    result: Result | None


def simulation_routes(access: Access, simulations: Simulations, day_of: DayOf) -> APIRouter:
    routes = APIRouter(tags=["simulations"])
    planner = Annotated[Session, Depends(access.needs("supervisor", "administrator"))]

    @routes.get("/simulations")
    async def all_of_them(_: planner) -> SimulationList:
        """Every simulation kept, and what can be chosen."""
        return SimulationList(
            simulations=tuple(_summary(run) for run in simulations.all()), scenarios=_shipped()
        )

    @routes.post("/simulations", status_code=201)
    async def order(body: SimulationOrder, session: planner) -> SimulationSummary:
        """Run one in the background. 409 `crowded` when too many wait, 422 for a file that is none."""
        ordered = _order(body)
        lines = ""
        if body.from_at is not None and body.to_at is not None:
            day = await day_of(body.from_at, body.to_at)
            if not day.contacts:
                raise HTTPException(422, "No contact entered a queue on that day.")
            try:
                parse_changes(body.changes).of(day, body.policy, body.hold_targets)
            except ChangesError as error:
                raise HTTPException(422, str(error)) from error
            lines = "".join(f"{line}\n" for line in day.lines())
        return _summary(simulations.order(ordered, session.user.login, lines))

    @routes.get("/simulations/{simulation}")
    async def one(simulation: str, _: planner) -> SimulationDetail:
        """A simulation with its result."""
        run = simulations.run(simulation)
        result = await asyncio.to_thread(simulations.result, simulation)
        return SimulationDetail(simulation=_summary(run), order=run.order, result=result)

    @routes.post("/simulations/{simulation}/cancel")
    async def cancel(simulation: str, _: planner) -> SimulationSummary:
        """End one that waits or runs; one that has ended stays as it is."""
        return _summary(simulations.cancel(simulation))

    @routes.delete("/simulations/{simulation}", status_code=204)
    async def forget(simulation: str, _: planner) -> None:
        """Take one out of the list; 409 while it runs."""
        simulations.forget(simulation)

    return routes


def _order(body: SimulationOrder) -> Order:
    text = body.scenario or ""
    if body.shipped is not None:
        file = shipped_scenarios().get(body.shipped)
        if file is None:
            raise HTTPException(422, f"There is no scenario {body.shipped!r}.")
        text = file.read_text("utf-8")
    source: Literal["scenario", "day"] = "day" if body.from_at is not None else "scenario"
    if source == "scenario":
        try:
            parse_scenario(text)
        except ScenarioError as error:
            raise HTTPException(422, str(error)) from error
    return Order(
        title=body.title,
        source=source,
        scenario=text,
        changes=body.changes,
        policy=body.policy,
        hold_targets=body.hold_targets,
        replications=body.replications,
        seed=body.seed,
    )


def _summary(run: Run) -> SimulationSummary:
    return SimulationSummary(
        id=run.id,
        title=run.order.title,
        source=run.order.source,
        policy=run.order.policy,
        by=run.by,
        ordered_at=run.ordered_at,
        state=run.state,
        done=run.done,
        of=run.of,
        ended_at=run.ended_at,
        why=run.why,
    )


def _shipped() -> tuple[ShippedScenario, ...]:
    return tuple(
        ShippedScenario(name=name, title=parse_scenario(file.read_text("utf-8")).scenario.name or name)
        for name, file in shipped_scenarios().items()
    )
