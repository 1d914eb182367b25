"""How often real waits lie inside the interval that was told: every shipped scenario, three policies.

    python -m load_tests.wait_estimates [REPLICATIONS [SCENARIO…]]

Prints rows of the table in `docs/reference/routing.md`: % on entering, in brackets told again while waiting.
Eight replications take about ten minutes.
"""

import sys
from pathlib import Path

from contact_center.acd.rules import PolicyName
from contact_center.simulation.estimates import Coverage, coverage, foretold
from contact_center.simulation.scenario import Scenario, read_scenario

SCENARIOS = Path(__file__).parent / "scenarios"
POLICIES: tuple[PolicyName, ...] = ("fair", "target", "fcfs")


def seen(scenario: Scenario, policy: PolicyName, replications: int) -> tuple[Coverage, Coverage]:
    """On entering, and told again."""
    patience_s = {queue.name: queue.mean_patience_s for queue in scenario.queue}
    cases = foretold(scenario, policy, replications)
    entering = coverage([case for case in cases if case.asked.stage == "entering"], patience_s)
    return entering, coverage([case for case in cases if case.asked.stage == "waiting"], patience_s)


def main() -> None:
    replications, names = int((sys.argv[1:] or ["8"])[0]), sys.argv[2:]
    for file in sorted(SCENARIOS.glob("s[1-5]-*.toml")):
        if names and file.stem not in names:
            continue
        cells = [file.stem]
        for policy in POLICIES:
            first, again = seen(read_scenario(file), policy, replications)
            cells += [
                f"{100 * first.covered:.1f} ({100 * again.covered:.1f})",
                f"{100 * first.patient:.1f} ({100 * again.patient:.1f})",
                f"{first.width_s:.0f}",
            ]
        print(f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
