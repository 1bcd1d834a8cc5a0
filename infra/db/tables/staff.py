"""The desk's staff: members, their sessions and tries to sign in, and the book of looks."""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    LargeBinary,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from infra.db.tables.base import INSTANT, NOW, metadata, own_id

members = Table(
    "members",
    metadata,
    own_id(),
    Column("login", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False, unique=True, comment="stands in the history of tickets"),
    Column("role", Text, nullable=False),
    Column("organisations", ARRAY(Text), comment="whose tickets they see; NULL: all of them"),
    Column("active", Boolean, nullable=False, server_default="true"),
    Column("language", Text, nullable=False, server_default="ru"),
    Column("password", Text, nullable=False, comment="argon2"),
    Column("password_made_at", INSTANT, comment="made by somebody else; NULL: one's own"),
    Column("seed", LargeBinary, comment="of the second factor: worth nothing without SECRET_KEY"),
    Column("confirmed", Boolean, nullable=False, server_default="false", comment="the second factor is in force"),
    Column("step", BigInteger, comment="the last one of the second factor that was used"),
    Column("since", INSTANT, nullable=False, server_default=NOW),
    CheckConstraint("role IN ('operator', 'senior', 'admin')", name="role"),
    CheckConstraint("seed IS NOT NULL OR NOT confirmed", name="confirmed"),
)

desk_sessions = Table(
    "desk_sessions",
    metadata,
    own_id(),
    Column("digest", LargeBinary, nullable=False, unique=True, comment="SHA-256 of the token in the cookie"),
    Column("member_id", BigInteger, ForeignKey("members.id"), nullable=False, index=True),
    Column("proved", Boolean, nullable=False, comment="the second factor was shown"),
    Column("opened_at", INSTANT, nullable=False, server_default=NOW),
    Column("seen_at", INSTANT, nullable=False, server_default=NOW),
)

backup_codes = Table(
    "backup_codes",
    metadata,
    Column("member_id", BigInteger, ForeignKey("members.id"), primary_key=True),
    Column("digest", LargeBinary, primary_key=True, comment="HMAC under SECRET_KEY"),
)

sign_in_failures = Table(
    "sign_in_failures",
    metadata,
    own_id(),
    Column("login", LargeBinary, nullable=False, comment="a hash, whether or not there is such a login"),
    Column("address", LargeBinary, nullable=False, comment="a hash"),
    Column("failed_at", INSTANT, nullable=False, server_default=NOW),
    Index(None, "login", "failed_at"),
    Index(None, "address", "failed_at"),
    Index(None, "failed_at"),
)

# A trigger lets rows be added alone; the role the product runs as may do no more, either (docs/running.md).
desk_looks = Table(
    "desk_looks",
    metadata,
    own_id(),
    Column("at", INSTANT, nullable=False, server_default=NOW),
    Column("by", Text, nullable=False, comment="a login, or who sat at the console"),
    Column("member_id", BigInteger, ForeignKey("members.id")),
    Column("what", Text, nullable=False),
    Column("subject", Text, nullable=False, server_default="", comment="as in ticket:17"),
    Column("facts", JSONB, nullable=False, server_default=text("'{}'"), comment="never words of people"),
    Index(None, "by", "id"),
    Index(None, "subject", "id"),
    Index(None, "what", "id"),
    info={"only_added": True},
)
