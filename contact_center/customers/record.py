"""The customer record."""

from dataclasses import dataclass
from typing import Literal

CustomerKind = Literal["person", "company"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """One customer as known. `numbers` are E.164, `since` epoch seconds of the first business with them."""

    id: str
    name: str
    kind: CustomerKind = "person"
    numbers: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    tier: str = "standard"
    language: str = "en"
    city: str = ""
    company: str = ""
    notes: str = ""
    tags: tuple[str, ...] = ()
    since: float = 0.0
