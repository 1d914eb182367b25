"""What the policies are for, on the shipped scenarios and as a law; the figures are in the docs."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contact_center.acd.contact import Free, Waiting
from contact_center.acd.engine import Engine
from contact_center.acd.rules import PolicyName, QueueRule
from contact_center.simulation.centre import Day
from contact_center.simulation.run import simulate_days
from contact_center.simulation.scenario import Scenario, read_scenario

SCENARIOS = Path(__file__).parents[2] / "load_tests" / "scenarios"


def days(name: str, policy: PolicyName) -> tuple[Scenario, list[Day]]:
    (file,) = SCENARIOS.glob(f"{name}-*.toml")
    scenario = read_scenario(file)
    return scenario, list(simulate_days(scenario, policy, replications=2))


def shares(name: str, policy: PolicyName, queue: str | None = None) -> tuple[float, float]:
    """Service level and abandonment, % of all calls or of a queue's."""
    scenario, seen = days(name, policy)
    offered = in_time = gone = 0
    for day in seen:
        for each in scenario.queue:
            if queue in (None, each.name):
                found = day.queues[each.name]
                offered += found.offered
                in_time += sum(wait <= each.target_s for wait in found.served_waits)
                gone += len(found.abandoned_waits)
    return 100.0 * in_time / offered, 100.0 * gone / offered


@pytest.mark.slow
def test_important_customers_are_answered_in_time_and_the_others_nearly_all() -> None:
    assert shares("s4", "target", "vip")[0] >= 94.0
    assert shares("s4", "target")[0] >= 91.0


@pytest.mark.slow
def test_slower_second_choices_are_used_with_care_and_the_target_protected() -> None:
    """S1 on the same calls: much better than first come, fewer lost, and protection costs nobody."""
    level, gone = shares("s1", "fcfs")
    fair_level, fair_gone = shares("s1", "fair")
    target_level, target_gone = shares("s1", "target")
    assert fair_level >= level + 15.0
    assert fair_gone <= gone - 3.0
    assert target_level >= fair_level + 4.0
    assert target_gone <= fair_gone + 0.2


QUEUES = ("a", "b")
LINE = st.lists(st.tuples(st.sampled_from(QUEUES), st.floats(0.0, 400.0)), min_size=1, max_size=30)


@given(
    line=LINE,
    targets=st.tuples(st.sampled_from([10.0, 20.0, 40.0]), st.sampled_from([10.0, 20.0, 40.0])),
    levels=st.permutations([5, 3]),
)
def test_beyond_the_guard_a_contact_goes_before_all_in_target(
    line: list[tuple[str, float]], targets: tuple[float, float], levels: list[int]
) -> None:
    """Protect target, equal importance, as main skill or as second choice: nobody is passed over for ever."""
    rules = {
        queue: QueueRule(policy="target", target_s=target_s, importance=2.0)
        for queue, target_s in zip(QUEUES, targets, strict=True)
    }
    engine, now = Engine(rules), 1000.0
    waits = {}
    for number, (queue, wait_s) in enumerate(sorted(line, key=lambda each: -each[1])):
        entry = Waiting(contact=str(number), queue=queue, skills={queue: 1}, enqueued_at=now - wait_s)
        waits[entry.contact] = (queue, wait_s)
        assert not engine.enter(entry, now - wait_s)
    skills = dict(zip(QUEUES, levels, strict=True))
    while waits:
        found = engine.free(Free(agent="ann", skills=skills, idle_since=now), now)
        if not found:
            break  # held back: a second choice, and nobody is beyond the guard
        queue, wait_s = waits.pop(found[0].waiting.contact)
        beyond = [q for q, waited_s in waits.values() if waited_s > 6.0 * rules[q].target_s]
        assert not beyond or wait_s > rules[queue].target_s
        engine.done("ann", now)
    assert not [q for q, waited_s in waits.values() if waited_s > 6.0 * rules[q].target_s]
