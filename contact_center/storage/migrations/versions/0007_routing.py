"""How a queue is routed: policy, importance, longest hold-back."""

import sqlalchemy as sa
from alembic import op

revision = "0007_routing"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("queue", sa.Column("routing", sa.String(length=16), server_default="fcfs", nullable=False))
    op.add_column("queue", sa.Column("importance", sa.Double(), server_default="1", nullable=False))
    op.add_column("queue", sa.Column("hold_targets", sa.Double(), server_default="6", nullable=False))

    # the defaults were for the rows that were there
    with op.batch_alter_table("queue") as queue:
        queue.alter_column("routing", server_default=None)
        queue.alter_column("importance", server_default=None)
        queue.alter_column("hold_targets", server_default=None)


def downgrade() -> None:
    op.drop_column("queue", "hold_targets")
    op.drop_column("queue", "importance")
    op.drop_column("queue", "routing")
