"""Databases of tests: copies made as the proofs make theirs, and copies that are made good again and used once more."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from io import BytesIO

import asyncpg

from infra.embedded import Servers
from proof.databases import connected, copied_database, fresh_name, named, run_statement

__all__ = ["DatabasePool", "connected", "copied_database", "fresh_name", "named", "run_statement"]

GROWN_BY = 8_000_000
"""Bytes after which a copy is dropped: what a large test leaves behind would slow down the others."""

# A change of a table, an index, a constraint, a trigger, a function or a right writes a row of the catalogue anew.
_SHAPE = """
SELECT md5(string_agg(line, ' ' ORDER BY line)) FROM (
    SELECT 'class ' || oid || ' ' || xmin FROM pg_class WHERE relnamespace = 'public'::regnamespace
    UNION ALL SELECT 'attribute ' || attrelid || ' ' || attnum || ' ' || xmin FROM pg_attribute
        WHERE attrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace)
    UNION ALL SELECT 'constraint ' || oid || ' ' || xmin FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    UNION ALL SELECT 'trigger ' || oid || ' ' || xmin FROM pg_trigger
    UNION ALL SELECT 'function ' || oid || ' ' || xmin FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    UNION ALL SELECT 'schema ' || oid || ' ' || xmin FROM pg_namespace WHERE nspname NOT LIKE 'pg_%'
    UNION ALL SELECT 'setting ' || setconfig::text FROM pg_db_role_setting JOIN pg_database ON oid = setdatabase
        WHERE datname = current_database()
) AS of_all (line)
"""
_SIZE = "SELECT pg_database_size(current_database())"
_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
_SEQUENCES = """
SELECT format('SELECT setval(%L, %s, %L)', quote_ident(sequencename), coalesce(last_value, start_value),
    last_value IS NOT NULL)
FROM pg_sequences WHERE schemaname = 'public'
"""
_ALONE = """
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


@dataclass(frozen=True)
class Original:
    """What a copy is like when it is made. `rows` are those of each table that has any, as COPY writes them."""

    shape: str
    size: int
    empty: str
    rows: Mapping[str, bytes]


@dataclass
class DatabasePool:
    """Copies of one template.

    Making and dropping a copy takes longer than most tests do. So a copy that has kept its shape gets the template's
    rows again and goes to the next test; one that was altered, or has grown, is dropped.
    """

    servers: Servers
    template: str
    _idle: list[str] = field(default_factory=list)
    _original: Original | None = None

    @asynccontextmanager
    async def database(self) -> AsyncIterator[str]:
        """The address of a database that is as the template."""
        name = self._idle.pop() if self._idle else await self._copy()
        try:
            yield named(self.servers.database_url, name)
        finally:
            if await self._restored(name):
                self._idle.append(name)
            else:
                await run_statement(self.servers.database_url, f"DROP DATABASE {name} WITH (FORCE)")

    async def _copy(self) -> str:
        name = fresh_name()
        await run_statement(self.servers.database_url, f"CREATE DATABASE {name} TEMPLATE {self.template}")
        if self._original is None:
            async with connected(named(self.servers.database_url, name)) as connection:
                self._original = await _look_at(connection)
        return name

    async def _restored(self, name: str) -> bool:
        """Whether it is as it was made."""
        original = self._original
        assert original is not None
        async with connected(named(self.servers.database_url, name)) as connection:
            await connection.execute(_ALONE)
            if await connection.fetchval(_SHAPE) != original.shape:
                return False
            if await connection.fetchval(_SIZE) > original.size + GROWN_BY:
                return False
            await connection.execute(original.empty)
            for table, rows in original.rows.items():
                await connection.copy_to_table(table, source=BytesIO(rows), format="binary")
            return True


async def _look_at(connection: asyncpg.Connection) -> Original:
    tables = [row["tablename"] for row in await connection.fetch(_TABLES)]
    kept = {table: await _rows(connection, table) for table in tables}
    sequences = [row[0] for row in await connection.fetch(_SEQUENCES)]
    return Original(
        shape=await connection.fetchval(_SHAPE),
        size=await connection.fetchval(_SIZE),
        empty="; ".join(
            [
                "SET session_replication_role = replica",  # no trigger and no reference has a say in it
                *(f'DELETE FROM "{table}"' for table in tables),
                *sequences,
            ]
        ),
        rows={table: rows for table, rows in kept.items() if rows},
    )


async def _rows(connection: asyncpg.Connection, table: str) -> bytes:
    """Nothing when there are none."""
    content = BytesIO()
    copied = await connection.copy_from_table(table, output=content, format="binary")
    return content.getvalue() if copied != "COPY 0" else b""
