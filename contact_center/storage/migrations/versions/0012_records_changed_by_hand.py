"""Records count their changes; the tier set by hand beside the reckoned one goes, its word stays as a tag."""

import sqlalchemy as sa
from alembic import op

revision = "0012_records_changed_by_hand"
down_revision = "0011_base_runs"
branch_labels = None
depends_on = None

PAGE = 1000
_CUSTOMER = sa.table(
    "customer", sa.column("id", sa.String), sa.column("tier", sa.String), sa.column("tags", sa.JSON)
)


def upgrade() -> None:
    _keep_as_tags(op.get_bind())
    with op.batch_alter_table("customer") as customer:
        customer.add_column(sa.Column("version", sa.Integer(), server_default="1", nullable=False))
        customer.drop_column("tier")
    with op.batch_alter_table("customer") as customer:  # the default was for the rows that were there
        customer.alter_column("version", server_default=None)


def _keep_as_tags(connection: sa.Connection) -> None:
    """`gold` becomes the tag `tier:gold`, which decides nothing: what somebody wrote is not lost."""
    c, after = _CUSTOMER.c, ""
    while True:
        written = sa.select(c.id, c.tier, c.tags).where(c.id > after, c.tier.not_in(("standard", "")))
        page = connection.execute(written.order_by(c.id).limit(PAGE)).all()
        if not page:
            return
        change = sa.update(_CUSTOMER).where(c.id == sa.bindparam("its_id")).values(tags=sa.bindparam("all"))
        tagged = [{"its_id": row.id, "all": [*row.tags, f"tier:{row.tier}"]} for row in page]
        connection.execute(change, tagged)
        after = page[-1].id


def downgrade() -> None:
    with op.batch_alter_table("customer") as customer:
        customer.add_column(
            sa.Column("tier", sa.String(length=32), server_default="standard", nullable=False)
        )
        customer.drop_column("version")
    with op.batch_alter_table("customer") as customer:
        customer.alter_column("tier", server_default=None)
