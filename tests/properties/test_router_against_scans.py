"""The engine against plain scans: over 100 000 random operations no decision differs."""

import random
from functools import cache

import pytest

from contact_center.acd.contact import Free, Waiting
from contact_center.acd.engine import Engine
from contact_center.acd.lines import Line
from contact_center.acd.match import Match
from contact_center.acd.rules import POLICY_NAMES, PolicyName, QueueRule
from load_tests.routing import floor_of
from load_tests.scans import Scans
from tests.naive_router import Estimates, Key, NaiveRouter, level_for, line_key

QUEUES = ("gold", "sales", "help", "mail")
NEEDS: tuple[dict[str, int], ...] = ({"sales": 1}, {"help": 1}, {"help": 3}, {"sales": 1, "french": 2}, {})
PROFILES = (
    {"sales": 5},
    {"help": 5, "sales": 3},
    {"help": 2, "sales": 4, "french": 5},
    {"sales": 1, "help": 1},
    {"french": 3},
    {"sales": 5, "help": 4, "french": 1},
)
AGENTS = tuple(f"agent{number}" for number in range(14))
OPERATIONS = 8_000
SLACK = 1e-9


@cache
def key_of(line: Line) -> Key:
    return line.queue, tuple(tuple(sorted(way.items())) for way in line.ways), line.tight_s


