"""How each leg of an interaction sounded."""

import sqlalchemy as sa
from alembic import op

revision = "0004_quality"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("interaction", sa.Column("quality", sa.JSON(), server_default="[]", nullable=False))

    # the defaults were for the rows that were there
    with op.batch_alter_table("interaction") as interaction:
        interaction.alter_column("quality", server_default=None)


def downgrade() -> None:
    op.drop_column("interaction", "quality")
