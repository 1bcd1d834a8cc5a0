"""Meters, readings and what billing said of them."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Numeric,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from infra.db.tables.base import INSTANT, NOW, metadata, own_id

meters = Table(
    "meters",
    metadata,
    own_id(),
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

dial_photos = Table(
    "dial_photos",
    metadata,
    own_id(),
    Column("key", Text, nullable=False, unique=True, comment="that of the job which fetches it"),
    Column("chat_id", BigInteger, ForeignKey("chats.id", ondelete="CASCADE"), nullable=False),
    Column("meter_id", BigInteger, ForeignKey("meters.id"), nullable=False, index=True),
    Column("reading_id", Uuid(as_uuid=False), ForeignKey("readings.id"), index=True),
    Column("sent_at", INSTANT, nullable=False, server_default=NOW),
    Column("content", LargeBinary, comment="JPEG made anew from what was sent; none until it is fetched"),
    Index(None, "chat_id", "meter_id"),
)

reading_events = Table(
    "reading_events",
    metadata,
    own_id(),
    Column("reading_id", Uuid(as_uuid=False), ForeignKey("readings.id"), nullable=False, index=True),
    Column("meter_id", BigInteger, nullable=False),
    Column("event", Text, nullable=False),
    Column("actor", Text, nullable=False, comment="resident, billing:CODE, operator:NAME"),
    Column("at", INSTANT, nullable=False, server_default=NOW),
    Column("before", JSONB),
    Column("after", JSONB, nullable=False),
    Index(None, "meter_id", "id"),
    comment="history of readings: only added to, by triggers, whoever writes",
    info={"only_added": True},
)
