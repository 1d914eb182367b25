"""What was given to make good, in the ledger of benefits: a projection of the cases, whoever tells them."""

import hashlib
from collections.abc import Sequence
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from contact_center.loyalty.repair import RepairCase
from contact_center.storage.customer_tables import benefit
from contact_center.storage.upsert import upsert

LONGEST_ID: Final = 64
MOST: Final = 1e12
"""An event of whatever origin may name any amount; the ledger holds no more than this."""
_E4: Final = 10_000


async def book(connection: AsyncConnection, cases: Sequence[RepairCase]) -> None:
    """Every remedy of these cases is a row of its case's customer; booked again, the same one."""
    rows = [
        {
            "id": ledger_id(case.case, place),
            "customer": case.customer,
            "at": given.at,
            "kind": "remedy",
            "amount_e4": -round(min(given.amount, MOST) * _E4),
        }
        for case in cases
        for place, given in enumerate(case.remedies, 1)
    ]
    await upsert(connection, benefit, rows)


def ledger_id(case: str, place: int) -> str:
    """Of the remedy that came at this place in its case; an id too long for the ledger is shortened."""
    plain = f"{case}.remedy.{place}"
    if len(plain) <= LONGEST_ID:
        return plain
    return f"{hashlib.sha256(case.encode()).hexdigest()[:40]}.remedy.{place}"
