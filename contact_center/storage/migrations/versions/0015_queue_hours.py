"""Queues have hours of their own, and a callback keeps the whole requirement of the call it came from."""

import sqlalchemy as sa
from alembic import op

revision = "0015_queue_hours"
down_revision = "0014_worth_index"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("queue", sa.Column("hours", sa.String(length=64), server_default="", nullable=False))
    op.add_column("callback", sa.Column("alternatives", sa.JSON(), server_default="[]", nullable=False))
    op.add_column("callback", sa.Column("relaxed", sa.JSON(), server_default="[]", nullable=False))

    # the defaults were for the rows that were there
    with op.batch_alter_table("queue") as queue:
        queue.alter_column("hours", server_default=None)
    with op.batch_alter_table("callback") as callback:
        callback.alter_column("alternatives", server_default=None)
        callback.alter_column("relaxed", server_default=None)


def downgrade() -> None:
    op.drop_column("callback", "relaxed")
    op.drop_column("callback", "alternatives")
    op.drop_column("queue", "hours")
