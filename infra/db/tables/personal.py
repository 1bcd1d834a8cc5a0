"""Proofs that the bot is the real one, reports of false ones, and chats that ask to belong to a resident."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, LargeBinary, Table, Text, text

from infra.db.tables.base import INSTANT, NOW, metadata, own_id

bot_words = Table(
    "bot_words",
    metadata,
    own_id(),
    Column("chat_id", BigInteger, ForeignKey("chats.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("digest", LargeBinary, nullable=False, comment="HMAC-SHA-256 of the word under SECRET_KEY"),
    Column("issued_at", INSTANT, nullable=False, server_default=NOW),
    Column("expires_at", INSTANT, nullable=False),
    Column("confirmed_at", INSTANT),
    Index(None, "digest"),
)

chat_requests = Table(
    "chat_requests",
    metadata,
    own_id(),
    Column("chat_id", BigInteger, ForeignKey("chats.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("resident_id", BigInteger, ForeignKey("residents.id", ondelete="CASCADE"), nullable=False),
    Column("number", Text, nullable=False, comment="shown in the chat that asks, typed in one that belongs already"),
    Column("asked_at", INSTANT, nullable=False, server_default=NOW),
    Column("expires_at", INSTANT, nullable=False),
    Column("settled_at", INSTANT),
    Index("uq_chat_requests_open", "resident_id", unique=True, postgresql_where=text("settled_at IS NULL")),
)

fake_reports = Table(
    "fake_reports",
    metadata,
    own_id(),
    Column("key", Text, nullable=False, unique=True, comment="idempotency key"),
    Column("chat_id", BigInteger, ForeignKey("chats.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("reported_at", INSTANT, nullable=False),
    Column("text", Text, nullable=False),
    Column("photo", LargeBinary, comment="JPEG made anew from what was sent; none until it is fetched"),
)
