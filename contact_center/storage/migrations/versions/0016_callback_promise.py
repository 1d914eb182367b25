"""A callback knows by when it was promised, and whether that time passed without a call."""

import sqlalchemy as sa
from alembic import op

revision = "0016_callback_promise"
down_revision = "0015_queue_hours"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("callback", sa.Column("promised_at", sa.Double(), nullable=True))
    op.add_column("callback", sa.Column("late", sa.Boolean(), server_default=sa.false(), nullable=False))
    with op.batch_alter_table("callback") as callback:  # the default was for the rows that were there
        callback.alter_column("late", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("callback") as callback:
        callback.drop_column("late")
        callback.drop_column("promised_at")
