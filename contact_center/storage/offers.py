"""What a customer on the line may be offered to stay, within what was not given to him yet."""

from collections.abc import Awaitable, Callable
from typing import Final

from sqlalchemy import func, select

from contact_center.loyalty.policy import Policy
from contact_center.loyalty.profile import Profile
from contact_center.loyalty.remedies import Suggestion, offers_to, retention_due
from contact_center.loyalty.working_time import DAY_S
from contact_center.storage.customer_tables import benefit
from contact_center.storage.engine import Database

_E4: Final = 10_000.0


class OfferBook:
    """Reads; only of who is to be kept."""

    def __init__(
        self, database: Database, policy: Callable[[], Awaitable[Policy]], clock: Callable[[], float]
    ) -> None:
        self._database, self._policy, self._clock = database, policy, clock

    async def offers(self, profile: Profile) -> tuple[Suggestion, ...]:
        """The best first; none for who is not to be kept, of which nothing more is read."""
        if not retention_due(profile):
            return ()
        policy, b = await self._policy(), benefit.c
        since = self._clock() - policy.repair.remedy_days * DAY_S
        spent = select(func.sum(b.amount_e4)).where(
            b.customer == profile.customer, b.kind == "remedy", b.at > since
        )
        async with self._database.reading() as connection:
            amount_e4 = (await connection.execute(spent)).scalar_one()
        return offers_to(profile, -float(amount_e4 or 0) / _E4, policy)
