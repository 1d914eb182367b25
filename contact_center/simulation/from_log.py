"""A recorded day beside its re-runs: how well it is reproduced, and what a change would have done."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import nan, sqrt
from typing import Any

from contact_center.acd.rules import PolicyName
from contact_center.simulation.centre import Seen
from contact_center.simulation.changes import Changes
from contact_center.simulation.figures import Figure, figure, queue_figures, t_quantile
from contact_center.simulation.journeys import journeys_of
from contact_center.simulation.recorded import RecordedDay
from contact_center.simulation.replay import Past, Replay, Rerun

FIGURES = (
    *("offered", "served", "abandoned", "left", "service_level", "asa_s", "mean_wait_s"),
    *("p_wait", "p95_wait_s", "occupancy"),
)
SENT_ON_FIGURES = ("overflowed",)
"""Where queues may send contacts on."""
"""`offered` = served + abandoned here: who goes on elsewhere (`left`) is nobody's miss."""

CLOSE = 0.01
"""Within a hundredth of the real figure counts as reproduced, however little the re-runs differ."""

Figures = dict[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One figure: as it really was, as re-run, and the range one re-run day falls into (95 %)."""

    real: float
    rerun: Figure
    low: float
    high: float

    @property
    def reproduced(self) -> bool:
        slack = CLOSE * abs(self.real)
        return self.low - slack <= self.real <= self.high + slack

    @property
    def plain(self) -> dict[str, Any]:
        ends = {"real": _or_none(self.real), "low": _or_none(self.low), "high": _or_none(self.high)}
        return {**self.rerun.plain, **ends, "reproduced": self.reproduced}


@dataclass(frozen=True, slots=True, kw_only=True)
class FromLog:
    """The answer: `real` and `as_it_was` of the day, and `changed` when something was."""

    as_it_was: dict[str, dict[str, Compared]]
    changed: dict[str, dict[str, Figure]] | None
    """By queue, "" in total, then by figure."""

    @property
    def reproduced(self) -> tuple[int, int]:
        """So many of so many figures of the whole day."""
        known = [each for each in self.as_it_was[""].values() if each.real == each.real]
        return sum(each.reproduced for each in known), len(known)

    @property
    def plain(self) -> dict[str, Any]:
        """As one JSON object."""

        def split(rows: dict[str, dict[str, dict[str, Any]]]) -> dict[str, Any]:
            return {"total": rows[""], "queues": {name: row for name, row in rows.items() if name}}

        was = {n: {k: v.plain for k, v in row.items()} for n, row in self.as_it_was.items()}
        changed = self.changed
        after = None
        if changed is not None:
            after = split({n: {k: v.plain for k, v in row.items()} for n, row in changed.items()})
        return {"as_it_was": split(was), "changed": after}


def simulate_day(
    day: RecordedDay,
    changes: Changes,
    *,
    policy: PolicyName | None = None,
    hold_targets: float | None = None,
    replications: int = 20,
    seed: int = 1,
    done: Callable[[], None] = lambda: None,
) -> FromLog:
    """Re-run the day as it was, and if anything is changed also so; `done` after each replication."""
    past, other = Past(day), changes.of(day, policy, hold_targets)
    names = FIGURES + SENT_ON_FIGURES * (_sends_on(day) or _sends_on(other))
    before = _runs(day, past, Changes(), seed, replications, done)
    real = _by_queue(day, _as_recorded(day))
    was = [_by_queue(day, run) for run in before]
    compared = {
        name: {key: _compare(real[name][key], [run[name][key] for run in was]) for key in names}
        for name in real
    }
    changed = None
    if changes.any or policy is not None or hold_targets is not None:
        runs = [_by_queue(other, run) for run in _runs(other, past, changes, seed, replications, done)]
        changed = {name: {key: figure([run[name][key] for run in runs]) for key in names} for name in runs[0]}
    return FromLog(as_it_was=compared, changed=changed)


def _sends_on(day: RecordedDay) -> bool:
    return any(queue.sends_on for queue in day.queues.values()) or any(line.sent_to for line in day.contacts)


def _runs(
    day: RecordedDay, past: Past, changes: Changes, seed: int, replications: int, done: Callable[[], None]
) -> list[Rerun]:
    runs = []
    for replication in range(replications):
        runs.append(Replay(day, past, past.calls(day, changes, seed, replication)).run())
        done()
    return runs


def _as_recorded(day: RecordedDay) -> Rerun:
    """What the file itself says."""
    seen = Rerun(queues={name: Seen() for name in day.queues})
    for journey in journeys_of(day):
        line, queue = journey.last, seen.queues[journey.queue]
        queue.overflowed += journey.sent_on
        if line.outcome == "left":
            seen.left[journey.queue] = seen.left.get(journey.queue, 0) + 1
            continue
        queue.offered += 1
        waits = queue.served_waits if line.outcome == "served" else queue.abandoned_waits
        waits.append(journey.wait_s)
        spell_s = line.ring_s + (line.handle_s or 0.0)
        seen.busy_s[line.agent or ""] = seen.busy_s.get(line.agent or "", 0.0) + spell_s
    for shift in day.shifts:
        span_s = shift.to_at - shift.from_at
        seen.present_s[shift.agent] = seen.present_s.get(shift.agent, 0.0) + span_s
    return seen


def _by_queue(day: RecordedDay, run: Rerun) -> dict[str, Figures]:
    targets = {name: queue.target_s for name, queue in day.queues.items()}
    total = queue_figures((seen, targets[name]) for name, seen in run.queues.items())
    present_s = sum(run.present_s.values())
    occupancy = min(1.0, sum(run.busy_s.values()) / present_s) if present_s else nan
    rows = {"": total | {"left": float(sum(run.left.values())), "occupancy": occupancy}}
    for name, seen in run.queues.items():
        own = {"left": float(run.left.get(name, 0)), "occupancy": nan}
        rows[name] = queue_figures([(seen, targets[name])]) | own
    return rows


def _compare(real: float, values: Sequence[float]) -> Compared:
    mean = figure(values)
    known = [value for value in values if value == value]
    if len(known) < 2:
        return Compared(real=real, rerun=mean, low=mean.mean, high=mean.mean)
    spread = sqrt(sum((value - mean.mean) ** 2 for value in known) / (len(known) - 1))
    reach = t_quantile(len(known) - 1) * spread * sqrt(1.0 + 1.0 / len(known))
    return Compared(real=real, rerun=mean, low=max(0.0, mean.mean - reach), high=mean.mean + reach)


def _or_none(value: float) -> float | None:
    return value if value == value else None
