"""`contact-center simulate`: progress on stderr, figures on stdout as tables or one JSON object."""

import json
from math import nan
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Column, Table

from contact_center.acd.rules import PolicyName
from contact_center.simulation.changes import Changes, read_changes
from contact_center.simulation.figures import AGENT_FIGURES, Figure, Outcome
from contact_center.simulation.from_log import FromLog, simulate_day
from contact_center.simulation.recorded import read_day
from contact_center.simulation.run import simulate
from contact_center.simulation.scenario import Scenario, read_scenario

SHARES = ("service_level", "p_wait", "occupancy", "occupancy_sd")
COUNTS = ("offered", "served", "abandoned", "blocked", "left", "overflowed", "callbacks", "called_back")
LOG_REPLICATIONS = 20


def run(
    path: Path,
    policy: PolicyName,
    *,
    hold_targets: float,
    replications: int | None,
    seed: int | None,
    as_json: bool,
) -> None:
    """Simulate a scenario file and print what came of it; raises `ScenarioError`."""
    scenario = read_scenario(path)
    outcome = _with_progress(scenario, policy, hold_targets, replications, seed)
    if as_json:
        print(json.dumps(outcome.plain, allow_nan=False))
        return
    out = Console()
    out.print(f"{scenario.scenario.name or path.stem}, policy {policy}", highlight=False, markup=False)
    out.print(_queues(outcome))
    out.print(_agents(outcome))


def run_log(
    path: Path,
    changes: Path | None,
    policy: PolicyName | None,
    *,
    hold_targets: float | None,
    replications: int | None,
    seed: int | None,
    as_json: bool,
) -> None:
    """Run a recorded day again and print it beside the real one.

    Raises `LogError` or `ChangesError`. Lines that could not be used are named on stderr.
    """
    day, faults = read_day(path)
    other = read_changes(changes) if changes is not None else Changes()
    err = Console(stderr=True)
    for fault in faults:
        err.print(f"{path}: {fault}", highlight=False, markup=False, soft_wrap=True)
    runs = replications or LOG_REPLICATIONS
    changed = other.any or policy is not None or hold_targets is not None
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err, transient=True) as progress:
        task = progress.add_task("replications", total=runs * (1 + changed))
        answer = simulate_day(
            day,
            other,
            policy=policy,
            hold_targets=hold_targets,
            replications=runs,
            seed=1 if seed is None else seed,
            done=lambda: progress.advance(task),
        )
    if as_json:
        print(json.dumps({**answer.plain, "bad_lines": faults}, allow_nan=False))
        return
    out = Console()
    for name in answer.as_it_was:
        out.print(_day_table(answer, name))
    good, of = answer.reproduced
    said = f"{good} of {of} figures of the whole day are reproduced (real within the range of a re-run day)"
    out.print(said, highlight=False)


def _day_table(answer: FromLog, queue: str) -> Table:
    table = Table("", "real", "re-run as it was", "one day's range", title=queue or "Whole day")
    if answer.changed is not None:
        table.add_column("changed")
    for name, one in answer.as_it_was[queue].items():
        if one.real != one.real and one.rerun.mean != one.rerun.mean:
            continue
        span = "–".join(_cell(name, Figure(end, nan)) for end in (one.low, one.high))
        row = [name, _cell(name, Figure(one.real, nan)), _cell(name, one.rerun), span]
        if answer.changed is not None:
            row.append(_cell(name, answer.changed[queue][name]))
        table.add_row(*row)
    return table


def _with_progress(
    scenario: Scenario, policy: PolicyName, hold_targets: float, replications: int | None, seed: int | None
) -> Outcome:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("replications", total=replications or scenario.scenario.replications)
        return simulate(
            scenario,
            policy,
            hold_targets=hold_targets,
            replications=replications,
            seed=seed,
            done=lambda: progress.advance(task),
        )


def _queues(outcome: Outcome) -> Table:
    """Figures down, queues across: the figures are more than a screen is wide."""
    table = Table(Column(no_wrap=True), "total", *outcome.queues, title="Calls (mean ± 95 % half-width)")
    for name in next(iter(outcome.queues.values())):
        cells = [outcome.total[name], *(figures[name] for figures in outcome.queues.values())]
        table.add_row(name, *(_cell(name, figure) for figure in cells))
    return table


def _agents(outcome: Outcome) -> Table:
    table = Table(Column(no_wrap=True), "total", *outcome.agents, title="Agents (mean ± 95 % half-width)")
    for name in AGENT_FIGURES:
        cells = [outcome.total[name], *(figures[name] for figures in outcome.agents.values())]
        table.add_row(name, *(_cell(name, figure) for figure in cells))
    return table


def _cell(name: str, figure: Figure) -> str:
    if figure.mean != figure.mean:
        return "–"
    scale, unit, digits = (100.0, " %", 2) if name in SHARES else (1.0, "", 1 if name in COUNTS else 2)
    mean = f"{figure.mean * scale:.{digits}f}"
    if figure.half_width != figure.half_width:
        return mean + unit
    return f"{mean} ± {figure.half_width * scale:.{digits}f}{unit}"
