"""Agent presence, kept so that a restarted core knows who was what. The text belongs to the agents room."""

from collections.abc import Mapping

from sqlalchemy import delete, insert, select

from contact_center.storage.engine import Database
from contact_center.storage.tables import agent_presence


class PresenceStore:
    """One JSON text per agent."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def save(self, states: Mapping[str, str], at: float) -> None:
        """Replace the texts of these agents; the others stay."""
        if not states:
            return
        rows = [{"agent": agent, "state": state, "at": at} for agent, state in states.items()]
        async with self._database.transaction() as connection:
            await connection.execute(delete(agent_presence).where(agent_presence.c.agent.in_(states)))
            await connection.execute(insert(agent_presence), rows)

    async def load(self) -> dict[str, str]:
        """Every agent's text."""
        async with self._database.reading() as connection:
            rows = await connection.execute(select(agent_presence.c.agent, agent_presence.c.state))
            return {row.agent: row.state for row in rows}
