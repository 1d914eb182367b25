"""Request and response bodies that are not simply a value of another room."""

from dataclasses import dataclass
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from contact_center.agents.device_test import DeviceTest, Voice
from contact_center.cti.events import CtiEvent, TargetKind
from contact_center.customers.history import Interaction
from contact_center.customers.record import Customer
from contact_center.loyalty.segments import Tier
from contact_center.runtime.directory import Code, Directory
from contact_center.runtime.people import User
from contact_center.switchboard.session import Destination, Target

_Name = Annotated[str, Field(min_length=1, max_length=64)]


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Credentials(_Request):
    login: Annotated[str, Field(max_length=64)]
    password: Annotated[str, Field(max_length=1024)]


class DeviceOffer(_Request):
    sdp: Annotated[str, Field(min_length=1, max_length=65_000)]


class TestedDevice(_Request):
    """`voice`: heard now at `level` (0-1), or known because the microphone passed in this browser before.

    `round_trip_ms` is null where the browser does not measure it.
    """

    microphone: Annotated[str, Field(min_length=1, max_length=256)]
    voice: Voice
    level: Annotated[float, Field(ge=0, le=1)] | None = None
    round_trip_ms: Annotated[float, Field(ge=0, le=60_000)] | None = None

    def test(self) -> DeviceTest:
        return DeviceTest(**self.model_dump())


class StatusChoice(_Request):
    status: _Name


class HeardInBrowser(_Request):
    """Share of packets lost on the way to the browser (0-1), and round trip when it knows."""

    lost: Annotated[float, Field(ge=0, le=1)]
    round_trip_ms: Annotated[float, Field(ge=0, le=60_000)] | None = None


class DispositionChoice(_Request):
    disposition: _Name
    note: Annotated[str, Field(max_length=4000)] = ""


class Note(_Request):
    note: Annotated[str, Field(max_length=4000)]


class SendTo(_Request):
    """Exactly one of the four."""

    agent: _Name | None = None
    queue: _Name | None = None
    flow: _Name | None = None
    number: _Name | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if len(self.model_fields_set) != 1 or None in self.model_dump(exclude_unset=True).values():
            raise ValueError("name exactly one of agent, queue, flow, number")
        return self

    def target(self) -> Target:
        kinds: tuple[TargetKind, ...] = ("agent", "queue", "flow", "number")
        return next(Target(kind=k, name=name) for k in kinds if (name := getattr(self, k)) is not None)


class TransferOrder(_Request):
    to: SendTo
    how: Literal["blind", "attended"] = "blind"


class Keys(_Request):
    digits: Annotated[str, Field(pattern=r"^[0-9*#A-D]{1,32}$")]


class CallOrder(_Request):
    to: _Name
    queue: _Name


class CustomerChoice(_Request):
    customer: _Name


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionBody:
    user: User
    csrf: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceAnswer:
    sdp: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallBegun:
    contact: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferTargets:
    """Agents, whoever is ready first, then queues, then flows."""

    targets: list[Destination]


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """One name in both languages."""

    en: str
    zh: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedCode:
    code: str
    name: Names


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueQueue:
    id: str
    name: str
    name_zh: str
    target_s: float
    dispositions: tuple[NamedCode, ...]
    disposition_required: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueAgent:
    id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    not_ready_reasons: tuple[NamedCode, ...]
    queues: tuple[CatalogueQueue, ...]
    agents: tuple[CatalogueAgent, ...]


def catalogue_of(directory: Directory) -> Catalogue:
    """What the console offers to choose from."""
    return Catalogue(
        not_ready_reasons=_named(directory.not_ready_reasons),
        queues=tuple(
            CatalogueQueue(
                id=queue.id,
                name=queue.name,
                name_zh=queue.name_zh,
                target_s=queue.target_s,
                dispositions=_named(queue.dispositions),
                disposition_required=queue.disposition_required,
            )
            for queue in directory.queues.values()
        ),
        agents=tuple(CatalogueAgent(id=agent.id, name=agent.name) for agent in directory.agents.values()),
    )


def _named(codes: tuple[Code, ...]) -> tuple[NamedCode, ...]:
    return tuple(NamedCode(code=code.code, name=Names(en=code.en, zh=code.zh)) for code in codes)


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerLine:
    """A customer in a list; `tier` as reckoned, None for who has none."""

    id: str
    name: str
    numbers: tuple[str, ...]
    tier: Tier | None
    language: str


def line_of(customer: Customer, tier: Tier | None) -> CustomerLine:
    return CustomerLine(
        id=customer.id,
        name=customer.name,
        numbers=customer.numbers,
        tier=tier,
        language=customer.language,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerLines:
    customers: list[CustomerLine]


@dataclass(frozen=True, slots=True, kw_only=True)
class Interactions:
    interactions: list[Interaction]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedBody:
    """A CTI event with its place in the log; `at` in epoch seconds."""

    seq: int
    id: str
    at: float
    event: Annotated[CtiEvent, Field(discriminator="type")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Story(Interaction):
    """An interaction with every CTI event of its contact, in order.

    `reasons`: why each offer was made, in both languages, by the event's place in the log.
    """

    events: tuple[RecordedBody, ...]
    reasons: dict[int, dict[str, str]]


Figures = dict[str, float | None]
"""Counts, durations in seconds and shares 0-1 by name; null when there is nothing to divide by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueService:
    queue: str
    name: str
    name_zh: str
    target_s: float
    target_level: float
    short_s: float
    figures: Figures


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceReport:
    """Service figures of a span, and the formula of each figure."""

    from_at: float
    to_at: float
    queues: tuple[QueueService, ...]
    total: Figures
    formulas: dict[str, Names]
