"""Dead letters: updates whose turns failed too often, kept for somebody to look at, try again or drop.

A dead letter never had an effect: each of its turns was rolled back. Trying it again moves it back into the inbox in
one statement, so that however many ask for it at once, it is there once; the row it had there, kept against second
deliveries, becomes the youngest of its chat.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from asyncpg import Record
from sqlalchemy.ext.asyncio import AsyncEngine

from infra.db.engine import driver_connection
from infra.db.wake import CHANNEL

_LIST: Final = """
SELECT id, given_up_at, received_at, messenger, bot, key, raw, internal, attempts, error FROM dead_letters
WHERE $1::bigint IS NULL OR id = $1 ORDER BY id
"""
RETRY: Final = f"""
WITH taken AS (
    DELETE FROM dead_letters WHERE $1::bigint IS NULL OR id = $1 RETURNING *
), due AS (
    INSERT INTO inbox (messenger, bot, peer, key, raw, internal, rev)
    SELECT messenger, bot, peer, key, raw, internal, rev FROM taken ORDER BY taken.id
    ON CONFLICT (messenger, bot, key) DO UPDATE SET
        id = DEFAULT, raw = excluded.raw, rev = excluded.rev, attempts = 0, error = NULL, done_at = NULL,
        received_at = clock_timestamp(), due_at = clock_timestamp()
    RETURNING messenger, bot, peer
)
SELECT pg_notify('{CHANNEL}', json_build_array(messenger, bot, peer)::text) FROM due
"""  # noqa: S608 - only constants
_DROP: Final = """
WITH dropped AS (
    DELETE FROM dead_letters WHERE id = $1 RETURNING messenger, bot, key
), blanked AS (
    UPDATE inbox SET raw = '' FROM dropped
    WHERE inbox.messenger = dropped.messenger AND inbox.bot = dropped.bot AND inbox.key = dropped.key
)
SELECT count(*) FROM dropped
"""
_PLAIN: Final = re.compile(r"[a-z_]{1,40}", re.ASCII)


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """An update that was given up. `kind` says what sort of update it is; only `raw` is personal data."""

    id: int
    given_up_at: datetime
    received_at: datetime
    messenger: str
    bot: str
    key: str
    kind: str
    error: str
    attempts: int
    raw: str = field(repr=False)


async def dead_letters(engine: AsyncEngine, number: int | None = None) -> Sequence[DeadLetter]:
    """All of them, oldest first, or the one of that number."""
    async with driver_connection(engine) as connection:
        return [_letter(row) for row in await connection.fetch(_LIST, number)]


async def retry(engine: AsyncEngine, number: int | None = None) -> int:
    """Makes it (all of them without a number) due again, behind what its chat has pending; how many those were."""
    async with driver_connection(engine) as connection:
        return len(await connection.fetch(RETRY, number))


async def drop(engine: AsyncEngine, number: int) -> bool:
    """Forgets it and what it said. Its key stays in the inbox for a while: a second delivery of it changes nothing."""
    async with driver_connection(engine) as connection:
        return bool(await connection.fetchval(_DROP, number))


def kind_of(raw: str) -> str:
    """What sort of update it is, by the name the messenger, or we, give it; `unknown` for anything unusual."""
    try:
        update: object = json.loads(raw)
    except (ValueError, RecursionError):
        return "unknown"
    if not isinstance(update, dict):
        return "unknown"
    names = [update["type"]] if "type" in update else [name for name in update if name != "update_id"]
    name = names[0] if names else ""
    return name if isinstance(name, str) and _PLAIN.fullmatch(name) else "unknown"


def _letter(row: Record) -> DeadLetter:
    return DeadLetter(
        id=row["id"],
        given_up_at=row["given_up_at"],
        received_at=row["received_at"],
        messenger=row["messenger"],
        bot=row["bot"],
        key=row["key"],
        kind=kind_of(row["raw"]),
        error=row["error"],
        attempts=row["attempts"],
        raw=row["raw"],
    )
