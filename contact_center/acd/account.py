"""The account of a decision: who was weighed, and the numbers that decided, as the log keeps them.

Taken at the moment of the decision, before anything changes. `acd.explain` makes a sentence of it.
"""

from collections.abc import Iterable
from dataclasses import replace
from heapq import nsmallest
from math import isfinite

from contact_center.acd.contact import Waiting
from contact_center.acd.lines import Head, Line
from contact_center.acd.policies import balance, bits, price
from contact_center.acd.pools import Pool
from contact_center.acd.requirements import proficiency_in
from contact_center.acd.rules import proficiency
from contact_center.cti.events import Candidate, Decision

FIRST_COME_RULE = "first_come_longest_idle"
DIRECT_RULE = "asked_for_by_name"
WISH_RULE = "wished_for"
MOST_CANDIDATES = 10
MOST_COST = 1e6
"""Stands for a cost without bound: nobody else could take the contact."""


def for_contact(line: Line, chosen: Pool, idle: int, pools: list[Pool], now: float) -> Decision:
    """A contact came (or was tried again): every idle agent who could have it, the chosen one first."""
    first = chosen.heap[0][2].agent
    weighed = [
        _candidate(line, pool, agent.agent, now - agent.since)
        for place in bits(idle)
        for pool in (pools[place],)
        for _, _, agent in nsmallest(MOST_CANDIDATES, (each for each in pool.heap if each[2].here))
    ]
    weighed.sort(key=lambda candidate: _order(line, candidate, first))
    return _decision(line, line.front(now), chosen, weighed[:MOST_CANDIDATES], now, counted=1, contacts=1)


def for_agent(line: Line, pool: Pool, agent: str, idle_since: float, contacts: int, now: float) -> Decision:
    """An agent freed and took the best of so many lines' first contacts."""
    candidate = _candidate(line, pool, agent, now - idle_since)
    return _decision(line, line.front(now), pool, [candidate], now, counted=0, contacts=contacts)


def by_name(waiting: Waiting, agent: str, skills: dict[str, int], idle_since: float, now: float) -> Decision:
    """The contact is for this agent only, or waited for this agent first."""
    decision = Decision(
        rule=DIRECT_RULE if waiting.direct is not None else WISH_RULE,
        wait_s=_seconds(now - waiting.enqueued_at),
        candidates=(
            Candidate(
                agent=agent,
                idle_s=_seconds(now - idle_since),
                proficiency=proficiency(skills, waiting.skills),
            ),
        ),
    )
    wish = waiting.wish if waiting.direct is None else None
    return replace(_favours(decision, waiting, now), wish=wish.why if wish is not None else "")


def _favours(decision: Decision, waiting: Waiting, now: float) -> Decision:
    """With what the contact was given for who the customer is, and for having waited."""
    if not waiting.tier and waiting.plain:
        return decision
    return replace(
        decision,
        tier=waiting.tier,
        head_start_s=_seconds(waiting.enqueued_at - waiting.rank[1]),
        sooner_s=waiting.target_s or 0.0,
        own_place=waiting.own_place,
        relaxed=waiting.ways(now) != waiting.ways(waiting.enqueued_at),
    )


def _decision(
    line: Line,
    head: Head,
    pool: Pool,
    candidates: Iterable[Candidate],
    now: float,
    *,
    counted: int,
    contacts: int,
) -> Decision:
    gain, loss = balance(line, pool, head, counted, now) if _priced(line) else (0.0, 0.0)
    decision = Decision(
        rule=FIRST_COME_RULE if line.rule.policy == "fcfs" else line.rule.policy,
        wait_s=_seconds(now - head[3].since),
        candidates=tuple(candidates),
        contacts=contacts,
        urgency=round(line.urgency(head, now), 4),
        importance=line.rule.importance,
        target_s=line.target_s,
        gain=round(gain, 4) if isfinite(gain) else MOST_COST,
        loss=round(loss, 4),
        first=head[0] < 0,
    )
    return _favours(decision, head[3].waiting, now)


def _candidate(line: Line, pool: Pool, agent: str, idle_s: float) -> Candidate:
    level = pool.levels[line.index]
    return Candidate(
        agent=agent,
        idle_s=_seconds(idle_s),
        proficiency=proficiency_in(pool.skills, line.ways),
        level=level,
        penalty=round(line.penalties[level - 1], 4) if _priced(line) else 0.0,
        price=round(price(pool), 4) if _priced(line) else 0.0,
    )


def _order(line: Line, candidate: Candidate, first: str) -> tuple[bool, float, float, str]:
    """Best first by the line's own policy."""
    cost = candidate.price + candidate.penalty if _priced(line) else 0.0
    level = 0 if line.rule.policy == "fcfs" else candidate.level
    return candidate.agent != first, cost or level, -candidate.idle_s, candidate.agent


def _priced(line: Line) -> bool:
    return line.rule.policy in ("fair", "target")


def _seconds(span: float) -> float:
    return round(max(0.0, span), 3)
