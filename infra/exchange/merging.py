"""From the staging table into the real one by sets: what differs is updated, what is new is inserted.

Rows that are the same are never written (an upsert by ON CONFLICT would lock and log each of them), so taking a file
again costs two joins. Imports take turns by a lock, so nothing comes between the two statements. Names of tables and
columns come from the layouts, never from a file.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg

from infra.exchange.model import RowError
from infra.exchange.staging import STAGED


@dataclass(frozen=True)
class Merged:
    """How many rows were inserted and changed, and what the operator should know."""

    inserted: int
    changed: int
    warnings: tuple[str, ...] = ()

    @property
    def touched(self) -> int:
        return self.inserted + self.changed


async def duplicates(connection: asyncpg.Connection, key: Sequence[str], column: str) -> list[RowError]:
    """Rows of the file whose key stands in an earlier row as well."""
    names = ", ".join(key)
    return await row_errors(
        connection,
        f"""SELECT line, '{column}', '', 'it stands already in line ' || first
              FROM {STAGED} JOIN (SELECT {names}, min(line) AS first FROM {STAGED} GROUP BY {names}
                                  HAVING count(*) > 1) AS doubles USING ({names})
             WHERE line > first""",  # noqa: S608 - names of our own columns
    )


async def row_errors(connection: asyncpg.Connection, query: str, *arguments: object) -> list[RowError]:
    """The rows of a query for (line, column, value, reason)."""
    return [RowError(*record) for record in await connection.fetch(query, *arguments)]


async def merge(connection: asyncpg.Connection, table: str, key: Sequence[str], values: Sequence[str]) -> Merged:
    """Brings `table` to what is staged under columns of the same names; other rows of it are left as they are."""
    known = await known_rows(connection, table, key)
    changed = affected(await connection.execute(_update(table, key, values))) if known else 0
    return Merged(await insert(connection, table, key, [*key, *values], known=known), changed)


async def known_rows(connection: asyncpg.Connection, table: str, key: Sequence[str]) -> int:
    """How many rows of the file are in the table, the same or not."""
    names = ", ".join(key)
    count = await connection.fetchval(
        f"SELECT count(*) FROM {STAGED} JOIN {table} USING ({names})"  # noqa: S608 - names of our own columns
    )
    return int(count)


async def update_lines(
    connection: asyncpg.Connection, table: str, key: Sequence[str], values: Sequence[str]
) -> set[int]:
    """Updates, and gives the lines of the file that changed something."""
    return {line for (line,) in await connection.fetch(_update(table, key, values) + " RETURNING line")}


def _update(table: str, key: Sequence[str], values: Sequence[str]) -> str:
    staged, stored = (", ".join(f"{side}.{name}" for name in values) for side in ("staged", "stored"))
    return f"""UPDATE {table} AS stored SET ({", ".join(values)}) = ROW({staged}) FROM {STAGED} AS staged
                WHERE {_matching(key)} AND ({stored}) IS DISTINCT FROM ({staged})"""  # noqa: S608 - our own names


async def insert(
    connection: asyncpg.Connection, table: str, key: Sequence[str], columns: Sequence[str], *, known: int
) -> int:
    """Inserts what is new, in the order of the file. A file of new rows only, the usual one, needs no join."""
    names = ", ".join(columns)
    new = f"WHERE NOT EXISTS (SELECT FROM {table} AS stored WHERE {_matching(key)}) ORDER BY line" if known else ""
    return affected(
        await connection.execute(
            f"INSERT INTO {table} ({names}) SELECT {names} FROM {STAGED} AS staged {new}"  # noqa: S608 - our own names
        )
    )


def affected(tag: str) -> int:
    """The number of rows in a command tag such as «INSERT 0 12»."""
    return int(tag.rsplit(" ", 1)[1])


def _matching(key: Sequence[str]) -> str:
    return " AND ".join(f"stored.{name} = staged.{name}" for name in key)