class Duel:
    """Runs an engine on random operations and judges every match by scans."""

    def __init__(self, policy: PolicyName | None, seed: int) -> None:
        """`policy` for all queues; None: each queue has one of its own."""
        self.random = random.Random(seed)  # noqa: S311 -- a repeatable story
        self.policy = policy
        rules = self.new_rules()
        self.engine = Engine(rules)
        self.naive = NaiveRouter(rules, self.estimates, self.keys)
        self.now, self.number = 0.0, 0
        self.busy: dict[str, Waiting] = {}
        self.matches = self.held = 0
        self.known: list[Key] = []
        """Of the engine's lines, which only ever become more."""

    def new_rules(self) -> dict[str, QueueRule]:
        draw = self.random
        return {
            queue: QueueRule(
                policy=draw.choice(POLICY_NAMES if self.policy is None else (self.policy,)),
                target_s=draw.choice((10.0, 20.0, 45.0)),
                importance=draw.choice((1.0, 2.0, 5.0)),
                hold_targets=draw.choice((0.0, 2.0, 6.0)),
                handle_s=draw.choice((60.0, 240.0)),
                slowness=draw.choice(((0.0,) * 5, (0.0, 0.25, 0.6, 0.6, 0.6))),
            )
            for queue in QUEUES
        }

    # what is compared

    def estimates(self, key: Key) -> Estimates:
        line = self.engine.lines[self.keys().index(key)]
        return Estimates(handle_s=line.handle_s, capacity_per_s=line.capacity_per_s, rho=line.rho)

    def keys(self) -> list[Key]:
        lines = self.engine.lines
        self.known += [key_of(line) for line in lines[len(self.known) :]]
        return self.known

    def take(self, match: Match) -> None:
        self.matches += 1
        self.naive.waiting.pop(match.waiting.contact)
        self.naive.idle.pop(match.agent, None)
        self.busy[match.agent] = match.waiting

    def check_contact_choice(self, agent: Free, match: Match | None) -> None:
        """A freed agent: was the best contact chosen?"""
        naive, keys = self.naive, self.keys()
        direct = min(
            (w for w in naive.waiting.values() if w.direct == agent.agent), key=lambda w: w.rank, default=None
        )
        heads = [head for key in keys if (head := naive.head(key, self.now)) is not None]
        open_ = [
            head
            for head in heads
            if level_for(agent, line_key(head)) and naive.margin(agent, head, keys, self.now) >= 0
        ]
        best: Waiting | None = None
        for group in {self.group(head) for head in open_}:
            mine = [head for head in open_ if self.group(head) == group]
            first = max(mine, key=lambda head: naive.score(agent, head, self.now))
            if best is None or first.rank < best.rank:
                best = first
        if direct is not None and (best is None or direct.rank < best.rank):
            best = direct
        chosen = match.waiting if match is not None else None
        if chosen is None or best is None or chosen.direct or best.direct or self.policy is None:
            assert chosen == best
        else:
            wanted, got = (naive.score(agent, each, self.now) for each in (best, chosen))
            assert got == pytest.approx(wanted, rel=SLACK)
            assert chosen in open_

    def group(self, head: Waiting) -> str:
        name = self.naive.rules[head.queue].policy
        return "index" if name in ("fair", "target") else name

    def check_agent_choice(self, key: Key, match: Match | None) -> bool:
        """A line's head: was the best agent chosen? False when nobody is to be had."""
        naive, keys = self.naive, self.keys()
        head = naive.head(key, self.now)
        if head is None:
            assert match is None
            return False
        able = [agent for agent in naive.idle.values() if level_for(agent, line_key(head))]
        rule = naive.rules[head.queue]

        def order(agent: Free) -> tuple[float, float, str]:
            first = 0.0
            if rule.policy in ("tiers", "strict", "skill"):
                first = level_for(agent, line_key(head))
            elif rule.policy in ("fair", "target"):
                first = naive.cost(agent, head, keys)
            return (first, agent.idle_since, agent.agent)

        able = [agent for agent in able if naive.margin(agent, head, keys, self.now) >= 0]
        if not able:
            assert match is None, "given out although held back"
            return False
        best = min(able, key=order)
        assert match is not None, "an agent could have been had"
        assert match.waiting == head
        got = next(agent for agent in able if agent.agent == match.agent)
        assert order(got)[0] == pytest.approx(order(best)[0], rel=SLACK)
        same = [a for a in able if a.skills == got.skills]
        assert got == min(same, key=lambda agent: (agent.idle_since, agent.agent)), "not the longest idle"
        return True

    # operations

    def enter(self, waiting: Waiting) -> None:
        matches = self.engine.enter(waiting, self.now)
        self.naive.waiting[waiting.contact] = waiting
        if waiting.direct is not None:
            agent = waiting.direct if waiting.direct in self.naive.idle else None
            assert [match.agent for match in matches] == ([agent] if agent else [])
            for match in matches:
                self.take(match)
            return
        key = line_key(waiting)
        for match in matches:
            self.check_agent_choice(key, match)
            self.take(match)
        if not self.check_agent_choice(key, None) and self.naive.members(key):
            self.held += self.naive.able(key) > 0

    def free(self, agent: str, skills: dict[str, int]) -> None:
        free = Free(agent=agent, skills=skills, idle_since=self.now - self.random.random())
        self.naive.idle.pop(agent, None)
        self.engine.done(agent, self.now)
        matches = self.engine.free(free, self.now)
        self.check_contact_choice(free, matches[0] if matches else None)
        self.busy.pop(agent, None)
        if matches:
            self.take(matches[0])
        else:
            self.naive.idle[agent] = free

    def tick(self, matches: list[Match]) -> None:
        for match in matches:
            assert self.check_agent_choice(line_key(match.waiting), match)
            self.take(match)
        for key in self.keys():
            assert not self.check_agent_choice(key, None)

    def contact(self) -> Waiting:
        draw = self.random
        self.number += 1
        skills = draw.choice(NEEDS)
        return Waiting(
            contact=f"c{self.number}",
            queue=draw.choice(QUEUES),
            skills=skills,
            alternatives=({"help": 3},) if "french" in skills else (),
            target_s=5.0 if skills == {"help": 1} and draw.random() < 0.3 else None,
            priority=draw.choice((0, 0, 0, 0, 0, 1, -1)),
            enqueued_at=self.now - draw.choice((0.0, 0.0, 0.0, 70.0)),
            head_start_s=draw.choice((0.0, 0.0, 30.0, 500.0)),
            direct=draw.choice(AGENTS) if draw.random() < 0.03 else None,
        )

    def operation(self) -> None:
        draw, naive = self.random, self.naive
        self.now += draw.expovariate(0.5)
        kind = draw.random()
        if kind < 0.4 and len(naive.waiting) < 40:
            self.enter(self.contact())
        elif kind < 0.78:
            agent = draw.choice(sorted(self.busy) or AGENTS)
            keep = naive.idle.get(agent)
            self.free(agent, keep.skills if keep and draw.random() < 0.5 else draw.choice(PROFILES))
        elif kind < 0.84 and naive.waiting:
            contact = draw.choice(sorted(naive.waiting))
            assert self.engine.leave(contact) == naive.waiting.pop(contact)
        elif kind < 0.88 and naive.idle:
            agent = draw.choice(sorted(naive.idle))
            self.engine.taken(agent, self.now)
            del naive.idle[agent]
        elif kind < 0.92 and self.busy:
            agent = draw.choice(sorted(self.busy))
            waiting = self.busy.pop(agent)
            self.engine.passed_over(agent)
            self.enter(Waiting(**{n: getattr(waiting, n) for n in waiting.__slots__} | {"returned": 1}))
        elif kind < 0.998:
            self.tick(self.engine.tick(self.now))
        else:
            naive.rules = self.new_rules()
            self.tick(self.engine.configure(naive.rules, self.now))
        assert {w.contact for w in self.engine.entries()} == set(naive.waiting)
        assert self.engine.idle_agents() == set(naive.idle)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("policy", [*POLICY_NAMES, None])
def test_no_decision_differs_from_a_scan(policy: PolicyName | None, seed: int) -> None:
    """14 times 8 000 operations: every policy, and all mixed."""
    duel = Duel(policy, seed)
    for _ in range(OPERATIONS):
        duel.operation()
    assert duel.matches > OPERATIONS / 10
    if policy in ("fair", "target"):
        assert duel.held > 10, "nobody was ever held back: the test shows nothing about it"


def test_the_scans_the_router_is_measured_against_choose_the_same() -> None:
    draw = random.Random(7)  # noqa: S311 -- a repeatable line
    floor = floor_of(50, 40, "fair", draw)
    queues = list(floor.needs)
    line = [(draw.choice(queues), draw.uniform(-240.0, 0.0)) for _ in range(1500)]
    scans = Scans(floor.needs, floor.rules, floor.profiles, line)
    for profile in range(len(floor.profiles)):
        best, now = scans.plain(profile, profile * 2.0), profile * 2.0
        assert (scans.columns(profile, now), scans.table(profile, now)) == (best, best)
        scans.replace(best, draw.choice(queues), now)
