"""How a queue is routed: its cap, where it sends contacts on, and what the customer's record may do."""

import sqlalchemy as sa
from alembic import op

revision = "0008_acd"
down_revision = "0007_routing"
branch_labels = None
depends_on = None

OPEN = ("cap", "overflow_length", "overflow_wait_s")
SET = ("overflow_to", "closed", "tiering", "sticky", "sticky_s", "retention_skill")


def upgrade() -> None:
    op.add_column("queue", sa.Column("cap", sa.Integer(), nullable=True))
    op.add_column("queue", sa.Column("overflow_to", sa.String(length=64), server_default="", nullable=False))
    op.add_column("queue", sa.Column("overflow_length", sa.Integer(), nullable=True))
    op.add_column("queue", sa.Column("overflow_wait_s", sa.Double(), nullable=True))
    op.add_column("queue", sa.Column("closed", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("queue", sa.Column("tiering", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("queue", sa.Column("sticky", sa.String(length=16), server_default="off", nullable=False))
    op.add_column("queue", sa.Column("sticky_s", sa.Double(), server_default="20", nullable=False))
    op.add_column(
        "queue", sa.Column("retention_skill", sa.String(length=64), server_default="", nullable=False)
    )

    # the defaults were for the rows that were there
    with op.batch_alter_table("queue") as queue:
        for name in SET:
            queue.alter_column(name, server_default=None)


def downgrade() -> None:
    for name in (*OPEN, *SET):
        op.drop_column("queue", name)
