"""Questions and their answers: tickets, what was said in them, files, history."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
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
    Column("service", Text),
    Column("period", Date),
    Column("due_at", INSTANT, comment="by when an answer is usual"),
    Column("closed_at", INSTANT),
    Column("rating", SmallInteger),
    Column(
        *("unread", Boolean),
        nullable=False,
        server_default="true",
        comment="the resident has said something no operator has looked at",
    ),
    Column(
        *("erased", Boolean),
        nullable=False,
        server_default="false",
        comment="its resident was forgotten: nobody is told of it any more",
    ),
    Column("assignee_id", BigInteger, ForeignKey("members.id"), comment="the operator who has taken it up"),
    CheckConstraint("rating BETWEEN 1 AND 5", name="rating"),
    Index(None, "organisation", "status", "id"),
    Index("ix_tickets_due", "organisation", "status", text("COALESCE(due_at, 'infinity'::timestamptz)"), "id"),
    Index("ix_tickets_asked", "organisation", "status", text("(id + 0)")),
    Index("ix_tickets_unread", "organisation", "status", text("(id + 0)"), postgresql_where=text("unread")),
    Index("ix_tickets_held", "assignee_id", "status", "id", postgresql_where=text("assignee_id IS NOT NULL")),
)

# An edit adds a row that replaces the first one; the text that counts is that of the latest. The order of what was said
# is the order of the first rows.
ticket_messages = Table(
    "ticket_messages",
    metadata,
    own_id(),
    Column("ticket_id", BigInteger, ForeignKey("tickets.id"), nullable=False),
    Column("at", INSTANT, nullable=False),
    Column("from_resident", Boolean, nullable=False),
    Column("text", Text, nullable=False),
    Column("key", Text, unique=True, comment="idempotency key"),
    Column("kind", Text, nullable=False, server_default="said", comment="said, or note: for operators alone"),
    Column("by", Text, nullable=False, server_default="", comment="the operator; residents are never told"),
    Column("chat_id", BigInteger, ForeignKey("chats.id")),
    Column("message", Text, comment="the messenger's name of it within the chat"),
    Column("replaces", BigInteger, ForeignKey("ticket_messages.id"), comment="the message this is a later version of"),
    Column(
        *("stored_at", INSTANT),
        server_default=NOW,
        comment="by the database's clock: how long it is kept counts from here",
    ),
    Index(None, "ticket_id", "id"),
    Index(None, "chat_id", "message", postgresql_where=text("message IS NOT NULL")),
    Index(None, "replaces", postgresql_where=text("replaces IS NOT NULL")),
)

ticket_files = Table(
    "ticket_files",
    metadata,
    own_id(),
    Column("ticket_id", BigInteger, ForeignKey("tickets.id"), nullable=False, index=True),
    Column("message_id", BigInteger, ForeignKey("ticket_messages.id"), nullable=False, index=True),
    Column("kind", Text, nullable=False, comment="photo, file or voice"),
    Column("state", Text, nullable=False, server_default="waiting", comment="waiting, kept or lost"),
    Column("name", Text, nullable=False, server_default=""),
    Column("remote", Text, comment="the messenger's name of it"),
    Column("media_type", Text, comment="one of a closed list: see infra/attachments.py"),
    Column("size", Integer),
    Column("content", LargeBinary),
    CheckConstraint("(state = 'kept') = (content IS NOT NULL)", name="kept"),
)

# A trigger lets rows be added alone.
ticket_events = Table(
    "ticket_events",
    metadata,
    own_id(),
    Column("ticket_id", BigInteger, ForeignKey("tickets.id"), nullable=False, index=True),
    Column("at", INSTANT, nullable=False),
    Column("kind", Text, nullable=False),
    Column("by", Text, nullable=False, server_default=""),
    Column(
        *("facts", JSONB),
        nullable=False,
        server_default=text("'{}'"),
        comment="never words of people: those stand in ticket_messages, where they can be erased",
    ),
    # For the numbers (infra/db/numbers.py): the few lines they look at, by time and by ticket.
    Index(None, "at", postgresql_where=text("kind IN ('opened', 'transferred', 'closed')")),
    Index(None, "ticket_id", "id", postgresql_where=text("kind IN ('opened', 'transferred', 'answered')")),
    info={"only_added": True},
)

# A trigger of the outbox writes these: rows of the outbox go after some days, what became of an answer stays.
answer_calls = Table(
    "answer_calls",
    metadata,
    Column("outbox_id", BigInteger, primary_key=True, autoincrement=False),
    Column("message_id", BigInteger, ForeignKey("ticket_messages.id"), nullable=False, index=True),
    Column("sent_at", INSTANT, comment="the messenger has taken it"),
    Column("outcome", Text, comment="why it was given up"),
)

canned_answers = Table(
    "canned_answers",
    metadata,
    own_id(),
    Column("organisation", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("text", Text, nullable=False, comment="may name facts of the city file in braces"),
    Column("changed_by", Text, nullable=False),
    Column("changed_at", INSTANT, nullable=False, server_default=NOW),
    UniqueConstraint("organisation", "title"),
)
