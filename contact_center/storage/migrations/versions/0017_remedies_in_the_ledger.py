"""What was given to make good stands in the ledger of benefits: what cases say of it already is booked."""

import hashlib
import json

import sqlalchemy as sa
from alembic import op

revision = "0017_remedies_in_the_ledger"
down_revision = "0016_callback_promise"
branch_labels = None
depends_on = None

PAGE = 1000
_CASE = sa.table(
    "repair_case", sa.column("id", sa.String), sa.column("customer", sa.String), sa.column("body", sa.Text)
)
_BENEFIT = sa.table(
    "benefit",
    sa.column("id", sa.String),
    sa.column("customer", sa.String),
    sa.column("at", sa.Double),
    sa.column("kind", sa.String),
    sa.column("amount_e4", sa.BigInteger),
)


def _ledger_id(case: str, place: int) -> str:
    """As `storage.remedies` has it, so that the same remedy is never booked twice."""
    plain = f"{case}.remedy.{place}"
    return plain if len(plain) <= 64 else f"{hashlib.sha256(case.encode()).hexdigest()[:40]}.remedy.{place}"


def upgrade() -> None:
    connection, c, after = op.get_bind(), _CASE.c, ""
    while True:
        page = connection.execute(sa.select(_CASE).where(c.id > after).order_by(c.id).limit(PAGE)).all()
        if not page:
            return
        rows = [
            {
                "id": _ledger_id(case.id, place),
                "customer": case.customer,
                "at": given["at"],
                "kind": "remedy",
                "amount_e4": -round(given["amount"] * 10_000),
            }
            for case in page
            for place, given in enumerate(json.loads(case.body).get("remedies", ()), 1)
        ]
        if rows:
            connection.execute(sa.insert(_BENEFIT), rows)
        after = page[-1].id


def downgrade() -> None:
    op.get_bind().execute(sa.delete(_BENEFIT).where(_BENEFIT.c.kind == "remedy"))
