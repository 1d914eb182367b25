"""Queues and skills: who may see and change how contacts are routed; every change is written down."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field

from contact_center.recordings.recording import AuditRow
from contact_center.runtime.directory import (
    AgentProfile,
    Directory,
    QueueSettings,
    RoutingPolicy,
    Stickiness,
)
from contact_center.runtime.ids import new_id
from contact_center.runtime.people import Session
from contact_center.storage.recordings import RecordingStore
from contact_center.web.access import Access
from contact_center.web.ports import RoutingDesk

_Level = Annotated[int, Field(ge=1, le=5)]


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueRouting:
    """How one queue is routed; the fields are those of the company file (docs/reference/routing.md)."""

    id: str
    name: str
    name_zh: str
    routing: RoutingPolicy
    target_s: float
    importance: float
    hold_targets: float
    cap: int | None
    overflow_to: str
    overflow_length: int | None
    overflow_wait_s: float | None
    closed: bool
    hours: str
    tiering: bool
    sticky: Stickiness
    sticky_s: float
    retention_skill: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SkilledAgent:
    """`skills`: skill -> level 1-5."""

    id: str
    name: str
    team: str
    skills: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Routing:
    """`calendars` are the hours a queue may have."""

    queues: tuple[QueueRouting, ...]
    agents: tuple[SkilledAgent, ...]
    skills: tuple[str, ...]
    calendars: tuple[str, ...]


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RoutingChange(_Request):
    """What is to be different; what is not named stays. null lifts a limit."""

    routing: RoutingPolicy = "fcfs"
    target_s: Annotated[float, Field(gt=0, le=86_400)] = 20.0
    importance: Annotated[float, Field(ge=1, le=10)] = 1.0
    hold_targets: Annotated[float, Field(ge=0, le=100)] = 6.0
    cap: Annotated[int, Field(ge=1, le=100_000)] | None = None
    overflow_to: Annotated[str, Field(max_length=64)] = ""
    overflow_length: Annotated[int, Field(ge=0, le=100_000)] | None = None
    overflow_wait_s: Annotated[float, Field(ge=1, le=86_400)] | None = None
    closed: bool = False
    hours: Annotated[str, Field(max_length=64)] = ""
    tiering: bool = False
    sticky: Stickiness = "off"
    sticky_s: Annotated[float, Field(ge=0, le=180)] = 20.0
    retention_skill: Annotated[str, Field(max_length=64)] = ""


class SkillsChange(_Request):
    """All skills the agent has from now on."""

    skills: Annotated[dict[str, _Level], Field(max_length=200)]


def routing_routes(
    access: Access, desk: RoutingDesk, audit: RecordingStore, clock: Callable[[], float]
) -> APIRouter:
    routes = APIRouter(tags=["routing"])
    supervisor = Annotated[Session, Depends(access.needs("supervisor", "administrator"))]

    async def note(session: Session, request: Request, action: str, subject: str, details: str) -> None:
        row = AuditRow(
            id=new_id("a"),
            at=clock(),
            user=session.user.login,
            action=action,
            subject=subject,
            address=request.client.host if request.client else "",
            details=details,
        )
        await audit.note(row)

    @routes.get("/routing", dependencies=[Depends(access.needs("supervisor", "administrator"))])
    async def routing() -> Routing:
        """Every queue's routing, and every agent's skills."""
        return _routing_of(desk.directory, desk.calendars)

    @routes.patch("/routing/queues/{queue}")
    async def change_queue(
        queue: str, change: RoutingChange, session: supervisor, request: Request
    ) -> QueueRouting:
        """In force at once, waiting contacts keep their place; 409 for a queue that sends on to itself."""
        wanted: dict[str, Any] = {name: getattr(change, name) for name in change.model_fields_set}
        settings = await desk.change_queue(session.user.login, queue, wanted)
        details = ", ".join(f"{name}={value}" for name, value in sorted(wanted.items()))
        await note(session, request, "routing.queue", queue, details)
        return _queue(settings)

    @routes.put("/routing/agents/{agent}/skills")
    async def change_skills(
        agent: str, change: SkillsChange, session: supervisor, request: Request
    ) -> SkilledAgent:
        """In force at once for an idle agent, for a busy one with the next contact."""
        profile = await desk.change_skills(session.user.login, agent, change.skills)
        details = ", ".join(f"{skill}={level}" for skill, level in sorted(change.skills.items()))
        await note(session, request, "routing.skills", agent, details)
        return _agent(profile)

    return routes


def _routing_of(directory: Directory, calendars: tuple[str, ...]) -> Routing:
    return Routing(
        queues=tuple(_queue(queue) for queue in directory.queues.values()),
        agents=tuple(_agent(agent) for agent in directory.agents.values()),
        skills=directory.skills,
        calendars=calendars,
    )


def _queue(queue: QueueSettings) -> QueueRouting:
    return QueueRouting(**{name: getattr(queue, name) for name in QueueRouting.__slots__})


def _agent(agent: AgentProfile) -> SkilledAgent:
    return SkilledAgent(id=agent.id, name=agent.name, team=agent.team, skills=dict(agent.skills))
