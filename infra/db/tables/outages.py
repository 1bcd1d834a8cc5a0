"""The city's building list, outages, and what residents say of them."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Table, Text
from sqlalchemy.dialects.postgresql import ARRAY

from infra.db.tables.base import INSTANT, NOW, metadata, own_id

buildings = Table(
    "buildings",
    metadata,
    Column("key", Text, primary_key=True, comment="as premises.building_key: what all spellings have in common"),
    Column("street", Text, nullable=False),
    Column("building", Text, nullable=False),
    Column("quarter", Text, comment="as outages are announced: «109а»"),
    Column("district", Text),
    Column("quarter_key", Text, index=True),
    Column("district_key", Text, index=True),
    comment="which quarter and district a building is in, by the city's own list",
)

outages = Table(
    "outages",
    metadata,
    own_id(),
    Column("key", Text, nullable=False, unique=True, comment="idempotency key"),
    Column("services", ARRAY(Text), nullable=False),
    Column("emergency", Boolean, nullable=False),
    Column("starts_at", INSTANT, nullable=False),
    Column("ends_at", INSTANT, comment="when it is to be over; none: nobody knows"),
    Column("cause", Text, nullable=False),
    Column("places", ARRAY(Text), nullable=False, comment="as the operator named them"),
    Column("made_by", Text, nullable=False),
    Column("updated_at", INSTANT, nullable=False, comment="the latest that an operator has said of it"),
    Column("ended_at", INSTANT),
    Column(
        *("stored_at", INSTANT),
        nullable=False,
        server_default=NOW,
        comment="by the database's clock: how long it is kept counts from here",
    ),
    Index(None, "ended_at"),
)

outage_buildings = Table(
    "outage_buildings",
    metadata,
    Column("outage_id", BigInteger, ForeignKey("outages.id", ondelete="CASCADE"), primary_key=True),
    Column("building_key", Text, primary_key=True, index=True),
)

outage_events = Table(
    "outage_events",
    metadata,
    own_id(),
    Column("key", Text, nullable=False, unique=True, comment="idempotency key"),
    Column("outage_id", BigInteger, ForeignKey("outages.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("kind", Text, nullable=False, comment="opened, updated, ended or reopened"),
    Column("at", INSTANT, nullable=False),
    Column("by", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("ends_at", INSTANT),
)

outage_reports = Table(
    "outage_reports",
    metadata,
    own_id(),
    Column("outage_id", BigInteger, ForeignKey("outages.id", ondelete="CASCADE"), nullable=False),
    Column("report", Text, nullable=False, comment="also or still"),
    Column(
        *("resident_id", BigInteger, ForeignKey("residents.id", ondelete="SET NULL")),
        index=True,
        comment="none: erased; the word still counts",
    ),
    Column("building_key", Text, nullable=False),
    Column("at", INSTANT, nullable=False),
    Column("stored_at", INSTANT, nullable=False, server_default=NOW),
    Index("uq_outage_reports_once", "outage_id", "report", "resident_id", unique=True),
)
