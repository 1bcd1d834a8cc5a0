"""Tries to prove something, proofs that held, and alarms: ports of core.accounts over one connection.

All times are the database's: no clock of a process, and no setting NOW, opens a door earlier. Account numbers are kept
as hashes: the table is no list of tries.
"""

from datetime import timedelta
from hashlib import sha256
from typing import ClassVar, Final

import structlog
from asyncpg import Connection, Record

from core.accounts.model import AccountRef, Alarm
from core.accounts.tally import Tally
from core.ids import AccountId, ChatId, PremisesId

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

# Not clock_timestamp(): an index is of use only where the bound is the same for the whole statement.
_TALLY: Final = """
SELECT
    (SELECT array_agg(clock_timestamp() - failed_at ORDER BY failed_at) FROM link_failures
        WHERE chat_id = $1 AND failed_at > statement_timestamp() - interval '1 day') AS chat,
    (SELECT array_agg(age) FROM (
        SELECT clock_timestamp() - max(failed_at) AS age FROM link_failures
        WHERE chat_id = $1 AND account_hash <> $2 AND failed_at > statement_timestamp() - interval '1 day'
        GROUP BY account_hash) AS others) AS others,
    (SELECT count(*) FROM link_failures
        WHERE account_hash = $2 AND failed_at > statement_timestamp() - interval '1 day') AS account,
    (SELECT count(*) FROM link_failures WHERE failed_at > statement_timestamp() - interval '1 hour') AS city,
    (SELECT count(*) FROM link_failures WHERE failed_at > statement_timestamp() - interval '10 minutes') AS lately
"""
_COUNT: Final = "INSERT INTO link_failures (chat_id, account_hash) VALUES ($1, $2) RETURNING id"
_HELD: Final = "DELETE FROM link_failures WHERE id = $1"
_RECORD_PROOF: Final = """
INSERT INTO link_proofs (chat_id, premises_id, account_id) VALUES ($1, $2, $3)
ON CONFLICT (chat_id, premises_id) DO UPDATE SET account_id = $3, proved_at = clock_timestamp()
"""
_PROOF: Final = """
SELECT account_id FROM link_proofs
WHERE chat_id = $1 AND premises_id = $2 AND proved_at > clock_timestamp() - $3::interval
"""
_ALARM: Final = """
INSERT INTO link_alarms (key, kind) VALUES ($1 || ':' || $2 || ':' || current_date, $1)
ON CONFLICT (key) DO NOTHING RETURNING key
"""


class PostgresAttempts:
    """`core.accounts.ports.AttemptStore`."""

    HOLD_CHAT: ClassVar = "SELECT FROM chats WHERE id = $1 FOR UPDATE"
    """In a turn it is held already; then this waits for nobody."""
    HOLD_ACCOUNT: ClassVar = "SELECT pg_advisory_xact_lock($1)"

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def begin(self, chat: ChatId, ref: AccountRef) -> Tally:
        hashed = _hash(ref)
        await self._connection.execute(self.HOLD_CHAT, chat)
        await self._connection.execute(self.HOLD_ACCOUNT, int.from_bytes(hashed[:8], "big", signed=True))
        return _tally(await self._connection.fetchrow(_TALLY, chat, hashed))

    async def seen(self, chat: ChatId, ref: AccountRef | None) -> Tally:
        found = _tally(await self._connection.fetchrow(_TALLY, chat, _hash(ref) if ref else b""))
        return found if ref else Tally(chat=found.chat)

    async def count(self, chat: ChatId, ref: AccountRef) -> int:
        return int(await self._connection.fetchval(_COUNT, chat, _hash(ref)))

    async def held(self, attempt: int) -> None:
        await self._connection.execute(_HELD, attempt)

    async def record_proof(self, chat: ChatId, premises: PremisesId, account: AccountId | None) -> None:
        await self._connection.execute(_RECORD_PROOF, chat, premises, account)

    async def proof(self, chat: ChatId, premises: PremisesId, lives: timedelta) -> tuple[AccountId | None] | None:
        row = await self._connection.fetchrow(_PROOF, chat, premises, lives)
        if row is None:
            return None
        return (AccountId(row["account_id"]) if row["account_id"] is not None else None,)

    async def burn_proof(self, chat: ChatId, premises: PremisesId) -> None:
        await self._connection.execute(
            "DELETE FROM link_proofs WHERE chat_id = $1 AND premises_id = $2", chat, premises
        )


class PostgresAlarms:
    """`core.accounts.ports.AlarmStore`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def raise_alarm(self, kind: Alarm, about: str) -> bool:
        new = await self._connection.fetchval(_ALARM, kind.value, about) is not None
        if new:
            log.warning("links are tried", kind=kind.value)
        return new


def _tally(row: Record) -> Tally:
    return Tally(
        chat=tuple(row["chat"] or ()),
        others=tuple(row["others"] or ()),
        account=row["account"],
        city=row["city"],
        city_lately=row["lately"],
    )


def _hash(ref: AccountRef) -> bytes:
    return sha256(f"{ref.provider}\0{ref.number}".encode("utf-8", "surrogatepass")).digest()
