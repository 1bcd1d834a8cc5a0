"""Deliveries as senders see them: `dialogs.mailings.Deliveries`.

1. One process at a time sends for a bot: it holds the lease of that name, and what it begins is begun only under the
   number of its lease (infra.db.leases). A process that was frozen past its term begins nothing more.
2. `begin` is one statement that is committed before the call leaves. It looks once more whether the mailing is still
   being sent, whether the chat is still the resident's, whether anybody has opted out or blocked the bot meanwhile.
3. What is found begun when a lease is taken was begun by somebody who died, or froze: nobody can tell whether it left.
   Where the messenger drops repeats it waits once more, otherwise it is unknown for ever.
4. What is told of a call afterwards (`settle`) is a fact, whoever tells it; but what has an outcome keeps it.
"""

# ruff: noqa: S608 - statements are put together of constants of this module only

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import ClassVar, Final

from asyncpg import Record
from sqlalchemy.ext.asyncio import AsyncEngine

from core.broadcasts.model import BROADCAST_KINDS, DeliveryState, MailingKind
from core.ids import ChatId, DeliveryId, MailingId, PremisesId, ResidentId
from dialogs.mailings import Batch, Due, Mailing, Settled, Token
from dialogs.ports import ChatAddress
from infra.db.engine import driver_connection
from infra.db.leases import MINE, LeaseLost

LATE_AFTER: Final = 1800.0
"""Seconds after which a broadcast that nobody has had in hand waits for somebody to look (reliability.md D11)."""
LARGEST_RANDOM: Final = 2**31 - 1

LeaseNumber = Callable[[Token], tuple[str, int | None]]
"""The name and the number of the lease under which a bot's letters leave."""

# What rules tell has its own end; nobody looks at it first.
_LATE: Final = f"""
UPDATE mailings SET status = 'paused', halt = 'late'
WHERE status = 'sending' AND NOT open AND kind IN ({", ".join(f"'{kind}'" for kind in BROADCAST_KINDS)})
    AND alive_at < clock_timestamp() - make_interval(secs => $1)
"""
_TAKE_OVER: Final = f"""
UPDATE deliveries SET
    state = CASE WHEN again THEN 'waiting' ELSE 'unknown' END,
    settled_at = CASE WHEN again THEN NULL ELSE clock_timestamp() END,
    reason = CASE WHEN again THEN 'unclear' ELSE 'the process died' END
FROM (
    SELECT id, coalesce(begun_at > clock_timestamp() - make_interval(secs => $4), false) AS again
    FROM deliveries WHERE token = $3 AND state = 'sending' FOR UPDATE
) AS begun
WHERE deliveries.id = begun.id AND EXISTS ({MINE})
"""
_MAILINGS: Final = """
SELECT id, key, kind, topic, not_after FROM mailings
WHERE status = 'sending' AND begins_at <= clock_timestamp() AND EXISTS (
    SELECT FROM deliveries WHERE token = $1 AND mailing_id = mailings.id AND state = 'waiting'
        AND (again_at IS NULL OR again_at <= clock_timestamp())
)
ORDER BY kind = 'announcement', begins_at, id
"""
# The guard against doubles works within one dialog: a mailing with one notice a resident needs one number for all, and
# so all of them fit into one call. Several notices to one resident have numbers of their own.
_WAITING: Final = f"""
SELECT deliveries.id, messenger, bot, peer, chat_id, deliveries.resident_id, language, subject, premises_id, attempts,
    CASE WHEN subject = '' THEN random_id
        ELSE (1 + (random_id::bigint + deliveries.id * 7919) % {LARGEST_RANDOM})::integer END AS random_id
FROM deliveries JOIN mailings ON mailings.id = mailing_id JOIN chats ON chats.id = chat_id
WHERE token = $1 AND mailing_id = $2 AND deliveries.state = 'waiting' AND deliveries.id > $3
    AND (again_at IS NULL OR again_at <= clock_timestamp())
ORDER BY deliveries.id LIMIT $4
"""
_SETTLE: Final = """
WITH told AS (
    SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[]) AS told (id, state, reason)
), settled AS (
    UPDATE deliveries SET state = told.state, reason = told.reason, settled_at = clock_timestamp()
    FROM told WHERE deliveries.id = told.id AND deliveries.state = $4 RETURNING deliveries.state, chat_id
)
UPDATE chats SET blocked_at = clock_timestamp() FROM settled
WHERE settled.state = 'blocked' AND chats.id = settled.chat_id AND blocked_at IS NULL
"""
# What was surely not taken has not begun yet, unless an earlier attempt was unclear.
_PUT_BACK: Final = f"""
UPDATE deliveries SET state = 'waiting', again_at = clock_timestamp() + make_interval(secs => $4),
    begun_at = CASE WHEN $5 OR reason = 'unclear' THEN begun_at END,
    reason = CASE WHEN $5 THEN 'unclear' ELSE reason END
WHERE id = ANY ($3::bigint[]) AND state = 'sending' AND EXISTS ({MINE})
"""
_EXPIRE: Final = """
WITH ended AS (
    UPDATE mailings SET status = 'expired', finished_at = clock_timestamp() WHERE status = 'sending' AND not_after < $1
    RETURNING id
)
UPDATE deliveries SET state = 'dropped', settled_at = clock_timestamp() FROM ended
WHERE mailing_id = ended.id AND state = 'waiting'
"""
_FINISH: Final = """
UPDATE mailings SET status = 'finished', finished_at = clock_timestamp()
WHERE status = 'sending' AND NOT open AND begins_at <= clock_timestamp()
    AND NOT EXISTS (SELECT FROM deliveries WHERE mailing_id = mailings.id AND state IN ('waiting', 'sending'))
"""
_TOUCH: Final = "UPDATE mailings SET alive_at = clock_timestamp() WHERE id = ANY ($1::bigint[]) AND status = 'sending'"


