"""Contacts that wait for one agent: asked for by name, or for a while by wish. They stand in no line."""

from collections.abc import Container, Iterator

from contact_center.acd.capacity import Channel
from contact_center.acd.contact import Waiting


class Named:
    """By agent; those of one agent are few."""

    def __init__(self) -> None:
        self.of: dict[str, dict[str, Waiting]] = {}
        self.agent_of: dict[str, str] = {}

    def __iter__(self) -> Iterator[Waiting]:
        return (waiting for mine in self.of.values() for waiting in mine.values())

    def get(self, contact: str) -> Waiting | None:
        agent = self.agent_of.get(contact)
        return self.of[agent][contact] if agent is not None else None

    def add(self, waiting: Waiting, agent: str) -> None:
        self.agent_of[waiting.contact] = agent
        self.of.setdefault(agent, {})[waiting.contact] = waiting

    def first(self, agent: str, channels: Container[Channel]) -> Waiting | None:
        """The first to be served of those who come by one of the channels."""
        mine = (each for each in self.of.get(agent, {}).values() if each.channel in channels)
        return min(mine, key=lambda each: each.rank, default=None)

    def remove(self, contact: str) -> Waiting | None:
        """Its entry, which is here no longer."""
        agent = self.agent_of.pop(contact, None)
        if agent is None:
            return None
        waiting = self.of[agent].pop(contact)
        if not self.of[agent]:
            del self.of[agent]
        return waiting

    def wishing(self, agent: str) -> list[Waiting]:
        """Those who would take another agent after all, first to be served first."""
        mine = (each for each in self.of.get(agent, {}).values() if each.direct is None)
        return sorted(mine, key=lambda each: each.rank)
