"""The router alone: decisions per second, 10 000 agents and 100 000 waiting, beside plain and numpy scans.

python -m load_tests routing
"""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from heapq import heappop, heappush

from contact_center.acd.contact import Free, Waiting
from contact_center.acd.engine import Engine
from contact_center.acd.outlook import Outlook
from contact_center.acd.rules import PolicyName, QueueRule
from load_tests.report import Figure, Section, Table, percentile
from load_tests.scans import Scans

SKILLS = tuple(f"s{number}" for number in range(100))
CLASSES = 486
AGENTS, PROFILES, WAITING = 10_000, 300, 100_000
HANDLE_S = 240.0
HOW = (
    "10 000 agents, 100 skills, 300 skill profiles of 2-8 skills, 486 queues needing one or two skills,"
    " importance 1-5, hold-back on, 100 000 waiting, one caller in ten gives up. The clock is virtual. Speeds"
    " are per CPU second, the p99 of a decision is wall time on a shared machine. Plain scan: a Python loop"
    " over everybody waiting, finding the agent's level for each; numpy scan: the same work in arrays; given"
    " the router's table: levels of each profile in each queue made beforehand, only the arithmetic left. A"
    " heap operation is a push and a pop of a tuple on a heap of 100 000, before and after each case, so"
    " that ratios hold on other machines."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor:
    """Who there is: profiles of skills, agents by profile, queues with their needs and rules."""

    profiles: list[dict[str, int]]
    agents: list[tuple[str, dict[str, int]]]
    needs: dict[str, dict[str, int]]
    rules: dict[str, QueueRule]


def floor_of(agents: int, profiles: int, policy: PolicyName, draw: random.Random) -> Floor:
    """A random centre in which every queue has agents."""
    drawn = [
        {skill: draw.randint(1, 5) for skill in draw.sample(SKILLS, draw.randint(2, 8))}
        for _ in range(profiles)
    ]
    needs = {f"q{skill}": {skill: 1} for skill in {each for one in drawn for each in one}}
    while len(needs) < CLASSES:
        pair = sorted(draw.sample(sorted(draw.choice(drawn)), 2))
        needs["q" + "+".join(pair)] = dict.fromkeys(pair, 1)
    rules = {
        queue: QueueRule(
            policy=policy,
            target_s=draw.choice((10.0, 20.0, 30.0, 60.0)),
            importance=float(draw.randint(1, 5)),
            handle_s=HANDLE_S,
        )
        for queue in needs
    }
    people = [(f"a{number}", drawn[number % profiles]) for number in range(agents)]
    return Floor(profiles=drawn, agents=people, needs=needs, rules=rules)


class Saturated:
    """Everybody is busy and a fixed number waits; an agent frees, takes one, another caller comes."""

    def __init__(self, floor: Floor, waiting: int, draw: random.Random) -> None:
        self.floor, self.draw = floor, draw
        self.engine = Engine(floor.rules)
        self.queues = list(floor.needs)
        self.now, self.number = 0.0, 0
        self.there: list[str] = []
        for agent, skills in floor.agents:
            self.engine.free(Free(agent=agent, skills=skills, idle_since=0.0), 0.0)
        while self.number < waiting + len(floor.agents):
            self.now += 240.0 / waiting
            self.engine.enter(self.caller(), self.now)

    def caller(self) -> Waiting:
        self.number += 1
        queue = self.draw.choice(self.queues)
        self.there.append(f"c{self.number}")
        return Waiting(
            contact=self.there[-1], queue=queue, skills=self.floor.needs[queue], enqueued_at=self.now
        )

    def script(self, turns: int) -> list[tuple[Free, Waiting, str | None, float]]:
        """Who frees, who comes and who gives up, drawn beforehand."""
        draw, lines = self.draw, []
        for _ in range(turns):
            self.now += 0.02
            agent, skills = draw.choice(self.floor.agents)
            leaves = draw.choice(self.there) if draw.random() < 0.1 else None
            free = Free(agent=agent, skills=skills, idle_since=self.now)
            lines.append((free, self.caller(), leaves, self.now))
        return lines

    def play(self, script: list[tuple[Free, Waiting, str | None, float]]) -> int:
        """How many were matched."""
        engine, matches = self.engine, 0
        for free, caller, leaves, now in script:
            engine.done(free.agent, now)
            matches += len(engine.free(free, now)) + len(engine.enter(caller, now))
            if leaves is not None:
                engine.leave(leaves)
        return matches

    def run(self, turns: int) -> tuple[float, list[float]]:
        """Matches per CPU second, and wall seconds of each decision for a freed agent."""
        self.play(self.script(turns // 5))
        script = self.script(turns)
        began = time.process_time()
        matches = self.play(script)
        speed = matches / (time.process_time() - began)
        decisions, wall = [], time.perf_counter
        for free, caller, _, now in self.script(turns // 5):
            began = wall()
            self.engine.free(free, now)
            decisions.append(wall() - began)
            self.engine.enter(caller, now)
        return speed, decisions


def heap_operations_per_s() -> float:
    """Pushes, each with a pop, of tuples on a heap of 100 000."""
    draw = random.Random(1)  # noqa: S311 -- a repeatable load
    values = [draw.random() for _ in range(WAITING)]
    heap = sorted((value, str(number)) for number, value in enumerate(values))
    began = time.process_time()
    for value in values:
        heappush(heap, (value, "x"))
        heappop(heap)
    return len(values) / (time.process_time() - began)


def scans_per_s(floor: Floor, waiting: int, draw: random.Random) -> tuple[float, float, float]:
    """Plain, numpy, numpy given the router's table: the best contact for a freed agent, and its removal."""
    queues, profiles = list(floor.needs), floor.profiles[:40]
    line = [(draw.choice(queues), draw.uniform(-240.0, 0.0)) for _ in range(waiting)]
    scans = Scans(floor.needs, floor.rules, profiles, line)

    def turns(best: Callable[[int, float], int]) -> Callable[[int], None]:
        def turn(number: int) -> None:
            now = number * 0.02
            scans.replace(best(number % len(profiles), now), draw.choice(queues), now)

        return turn

    return (
        _per_second(turns(scans.plain), 40),
        _per_second(turns(scans.columns), 200),
        _per_second(turns(scans.table), 400),
    )


def _per_second(act: Callable[[int], None], times: int) -> float:
    began = time.process_time()
    for turn in range(times):
        act(turn)
    return times / (time.process_time() - began)


def critical_per_s(floor: Floor, load: float, calls: int, draw: random.Random) -> tuple[float, int]:
    """Event-driven at this load, once it has filled up: matches per CPU second, and who waits at the end.

    The draws and the list of calls that end are in the time: it is what a simulated centre reaches.
    """
    engine, queues = Engine(floor.rules), list(floor.needs)
    skills = dict(floor.agents)
    for agent, has in floor.agents:
        engine.free(Free(agent=agent, skills=has, idle_since=0.0), 0.0)
    rate = load * len(floor.agents) / HANDLE_S
    due: list[tuple[float, str]] = []
    arrival, matched, began = 0.0, 0, 0.0
    for number in range(2 * calls):
        if number == calls:
            matched, began = 0, time.process_time()
        arrival += draw.expovariate(rate)
        while due and due[0][0] < arrival:
            now, agent = heappop(due)
            engine.done(agent, now)
            found = engine.free(Free(agent=agent, skills=skills[agent], idle_since=now), now)
            for match in found:
                heappush(due, (now + draw.expovariate(1 / HANDLE_S), match.agent))
            matched += len(found)
        queue = draw.choice(queues)
        caller = Waiting(contact=f"c{number}", queue=queue, skills=floor.needs[queue], enqueued_at=arrival)
        retest = engine.next_retest()
        found = engine.tick(arrival) if retest is not None and retest <= arrival else []
        found += engine.enter(caller, arrival)
        for match in found:
            heappush(due, (arrival + draw.expovariate(1 / HANDLE_S), match.agent))
        matched += len(found)
    return matched / (time.process_time() - began), sum(1 for _ in engine.entries())


def estimates(agents: int, waiting: int, asked: int, draw: random.Random) -> tuple[float, float]:
    """Median and p99 of the seconds one wait estimate costs, a tenth of a second apart."""
    centre = Saturated(floor_of(agents, PROFILES, "fair", draw), waiting, draw)
    outlook, wall = Outlook(centre.engine), time.perf_counter
    here = list(centre.engine.entries())
    people = draw.sample(here, min(asked, len(here)))
    costs = []
    for each in people:
        centre.now += 0.1
        began = wall()
        outlook.prospect(each, 1.0 / 180.0, centre.now)
        costs.append(wall() - began)
    return percentile(costs, 0.5), percentile(costs, 0.99)


def measure(*, quick: bool) -> Section:
    """All of it; about two minutes."""
    turns = 20_000 if quick else 60_000
    draw = random.Random(7)  # noqa: S311 -- a repeatable load
    cases: list[tuple[str, PolicyName, int, int]] = [
        ("saturated, fair", "fair", PROFILES, WAITING),
        ("saturated, protect target", "target", PROFILES, WAITING),
        ("saturated, first come longest idle", "fcfs", PROFILES, WAITING),
        ("saturated, 3 000 profiles", "fair", 3_000, WAITING),
        ("saturated, 10 000 profiles", "fair", AGENTS, WAITING),
        ("saturated, 1 000 waiting", "fair", PROFILES, 1_000),
        ("saturated, 10 000 waiting", "fair", PROFILES, 10_000),
        ("saturated, 500 000 waiting", "fair", PROFILES, 500_000),
    ]
    speeds, rows, beside = {}, [], {}
    for name, policy, profiles, waiting in cases:
        centre, before = (
            Saturated(floor_of(AGENTS, profiles, policy, draw), waiting, draw),
            heap_operations_per_s(),
        )
        speed, decisions = centre.run(turns)
        heap = (before + heap_operations_per_s()) / 2.0
        speeds[name], beside[name] = speed, heap
        rows.append(_row(name, speed, heap, f"{1e6 * percentile(decisions, 0.99):.0f}"))
    critical, left = critical_per_s(floor_of(AGENTS, PROFILES, "fair", draw), 0.97, turns, draw)
    rows.append(_row(f"event-driven, load 0.97 ({left} wait at the end)", critical, heap))
    plain, columns, table = scans_per_s(floor_of(AGENTS, PROFILES, "fair", draw), WAITING, draw)
    rows += [_row("plain scan", plain, heap), _row("numpy scan", columns, heap)]
    rows.append(_row("numpy scan given the router's table", table, heap))
    told = [
        (f"{agents} agents, {waiting} waiting", *estimates(agents, waiting, 500, draw))
        for agents, waiting in ((300, 100), (AGENTS, 1_000), (AGENTS, WAITING))
    ]
    fair = speeds["saturated, fair"]
    growth = speeds["saturated, 1 000 waiting"] / speeds["saturated, 500 000 waiting"]
    return Section(
        title="Router",
        how=HOW,
        figures=(
            Figure(
                what="matches per 1 000 heap operations",
                measured=f"{1000 * fair / beside['saturated, fair']:.0f}",
                goal="≥ 70",
            ),
            Figure(what="times a plain scan", measured=f"{fair / plain:.0f}", goal="≥ 500"),
            Figure(what="times a numpy scan", measured=f"{fair / columns:.0f}", goal="≥ 30"),
            Figure(what="times a numpy scan given the router's table", measured=f"{fair / table:.0f}"),
            Figure(what="decision for a freed agent, p99 µs", measured=rows[0][3], goal="≤ 150"),
            Figure(what="500 000 waiting against 1 000", measured=f"{growth:.2f} times", goal="≤ 2.5 times"),
        ),
        tables=(
            Table(head=("case", "matches/s", "per 1 000 heap operations", "p99 µs"), rows=tuple(rows)),
            Table(
                head=("one wait estimate", "median µs", "p99 µs"),
                rows=tuple((case, f"{1e6 * half:.0f}", f"{1e6 * most:.0f}") for case, half, most in told),
            ),
        ),
    )


def _row(case: str, per_s: float, heap: float, p99_us: str = "–") -> tuple[str, str, str, str]:
    return case, f"{per_s:.0f}", f"{1000 * per_s / heap:.1f}", p99_us
