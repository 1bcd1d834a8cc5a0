"""Flats, accounts, residents, their chats, consents and links."""

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Numeric,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import JSONB

from infra.db.tables.base import INSTANT, NOW, metadata, own_id

premises = Table(
    "premises",
    metadata,
    own_id(),
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
    own_id(),
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
    own_id(),
    Column("language", Text, nullable=False),
    Column("created_at", INSTANT, nullable=False, server_default=NOW),
)

chats = Table(
    "chats",
    metadata,
    own_id(),
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
    own_id(),
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
    own_id(),
    Column("resident_id", BigInteger, ForeignKey("residents.id", ondelete="CASCADE"), nullable=False),
    Column("premises_id", BigInteger, ForeignKey("premises.id"), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("linked_at", INSTANT, nullable=False),
    UniqueConstraint("resident_id", "premises_id"),
)

link_failures = Table(
    "link_failures",
    metadata,
    own_id(),
    Column("chat_id", BigInteger, ForeignKey("chats.id", ondelete="CASCADE"), nullable=False),
    Column("account_hash", LargeBinary, nullable=False, comment="SHA-256 of provider and number: no list of numbers"),
    Column("failed_at", INSTANT, nullable=False),
    Index(None, "chat_id", "failed_at"),
    Index(None, "account_hash", "failed_at"),
)
