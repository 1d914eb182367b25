"""A centre in virtual time: calls come, the shipped engine gives them to agents, callers lose patience.

Queues send on, open and close, callers take callbacks, agents serve several channels: as the scenario says.
"""

from dataclasses import dataclass, field
from dataclasses import replace as other
from heapq import heappop, heappush
from math import inf

from numpy.random import SeedSequence, default_rng

from contact_center.acd.capacity import VOICE_ONLY
from contact_center.acd.contact import Free, Waiting
from contact_center.acd.engine import Engine
from contact_center.acd.match import Match, Overflow
from contact_center.acd.requirements import level_in
from contact_center.acd.rules import FIVE_LEVELS, LEVELS, QueueRule
from contact_center.simulation.calling_back import CallingBack
from contact_center.simulation.draws import Calls
from contact_center.simulation.scenario import Scenario
from contact_center.simulation.work import Desk, Moment

DONE, GIVES_UP, HOURS, ASKS, LOOK, RANG = range(6)
"""What is due: an agent has done with a call, a caller gives up, a queue opens or closes, a caller may take a
callback, callbacks are looked at, a number has rung."""


@dataclass(slots=True)
class Seen:
    """What happened to one queue's calls after the warm-up; waits in seconds.

    `blocked` includes those turned away by a queue that sends on to none; `overflowed` went on to another
    queue and count as this one's; `asked` took a callback, of whom `callback_waits` were reached.
    """

    offered: int = 0
    blocked: int = 0
    overflowed: int = 0
    asked: int = 0
    served_waits: list[float] = field(default_factory=list)
    abandoned_waits: list[float] = field(default_factory=list)
    callback_waits: list[float] = field(default_factory=list)


@dataclass(slots=True)
class Day:
    """One replication: per queue, and per group each agent's share of time on calls after the warm-up."""

    queues: dict[str, Seen]
    busy: dict[str, list[float]]


