"""The book of looks: `core.staff.ports.LookStore` over one connection. Its table takes new lines and nothing else."""

import json
from collections.abc import Mapping, Sequence
from typing import Final

from asyncpg import Connection

from core.staff.model import Look, MemberId

_RECORD: Final = "INSERT INTO desk_looks (by, member_id, what, subject, facts) VALUES ($1, $2, $3, $4, $5)"
PAGE: Final = """
SELECT id, at, by, what, subject, facts FROM desk_looks
WHERE ($1::text IS NULL OR by = $1) AND ($2::text IS NULL OR what = $2) AND ($3::bigint IS NULL OR id < $3)
ORDER BY id DESC LIMIT $4
"""


class PostgresLooks:
    """`core.staff.ports.LookStore`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def record(
        self, by: str, member: MemberId | None, what: str, subject: str, facts: Mapping[str, object]
    ) -> None:
        await self._connection.execute(_RECORD, by, member, what, subject, json.dumps(dict(facts), ensure_ascii=False))

    async def page(self, *, by: str | None, what: str | None, before: int | None, limit: int) -> Sequence[Look]:
        rows = await self._connection.fetch(PAGE, by, what, before, limit)
        return [
            Look(row["id"], row["at"], row["by"], row["what"], row["subject"], _facts(row["facts"])) for row in rows
        ]


def _facts(stored: object) -> dict[str, object]:
    facts: object = json.loads(stored) if isinstance(stored, str) else stored
    return dict(facts) if isinstance(facts, dict) else {}
