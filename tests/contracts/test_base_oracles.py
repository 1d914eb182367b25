"""The series of the specification (L1-L4) lived through night by night: what the base then says of itself."""

from decimal import Decimal

from contact_center.customers.record import Customer
from contact_center.customers.rows import CustomerRow
from contact_center.loyalty.base_figures import base_figures
from contact_center.loyalty.ledger import Transaction
from contact_center.loyalty.lifecycle import stages
from contact_center.storage import imports
from contact_center.storage.base_figures import BaseFigureStore
from contact_center.storage.base_history import BaseHistory
from contact_center.storage.engine import Database
from contact_center.storage.loyalty import LoyaltyStore
from tests.contracts.test_loyalty_store import MONTH, NOW, known, reckoned
from tests.support import aio
from tests.unit.test_loyalty_lifecycle import L1, L2, L3, L4

SERIES = {"l1": L1, "l2": L2, "l3": L3, "l4": L4}
MONTHS = len(L1)
BEGAN = NOW - MONTHS * MONTH


def night(month: int) -> float:
    """The end of a month, from 1."""
    return BEGAN + month * MONTH


def sales() -> list[Transaction]:
    """One in the middle of each month with a volume, each a minute before the month after the last one."""
    return [
        Transaction(
            id=f"{customer}-{month}",
            customer=customer,
            at=night(month) - MONTH / 2 - 60.0 * month,
            unit_price=Decimal(volume),
            unit_cost=Decimal(volume) / 2,
        )
        for customer, volumes in SERIES.items()
        for month, volume in enumerate(volumes, 1)
        if volume
    ]


@aio
async def test_the_figures_of_the_series_are_those_read_off_their_stages(database: Database) -> None:
    people = [CustomerRow(customer=Customer(id=id_, name=id_), consents=()) for id_ in SERIES]
    async with database.transaction() as connection:
        await imports._put(connection, people)
        await imports._put(connection, sales())
    store = LoyaltyStore(database)
    for month in range(1, MONTHS + 1):
        await reckoned(store, night(month))
        for customer, volumes in SERIES.items():
            lived = [*volumes, *[0] * MONTHS][:month]
            assert (await known(store, customer)).stage == stages(lived, 100)[0][-1], (customer, month)
    counts = await BaseFigureStore(database).counts(BEGAN, NOW + 1, 0.1)
    found = base_figures(counts)
    assert (found.period, found.stable.n, found.stable.value) == ("month", 1, 1.0), "three of four have left"
    assert (found.became_stable, found.periods_to_stable) == (2, (18 + 11) / 2)
    assert dict(counts.patterns) == {"early_abort": 1, "midway_death": 1, "early_exit": 1}
    assert (counts.declines, counts.recovered, counts.declining) == (3, 0, 0)
    assert found.recovered.value == 0.0
    flow = await BaseHistory(database).flow("stage", night(11), night(14))
    assert {(f.before, f.after): f.customers for f in flow} == {
        ("formation", "formation"): 1,  # L1
        ("exited", "exited"): 1,  # L2: where it leads, nobody comes back from
        ("decline", "exited"): 1,  # L3
        ("stable", "stable"): 1,  # L4
    }
