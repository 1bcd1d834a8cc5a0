"""What all tables share: the metadata, names of constraints, common columns."""

from sqlalchemy import BigInteger, Column, DateTime, Identity, Index, MetaData, text

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

INSTANT = DateTime(timezone=True)
NOW = text("clock_timestamp()")


def own_id() -> Column[int]:
    return Column("id", BigInteger, Identity(always=True), primary_key=True)


def trigrams(name: str, column: str) -> Index:
    """By which a piece of a text is found, at any place of it (pg_trgm)."""
    return Index(name, column, postgresql_using="gin", postgresql_ops={column: "gin_trgm_ops"})
