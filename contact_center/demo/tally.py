"""Did the demo really work: callers' and agents' own reports, joined with the history. Pure."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from contact_center.demo.call_plan import CallResult


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What a simulated agent heard of one contact."""

    agent: str
    contact: str
    heard_tone: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One row of the interaction history."""

    contact: str
    from_number: str
    queue: str | None
    agent: str | None
    outcome: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """The demo's last line. `faults` says in words what was not as it must be; empty when all was well.

    `audio_both_ways` counts calls on which each side detected the tone the other one sent;
    `calls_with_simulated_agents` are those where that can be known.
    """

    seconds: float
    calls_made: int
    calls_offered: int
    calls_answered: int
    calls_abandoned: int
    calls_with_simulated_agents: int
    audio_both_ways: int
    interactions_stored: int
    faults: tuple[str, ...]


def summarise(
    seconds: float,
    made: Sequence[CallResult],
    heard: Iterable[Heard],
    kept: Sequence[Kept],
    simulated: Collection[str],
) -> Summary:
    """Every answered call must be in the history, once, and heard both ways; some people call again.

    `simulated` names the agents who are not people.
    """
    by_agent = {each.contact: each for each in heard}
    by_number: dict[str, list[Kept]] = {}
    for row in kept:
        by_number.setdefault(row.from_number, []).append(row)
    calls_of: dict[str, list[CallResult]] = {}
    for call in made:
        calls_of.setdefault(call.from_number, []).append(call)
    faults: list[str] = []
    both = with_agents = 0
    for number, calls in calls_of.items():
        rows = by_number.get(number, [])
        sure = [call for call in calls if call.answered]
        if not len(sure) <= len(rows) <= len(calls):
            faults.append(f"{len(sure)} calls from {number} are in the history {len(rows)} times")
        told = [row for row in rows if row.contact in by_agent]
        faults += [
            f"{row.agent} says nothing of {row.contact}"
            for row in rows
            if row not in told and row.agent in simulated and row.outcome == "handled"
        ]
        deaf = [row for row in told if not by_agent[row.contact].heard_tone]
        faults += [f"the agent heard no tone on {row.contact} ({row.agent})" for row in deaf]
        # Only simulated agents sound that tone: as many calls heard it as talked to one, or some did not.
        unheard = max(0, len(told) - sum(call.heard_tone for call in sure))
        if unheard:
            which = ", ".join(f"{row.contact} ({row.agent})" for row in told)
            of = f"{unheard} of " if unheard < len(told) else ""
            faults.append(f"the caller heard no tone on {of}{which}")
        with_agents += len(told)
        both += max(0, len(told) - len(deaf) - unheard)
    answered = sum(row.outcome == "handled" for row in kept)
    if not answered:
        faults.append("no call was answered")
    return Summary(
        seconds=round(seconds, 1),
        calls_made=len(made),
        calls_offered=sum(row.queue is not None for row in kept),
        calls_answered=answered,
        calls_abandoned=sum(row.outcome == "abandoned" for row in kept),
        calls_with_simulated_agents=with_agents,
        audio_both_ways=both,
        interactions_stored=len(kept),
        faults=tuple(faults),
    )
