"""Survey answers of an interaction."""

import sqlalchemy as sa
from alembic import op

revision = "0005_survey"
down_revision = "0004_quality"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("interaction", sa.Column("survey", sa.JSON(), server_default="[]", nullable=False))

    # the default was for the rows that were there
    with op.batch_alter_table("interaction") as interaction:
        interaction.alter_column("survey", server_default=None)


def downgrade() -> None:
    op.drop_column("interaction", "survey")
