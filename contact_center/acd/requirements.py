"""At what level an agent meets a requirement that has several ways to be met."""

from collections.abc import Iterable, Mapping

from contact_center.acd.rules import LEVEL_OF_PROFICIENCY, level_of, proficiency
from contact_center.runtime.requirements import Ways


def level_in(
    skills: Mapping[str, int],
    ways: Iterable[Mapping[str, int]],
    scale: tuple[int, ...] = LEVEL_OF_PROFICIENCY,
) -> int:
    """The best level (1 primary) at which the agent serves one of the ways; 0 when none."""
    return min(filter(None, (level_of(skills, way, scale) for way in ways)), default=0)


def proficiency_in(skills: Mapping[str, int], ways: Ways) -> int:
    """The weakest needed skill of the way the agent is best at."""
    return max((proficiency(skills, way) for way in ways if level_of(skills, way)), default=0)
