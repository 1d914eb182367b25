"""The engine's state as the wait estimate needs it: who goes first, and how fast agents come free. Pure.

A freed agent serves several lines, so those ahead of a contact are counted by how much of their agents are
his too; the order between lines is the policy's. Who is busy, and for how long, gives the rate at which
agents come free. Reads the engine, never changes it.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import inf
from typing import Final, NamedTuple

from contact_center.acd.contact import Waiting
from contact_center.acd.durations import Spread
from contact_center.acd.engine import Engine
from contact_center.acd.estimate import Prospect, prospect
from contact_center.acd.lines import HEAD_START_OF_URGENCY, Entry, Head, Line
from contact_center.acd.policies import bits, held
from contact_center.acd.pools import Pool

SUPPLY_S: Final = 1.0
AGENTS_PER_S: Final = 500
"""For so long a look at who is busy is good: a second, and longer where there are more to look at."""

AGES: Final = tuple(0.1 * 1.6**step for step in range(12))
"""Elapsed handling times are told apart by these steps, in units of the mean."""

LEAST_SHARE: Final = 0.5
"""Better-ranked work never takes more than the rest of the agents' time from a contact."""

MOST_SAMPLED: Final = 64
"""Of a longer line only so many are looked at."""

LIKELY_MISSED: Final = 3
"""Groups from here on: callers of a queue that protects its target who likely miss it."""

HELD_SHARE: Final = 0.3
"""What an agent who is kept for better contacts still gives, until he is not."""


@dataclass(frozen=True, slots=True)
class _Cell:
    """So many agents busy alike: with this spread of durations, mean (s), for so long (in means)."""

    spread: Spread
    mean_s: float
    age: float
    agents: int


class Meeting(NamedTuple):
    """Agents serve the other line at `level`, this one at `mine`; `own`: importance of their own queues."""

    other: Line
    level: int
    mine: int
    own: float


