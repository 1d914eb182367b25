"""What each reckoning of the base found and learnt, and who changed stage or tier in it."""

import sqlalchemy as sa
from alembic import op

revision = "0011_base_runs"
down_revision = "0010_base"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "profile_change",
        sa.Column("customer", sa.String(length=64), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("what", sa.String(length=8), nullable=False),
        sa.Column("before", sa.String(length=16), nullable=False),
        sa.Column("after", sa.String(length=16), nullable=False),
        sa.Column("policy", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer"],
            ["customer.id"],
            name=op.f("fk_profile_change_customer"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("customer", "at", "what", name=op.f("pk_profile_change")),
    )
    op.create_table(
        "base_run",
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("at", name=op.f("pk_base_run")),
    )


def downgrade() -> None:
    op.drop_table("base_run")
    op.drop_table("profile_change")
