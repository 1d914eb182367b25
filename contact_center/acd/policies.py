"""Routing policies behind one small interface: which contact for a freed agent, which agent for a contact.

`Ranked` covers the classical rules; `Index` is the recommended one. Priority, and contacts
that came back from a lapsed offer, go first under every policy (the stage of `Waiting.rank`).
"""

from collections.abc import Callable, Iterator
from typing import Final, Protocol

from contact_center.acd.lines import HEAD_START_OF_URGENCY, Head, Line
from contact_center.acd.pools import Pool
from contact_center.acd.rules import LEVELS, PolicyName

WASTED_FACTOR: Final = 0.4
"""So much of the time a slower agent takes longer is missed elsewhere."""

LAST_STAGE: Final = 1 << 40
"""After everybody's."""


class Policy(Protocol):
    """Decides for the lines of one group. Masks are bit sets over `lines` and `pools`, never empty."""

    def contact_for(self, pool: Pool, waiting: int, lines: list[Line], now: float) -> Line | None:
        """The line whose head a freed agent of this pool takes; None holds the agent back."""

    def pool_for(self, line: Line, idle: int, pools: list[Pool], now: float) -> Pool | None:
        """The pool whose longest-idle agent takes the line's head; None holds it back."""


def bits(mask: int) -> Iterator[int]:
    """The places of the ones, lowest first."""
    while mask:
        low = mask & -mask
        mask ^= low
        yield low.bit_length() - 1


def longest_idle(mask: int, pools: list[Pool]) -> Pool:
    """The pool whose first agent has been idle longest; agents equally long idle go by name."""
    best = pools[mask.bit_length() - 1]
    mask ^= best.bit
    while mask:
        low = mask & -mask
        mask ^= low
        pool = pools[low.bit_length() - 1]
        if pool.heap[0] < best.heap[0]:
            best = pool
    return best


class Ranked:
    """Oldest first inside what `order` puts first (smallest); agents by level when `by_level`."""

    def __init__(self, order: Callable[[Line, int], float] | None, *, by_level: bool) -> None:
        """`order(line, level)` sorts lines for a freed agent before age does; None: by age alone."""
        self._order, self._by_level = order, by_level

    def contact_for(self, pool: Pool, waiting: int, lines: list[Line], now: float) -> Line | None:
        best, best_key = None, (0, 0.0, 0.0, "")
        for place in bits(waiting):
            line = lines[place]
            stage, key, contact, _ = line.front(now)
            order = self._order(line, pool.levels[place]) if self._order else 0.0
            if best is None or (stage, order, key, contact) < best_key:
                best, best_key = line, (stage, order, key, contact)
        return best

    def pool_for(self, line: Line, idle: int, pools: list[Pool], now: float) -> Pool | None:
        if self._by_level:
            for level in range(LEVELS):
                if able := line.levels[level] & idle:
                    return longest_idle(able, pools)
        return longest_idle(idle, pools)


