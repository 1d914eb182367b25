"""Segments of an interaction, and the number a queue shows to whom it calls."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002_recordings"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("interaction", sa.Column("segments", sa.JSON(), server_default="[]", nullable=False))
    op.add_column("queue", sa.Column("caller_id", sa.String(length=64), server_default="", nullable=False))

    # the defaults were for the rows that were there
    with op.batch_alter_table("interaction") as interaction:
        interaction.alter_column("segments", server_default=None)
    with op.batch_alter_table("queue") as queue:
        queue.alter_column("caller_id", server_default=None)


def downgrade() -> None:
    op.drop_column("queue", "caller_id")
    op.drop_column("interaction", "segments")
