"""Keeping what a supervisor changes of the routing: a queue's settings, an agent's skills."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete, insert, update

from contact_center.runtime.directory import Directory
from contact_center.storage import tables
from contact_center.storage.directory import load_directory
from contact_center.storage.engine import Database


class RoutingStore:
    """The stored company, as far as routing goes. Each act gives the whole directory as it is then."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def change_queue(self, queue: str, settings: Mapping[str, Any]) -> Directory:
        """`settings` by the names of `QueueSettings`."""
        async with self._database.transaction() as connection:
            await connection.execute(
                update(tables.queue).where(tables.queue.c.id == queue).values(**settings)
            )
        return await load_directory(self._database)

    async def change_skills(self, agent: str, skills: Mapping[str, int]) -> Directory:
        """The agent's skills become exactly these."""
        rows = [{"agent": agent, "skill": skill, "level": level} for skill, level in skills.items()]
        async with self._database.transaction() as connection:
            await connection.execute(delete(tables.agent_skill).where(tables.agent_skill.c.agent == agent))
            if rows:
                await connection.execute(insert(tables.agent_skill), rows)
        return await load_directory(self._database)
