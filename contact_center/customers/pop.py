"""The screen pop: what an agent sees of a caller before the device rings."""

from collections.abc import Sequence
from dataclasses import dataclass

from contact_center.customers.history import Interaction, Keyed
from contact_center.customers.identity import identified
from contact_center.customers.record import Customer
from contact_center.loyalty.policy import Menu
from contact_center.loyalty.profile import Portrait
from contact_center.loyalty.remedies import Suggestion
from contact_center.loyalty.treatment import Treatment

LAST_INTERACTIONS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Visited:
    """A step of the caller's way through the flow; `at` in epoch seconds."""

    node: str
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """What helps to tell one of several who share a number.

    `tier` is empty where none is reckoned, and of who refused profiling; `last_at` (epoch
    seconds) is when his last contact began, None without one.
    """

    customer: str
    tier: str = ""
    last_at: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """What the records say of a number: who has it, the last contacts, the portrait of the one who has.

    Of several who have it, what tells them apart is in `told_apart`.
    """

    matches: Sequence[Customer] = ()
    told_apart: Sequence[Match] = ()
    interactions: Sequence[Interaction] = ()
    portrait: Portrait | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pop:
    """0, 1 or many `matches` are three screens; `customer` is the one record, matched or chosen.

    `portrait` is what the customer theory says of that one: tier, stage, index, risks, next step, and why;
    `treatment` what that gives him in queues that go by it, `offers` what he may be offered to stay.
    """

    matches: tuple[Customer, ...] = ()
    told_apart: tuple[Match, ...] = ()
    customer: Customer | None = None
    interactions: tuple[Interaction, ...] = ()
    portrait: Portrait | None = None
    treatment: Treatment | None = None
    offers: tuple[Suggestion, ...] = ()
    flow: str | None = None
    path: tuple[Visited, ...] = ()
    digits: tuple[Keyed, ...] = ()

    @property
    def tier(self) -> str:
        """The tier reckoned of the customer; empty for a stranger, a new one, one who refused profiling."""
        profile = self.portrait.profile if self.portrait is not None else None
        return profile.tier if profile is not None else ""

    @property
    def menu(self) -> Menu:
        """Which menu a flow has for him by his tier, where queues go by tiers; else anybody's."""
        return self.treatment.menu if self.treatment is not None else "standard"


def pop_of(found: Called) -> Pop:
    """The records half of a pop; whoever knows the flow adds `flow`, `path` and `digits`."""
    return Pop(
        matches=tuple(found.matches),
        told_apart=tuple(found.told_apart),
        customer=identified(found.matches),
        interactions=tuple(found.interactions[:LAST_INTERACTIONS]),
        portrait=found.portrait,
    )
