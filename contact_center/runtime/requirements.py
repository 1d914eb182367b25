"""What a contact needs: skills with least levels, combined by `and` and `or`, as a few ways to suffice.

`billing>=3 and (mandarin>=3 or english>=4)` has two ways, each a mapping skill -> least proficiency (1-5),
all of which an agent must have. A skill alone means at least 1. A way that asks more than another is dropped.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from contact_center.runtime.sentences import Refusal

Way = dict[str, int]
Ways = tuple[Way, ...]
Relaxed = tuple[tuple[float, Ways], ...]
"""(seconds in line, what suffices as well from then on), earliest first."""

MOST_WAYS: Final = 8
_TOKEN: Final = re.compile(r"\s*(?:(\()|(\))|(>=)|([A-Za-z0-9][A-Za-z0-9_.-]*))")
ANYBODY: Final[Ways] = ({},)


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """All that a queue asks for a contact: the ways to suffice, what suffices later, and its priority."""

    ways: Ways = ANYBODY
    relaxed: Relaxed = ()
    priority: int = 0


class RequirementError(Refusal):
    """The text is no requirement; the message says why and where."""


def simplest(ways: Iterable[Mapping[str, int]]) -> Ways:
    """The same requirement without ways that another one makes superfluous, in a fixed order."""
    kept: list[Way] = []
    for way in sorted((dict(each) for each in ways), key=lambda each: (len(each), sorted(each.items()))):
        if not any(_easier(other, way) for other in kept):
            kept = [other for other in kept if not _easier(way, other)] + [way]
    return tuple(kept)


def _easier(one: Mapping[str, int], other: Mapping[str, int]) -> bool:
    """Whoever has what `other` asks has what `one` asks."""
    return all(other.get(skill, 0) >= least for skill, least in one.items())


def read_requirement(text: str) -> Ways:
    """The ways of a written requirement, empty text for anybody; raises `RequirementError`."""
    if not text.strip():
        return ANYBODY
    reader = _Reader(text)
    ways = reader.either()
    if reader.word:
        raise RequirementError("{word!r} is not expected in {text!r}", word=reader.word, text=text)
    return _few(simplest(ways))


def written(ways: Ways) -> str:
    """The requirement as a person would write it; empty for anybody."""
    return " or ".join(
        " and ".join(f"{skill}>={least}" for skill, least in sorted(way.items())) for way in ways if way
    )


def _few(ways: Ways) -> Ways:
    if len(ways) > MOST_WAYS:
        raise RequirementError("more than {most} ways to suffice", most=MOST_WAYS)
    return ways


class _Reader:
    """either := both (or both)*; both := one (and one)*; one := (either) | skill [>= n]."""

    def __init__(self, text: str) -> None:
        self._text, self._at = text, 0
        self.word = ""
        self._next()

    def either(self) -> Ways:
        ways = self._both()
        while self.word == "or":
            self._next()
            ways += self._both()
        return ways

    def _both(self) -> Ways:
        ways = self._one()
        while self.word == "and":
            self._next()
            right = self._one()
            ways = _few(simplest(_joined(one, other) for one in ways for other in right))
        return ways

    def _one(self) -> Ways:
        if self.word == "(":
            self._next()
            ways = self.either()
            if self.word != ")":
                raise RequirementError("a ) is missing in {requirement!r}", requirement=self._text)
            self._next()
            return ways
        skill = self.word
        if skill in ("", ")", ">=", "and", "or"):
            raise RequirementError("a skill is missing in {requirement!r}", requirement=self._text)
        self._next()
        if self.word != ">=":
            return ({skill: 1},)
        self._next()
        if self.word not in {"1", "2", "3", "4", "5"}:
            raise RequirementError(
                "{skill}>= needs a level 1-5 in {requirement!r}", skill=skill, requirement=self._text
            )
        least = int(self.word)
        self._next()
        return ({skill: least},)

    def _next(self) -> None:
        found = _TOKEN.match(self._text, self._at)
        if found is None:
            if self._text[self._at :].strip():
                raise RequirementError("{text!r} is not understood", text=self._text[self._at :].strip())
            self.word = ""
            return
        self._at, self.word = found.end(), found.group().strip()


def _joined(one: Way, other: Way) -> Way:
    return {skill: max(one.get(skill, 0), other.get(skill, 0)) for skill in one | other}
