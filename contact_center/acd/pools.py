"""A pool: agents with the very same skills who are open for the same channels, the longest idle first."""

from heapq import heappop, heappush

from contact_center.acd.capacity import VOICE, VOICE_ONLY, Capacity, Channel
from contact_center.acd.lines import Line


class IdleAgent:
    """An agent who may be given a contact; `here` turns False as soon as he may not."""

    __slots__ = ("agent", "here", "pool", "since")

    def __init__(self, agent: str, since: float, pool: "Pool") -> None:
        self.agent, self.since, self.pool = agent, since, pool
        self.here = True


class Pool:
    """One interned profile. `levels[line]` is the level at which its agents serve that line.

    `channels` are those open to its agents, who may have `capacity` in hand.
    """

    __slots__ = (
        "_rivals",
        "bit",
        "capacity",
        "channels",
        "heap",
        "idle",
        "index",
        "levels",
        "lines",
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
        self.served: list[tuple[Line, int]] = []
        """The same lines, in order, each with the level counted from 0."""
        self.serves = 0
        self.heap: list[tuple[float, str, IdleAgent]] = []
        self.idle = 0
        self._rivals: dict[int, tuple[tuple[Line, ...], tuple[Line, ...]]] = {}

    def link(self, line: Line, level: int) -> None:
        """These agents serve that line, at this level 1-3."""
        self.levels[line.index] = level
        self.lines.append(line)
        self.served.append((line, level - 1))
        self.serves |= line.bit
        line.levels[level - 1] |= self.bit
        line.able |= self.bit
        self._rivals.clear()

    def forget_rivals(self) -> None:
        """Values of queues changed."""
        self._rivals.clear()

    def rivals(self, line: Line) -> tuple[tuple[Line, ...], tuple[Line, ...]]:
        """The lines of these agents that are worth more than this one, and those they serve as primary."""
        found = self._rivals.get(line.index)
        if found is None:
            better = tuple(other for other in self.lines if other.value > line.value)
            primary = tuple(other for other in self.lines if self.levels[other.index] == 1)
            found = self._rivals[line.index] = (better, primary)
        return found

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
