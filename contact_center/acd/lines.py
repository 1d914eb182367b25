"""A line: contacts with the same queue and requirement, kept so that only its head is ever compared.

The order inside a line never depends on now: higher stage first (priority, then returned contacts), then
enqueue time less head start. So two heaps suffice however urgency grows: `fresh`, and `late` for contacts a
protect-target queue puts behind those that can still make their target. A contact that left is only marked;
whatever is on top of a heap is always still here. `docs/explanation/routing.md` tells the formulas.
"""

from heapq import heapify, heappop, heappush
from math import exp, inf
from typing import TYPE_CHECKING, Final

from contact_center.acd.capacity import Channel
from contact_center.acd.contact import Waiting
from contact_center.acd.loads import QueueLoad
from contact_center.acd.rules import LEVELS, LONGEST_HEAD_START_S, QueueRule
from contact_center.runtime.requirements import Ways

if TYPE_CHECKING:
    from contact_center.acd.policies import Policy

HEAD_START_OF_URGENCY: Final = 2.0
BACKUP_FACTOR: Final = 0.5
LATE_FACTOR: Final = 0.125
"""A late contact of a protect-target queue counts so much less. At six targets, where the default guard ends
it, that is 0.125 * (2 + 6) = 1: no more than somebody who has just come counts with a backup agent, 2 * 0.5.
"""
LEVEL_PENALTY: Final = 0.05
SLOW_PENALTY: Final = 2.0
MEMORY_S: Final = 300.0
"""Arrivals are averaged over about this long."""

YOUNG_S: Final = 5.0 * MEMORY_S
"""A line this old has been seen long enough for its average."""

ROUNDING: Final = 1e-12
"""Shares that differ by less are the same."""

REFRESH_S: Final = 5.0
"""How old an estimate of a line's load may be while somebody idle could serve it."""

Head = tuple[int, float, str, "Entry"]


class Entry:
    """One contact in line; `here` turns False as soon as it left."""

    __slots__ = ("here", "line", "since", "waiting")

    def __init__(self, waiting: Waiting, line: "Line") -> None:
        self.waiting = waiting
        self.since = waiting.enqueued_at
        self.line = line
        self.here = True

    def __lt__(self, other: "Entry") -> bool:
        """Who left and came back has two entries of one rank, until the old one comes to the top."""
        return False


