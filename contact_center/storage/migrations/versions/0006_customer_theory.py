"""The customer theory: identities, consents, transactions and benefits, profiles, repair cases, policies."""

import sqlalchemy as sa
from alembic import op

revision = "0006_customer_theory"
down_revision = "0005_survey"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _what_is_known()
    _money_and_answers()
    _what_is_made_of_it()

    # the default was for the rows that were there
    with op.batch_alter_table("customer") as customer:
        customer.alter_column("no_profiling", server_default=None)


def _what_is_known() -> None:
    op.create_table(
        "organisation",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("parent", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation")),
    )
    op.create_table(
        "consent",
        sa.Column("customer", sa.String(length=64), nullable=False),
        sa.Column("purpose", sa.String(length=40), nullable=False),
        sa.Column("granted", sa.Boolean(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("source", sa.String(length=100), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer"], ["customer.id"], name=op.f("fk_consent_customer"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("customer", "purpose", name=op.f("pk_consent")),
    )
    op.create_table(
        "customer_note",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("customer", sa.String(length=64), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("author", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer"], ["customer.id"], name=op.f("fk_customer_note_customer"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_note")),
    )
    with op.batch_alter_table("customer_note", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_customer_note_customer_at"), ["customer", "at"], unique=False)
    with op.batch_alter_table("customer", schema=None) as batch_op:
        batch_op.add_column(sa.Column("organisation", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("preferred_agent", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("contract_until", sa.Double(), nullable=True))
        batch_op.add_column(sa.Column("products", sa.Integer(), nullable=True))
        batch_op.add_column(
            sa.Column("no_profiling", sa.Boolean(), server_default=sa.false(), nullable=False)
        )
        batch_op.create_index(batch_op.f("ix_customer_organisation"), ["organisation"], unique=False)


def _money_and_answers() -> None:
    op.create_table(
        "sale",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("customer", sa.String(length=64), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("quantity_e4", sa.BigInteger(), nullable=False),
        sa.Column("unit_price_e4", sa.BigInteger(), nullable=False),
        sa.Column("unit_cost_e4", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer"], ["customer.id"], name=op.f("fk_sale_customer"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sale")),
    )
    with op.batch_alter_table("sale", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sale_customer_at"), ["customer", "at"], unique=False)
    op.create_table(
        "benefit",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("customer", sa.String(length=64), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("amount_e4", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer"], ["customer.id"], name=op.f("fk_benefit_customer"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_benefit")),
    )
    with op.batch_alter_table("benefit", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_benefit_customer_at"), ["customer", "at"], unique=False)
    op.create_table(
        "survey_answer",
        sa.Column("contact", sa.String(length=64), nullable=False),
        sa.Column("question", sa.String(length=16), nullable=False),
        sa.Column("customer", sa.String(length=64), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("answer", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer"], ["customer.id"], name=op.f("fk_survey_answer_customer"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("contact", "question", name=op.f("pk_survey_answer")),
    )
    with op.batch_alter_table("survey_answer", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_survey_answer_customer_at"), ["customer", "at"], unique=False)
    op.create_table(
        "import_run",
        sa.Column("id", sa.String(length=100), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("refused", sa.BigInteger(), nullable=False),
        sa.Column("finished", sa.Boolean(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_run")),
    )


def _what_is_made_of_it() -> None:
    op.create_table(
        "policy_version",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("author", sa.String(length=64), nullable=False),
        sa.Column("dated", sa.Double(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_policy_version")),
    )
    op.create_table(
        "profile",
        sa.Column("customer", sa.String(length=64), nullable=False),
        sa.Column("as_of", sa.Double(), nullable=False),
        sa.Column("policy", sa.Integer(), nullable=False),
        sa.Column("basis", sa.String(length=16), nullable=False),
        sa.Column("period", sa.String(length=8), nullable=False),
        sa.Column("stage", sa.String(length=16), nullable=False),
        sa.Column("confidence", sa.Double(), nullable=False),
        sa.Column("periods", sa.Integer(), nullable=False),
        sa.Column("pattern", sa.String(length=16), nullable=True),
        sa.Column("level", sa.Double(), nullable=False),
        sa.Column("slope", sa.Double(), nullable=False),
        sa.Column("drawdown", sa.Double(), nullable=False),
        sa.Column("method", sa.String(length=24), nullable=False),
        sa.Column("value", sa.Double(), nullable=True),
        sa.Column("p10", sa.Double(), nullable=True),
        sa.Column("p90", sa.Double(), nullable=True),
        sa.Column("horizon_months", sa.Integer(), nullable=False),
        sa.Column("rate_yearly", sa.Double(), nullable=False),
        sa.Column("current", sa.Double(), nullable=False),
        sa.Column("potential", sa.Double(), nullable=False),
        sa.Column("p_alive", sa.Double(), nullable=True),
        sa.Column("tier", sa.String(length=16), nullable=False),
        sa.Column("pending_tier", sa.String(length=16), nullable=True),
        sa.Column("pending_runs", sa.Integer(), nullable=False),
        sa.Column("index_value", sa.Double(), nullable=True),
        sa.Column("coverage", sa.Double(), nullable=False),
        sa.Column("enough", sa.Boolean(), nullable=False),
        sa.Column("contributions", sa.JSON(), nullable=False),
        sa.Column("reaction", sa.String(length=16), nullable=True),
        sa.Column("because", sa.String(length=40), nullable=True),
        sa.Column("risks", sa.JSON(), nullable=False),
        sa.Column("past", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer"], ["customer.id"], name=op.f("fk_profile_customer"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("customer", name=op.f("pk_profile")),
    )
    with op.batch_alter_table("profile", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_profile_stage"), ["stage"], unique=False)
        batch_op.create_index(batch_op.f("ix_profile_tier"), ["tier"], unique=False)
    op.create_table(
        "repair_case",
        sa.Column("id", sa.String(length=100), nullable=False),
        sa.Column("customer", sa.String(length=64), nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("reaction", sa.String(length=16), nullable=False),
        sa.Column("opened_at", sa.Double(), nullable=False),
        sa.Column("closed_at", sa.Double(), nullable=True),
        sa.Column("next_deadline", sa.Double(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer"], ["customer.id"], name=op.f("fk_repair_case_customer"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_repair_case")),
    )
    with op.batch_alter_table("repair_case", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_repair_case_customer_opened_at"), ["customer", "opened_at"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_repair_case_next_deadline"), ["next_deadline"], unique=False)
