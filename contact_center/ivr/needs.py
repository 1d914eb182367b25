"""What a queue node asks of whoever serves its callers. Pure."""

from contact_center.ivr.flow import Queue
from contact_center.runtime.requirements import ANYBODY, Relaxed, Ways, read_requirement, simplest


def needed(node: Queue, language: str) -> Ways:
    """Ways to suffice: the node's skills, those of the caller's language, and its `needs`, all together."""
    skills = dict(node.skills)
    for skill, level in node.skills_by_language.get(language, {}).items():
        skills[skill] = max(level, skills.get(skill, level))
    ways = ANYBODY if node.needs is None else read_requirement(node.needs)
    return simplest(
        {skill: max(skills.get(skill, 0), way.get(skill, 0)) for skill in skills | way} for way in ways
    )


def relaxed(node: Queue) -> Relaxed:
    """(seconds in the queue, what suffices as well from then on), earliest first."""
    steps = ((float(after_s), read_requirement(text)) for after_s, text in node.relax.items())
    return tuple(sorted(steps, key=lambda step: step[0]))
