"""The chance that a contract ends, and since when a customer is to be kept by ourselves.

Until now only the turn of a valuable customer into decline was known of the latter: those are written down as
what they were, so that the hold-out's figure goes on where it was.
"""

import sqlalchemy as sa
from alembic import op

revision = "0019_who_is_to_be_kept"
down_revision = "0018_how_relationships_went"
branch_labels = None
depends_on = None

_CHANGE = sa.table(
    "profile_change",
    *(sa.column(name, sa.String) for name in ("customer", "what", "before", "after")),
    sa.column("at", sa.Double),
    sa.column("policy", sa.Integer),
)
_PROFILE = sa.table("profile", sa.column("customer", sa.String), sa.column("tier", sa.String))


def upgrade() -> None:
    op.add_column("profile", sa.Column("churn", sa.JSON(), nullable=True))
    c, tier = _CHANGE.c, _CHANGE.alias("tier")
    later = sa.select(tier.c.before).where(
        tier.c.customer == c.customer, tier.c.what == "tier", tier.c.at > c.at
    )
    then = sa.func.coalesce(later.order_by(tier.c.at).limit(1).scalar_subquery(), _PROFILE.c.tier)
    literals = [sa.literal(each) for each in ("keep", "no", "decline")]
    declines = (
        sa.select(c.customer, c.at, *literals, c.policy)
        .join(_PROFILE, _PROFILE.c.customer == c.customer)
        .where(c.what == "stage", c.after == "decline", then.in_(("platinum", "gold")))
    )
    columns = ["customer", "at", "what", "before", "after", "policy"]
    op.get_bind().execute(sa.insert(_CHANGE).from_select(columns, declines))


def downgrade() -> None:
    op.get_bind().execute(sa.delete(_CHANGE).where(_CHANGE.c.what == "keep"))
    op.drop_column("profile", "churn")