class Line:
    """Contacts with identical requirement, and what their agents are worth to them."""

    __slots__ = (
        "able",
        "arrivals_per_s",
        "arrived_at",
        "base",
        "bends",
        "bit",
        "capacity_per_s",
        "chance",
        "channel",
        "count",
        "estimated_at",
        "fresh",
        "guard_s",
        "handle_s",
        "idle",
        "importance",
        "index",
        "late",
        "levels",
        "load",
        "lost",
        "opened_at",
        "penalties",
        "per_target",
        "policy",
        "protect",
        "queue",
        "rho",
        "rule",
        "staff",
        "target_s",
        "tight_s",
        "value",
        "waste_s",
        "ways",
        "worth",
    )

    def __init__(
        self,
        index: int,
        load: QueueLoad,
        ways: Ways,
        now: float,
        channel: Channel = "voice",
        tight_s: float | None = None,
    ) -> None:
        """`tight_s`: its contacts should be answered sooner than the queue's target says."""
        self.index, self.bit = index, 1 << index
        self.queue, self.load = load.queue, load
        self.ways, self.channel, self.tight_s = ways, channel, tight_s
        load.lines |= self.bit
        self.fresh: list[Head] = []
        self.late: list[Head] = []
        self.count = 0
        self.levels = [0] * LEVELS
        """Per level, the bits of the pools that serve at it."""
        self.able = 0
        self.staff = [0] * LEVELS
        self.idle = 0
        self.handle_s: tuple[float, ...] = ()
        self.lost: tuple[float, ...] = ()
        """Per level, the share that is lost when such an agent serves: `1 - 0.5^(level-1)/(1+slow)^3`."""
        self.arrivals_per_s = 0.0
        self.arrived_at = self.opened_at = now
        self.capacity_per_s = self.rho = self.base = self.worth = 0.0
        self.chance = 1.0
        self.estimated_at = -inf

    def govern(self, rule: QueueRule, policy: "Policy", handle_s: tuple[float, ...]) -> None:
        """Take these settings and handling times per level (s); nobody loses his place."""
        if self.late:
            self.fresh += self.late
            self.late = []
            heapify(self.fresh)
            _clean(self.fresh)
        self.rule, self.policy = rule, policy
        self.target_s, self.value, self.importance = rule.target_s, rule.value, rule.importance
        tight = self.tight_s is not None and self.tight_s < rule.target_s
        self.per_target = 1.0 / (self.tight_s if tight and self.tight_s is not None else rule.target_s)
        self.guard_s = rule.hold_targets * rule.target_s
        self.protect = rule.policy == "target"
        self.bends = self.protect or tight
        self.take_times(handle_s)

    def take_times(self, handle_s: tuple[float, ...]) -> bool:
        """New measured handling times per level (s); whether what is lost at a level differs from before."""
        if handle_s == self.handle_s:
            self.count_staff()
            return False
        self.handle_s = handle_s
        slow = [max(0.0, each / handle_s[0] - 1.0) for each in handle_s]
        before, self.lost = (
            self.lost,
            tuple(1.0 - BACKUP_FACTOR**level / (1.0 + slower) ** 3 for level, slower in enumerate(slow)),
        )
        self.penalties = tuple(
            LEVEL_PENALTY * level + SLOW_PENALTY * slower for level, slower in enumerate(slow)
        )
        self.waste_s = tuple(handle_s[0] * slower for slower in slow)
        self.count_staff()
        return not before or any(
            abs(one - other) > ROUNDING for one, other in zip(before, self.lost, strict=True)
        )

    # contacts

    def push(self, entry: Entry, now: float) -> None:
        """The contact stands here from now on, and is an arrival more."""
        stage, key, contact = entry.waiting.rank
        heappush(self.fresh, (stage, key, contact, entry))
        self.count += 1
        self.load.waiting += 1
        self.arrivals_per_s = self.arrivals_per_s * exp((self.arrived_at - now) / MEMORY_S) + 1.0 / MEMORY_S
        self.arrived_at = now

    def remove(self, entry: Entry) -> None:
        """The contact is served or gone."""
        entry.here = False
        self.count -= 1
        self.load.waiting -= 1
        fresh = self.fresh
        while fresh and not fresh[0][3].here:
            heappop(fresh)
        if self.late:
            _clean(self.late)

    def front(self, now: float) -> Head:
        """Who is next; the line must not be empty."""
        fresh, late = self.fresh, self.late
        if not self.protect:
            return fresh[0]
        target_s = self.target_s
        while fresh and fresh[0][0] >= 0 and now - fresh[0][3].since > target_s:
            heappush(late, heappop(fresh))
            _clean(fresh)
        if not late or (fresh and fresh[0] < late[0]):
            return fresh[0]
        if fresh and fresh[0][0] == late[0][0] and now - late[0][1] <= self.guard_s:
            return fresh[0]
        return late[0]

    def urgency(self, head: Head, now: float) -> float:
        """u = 2 + W/T; a late contact of a protect-target queue counts an eighth until M targets passed.

        A tighter target pulls harder, never as if the contact had come earlier than the longest head start.
        """
        urgency = HEAD_START_OF_URGENCY + (now - head[1]) * self.per_target
        if self.tight_s is not None:
            longest = (now - head[3].since + LONGEST_HEAD_START_S) / self.target_s
            urgency = min(urgency, HEAD_START_OF_URGENCY + longest)
        if (
            self.protect
            and head[0] >= 0
            and now - head[3].since > self.target_s
            and now - head[1] <= self.guard_s
        ):
            return urgency * LATE_FACTOR
        return urgency

    def weight(self, level: int, own: float) -> float:
        """What a contact counts with agents of this level whose own queues are so important.

        A second choice costs those queues: so what is lost counts at the less important of both.
        """
        return self.importance - min(self.importance, own) * self.lost[level - 1]

    def value_with(self, level: int, own: float) -> float:
        """The same of value, where the agents' own queues are worth so much."""
        return self.value - min(self.value, own) * self.lost[level - 1]

    # what is measured

    def count_staff(self) -> None:
        """How many agents per second come free; after a change of staff or of handling times."""
        self.capacity_per_s = sum(map(_per, self.staff, self.handle_s))
        self.base = self.value / self.capacity_per_s if self.capacity_per_s > 0.0 else 0.0

    def rate(self, now: float) -> float:
        """Arrivals per second, averaged over `MEMORY_S`."""
        rate = self.arrivals_per_s * exp((self.arrived_at - now) / MEMORY_S)
        if now - self.opened_at < YOUNG_S:
            rate /= max(0.05, 1.0 - exp((self.opened_at - now) / MEMORY_S))
        return rate

    def estimate(self, now: float) -> None:
        """Bring rho and worth up to date with arrivals. Nobody asks for them while no agent of it is idle."""
        self.estimated_at = now
        if self.base:
            rate = self.arrivals_per_s * exp((self.arrived_at - now) / MEMORY_S)
            if now - self.opened_at < YOUNG_S:
                rate = self.rate(now)
            self.rho = min(1.0, rate / self.capacity_per_s)
            if self.idle:
                self.weigh()
        else:
            self.rho = self.worth = 0.0
            self.chance = 1.0

    def has_idle(self, now: float) -> None:
        """One more agent who serves it is idle."""
        self.idle += 1
        if self.idle == 1 and now - self.estimated_at >= REFRESH_S:
            self.estimate(now)
        else:
            self.weigh()

    def weigh(self) -> None:
        """How likely this line needs all who are idle before another comes free; the last one it does.

        That is rho^I, and `worth` what an idle agent is worth to the line: (w/T)·tau·rho^I.
        """
        idle = self.idle
        if idle > 1:
            self.chance = chance = self.rho**idle
            self.worth = self.base * chance
        else:
            self.chance = 1.0
            self.worth = self.base if idle else 0.0

    def relief_s(self, level: int) -> float:
        """Mean time (s) until another agent than one of this level frees; inf when there is none."""
        rest = self.capacity_per_s - 1.0 / self.handle_s[level - 1]
        return 1.0 / rest if rest > 1e-9 else inf


def _per(agents: int, handle_s: float) -> float:
    return agents / handle_s


def _clean(heap: list[Head]) -> None:
    while heap and not heap[0][3].here:
        heappop(heap)
