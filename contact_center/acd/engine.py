"""The router: contacts in lines, idle agents in pools, and who gets whom the moment either comes.

The live core and the simulator drive this same engine. It changes in place (ADR 0005), has no clock, I/O or
randomness; equal calls give equal answers. Work per event grows with the lines one agent serves, never with
how many contacts wait or agents are idle: two bit sets say which lines wait and which pools are idle.

A contact given out is out of the engine; whoever made the offer brings it back if it lapses. A contact held
back stands in line beside an idle agent; `tick` tries it again, and moves those whose time has come (a
relaxed requirement, a wish that is over, a queue that sends them on), due at `next_retest()`.

What lets go (`done`, `over`, `passed_over`, `taken`, `leave`) gives nobody anything by itself: who may move
then is served by the next `enter`, `free` or `tick`, or by `settle`.
"""

from collections.abc import Iterable, Mapping
from heapq import heappop, heappush
from typing import Final

from contact_center.acd import account
from contact_center.acd.capacity import VOICE_ONLY, Channel
from contact_center.acd.contact import Free, Waiting
from contact_center.acd.ground import Ground, line_key
from contact_center.acd.lines import Entry, Line
from contact_center.acd.loads import Hand, Hands, QueueLoad
from contact_center.acd.match import Match, Overflow
from contact_center.acd.named import Named
from contact_center.acd.policies import bits
from contact_center.acd.pools import IdleAgent, Pool
from contact_center.acd.requirements import level_in
from contact_center.acd.rules import LEVEL_OF_PROFICIENCY, PLAIN_RULE, QueueRule
from contact_center.cti.events import Decision, OverflowWhy
from contact_center.runtime.requirements import Ways

RETEST_S: Final = 1.0


