"""Columns that the figures of the whole base are counted by: when it first was stable, promises kept."""

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0018_how_relationships_went"
down_revision = "0017_remedies_in_the_ledger"
branch_labels = None
depends_on = None

PAGE = 1000
_CASE = sa.table(
    "repair_case",
    sa.column("id", sa.String),
    sa.column("reaction", sa.String),
    sa.column("closed_at", sa.Double),
    sa.column("in_time", sa.Boolean),
    sa.column("body", sa.Text),
)
_REACTIONS = ("exit", "voice", "neglect", "loyalty")


def _in_time(case: Any) -> bool | None:
    """As `RepairCase.in_time` has it."""
    clocks = json.loads(case.body).get("clocks", ())
    if case.reaction not in _REACTIONS or not clocks:
        return None
    if any("breach" in clock.get("marks", ()) for clock in clocks):
        return False
    return None if case.closed_at is None else True


def upgrade() -> None:
    op.add_column("profile", sa.Column("stable_after", sa.Integer(), nullable=True))
    op.add_column("repair_case", sa.Column("in_time", sa.Boolean(), nullable=True))
    connection, c, after = op.get_bind(), _CASE.c, ""
    by_id = sa.update(_CASE).where(c.id == sa.bindparam("case")).values(in_time=sa.bindparam("kept"))
    while True:
        page = connection.execute(sa.select(_CASE).where(c.id > after).order_by(c.id).limit(PAGE)).all()
        if not page:
            return
        connection.execute(by_id, [{"case": case.id, "kept": _in_time(case)} for case in page])
        after = page[-1].id


def downgrade() -> None:
    op.drop_column("repair_case", "in_time")
    op.drop_column("profile", "stable_after")
