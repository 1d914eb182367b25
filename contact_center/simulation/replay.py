"""A recorded day run again by the shipped engine: the real arrivals, handling times and patience.

What the day did not show is drawn: how long served callers would have waited (Kaplan-Meier, given that they
waited so long); how long a device would have rung for the others, and how long they would have been talked to
(as others of their queue).
"""

from collections import defaultdict
from dataclasses import dataclass, field
from heapq import heappop, heappush
from math import inf

from numpy.random import Generator, SeedSequence, default_rng

from contact_center.acd.contact import Free, Waiting
from contact_center.acd.engine import Engine
from contact_center.acd.match import Match
from contact_center.acd.measures import HandlingTimes
from contact_center.acd.requirements import level_in
from contact_center.acd.rules import PLAIN_RULE, QueueRule
from contact_center.simulation.centre import Seen
from contact_center.simulation.changes import Changes
from contact_center.simulation.recorded import ContactLine, RecordedDay, ShiftLine
from contact_center.simulation.survival import Survival, kaplan_meier

DONE, GIVES_UP, COMES, GOES = 0, 1, 2, 3
LEAST_HANDLE_S = 1.0
_JITTER_S = 60.0
"""A call that comes twice, because more calls are asked for, comes again within so long."""


@dataclass(slots=True)
class Rerun:
    """What happened: per queue as in a simulated day, contacts who left otherwise, busy and present time."""

    queues: dict[str, Seen]
    left: dict[str, int] = field(default_factory=dict)
    busy_s: dict[str, float] = field(default_factory=dict)
    present_s: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Call:
    """One contact of a replication; `stays_s` until he gives up, or goes on elsewhere (`leaves`).

    A device rings `ring_s` for him, unless he has gone before that.
    """

    line: ContactLine
    at: float
    stays_s: float
    handle_s: float
    ring_s: float
    leaves: bool


class Past:
    """What a day tells about patience and handling, before anything is changed."""

    def __init__(self, day: RecordedDay) -> None:
        self.patience: dict[str, Survival] = {}
        self.handled: dict[str, list[float]] = defaultdict(list)
        self._rang: dict[str, list[float]] = defaultdict(list)
        self.times = HandlingTimes()
        self._skills = {shift.agent: shift.skills for shift in day.shifts}
        waits: dict[str, list[tuple[float, bool]]] = defaultdict(list)
        for line in day.contacts:
            waits[line.queue].append((line.wait_s, line.outcome == "abandoned"))
            if line.outcome == "served":
                self._rang[line.queue].append(line.ring_s)
            if line.handle_s is not None:
                self.handled[line.queue].append(line.handle_s)
                self.times.add(line.queue, self.level(line) or 1, line.handle_s)
        self.patience = {queue: kaplan_meier(seen) for queue, seen in waits.items()}
        self.everybody = [handle_s for each in self.handled.values() for handle_s in each]

    def level(self, line: ContactLine) -> int:
        """At which level the contact was served; 0 when that cannot be said."""
        skills = self._skills.get(line.agent or "")
        if skills is None:
            return 0
        return level_in(skills, line.waiting("", 0.0).ways(line.wait_s))

    def mean_s(self, queue: str) -> float:
        """Mean handling time of a queue (s)."""
        times = self.handled.get(queue) or self.everybody
        return max(LEAST_HANDLE_S, sum(times) / len(times)) if times else PLAIN_RULE.handle_s

    def calls(self, day: RecordedDay, changes: Changes, seed: int, replication: int) -> list[Call]:
        """The contacts of one replication, by arrival."""
        draw = default_rng(SeedSequence([seed, replication]))
        calls = []
        for line in day.contacts:
            for again in range(_times(draw, changes.calls)):
                at = line.at + (draw.uniform(0.0, _JITTER_S) if again else 0.0)
                calls.append(self._call(line, at, draw, changes.handling))
        return sorted(calls, key=lambda call: call.at)

    def _call(self, line: ContactLine, at: float, draw: Generator, factor: float) -> Call:
        handle_s = line.handle_s
        if handle_s is None:
            known = self.handled.get(line.queue) or self.everybody
            handle_s = known[int(draw.integers(len(known)))] if known else PLAIN_RULE.handle_s
        stays_s = line.wait_s
        if line.outcome == "served":
            stays_s = self.patience[line.queue].draw(draw, line.wait_s)
        ring_s = line.ring_s
        if line.outcome != "served":  # at least so long as it was heard to ring
            known = [rang_s for rang_s in self._rang[line.queue] if rang_s >= line.ring_s]
            ring_s = known[int(draw.integers(len(known)))] if known else line.ring_s
        return Call(line, at, stays_s, handle_s * factor, ring_s, line.outcome == "left")


def _times(draw: Generator, calls: float) -> int:
    """How often a contact comes, `calls` on average."""
    if calls == 1.0:
        return 1
    whole = int(calls)
    return whole + int(draw.uniform() < calls - whole)