class Centre:
    """Runs one replication. An agent is `group.number`; a contact the number of its call."""

    def __init__(self, scenario: Scenario, rule: QueueRule, calls: Calls) -> None:
        self._calls, self._scenario, self._rule = calls, scenario, rule
        self._warmup_s, self._horizon_s = scenario.scenario.warmup_s, scenario.scenario.horizon_s
        self._capacity = scenario.scenario.capacity or inf
        self._sends_on = scenario.sends_on
        self._queues = [queue.name for queue in scenario.queue]
        self._like = {
            queue.name: Waiting(contact="", queue=queue.name, enqueued_at=0.0, channel=queue.channel).needing(
                queue.need
            )
            for queue in scenario.queue
        }
        self._engine = Engine(self._rules(0.0), scale=FIVE_LEVELS)
        self._agents: list[Free] = []
        self._number: dict[str, int] = {}
        self._groups: list[str] = []
        self._busy_s: list[float] = []
        self._desks: dict[int, Desk] = {}
        """Of agents who may have more than one call in hand."""
        self._agent_of: dict[int, int] = {}
        self._paces: dict[tuple[str, str], float] = {}
        self._due: list[tuple[float, int, int]] = []
        """(time, what is due, number of the call)."""
        self._inside = 0
        self._seen = [Seen() for _ in self._queues]
        self._gives_up_at: dict[int, float] = {}
        self._calling_back: CallingBack | None = None
        self._take_on()
        if any(queue.callback is not None for queue in scenario.queue):
            self._calling_back = self._callbacks(scenario)
        for moment in {each for queue in scenario.queue for span in queue.hours or () for each in span}:
            self._push((moment, HOURS, 0))

    def _rules(self, at: float) -> dict[str, QueueRule]:
        return {queue.name: self._scenario.rule(queue, self._rule, at) for queue in self._scenario.queue}

    def _take_on(self) -> None:
        for group in self._scenario.agents:
            skills = {name: LEVELS + 1 - level for name, level in group.skills.items()}
            capacity = group.may_have
            for number in range(group.count):
                free = Free(agent=f"{group.name}.{number}", skills=skills, idle_since=0.0, capacity=capacity)
                if capacity is not VOICE_ONLY:
                    self._desks[len(self._agents)] = Desk()
                self._number[free.agent] = len(self._agents)
                self._agents.append(free)
                self._groups.append(group.name)
                self._busy_s.append(0.0)
                self._engine.free(free, 0.0)

    def _callbacks(self, scenario: Scenario) -> CallingBack:
        return CallingBack(
            scenario,
            self._engine,
            {agent.agent: agent for agent in self._agents},
            default_rng(SeedSequence([len(self._calls.at), scenario.scenario.seed, 2])),
            look=lambda at: self._push((at, LOOK, 0)),
            rings=lambda at, contact: self._push((at, RANG, int(contact))),
            stands=self._stands_again,
            waits=lambda contact, at: self._loses_patience(int(contact), at),
            frees=self._free,
        )

    def _push(self, due: tuple[float, int, int]) -> None:
        heappush(self._due, due)

    def run(self) -> Day:
        """All calls to their end; nobody comes after the horizon."""
        engine, due, at = self._engine, self._due, self._calls.at
        call, calls = 0, len(at)
        while call < calls or due or engine.next_retest() is not None:
            arrival = at[call] if call < calls else inf
            now = min(arrival, due[0][0] if due else inf)
            retest = engine.next_retest()
            if retest is not None and retest < now:
                self._give(engine.tick(retest), retest)
                self._sent_on(retest)
            elif now == arrival:
                self._arrive(call, now)
                call += 1
            else:
                _, what, number = heappop(due)
                self._happen(what, number, now)
        return self._day()

    def _happen(self, what: int, number: int, now: float) -> None:
        if what == DONE:
            self._done(number, now)
        elif what == GIVES_UP:
            if self._calling_back is None or self._gives_up_at.get(number) == now:
                self._give_up(number, now)
        elif what == HOURS:
            self._give(self._engine.configure(self._rules(now), now), now)
            self._sent_on(now)
        elif self._calling_back is None:
            raise ValueError(f"what is {what}?")
        elif what == ASKS:
            self._ask(number, now)
        elif what == RANG:
            self._calling_back.rang(str(number), now)
        else:
            self._calling_back.time(now)

    # calls

    def _arrive(self, call: int, now: float) -> None:
        queue = self._calls.queue[call]
        counts = now >= self._warmup_s
        self._seen[queue].offered += counts
        if self._inside >= self._capacity:
            self._seen[queue].blocked += counts
            return
        self._inside += 1
        like = self._like[self._queues[queue]]
        waiting = Waiting(
            contact=str(call),
            queue=like.queue,
            skills=like.skills,
            priority=like.priority,
            enqueued_at=now,
            channel=like.channel,
            alternatives=like.alternatives,
            steps=like.steps,
        )
        self._give(self._engine.enter(waiting, now), now)
        self._sent_on(now)
        self._loses_patience(call, now)
        terms = self._scenario.queue[queue].callback
        if terms is not None and self._calls.asks[call]:
            self._push((now + terms.after_s, ASKS, call))

    def _loses_patience(self, call: int, now: float) -> None:
        """Who waits for an agent does so for as long as he is patient, from now on."""
        patience_s = self._calls.patience_s[call]
        if patience_s < inf and self._engine.waiting(str(call)) is not None:
            if self._calling_back is not None:
                self._gives_up_at[call] = now + patience_s
            heappush(self._due, (now + patience_s, GIVES_UP, call))

    def _give(self, matches: list[Match], now: float) -> None:
        for waiting, agent, _ in matches:
            call, number = int(waiting.contact), self._number[agent]
            handle_s = self._calls.handle_s[call] * self._pace(waiting, number, now)
            back = self._calling_back
            if back is not None and back.is_attempt(waiting.contact):
                handle_s = back.taken(waiting.contact, agent, handle_s, now)
            elif waiting.enqueued_at >= self._warmup_s:
                self._seen[self._calls.queue[call]].served_waits.append(now - waiting.enqueued_at)
            self._agent_of[call] = number
            if number in self._desks:
                self._put_off(self._desks[number].take(call, waiting.channel, handle_s, now))
                more = other(self._agents[number], idle_since=now)
                self._give(self._engine.free(more, now), now)
            else:
                heappush(self._due, (now + handle_s, DONE, call))
                self._was_busy(number, now, now + handle_s)

    def _pace(self, waiting: Waiting, number: int, now: float) -> float:
        """How much slower this agent is with such a contact than one at level 1."""
        key = (self._groups[number], waiting.queue)
        known = self._paces.get(key)
        if known is None or not waiting.plain:
            level = level_in(self._agents[number].skills, waiting.ways(now), FIVE_LEVELS)
            known = self._paces[key] = self._scenario.slowness(level or 1)
        return known

    def _put_off(self, moments: list[Moment]) -> None:
        for at, call in moments:
            self._push((at, DONE, call))

    def _was_busy(self, number: int, since: float, until: float) -> None:
        spell_s = min(until, self._horizon_s) - max(since, self._warmup_s)
        self._busy_s[number] += max(0.0, spell_s)

    def _give_up(self, call: int, now: float) -> None:
        gone = self._engine.leave(str(call))
        if gone is None:
            return
        self._inside -= 1
        if self._calling_back is not None and self._calling_back.is_attempt(gone.contact):
            self._calling_back.over(gone.contact, "left_waiting", now)
        elif gone.enqueued_at >= self._warmup_s:
            self._seen[self._calls.queue[call]].abandoned_waits.append(now - gone.enqueued_at)

    def _done(self, call: int, now: float) -> None:
        number = self._agent_of[call]
        agent = self._agents[number].agent
        desk = self._desks.get(number)
        if desk is None:
            self._engine.done(agent, now)
        elif desk.is_due(call, now):
            moments, busy_since = desk.over(call, now)
            self._put_off(moments)
            if busy_since is not None:
                self._was_busy(number, busy_since, now)
            self._engine.done(agent, now, str(call))
        else:
            return  # it was interrupted and will be over later
        self._inside -= 1
        del self._agent_of[call]
        if self._calling_back is not None:
            self._calling_back.over(str(call), "no_answer", now)
            if self._calling_back.keeps(agent, now):
                return
        self._free(agent, now)

    def _free(self, agent: str, now: float) -> None:
        like = self._agents[self._number[agent]]
        free = Free(agent=agent, skills=like.skills, idle_since=now, capacity=like.capacity)
        self._give(self._engine.free(free, now), now)

    # queues that send on, callbacks

    def _sent_on(self, now: float) -> None:
        if self._sends_on:
            for gone in self._engine.overflows():
                self._send_on(gone, now)

    def _send_on(self, gone: Overflow, now: float) -> None:
        contact, back = gone.waiting.contact, self._calling_back
        counts = gone.waiting.enqueued_at >= self._warmup_s
        seen = self._seen[self._calls.queue[int(contact)]]
        if gone.to:
            seen.overflowed += counts
            like = self._like[gone.to]
            there = other(gone.waiting, queue=gone.to, overflowed_from=gone.waiting.queue)
            self._give(self._engine.enter(there.needing(like.need), now, anew=False), now)
            return
        self._inside -= 1
        if back is not None and back.is_attempt(contact):
            back.over(contact, "left_waiting", now)
        else:
            seen.blocked += counts

    def _ask(self, call: int, now: float) -> None:
        """A caller who still waits would rather be called back."""
        waiting = self._engine.waiting(str(call))
        back = self._calling_back
        if waiting is None or back is None or waiting.overflowed_from or back.is_attempt(waiting.contact):
            return
        if back.asks(waiting, now):
            self._engine.leave(waiting.contact)
            self._inside -= 1
            self._gives_up_at.pop(call, None)
            self._seen[self._calls.queue[call]].asked += waiting.enqueued_at >= self._warmup_s

    def _stands_again(self, waiting: Waiting, now: float) -> None:
        """Who is called back, or is to be, stands in line with the place he had."""
        self._inside += 1
        self._give(self._engine.enter(waiting, now, anew=False), now)

    def _day(self) -> Day:
        span_s = self._horizon_s - self._warmup_s
        busy: dict[str, list[float]] = {group.name: [] for group in self._scenario.agents}
        for group, busy_s in zip(self._groups, self._busy_s, strict=True):
            busy[group].append(busy_s / span_s)
        for contact, wait_s in self._calling_back.waits if self._calling_back is not None else ():
            call = int(contact)
            if self._calls.at[call] >= self._warmup_s:
                self._seen[self._calls.queue[call]].callback_waits.append(wait_s)
        return Day(queues=dict(zip(self._queues, self._seen, strict=True)), busy=busy)
