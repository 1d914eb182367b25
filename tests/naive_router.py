"""The router by plain scans over everybody, straight from the formulas of docs/explanation/routing.md.

It keeps lists only, so it cannot be wrong in the ways a clever structure can. What the engine estimates from
the past (arrivals, handling times) is given to it; who waits, who is idle and what follows it counts itself.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from contact_center.acd.contact import Free, Waiting
from contact_center.acd.rules import LONGEST_HEAD_START_S, QueueRule, level_of
from contact_center.runtime.requirements import simplest

Way = tuple[tuple[str, int], ...]
Key = tuple[str, tuple[Way, ...], float | None]
"""Queue, ways to suffice, tighter target."""


_KEYS: dict[int, tuple[Waiting, Key]] = {}
_LEVELS: dict[tuple[int, Key], tuple[Free, int]] = {}
"""Asked again and again of the same values, which are kept so that their ids are theirs alone."""


def line_key(waiting: Waiting) -> Key:
    known = _KEYS.get(id(waiting))
    if known is None:
        known = _KEYS[id(waiting)] = (waiting, _line_key(waiting))
    return known[1]


def _line_key(waiting: Waiting) -> Key:
    ways = simplest((waiting.skills, *waiting.alternatives)) if waiting.alternatives else (waiting.skills,)
    return waiting.queue, tuple(tuple(sorted(way.items())) for way in ways), waiting.target_s


def level_for(agent: Free, key: Key) -> int:
    """The best level at which he serves one of the ways, 0 for none."""
    known = _LEVELS.get((id(agent), key))
    if known is None:
        levels = (level_of(agent.skills, dict(way)) for way in key[1])
        known = _LEVELS[id(agent), key] = (agent, min(filter(None, levels), default=0))
    return known[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimates:
    """Of one line: handling times per level (s), agents per second that free, arrivals as a share of them."""

    handle_s: tuple[float, ...]
    capacity_per_s: float
    rho: float


class NaiveRouter:
    """Who would be given whom; the caller applies it."""

    def __init__(
        self,
        rules: dict[str, QueueRule],
        estimates: Callable[[Key], Estimates],
        lines: Callable[[], list[Key]],
    ) -> None:
        self.rules, self.estimates, self.lines = rules, estimates, lines
        self.waiting: dict[str, Waiting] = {}
        self.idle: dict[str, Free] = {}
        self._own_lines: dict[int, tuple[Free, int, list[Key]]] = {}

    # contacts

    def members(self, key: Key) -> list[Waiting]:
        return [
            each
            for each in self.waiting.values()
            if each.direct is None and (_KEYS.get(id(each)) or (each, line_key(each)))[1] == key
        ]

    def head(self, key: Key, now: float) -> Waiting | None:
        """The oldest; in a protect-target queue late contacts stand behind until M targets have passed."""
        rule = self.rules[key[0]]
        members = sorted(self.members(key), key=lambda each: each.rank)
        if not members or rule.policy != "target":
            return members[0] if members else None
        top = [each for each in members if each.rank[0] == members[0].rank[0]]
        if top[0].rank[0] < 0:
            return top[0]
        guard_s = rule.hold_targets * rule.target_s
        behind = [
            each for each in top if now - each.enqueued_at > rule.target_s and now - each.rank[1] <= guard_s
        ]
        return next((each for each in top if each not in behind), top[0])

    def urgency(self, head: Waiting, now: float) -> float:
        rule = self.rules[head.queue]
        urgency = 2.0 + (now - head.rank[1]) / min(rule.target_s, head.target_s or rule.target_s)
        urgency = min(urgency, 2.0 + (now - head.enqueued_at + LONGEST_HEAD_START_S) / rule.target_s)
        late = now - head.enqueued_at > rule.target_s and now - head.rank[1] <= (
            rule.hold_targets * rule.target_s
        )
        return urgency / 8 if rule.policy == "target" and head.rank[0] >= 0 and late else urgency

    def slow(self, key: Key, level: int) -> float:
        handle_s = self.estimates(key).handle_s
        return max(0.0, handle_s[level - 1] / handle_s[0] - 1.0)

    def score(self, agent: Free, head: Waiting, now: float) -> tuple[float, ...]:
        """Largest first, inside one group of queues."""
        rule, level = self.rules[head.queue], level_for(agent, line_key(head))
        age = (-head.rank[0], -head.rank[1])
        match rule.policy:
            case "fcfs" | "tiers":
                return age
            case "strict":
                return (age[0], rule.importance, age[1])
            case "skill":
                return (age[0], -level, age[1])
            case _:
                weight = self.weight(agent, line_key(head), lambda rule: rule.importance)
                return (age[0], weight * self.urgency(head, now))

    def weight(self, agent: Free, key: Key, of: Callable[[QueueRule], float]) -> float:
        """What a contact counts with this agent: a second choice costs his own queues, if they count less."""
        level, mine = level_for(agent, key), of(self.rules[key[0]])
        own = max([of(self.rules[other[0]]) for other in self.own_lines(agent)])
        kept = 0.5 ** (level - 1) / (1 + self.slow(key, level)) ** 3
        return mine - min(mine, own) * (1 - kept)

    def own_lines(self, agent: Free) -> list[Key]:
        """Those he serves at his best level; lines are only ever added."""
        lines = self.lines()
        known = self._own_lines.get(id(agent))
        if known is None or known[0] is not agent or known[1] != len(lines):
            levels = {other: level_for(agent, other) for other in lines}
            best = min(filter(None, levels.values()))
            mine = [other for other, has in levels.items() if has == best]
            known = self._own_lines[id(agent)] = (agent, len(lines), mine)
        return known[2]

    # what idle agents are worth

    def able(self, key: Key) -> int:
        return sum(level_for(agent, key) > 0 for agent in self.idle.values())

    def worth(self, key: Key, extra: int) -> float:
        estimates = self.estimates(key)
        if not estimates.capacity_per_s:
            return 0.0
        return self.rules[key[0]].value / estimates.capacity_per_s * self.chance(key, extra)

    def chance(self, key: Key, extra: int) -> float:
        """How likely all who are idle are needed for the line before another comes free; the last one is."""
        idle = self.able(key) + extra
        return float(self.estimates(key).rho ** idle) if idle > 1 else 1.0

    def cost(self, agent: Free, head: Waiting, lines: Iterable[Key]) -> float:
        level = level_for(agent, line_key(head))
        price = sum(self.worth(key, 0) for key in lines if level_for(agent, key))
        return price + 0.05 * (level - 1) + 2 * self.slow(line_key(head), level)

    def margin(self, agent: Free, head: Waiting, lines: Iterable[Key], now: float) -> float:
        """Gain less loss of giving this contact to this agent; negative holds it back."""
        rule, key = self.rules[head.queue], line_key(head)
        if rule.policy not in ("fair", "target") or head.rank[0] < 0:
            return 1.0
        if now - head.rank[1] >= rule.hold_targets * rule.target_s:
            return 1.0
        extra = 0 if agent.agent in self.idle else 1
        level, mine = level_for(agent, line_key(head)), rule.value
        better, wasted = 0.0, 0.0
        for other in lines:
            other_level, value = level_for(agent, other), self.rules[other[0]].value
            if other_level and value > mine:
                better += self.weight(agent, other, lambda rule: rule.value) * self.chance(other, extra)
            if other_level == 1:
                wasted = max(wasted, min(mine, value) * 0.8 ** (self.able(other) + extra - 1))
        eager = self.urgency(head, now) / 2
        spared = eager * self.weight(agent, key, lambda rule: rule.value) - better if better else 1.0
        estimates = self.estimates(key)
        lost = 0.4 * estimates.handle_s[0] * self.slow(key, level) * wasted
        rest = estimates.capacity_per_s - 1 / estimates.handle_s[level - 1]
        if lost <= 0.0 or rest <= 1e-9:
            return spared
        return min(spared, eager * mine * len(self.members(key)) / rest - lost)
