"""What the router is measured against: the best contact for a freed agent by a scan over everybody waiting.

Three scans with one answer. `plain` is a Python loop. `columns` does the same work in numpy: every contact
brings what it needs, and the agent's level for it is found in the scan. `table` is given beforehand what the
router keeps (the level of each profile in each queue), so that only the arithmetic is left.
"""

from collections.abc import Mapping, Sequence
from math import inf
from typing import Final

import numpy as np

from contact_center.acd.lines import BACKUP_FACTOR, HEAD_START_OF_URGENCY
from contact_center.acd.rules import LEVEL_OF_PROFICIENCY, QueueRule, level_of

LOST: Final = np.array([1.0 - BACKUP_FACTOR ** max(0, level - 1) for level in LEVEL_OF_PROFICIENCY])
"""By proficiency: the share a contact counts less at that level."""

ABLE: Final = np.array([level > 0 for level in LEVEL_OF_PROFICIENCY])


class Scans:
    """Contacts in one long line; each queue needs one or two skills, at any proficiency."""

    def __init__(
        self,
        needs: Mapping[str, Mapping[str, int]],
        rules: Mapping[str, QueueRule],
        profiles: Sequence[Mapping[str, int]],
        line: Sequence[tuple[str, float]],
    ) -> None:
        """`line` has (queue, since when) of everybody waiting."""
        self._needs, self._rules, self._profiles, self.line = needs, rules, profiles, list(line)
        self._number = {queue: number for number, queue in enumerate(needs)}
        self._skills = {
            skill: place for place, skill in enumerate(sorted({s for n in needs.values() for s in n}))
        }
        self._queue_of = np.array([self._number[queue] for queue, _ in line])
        needed = [[self._skills[skill] for skill in needs[queue]] for queue in needs]
        self._first = np.array([places[0] for places in needed])[self._queue_of]
        self._second = np.array([places[-1] for places in needed])[self._queue_of]
        self._importance = np.array([rules[queue].importance for queue in needs])[self._queue_of]
        self._target_s = np.array([rules[queue].target_s for queue in needs])[self._queue_of]
        self._since = np.array([since for _, since in line])
        self._per_target = np.array([1.0 / rules[queue].target_s for queue in needs])
        self._own = [self._own_importance(profile) for profile in profiles]
        self._tables = [
            np.array([self._weight(profile, own, queue) for queue in needs])
            for profile, own in zip(profiles, self._own, strict=True)
        ]

    def _own_importance(self, profile: Mapping[str, int]) -> float:
        """The largest of the queues the agent serves at his best level."""
        levels = {queue: level_of(profile, needed) for queue, needed in self._needs.items()}
        best = min(filter(None, levels.values()), default=0)
        return max(self._rules[queue].importance for queue, level in levels.items() if level == best)

    def _weight(self, profile: Mapping[str, int], own: float, queue: str) -> float:
        level, importance = level_of(profile, self._needs[queue]), self._rules[queue].importance
        return importance - min(importance, own) * (1.0 - BACKUP_FACTOR ** (level - 1)) if level else 0.0

    def replace(self, place: int, queue: str, now: float) -> None:
        """The contact at that place is served, and another one comes."""
        number = self._number[queue]
        needed = [self._skills[skill] for skill in self._needs[queue]]
        self.line[place] = (queue, now)
        self._queue_of[place], self._since[place] = number, now
        self._first[place], self._second[place] = needed[0], needed[-1]
        self._importance[place], self._target_s[place] = (
            self._rules[queue].importance,
            self._rules[queue].target_s,
        )

    def plain(self, profile: int, now: float) -> int:
        """The place of the contact that counts most: urgency times importance, less what a level loses."""
        skills, own = self._profiles[profile], self._own[profile]
        best, best_score = 0, -inf
        for place, (queue, since) in enumerate(self.line):
            level = level_of(skills, self._needs[queue])
            if level:
                rule = self._rules[queue]
                urgency = HEAD_START_OF_URGENCY + (now - since) / rule.target_s
                lost = min(rule.importance, own) * (1.0 - BACKUP_FACTOR ** (level - 1))
                score = (rule.importance - lost) * urgency
                if score > best_score:
                    best, best_score = place, score
        return best

    def columns(self, profile: int, now: float) -> int:
        """The same."""
        proficiency = np.zeros(len(self._skills), dtype=np.int8)
        for skill, has in self._profiles[profile].items():
            if skill in self._skills:
                proficiency[self._skills[skill]] = has
        weakest = np.minimum(proficiency[self._first], proficiency[self._second])
        urgency = HEAD_START_OF_URGENCY + (now - self._since) / self._target_s
        weight = self._importance - np.minimum(self._importance, self._own[profile]) * LOST[weakest]
        return int((ABLE[weakest] * weight * urgency).argmax())

    def table(self, profile: int, now: float) -> int:
        """The same, with what each queue's contacts count with this profile made beforehand."""
        urgency = HEAD_START_OF_URGENCY + (now - self._since) * self._per_target[self._queue_of]
        return int((self._tables[profile][self._queue_of] * urgency).argmax())
