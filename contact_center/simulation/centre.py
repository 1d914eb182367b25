"""A centre in virtual time: calls come, the shipped engine gives them to agents, callers lose patience."""

from dataclasses import dataclass, field
from heapq import heappop, heappush
from math import inf

from contact_center.acd.contact import Free, Waiting
from contact_center.acd.engine import Engine
from contact_center.acd.match import Match
from contact_center.acd.rules import FIVE_LEVELS, LEVELS, QueueRule
from contact_center.simulation.draws import Calls
from contact_center.simulation.scenario import Scenario


@dataclass(slots=True)
class Seen:
    """What happened to one queue's calls after the warm-up; waits in seconds."""

    offered: int = 0
    blocked: int = 0
    served_waits: list[float] = field(default_factory=list)
    abandoned_waits: list[float] = field(default_factory=list)


@dataclass(slots=True)
class Day:
    """One replication: per queue, and per group each agent's share of time on calls after the warm-up."""

    queues: dict[str, Seen]
    busy: dict[str, list[float]]


class Centre:
    """Runs one replication. An agent is `group.number`; a contact the number of its call."""

    def __init__(self, scenario: Scenario, rule: QueueRule, calls: Calls) -> None:
        self._calls, self._scenario = calls, scenario
        self._warmup_s, self._horizon_s = scenario.scenario.warmup_s, scenario.scenario.horizon_s
        self._capacity = scenario.scenario.capacity or inf
        self._queues = [queue.name for queue in scenario.queue]
        self._needs = [{name: 1} for name in self._queues]
        rules = {queue.name: scenario.rule(queue, rule) for queue in scenario.queue}
        self._engine = Engine(rules, scale=FIVE_LEVELS)
        self._agents: list[Free] = []
        self._number: dict[str, int] = {}
        self._pace: list[list[float]] = []
        self._groups: list[str] = []
        self._busy_s: list[float] = []
        self._due: list[tuple[float, int, int]] = []
        """(time, 0 an agent is done | 1 a caller gives up, number of agent or call)."""
        self._inside = 0
        self._seen = [Seen() for _ in self._queues]
        self._take_on()

    def _take_on(self) -> None:
        for group in self._scenario.agents:
            skills = {name: LEVELS + 1 - level for name, level in group.skills.items()}
            pace = [self._scenario.slowness(group.skills.get(name, 1)) for name in self._queues]
            for number in range(group.count):
                free = Free(agent=f"{group.name}.{number}", skills=skills, idle_since=0.0)
                self._number[free.agent] = len(self._agents)
                self._agents.append(free)
                self._pace.append(pace)
                self._groups.append(group.name)
                self._busy_s.append(0.0)
                self._engine.free(free, 0.0)

    def run(self) -> Day:
        """All calls to their end; nobody comes after the horizon."""
        engine, due, at = self._engine, self._due, self._calls.at
        call, calls = 0, len(at)
        while call < calls or due:
            arrival = at[call] if call < calls else inf
            now = min(arrival, due[0][0] if due else inf)
            retest = engine.next_retest()
            if retest is not None and retest < now:
                self._give(engine.tick(retest), retest)
            elif now == arrival:
                self._arrive(call, now)
                call += 1
            else:
                _, kind, number = heappop(due)
                if kind:
                    self._give_up(number, now)
                else:
                    self._done(number, now)
        return self._day()

    def _arrive(self, call: int, now: float) -> None:
        queue = self._calls.queue[call]
        counts = now >= self._warmup_s
        self._seen[queue].offered += counts
        if self._inside >= self._capacity:
            self._seen[queue].blocked += counts
            return
        self._inside += 1
        waiting = Waiting(
            contact=str(call), queue=self._queues[queue], skills=self._needs[queue], enqueued_at=now
        )
        self._give(self._engine.enter(waiting, now), now)
        patience_s = self._calls.patience_s[call]
        if patience_s < inf and self._engine.waiting(waiting.contact) is not None:
            heappush(self._due, (now + patience_s, 1, call))

    def _give(self, matches: list[Match], now: float) -> None:
        for waiting, agent, _ in matches:
            call, number = int(waiting.contact), self._number[agent]
            queue = self._calls.queue[call]
            handle_s = self._calls.handle_s[call] * self._pace[number][queue]
            heappush(self._due, (now + handle_s, 0, number))
            spell = min(now + handle_s, self._horizon_s) - max(now, self._warmup_s)
            self._busy_s[number] += max(0.0, spell)
            if waiting.enqueued_at >= self._warmup_s:
                self._seen[queue].served_waits.append(now - waiting.enqueued_at)

    def _give_up(self, call: int, now: float) -> None:
        gone = self._engine.leave(str(call))
        if gone is not None:
            self._inside -= 1
            if gone.enqueued_at >= self._warmup_s:
                self._seen[self._calls.queue[call]].abandoned_waits.append(now - gone.enqueued_at)

    def _done(self, number: int, now: float) -> None:
        self._inside -= 1
        agent = self._agents[number]
        self._engine.done(agent.agent, now)
        free = Free(agent=agent.agent, skills=agent.skills, idle_since=now)
        self._give(self._engine.free(free, now), now)

    def _day(self) -> Day:
        span_s = self._horizon_s - self._warmup_s
        busy: dict[str, list[float]] = {group.name: [] for group in self._scenario.agents}
        for group, busy_s in zip(self._groups, self._busy_s, strict=True):
            busy[group].append(busy_s / span_s)
        return Day(queues=dict(zip(self._queues, self._seen, strict=True)), busy=busy)
