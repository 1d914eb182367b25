"""What was done to repair cases, until the log has been told, and after, so that it is done once."""

import sqlalchemy as sa
from alembic import op

revision = "0013_repair_acts"
down_revision = "0012_records_changed_by_hand"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "repair_act",
        sa.Column("id", sa.String(length=120), nullable=False),
        sa.Column("case", sa.String(length=100), nullable=False),
        sa.Column("unsaid", sa.Boolean(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_repair_act")),
    )
    for column in ("case", "unsaid"):
        op.create_index(op.f(f"ix_repair_act_{column}"), "repair_act", [column])


def downgrade() -> None:
    op.drop_table("repair_act")