class PostgresDeliveries:
    """`dialogs.mailings.Deliveries`. `lease` tells under which lease a bot's letters leave."""

    BEGIN: ClassVar = f"""
    WITH mine AS MATERIALIZED ({MINE}), going AS MATERIALIZED (
        SELECT topic FROM mailings WHERE id = $3 AND status = 'sending' AND begins_at <= clock_timestamp() FOR SHARE
    ), fit AS (
        SELECT deliveries.id, CASE
            WHEN chats.resident_id IS DISTINCT FROM deliveries.resident_id OR EXISTS (
                SELECT FROM opt_outs, going
                WHERE opt_outs.resident_id = deliveries.resident_id AND opt_outs.topic = going.topic
            ) THEN 'opted_out'
            WHEN chats.blocked_at IS NOT NULL THEN 'blocked'
            WHEN begun_at < clock_timestamp() - make_interval(secs => $5) THEN 'unknown'
            ELSE 'sending' END AS becomes
        FROM deliveries LEFT JOIN chats ON chats.id = chat_id
        WHERE deliveries.id = ANY ($4::bigint[]) AND deliveries.state = 'waiting'
    )
    UPDATE deliveries SET state = becomes, attempts = attempts + 1, begun_at = coalesce(begun_at, clock_timestamp()),
        settled_at = CASE WHEN becomes <> 'sending' THEN clock_timestamp() END
    FROM fit WHERE deliveries.id = fit.id AND deliveries.state = 'waiting'
        AND EXISTS (SELECT FROM mine) AND EXISTS (SELECT FROM going)
    RETURNING deliveries.id, deliveries.state
    """

    def __init__(self, engine: AsyncEngine, lease: LeaseNumber) -> None:
        self._engine = engine
        self._lease = lease

    async def take_over(self, token: Token, repeats_within: float | None) -> None:
        async with driver_connection(self._engine) as connection, connection.transaction():
            await connection.execute(_LATE, LATE_AFTER)
            await connection.execute(_TAKE_OVER, *self._held(token), ":".join(token), repeats_within)

    async def mailings(self, token: Token) -> Sequence[Mailing]:
        async with driver_connection(self._engine) as connection:
            rows = await connection.fetch(_MAILINGS, ":".join(token))
        return [_mailing(row) for row in rows]

    async def waiting(self, token: Token, mailing: MailingId, after: int, limit: int) -> Sequence[Due]:
        async with driver_connection(self._engine) as connection:
            rows = await connection.fetch(_WAITING, ":".join(token), mailing, after, limit)
        return [
            Due(
                id=DeliveryId(row["id"]),
                mailing=mailing,
                chat=ChatAddress(row["messenger"], row["bot"], row["peer"]),
                chat_id=ChatId(row["chat_id"]),
                resident=ResidentId(row["resident_id"] or 0),
                language=row["language"],
                random_id=row["random_id"],
                subject=row["subject"],
                premises=PremisesId(row["premises_id"]) if row["premises_id"] is not None else None,
                attempts=row["attempts"],
            )
            for row in rows
        ]

    async def begin(self, batch: Batch) -> Collection[DeliveryId]:
        held = self._held(batch.token)
        async with driver_connection(self._engine) as connection:
            rows = await connection.fetch(self.BEGIN, *held, batch.mailing, list(batch.ids), batch.repeats_within)
        return {DeliveryId(row["id"]) for row in rows if row["state"] == DeliveryState.SENDING.value}

    async def settle(self, settled: Sequence[Settled]) -> None:
        await self._settle(settled, DeliveryState.SENDING)

    async def skip(self, settled: Sequence[Settled]) -> None:
        await self._settle(settled, DeliveryState.WAITING)

    async def put_back(
        self, token: Token, ids: Collection[DeliveryId], seconds: float, *, unclear: bool = False
    ) -> None:
        name, number = self._lease(token)
        if number is not None:
            async with driver_connection(self._engine) as connection:
                await connection.execute(_PUT_BACK, name, number, list(ids), seconds, unclear)

    async def end(self, now: datetime) -> None:
        async with driver_connection(self._engine) as connection:
            await connection.execute(_EXPIRE, now)
            await connection.execute(_FINISH)

    async def touch(self, mailings: Collection[MailingId]) -> None:
        async with driver_connection(self._engine) as connection:
            await connection.execute(_TOUCH, list(mailings))

    async def _settle(self, settled: Sequence[Settled], now: DeliveryState) -> None:
        async with driver_connection(self._engine) as connection:
            await connection.execute(
                *(_SETTLE, [one.id for one in settled], [one.state.value for one in settled]),
                *([one.reason for one in settled], now.value),
            )

    def _held(self, token: Token) -> tuple[str, int]:
        name, number = self._lease(token)
        if number is None:
            raise LeaseLost
        return name, number


def _mailing(row: Record) -> Mailing:
    return Mailing(MailingId(row["id"]), row["key"], MailingKind(row["kind"]), row["topic"], row["not_after"])
