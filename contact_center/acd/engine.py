"""The router: contacts in lines, idle agents in pools, and who gets whom the moment either comes.

The live core and the simulator drive this same engine. It changes in place (ADR 0005), has no clock, I/O or
randomness; equal calls give equal answers. Work per event grows with the lines one agent serves, never with
how many contacts wait or agents are idle: two bit sets say which lines wait and which pools are idle.

A contact given out is out of the engine; whoever made the offer brings it back if it lapses. A contact held
back stands in line beside an idle agent; `tick` tries it again, due at `next_retest()`.
"""

from collections.abc import Iterable, Mapping
from heapq import heappop, heappush
from typing import Final, NamedTuple

from contact_center.acd import account
from contact_center.acd.contact import Free, Waiting
from contact_center.acd.lines import Entry, Line
from contact_center.acd.measures import HandlingTimes
from contact_center.acd.policies import Policy, bits, policy
from contact_center.acd.pools import IdleAgent, Pool
from contact_center.acd.rules import LEVEL_OF_PROFICIENCY, PLAIN_RULE, QueueRule, level_of
from contact_center.cti.events import Decision

RETEST_S: Final = 1.0
REFRESH_S: Final = 5.0
"""How often estimates of load are brought up to date."""

HANDLING_REFRESH_S: Final = 60.0
"""How often those of handling times are: they change slowly."""


class Match(NamedTuple):
    """This contact for this agent; `decision` says why, when the engine keeps account."""

    waiting: Waiting
    agent: str
    decision: Decision | None


