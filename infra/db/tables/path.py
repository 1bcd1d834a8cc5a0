"""The durable path and the housekeeping around it."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from infra.db.tables.base import INSTANT, NOW, metadata, own_id

inbox = Table(
    "inbox",
    metadata,
    own_id(),
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
    Column("message", BigInteger, comment="number within its chat of the message an update brings, where there is one"),
    Column("said_at", BigInteger, comment="when it was said, in seconds of the messenger's clock"),
    UniqueConstraint("messenger", "bot", "key"),
    Index("ix_inbox_pending", "messenger", "bot", "peer", "id", postgresql_where=text("done_at IS NULL")),
    Index(
        "uq_inbox_message",
        *("messenger", "bot", "peer", "said_at", "message"),
        unique=True,
        postgresql_where=text("message IS NOT NULL"),
    ),
)
"""`message` and `said_at` are filled by a trigger, whichever version of the code writes (docs/adr/0011)."""

dead_letters = Table(
    "dead_letters",
    metadata,
    own_id(),
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
    own_id(),
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
    Column(
        "holder",
        Integer,
        server_default=text("pg_backend_pid()"),
        comment="a connection of the process that holds it: once gone, so is the process, or soon",
    ),
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

leases = Table(
    "leases",
    metadata,
    Column("name", Text, primary_key=True),
    Column("number", BigInteger, nullable=False, comment="rises with every taking: a former holder's is too low"),
    Column("backend", Integer, nullable=False, comment="the connection that holds it: once gone, so is the lease"),
    Column("backend_start", INSTANT, nullable=False),
    Column("until", INSTANT, nullable=False),
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
    own_id(),
    Column("kind", Text, nullable=False),
    Column("provider", Text, nullable=False),
    Column("file_name", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("rows", Integer, nullable=False),
    Column("changed", Integer, nullable=False),
    Column("taken_at", INSTANT, nullable=False, server_default=NOW),
)
