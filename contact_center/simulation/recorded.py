"""A recorded day as a file: JSON lines, one thing that happened each (docs/reference/recorded-day.md).

Every line stands alone, so a line that cannot be read is named and left out, and the rest still counts.
"""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from contact_center.acd.contact import Waiting
from contact_center.acd.rules import PolicyName, QueueRule
from contact_center.runtime.requirements import Need

_Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]
_Moment = Annotated[float, Field(allow_inf_nan=False)]
_Level = Annotated[int, Field(ge=1, le=5)]
_Name = Annotated[str, Field(min_length=1, max_length=200)]
Span = tuple[_Moment, _Moment]


class LogError(Exception):
    """The file is no recorded day; the message says why."""


class _Line(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DayLine(_Line):
    """Which day it is: from and to, epoch seconds."""

    kind: Literal["day"] = "day"
    version: Literal[1] = 1
    from_at: _Moment
    to_at: _Moment


class QueueLine(_Line):
    """How a queue was run. `hours` are the spans (epoch seconds) in which it was open; without, always."""

    kind: Literal["queue"] = "queue"
    name: _Name
    policy: PolicyName = "fcfs"
    target_s: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 20.0
    importance: Annotated[float, Field(gt=0, le=1000)] = 1.0
    hold_targets: Annotated[float, Field(ge=0, le=100)] = 6.0
    cap: Annotated[int, Field(ge=1)] | None = None
    overflow_to: str = ""
    overflow_length: Annotated[int, Field(ge=0)] | None = None
    overflow_wait_s: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    closed: bool = False
    hours: tuple[Span, ...] | None = None

    @model_validator(mode="after")
    def _spans_in_order(self) -> "QueueLine":
        if any(to_at <= from_at for from_at, to_at in self.hours or ()):
            raise ValueError("hours: each span is [from_at, to_at], the end after the beginning")
        return self

    @property
    def sends_on(self) -> bool:
        """Whether it may send contacts on."""
        ways_out = (self.overflow_length, self.overflow_wait_s, self.hours)
        return self.closed or any(way is not None for way in ways_out)

    def open_at(self, now: float) -> bool:
        hours = self.hours
        return not self.closed and (hours is None or any(begin <= now < end for begin, end in hours))

    def rule(self, handle_s: float, now: float) -> QueueRule:
        """As the router takes it at that moment."""
        return QueueRule(
            policy=self.policy,
            target_s=self.target_s,
            importance=self.importance,
            hold_targets=self.hold_targets,
            handle_s=handle_s,
            cap=self.cap,
            overflow_to=self.overflow_to,
            overflow_length=self.overflow_length,
            overflow_wait_s=self.overflow_wait_s,
            closed=not self.open_at(now),
        )


class ShiftLine(_Line):
    """An agent was at work for the queues: ready, or on one of their contacts."""

    kind: Literal["shift"] = "shift"
    agent: _Name
    skills: dict[_Name, _Level]
    from_at: _Moment
    to_at: _Moment

    @model_validator(mode="after")
    def _in_order(self) -> "ShiftLine":
        if self.to_at < self.from_at:
            raise ValueError("to_at is before from_at")
        return self


class ContactLine(_Line):
    """A contact entered a queue at `at` and waited `wait_s`; `left`: it went on elsewhere in its flow.

    What it needed as the log's `Queued` has it. A device rang `ring_s` of that wait. Of a served one: by
    whom, and how long he had it, of which the last `wrap_up_s` were wrap-up. One that left and was `sent_to`
    another queue by its own goes on in the next line of it there.
    """

    kind: Literal["contact"] = "contact"
    contact: _Name
    at: _Moment
    queue: _Name
    skills: dict[_Name, _Level] = {}
    alternatives: tuple[dict[_Name, _Level], ...] = ()
    relaxed: tuple[tuple[_Seconds, tuple[dict[_Name, _Level], ...]], ...] = ()
    priority: Annotated[int, Field(ge=-100, le=100)] = 0
    outcome: Literal["served", "abandoned", "left"]
    wait_s: _Seconds
    agent: _Name | None = None
    ring_s: _Seconds = 0.0
    handle_s: _Seconds | None = None
    wrap_up_s: _Seconds = 0.0
    sent_to: _Name | None = None

    @property
    def need(self) -> Need:
        return Need(ways=(self.skills, *self.alternatives), relaxed=self.relaxed, priority=self.priority)

    def waiting(self, contact: str, at: float) -> Waiting:
        """Its entry in line, if it came then."""
        return Waiting(contact=contact, queue=self.queue, enqueued_at=at).needing(self.need)

    @model_validator(mode="after")
    def _ends_in_one_way(self) -> "ContactLine":
        if self.outcome == "served" and self.agent is None:
            raise ValueError("a served contact has an agent")
        if self.sent_to is not None and self.outcome != "left":
            raise ValueError("only a contact that left was sent_to another queue")
        if self.wrap_up_s > (self.handle_s or 0.0):
            raise ValueError("wrap_up_s is a part of handle_s")
        return self


_LINE: TypeAdapter[DayLine | QueueLine | ShiftLine | ContactLine] = TypeAdapter(
    Annotated[DayLine | QueueLine | ShiftLine | ContactLine, Field(discriminator="kind")]
)


class RecordedDay(_Line):
    """A whole day; contacts by the moment they entered."""

    from_at: float
    to_at: float
    queues: dict[str, QueueLine]
    shifts: tuple[ShiftLine, ...]
    contacts: tuple[ContactLine, ...]

    def lines(self) -> Iterator[str]:
        """As the file has them."""
        yield DayLine(from_at=self.from_at, to_at=self.to_at).model_dump_json()
        for line in (*self.queues.values(), *self.shifts, *self.contacts):
            yield line.model_dump_json(exclude_none=True)


def write_day(day: RecordedDay, path: Path) -> None:
    path.write_text("".join(f"{line}\n" for line in day.lines()), "utf-8")


def read_day(path: Path) -> tuple[RecordedDay, list[str]]:
    """The day, and each line that could not be used, by its number and why; raises `LogError`."""
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise LogError(f"{path}: {error}") from error
    day, faults = parse_day(text.splitlines())
    if not day.contacts:
        raise LogError("\n".join([f"{path}: no contact in it", *faults[:5]]))
    return day, faults


def parse_day(lines: Iterable[str]) -> tuple[RecordedDay, list[str]]:
    """As `read_day`, of lines."""
    faults: list[str] = []
    days: list[DayLine] = []
    queues: dict[str, QueueLine] = {}
    shifts: list[ShiftLine] = []
    contacts: list[ContactLine] = []
    for number, text in enumerate(lines, start=1):
        if not text.strip():
            continue
        try:
            line = _LINE.validate_python(json.loads(text))
        except (ValueError, RecursionError) as error:
            faults.append(f"line {number}: {_why(error)}")
            continue
        match line:
            case DayLine():
                days.append(line)
            case QueueLine():
                queues[line.name] = line
            case ShiftLine():
                shifts.append(line)
            case ContactLine():
                contacts.append(line)
    contacts.sort(key=lambda contact: contact.at)
    for contact in contacts:
        queues.setdefault(contact.queue, QueueLine(name=contact.queue))
    from_at = min([d.from_at for d in days] or [c.at for c in contacts], default=0.0)
    ends = [d.to_at for d in days] or [c.at + c.wait_s + (c.handle_s or 0.0) for c in contacts]
    day = RecordedDay(
        from_at=from_at,
        to_at=max(ends, default=0.0),
        queues=queues,
        shifts=tuple(shifts),
        contacts=tuple(contacts),
    )
    return day, faults


def _why(error: Exception) -> str:
    if isinstance(error, ValidationError):
        return "; ".join(
            f"{'.'.join(str(part) for part in each['loc'][1:]) or 'line'}: {each['msg']}"
            for each in error.errors()
        )
    return f"no JSON ({error})"
