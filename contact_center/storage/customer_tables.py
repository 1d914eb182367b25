"""Tables of the customer theory: what is known of a customer beyond the record, and what was made of it.

Amounts are whole ten-thousandths (`_e4`): exact and summable on every engine. Times are epoch seconds.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    func,
)

from contact_center.storage.tables import metadata


def _of_customer(*, key: bool = False) -> "Column[str]":
    belongs = ForeignKey("customer.id", ondelete="CASCADE")
    return Column("customer", String(64), belongs, primary_key=key, nullable=False)


organisation = Table(
    "organisation",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("parent", String(64), nullable=True),
)

consent = Table(
    "consent",
    metadata,
    _of_customer(key=True),
    Column("purpose", String(40), primary_key=True),
    Column("granted", Boolean, nullable=False),
    Column("at", Double, nullable=False),
    Column("source", String(100), nullable=False),
)

customer_note = Table(
    "customer_note",
    metadata,
    Column("id", String(64), primary_key=True),
    _of_customer(),
    Column("at", Double, nullable=False),
    Column("author", String(64), nullable=False),
    Column("text", Text, nullable=False),
    Index(None, "customer", "at"),
)

# Money: no index by time alone, since it is always read by customer.
sale = Table(
    "sale",
    metadata,
    Column("id", String(64), primary_key=True),
    _of_customer(),
    Column("at", Double, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("quantity_e4", BigInteger, nullable=False),
    Column("unit_price_e4", BigInteger, nullable=False),
    Column("unit_cost_e4", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Index(None, "customer", "at"),
)

benefit = Table(
    "benefit",
    metadata,
    Column("id", String(64), primary_key=True),
    _of_customer(),
    Column("at", Double, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("amount_e4", BigInteger, nullable=False),
    Index(None, "customer", "at"),
)

survey_answer = Table(
    "survey_answer",
    metadata,
    Column("contact", String(64), primary_key=True),
    Column("question", String(16), primary_key=True),
    _of_customer(),
    Column("at", Double, nullable=False),
    Column("answer", Integer, nullable=False),
    Index(None, "customer", "at"),
)

profile = Table(
    "profile",
    metadata,
    _of_customer(key=True),
    Column("as_of", Double, nullable=False),
    Column("policy", Integer, nullable=False),
    Column("basis", String(16), nullable=False),
    Column("period", String(8), nullable=False),
    Column("stage", String(16), nullable=False),
    Column("confidence", Double, nullable=False),
    Column("periods", Integer, nullable=False),
    Column("pattern", String(16), nullable=True),
    Column("level", Double, nullable=False),
    Column("slope", Double, nullable=False),
    Column("drawdown", Double, nullable=False),
    Column("method", String(24), nullable=False),
    Column("value", Double, nullable=True),
    Column("p10", Double, nullable=True),
    Column("p90", Double, nullable=True),
    Column("horizon_months", Integer, nullable=False),
    Column("rate_yearly", Double, nullable=False),
    Column("current", Double, nullable=False),
    Column("potential", Double, nullable=False),
    Column("p_alive", Double, nullable=True),
    Column("tier", String(16), nullable=False),
    Column("pending_tier", String(16), nullable=True),
    Column("pending_runs", Integer, nullable=False),
    Column("index_value", Double, nullable=True),
    Column("coverage", Double, nullable=False),
    Column("enough", Boolean, nullable=False),
    Column("contributions", JSON, nullable=False),
    Column("reaction", String(16), nullable=True),
    Column("because", String(40), nullable=True),
    Column("risks", JSON, nullable=False),
    Column("past", JSON, nullable=False),
    Column("rests_on", JSON, nullable=False),
    Column("stable_after", Integer, nullable=True),
    Column("churn", JSON(none_as_null=True), nullable=True),  # of who has a contract
    Index(None, "tier"),
    Index(None, "stage"),
)

Index("ix_profile_worth", func.coalesce(profile.c.value, profile.c.current).desc(), profile.c.customer)
"""The order of every list of customers; who is worth most comes first without sorting the base."""

repair_case = Table(
    "repair_case",
    metadata,
    Column("id", String(100), primary_key=True),
    _of_customer(),
    Column("owner", String(64), nullable=False),
    Column("reaction", String(16), nullable=False),
    Column("opened_at", Double, nullable=False),
    Column("closed_at", Double, nullable=True),
    Column("next_deadline", Double, nullable=True, index=True),
    Column("in_time", Boolean, nullable=True),
    Column("body", Text, nullable=False),  # JSON text, exactly as the codec wrote it
    Index(None, "customer", "opened_at"),
)

# Acts on cases: the log is told of those `unsaid`; what it says of the others is done already.
repair_act = Table(
    "repair_act",
    metadata,
    Column("id", String(120), primary_key=True),
    Column("case", String(100), nullable=False, index=True),
    Column("unsaid", Boolean, nullable=False, index=True),
    Column("body", Text, nullable=False),  # JSON text of the event
)

policy_version = Table(
    "policy_version",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("author", String(64), nullable=False),
    Column("dated", Double, nullable=False),
    Column("note", Text, nullable=False),
    Column("body", Text, nullable=False),
)

profile_change = Table(
    "profile_change",
    metadata,
    _of_customer(key=True),
    Column("at", Double, primary_key=True),
    Column("what", String(8), primary_key=True),  # stage, tier, or keep: since when, and why
    Column("before", String(16), nullable=False),
    Column("after", String(16), nullable=False),
    Column("policy", Integer, nullable=False),
)

base_run = Table(
    "base_run",
    metadata,
    Column("at", Double, primary_key=True),
    Column("body", Text, nullable=False),
)

import_run = Table(
    "import_run",
    metadata,
    Column("id", String(100), primary_key=True),  # what is imported, and the digest of the file
    Column("rows", BigInteger, nullable=False),
    Column("refused", BigInteger, nullable=False),
    Column("finished", Boolean, nullable=False),
    Column("at", Double, nullable=False),
)

# What a forecaster expects of one customer, for the customer-event method.
expected_event = Table(
    "expected_event",
    metadata,
    Column("id", String(64), primary_key=True),
    _of_customer(),
    Column("due_at", Double, nullable=False),
    Column("probability", Double, nullable=False),
    Column("revenue_e4", BigInteger, nullable=False),
    Column("cost_e4", BigInteger, nullable=False),
    Column("author", String(64), nullable=False),
    Column("basis", Text, nullable=False),
    Column("at", Double, nullable=False),
    Index(None, "customer", "due_at"),
)

# No foreign keys: it is history as well, and is written again when the log is replayed into an empty base.
customer_merge = Table(
    "customer_merge",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("kept", String(64), nullable=False, index=True),
    Column("absorbed", String(64), nullable=False, index=True),
    Column("at", Double, nullable=False),
    Column("user", String(64), nullable=False),
    Column("split_at", Double, nullable=True),
    Column("split_by", String(64), nullable=False),
    Column("unsaid", Integer, nullable=False, index=True),  # events still to be told: merged 1, split 2
    Column("body", Text, nullable=False),  # JSON text of what was moved, exactly as the codec wrote it
)

night = Table(
    "night",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("started_at", Double, nullable=False, index=True),
    Column("seen_at", Double, nullable=False),
    Column("ended_at", Double, nullable=True),
    Column("customers", BigInteger, nullable=False),
    Column("done", BigInteger, nullable=False),
    Column("fault", Text, nullable=False),
)
