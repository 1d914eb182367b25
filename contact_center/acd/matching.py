"""Who may serve whom, and who is chosen: first come first served with the longest-idle agent.

The two questions of every router: a contact came, which agent; an agent came free, which contact. Both
answers carry the `Decision` that explains them.
"""

from collections.abc import Iterable

from contact_center.acd.contact import Free, Waiting
from contact_center.acd.rules import proficiency, qualifies
from contact_center.cti.events import Candidate, Decision

RULE = "first_come_longest_idle"
DIRECT_RULE = "asked_for_by_name"


def may_serve(agent: Free, contact: Waiting) -> bool:
    """Whoever was asked for by name needs no skill; nobody else may take the contact."""
    if contact.direct is not None:
        return contact.direct == agent.agent
    return qualifies(agent.skills, contact.skills)


def agent_for(contact: Waiting, free: Iterable[Free], now: float) -> tuple[Free, Decision] | None:
    """The longest-idle agent who qualifies, and why; None when nobody does."""
    able = sorted(
        (agent for agent in free if may_serve(agent, contact)),
        key=lambda agent: (agent.idle_since, agent.agent),
    )
    return (able[0], _decision(contact, able, now)) if able else None


def contact_for(agent: Free, waiting: Iterable[Waiting], now: float) -> tuple[Waiting, Decision] | None:
    """The first contact in line that this agent can serve, and why; None when there is none."""
    able = [contact for contact in waiting if may_serve(agent, contact)]
    if not able:
        return None
    first = min(able, key=lambda contact: contact.rank)
    return first, _decision(first, [agent], now)


def _decision(contact: Waiting, able: list[Free], now: float) -> Decision:
    return Decision(
        rule=RULE if contact.direct is None else DIRECT_RULE,
        wait_s=round(max(0.0, now - contact.enqueued_at), 3),
        candidates=tuple(
            Candidate(
                agent=agent.agent,
                idle_s=round(max(0.0, now - agent.idle_since), 3),
                proficiency=proficiency(agent.skills, contact.skills),
            )
            for agent in able[:10]
        ),
    )
