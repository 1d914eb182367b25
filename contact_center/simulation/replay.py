"""A recorded day run again by the shipped engine: the real arrivals, handling times and patience.

What the day did not show is drawn: how long served callers would have waited (Kaplan-Meier, given that they
waited so long); how long a device would have rung for the others, and how long they would have been talked to
(as others of their queue). Who is sent on counts as a call of the queue he came to.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from heapq import heappop, heappush
from math import inf

from numpy.random import Generator, SeedSequence, default_rng

from contact_center.acd.contact import Free, Waiting
from contact_center.acd.engine import Engine
from contact_center.acd.match import Match, Overflow
from contact_center.acd.measures import HandlingTimes
from contact_center.acd.requirements import level_in
from contact_center.acd.rules import PLAIN_RULE, QueueRule
from contact_center.runtime.requirements import Need
from contact_center.simulation.centre import Seen
from contact_center.simulation.changes import Changes
from contact_center.simulation.journeys import Journey, journeys_of
from contact_center.simulation.recorded import RecordedDay, ShiftLine
from contact_center.simulation.survival import Survival, kaplan_meier

DONE, GIVES_UP, COMES, GOES, HOURS, OVER = range(6)
"""What is due: an agent has done with a call, a caller goes, a shift begins or ends, a queue opens or closes,
a talk is over and wrap-up begins."""
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
    """One caller of a replication; `stays_s` until he gives up, or goes on elsewhere (`leaves`).

    A device rings `ring_s` for him, unless he has gone before that. `wrap_up_s` is the end of `handle_s`.
    """

    journey: Journey
    at: float
    stays_s: float
    handle_s: float
    wrap_up_s: float
    ring_s: float

    @property
    def leaves(self) -> bool:
        return self.journey.last.outcome == "left"


class Past:
    """What a day tells about patience and handling, before anything is changed."""

    def __init__(self, day: RecordedDay) -> None:
        self.patience: dict[str, Survival] = {}
        self.handled: dict[str, list[float]] = defaultdict(list)
        self._rang: dict[str, list[float]] = defaultdict(list)
        self.times = HandlingTimes()
        self._skills = {shift.agent: shift.skills for shift in day.shifts}
        self.journeys = journeys_of(day)
        waits: dict[str, list[tuple[float, bool]]] = defaultdict(list)
        for journey in self.journeys:
            line = journey.last
            waits[journey.queue].append((journey.wait_s, line.outcome == "abandoned"))
            if line.outcome == "served":
                self._rang[line.queue].append(line.ring_s)
            if line.handle_s is not None:
                self.handled[line.queue].append(line.handle_s)
                self.times.add(line.queue, self.level(journey) or 1, line.handle_s)
        self.patience = {queue: kaplan_meier(seen) for queue, seen in waits.items()}
        self.everybody = [handle_s for each in self.handled.values() for handle_s in each]
        self._needs = _usual_needs(day)

    def need(self, queue: str) -> Need:
        """What most contacts of the queue needed."""
        return self._needs.get(queue) or Need(ways=({queue: 1},))

    def level(self, journey: Journey) -> int:
        """At which level the contact was served; 0 when that cannot be said."""
        skills = self._skills.get(journey.last.agent or "")
        if skills is None:
            return 0
        return level_in(skills, journey.last.waiting("", 0.0).ways(journey.wait_s))

    def mean_s(self, queue: str) -> float:
        """Mean handling time of a queue (s)."""
        times = self.handled.get(queue) or self.everybody
        return max(LEAST_HANDLE_S, sum(times) / len(times)) if times else PLAIN_RULE.handle_s

    def calls(self, day: RecordedDay, changes: Changes, seed: int, replication: int) -> list[Call]:
        """The contacts of one replication, by arrival."""
        draw = default_rng(SeedSequence([seed, replication]))
        calls = []
        for journey in self.journeys:
            for again in range(_times(draw, changes.calls)):
                at = journey.first.at + (draw.uniform(0.0, _JITTER_S) if again else 0.0)
                calls.append(self._call(journey, at, draw, changes.handling))
        return sorted(calls, key=lambda call: call.at)

    def _call(self, journey: Journey, at: float, draw: Generator, factor: float) -> Call:
        line = journey.last
        handle_s = line.handle_s
        if handle_s is None:
            known = self.handled.get(line.queue) or self.everybody
            handle_s = known[int(draw.integers(len(known)))] if known else PLAIN_RULE.handle_s
        stays_s = journey.wait_s
        if line.outcome == "served":
            stays_s = self.patience[journey.queue].draw(draw, stays_s)
        ring_s = line.ring_s
        if line.outcome != "served":  # at least so long as it was heard to ring
            known = [rang_s for rang_s in self._rang[line.queue] if rang_s >= line.ring_s]
            ring_s = known[int(draw.integers(len(known)))] if known else line.ring_s
        return Call(journey, at, stays_s, handle_s * factor, line.wrap_up_s * factor, ring_s)


def _usual_needs(day: RecordedDay) -> dict[str, Need]:
    """Of each queue, what was needed most often."""
    seen: dict[str, Counter[str]] = defaultdict(Counter)
    needs: dict[str, Need] = {}
    for line in day.contacts:
        text = repr(line.need)
        needs.setdefault(text, line.need)
        seen[line.queue][text] += 1
    return {queue: needs[counts.most_common(1)[0][0]] for queue, counts in seen.items()}


def _times(draw: Generator, calls: float) -> int:
    """How often a contact comes, `calls` on average."""
    if calls == 1.0:
        return 1
    whole = int(calls)
    return whole + int(draw.uniform() < calls - whole)


class Replay:
    """One replication. `day` has the settings and staff that are to be tried."""

    def __init__(self, day: RecordedDay, past: Past, calls: list[Call]) -> None:
        self._past, self._calls, self._queues = past, calls, day.queues
        self._rules = self._rules_at(day.from_at)
        self._engine = Engine(self._rules)
        self._capped = any(queue.cap is not None for queue in day.queues.values())
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
        for moment in {each for queue in day.queues.values() for span in queue.hours or () for each in span}:
            heappush(self._due, (moment, HOURS, 0))

    def _rules_at(self, now: float) -> dict[str, QueueRule]:
        return {name: queue.rule(self._past.mean_s(name), now) for name, queue in self._queues.items()}

    def run(self) -> Rerun:
        """All contacts to their end; who still waits when nothing more happens has left."""
        call = 0
        while call < len(self._calls) or self._due:
            arrival = self._calls[call].at if call < len(self._calls) else inf
            now = min(arrival, self._due[0][0] if self._due else inf)
            retest = self._engine.next_retest()
            if retest is not None and retest < now < inf:
                self._give(self._engine.tick(retest), retest)
                self._sent_on(retest)
            elif now == arrival:
                self._arrive(call, now)
                call += 1
            else:
                self._happen(now)
        for waiting in self._engine.entries():
            self._left(self._calls[int(waiting.contact)])
        return self._seen

    def _left(self, call: Call) -> None:
        queue = call.journey.queue
        self._seen.left[queue] = self._seen.left.get(queue, 0) + 1

    def _arrive(self, call: int, now: float) -> None:
        stays_s = self._calls[call].stays_s
        waiting = self._calls[call].journey.first.waiting(str(call), now)
        self._give(self._engine.enter(waiting, now), now)
        self._sent_on(now)
        if stays_s < inf and self._engine.waiting(waiting.contact) is not None:
            heappush(self._due, (now + stays_s, GIVES_UP, call))

    def _give(self, matches: list[Match], now: float) -> None:
        for waiting, agent, _ in matches:
            call = int(waiting.contact)
            one = self._calls[call]
            goes_s = waiting.enqueued_at + one.stays_s - now
            gone = one.ring_s > 0.0 and goes_s <= one.ring_s
            pace = self._pace(waiting, one.journey, agent, now)
            busy_s = goes_s if gone else one.ring_s + one.handle_s * pace
            self._busy.add(agent)
            self._agent_of[call] = agent
            heappush(self._due, (now + busy_s, DONE, call))
            self._seen.busy_s[agent] = self._seen.busy_s.get(agent, 0.0) + busy_s
            if gone:
                self._gone.add(call)
                continue
            if self._capped and one.wrap_up_s > 0.0:
                heappush(self._due, (now + busy_s - one.wrap_up_s * pace, OVER, call))
            seen = self._seen.queues[one.journey.queue]
            seen.offered += 1
            seen.served_waits.append(now + one.ring_s - waiting.enqueued_at)

    def _pace(self, waiting: Waiting, journey: Journey, agent: str, now: float) -> float:
        """How much longer this agent's level takes than the one who had the contact really."""
        was, level = self._past.level(journey), level_in(self._skills[agent], waiting.ways(now))
        if not was or not level or was == level:
            return 1.0
        queue = journey.last.queue
        means = self._past.times.per_level(queue, self._rules[queue])
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
        elif kind == OVER:
            self._engine.over(self._agent_of[number])
            self._give(self._engine.settle(now), now)
        elif kind == HOURS:
            self._rules = self._rules_at(now)
            self._give(self._engine.configure(self._rules, now), now)
            self._sent_on(now)
        else:
            self._duty_changes(self._shifts[number], 1 if kind == COMES else -1, now)

    def _give_up(self, call: int, now: float) -> None:
        if self._engine.leave(str(call)) is not None:
            self._lost(call, now)

    def _lost(self, call: int, now: float) -> None:
        """He has given up, or gone on elsewhere."""
        one = self._calls[call]
        if one.leaves:
            self._left(one)
            return
        seen = self._seen.queues[one.journey.queue]
        seen.offered += 1
        seen.abandoned_waits.append(now - one.at)

    def _sent_on(self, now: float) -> None:
        for gone in self._engine.overflows():
            self._send_on(gone, now)

    def _send_on(self, gone: Overflow, now: float) -> None:
        """To the other queue, as he went there really, or as most come to it; else on in his flow."""
        call = self._calls[int(gone.waiting.contact)]
        if gone.to not in self._queues:
            self._left(call)
            return
        self._seen.queues[call.journey.queue].overflowed += 1
        last = call.journey.last
        need = last.need if call.journey.sent_on and last.queue == gone.to else self._past.need(gone.to)
        there = replace(gone.waiting, queue=gone.to, overflowed_from=gone.waiting.queue)
        there = there.needing(replace(need, priority=gone.waiting.priority))
        self._give(self._engine.enter(there, now, anew=False), now)

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