class Outlook:
    """Looks at one engine. Answers are approximate and cheap; `now` never decreases."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._looked_at = -inf
        self._cells: dict[Pool, list[_Cell]] = {}
        self._rates: dict[tuple[Pool, int], float] = {}
        self._shares: dict[int, dict[Pool, float]] = {}
        self._rivals: dict[int, list[tuple[Meeting, float]]] = {}

    def prospect(self, waiting: Waiting, leave_per_s: float, now: float) -> Prospect | None:
        """Of a contact in line, or of one that would come now; None when nobody at work could serve it."""
        if waiting.direct is not None:
            return None
        self._look(now)
        line = self._engine.line_of(waiting, now)
        if line is None:
            return self._of_first(waiting, leave_per_s, now)
        able = self._able(line)
        rate = self._rate(able, line.handle_s[0])
        if rate <= 0.0:
            return None
        ahead = _before(line, waiting, now) + self._rivals_before(line, able, waiting, now)
        first = prospect(ahead, rate, leave_per_s)
        given = self._given(line, able, now)
        rate = sum(share * self._pool_rate(pool, first.mean_s) for pool, share in given.items())
        plain = prospect(ahead, rate, leave_per_s)
        group = _group(line, waiting, plain.mean_s, now)
        taken = self._overtaking(line, able, waiting, now + 0.5 * first.mean_s, rate)
        if not taken:
            return replace(plain, group=group)
        found = prospect(ahead, rate - taken, leave_per_s, group)
        if line.protect:  # nobody is overtaken for longer than the guard
            most_s = max(0.0, line.guard_s - (now - waiting.rank[1])) + plain.mean_s
            found = replace(found, mean_s=min(found.mean_s, most_s))
        return found

    def _of_first(self, waiting: Waiting, leave_per_s: float, now: float) -> Prospect | None:
        """Of the first of its kind: as if nobody stood before it."""
        handle_s = self._engine.handle_s(waiting.queue, 1)
        servers = self._engine.servers(waiting.ways(now))
        rate = self._rate([pool for pool in servers if pool in self._cells], handle_s)
        return prospect(0.0, rate, leave_per_s) if rate > 0.0 else None

    # who is busy, and how fast they come free

    def _look(self, now: float) -> None:
        if now - self._looked_at < max(SUPPLY_S, len(self._engine.staff) / AGENTS_PER_S):
            return
        self._looked_at = now
        self._rates.clear()
        self._rivals.clear()
        self._shares.clear()
        counts: dict[Pool, dict[tuple[str, int, int], int]] = {}
        means: dict[tuple[str, int], float] = {}
        times = self._engine.times
        for agent, pool in self._engine.staff.items():
            hand = self._engine.in_hand(agent)
            queue, level = (hand.queue, hand.level) if hand is not None else ("", 1)
            began = now if hand is None or hand.since is None else hand.since
            mean_s = means.get((queue, level))
            if mean_s is None:
                mean_s = means[queue, level] = self._engine.handle_s(queue, level)
            age = _step((now - began) / mean_s)
            cells = counts.setdefault(pool, {})
            cells[queue, level, age] = cells.get((queue, level, age), 0) + 1
        self._cells = {
            pool: [
                _Cell(times.spread(queue), means[queue, level], AGES[age - 1] if age else 0.0, agents)
                for (queue, level, age), agents in cells.items()
            ]
            for pool, cells in counts.items()
        }

    def _rate(self, pools: list[Pool], horizon_s: float) -> float:
        return sum([self._pool_rate(pool, horizon_s) for pool in pools])

    def _pool_rate(self, pool: Pool, horizon_s: float) -> float:
        """Agents of the pool coming free per second over about that time, the next handling included."""
        near = max(0, int(horizon_s).bit_length())
        known = self._rates.get((pool, near))
        if known is None:
            span_s = 0.75 * 2.0**near
            known = self._rates[pool, near] = (
                sum(
                    cell.agents
                    * cell.spread.ends_within(cell.age, span_s / cell.mean_s)
                    * (1.0 + 0.5 * span_s / cell.mean_s)
                    for cell in self._cells[pool]
                )
                / span_s
            )
        return known

    def _given(self, line: Line, able: list[Pool], now: float) -> dict[Pool, float]:
        """Per pool, the share of its agents' time the line can have: less where its head is held back."""
        given = self._shares.get(line.index)
        if given is None:
            given = dict.fromkeys(able, 1.0)
            if line.rule.policy in ("fair", "target") and line.count:
                head = line.front(now)
                for pool in able:
                    if held(line, pool, head, 0, now):
                        given[pool] = HELD_SHARE
            self._shares[line.index] = given
        return given

    # other lines

    def _shared(self, line: Line, able: list[Pool], now: float) -> list[tuple[Meeting, float]]:
        """Where the line meets others that share agents with it, and how much of their agents that is."""
        found = self._rivals.get(line.index)
        if found is not None:
            return found
        shares: dict[Meeting, float] = {}
        mine = self._given(line, able, now)
        for pool in able:
            rate, level = mine[pool] * self._pool_rate(pool, line.handle_s[0]), pool.levels[line.index]
            for other, _ in pool.served or pool.weigh():
                if other is not line and other.count:
                    key = Meeting(other, pool.levels[other.index], level, pool.own)
                    theirs = self._given(other, self._able(other), now)
                    shares[key] = shares.get(key, 0.0) + rate * theirs[pool]
        found = self._rivals[line.index] = [
            (meeting, rate / self._line_rate(meeting.other, now)) for meeting, rate in shares.items()
        ]
        return found

    def _able(self, line: Line) -> list[Pool]:
        return [pool for place in bits(line.able) if (pool := self._engine.pools[place]) in self._cells]

    def _line_rate(self, line: Line, now: float) -> float:
        able = self._able(line)
        return sum(
            share * self._pool_rate(pool, line.handle_s[0])
            for pool, share in self._given(line, able, now).items()
        )

    def _rivals_before(self, line: Line, able: list[Pool], me: Waiting, now: float) -> float:
        """Contacts of other lines that go first, each by the share of its agents that are this line's."""
        ahead = 0.0
        for meeting, share in self._shared(line, able, now):
            if meeting.other.count:
                ahead += share * _ahead_in(meeting, line, me, now)
        return ahead

    def _overtaking(self, line: Line, able: list[Pool], me: Waiting, at: float, rate: float) -> float:
        """Per second, what later contacts of better lines take from the agents (at most most of it)."""
        taken = 0.0
        for meeting, share in self._shared(line, able, at):
            if _overtakes(meeting, line, me, at):
                taken += share * meeting.other.rate(at)
        if line.protect and at - me.enqueued_at > line.target_s and at - me.rank[1] <= line.guard_s:
            taken += line.rate(at)
        return min(taken, (1.0 - LEAST_SHARE) * rate)


