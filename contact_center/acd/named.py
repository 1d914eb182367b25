"""Contacts that wait for one agent: asked for by name, or for a while by wish. They stand in no line."""

from collections.abc import Iterator
from heapq import heapify, heappop, heappush

from contact_center.acd.contact import Waiting

_Ranked = tuple[tuple[int, float, str], Waiting]


class Named:
    """By agent, first to be served first."""

    def __init__(self) -> None:
        self._of: dict[str, list[_Ranked]] = {}
        self._agent_of: dict[str, str] = {}
        self._entries: dict[str, Waiting] = {}

    def __contains__(self, contact: str) -> bool:
        return contact in self._entries

    def __iter__(self) -> Iterator[Waiting]:
        return iter(self._entries.values())

    def get(self, contact: str) -> Waiting | None:
        return self._entries.get(contact)

    def add(self, waiting: Waiting, agent: str) -> None:
        self._entries[waiting.contact] = waiting
        self._agent_of[waiting.contact] = agent
        heappush(self._of.setdefault(agent, []), (waiting.rank, waiting))

    def first(self, agent: str) -> Waiting | None:
        mine = self._of.get(agent)
        return mine[0][1] if mine else None

    def take(self, agent: str) -> Waiting:
        """The first one, which is here no longer; there must be one."""
        waiting = heappop(self._of[agent])[1]
        self._forget(waiting.contact, agent)
        return waiting

    def remove(self, contact: str) -> Waiting | None:
        waiting = self._entries.get(contact)
        if waiting is not None:
            agent = self._agent_of[contact]
            mine = self._of[agent]
            mine.remove((waiting.rank, waiting))
            heapify(mine)
            self._forget(contact, agent)
        return waiting

    def wishing(self, agent: str) -> list[Waiting]:
        """Those who would take another agent after all."""
        return [
            waiting for _, waiting in sorted(self._of.get(agent, ()), key=_rank) if waiting.direct is None
        ]

    def _forget(self, contact: str, agent: str) -> None:
        del self._entries[contact], self._agent_of[contact]
        if not self._of[agent]:
            del self._of[agent]


def _rank(one: _Ranked) -> tuple[int, float, str]:
    return one[0]