class Engine:
    """All lines and pools of one core, or of one simulated centre."""

    def __init__(
        self,
        rules: Mapping[str, QueueRule],
        default: QueueRule = PLAIN_RULE,
        scale: tuple[int, ...] = LEVEL_OF_PROFICIENCY,
        *,
        keeps_account: bool = False,
    ) -> None:
        """`rules` by queue; a queue without one runs by `default`. `scale`: level by proficiency 0-5.

        With `keeps_account` every match carries its `Decision`.
        """
        self._keeps_account = keeps_account
        self._rules, self._default, self._scale = dict(rules), default, scale
        self.lines: list[Line] = []
        self.pools: list[Pool] = []
        self.times = HandlingTimes()
        self._line_of: dict[tuple[str, frozenset[tuple[str, int]]], Line] = {}
        self._pool_of: dict[frozenset[tuple[str, int]], Pool] = {}
        self._policies: dict[str, Policy] = {}
        self._groups: dict[Policy, int] = {}
        self._entries: dict[str, Entry] = {}
        self._idle_agents: dict[str, IdleAgent] = {}
        self._staff: dict[str, Pool] = {}
        self._direct: dict[str, list[tuple[tuple[int, float, str], Waiting]]] = {}
        self._named: dict[str, Waiting] = {}
        self._waiting = self._idle = self._held = 0
        self._refresh_at = self._handling_at = self._tested_at = float("-inf")

    # questions

    def waiting(self, contact: str) -> Waiting | None:
        """The contact's entry while it is in line."""
        entry = self._entries.get(contact)
        return entry.waiting if entry is not None else self._named.get(contact)

    def entries(self) -> Iterable[Waiting]:
        """Everybody in line, in no particular order."""
        yield from (entry.waiting for entry in self._entries.values())
        yield from self._named.values()

    def idle_agents(self) -> frozenset[str]:
        return frozenset(self._idle_agents)

    def is_idle(self, agent: str) -> bool:
        return agent in self._idle_agents

    def handling_s(self, queue: str) -> float:
        """How long an agent has with a contact of the queue, wrap-up included: mean so far, primary level."""
        return self.times.per_level(queue, self._rules.get(queue, self._default))[0]

    def next_retest(self) -> float | None:
        """When `tick` is due; None while nobody is held back."""
        return self._tested_at + RETEST_S if self._held else None

    # contacts

    def enter(self, waiting: Waiting, now: float) -> list[Match]:
        """A contact comes, or comes back; one that is here already changes nothing."""
        if waiting.contact in self._entries or waiting.contact in self._named:
            return []
        if now >= self._refresh_at:
            self._refresh(now)
        if waiting.direct is not None:
            return self._enter_direct(waiting, waiting.direct, now)
        line = self._line(waiting.queue, waiting.skills, now)
        entry = self._entries[waiting.contact] = Entry(waiting, line)
        line.push(entry)
        line.arrived(now)
        self._waiting |= line.bit
        return self._serve(line, now) if line.able & self._idle else []

    def leave(self, contact: str) -> Waiting | None:
        """The contact goes; its entry, or None when it was not in line."""
        entry = self._entries.pop(contact, None)
        if entry is not None:
            self._take_out(entry)
            return entry.waiting
        gone = self._named.pop(contact, None)
        if gone is not None and gone.direct is not None:
            mine = self._direct[gone.direct]
            mine.remove((gone.rank, gone))
            mine.sort()
            if not mine:
                del self._direct[gone.direct]
        return gone

    # agents

    def free(self, agent: Free, now: float) -> list[Match]:
        """The agent may get a contact (again, or with other skills)."""
        if now >= self._refresh_at:
            self._refresh(now)
        pool = self._sign_in(agent, now)
        self._not_idle(agent.agent)
        named = self._direct.get(agent.agent)
        line = self._contact_for(pool, now)
        if named and (line is None or named[0][0] < line.front(now)[:3]):
            return [self._give_named(agent.agent, agent.idle_since, now)]
        if line is not None:
            decision = None
            if self._keeps_account:
                lines = (pool.serves & self._waiting).bit_count()
                decision = account.for_agent(line, pool, agent.agent, agent.idle_since, lines, now)
            return [self._give(line, agent.agent, decision, now)]
        idle = self._idle_agents[agent.agent] = IdleAgent(agent.agent, agent.idle_since, pool)
        pool.push(idle)
        self._idle |= pool.bit
        self._hold(pool.serves & self._waiting, now)
        return []

    def taken(self, agent: str, now: float) -> None:
        """The agent is not at work any more, or not for the line."""
        self._not_idle(agent)
        pool = self._staff.pop(agent, None)
        if pool is not None:
            pool.staffed(-1, now)
        self.times.forget(agent)

    def done(self, agent: str, now: float) -> None:
        """The agent has done with his contact, wrap-up included: a handling time is measured."""
        self.times.ended(agent, now)

    def passed_over(self, agent: str) -> None:
        """The offer made to the agent came to nothing: no handling time follows from it."""
        self.times.forget(agent)

    # time and settings

    def tick(self, now: float) -> list[Match]:
        """Try those held back again, the most urgent line first."""
        if now >= self._refresh_at:
            self._refresh(now)
        self._tested_at = now
        matches = []
        for line in sorted(
            (self.lines[place] for place in bits(self._held)), key=lambda line: _pull(line, now)
        ):
            matches += self._serve(line, now)
        return matches

    def configure(self, rules: Mapping[str, QueueRule], now: float) -> list[Match]:
        """Other settings, at once; everybody keeps his place in line."""
        self._rules = dict(rules)
        self._groups.clear()
        self._policies.clear()
        for line in self.lines:
            self._govern(line)
        for pool in self.pools:
            pool.forget_rivals()
        self._refresh(now)
        self._held = self._waiting
        return self.tick(now)

    # inside

    def _refresh(self, now: float) -> None:
        self._refresh_at = now + REFRESH_S
        if now >= self._handling_at:
            self._handling_at = now + HANDLING_REFRESH_S
            for line in self.lines:
                line.take_times(self.times.per_level(line.queue, line.rule))
        for line in self.lines:
            line.estimate(now)

    def _govern(self, line: Line) -> None:
        rule = self._rules.get(line.queue, self._default)
        group = "index" if rule.policy in ("fair", "target") else rule.policy
        if group not in self._policies:
            self._policies[group] = policy(rule.policy)
        deciding = self._policies[group]
        self._groups[deciding] = self._groups.get(deciding, 0) | line.bit
        line.govern(rule, deciding, self.times.per_level(line.queue, rule))

    def _line(self, queue: str, needs: Mapping[str, int], now: float) -> Line:
        key = (queue, frozenset(needs.items()))
        line = self._line_of.get(key)
        if line is None:
            line = self._line_of[key] = Line(len(self.lines), queue, dict(needs), now)
            self.lines.append(line)
            self._govern(line)
            for pool in self.pools:
                if level := level_of(pool.skills, needs, self._scale):
                    pool.link(line, level)
                    line.idle += pool.idle
            for pool in self._staff.values():
                if level := pool.levels.get(line.index, 0):
                    line.staff[level - 1] += 1
            line.count_staff()
            line.estimate(now)
        return line

    def _pool(self, skills: Mapping[str, int]) -> Pool:
        key = frozenset(skills.items())
        pool = self._pool_of.get(key)
        if pool is None:
            pool = self._pool_of[key] = Pool(len(self.pools), dict(skills))
            self.pools.append(pool)
            for line in self.lines:
                if level := level_of(skills, line.needs, self._scale):
                    pool.link(line, level)
        return pool

    def _sign_in(self, agent: Free, now: float) -> Pool:
        before = self._staff.get(agent.agent)
        if before is not None and before.skills == agent.skills:
            return before
        pool = self._pool(agent.skills)
        if before is not pool:
            if before is not None:
                before.staffed(-1, now)
            pool.staffed(1, now)
            self._staff[agent.agent] = pool
        return pool

    def _contact_for(self, pool: Pool, now: float) -> Line | None:
        """What each group of queues would give; between groups the contact that came first."""
        mask = pool.serves & self._waiting
        if not mask:
            return None
        best = None
        if len(self._groups) == 1:
            return next(iter(self._groups)).contact_for(pool, mask, self.lines, now)
        for deciding, group in self._groups.items():
            if not mask & group:
                continue
            line = deciding.contact_for(pool, mask & group, self.lines, now)
            if line is not None and (best is None or line.front(now) < best.front(now)):
                best = line
        return best

    def _serve(self, line: Line, now: float) -> list[Match]:
        """Give out the line's contacts while agents may be had; what then remains is held back."""
        matches: list[Match] = []
        while line.count and (able := line.able & self._idle):
            pool = line.policy.pool_for(line, able, self.pools, now)
            if pool is None:
                self._hold(line.bit, now)
                return matches
            decision = None
            if self._keeps_account:
                decision = account.for_contact(line, pool, able, self.pools, now)
            agent = pool.heap[0][1]
            self._not_idle(agent)
            matches.append(self._give(line, agent, decision, now))
        self._held &= ~line.bit
        return matches

    def _hold(self, lines: int, now: float) -> None:
        if not self._held:
            self._tested_at = now
        self._held |= lines

    def _give(self, line: Line, agent: str, decision: Decision | None, now: float) -> Match:
        entry = line.front(now)[3]
        del self._entries[entry.waiting.contact]
        self._take_out(entry)
        self.times.began(agent, line.queue, self._staff[agent].levels[line.index], now)
        return Match(entry.waiting, agent, decision)

    def _take_out(self, entry: Entry) -> None:
        line = entry.line
        line.remove(entry)
        if not line.count:
            self._waiting &= ~line.bit
            self._held &= ~line.bit

    def _not_idle(self, agent: str) -> None:
        idle = self._idle_agents.pop(agent, None)
        if idle is not None:
            idle.pool.remove(idle)
            if not idle.pool.idle:
                self._idle &= ~idle.pool.bit

    def _enter_direct(self, waiting: Waiting, agent: str, now: float) -> list[Match]:
        self._named[waiting.contact] = waiting
        heappush(self._direct.setdefault(agent, []), (waiting.rank, waiting))
        idle = self._idle_agents.get(agent)
        if idle is None:
            return []
        self._not_idle(agent)
        return [self._give_named(agent, idle.since, now)]

    def _give_named(self, agent: str, idle_since: float, now: float) -> Match:
        _, waiting = heappop(self._direct[agent])
        if not self._direct[agent]:
            del self._direct[agent]
        del self._named[waiting.contact]
        decision = None
        if self._keeps_account:
            decision = account.by_name(waiting, agent, self._staff[agent].skills, idle_since, now)
        return Match(waiting, agent, decision)


def _pull(line: Line, now: float) -> tuple[int, float]:
    head = line.front(now)
    return head[0], -line.rule.importance * line.urgency(head, now)
