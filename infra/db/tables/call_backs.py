"""Calls that residents have asked for."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, Table, Text, text

from infra.db.tables.base import INSTANT, NOW, metadata, own_id

call_backs = Table(
    "call_backs",
    metadata,
    own_id(),
    Column("key", Text, nullable=False, unique=True, comment="idempotency key"),
    Column("chat_id", BigInteger, ForeignKey("chats.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("resident_id", BigInteger, ForeignKey("residents.id", ondelete="SET NULL"), index=True),
    Column("organisation", Text, nullable=False),
    Column("phone", Text, nullable=False, comment="ten digits; empty when it is erased"),
    Column("vouched", Boolean, nullable=False, comment="the messenger says it is the resident's own"),
    Column("word", Text, nullable=False, comment="what the operator says first"),
    Column("wanted_at", INSTANT, nullable=False, comment="the hour that was chosen, by the city's clock"),
    Column("asked_at", INSTANT, nullable=False),
    Column("stored_at", INSTANT, nullable=False, server_default=NOW),
    Column("status", Text, nullable=False, server_default="open"),
    Column("attempts", Integer, nullable=False, server_default="0", comment="times nobody answered"),
    Column("rev", Integer, nullable=False, server_default="0", comment="rises with every change"),
    Column("taken_by", Text, nullable=False, server_default="", comment="the operator who is calling"),
    Column("taken_at", INSTANT),
    Column("settled_by", Text, nullable=False, server_default=""),
    Column("settled_at", INSTANT),
    Index("ix_call_backs_open", "organisation", "wanted_at", postgresql_where=text("status = 'open'")),
    Index(
        "uq_call_backs_open",
        *("resident_id", "organisation"),
        unique=True,
        postgresql_where=text("status = 'open'"),
    ),
)
