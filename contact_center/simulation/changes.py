"""What would be otherwise: a TOML file of changes to a recorded day. Unknown keys are refused.

calls = 1.1                       # so many times the calls
handling = 0.95                   # so many times the handling time
[[queue]]
name = "sales"
policy = "fair"
target_s = 30
cap = 5                           # or "none"; likewise overflow_length, overflow_wait_s
overflow_to = "help"
overflow_wait_s = 120
hours = [[8, 17.5]]               # hours after the day's beginning, or "always"; closed = true: all day
[[agent]]                         # other skills, or a new agent for the whole day or a part of it
name = "anna"
skills = { sales = 4 }
[[agent]]
name = "new-1"
skills = { sales = 3 }
from_h = 8.0                      # hours after the day's beginning
to_h = 16.5
[[without]]
name = "bo"
"""

import tomllib
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from contact_center.acd.rules import PolicyName
from contact_center.simulation.recorded import QueueLine, RecordedDay, ShiftLine

_Factor = Annotated[float, Field(gt=0, le=10)]
_Hours = Annotated[float, Field(ge=0, le=48)]
_Level = Annotated[int, Field(ge=1, le=5)]
_None = Literal["none"]
HOUR_S = 3600.0


class ChangesError(Exception):
    """The file changes nothing that is there; the message says what and why."""


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class QueueChange(_Section):
    """Other settings of a queue; what is not given stays, and "none" (hours: "always") takes away."""

    name: str
    policy: PolicyName | None = None
    target_s: Annotated[float, Field(gt=0)] | None = None
    importance: Annotated[float, Field(gt=0, le=1000)] | None = None
    hold_targets: Annotated[float, Field(ge=0, le=100)] | None = None
    cap: Annotated[int, Field(ge=1)] | _None | None = None
    overflow_to: str | None = None
    overflow_length: Annotated[int, Field(ge=0)] | _None | None = None
    overflow_wait_s: Annotated[float, Field(gt=0, allow_inf_nan=False)] | _None | None = None
    closed: bool | None = None
    hours: tuple[tuple[_Hours, _Hours], ...] | Literal["always"] | None = None

    @model_validator(mode="after")
    def _spans_in_order(self) -> "QueueChange":
        if isinstance(self.hours, tuple) and any(to_h <= from_h for from_h, to_h in self.hours):
            raise ValueError("hours: each span is [from_h, to_h], the end after the beginning")
        return self

    def of(self, queue: QueueLine, day_from: float) -> QueueLine:
        """The queue so."""
        given = _given(**self.model_dump(exclude={"name", "hours"}))
        update = {name: None if value == "none" else value for name, value in given.items()}
        if isinstance(self.hours, tuple):
            update["hours"] = tuple(
                (day_from + begin * HOUR_S, day_from + end * HOUR_S) for begin, end in self.hours
            )
        elif self.hours is not None:
            update["hours"] = None
        return queue.model_copy(update=update)


class AgentChange(_Section):
    """Other skills of an agent who was there, or an agent who was not."""

    name: str
    skills: dict[str, _Level]
    from_h: _Hours | None = None
    to_h: _Hours | None = None


class Without(_Section):
    """An agent who does not come."""

    name: str


class Changes(_Section):
    """All of them; the default changes nothing."""

    calls: _Factor = 1.0
    handling: _Factor = 1.0
    queue: tuple[QueueChange, ...] = ()
    agent: tuple[AgentChange, ...] = ()
    without: tuple[Without, ...] = ()

    @property
    def any(self) -> bool:
        return self != Changes()

    def of(self, day: RecordedDay, policy: PolicyName | None, hold_targets: float | None) -> RecordedDay:
        """The day with other settings and staff; `policy` and `hold_targets` are for every queue."""
        queues = {
            name: queue.model_copy(update=_given(policy=policy, hold_targets=hold_targets))
            for name, queue in day.queues.items()
        }
        for change in self.queue:
            if change.name not in queues:
                raise ChangesError(f"queue {change.name!r} had no contact on that day")
            if change.overflow_to == change.name:
                raise ChangesError(f"queue {change.name!r} cannot send contacts on to itself")
            if change.overflow_to and change.overflow_to not in queues:
                raise ChangesError(
                    f"queue {change.name!r}: overflow_to: {change.overflow_to!r} had no contact on that day"
                )
            queues[change.name] = change.of(queues[change.name], day.from_at)
        return day.model_copy(update={"queues": queues, "shifts": self._shifts(day)})

    def _shifts(self, day: RecordedDay) -> tuple[ShiftLine, ...]:
        present = {shift.agent for shift in day.shifts}
        missing = sorted({gone.name for gone in self.without} - present)
        if missing:
            raise ChangesError(f"agent {missing[0]!r} was not at work on that day")
        gone = {each.name for each in self.without}
        other = {change.name: change for change in self.agent if change.name in present}
        shifts = []
        for shift in day.shifts:
            change = other.get(shift.agent)
            if shift.agent not in gone:
                shifts.append(shift.model_copy(update={"skills": change.skills}) if change else shift)
        shifts += [_new(change, day) for change in self.agent if change.name not in present]
        return tuple(shifts)


def _new(change: AgentChange, day: RecordedDay) -> ShiftLine:
    from_at = day.from_at + (change.from_h or 0.0) * HOUR_S
    to_at = day.to_at if change.to_h is None else day.from_at + change.to_h * HOUR_S
    if to_at <= from_at:
        raise ChangesError(f"agent {change.name!r}: to_h is not after from_h")
    return ShiftLine(agent=change.name, skills=change.skills, from_at=from_at, to_at=to_at)


def _given(**values: object) -> dict[str, object]:
    return {name: value for name, value in values.items() if value is not None}


def read_changes(path: Path) -> Changes:
    """Raises `ChangesError`."""
    try:
        return parse_changes(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, ChangesError) as error:
        raise ChangesError(f"{path}: {error}") from error


def parse_changes(text: str) -> Changes:
    """As `read_changes`, of the text."""
    try:
        return Changes.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise ChangesError(str(error)) from error
    except ValidationError as error:
        faults = [f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors()]
        raise ChangesError("; ".join(faults)) from error
