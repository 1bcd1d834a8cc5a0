"""What operators have to do, and what they have changed about windows."""

from sqlalchemy import BigInteger, Column, Date, ForeignKey, Index, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB

from infra.db.tables.base import INSTANT, metadata, own_id

tasks = Table(
    "tasks",
    metadata,
    own_id(),
    Column("key", Text, nullable=False, unique=True, comment="idempotency key"),
    Column("kind", Text, nullable=False),
    Column("facts", JSONB, nullable=False, comment="what an operator needs to know"),
    Column("premises_id", BigInteger, ForeignKey("premises.id"), index=True),
    Column("meter_id", BigInteger, ForeignKey("meters.id")),
    Column("reading_id", Uuid(as_uuid=False), ForeignKey("readings.id"), index=True),
    Column("period", Date),
    Column("status", Text, nullable=False, server_default="open"),
    Column("opened_at", INSTANT, nullable=False),
    Column("settled_at", INSTANT),
    Column("settled_by", Text),
    Column("note", Text, nullable=False, server_default=""),
    Index("ix_tasks_open", "id", postgresql_where=text("status = 'open'")),
    Index(None, "meter_id", "period"),
)

window_extensions = Table(
    "window_extensions",
    metadata,
    own_id(),
    Column("provider", Text, comment="none: of all"),
    Column("period", Date, nullable=False, index=True),
    Column("until", Date, nullable=False),
    Column("building", Text),
    Column("building_key", Text, comment="what all spellings of the house have in common; none: for everybody"),
    Column("reason", Text, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("made_at", INSTANT, nullable=False),
)
