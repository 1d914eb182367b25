"""The tables, portable between SQLite and PostgreSQL. Migrations must follow: a test compares them.

Times are epoch seconds (double precision), durations seconds. History tables carry no foreign keys to
configuration: what happened stays true when an agent or a queue is taken out of the company.
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
    MetaData,
    String,
    Table,
    Text,
    false,
    text,
    true,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _belongs_to(column: str) -> ForeignKey:
    return ForeignKey(column, ondelete="CASCADE")


# -- customers ----------------------------------------------------------------------------------------

customer = Table(
    "customer",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("language", String(8), nullable=False),
    Column("city", String(100), nullable=False),
    Column("company", String(200), nullable=False),
    Column("notes", Text, nullable=False),
    Column("tags", JSON, nullable=False),
    Column("since", Double, nullable=False),
    Column("organisation", String(64), nullable=True, index=True),
    Column("preferred_agent", String(64), nullable=True),
    Column("contract_until", Double, nullable=True),
    Column("products", Integer, nullable=True),
    Column("no_profiling", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
)

# A number may belong to several customers (a household), once each.
customer_identity = Table(
    "customer_identity",
    metadata,
    Column("type", String(16), primary_key=True),
    Column("value", String(200), primary_key=True),
    Column("customer", String(64), _belongs_to("customer.id"), primary_key=True, index=True),
    Column("place", Integer, nullable=False),
)

# -- people and sessions ------------------------------------------------------------------------------

user_account = Table(
    "user_account",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("login", String(64), nullable=False, unique=True),
    Column("name", String(200), nullable=False),
    Column("password_hash", String(200), nullable=False),
    Column("roles", JSON, nullable=False),
    Column("agent", String(64), nullable=True),
    Column("language", String(8), nullable=False),
)

session = Table(
    "session",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("csrf", String(64), nullable=False),
    Column("user", String(64), _belongs_to("user_account.id"), nullable=False, index=True),
    Column("expires_at", Double, nullable=False, index=True),
)

# -- the company --------------------------------------------------------------------------------------

agent = Table(
    "agent",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("team", String(100), nullable=False),
)

skill = Table("skill", metadata, Column("name", String(64), primary_key=True))

agent_skill = Table(
    "agent_skill",
    metadata,
    Column("agent", String(64), _belongs_to("agent.id"), primary_key=True),
    Column("skill", String(64), _belongs_to("skill.name"), primary_key=True),
    Column("level", Integer, nullable=False),
)

queue = Table(
    "queue",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("name_zh", String(200), nullable=False),
    Column("target_s", Double, nullable=False),
    Column("target_level", Double, nullable=False),
    Column("short_s", Double, nullable=False),
    Column("wrap_up_mode", String(24), nullable=False),
    Column("wrap_up_s", Double, nullable=False),
    Column("disposition_required", Boolean, nullable=False),
    Column("music", String(200), nullable=False),
    Column("recording", Boolean, nullable=False, server_default=false()),
    Column("recording_notice", Text, nullable=False, server_default=text("''")),
    Column("recording_notice_zh", Text, nullable=False, server_default=text("''")),
    Column("recording_days", Integer, nullable=False, server_default="90"),
    Column("recording_own", Boolean, nullable=False, server_default=true()),
    Column("caller_id", String(64), nullable=False),
    Column("routing", String(16), nullable=False),
    Column("importance", Double, nullable=False),
    Column("hold_targets", Double, nullable=False),
    Column("callback", String(16), nullable=False),
    Column("callback_attempts", Integer, nullable=False),
    Column("callback_gap_s", Double, nullable=False),
    Column("callback_expires_s", Double, nullable=False),
    Column("callback_most", Integer, nullable=False),
    Column("callback_ring_s", Double, nullable=False),
    Column("callback_confirm", Boolean, nullable=False),
    Column("callback_hours", String(64), nullable=False),
    Column("cap", Integer, nullable=True),
    Column("overflow_to", String(64), nullable=False),
    Column("overflow_length", Integer, nullable=True),
    Column("overflow_wait_s", Double, nullable=True),
    Column("closed", Boolean, nullable=False),
    Column("hours", String(64), nullable=False),
    Column("tiering", Boolean, nullable=False),
    Column("sticky", String(16), nullable=False),
    Column("sticky_s", Double, nullable=False),
    Column("retention_skill", String(64), nullable=False),
)


def _code_table(name: str) -> Table:
    return Table(
        name,
        metadata,
        Column("code", String(64), primary_key=True),
        Column("en", String(200), nullable=False),
        Column("zh", String(200), nullable=False),
        Column("place", Integer, nullable=False),
    )


disposition = _code_table("disposition")
not_ready_reason = _code_table("not_ready_reason")

queue_disposition = Table(
    "queue_disposition",
    metadata,
    Column("queue", String(64), _belongs_to("queue.id"), primary_key=True),
    Column("disposition", String(64), _belongs_to("disposition.code"), primary_key=True),
    Column("place", Integer, nullable=False),
)

entry_point = Table(
    "entry_point",
    metadata,
    Column("number", String(64), primary_key=True),
    Column("flow", String(100), nullable=False),
)

# -- what happened ------------------------------------------------------------------------------------

cti_event = Table(
    "cti_event",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("id", String(64), nullable=False, unique=True),
    Column("at", Double, nullable=False, index=True),
    Column("type", String(40), nullable=False),
    Column("contact", String(64), nullable=True, index=True),
    Column("agent", String(64), nullable=True, index=True),
    Column("body", Text, nullable=False),  # JSON text, exactly as the codec wrote it
)

interaction = Table(
    "interaction",
    metadata,
    Column("contact", String(64), primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("started_at", Double, nullable=False, index=True),
    Column("ended_at", Double, nullable=True),
    Column("customer", String(64), nullable=True),
    Column("channel", String(16), nullable=False),
    Column("direction", String(16), nullable=False),
    Column("from_number", String(64), nullable=False),
    Column("to_number", String(64), nullable=False),
    Column("queue", String(64), nullable=True),
    Column("agent", String(64), nullable=True),
    Column("flow", String(100), nullable=True),
    Column("ivr_path", JSON, nullable=False),
    Column("digits", JSON, nullable=False),
    Column("ivr_s", Double, nullable=False),
    Column("wait_s", Double, nullable=False),
    Column("talk_s", Double, nullable=False),
    Column("hold_s", Double, nullable=False),
    Column("wrap_up_s", Double, nullable=False),
    Column("outcome", String(24), nullable=True),
    Column("disposition", String(64), nullable=True),
    Column("note", Text, nullable=False),
    Column("rona_count", Integer, nullable=False),
    Column("segments", JSON, nullable=False),
    Column("quality", JSON, nullable=False),
    Column("survey", JSON, nullable=False),
    Column("callback", String(64), nullable=True),
    Column("asked_in", String(64), nullable=True),
    Index(None, "customer", "started_at"),
    Index(None, "agent", "started_at"),
    Index(None, "queue", "started_at"),
    Index(None, "from_number", "started_at"),
)

callback = Table(
    "callback",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("queue", String(64), nullable=False),
    Column("number", String(64), nullable=False),
    Column("skills", JSON, nullable=False),
    Column("alternatives", JSON, nullable=False),
    Column("relaxed", JSON, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("enqueued_at", Double, nullable=False),
    Column("requested_at", Double, nullable=False, index=True),
    Column("expires_at", Double, nullable=False),
    Column("language", String(16), nullable=False),
    Column("asked_in", String(64), nullable=True, index=True),
    Column("customer", String(64), nullable=True, index=True),
    Column("by", String(64), nullable=False),
    Column("state", String(16), nullable=False, index=True),
    Column("due_at", Double, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("missed", Integer, nullable=False),
    Column("last_why", String(24), nullable=False),
    Column("contact", String(64), nullable=True),
    Column("agent", String(64), nullable=True),
    Column("ended_at", Double, nullable=True),
    Column("promised_at", Double, nullable=True),
    Column("late", Boolean, nullable=False),
)

recording = Table(
    "recording",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("contact", String(64), nullable=False, index=True),
    Column("queue", String(64), nullable=False),
    Column("agent", String(64), nullable=False, index=True),
    Column("started_at", Double, nullable=False),
    Column("seconds", Double, nullable=False),
    Column("file", String(200), nullable=False),  # below the folder of recordings
    Column("bytes", BigInteger, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("peaks", JSON, nullable=False),
    Column("pauses", JSON, nullable=False),
    Column("fault", Text, nullable=False),
    Column("expires_at", Double, nullable=False, index=True),
)

audit = Table(
    "audit",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("at", Double, nullable=False, index=True),
    Column("user", String(64), nullable=False),
    Column("action", String(40), nullable=False),
    Column("subject", String(64), nullable=False, index=True),
    Column("address", String(64), nullable=False),
    Column("details", Text, nullable=False),
)

projection_cursor = Table(
    "projection_cursor",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("seq", BigInteger, nullable=False),
)