class Replay:
    """One replication. `day` has the settings and staff that are to be tried."""

    def __init__(self, day: RecordedDay, past: Past, calls: list[Call]) -> None:
        self._past, self._calls = past, calls
        self._rules: dict[str, QueueRule] = {
            name: queue.rule(past.mean_s(name)) for name, queue in day.queues.items()
        }
        self._engine = Engine(self._rules)
        self._due: list[tuple[float, int, int]] = []
        self._shifts: list[ShiftLine] = list(day.shifts)
        self._duty: dict[str, int] = defaultdict(int)
        self._skills: dict[str, dict[str, int]] = {}
        self._busy: set[str] = set()
        self._agent_of: dict[int, str] = {}
        self._gone: set[int] = set()
        """Who goes while a device rings."""
        self._seen = Rerun(queues={name: Seen() for name in day.queues})
        for number, shift in enumerate(self._shifts):
            heappush(self._due, (shift.from_at, COMES, number))
            heappush(self._due, (shift.to_at, GOES, number))
            span_s = shift.to_at - shift.from_at
            self._seen.present_s[shift.agent] = self._seen.present_s.get(shift.agent, 0.0) + span_s

    def run(self) -> Rerun:
        """All contacts to their end; who still waits when nothing more happens has left."""
        call = 0
        while call < len(self._calls) or self._due:
            arrival = self._calls[call].at if call < len(self._calls) else inf
            now = min(arrival, self._due[0][0] if self._due else inf)
            retest = self._engine.next_retest()
            if retest is not None and retest < now < inf:
                self._give(self._engine.tick(retest), retest)
            elif now == arrival:
                self._arrive(call, now)
                call += 1
            else:
                self._happen(now)
        for waiting in self._engine.entries():
            self._seen.left[waiting.queue] = self._seen.left.get(waiting.queue, 0) + 1
        return self._seen

    def _arrive(self, call: int, now: float) -> None:
        line, stays_s = self._calls[call].line, self._calls[call].stays_s
        waiting = line.waiting(str(call), now)
        self._give(self._engine.enter(waiting, now), now)
        if stays_s < inf and self._engine.waiting(waiting.contact) is not None:
            heappush(self._due, (now + stays_s, GIVES_UP, call))

    def _give(self, matches: list[Match], now: float) -> None:
        for waiting, agent, _ in matches:
            call = int(waiting.contact)
            one = self._calls[call]
            goes_s = waiting.enqueued_at + one.stays_s - now
            gone = one.ring_s > 0.0 and goes_s <= one.ring_s
            busy_s = goes_s if gone else one.ring_s + one.handle_s * self._pace(waiting, one.line, agent, now)
            self._busy.add(agent)
            self._agent_of[call] = agent
            heappush(self._due, (now + busy_s, DONE, call))
            self._seen.busy_s[agent] = self._seen.busy_s.get(agent, 0.0) + busy_s
            if gone:
                self._gone.add(call)
                continue
            seen = self._seen.queues[waiting.queue]
            seen.offered += 1
            seen.served_waits.append(now + one.ring_s - waiting.enqueued_at)

    def _pace(self, waiting: Waiting, line: ContactLine, agent: str, now: float) -> float:
        """How much longer this agent's level takes than the one who had the contact really."""
        was, level = self._past.level(line), level_in(self._skills[agent], waiting.ways(now))
        if not was or not level or was == level:
            return 1.0
        means = self._past.times.per_level(line.queue, self._rules[line.queue])
        return means[level - 1] / means[was - 1]

    def _happen(self, now: float) -> None:
        _, kind, number = heappop(self._due)
        if kind == GIVES_UP:
            self._give_up(number, now)
        elif kind == DONE:
            agent = self._agent_of.pop(number)
            if number in self._gone:
                self._engine.passed_over(agent)
                self._lost(number, now)
            self._done(agent, now)
        else:
            self._duty_changes(self._shifts[number], 1 if kind == COMES else -1, now)

    def _give_up(self, call: int, now: float) -> None:
        if self._engine.leave(str(call)) is not None:
            self._lost(call, now)

    def _lost(self, call: int, now: float) -> None:
        """He has given up, or gone on elsewhere."""
        one = self._calls[call]
        if one.leaves:
            self._seen.left[one.line.queue] = self._seen.left.get(one.line.queue, 0) + 1
            return
        seen = self._seen.queues[one.line.queue]
        seen.offered += 1
        seen.abandoned_waits.append(now - one.at)

    def _done(self, agent: str, now: float) -> None:
        self._busy.discard(agent)
        self._engine.done(agent, now)
        if self._duty[agent] > 0:
            self._free(agent, now)
        else:
            self._engine.taken(agent, now)

    def _duty_changes(self, shift: ShiftLine, change: int, now: float) -> None:
        agent = shift.agent
        before = self._duty[agent]
        self._duty[agent] += change
        if change > 0:
            self._skills[agent] = dict(shift.skills)
        if agent in self._busy:
            return
        if before <= 0 < self._duty[agent]:
            self._free(agent, now)
        elif self._duty[agent] <= 0 < before:
            self._engine.taken(agent, now)

    def _free(self, agent: str, now: float) -> None:
        free = Free(agent=agent, skills=self._skills[agent], idle_since=now)
        self._give(self._engine.free(free, now), now)
