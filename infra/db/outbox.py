"""The outbox: calls to send. Rows are leased, so that one process at a time sends them.

A lease ends by itself: by the database's clock, never a process's own. Rows of a chat are leased in their order, and a
row only together with all unsent ones before it: none overtakes one that another process holds or that is put off.

A process that dies takes its connections with it, and the server knows at once. So a row whose holder's connection is
gone need not wait for the end of its lease. A connection alone proves nothing (one may be cut off while its process
lives, and goes on sending), so the row must have been silent for SILENT_SECONDS as well: who lives renews it sooner.
Just after its own start the server has lost the connections of everybody, which proves nothing of anybody.
"""

from collections.abc import Sequence
from typing import ClassVar, Final

from sqlalchemy.ext.asyncio import AsyncEngine

from dialogs.ports import ChatAddress, Outgoing, PutOff
from infra.db.calls import read_call
from infra.db.engine import driver_connection
from infra.db.turns import LEASE_SECONDS

SILENT_SECONDS: Final = 3.0
"""Longer than who holds a row is silent (`bots.delivery.Bounds.renew_every`, and a pause), shorter than a lease."""

# Two sweepers that choose at once would each take a part of a chat: they choose one after another.
_ONE_AT_A_TIME: Final = "SELECT pg_advisory_xact_lock(hashtextextended('outbox.lease', 0))"
_UNSENT: Final = "sent_at IS NULL AND outcome IS NULL"
# Each lease has a number of its own (`attempts`): who was cut off for longer than theirs must not touch the next one's.
_RENEW: Final = f"""
UPDATE outbox SET leased_until = clock_timestamp() + make_interval(secs => $3), holder = pg_backend_pid()
FROM unnest($1::bigint[], $2::integer[]) AS held (id, attempt)
WHERE outbox.id = held.id AND attempts = held.attempt AND {_UNSENT} AND leased_until > clock_timestamp()
RETURNING outbox.id
"""  # noqa: S608 - only constants
# A lease under which nothing was sent does not count as a try. Nobody holds the rows then: they wait, whoever lives.
_PUT_OFF: Final = f"""
UPDATE outbox SET leased_until = clock_timestamp() + make_interval(secs => $4), holder = NULL, attempts = given.tries
FROM unnest($1::bigint[], $2::integer[], $3::integer[]) AS given (id, attempt, tries)
WHERE outbox.id = given.id AND attempts = given.attempt AND {_UNSENT}
"""  # noqa: S608 - only constants

_BLOCKED: Final = """
UPDATE chats SET blocked_at = clock_timestamp() FROM outbox
WHERE outbox.id = ANY ($1::bigint[]) AND blocked_at IS NULL
    AND (chats.messenger, chats.bot, chats.peer) = (outbox.messenger, outbox.bot, outbox.peer)
"""


class PostgresOutbox:
    """`dialogs.ports.Outbox`."""

    ORPHANED: ClassVar = """
        leased_until <= clock_timestamp() + make_interval(secs => $3)
        AND holder IS NOT NULL AND holder <> ALL (ARRAY(SELECT pid FROM pg_stat_activity))
        AND pg_postmaster_start_time() < clock_timestamp() - make_interval(secs => $2)
    """
    """$2: how long a lease lasts, $3: what is left of one whose holder has been silent for long; $4: most of a chat."""
    LEASE: ClassVar = f"""
    WITH unsent AS (
        SELECT id, bool_and(leased_until <= clock_timestamp() OR {ORPHANED}) OVER chat AS free,
            row_number() OVER chat AS place
        FROM outbox WHERE {_UNSENT} WINDOW chat AS (PARTITION BY messenger, bot, peer ORDER BY id)
    ), chosen AS (
        SELECT id FROM unsent WHERE free AND place <= $4 ORDER BY id LIMIT $1
    )
    UPDATE outbox SET leased_until = clock_timestamp() + make_interval(secs => $2), attempts = attempts + 1,
        holder = pg_backend_pid()
    FROM chosen WHERE outbox.id = chosen.id AND {_UNSENT}
    RETURNING outbox.id, messenger, bot, peer, method, params, file, file_name, random_id, attempts,
        coalesce(turn, '') AS turn, extract(epoch FROM clock_timestamp() - created_at)::float8 AS age,
        NOT EXISTS (
            SELECT FROM inbox AS cause WHERE cause.internal
                AND (cause.messenger, cause.bot, cause.key) = (outbox.messenger, outbox.bot, outbox.turn)
        ) AS reply
    """  # noqa: S608 - only constants

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def lease(self, limit: int, of_a_chat: int) -> Sequence[Outgoing]:
        async with driver_connection(self._engine) as driver, driver.transaction():
            await driver.execute(_ONE_AT_A_TIME)
            rows = await driver.fetch(self.LEASE, limit, LEASE_SECONDS, LEASE_SECONDS - SILENT_SECONDS, of_a_chat)
        return [
            Outgoing(
                id=row["id"],
                chat=ChatAddress(row["messenger"], row["bot"], row["peer"]),
                call=read_call(row["method"], row["params"], row["file"], row["file_name"]),
                random_id=row["random_id"],
                attempt=row["attempts"],
                turn=row["turn"],
                age=row["age"],
                reply=row["reply"],
            )
            for row in sorted(rows, key=lambda row: int(row["id"]))
        ]

    async def renew(self, calls: Sequence[Outgoing]) -> Sequence[int]:
        held = [call.id for call in calls], [call.attempt for call in calls]
        async with driver_connection(self._engine) as driver:
            rows = await driver.fetch(_RENEW, *held, LEASE_SECONDS)
        return [row["id"] for row in rows]

    async def sent(self, ids: Sequence[int]) -> None:
        await self._mark("sent_at = clock_timestamp()", ids)

    async def put_off(self, calls: Sequence[PutOff], seconds: float) -> None:
        async with driver_connection(self._engine) as driver:
            await driver.execute(_PUT_OFF, *(list(values) for values in zip(*calls, strict=True)), seconds)

    async def give_up(self, ids: Sequence[int], outcome: str) -> None:
        await self._mark("outcome = $2", ids, outcome)
        if outcome == "blocked":
            async with driver_connection(self._engine) as driver:
                await driver.execute(_BLOCKED, list(ids))

    async def _mark(self, change: str, ids: Sequence[int], *values: object) -> None:
        statement = f"UPDATE outbox SET {change} WHERE id = ANY($1::bigint[]) AND {_UNSENT}"  # noqa: S608 - constants
        async with driver_connection(self._engine) as driver:
            await driver.execute(statement, list(ids), *values)
