"""What a turn has read, remembered until it writes.

A step that answers and the step that is drawn next ask the same things: which flat, which meter, what was submitted.
Each question is a round trip, and round trips are most of what a turn costs. So the statements of a turn go through
here: a SELECT that was asked before, with the same arguments, is answered from memory. Whatever else is run (a write, a
lock) may change answers, or wait for somebody who does: then everything is forgotten.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from asyncpg import Connection, Record

_LOCKS: Final = re.compile(r"\bFOR\s+(?:NO\s+KEY\s+)?UPDATE\b|\bFOR\s+(?:KEY\s+)?SHARE\b|_lock\b", re.IGNORECASE)


class RememberingConnection:
    """The part of a driver's connection that stores use. Lives as long as one transaction."""

    def __init__(self, driver: Connection) -> None:
        self._driver = driver
        self._known: dict[tuple[object, ...], Sequence[Record]] = {}

    async def fetch(self, query: str, *args: object) -> Sequence[Record]:
        if not _only_reads(query):
            self._known.clear()
            rows: Sequence[Record] = await self._driver.fetch(query, *args)
            return rows
        key = _key(query, args)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = await self._driver.fetch(query, *args)
        return known

    async def fetchrow(self, query: str, *args: object) -> Record | None:
        rows = await self.fetch(query, *args)
        return rows[0] if rows else None

    async def fetchval(self, query: str, *args: object) -> object:
        row = await self.fetchrow(query, *args)
        return row[0] if row is not None else None

    async def execute(self, query: str, *args: object) -> str:
        self._known.clear()
        status: str = await self._driver.execute(query, *args)
        return status

    def know(self, query: str, args: tuple[object, ...], rows: Sequence[Record]) -> None:
        """Takes in what another statement of the transaction has read: the rows that this one would give."""
        self._known[_key(query, args)] = rows


@lru_cache(maxsize=512)
def _only_reads(query: str) -> bool:
    return query.lstrip().startswith("SELECT") and not _LOCKS.search(query)


def _key(query: str, args: tuple[object, ...]) -> tuple[object, ...]:
    return (query, *(tuple(one) if isinstance(one, list) else one for one in args))