class Engine(Ground):
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
        super().__init__(rules, default, scale)
        self._keeps_account = keeps_account
        self._hands = Hands(self.times)
        self._entries: dict[str, Entry] = {}
        self._idle_agents: dict[str, IdleAgent] = {}
        self._named = Named()
        self._due: list[tuple[float, str]] = []
        """(when, contact) that something changes for a contact by time alone."""
        self._overflows: list[Overflow] = []
        self._waiting = self._idle = self._held = 0
        self._stirred = 0
        """Bits of lines that may move although nobody has come."""
        self._tested_at = float("-inf")

    # questions

    def waiting(self, contact: str) -> Waiting | None:
        """The contact's entry while it is in line."""
        entry = self._entries.get(contact)
        return entry.waiting if entry is not None else self._named.get(contact)

    def entries(self) -> Iterable[Waiting]:
        """Everybody in line, in no particular order."""
        yield from (entry.waiting for entry in self._entries.values())
        yield from self._named

    def idle_agents(self) -> frozenset[str]:
        return frozenset(self._idle_agents)

    def is_idle(self, agent: str) -> bool:
        return agent in self._idle_agents

    def handling_s(self, queue: str) -> float:
        """How long an agent has with a contact of the queue, wrap-up included: mean so far, primary level."""
        return self.times.per_level(queue, self._rules.get(queue, self._default))[0]

    def next_retest(self) -> float | None:
        """When `tick` is due; None while nobody is held back and nothing changes by time."""
        retest = self._tested_at + RETEST_S if self._held else None
        due = self._due
        while due and due[0][1] not in self._entries and due[0][1] not in self._named.agent_of:
            heappop(due)
        if due and (retest is None or due[0][0] < retest):
            return due[0][0]
        return retest

    def overflows(self) -> list[Overflow]:
        """Who was sent on since this was asked last."""
        gone, self._overflows = self._overflows, []
        return gone

    @property
    def staff(self) -> Mapping[str, Pool]:
        """Who is at work, idle or busy, with his pool."""
        return self._staff

    def in_hand(self, agent: str) -> Hand | None:
        """What the agent has had in hand longest; None when nothing."""
        return self._hands.first(agent)

    def line_of(self, waiting: Waiting, now: float) -> Line | None:
        """The line the contact stands in, or would; None while none like it has ever come."""
        entry = self._entries.get(waiting.contact)
        return entry.line if entry is not None else self._line_of.get(line_key(waiting, waiting.ways(now)))

    def servers(self, ways: Ways) -> list[Pool]:
        """The pools with somebody at work who meets one of the ways."""
        staffed = set(self._staff.values())
        return [pool for pool in self.pools if pool in staffed and level_in(pool.skills, ways, self._scale)]

    def handle_s(self, queue: str, level: int) -> float:
        """Mean handling time (s) of the queue's contacts at this level, as measured so far."""
        return self.times.per_level(queue, self._rules.get(queue, self._default))[level - 1]

    # contacts

    def enter(self, waiting: Waiting, now: float, *, anew: bool = True) -> list[Match]:
        """A contact comes, or comes back (not `anew`: its queue has taken it in before).

        One that is here already changes nothing.
        """
        if waiting.contact in self._entries or waiting.contact in self._named.agent_of:
            return []
        if now >= self._refresh_at:
            self._refresh(now)
        if waiting.direct is not None:
            return self._enter_named(waiting, waiting.direct, now)
        load = self._loads.get(waiting.queue) or self._load(waiting.queue)
        if load.waiting >= load.longest and anew and not waiting.returned and waiting.may_be_sent_on:
            self._send_on(waiting, load, "closed" if load.rule.closed else "length")
            return []
        if waiting.wish is not None and self._may_wish(waiting, now):
            return self._enter_named(waiting, waiting.wish.agent, now)
        line = self._stand(waiting, now)
        matches = self._serve(line, now) if line.able & self._idle else []
        return matches if not (self._stirred or self._hands.roomy) else matches + self.settle(now)

    def leave(self, contact: str) -> Waiting | None:
        """The contact goes; its entry, or None when it was not in line."""
        if (entry := self._entries.pop(contact, None)) is None:
            return self._named.remove(contact)
        self._take_out(entry)
        return entry.waiting

    # agents

    def free(self, agent: Free, now: float) -> list[Match]:
        """The agent may get a contact (again, or another beside what he has, or with other skills).

        An agent for calls alone who is free has nothing in hand any more.
        """
        if now >= self._refresh_at:
            self._refresh(now)
        if agent.agent in self._hands.of and agent.capacity is VOICE_ONLY:
            self._hands.dropped(agent.agent)
        pool = self._sign_in(agent, now)
        self._not_idle(agent.agent)
        named = None
        if pool is not None and agent.agent in self._named.of:
            named = self._named_for(agent.agent, pool, now)
        matches = self.settle(now) if self._stirred or self._hands.roomy else []
        if pool is None:
            return matches
        line = self._contact_for(pool, now)
        if named is not None and (line is None or named.rank < line.front(now)[:3]):
            return [*matches, self._give_named(named, agent.agent, agent.idle_since, now)]
        if line is not None:
            decision = None
            if self._keeps_account:
                lines = (pool.serves & self._waiting).bit_count()
                decision = account.for_agent(line, pool, agent.agent, agent.idle_since, lines, now)
            return [*matches, self._give(line, agent.agent, decision, now)]
        idle = self._idle_agents[agent.agent] = IdleAgent(agent.agent, agent.idle_since, pool)
        pool.push(idle, now)
        self._idle |= pool.bit
        self._hold(pool.serves & self._waiting & ~self._shut, now)
        return matches

    def taken(self, agent: str, now: float) -> None:
        """The agent is not at work any more; who only wished for him stands in line."""
        self._not_idle(agent)
        pool = self._staff.pop(agent, None)
        if pool is not None:
            pool.staffed(-1, now)
        self._hands.dropped(agent)
        self._wishes_over(agent, now)

    def over(self, agent: str, contact: str | None = None) -> None:
        """The talk is over (with this contact, or with all): its place in a capped queue is free."""
        self._hands.over(agent, contact)

    def done(self, agent: str, now: float, contact: str | None = None) -> None:
        """The agent has done with it, wrap-up included: a handling time is measured."""
        self._hands.done(agent, now, contact)

    def passed_over(self, agent: str, contact: str | None = None) -> None:
        """The offer made to the agent came to nothing: no handling time follows from it."""
        self._hands.dropped(agent, contact)

    def has(self, agent: str, waiting: Waiting) -> None:
        """A restarted driver knows that the agent has this contact, offered or talking."""
        load = self._load(waiting.queue) if waiting.direct is None else None
        self._hands.took(agent, Hand(waiting.contact, waiting.channel, 1, load, waiting.queue, None))
        if load is not None and load.full:
            self._shut |= load.lines

    # time and settings

    def tick(self, now: float) -> list[Match]:
        """Move those whose time has come, and try those held back again, the most urgent line first."""
        if now >= self._refresh_at:
            self._refresh(now)
        while self._due and self._due[0][0] <= now:
            self._time_has_come(heappop(self._due)[1], now)
        self._stirred |= self._held
        self._tested_at = now
        return self.settle(now)

    def settle(self, now: float) -> list[Match]:
        """Serve the lines that may move since something was let go."""
        for place in bits(self._hands.roomy):
            if not self.lines[place].load.full:
                self._shut &= ~self.lines[place].bit
        self._held &= ~self._shut
        stirred = (self._stirred | self._hands.roomy) & self._waiting & ~self._shut
        self._stirred = self._hands.roomy = 0
        matches, moving = [], [self.lines[each] for each in bits(stirred)]
        for line in sorted(moving, key=lambda line: _pull(line, now)):
            matches += self._serve(line, now)
        return matches

    def configure(self, rules: Mapping[str, QueueRule], now: float) -> list[Match]:
        """Other settings, at once; everybody keeps his place in line."""
        self._settings(rules)
        for entry in self._entries.values():
            self._wait_for_time(entry.waiting, now)
        self._refresh(now)
        self._held = self._waiting
        return self.tick(now)

    # inside

    def _sign_in(self, agent: Free, now: float) -> Pool | None:
        """The pool of agents like this one as he is now, None when he may have nothing more."""
        whole = self._staff.get(agent.agent)
        like = whole is not None and whole.skills == agent.skills
        if (
            whole is None
            or not like
            or (whole.capacity is not agent.capacity and whole.capacity != agent.capacity)
        ):
            whole = self._at_work(agent, now)
            self._wishes_over(agent.agent, now, whole)
        if agent.agent not in self._hands.of:
            return whole
        channels = agent.capacity.open_beside(self._hands.channels(agent.agent))
        return self._pool(agent.skills, agent.capacity, channels) if channels else None

    def _contact_for(self, pool: Pool, now: float) -> Line | None:
        """What each group of queues would give; between groups the contact that came first."""
        mask = pool.serves & self._waiting
        if self._shut:
            mask &= ~self._shut
        if not mask:
            return None
        if len(self._groups) == 1:
            (deciding,) = self._groups
            return deciding.contact_for(pool, mask, self.lines, now)
        best = None
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
        while line.count and line.load.given < line.load.most and (able := line.able & self._idle):
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
        waiting = entry.waiting
        del self._entries[waiting.contact]
        self._take_out(entry)
        level, load = self._staff[agent].levels[line.index], line.load
        self._hands.took(agent, Hand(waiting.contact, line.channel, level, load, line.queue, now))
        if load.given >= load.most:
            self._shut |= load.lines
        return Match(waiting, agent, decision)

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

    # by time and by name

    def _stand(self, waiting: Waiting, now: float) -> Line:
        """Into the line of those who need the same."""
        line = self._line_for(waiting, now)
        entry = self._entries[waiting.contact] = Entry(waiting, line)
        line.push(entry, now)
        if line.count == 1:
            self._waiting |= line.bit
        if waiting.steps or line.rule.overflow_wait_s is not None:
            self._wait_for_time(waiting, now)
        return line

    def _wait_for_time(self, waiting: Waiting, now: float) -> None:
        step_at, overflow_s = waiting.next_step_at(now), self._load(waiting.queue).rule.overflow_wait_s
        if step_at is not None:
            heappush(self._due, (step_at, waiting.contact))
        if overflow_s is not None and waiting.may_be_sent_on:
            heappush(self._due, (max(now, waiting.enqueued_at + overflow_s), waiting.contact))

    def _time_has_come(self, contact: str, now: float) -> None:
        """Move the contact to where it belongs by now; its place is the same everywhere."""
        wishing, entry = self._named.get(contact), self._entries.get(contact)
        wish = wishing.wish if wishing is not None and wishing.direct is None else None
        if wishing is not None and wish is not None and wish.until <= now:
            self._named.remove(contact)
            self._stirred |= self._stand(wishing, now).bit
        if entry is None:
            return
        waiting, load = entry.waiting, entry.line.load
        overflow_s = load.rule.overflow_wait_s
        late = overflow_s is not None and waiting.enqueued_at + overflow_s <= now
        if late and waiting.may_be_sent_on:
            self.leave(contact)
            self._send_on(waiting, load, "wait")
        elif waiting.steps and self._line_for(waiting, now) is not entry.line:
            self.leave(contact)
            self._stirred |= self._stand(waiting, now).bit
        elif waiting.steps:
            self._wait_for_time(waiting, now)

    def _send_on(self, waiting: Waiting, load: QueueLoad, why: OverflowWhy) -> None:
        self._overflows.append(Overflow(waiting, load.rule.overflow_to, why))

    def _may_wish(self, waiting: Waiting, now: float) -> bool:
        """Whether the wished-for agent can serve and is idle, or at work and may be waited for."""
        wish = waiting.wish
        pool = self._staff.get(wish.agent) if wish is not None else None
        if wish is None or pool is None or wish.until < now or self._load(waiting.queue).full:
            return False
        able = waiting.channel in pool.channels and level_in(pool.skills, waiting.ways(now), self._scale) > 0
        return able and (wish.until > now or self._open_now(wish.agent, waiting.channel))

    def _open_now(self, agent: str, channel: Channel) -> bool:
        idle = self._idle_agents.get(agent)
        return idle is not None and channel in idle.pool.channels

    def _enter_named(self, waiting: Waiting, agent: str, now: float) -> list[Match]:
        self._named.add(waiting, agent)
        if not self._open_now(agent, waiting.channel):
            if waiting.direct is None and waiting.wish is not None:
                heappush(self._due, (waiting.wish.until, waiting.contact))
            return []
        since = self._idle_agents[agent].since
        self._not_idle(agent)
        return [self._give_named(waiting, agent, since, now)]

    def _named_for(self, agent: str, pool: Pool, now: float) -> Waiting | None:
        """Who waits for this agent and may have him now; a wish that cannot come true stands in line."""
        while (first := self._named.first(agent, pool.channels)) is not None:
            if first.direct is not None or self._may_wish(first, now):
                return first
            self._named.remove(first.contact)
            self._stirred |= self._stand(first, now).bit
        return None

    def _wishes_over(self, agent: str, now: float, pool: Pool | None = None) -> None:
        """The agent is gone, or has other skills: who wished for him and cannot have him stands in line."""
        for waiting in self._named.wishing(agent):
            if pool is None or not self._may_wish(waiting, now):
                self._named.remove(waiting.contact)
                self._stirred |= self._stand(waiting, now).bit

    def _give_named(self, waiting: Waiting, agent: str, idle_since: float, now: float) -> Match:
        self._named.remove(waiting.contact)
        skills = self._staff[agent].skills
        load = self._load(waiting.queue) if waiting.direct is None else None
        level = level_in(skills, waiting.ways(now), self._scale) or 1
        since = now if load is not None else None
        self._hands.took(agent, Hand(waiting.contact, waiting.channel, level, load, waiting.queue, since))
        if load is not None and load.full:
            self._shut |= load.lines
        decision = None
        if self._keeps_account:
            decision = account.by_name(waiting, agent, skills, idle_since, now)
        return Match(waiting, agent, decision)


def _pull(line: Line, now: float) -> tuple[int, float]:
    head = line.front(now)
    return head[0], -line.rule.importance * line.urgency(head, now)
