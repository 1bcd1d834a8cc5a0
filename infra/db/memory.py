"""What a turn has read, remembered until it writes.

A step that answers and the step that is drawn next ask the same things: which flat, which meter, what was submitted.
Each question is a round trip, and round trips are most of what a turn costs. So the statements of a turn go through
here: a SELECT that was asked before, with the same arguments, is answered from memory.

1. A write forgets what was read from the tables that it writes to, wherever in the statement they stand. A DELETE
   forgets everything: what hangs on a row goes with it.
2. A lock is waited for, and whoever held it may have written what it guards: that is forgotten, so that it is asked
   anew under the lock. What a lock guards is said in GUARDED; of any other, everything is forgotten. What no lock
   guards may be as old as the turn: it could change right after it was asked anew, too.

Which tables a statement reads and writes is seen from its words; a test has PostgreSQL say the same of every statement
(tests/infra/db/test_memory.py).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from asyncpg import Connection, Record

GUARDED: Final = {"meters": frozenset({"meters", "readings"})}
"""What the lock of a row guards, by the row's table: the meter's, the meter and its readings (`core.meters.ports`)."""

_LOCKS: Final = re.compile(r"\bFOR\s+(?:NO\s+KEY\s+)?UPDATE\b|\bFOR\s+(?:KEY\s+)?SHARE\b|_lock\b", re.IGNORECASE)
_DELETES: Final = re.compile(r"\bDELETE\s+FROM\b", re.IGNORECASE)
_WRITES: Final = re.compile(r"\b(?:INSERT\s+INTO|UPDATE)\s+(\w+)", re.IGNORECASE)
_READS: Final = re.compile(r"\b(?:FROM|JOIN)\s*\(?\s*(\w+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Touched:
    """What a statement does to tables. `changes` is None when it may change anything."""

    reads: frozenset[str]
    changes: frozenset[str] | None

    @property
    def only_reads(self) -> bool:
        return self.changes is not None and not self.changes


class RememberingConnection:
    """The part of a driver's connection that stores use. Lives as long as one transaction."""

    def __init__(self, driver: Connection) -> None:
        self._driver = driver
        self._known: dict[tuple[str, tuple[object, ...]], Sequence[Record]] = {}

    async def fetch(self, query: str, *args: object) -> Sequence[Record]:
        touched = touched_by(query)
        if not touched.only_reads:
            self._forget(touched.changes)
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
        """For its effect, which words may not show (a function called): it forgets everything but what they do show."""
        self._forget(touched_by(query).changes or None)
        status: str = await self._driver.execute(query, *args)
        return status

    def know(self, query: str, args: tuple[object, ...], rows: Sequence[Record]) -> None:
        """Takes in what another statement of the transaction has read: the rows that this one would give."""
        self._known[_key(query, args)] = rows

    def _forget(self, changed: frozenset[str] | None) -> None:
        self._known = {
            key: rows
            for key, rows in self._known.items()
            if changed is not None and touched_by(key[0]).reads.isdisjoint(changed)
        }


@lru_cache(maxsize=512)
def touched_by(query: str) -> Touched:
    """What the words of a statement show."""
    reads, writes = frozenset(_READS.findall(query)), frozenset(_WRITES.findall(query))
    if _LOCKS.search(query):
        return Touched(reads, next((GUARDED[one] for one in GUARDED if reads == {one} and not writes), None))
    if _DELETES.search(query) or not (writes or query.lstrip().startswith("SELECT")):
        return Touched(reads, None)
    return Touched(reads, writes)


def _key(query: str, args: tuple[object, ...]) -> tuple[str, tuple[object, ...]]:
    try:
        hash(args)
    except TypeError:  # lists among them
        return query, tuple(tuple(one) if isinstance(one, list) else one for one in args)
    return query, args
