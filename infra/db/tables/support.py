"""Questions and their answers."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Table, Text

from infra.db.tables.base import INSTANT, metadata, own_id

tickets = Table(
    "tickets",
    metadata,
    own_id(),
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
    own_id(),
    Column("ticket_id", BigInteger, ForeignKey("tickets.id"), nullable=False, index=True),
    Column("at", INSTANT, nullable=False),
    Column("from_resident", Boolean, nullable=False),
    Column("text", Text, nullable=False),
)
