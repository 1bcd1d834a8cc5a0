"""What the role that the product runs as may do, where another one owns the tables: everything it needs, and to what is
only ever added nothing but adding. An owner could switch the triggers off that keep those lines; this role cannot."""

from typing import Final

from asyncpg import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

from infra.db.engine import driver_connection
from infra.db.tables import metadata

ONLY_ADDED: Final = tuple(sorted(table.name for table in metadata.tables.values() if table.info.get("only_added")))
"""Tables whose lines stand: the histories of tickets and readings, the book of looks."""
_ONLY_READ: Final = ("alembic_version",)


class NoSuchRole(Exception):
    """The server knows no role of that name."""


class RoleOwns(Exception):
    """The role owns the tables, or is a superuser: nothing can be kept from it."""


async def grant(engine: AsyncEngine, role: str) -> None:
    """Gives a role what the product needs, as it stands after this migration. Raises NoSuchRole or RoleOwns."""
    async with driver_connection(engine) as connection, connection.transaction():
        await _check(connection, role)
        name = await connection.fetchval("SELECT quote_ident($1)", role)
        schema = await connection.fetchval("SELECT quote_ident(current_schema())")
        kept = ", ".join((*ONLY_ADDED, *_ONLY_READ))
        for statement in (
            f"GRANT USAGE ON SCHEMA {schema} TO {name}",
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {name}",
            f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA {schema} TO {name}",
            f"REVOKE INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER ON {kept} FROM {name}",
            f"GRANT INSERT ON {', '.join(ONLY_ADDED)} TO {name}",
        ):
            await connection.execute(statement)


async def _check(connection: Connection, role: str) -> None:
    found = await connection.fetchrow("SELECT oid, rolsuper FROM pg_roles WHERE rolname = $1", role)
    if found is None:
        raise NoSuchRole
    owns = await connection.fetchval(
        "SELECT pg_has_role($1::oid, relowner, 'MEMBER') FROM pg_class WHERE oid = to_regclass($2)",
        *(found["oid"], ONLY_ADDED[0]),
    )
    if found["rolsuper"] or owns:
        raise RoleOwns
