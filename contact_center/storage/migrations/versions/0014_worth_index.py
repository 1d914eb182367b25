"""Lists of customers begin with who is worth most, without sorting the base for each page."""

import sqlalchemy as sa
from alembic import op

revision = "0014_worth_index"
down_revision = "0013_repair_acts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_profile_worth", "profile", [sa.text("coalesce(value, current) DESC"), "customer"])


def downgrade() -> None:
    op.drop_index("ix_profile_worth", "profile")
