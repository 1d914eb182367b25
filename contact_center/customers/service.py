"""Customer look-ups for the rooms that handle live contacts."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Protocol

from contact_center.customers.history import Interaction
from contact_center.customers.numbers import callable_back, normalise
from contact_center.customers.pop import LAST_INTERACTIONS, Called, Pop, pop_of
from contact_center.customers.record import Customer
from contact_center.loyalty.policy import DEFAULT, Policy
from contact_center.loyalty.profile import Portrait, Profile
from contact_center.loyalty.remedies import Suggestion
from contact_center.loyalty.treatment import treatment_of
from contact_center.runtime.errors import NotFound


class CustomerBook(Protocol):
    """The stored records, as far as look-ups need them (`storage.calling.CallerBook`)."""

    async def customer(self, customer: str) -> Customer | None: ...
    async def called(self, e164: str, limit: int) -> Called: ...
    async def interactions_of_customer(self, customer: str, limit: int) -> Sequence[Interaction]: ...


async def _unknown(_customer: str) -> Portrait | None:
    """Nothing is reckoned of anybody."""
    return None


async def _none(_profile: Profile) -> tuple[Suggestion, ...]:
    return ()


async def _shipped() -> Policy:
    return DEFAULT


class Customers:
    """Finds who is calling and what they called about before."""

    def __init__(
        self,
        book: CustomerBook,
        default_region: str,
        portrait: Callable[[str], Awaitable[Portrait | None]] = _unknown,
        policy: Callable[[], Awaitable[Policy]] = _shipped,
        offers: Callable[[Profile], Awaitable[tuple[Suggestion, ...]]] = _none,
    ) -> None:
        self._book, self._portrait, self._policy, self._offers = book, portrait, policy, offers
        self._region = default_region

    def e164(self, raw_number: str) -> str | None:
        """The caller's number in the form everything is stored by; None when it is withheld or no number."""
        return normalise(raw_number, self._region)

    def callable_back(self, raw_number: str) -> str | None:
        """The same for a number we are asked to call: a valid one, and none that costs more than a call."""
        return callable_back(raw_number, self._region)

    async def pop(self, raw_number: str) -> Pop:
        """The pop of a caller: matches by number and their last interactions, newest first.

        With no or several matches the interactions are those of the number itself.
        """
        number = self.e164(raw_number)
        if number is None:
            return Pop()
        pop = pop_of(await self._book.called(number, LAST_INTERACTIONS))
        return pop if pop.portrait is None else await self._with_theory(pop, pop.portrait)

    async def chosen(self, pop: Pop, customer: str) -> Pop:
        """The pop after the agent chose one record (a match, or one found by searching)."""
        record = await self._book.customer(customer)
        if record is None:
            raise NotFound(f"no customer {customer}")
        past = await self._book.interactions_of_customer(customer, LAST_INTERACTIONS)
        portrait = await self._portrait(customer)
        chosen = replace(pop, customer=record, interactions=tuple(past), portrait=portrait)
        return await self._with_theory(chosen, portrait)

    async def _with_theory(self, pop: Pop, portrait: Portrait | None) -> Pop:
        """Nothing is offered while something is to be made good first, nor to who refused profiling."""
        offers: tuple[Suggestion, ...] = ()
        if portrait is not None and portrait.profile is not None and portrait.next_step != "repair":
            offers = await self._offers(portrait.profile)
        return replace(pop, treatment=treatment_of(portrait, await self._policy()), offers=offers)
