"""The chance that a contract ends, and since when a customer is to be kept by ourselves."""

import sqlalchemy as sa
from alembic import op

revision = "0020_who_is_to_be_kept"
down_revision = "0018_how_relationships_went"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("profile", sa.Column("churn", sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column("profile", "churn")
