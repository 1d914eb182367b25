"""A scenario file (TOML): queues, agents, handling, patience. Times in seconds, rates per second.

Unknown keys are refused, each with its place, so that a misspelt setting never silently means its default.
"""

import tomllib
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from contact_center.acd.capacity import USUAL_BESIDE, VOICE_ONLY, Capacity, Channel
from contact_center.acd.rules import LEVELS, QueueRule
from contact_center.runtime.requirements import Need, RequirementError, Ways, read_requirement

DistributionName = Literal["exponential", "lognormal", "gamma", "constant"]
_Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
_Share = Annotated[float, Field(ge=0, le=1)]
_Moment = Annotated[float, Field(ge=0, allow_inf_nan=False)]
_Span = tuple[_Moment, _Moment]
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


class Callback(_Section):
    """Who has waited `after_s` takes a callback with this chance; his place in line stays.

    An attempt rings at most `ring_s` and is answered with the chance `reached`, at any moment of that time.
    """

    after_s: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 60.0
    share: _Share = 0.5
    first: Literal["customer", "agent"] = "customer"
    ring_s: Annotated[float, Field(ge=1, le=600)] = 20.0
    reached: _Share = 0.7
    attempts: Annotated[int, Field(ge=1, le=20)] = 3
    gap_s: Annotated[float, Field(ge=1, le=86_400)] = 300.0
    expires_s: Annotated[float, Field(ge=1, le=604_800)] = 14_400.0
    most: Annotated[int, Field(ge=0, le=10_000)] = 100


class Queue(_Section):
    """Calls for one queue: a constant rate, or a profile of (from_s, rate) each holding until the next.

    Without `mean_patience_s` nobody gives up. `needs` and `relax` are written as in a flow; a level n of the
    agents' skills is a proficiency of 6 - n. The queue is open in the spans `hours` (from_s, to_s).
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
    priority: Annotated[int, Field(ge=-100, le=100)] = 0
    channel: Channel = "voice"
    needs: Annotated[str, Field(max_length=500)] = ""
    relax: dict[_Positive, Annotated[str, Field(max_length=500)]] = {}
    cap: Annotated[int, Field(ge=1)] | None = None
    overflow_to: str = ""
    overflow_length: Annotated[int, Field(ge=0)] | None = None
    overflow_wait_s: _Positive | None = None
    hours: tuple[_Span, ...] | None = None
    callback: Callback | None = None

    @model_validator(mode="after")
    def _needs_are_read(self) -> "Queue":
        for key, text in (("needs", self.needs), *((f"relax.{s:g}", text) for s, text in self.relax.items())):
            try:
                read_requirement(text)
            except RequirementError as error:
                raise ValueError(f"{key}: {error}") from error
        if any(to_s <= from_s for from_s, to_s in self.hours or ()):
            raise ValueError("hours: each span is [from_s, to_s], the end after the beginning")
        if self.callback is not None and self.channel != "voice":
            raise ValueError("callback: only of the voice channel")
        return self

    @property
    def need(self) -> Need:
        """What is asked for its contacts: by default a skill of the queue's own name."""
        relaxed = sorted((after_s, read_requirement(text)) for after_s, text in self.relax.items())
        ways = read_requirement(self.needs) if self.needs else ({self.name: 1},)
        return Need(ways=ways, relaxed=tuple(relaxed), priority=self.priority)

    def open_at(self, now: float) -> bool:
        return self.hours is None or any(from_s <= now < to_s for from_s, to_s in self.hours)

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


class InHand(_Section):
    """At most so many contacts of each channel in hand."""

    voice: Annotated[int, Field(ge=0, le=100)] = 1
    chat: Annotated[int, Field(ge=0, le=100)] = 0
    mail: Annotated[int, Field(ge=0, le=100)] = 0


class Agents(_Section):
    """A group of equal agents; `skills` is skill (or queue) -> level, 1 primary.

    `beside` has pairs (given, in hand) of channels: one may be given to who has the other in hand.
    """

    name: _Name
    count: Annotated[int, Field(ge=0, le=100_000)]
    skills: dict[_Name, _Level]
    capacity: InHand = InHand()
    beside: tuple[tuple[Channel, Channel], ...] | None = None

    @property
    def may_have(self) -> Capacity:
        """As the engine takes it."""
        if self.capacity == InHand() and self.beside is None:
            return VOICE_ONLY
        beside = USUAL_BESIDE if self.beside is None else frozenset(self.beside)
        return Capacity(**self.capacity.model_dump(), beside=beside)


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
        ways = [way for queue in self.queue for step in _all_ways(queue.need) for way in step]
        asked = {*queues, *(skill for way in ways for skill in way)}
        faults += [
            f"agents {group.name!r}: skills.{name}: no such queue, and none needs it"
            for group in self.agents
            for name in group.skills
            if name not in asked
        ]
        faults += [
            f"queue {queue.name!r}: overflow_to: no other queue {queue.overflow_to!r}"
            for queue in self.queue
            if queue.overflow_to and (queue.overflow_to not in queues or queue.overflow_to == queue.name)
        ]
        if faults:
            raise ValueError("; ".join(faults))
        return self

    def slowness(self, level: int) -> float:
        """The handling-time factor at a level."""
        return self.handling.slowness.get(level, 1.0)

    @property
    def sends_on(self) -> bool:
        """Whether a queue may send contacts on."""
        ways_out = ("overflow_length", "overflow_wait_s", "hours")
        return any(getattr(queue, way) is not None for queue in self.queue for way in ways_out)

    def rule(self, queue: Queue, rule: QueueRule, at: float = 0.0) -> QueueRule:
        """The queue's settings for the router at that moment, other things as in `rule`."""
        first = self.slowness(1)
        return QueueRule(
            policy=rule.policy,
            hold_targets=rule.hold_targets,
            target_s=queue.target_s,
            importance=queue.importance,
            handle_s=queue.mean_handle_s * first,
            slowness=tuple(self.slowness(level) / first - 1.0 for level in range(1, LEVELS + 1)),
            cap=queue.cap,
            overflow_to=queue.overflow_to,
            overflow_length=queue.overflow_length,
            overflow_wait_s=queue.overflow_wait_s,
            closed=not queue.open_at(at),
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


def _all_ways(need: Need) -> list[Ways]:
    return [need.ways, *(ways for _, ways in need.relaxed)]


def _repeated(names: list[str]) -> list[str]:
    return sorted({name for name in names if names.count(name) > 1})
