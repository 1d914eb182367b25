"""What is to be simulated from the console, and what comes back: plain values that travel as JSON."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

import contact_center
from contact_center.acd.rules import PolicyName
from contact_center.simulation.figures import Figure

MOST_TEXT = 200_000
"""Characters of a scenario or a changes file."""

MOST_REPLICATIONS = 200

State = Literal["waiting", "running", "done", "failed", "cancelled"]


class _Value(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Order(_Value):
    """One run: a scenario's text, or a recorded day (put beside the order) with changes.

    Without `policy` a scenario runs under `fair`, a recorded day as it ran.
    """

    title: Annotated[str, Field(min_length=1, max_length=120)]
    source: Literal["scenario", "day"]
    scenario: Annotated[str, Field(max_length=MOST_TEXT)] = ""
    changes: Annotated[str, Field(max_length=MOST_TEXT)] = ""
    policy: PolicyName | None = None
    hold_targets: Annotated[float, Field(ge=0, le=100)] | None = None
    replications: Annotated[int, Field(ge=1, le=MOST_REPLICATIONS)] | None = None
    seed: Annotated[int, Field(ge=0)] | None = None


class FigureValue(_Value):
    """Mean over replications and its 95 % half-width; null where there is none."""

    mean: float | None
    half_width: float | None = None


FigureValues = dict[str, FigureValue]


class Outcomes(_Value):
    """Figures by name: of all queues, of each, and of each group of agents."""

    total: FigureValues
    queues: dict[str, FigureValues] = {}
    agents: dict[str, FigureValues] = {}


class Result(_Value):
    """What came of an order. Of a recorded day also: as it really was, and as it was re-run unchanged.

    `reproduced` is how many of how many real figures fall into the range of a re-run day.
    """

    outcome: Outcomes
    real: Outcomes | None = None
    as_it_was: Outcomes | None = None
    reproduced: tuple[int, int] | None = None
    bad_lines: tuple[str, ...] = ()


class Run(_Value):
    """An order with who gave it and how far it is. Times in epoch seconds; `why` it failed."""

    id: str
    order: Order
    by: str
    ordered_at: float
    state: State = "waiting"
    done: int = 0
    of: int = 0
    ended_at: float | None = None
    why: str = ""


def outcomes(
    total: Mapping[str, Figure],
    queues: Mapping[str, Mapping[str, Figure]],
    agents: Mapping[str, Mapping[str, Figure]],
) -> Outcomes:
    """As they travel."""
    plain: dict[str, Any] = {
        "total": {name: each.plain for name, each in total.items()},
        "queues": {name: {k: v.plain for k, v in row.items()} for name, row in queues.items()},
        "agents": {name: {k: v.plain for k, v in row.items()} for name, row in agents.items()},
    }
    return Outcomes.model_validate(plain)


def shipped_scenarios() -> dict[str, Path]:
    """The scenarios that come with the package, by name."""
    package = Path(contact_center.__file__).parent
    installed = package / "shipped" / "scenarios"
    folder = installed if installed.is_dir() else package.parent / "load_tests" / "scenarios"
    return {file.stem: file for file in sorted(folder.glob("*.toml"))}