class Index:
    """The recommended policy: urgency times value against the price of an agent, with hold-back."""

    MOST_PRICED: Final = 8
    """So many pools are priced for one contact; when more are idle, the best level's, in turn."""

    def __init__(self) -> None:
        self._turn = 0

    def contact_for(self, pool: Pool, waiting: int, lines: list[Line], now: float) -> Line | None:
        while waiting:
            best, head = self._most_urgent(pool, waiting, now)
            if not held(best, pool, head, 0, now):
                return best
            waiting &= ~best.bit
        return None

    def _most_urgent(self, pool: Pool, waiting: int, now: float) -> tuple[Line, Head]:
        """The line in the first stage whose head counts most, and that head.

        It counts urgency times importance, less the share lost to a backup skill and slowness: of its own
        importance or that of the agent's own queues, whichever is less.
        """
        served = pool.served or pool.weigh()
        if waiting != pool.serves:
            served = [each for each in served if each[0].bit & waiting]
        best, best_stage, best_score = served[0][0], LAST_STAGE, 0.0
        first: Head | None = None
        for line, weight in served:
            if line.bends:
                head = line.front(now)
                score = weight * line.urgency(head, now)
            else:
                head = line.fresh[0]
                score = weight * (2.0 + (now - head[1]) * line.per_target)
            if (score > best_score or head[0] < best_stage) and head[0] <= best_stage:
                best, first, best_stage, best_score = line, head, head[0], score
        if first is None:
            raise ValueError("none of the lines waits for this pool")
        return best, first

    def pool_for(self, line: Line, idle: int, pools: list[Pool], now: float) -> Pool | None:
        able = [pools[place] for place in self._sample(line, idle)]
        head = line.front(now)
        if len(able) == 1:
            return None if held(line, able[0], head, 1, now) else able[0]
        priced = [(cost(line, pool), pool.heap[0][:2], place) for place, pool in enumerate(able)]
        priced.sort()
        for _, _, place in priced:
            if not held(line, able[place], head, 1, now):
                return able[place]
        return None

    def _sample(self, line: Line, idle: int) -> Iterator[int]:
        """All pools, or when they are many `MOST_PRICED` of the best level from a rotating start."""
        if idle.bit_count() <= self.MOST_PRICED:
            yield from bits(idle)
            return
        able = next(mask & idle for mask in line.levels if mask & idle)
        self._turn = (self._turn + 61) % able.bit_length()
        upper = (able >> self._turn) << self._turn
        left = self.MOST_PRICED
        for part in (upper, able ^ upper):
            for place in bits(part):
                yield place
                left -= 1
                if not left:
                    return


def price(pool: Pool) -> float:
    """What the pool's idle agent is worth to all its lines: the sum of (w/T)·tau·rho^I."""
    return sum([line.worth for line in pool.lines])


def cost(line: Line, pool: Pool) -> float:
    """Price of the agent plus what a backup skill and slowness cost; the smallest serves the contact."""
    return price(pool) + line.penalties[pool.levels[line.index] - 1]


def balance(line: Line, pool: Pool, head: Head, counted: int, now: float) -> tuple[float, float]:
    """(gain, loss) of giving the line's head to an agent of the pool; loss > gain holds it back.

    Two reasons may keep him: better lines, and his slowness. Of both the one that does is told, or else the
    last that might have. `counted` is 1 when the agent is among the idle already.
    """
    mine, better, primary = pool.rivals(line)
    level = pool.levels[line.index]
    if counted:
        loss = sum([value * rival.chance for rival, value in better])
    else:
        loss = sum(
            [value * rival.rho ** (rival.idle + 1) if rival.idle else value for rival, value in better]
        )
    waste_s = line.waste_s[level - 1] if primary else 0.0
    if loss <= 0.0 and waste_s <= 0.0:
        return 0.0, 0.0
    eager = line.urgency(head, now) / HEAD_START_OF_URGENCY
    gain, loss = eager * mine * line.target_s, loss * line.target_s
    if loss > gain or waste_s <= 0.0:
        return gain, loss
    own = max([min(line.value, own.value) * 0.8 ** (own.idle - counted) for own in primary])
    return eager * line.value * line.count * line.relief_s(level), WASTED_FACTOR * waste_s * own


def held(line: Line, pool: Pool, head: Head, counted: int, now: float) -> bool:
    """Whether this agent is kept for better contacts; never beyond M targets, never a prioritised contact."""
    if head[0] < 0 or now - head[1] >= line.guard_s:
        return False
    gain, loss = balance(line, pool, head, counted, now)
    return loss > gain


def policy(name: PolicyName) -> Policy:
    """The policy of that name; `fair` and `target` are one, the queue says which."""
    match name:
        case "fcfs":
            return Ranked(None, by_level=False)
        case "tiers":
            return Ranked(None, by_level=True)
        case "strict":
            return Ranked(lambda line, _: -line.rule.importance, by_level=True)
        case "skill":
            return Ranked(lambda _, level: float(level), by_level=True)
        case "fair" | "target":
            return Index()
