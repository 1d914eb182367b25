"""Merged customers, nights of reckoning, expected customer events, and what a value rests on."""

import sqlalchemy as sa
from alembic import op

revision = "0010_base"
down_revision = "0009_callback"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "customer_merge",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("kept", sa.String(length=64), nullable=False),
        sa.Column("absorbed", sa.String(length=64), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("user", sa.String(length=64), nullable=False),
        sa.Column("split_at", sa.Double(), nullable=True),
        sa.Column("split_by", sa.String(length=64), nullable=False),
        sa.Column("unsaid", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_merge")),
    )
    with op.batch_alter_table("customer_merge", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_customer_merge_absorbed"), ["absorbed"], unique=False)
        batch_op.create_index(batch_op.f("ix_customer_merge_kept"), ["kept"], unique=False)
        batch_op.create_index(batch_op.f("ix_customer_merge_unsaid"), ["unsaid"], unique=False)
    op.create_table(
        "night",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("started_at", sa.Double(), nullable=False),
        sa.Column("seen_at", sa.Double(), nullable=False),
        sa.Column("ended_at", sa.Double(), nullable=True),
        sa.Column("customers", sa.BigInteger(), nullable=False),
        sa.Column("done", sa.BigInteger(), nullable=False),
        sa.Column("fault", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_night")),
    )
    with op.batch_alter_table("night", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_night_started_at"), ["started_at"], unique=False)
    op.create_table(
        "expected_event",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("customer", sa.String(length=64), nullable=False),
        sa.Column("due_at", sa.Double(), nullable=False),
        sa.Column("probability", sa.Double(), nullable=False),
        sa.Column("revenue_e4", sa.BigInteger(), nullable=False),
        sa.Column("cost_e4", sa.BigInteger(), nullable=False),
        sa.Column("author", sa.String(length=64), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer"], ["customer.id"], name=op.f("fk_expected_event_customer"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_expected_event")),
    )
    with op.batch_alter_table("expected_event", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_expected_event_customer_due_at"), ["customer", "due_at"], unique=False
        )
    op.add_column("profile", sa.Column("rests_on", sa.JSON(), server_default="{}", nullable=False))
    with op.batch_alter_table("profile") as profile:
        profile.alter_column("rests_on", server_default=None)  # it was for the rows that were there


def downgrade() -> None:
    op.drop_column("profile", "rests_on")
    op.drop_table("expected_event")
    op.drop_table("night")
    op.drop_table("customer_merge")
