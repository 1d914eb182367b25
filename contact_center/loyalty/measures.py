"""What surveys and repeat contacts say, each with how many answered and how far chance alone may reach."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

Z_95: Final = 1.959963984540054
FEWEST_TO_RANK: Final = 30
"""Below this many answers nobody is ranked by them."""


Question = Literal["csat", "nps", "ces", "value_survey"]
SCALES: Final[Mapping[Question, tuple[int, int]]] = {
    "csat": (1, 5),
    "nps": (0, 10),
    "ces": (1, 7),
    "value_survey": (1, 5),
}
"""The lowest and the highest answer to each question."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyAnswer:
    """What a customer answered about a contact; `at` in epoch seconds. One per contact and question."""

    contact: str
    question: Question
    customer: str
    at: float
    answer: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A share 0-1 of `n` with its 95 % Wilson interval; `value` is None of nothing."""

    n: int
    value: float | None
    low: float
    high: float

    @property
    def may_rank(self) -> bool:
        return self.n >= FEWEST_TO_RANK


@dataclass(frozen=True, slots=True, kw_only=True)
class Nps:
    """Net promoter score, -100 to 100, with the shares it is the difference of."""

    n: int
    value: float | None
    promoters: Share
    detractors: Share


def share(hits: int, n: int, z: float = Z_95) -> Share:
    """`hits` of `n` with the Wilson score interval."""
    if not 0 <= hits <= n:
        raise ValueError(f"{hits} of {n} is no share")
    if n == 0:
        return Share(n=0, value=None, low=0.0, high=1.0)
    p = hits / n
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return Share(n=n, value=p, low=max(0.0, min(p, middle - half)), high=min(1.0, max(p, middle + half)))


def nps(answers: Sequence[int]) -> Nps:
    """Of answers 0-10: 100 × (share of 9-10 − share of 0-6)."""
    n = len(answers)
    up, down = sum(a >= 9 for a in answers), sum(a <= 6 for a in answers)
    return Nps(
        n=n, value=100 * (up - down) / n if n else None, promoters=share(up, n), detractors=share(down, n)
    )


def csat(answers: Sequence[int]) -> Share:
    """Of answers 1-5: the share of 4 and 5."""
    return share(sum(a >= 4 for a in answers), len(answers))


def ces(answers: Sequence[int]) -> Share:
    """Of answers 1-7 (7 = easy): the share of 5 to 7."""
    return share(sum(a >= 5 for a in answers), len(answers))


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """One reason a customer had to contact us. Times are epoch seconds of contacts about it, oldest first."""

    contacts: tuple[float, ...]
    reopened: bool = False
    transferred_unresolved: bool = False


FCR_WINDOW_S: Final = 7 * 86_400.0


def solved_at_first_contact(issue: Issue, window_s: float = FCR_WINDOW_S) -> bool:
    """No repeat for the same reason within the window, not reopened, not passed on unsolved."""
    first = issue.contacts[0]
    repeated = any(0 < at - first <= window_s for at in issue.contacts[1:])
    return not (repeated or issue.reopened or issue.transferred_unresolved)


def fcr(issues: Sequence[Issue], window_s: float = FCR_WINDOW_S) -> Share:
    """First-contact resolution: issues solved at the first contact ÷ issues."""
    return share(sum(solved_at_first_contact(i, window_s) for i in issues), len(issues))
