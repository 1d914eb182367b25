"""The customer record."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final, Literal

CustomerKind = Literal["person", "company"]
LONGEST: Final = {
    "name": 200,
    "language": 8,
    "city": 100,
    "company": 200,
    "organisation": 64,
    "preferred_agent": 64,
    "notes": 100_000,
}
"""Characters of a record's texts, whoever writes them."""
LONGEST_VALUE: Final = 200
"""Of one number, address, external id or tag."""
LISTS: Final = ("numbers", "emails", "external_ids", "tags")
MOST_VALUES: Final = 200
"""Of each list, whoever writes it; a merge may join two into a longer one."""
LARGEST_RECORD: Final = sum(LONGEST.values()) + len(LISTS) * MOST_VALUES * LONGEST_VALUE
"""Characters of a whole record."""
LONGEST_PURPOSE: Final = 40
"""Of what a consent is for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """One customer as known. `numbers` are E.164, `since` epoch seconds of the first business with them.

    `contract_until` (epoch seconds) is None without a contract; `products` how many he has, None when not
    known. `no_profiling`: he refused it, and is treated like anybody. `version` counts the changes of
    the stored record (0: not stored yet); who changes it says which one he saw.
    """

    id: str
    name: str
    kind: CustomerKind = "person"
    numbers: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    external_ids: tuple[str, ...] = ()
    language: str = "en"
    city: str = ""
    company: str = ""
    organisation: str | None = None
    preferred_agent: str | None = None
    notes: str = ""
    tags: tuple[str, ...] = ()
    since: float = 0.0
    contract_until: float | None = None
    products: int | None = None
    no_profiling: bool = False
    version: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """A company that customers belong to; `parent` is another one's id."""

    id: str
    name: str
    parent: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """What a customer allowed or refused for a purpose (`marketing`), when and where he said so."""

    customer: str
    purpose: str
    granted: bool
    at: float
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """Something large that a person expects of one customer: what it would bring and cost, and how likely.

    `due_at` is when, `at` when it was judged (epoch seconds); `author` and `basis` say by whom and on what.
    """

    id: str
    customer: str
    due_at: float
    probability: float
    revenue: Decimal
    cost: Decimal
    author: str
    basis: str
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerNote:
    """Something a person wrote about a customer; `at` in epoch seconds."""

    id: str
    customer: str
    at: float
    author: str
    text: str
