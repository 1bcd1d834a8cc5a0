"""Flats, accounts, residents, their chats, consents and links."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Computed,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Numeric,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from infra.db.tables.base import INSTANT, NOW, metadata, own_id, trigrams

BUILDING_KEY = (
    "((('|'::text || split_part(address_key, '|'::text, 2)) || '|'::text) || split_part(address_key, '|'::text, 3))"
    " || '|'::text"
)
"""«|улица труда|14|» of «магнитогорск|улица труда|14|27» (infra.exchange.addresses), as PostgreSQL writes it."""

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
    Column(
        *("building_key", Text, Computed(BUILDING_KEY, persisted=True)),
        index=True,
        comment="the part of the address key that all flats of a building share, without the town",
    ),
    trigrams("ix_premises_building_trigrams", "building_key"),
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
    Column(
        "code_weak", Boolean, nullable=False, server_default="true", comment="the code has, or may have, under 40 bits"
    ),
    UniqueConstraint("provider", "number"),
    trigrams("ix_accounts_number_trigrams", "number"),
    trigrams("ix_accounts_holder_trigrams", "holder"),
)

residents = Table(
    "residents",
    metadata,
    own_id(),
    Column("language", Text, nullable=False),
    Column("created_at", INSTANT, nullable=False, server_default=NOW),
    Column("prefers", Text, comment="the messenger for what is told unasked; none: the one used last"),
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
    Column(
        *("used_at", INSTANT),
        comment="when the resident was last answered here: news of tickets go to the chat used last",
    ),
    Column("blocked_at", INSTANT, comment="since when the messenger says that its person will not have us"),
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
    UniqueConstraint("resident_id", "purpose", "version", "channel"),
)

# Links in force, nothing else: whoever reads this table may trust it. What waits for an operator, or has ended, lies in
# link_claims; people who may only submit readings are in helpers.
links = Table(
    "links",
    metadata,
    own_id(),
    Column("resident_id", BigInteger, ForeignKey("residents.id", ondelete="CASCADE"), nullable=False),
    Column("premises_id", BigInteger, ForeignKey("premises.id"), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("linked_at", INSTANT, nullable=False),
    Column("account_id", BigInteger, ForeignKey("accounts.id"), index=True, comment="the account it was proved by"),
    Column(
        *("stored_at", INSTANT),
        server_default=NOW,
        comment="by the database's clock: what was news before is none to this link",
    ),
    UniqueConstraint("resident_id", "premises_id"),
)

link_claims = Table(
    "link_claims",
    metadata,
    own_id(),
    Column("resident_id", BigInteger, ForeignKey("residents.id", ondelete="SET NULL")),
    Column("premises_id", BigInteger, ForeignKey("premises.id"), nullable=False, index=True),
    Column("account_id", BigInteger, ForeignKey("accounts.id")),
    Column("name", Text, nullable=False),
    Column("linked_at", INSTANT, nullable=False),
    Column("why", Text, nullable=False, comment="contested, disputed, over_limit, closed or new_holder"),
    Column("contested_by", BigInteger, ForeignKey("residents.id", ondelete="SET NULL")),
    Column("raised_at", INSTANT, nullable=False, server_default=NOW),
    Column("settled_at", INSTANT),
    Column("outcome", Text, comment="kept or removed"),
    CheckConstraint("(settled_at IS NULL) = (outcome IS NULL)", name="settled"),
    Index(
        "uq_link_claims_open",
        *("resident_id", "premises_id"),
        unique=True,
        postgresql_where=text("settled_at IS NULL"),
    ),
)

helpers = Table(
    "helpers",
    metadata,
    own_id(),
    Column("link_id", BigInteger, ForeignKey("links.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("called", Text, nullable=False, comment="the owner's name for the helper"),
    Column("invited_at", INSTANT, nullable=False, server_default=NOW),
    Column("resident_id", BigInteger, ForeignKey("residents.id", ondelete="CASCADE"), index=True),
    Column("name", Text, nullable=False, server_default="", comment="the helper's name for the flat"),
    Column("since", INSTANT),
    CheckConstraint("resident_id IS NULL OR since IS NOT NULL", name="since"),
    UniqueConstraint("link_id", "resident_id"),
)

# Every try is counted as a failure before it is looked at; one that holds takes its row away and leaves a proof.
link_failures = Table(
    "link_failures",
    metadata,
    own_id(),
    Column("chat_id", BigInteger, ForeignKey("chats.id", ondelete="CASCADE"), nullable=False),
    Column("account_hash", LargeBinary, nullable=False, comment="SHA-256 of provider and number: no list of numbers"),
    Column("failed_at", INSTANT, nullable=False, server_default=NOW),
    Index(None, "chat_id", "failed_at"),
    Index(None, "account_hash", "failed_at"),
    Index(None, "failed_at"),
)

link_proofs = Table(
    "link_proofs",
    metadata,
    Column("chat_id", BigInteger, ForeignKey("chats.id", ondelete="CASCADE"), primary_key=True),
    Column("premises_id", BigInteger, ForeignKey("premises.id"), primary_key=True),
    Column("account_id", BigInteger, ForeignKey("accounts.id")),
    Column("proved_at", INSTANT, nullable=False, server_default=NOW),
)

link_alarms = Table(
    "link_alarms",
    metadata,
    Column("key", Text, primary_key=True, comment="kind, what it is about, day: raised once"),
    Column("kind", Text, nullable=False),
    Column("raised_at", INSTANT, nullable=False, server_default=NOW, index=True),
)

one_time_codes = Table(
    "one_time_codes",
    metadata,
    Column("digest", LargeBinary, primary_key=True, comment="HMAC-SHA-256 of purpose and code under SECRET_KEY"),
    Column("purpose", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("issued_by", BigInteger, ForeignKey("residents.id", ondelete="CASCADE"), index=True),
    Column("issued_at", INSTANT, nullable=False, server_default=NOW),
    Column("expires_at", INSTANT, nullable=False, index=True),
    Column("used_at", INSTANT),
    Column(
        *("made_by", Text),
        nullable=False,
        server_default="",
        comment="the operator who made it for somebody; empty for residents",
    ),
    Index(None, "purpose", "subject"),
)
