"""Recordings, and who listened to them."""

import sqlalchemy as sa
from alembic import op

revision = "0002_recordings"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("queue", schema=None) as queue:
        queue.add_column(sa.Column("recording", sa.Boolean(), nullable=False, server_default=sa.false()))
        queue.add_column(
            sa.Column("recording_notice", sa.Text(), nullable=False, server_default=sa.text("''"))
        )
        queue.add_column(
            sa.Column("recording_notice_zh", sa.Text(), nullable=False, server_default=sa.text("''"))
        )
        queue.add_column(sa.Column("recording_days", sa.Integer(), nullable=False, server_default="90"))
        queue.add_column(sa.Column("recording_own", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.create_table(
        "recording",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("contact", sa.String(length=64), nullable=False),
        sa.Column("queue", sa.String(length=64), nullable=False),
        sa.Column("agent", sa.String(length=64), nullable=False),
        sa.Column("started_at", sa.Double(), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.Column("file", sa.String(length=200), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("peaks", sa.JSON(), nullable=False),
        sa.Column("pauses", sa.JSON(), nullable=False),
        sa.Column("fault", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recording")),
    )
    for column in ("contact", "agent", "expires_at"):
        op.create_index(op.f(f"ix_recording_{column}"), "recording", [column])
    op.create_table(
        "audit",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("user", sa.String(length=64), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    for column in ("at", "subject"):
        op.create_index(op.f(f"ix_audit_{column}"), "audit", [column])
