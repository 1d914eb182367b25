"""A scenario file (TOML): queues, agents, handling, patience. Times in seconds, rates per second.

Unknown keys are refused, each with its place, so that a misspelt setting never silently means its default.
"""

import tomllib
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from contact_center.acd.rules import LEVELS, QueueRule

DistributionName = Literal["exponential", "lognormal", "gamma", "constant"]
_Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
_Level = Annotated[int, Field(ge=1, le=LEVELS)]
_Name = Annotated[str, Field(min_length=1, max_length=100)]


class ScenarioError(Exception):
    """The file is no scenario; the message names the file, each key and why."""


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Frame(_Section):
    """How long is simulated, how often; the first `warmup_s` count for nothing.

    `capacity` is how many contacts, waiting and talking, the system takes in at once; None is no limit.
    """

    name: str = ""
    horizon_s: _Positive
    warmup_s: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0
    seed: Annotated[int, Field(ge=0)] = 1
    replications: Annotated[int, Field(ge=1, le=10_000)] = 16
    capacity: Annotated[int, Field(ge=1)] | None = None

    @model_validator(mode="after")
    def _something_counts(self) -> "Frame":
        if self.warmup_s >= self.horizon_s:
            raise ValueError("warmup_s must be less than horizon_s")
        return self


class Queue(_Section):
    """Calls for one queue: a constant rate, or a profile of (from_s, rate) each holding until the next.

    Without `mean_patience_s` nobody gives up.
    """

    name: _Name
    arrivals_per_s: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    arrival_profile: Annotated[
        tuple[tuple[Annotated[float, Field(ge=0)], Annotated[float, Field(ge=0)]], ...] | None,
        Field(min_length=1),
    ] = None
    mean_handle_s: _Positive
    mean_patience_s: _Positive | None = None
    target_s: _Positive = 20.0
    importance: Annotated[float, Field(gt=0, le=1000)] = 1.0

    @model_validator(mode="after")
    def _arrivals_said_once(self) -> "Queue":
        if (self.arrivals_per_s is None) == (self.arrival_profile is None):
            raise ValueError("give either arrivals_per_s or arrival_profile")
        starts = [from_s for from_s, _ in self.arrival_profile or ()]
        if starts != sorted(set(starts)):
            raise ValueError("arrival_profile: each from_s must be later than the one before")
        return self

    def pieces(self, horizon_s: float) -> list[tuple[float, float, float]]:
        """(from_s, to_s, arrivals per second), in order, up to the horizon."""
        profile = self.arrival_profile or ((0.0, self.arrivals_per_s or 0.0),)
        ends = [from_s for from_s, _ in profile[1:]] + [horizon_s]
        return [
            (from_s, min(to_s, horizon_s), rate)
            for (from_s, rate), to_s in zip(profile, ends, strict=True)
            if from_s < horizon_s
        ]


class Agents(_Section):
    """A group of equal agents; `skills` is queue -> level, 1 primary."""

    name: _Name
    count: Annotated[int, Field(ge=0, le=100_000)]
    skills: dict[_Name, _Level]


class Handling(_Section):
    """How handling times spread (`cv` is standard deviation over mean), and how much slower a level is."""

    distribution: DistributionName = "exponential"
    cv: _Positive = 1.0
    slowness: dict[_Level, _Positive] = {}


class Patience(_Section):
    """How patience spreads."""

    distribution: DistributionName = "exponential"
    cv: _Positive = 1.0


class Scenario(_Section):
    """The whole file."""

    scenario: Frame
    queue: Annotated[tuple[Queue, ...], Field(min_length=1)]
    agents: Annotated[tuple[Agents, ...], Field(min_length=1)]
    handling: Handling = Handling()
    patience: Patience = Patience()

    @model_validator(mode="after")
    def _names_fit(self) -> "Scenario":
        queues = [queue.name for queue in self.queue]
        faults = [f"queue {name!r} is there twice" for name in _repeated(queues)]
        faults += [f"agents {name!r} are there twice" for name in _repeated([g.name for g in self.agents])]
        faults += [
            f"agents {group.name!r}: skills.{name}: no such queue"
            for group in self.agents
            for name in group.skills
            if name not in queues
        ]
        if faults:
            raise ValueError("; ".join(faults))
        return self

    def slowness(self, level: int) -> float:
        """The handling-time factor at a level."""
        return self.handling.slowness.get(level, 1.0)

    def rule(self, queue: Queue, rule: QueueRule) -> QueueRule:
        """The queue's settings for the router, other things as in `rule`."""
        first = self.slowness(1)
        return QueueRule(
            policy=rule.policy,
            hold_targets=rule.hold_targets,
            target_s=queue.target_s,
            importance=queue.importance,
            handle_s=queue.mean_handle_s * first,
            slowness=tuple(self.slowness(level) / first - 1.0 for level in range(1, LEVELS + 1)),
        )


def read_scenario(path: Path) -> Scenario:
    """The file, checked; raises `ScenarioError`."""
    try:
        return parse_scenario(path.read_text("utf-8"))
    except OSError as error:
        raise ScenarioError(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ScenarioError(f"{path}: {error}") from error
    except ScenarioError as error:
        raise ScenarioError("\n".join(f"{path}: {fault}" for fault in str(error).split("\n"))) from error


def parse_scenario(text: str) -> Scenario:
    """As `read_scenario`, of the text."""
    try:
        raw = tomllib.loads(text)
        return Scenario.model_validate(raw)
    except tomllib.TOMLDecodeError as error:
        raise ScenarioError(str(error)) from error
    except ValidationError as error:
        faults = [f"{_place(e['loc'], raw)}: {_why(e['type'], e['msg'])}" for e in error.errors()]
        raise ScenarioError("\n".join(faults)) from error


def _place(loc: tuple[int | str, ...], raw: dict[str, object]) -> str:
    """`queue 'sales': skills.x` for a place in the file."""
    match loc:
        case (str() as section, int() as number, *rest):
            entries = raw.get(section)
            entry = entries[number] if isinstance(entries, list) else None
            name = entry.get("name") if isinstance(entry, dict) else None
            label = f"[[{section}]] {name!r}" if name else f"[[{section}]] number {number + 1}"
            return f"{label}: {'.'.join(map(str, rest))}" if rest else label
        case (str() as section, *rest):
            return f"[{section}] {'.'.join(map(str, rest))}" if rest else section
        case _:
            return "file"


def _why(kind: str, message: str) -> str:
    return "unknown key" if kind == "extra_forbidden" else message.removeprefix("Value error, ")


def _repeated(names: list[str]) -> list[str]:
    return sorted({name for name in names if names.count(name) > 1})
