"""Charges, statements and payments."""

from sqlalchemy import BigInteger, Column, Date, ForeignKey, Index, Numeric, Table, Text, UniqueConstraint

from infra.db.tables.base import metadata, own_id

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
    own_id(),
    Column("provider", Text, nullable=False),
    Column("operation", Text, nullable=False),
    Column("account_id", BigInteger, ForeignKey("accounts.id"), nullable=False),
    Column("paid_on", Date, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("channel", Text, nullable=False, server_default=""),
    UniqueConstraint("provider", "operation"),
    Index(None, "account_id", "paid_on"),
)
