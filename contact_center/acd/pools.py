"""A pool: agents with the very same skills who are open for the same channels, the longest idle first."""

from heapq import heappop, heappush
from typing import NamedTuple

from contact_center.acd.capacity import VOICE, VOICE_ONLY, Capacity, Channel
from contact_center.acd.lines import Line


class IdleAgent:
    """An agent who may be given a contact; `here` turns False as soon as he may not."""

    __slots__ = ("agent", "here", "pool", "since")

    def __init__(self, agent: str, since: float, pool: "Pool") -> None:
        self.agent, self.since, self.pool = agent, since, pool
        self.here = True


class Rivals(NamedTuple):
    """What a second counts with these agents: `mine` of the line itself, and of each line that is worth more.

    `primary` are the lines the agents serve at level 1.
    """

    mine: float
    better: tuple[tuple[Line, float], ...]
    primary: tuple[Line, ...]


class Pool:
    """One interned profile. `levels[line]` is the level at which its agents serve that line.

    `channels` are those open to its agents, who may have `capacity` in hand.
    """

    __slots__ = (
        "_rivals",
        "_values",
        "bit",
        "capacity",
        "channels",
        "heap",
        "idle",
        "index",
        "levels",
        "lines",
        "own",
        "own_value",
        "served",
        "serves",
        "skills",
    )

    def __init__(
        self,
        index: int,
        skills: dict[str, int],
        capacity: Capacity = VOICE_ONLY,
        channels: frozenset[Channel] = VOICE,
    ) -> None:
        self.index, self.bit = index, 1 << index
        self.skills, self.capacity, self.channels = skills, capacity, channels
        self.levels: dict[int, int] = {}
        self.lines: list[Line] = []
        self.own = self.own_value = 0.0
        """The largest importance, and value, of the lines they serve best."""
        self.served: list[tuple[Line, float]] = []
        """Each line with what its contacts count here; empty until `weigh`, and after anything changed."""
        self.serves = 0
        self.heap: list[tuple[float, str, IdleAgent]] = []
        self.idle = 0
        self._values: list[tuple[Line, float]] = []
        self._rivals: dict[int, Rivals] = {}

    def link(self, line: Line, level: int) -> None:
        """These agents serve that line, at this level 1-3."""
        self.levels[line.index] = level
        self.lines.append(line)
        self.serves |= line.bit
        line.levels[level - 1] |= self.bit
        line.able |= self.bit
        self.weigh_anew()

    def weigh_anew(self) -> None:
        """There is another line, or settings of queues changed."""
        self.served = []
        self._rivals.clear()

    def weigh(self) -> list[tuple[Line, float]]:
        """What a contact of each line counts with these agents."""
        best = min(self.levels.values(), default=1)
        own = [line for line in self.lines if self.levels[line.index] == best]
        self.own = max([line.importance for line in own], default=0.0)
        self.own_value = max([line.value for line in own], default=0.0)
        self._values = [
            (line, line.value_with(self.levels[line.index], self.own_value)) for line in self.lines
        ]
        self.served = [(line, line.weight(self.levels[line.index], self.own)) for line in self.lines]
        return self.served

    def reweigh(self, line: Line) -> None:
        """What is lost at a level of this line changed."""
        if self.served:
            place, level = self.lines.index(line), self.levels[line.index]
            self.served[place] = (line, line.weight(level, self.own))
            self._values[place] = (line, line.value_with(level, self.own_value))
            self._rivals.clear()

    def rivals(self, line: Line) -> Rivals:
        """Whom else these agents might be kept for, as seen from this line."""
        found = self._rivals.get(line.index)
        if found is None:
            found = self._rivals[line.index] = self._find_rivals(line)
        return found

    def _find_rivals(self, line: Line) -> Rivals:
        if not self.served:
            self.weigh()
        return Rivals(
            line.value_with(self.levels[line.index], self.own_value),
            tuple([each for each in self._values if each[0].value > line.value]),
            tuple([other for other in self.lines if self.levels[other.index] == 1]),
        )

    def push(self, idle: IdleAgent, now: float) -> None:
        heappush(self.heap, (idle.since, idle.agent, idle))
        self.idle += 1
        for line in self.lines:
            line.has_idle(now)

    def remove(self, idle: IdleAgent) -> None:
        """The agent got a contact, or may get none."""
        idle.here = False
        self.idle -= 1
        heap = self.heap
        while heap and not heap[0][2].here:
            heappop(heap)
        for line in self.lines:
            line.idle -= 1
            line.weigh()

    def staffed(self, change: int, now: float) -> None:
        """So many agents more (or fewer) are at work, idle or busy."""
        for line in self.lines:
            line.staff[self.levels[line.index] - 1] += change * self.capacity.most(line.channel)
            line.count_staff()
            line.estimate(now)
