"""Every table of the house. PostgreSQL is the truth; migrations bring a database to this shape (tests compare them).

Money is BIGINT kopecks, volumes and readings are NUMERIC, periods are the first day of their month, instants are
timestamptz. Keys of repeated writes are UNIQUE constraints: they, not the code above them, make a repeat harmless.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

INSTANT = DateTime(timezone=True)
NOW = text("clock_timestamp()")


def _id() -> Column[int]:
    return Column("id", BigInteger, Identity(always=True), primary_key=True)


# --- accounts -------------------------------------------------------------------------------------------------------

premises = Table(
    "premises",
    metadata,
    _id(),
    Column("external_key", Text, unique=True, comment="the key billing gave the flat"),
    Column("address_key", Text, nullable=False, index=True, comment="normalised address"),
    Column("city", Text, nullable=False, server_default=""),
    Column("street", Text, nullable=False),
    Column("building", Text, nullable=False),
    Column("unit", Text, nullable=False, server_default=""),
)

accounts = Table(
    "accounts",
    metadata,
    _id(),
    Column("provider", Text, nullable=False),
    Column("number", Text, nullable=False),
    Column("premises_id", BigInteger, ForeignKey("premises.id"), nullable=False, index=True),
    Column("unified_account", Text),
    Column("gis_id", Text),
    Column("holder", Text),
    Column("phone", Text),
    Column("area_m2", Numeric),
    Column("residents", Integer),
    Column("code_digest", LargeBinary, comment="HMAC-SHA-256 of the access code under SECRET_KEY"),
    Column("closed_on", Date),
    UniqueConstraint("provider", "number"),
)

residents = Table(
    "residents",
    metadata,
    _id(),
    Column("language", Text, nullable=False),
    Column("created_at", INSTANT, nullable=False, server_default=NOW),
)

chats = Table(
    "chats",
    metadata,
    _id(),
    Column("messenger", Text, nullable=False),
    Column("bot", Text, nullable=False),
    Column("peer", Text, nullable=False),
    Column("resident_id", BigInteger, ForeignKey("residents.id", ondelete="SET NULL"), index=True),
    Column("language", Text, nullable=False, server_default="ru"),
    Column("state", JSONB, comment="the session: see dialogs.session"),
    UniqueConstraint("messenger", "bot", "peer"),
)

consents = Table(
    "consents",
    metadata,
    _id(),
    Column("resident_id", BigInteger, ForeignKey("residents.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("purpose", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("text_hash", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("given_at", INSTANT, nullable=False),
    UniqueConstraint("resident_id", "purpose", "version"),
)

links = Table(
    "links",
    metadata,
    _id(),
    Column("resident_id", BigInteger, ForeignKey("residents.id", ondelete="CASCADE"), nullable=False),
    Column("premises_id", BigInteger, ForeignKey("premises.id"), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("linked_at", INSTANT, nullable=False),
    UniqueConstraint("resident_id", "premises_id"),
)

link_failures = Table(
    "link_failures",
    metadata,
    _id(),
    Column("chat_id", BigInteger, ForeignKey("chats.id", ondelete="CASCADE"), nullable=False),
    Column("account_hash", LargeBinary, nullable=False, comment="SHA-256 of provider and number: no list of numbers"),
    Column("failed_at", INSTANT, nullable=False),
    Index(None, "chat_id", "failed_at"),
    Index(None, "account_hash", "failed_at"),
)

# --- meters ---------------------------------------------------------------------------------------------------------

meters = Table(
    "meters",
    metadata,
    _id(),
    Column("provider", Text, nullable=False),
    Column("number", Text, nullable=False),
    Column("service", Text, nullable=False),
    Column("account_id", BigInteger, ForeignKey("accounts.id"), nullable=False, index=True),
    Column("digits", Integer, nullable=False),
    Column("decimals", Integer, nullable=False, server_default="3"),
    Column("place", Text, nullable=False, server_default=""),
    Column("installed_on", Date),
    Column("verified_until", Date),
    Column("last_value", Numeric),
    Column("last_date", Date),
    Column("closed_on", Date),
    UniqueConstraint("provider", "number", "service"),
)

readings = Table(
    "readings",
    metadata,
    Column("id", Uuid(as_uuid=False), primary_key=True, server_default=text("gen_random_uuid()")),
    Column("seq", BigInteger, Identity(always=True), nullable=False, comment="order of arrival"),
    Column("key", Text, nullable=False, unique=True, comment="idempotency key"),
    Column("meter_id", BigInteger, ForeignKey("meters.id"), nullable=False),
    Column("period", Date, nullable=False),
    Column("value", Numeric, nullable=False),
    Column("submitted_at", INSTANT, nullable=False),
    Column("channel", Text, nullable=False),
    Column("kind", Text, nullable=False, server_default="current"),
    Column("status", Text, nullable=False),
    Column("current", Boolean, nullable=False),
    Column("flags", ARRAY(Text), nullable=False, server_default="{}"),
    Column("reason", Text),
    Column("resident_id", BigInteger, ForeignKey("residents.id", ondelete="SET NULL"), index=True),
    CheckConstraint("value >= 0", name="value"),
    Index(None, "meter_id", "period", "seq"),
    Index("uq_readings_current", "meter_id", "period", unique=True, postgresql_where=text("current")),
)

verdicts = Table(
    "verdicts",
    metadata,
    Column("reading_id", Uuid(as_uuid=False), ForeignKey("readings.id"), primary_key=True),
    Column("provider", Text, primary_key=True, comment="each receiver of a reading answers for itself"),
    Column("status", Text, nullable=False, comment="accepted or declined"),
    Column("reason", Text),
    Column("taken_at", INSTANT, nullable=False, server_default=NOW),
)

# --- billing --------------------------------------------------------------------------------------------------------

charges = Table(
    "charges",
    metadata,
    Column("account_id", BigInteger, ForeignKey("accounts.id"), primary_key=True),
    Column("period", Date, primary_key=True),
    Column("service", Text, primary_key=True),
    Column("unit", Text, nullable=False),
    Column("volume", Numeric, nullable=False),
    Column("method", Text, nullable=False),
    Column("tariff", Numeric, nullable=False),
    Column("charged", BigInteger, nullable=False),
    Column("recalculated", BigInteger, nullable=False, server_default="0"),
    Column("benefit", BigInteger, nullable=False, server_default="0"),
    Column("penalty", BigInteger, nullable=False, server_default="0"),
)

statements = Table(
    "statements",
    metadata,
    Column("account_id", BigInteger, ForeignKey("accounts.id"), primary_key=True),
    Column("period", Date, primary_key=True),
    Column("opening", BigInteger, nullable=False),
    Column("paid", BigInteger, nullable=False),
    Column("to_pay", BigInteger, nullable=False),
)

payments = Table(
    "payments",
    metadata,
    _id(),
    Column("provider", Text, nullable=False),
    Column("operation", Text, nullable=False),
    Column("account_id", BigInteger, ForeignKey("accounts.id"), nullable=False),
    Column("paid_on", Date, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("channel", Text, nullable=False, server_default=""),
    UniqueConstraint("provider", "operation"),
    Index(None, "account_id", "paid_on"),
)

# --- support --------------------------------------------------------------------------------------------------------

tickets = Table(
    "tickets",
    metadata,
    _id(),
    Column("key", Text, nullable=False, unique=True),
    Column("chat_id", BigInteger, ForeignKey("chats.id"), nullable=False, index=True),
    Column("resident_id", BigInteger, ForeignKey("residents.id", ondelete="SET NULL"), index=True),
    Column("topic", Text, nullable=False),
    Column("organisation", Text, nullable=False),
    Column("status", Text, nullable=False, server_default="open"),
    Column("opened_at", INSTANT, nullable=False),
)

ticket_messages = Table(
    "ticket_messages",
    metadata,
    _id(),
    Column("ticket_id", BigInteger, ForeignKey("tickets.id"), nullable=False, index=True),
    Column("at", INSTANT, nullable=False),
    Column("from_resident", Boolean, nullable=False),
    Column("text", Text, nullable=False),
)

# --- the durable path -----------------------------------------------------------------------------------------------

inbox = Table(
    "inbox",
    metadata,
    _id(),
    Column("messenger", Text, nullable=False),
    Column("bot", Text, nullable=False),
    Column("peer", Text, nullable=False),
    Column("key", Text, nullable=False, comment="the messenger's name of the event, or ours for internal ones"),
    Column("raw", Text, nullable=False),
    Column("internal", Boolean, nullable=False, server_default="false"),
    Column("received_at", INSTANT, nullable=False, server_default=NOW),
    Column("due_at", INSTANT, nullable=False, server_default=NOW),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("done_at", INSTANT),
    Column("error", Text, comment="class of the last failure"),
    Column("rev", BigInteger, comment="revision of the session in which it failed first: it may not answer another"),
    UniqueConstraint("messenger", "bot", "key"),
    Index("ix_inbox_pending", "messenger", "bot", "peer", "id", postgresql_where=text("done_at IS NULL")),
)

dead_letters = Table(
    "dead_letters",
    metadata,
    _id(),
    Column("messenger", Text, nullable=False),
    Column("bot", Text, nullable=False),
    Column("peer", Text, nullable=False),
    Column("key", Text, nullable=False, comment="the key it has in the inbox"),
    Column("raw", Text, nullable=False),
    Column("internal", Boolean, nullable=False),
    Column("rev", BigInteger),
    Column("received_at", INSTANT, nullable=False),
    Column("given_up_at", INSTANT, nullable=False, server_default=NOW),
    Column("attempts", Integer, nullable=False),
    Column("error", Text, nullable=False, comment="class of the last failure"),
    UniqueConstraint("messenger", "bot", "key"),
)

outbox = Table(
    "outbox",
    metadata,
    _id(),
    Column("messenger", Text, nullable=False),
    Column("bot", Text, nullable=False),
    Column("peer", Text, nullable=False),
    Column("method", Text, nullable=False),
    Column("params", JSONB, nullable=False),
    Column("file", JSONB, comment="what delivery makes and uploads: see dialogs.screen.File"),
    Column("file_name", Text, nullable=False, server_default=""),
    Column("random_id", Integer, nullable=False, comment="VK's guard against doubles: int32, never 0"),
    Column("created_at", INSTANT, nullable=False, server_default=NOW),
    Column("leased_until", INSTANT, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("sent_at", INSTANT),
    Column("outcome", Text, comment="why it was given up"),
    Column("turn", Text, comment="key of the update whose turn made it: follows it through the logs"),
    CheckConstraint("random_id <> 0", name="random_id"),
    Index(
        "ix_outbox_unsent",
        *("messenger", "bot", "peer", "id"),
        postgresql_where=text("sent_at IS NULL AND outcome IS NULL"),
    ),
)

uploads = Table(
    "uploads",
    metadata,
    Column("messenger", Text, primary_key=True),
    Column("bot", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("remote", Text, nullable=False),
    Column("uploaded_at", INSTANT, nullable=False, server_default=NOW),
)

rendered_files = Table(
    "rendered_files",
    metadata,
    Column("key", Text, primary_key=True),
    Column("content", LargeBinary, nullable=False),
    Column("rendered_at", INSTANT, nullable=False, server_default=NOW),
)

bookmarks = Table(
    "bookmarks",
    metadata,
    Column("name", Text, primary_key=True),
    Column("place", Text, nullable=False, comment="where a reader of a stream goes on"),
)

switches = Table(
    "switches",
    metadata,
    Column("name", Text, primary_key=True),
    Column("is_on", Boolean, nullable=False),
    Column("changed_at", INSTANT, nullable=False, server_default=NOW),
)

imports = Table(
    "imports",
    metadata,
    _id(),
    Column("kind", Text, nullable=False),
    Column("provider", Text, nullable=False),
    Column("file_name", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("rows", Integer, nullable=False),
    Column("changed", Integer, nullable=False),
    Column("taken_at", INSTANT, nullable=False, server_default=NOW),
)
