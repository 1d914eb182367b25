"""Callbacks: how a queue makes them, those asked for, and which interaction belongs to which."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0009_callback"
down_revision = "0008_acd"
branch_labels = None
depends_on = None

_OF_A_QUEUE: tuple[tuple[str, sa.types.TypeEngine[Any], Any], ...] = (
    ("callback", sa.String(length=16), "customer_first"),
    ("callback_attempts", sa.Integer(), "3"),
    ("callback_gap_s", sa.Double(), "300"),
    ("callback_expires_s", sa.Double(), "14400"),
    ("callback_most", sa.Integer(), "100"),
    ("callback_ring_s", sa.Double(), "25"),
    ("callback_confirm", sa.Boolean(), sa.true()),
    ("callback_hours", sa.String(length=64), ""),
)


def upgrade() -> None:
    for name, kind, value in _OF_A_QUEUE:
        op.add_column("queue", sa.Column(name, kind, server_default=value, nullable=False))
    with op.batch_alter_table("queue") as queue:  # the defaults were for the rows that were there
        for name, _, _ in _OF_A_QUEUE:
            queue.alter_column(name, server_default=None)
    op.add_column("interaction", sa.Column("callback", sa.String(length=64), nullable=True))
    op.add_column("interaction", sa.Column("asked_in", sa.String(length=64), nullable=True))
    op.create_table(
        "callback",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("queue", sa.String(length=64), nullable=False),
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column("skills", sa.JSON(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("enqueued_at", sa.Double(), nullable=False),
        sa.Column("requested_at", sa.Double(), nullable=False),
        sa.Column("expires_at", sa.Double(), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("asked_in", sa.String(length=64), nullable=True),
        sa.Column("customer", sa.String(length=64), nullable=True),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("due_at", sa.Double(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("missed", sa.Integer(), nullable=False),
        sa.Column("last_why", sa.String(length=24), nullable=False),
        sa.Column("contact", sa.String(length=64), nullable=True),
        sa.Column("agent", sa.String(length=64), nullable=True),
        sa.Column("ended_at", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_callback")),
    )
    for column in ("requested_at", "asked_in", "customer", "state"):
        op.create_index(op.f(f"ix_callback_{column}"), "callback", [column])


def downgrade() -> None:
    op.drop_table("callback")
    op.drop_column("interaction", "asked_in")
    op.drop_column("interaction", "callback")
    for name, _, _ in reversed(_OF_A_QUEUE):
        op.drop_column("queue", name)
