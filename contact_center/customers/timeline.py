"""Everything that happened between a customer and us, newest first, as one list of moments.

A moment is one of a closed union told apart by `kind`. Times are epoch seconds, money in the company's
currency.
"""

from dataclasses import dataclass
from typing import Final, Literal, get_args

from contact_center.customers.history import Interaction
from contact_center.loyalty.ledger import BenefitKind, TransactionKind
from contact_center.loyalty.measures import Question
from contact_center.loyalty.repair import CaseKind

Kind = Literal["contact", "sale", "benefit", "case", "survey", "change", "note"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactMoment:
    at: float
    id: str
    contact: Interaction
    kind: Literal["contact"] = "contact"


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleMoment:
    """`amount` is quantity × price, negative for a refund; `profit` the same less the goods' cost."""

    at: float
    id: str
    what: TransactionKind
    amount: float
    profit: float
    currency: str
    kind: Literal["sale"] = "sale"


@dataclass(frozen=True, slots=True, kw_only=True)
class BenefitMoment:
    at: float
    id: str
    what: BenefitKind
    amount: float
    kind: Literal["benefit"] = "benefit"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseMoment:
    """A repair case was opened, or a call by ourselves intended; `closed_at` is None while it is open."""

    at: float
    id: str
    reaction: CaseKind
    owner: str
    because: str
    closed_at: float | None
    outcome: str
    overdue: bool
    kind: Literal["case"] = "case"


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyMoment:
    """An answer on the question's scale, from `lowest` to `highest`."""

    at: float
    id: str
    question: Question
    answer: int
    lowest: int
    highest: int
    kind: Literal["survey"] = "survey"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeMoment:
    """A reckoning found another stage or tier, under version `policy`."""

    at: float
    id: str
    what: Literal["stage", "tier"]
    before: str
    after: str
    policy: int
    kind: Literal["change"] = "change"


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteMoment:
    at: float
    id: str
    author: str
    text: str
    kind: Literal["note"] = "note"


Moment = ContactMoment | SaleMoment | BenefitMoment | CaseMoment | SurveyMoment | ChangeMoment | NoteMoment


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Between two moments of a timeline: what stands after it is older, or as old with a smaller key."""

    at: float
    key: str


def key_of(moment: Moment) -> str:
    """Tells moments of one time apart, the same way for every page."""
    return f"{moment.kind}:{moment.id}"
