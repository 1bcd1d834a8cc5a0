"""Answers kept ready: the store of core.support.canned."""

from collections.abc import Sequence
from typing import Final

from asyncpg import Connection

from core.support.canned import Canned, CannedId
from infra.db.support import storable

_OF: Final = """
SELECT id, organisation, title, text FROM canned_answers
WHERE $1::text[] IS NULL OR organisation = ANY ($1) ORDER BY organisation, title
"""
_WRITE: Final = """
INSERT INTO canned_answers (organisation, title, text, changed_by) VALUES ($1, $2, $3, $4)
ON CONFLICT (organisation, title) DO UPDATE
SET text = excluded.text, changed_by = excluded.changed_by, changed_at = clock_timestamp()
"""


class PostgresCanned:
    """`core.support.canned.CannedStore`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def of(self, organisations: frozenset[str] | None) -> Sequence[Canned]:
        rows = await self._connection.fetch(_OF, None if organisations is None else sorted(organisations))
        return [Canned(CannedId(row["id"]), row["organisation"], row["title"], row["text"]) for row in rows]

    async def write(self, organisation: str, title: str, text: str, by: str) -> None:
        await self._connection.execute(_WRITE, organisation, storable(title), storable(text), by)

    async def drop(self, canned: CannedId) -> None:
        await self._connection.execute("DELETE FROM canned_answers WHERE id = $1", canned)
