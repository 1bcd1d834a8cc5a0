"""What many residents are told at once: mailings, broadcasts, deliveries, who will not be told."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from infra.db.tables.base import INSTANT, NOW, metadata, own_id

mailings = Table(
    "mailings",
    metadata,
    own_id(),
    Column("key", Text, nullable=False, unique=True, comment="idempotency key, or the event that is told"),
    Column("kind", Text, nullable=False),
    Column("topic", Text, nullable=False, comment="what a resident opts out of"),
    Column("status", Text, nullable=False),
    Column("halt", Text, comment="why it is paused"),
    Column(
        *("open", Boolean),
        nullable=False,
        server_default="false",
        comment="recipients may still be added: it does not end by itself",
    ),
    Column("random_id", Integer, nullable=False, comment="guard against doubles within a dialog: int32, never 0"),
    Column("not_after", INSTANT, comment="by the city's clock"),
    Column("starts_at", INSTANT, comment="by the city's clock, for what is scheduled"),
    Column("begins_at", INSTANT, comment="by the database's clock: until then a start can be taken back"),
    Column("alive_at", INSTANT, comment="when a sender last had it in hand"),
    Column("created_at", INSTANT, nullable=False, server_default=NOW),
    Column("finished_at", INSTANT),
    CheckConstraint("random_id <> 0", name="random_id"),
    Index(None, "status", postgresql_where=text("status IN ('scheduled', 'sending')")),
)

broadcasts = Table(
    "broadcasts",
    metadata,
    Column("mailing_id", BigInteger, ForeignKey("mailings.id"), primary_key=True),
    Column("title", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("approver", Text, comment="who has agreed to what it says now"),
    Column("started_by", Text),
    Column("written_at", INSTANT, nullable=False, comment="by the city's clock"),
    Column("texts", JSONB, nullable=False, comment="by language"),
    Column("buttons", JSONB, nullable=False),
    Column("audience", JSONB, nullable=False),
    Column("file_name", Text),
    Column("file_picture", Boolean),
    Column("file", LargeBinary),
    Column("recipients", Integer, comment="how many were frozen at the start"),
    CheckConstraint("(file IS NULL) = (file_name IS NULL) AND (file IS NULL) = (file_picture IS NULL)", name="file"),
)

# A trigger lets rows be added alone.
broadcast_events = Table(
    "broadcast_events",
    metadata,
    own_id(),
    Column("mailing_id", BigInteger, ForeignKey("mailings.id"), nullable=False, index=True),
    Column("at", INSTANT, nullable=False),
    Column("what", Text, nullable=False),
    Column("by", Text, nullable=False),
)

# No foreign keys: checking three of them for each of 170,000 recipients takes longer than everything else. A row whose
# chat or resident is gone, or no longer belong together, is settled without being sent.
deliveries = Table(
    "deliveries",
    metadata,
    own_id(),
    Column("mailing_id", BigInteger, nullable=False),
    Column("resident_id", BigInteger, comment="none: erased since"),
    Column("chat_id", BigInteger),
    Column("token", Text, nullable=False, comment="messenger:bot"),
    Column("subject", Text, nullable=False, server_default="", comment="tells several notices to one resident apart"),
    Column("premises_id", BigInteger, comment="the flat that made the resident one of the audience"),
    Column("state", Text, nullable=False, server_default="waiting"),
    Column("attempts", SmallInteger, nullable=False, server_default="0"),
    Column("begun_at", INSTANT, comment="of the first attempt: a repeat is safe only for so long"),
    Column("again_at", INSTANT, comment="not before"),
    Column("settled_at", INSTANT),
    Column("reason", Text, nullable=False, server_default=""),
    UniqueConstraint("resident_id", "mailing_id", "subject"),
    Index(None, "mailing_id", "token", "state", "id"),
    Index("ix_deliveries_sending", "token", "id", postgresql_where=text("state = 'sending'")),
)

opt_outs = Table(
    "opt_outs",
    metadata,
    Column("resident_id", BigInteger, ForeignKey("residents.id", ondelete="CASCADE"), primary_key=True),
    Column("topic", Text, primary_key=True),
    Column("since", INSTANT, nullable=False, server_default=NOW),
)
