"""Simulating a scenario under one policy."""

from collections.abc import Callable, Sequence

from contact_center.acd.rules import PolicyName, QueueRule
from contact_center.simulation.centre import Centre, Day
from contact_center.simulation.draws import draw_calls
from contact_center.simulation.figures import Outcome, gather
from contact_center.simulation.scenario import Scenario


def simulate(
    scenario: Scenario,
    policy: PolicyName = "fair",
    *,
    hold_targets: float = 6.0,
    replications: int | None = None,
    seed: int | None = None,
    done: Callable[[], None] = lambda: None,
) -> Outcome:
    """All replications; `done` is called after each. Equal seeds give every policy the same calls."""
    return gather(
        scenario,
        simulate_days(
            scenario, policy, hold_targets=hold_targets, replications=replications, seed=seed, done=done
        ),
    )


def simulate_days(
    scenario: Scenario,
    policy: PolicyName,
    *,
    hold_targets: float = 6.0,
    replications: int | None = None,
    seed: int | None = None,
    done: Callable[[], None] = lambda: None,
) -> Sequence[Day]:
    """What happened in each replication."""
    rule = QueueRule(policy=policy, hold_targets=hold_targets)
    days = []
    for replication in range(replications or scenario.scenario.replications):
        calls = draw_calls(scenario, scenario.scenario.seed if seed is None else seed, replication)
        days.append(Centre(scenario, rule, calls).run())
        done()
    return days
