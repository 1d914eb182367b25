"""Agents kept for callbacks: for which, until when, and when to look again. Pure; live and simulated alike.

An agent who is free when a callback's turn comes is kept for it while the number rings, and for the greeting:
the line does not hear of him meanwhile. Whoever drives this gives calls, and tells the line who is let go.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from contact_center.acd.callback import Callback
from contact_center.acd.callback_turns import GREETING_S, LOOK_S, Expected, Turn, turns
from contact_center.acd.callbacks import SOON_S, Callbacks
from contact_center.acd.contact import Waiting
from contact_center.acd.rules import qualifies
from contact_center.runtime.directory import QueueSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Who there is at a moment: callers in line and not offered, agents free or about to be and kept for
    nobody, numbers and customers with a live call."""

    line: Sequence[Waiting]
    staff: Sequence[Expected]
    engaged: Collection[str] = ()


class Keeping:
    """Of one core, or one simulated centre; beside the book of its callbacks."""

    def __init__(self, book: Callbacks, queues: Mapping[str, QueueSettings]) -> None:
        self._book, self._queues = book, queues
        self._kept: dict[str, tuple[str, float]] = {}
        """Agent -> the callback he is kept for, and until when (epoch seconds)."""
        self._beginning: set[str] = set()
        """Callbacks whose call is about to be: they count as being called."""
        self._resting: dict[str, float] = {}
        """Callbacks that could not be begun, and until when they are left alone."""

    @property
    def agents(self) -> frozenset[str]:
        """Who is free and not the line's."""
        return frozenset(self._kept)

    # whose turn

    def turns(self, scene: Scene, now: float) -> list[Turn]:
        """Whose turn it is among those nobody is kept for."""
        kept = {callback for callback, _ in self._kept.values()}
        mine = [
            replace(one, state="dialling") if one.id in self._beginning else one
            for one in self._book.ready(now)
            if one.id not in kept and self._resting.get(one.id, now) <= now
        ]
        if not any(one.state in ("waiting", "dialling") for one in mine):
            return []
        return turns(mine, scene.line, scene.staff, self._queues, scene.engaged, now)

    def turn_of(
        self, agent: str, skills: Mapping[str, int], scene: Callable[[], Scene], now: float
    ) -> Turn | None:
        """The callback for this agent, who comes free; the scene is only looked at when one could be his."""
        ways = (way for one in self._book.all() for way in one.place(one.id).ways(now))
        if not any(qualifies(skills, way) for way in ways):
            return None
        return next((turn for turn in self.turns(scene(), now) if turn.agent == agent), None)

    def follow(self, turn: Turn, now: float) -> bool:
        """Keep the agent, if he is free already; True when the customer is to be called now."""
        if turn.free:
            rings_s = self._queues[turn.callback.queue].callback_ring_s
            self._kept[turn.agent] = (turn.callback.id, now + rings_s + GREETING_S)
        begins = turn.callback.state == "waiting"
        if begins:
            self._beginning.add(turn.callback.id)
        return begins

    def begun(self, callback: str) -> None:
        """The call is there: the book knows about it from now on."""
        self._beginning.discard(callback)

    def not_begun(self, callback: str, now: float) -> None:
        """There is no call after all; for a moment it is left alone."""
        self._beginning.discard(callback)
        self._resting[callback] = now + SOON_S

    # letting go

    def lost(self, agent: str) -> None:
        """The agent can take nothing now; the call he was kept for goes on without him."""
        self._kept.pop(agent, None)

    def let_go(self, callback: str) -> list[str]:
        """Who was kept for it and is the line's again."""
        mine = [agent for agent, (kept_for, _) in self._kept.items() if kept_for == callback]
        for agent in mine:
            del self._kept[agent]
        return mine

    def overdue(self, now: float) -> list[str]:
        """Callbacks somebody has been kept for long enough; pauses that are over are forgotten."""
        self._resting = {name: until for name, until in self._resting.items() if until > now}
        return [callback for callback, until in self._kept.values() if until <= now]

    # time

    def look_at(self, now: float, *, busy: bool) -> float | None:
        """When to look again: as something is due, and soon while somebody waits for an agent who is `busy`.

        Whoever comes free is looked at then anyhow.
        """
        due = [*(until for _, until in self._kept.values()), *self._resting.values()]
        if (at := self._book.deadline(now)) is not None:
            due.append(at)
        if busy and self._somebody_waits(now):
            due.append(now + LOOK_S)
        return min(due, default=None)

    def _somebody_waits(self, now: float) -> bool:
        """For an agent: nobody is kept for him, and he is not about to be called."""
        taken = {callback for callback, _ in self._kept.values()} | self._beginning
        return any(_waits(one, now) and one.id not in taken for one in self._book.all())


def _waits(one: Callback, now: float) -> bool:
    return one.state == "waiting" and one.due_at <= now
