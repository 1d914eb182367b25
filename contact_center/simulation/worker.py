"""One order carried out in a process of its own: `python -m contact_center.simulation.worker FOLDER`.

Reads `order.json` (and `day.jsonl`), writes `result.json`; each line on stdout is `done of`. What is wrong
with the order goes to stderr in words, with status 1.
"""

import os
import resource
import sys
from math import nan
from pathlib import Path

from contact_center.simulation.changes import Changes, ChangesError, parse_changes
from contact_center.simulation.figures import Figure
from contact_center.simulation.from_log import Compared, simulate_day
from contact_center.simulation.order import Order, Outcomes, Result, outcomes
from contact_center.simulation.recorded import LogError, read_day
from contact_center.simulation.run import simulate
from contact_center.simulation.scenario import ScenarioError, parse_scenario

MOST_MEMORY = 3 * 1024**3
DAY_REPLICATIONS = 20
NICENESS = 10
"""Calls come first."""


class _Said:
    """Tells how far it is."""

    def __init__(self, of: int) -> None:
        self._done, self._of = 0, of
        self._say()

    def __call__(self) -> None:
        self._done += 1
        self._say()

    def _say(self) -> None:
        print(self._done, self._of, flush=True)


def carry_out(order: Order, folder: Path) -> Result:
    """Raises `ScenarioError`, `ChangesError` or `LogError`."""
    return _scenario(order) if order.source == "scenario" else _day(order, folder)


def _scenario(order: Order) -> Result:
    scenario = parse_scenario(order.scenario)
    found = simulate(
        scenario,
        order.policy or "fair",
        hold_targets=6.0 if order.hold_targets is None else order.hold_targets,
        replications=order.replications,
        seed=order.seed,
        done=_Said(order.replications or scenario.scenario.replications),
    )
    return Result(outcome=outcomes(found.total, found.queues, found.agents))


def _day(order: Order, folder: Path) -> Result:
    day, faults = read_day(folder / "day.jsonl")
    changes = parse_changes(order.changes) if order.changes.strip() else Changes()
    changes.of(day, order.policy, order.hold_targets)  # what does not fit is said before anything runs
    changed = changes.any or order.policy is not None or order.hold_targets is not None
    replications = order.replications or DAY_REPLICATIONS
    found = simulate_day(
        day,
        changes,
        policy=order.policy,
        hold_targets=order.hold_targets,
        replications=replications,
        seed=1 if order.seed is None else order.seed,
        done=_Said(replications * (1 + changed)),
    )
    rows = found.as_it_was
    was = _split({name: {k: v.rerun for k, v in row.items()} for name, row in rows.items()})
    real = _split({name: {k: _exact(v) for k, v in row.items()} for name, row in rows.items()})
    return Result(
        outcome=was if found.changed is None else _split(found.changed),
        real=real,
        as_it_was=was,
        reproduced=found.reproduced,
        bad_lines=tuple(faults[:50]),
    )


def _exact(compared: Compared) -> Figure:
    return Figure(compared.real, nan)


def _split(rows: dict[str, dict[str, Figure]]) -> Outcomes:
    return outcomes(rows[""], {name: row for name, row in rows.items() if name}, {})


def main(folder: Path) -> int:
    """The process."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    os.nice(NICENESS)
    order = Order.model_validate_json((folder / "order.json").read_text("utf-8"))
    try:
        result = carry_out(order, folder)
    except (ScenarioError, ChangesError, LogError) as error:
        print(error, file=sys.stderr)
        return 1
    except MemoryError:
        print("it needs more memory than a simulation may take", file=sys.stderr)
        return 1
    part = folder / "result.part"
    part.write_text(result.model_dump_json(), "utf-8")
    part.rename(folder / "result.json")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