def _step(age: float) -> int:
    step = 0
    while step < len(AGES) and age >= AGES[step]:
        step += 1
    return step


def _before(line: Line, me: Waiting, now: float) -> int:
    """Contacts of its own line that go before it."""
    rank = me.rank
    if not line.protect:
        return sum([1 for head in line.fresh if head[3].here and head[:3] < rank])
    late = now - me.enqueued_at > line.target_s and rank[0] >= 0
    guarded = late and now - rank[1] > line.guard_s
    ahead = 0
    for head in (*line.fresh, *line.late):
        if not head[3].here or head[3].waiting is me:
            continue
        theirs_late = now - head[3].since > line.target_s and head[0] >= 0
        theirs_guarded = theirs_late and now - head[1] > line.guard_s
        if head[0] != rank[0]:
            ahead += head[0] < rank[0]
        elif theirs_late == late or theirs_guarded or guarded:
            ahead += (not theirs_guarded, head[:3]) < (not guarded, rank)
        else:
            ahead += late
    return ahead


def _ahead_in(meeting: Meeting, line: Line, me: Waiting, now: float) -> float:
    """How many of another line's contacts go first where it meets this one."""
    other = meeting.other
    heads = (other.fresh, other.late)
    stage, key, contact = me.rank
    order = _fixed_order(meeting, line)
    if order is not None:
        if order:
            return float(other.count) if order < 0 else 0.0
        limit = (stage, key, contact)
        return _counted(heads, lambda head: head[:3] < limit, other.count)
    score = line.weight(meeting.mine, meeting.own) * _urgency(line, me, now)
    factor = other.weight(meeting.level, meeting.own)
    return _counted(
        heads,
        lambda head: head[0] < stage or (head[0] == stage and factor * other.urgency(head, now) > score),
        other.count,
    )


def _fixed_order(meeting: Meeting, line: Line) -> float | None:
    """Below 0 the other line always goes first, above 0 never, 0 by age; None: by urgency."""
    other = meeting.other
    match line.rule.policy:
        case "strict" if other.rule.policy == "strict":
            return line.rule.importance - other.rule.importance
        case "skill" if other.rule.policy == "skill":
            return meeting.level - meeting.mine
        case "fair" | "target" if other.rule.policy in ("fair", "target"):
            return None
        case _:
            return 0.0


def _overtakes(meeting: Meeting, line: Line, me: Waiting, at: float) -> bool:
    """Whether a contact that comes to the other line then goes before one that waits in this line since."""
    order = _fixed_order(meeting, line)
    if order is None:
        fresh = HEAD_START_OF_URGENCY * meeting.other.weight(meeting.level, meeting.own)
        return fresh > line.weight(meeting.mine, meeting.own) * _urgency(line, me, at)
    return order < 0


def _urgency(line: Line, me: Waiting, now: float) -> float:
    stage, key, contact = me.rank
    return line.urgency((stage, key, contact, Entry(me, line)), now)


def _counted(heaps: tuple[list[Head], list[Head]], first: Callable[[Head], bool], here: int) -> float:
    """How many of the `here` go first, from a sample spread over the heaps when they are long."""
    heads = [*heaps[0], *heaps[1]]
    heads = [head for head in heads[:: len(heads) // MOST_SAMPLED + 1] if head[3].here]
    if not heads:
        return 0.0
    return here * sum([1 for head in heads if first(head)]) / len(heads)


def _group(line: Line, waiting: Waiting, mean_s: float, now: float) -> int:
    """In a queue that protects its target, how likely it is still made: who misses it waits long."""
    if not line.protect:
        return 0
    left = 1.0 - (now - waiting.enqueued_at + mean_s) / line.target_s
    return 1 if left > 0.6 else 2 if left > 0.3 else 3 if left > 0.0 else 4
