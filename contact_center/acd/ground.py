"""The ground an engine stands on: its lines, its pools, and which pool serves which line at what level.

Lines (contacts with one requirement) and pools (agents with one profile) are made once and kept, so that a
decision only compares bit sets. Settings come in here and reach every line.
"""

from collections.abc import Mapping
from typing import Final

from contact_center.acd.capacity import VOICE, VOICE_ONLY, Capacity, Channel
from contact_center.acd.contact import Free, Waiting
from contact_center.acd.lines import REFRESH_S, Line
from contact_center.acd.loads import QueueLoad
from contact_center.acd.measures import HandlingTimes
from contact_center.acd.policies import Policy, bits, policy
from contact_center.acd.pools import Pool
from contact_center.acd.requirements import level_in
from contact_center.acd.rules import QueueRule
from contact_center.runtime.requirements import Ways

HANDLING_REFRESH_S: Final = 60.0
"""How often those of handling times are: they change slowly."""

MOST_PLAIN_LINES: Final = 4
"""So many lines of a queue are found by comparing; of more, the rest by their key."""

_LineKey = tuple[str, object, Channel, float | None]
_PoolKey = tuple[frozenset[tuple[str, int]], Capacity, frozenset[Channel]]


def line_key(waiting: Waiting, ways: Ways) -> _LineKey:
    """What contacts of one line have in common."""
    need = frozenset(ways[0].items()) if len(ways) == 1 else frozenset(frozenset(w.items()) for w in ways)
    return (waiting.queue, need, waiting.channel, waiting.target_s)


class Ground:
    """Lines and pools, grouped by the policy of their queue. Masks are bit sets over `lines` and `pools`."""

    def __init__(self, rules: Mapping[str, QueueRule], default: QueueRule, scale: tuple[int, ...]) -> None:
        self._rules, self._default, self._scale = dict(rules), default, scale
        self.lines: list[Line] = []
        self.pools: list[Pool] = []
        self.times = HandlingTimes()
        self._line_of: dict[_LineKey, Line] = {}
        self._plain_lines: dict[str, list[tuple[Mapping[str, int], Channel, Line]]] = {}
        """The lines of a queue for those who can be served in one way only, without a target of their own."""
        self._pool_of: dict[_PoolKey, Pool] = {}
        self._loads: dict[str, QueueLoad] = {}
        self._policies: dict[str, Policy] = {}
        self._groups: dict[Policy, int] = {}
        self._staff: dict[str, Pool] = {}
        """Of everybody at work, the pool of those like him who have nothing in hand."""
        self._shut = 0
        """Bits of lines whose queue is full."""
        self._refresh_at = self._handling_at = float("-inf")

    def given(self, queue: str) -> int:
        """How many contacts from the queue's lines are offered or talking."""
        load = self._loads.get(queue)
        return load.given if load is not None else 0

    def serves(self, ways: Ways) -> bool:
        """Whether somebody at work, idle or not, meets one of the ways."""
        return any(level_in(pool.skills, ways, self._scale) for pool in set(self._staff.values()))

    def _settings(self, rules: Mapping[str, QueueRule]) -> None:
        self._rules = dict(rules)
        self._groups.clear()
        self._policies.clear()
        self._shut = 0
        for load in self._loads.values():
            load.govern(self._rules.get(load.queue, self._default))
            if load.full:
                self._shut |= load.lines
        for line in self.lines:
            self._govern(line)
        for pool in self.pools:
            pool.weigh_anew()

    def _refresh(self, now: float) -> None:
        self._refresh_at = now + REFRESH_S
        if now >= self._handling_at:
            self._handling_at = now + HANDLING_REFRESH_S
            for line in self.lines:
                if line.take_times(self.times.per_level(line.queue, line.rule)):
                    for place in bits(line.able):
                        self.pools[place].reweigh(line)
        for line in self.lines:
            if line.idle:
                line.estimate(now)

    def _govern(self, line: Line) -> None:
        rule = line.load.rule
        group = "index" if rule.policy in ("fair", "target") else rule.policy
        if group not in self._policies:
            self._policies[group] = policy(rule.policy)
        deciding = self._policies[group]
        self._groups[deciding] = self._groups.get(deciding, 0) | line.bit
        line.govern(rule, deciding, self.times.per_level(line.queue, rule))

    def _load(self, queue: str) -> QueueLoad:
        load = self._loads.get(queue)
        if load is None:
            load = self._loads[queue] = QueueLoad(queue, self._rules.get(queue, self._default))
        return load

    def _line_for(self, waiting: Waiting, now: float) -> Line:
        """The line of those who need the same, in the same queue."""
        if waiting.alternatives or waiting.steps or waiting.target_s is not None:
            ways = waiting.ways(now)
        else:
            skills, channel = waiting.skills, waiting.channel
            for needed, came_by, known in self._plain_lines.get(waiting.queue, ()):
                if (needed is skills or needed == skills) and came_by == channel:
                    return known
            ways = (skills,)
        key = line_key(waiting, ways)
        line = self._line_of.get(key)
        if line is None:
            line = self._line_of[key] = self._new_line(waiting, ways, now)
        return line

    def _new_line(self, waiting: Waiting, ways: Ways, now: float) -> Line:
        load = self._load(waiting.queue)
        line = Line(len(self.lines), load, ways, now, waiting.channel, waiting.target_s)
        self.lines.append(line)
        if load.full:
            self._shut |= line.bit
        self._govern(line)
        for pool in self.pools:
            self._link(pool, line)
            if line.index in pool.levels:
                line.idle += pool.idle
        for pool in self._staff.values():
            if level := pool.levels.get(line.index, 0):
                line.staff[level - 1] += pool.capacity.most(line.channel)
        line.count_staff()
        line.estimate(now)
        if len(ways) == 1 and waiting.target_s is None:
            known = self._plain_lines.setdefault(waiting.queue, [])
            if len(known) < MOST_PLAIN_LINES:
                known.append((ways[0], waiting.channel, line))
        return line

    def _link(self, pool: Pool, line: Line) -> None:
        if line.channel in pool.channels and (level := level_in(pool.skills, line.ways, self._scale)):
            pool.link(line, level)

    def _pool(self, skills: Mapping[str, int], capacity: Capacity, channels: frozenset[Channel]) -> Pool:
        key = (frozenset(skills.items()), capacity, channels)
        pool = self._pool_of.get(key)
        if pool is None:
            pool = self._pool_of[key] = Pool(len(self.pools), dict(skills), capacity, channels)
            self.pools.append(pool)
            for line in self.lines:
                self._link(pool, line)
        return pool

    def _at_work(self, agent: Free, now: float) -> Pool:
        """He is at work as this from now on."""
        before = self._staff.get(agent.agent)
        channels = VOICE if agent.capacity is VOICE_ONLY else agent.capacity.open_beside(())
        whole = self._staff[agent.agent] = self._pool(agent.skills, agent.capacity, channels)
        if before is not None:
            before.staffed(-1, now)
        whole.staffed(1, now)
        return whole
