"""Changing how queues are routed and what agents can do, while calls go on: stored, then in force at once."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

from contact_center.agents import presence as presences
from contact_center.cti import events as cti
from contact_center.runtime.directory import AgentProfile, Directory, QueueSettings
from contact_center.runtime.errors import Conflict, NotFound
from contact_center.switchboard.switchboard import Switchboard


class Shelf(Protocol):
    """Where the company is kept (`storage.routing.RoutingStore`)."""

    async def change_queue(self, queue: str, settings: Mapping[str, Any]) -> Directory: ...
    async def change_skills(self, agent: str, skills: Mapping[str, int]) -> Directory: ...


class Reshaping:
    """One change after another; `followers` hear of each new directory before the line moves by it."""

    def __init__(
        self, board: Switchboard, shelf: Shelf, followers: Sequence[Callable[[Directory], None]] = ()
    ) -> None:
        self._board, self._shelf, self._followers = board, shelf, tuple(followers)
        self._one_at_a_time = asyncio.Lock()

    @property
    def directory(self) -> Directory:
        return self._board.directory

    @property
    def calendars(self) -> tuple[str, ...]:
        """What hours a queue may have."""
        return self._board.flows.calendar_names()

    async def change_queue(self, by: str, queue: str, settings: Mapping[str, Any]) -> QueueSettings:
        """Settings by name; raises `NotFound` for an unknown queue, `Conflict` for what cannot be."""
        async with self._one_at_a_time:
            before = self._board.directory.queues.get(queue)
            if before is None:
                raise NotFound(f"no queue {queue!r}")
            changed = {name: value for name, value in settings.items() if getattr(before, name) != value}
            self._check(replace(before, **changed))
            if not changed:
                return before
            await self._take(await self._shelf.change_queue(queue, changed))
            told = {name: "" if value is None else str(value) for name, value in changed.items()}
            with self._board.stroke() as stroke:
                self._board.emit(stroke, cti.QueueRoutingChanged(queue=queue, by=by, changed=told))
                self._board.opening.take(stroke)
            return self.directory.queues[queue]

    async def change_skills(self, by: str, agent: str, skills: Mapping[str, int]) -> AgentProfile:
        """All of the agent's skills; raises `NotFound` for an unknown agent or skill."""
        async with self._one_at_a_time:
            before = self._board.directory.agents.get(agent)
            if before is None:
                raise NotFound(f"no agent {agent!r}")
            for skill in skills.keys() - set(self._board.directory.skills):
                raise NotFound(f"no skill {skill!r}")
            if dict(before.skills) == dict(skills):
                return before
            await self._take(await self._shelf.change_skills(agent, skills))
            with self._board.stroke() as stroke:
                changed = cti.AgentSkillsChanged(agent=agent, by=by, skills=dict(skills))
                self._board.emit(stroke, changed)
                if presences.available(self._board.presence_of(agent)):
                    self._board.free(stroke, agent)
            return self.directory.agents[agent]

    def _check(self, queue: QueueSettings) -> None:
        directory = self._board.directory
        if queue.overflow_to and queue.overflow_to not in directory.queues:
            raise NotFound(f"no queue {queue.overflow_to!r}")
        if queue.overflow_to == queue.id:
            raise Conflict("overflow", "a queue cannot send contacts on to itself")
        if queue.hours and self._board.flows.calendar(queue.hours) is None:
            raise NotFound(f"no calendar {queue.hours!r}")
        if queue.retention_skill and queue.retention_skill not in directory.skills:
            raise NotFound(f"no skill {queue.retention_skill!r}")

    async def _take(self, directory: Directory) -> None:
        self._board.directory = directory
        for follow in self._followers:
            follow(directory)
