"""Accounts, what is known of them, and failed proofs: ports of core.accounts over one connection."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from typing import Final

from asyncpg import Connection, Record

from core.accounts.model import Account, AccountRef, Address, KnownFacts, Premises
from core.errors import NotFound
from core.ids import AccountId, ChatId, MeterId, PremisesId, ProviderCode
from core.money import Kopecks

_FIND: Final = """
SELECT id, provider, number, premises_id, closed_on FROM accounts
WHERE provider = $1 AND number = $2 AND closed_on IS NULL
"""
_PREMISES: Final = """
SELECT accounts.id, provider, number, premises_id, closed_on, street, building, unit, city
FROM premises LEFT JOIN accounts ON premises_id = premises.id AND closed_on IS NULL
WHERE premises.id = $1 ORDER BY accounts.id
"""
_FACTS: Final = """
SELECT area_m2,
    (SELECT amount FROM payments WHERE account_id = accounts.id ORDER BY paid_on DESC, id DESC LIMIT 1) AS last_paid,
    (SELECT to_pay FROM statements WHERE account_id = accounts.id ORDER BY period DESC LIMIT 1) AS last_owed
FROM accounts WHERE id = $1
"""
# The newer of our own current reading and the one billing went by: what the holder saw last.
_LAST_READINGS: Final = """
SELECT meters.id,
    CASE WHEN own.value IS NULL OR last_date > own.taken_on AND last_value IS NOT NULL
        THEN last_value ELSE own.value END AS value
FROM meters LEFT JOIN LATERAL (
    SELECT value, (submitted_at AT TIME ZONE 'UTC')::date AS taken_on FROM readings
    WHERE meter_id = meters.id AND current ORDER BY period DESC LIMIT 1
) AS own ON true
WHERE account_id = $1 AND closed_on IS NULL
"""
_FAILURES_OF_CHAT: Final = """
SELECT failed_at FROM link_failures WHERE chat_id = $1 AND failed_at >= $2 ORDER BY failed_at
"""
_FAILURES_ON_ACCOUNT: Final = "SELECT count(*) FROM link_failures WHERE account_hash = $1 AND failed_at >= $2"
_RECORD_FAILURE: Final = "INSERT INTO link_failures (chat_id, account_hash, failed_at) VALUES ($1, $2, $3)"


class PostgresAccounts:
    """`core.accounts.ports.AccountStore`. An account is open while billing has given no closing day."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def find(self, ref: AccountRef) -> Account | None:
        row = await self._connection.fetchrow(_FIND, ref.provider, ref.number)
        return _account(row) if row else None

    async def premises(self, premises: PremisesId) -> Premises:
        rows = await self._connection.fetch(_PREMISES, premises)
        if not rows:
            raise NotFound
        return read_premises(premises, rows)

    async def code_digest(self, account: AccountId) -> bytes | None:
        digest: bytes | None = await self._connection.fetchval(
            "SELECT code_digest FROM accounts WHERE id = $1", account
        )
        return digest

    async def facts(self, account: AccountId) -> KnownFacts:
        row = await self._connection.fetchrow(_FACTS, account)
        if row is None:
            return KnownFacts()
        return KnownFacts(
            last_paid=_kopecks(row["last_paid"]),
            last_owed=_kopecks(row["last_owed"]),
            last_readings=await self._last_readings(account),
            area=row["area_m2"],
        )

    async def _last_readings(self, account: AccountId) -> Mapping[MeterId, Decimal]:
        rows = await self._connection.fetch(_LAST_READINGS, account)
        return {MeterId(row["id"]): row["value"] for row in rows if row["value"] is not None}


class PostgresAttempts:
    """`core.accounts.ports.AttemptStore`. Account numbers are kept as hashes: the table is no list of tries."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def failures_of_chat(self, chat: ChatId, since: datetime) -> Sequence[datetime]:
        return [row[0] for row in await self._connection.fetch(_FAILURES_OF_CHAT, chat, since)]

    async def failures_on_account(self, ref: AccountRef, since: datetime) -> int:
        """Holds the account until the transaction ends: proofs tried from many chats at once are counted in turn."""
        hashed = _hash(ref)
        await self._connection.execute(
            "SELECT pg_advisory_xact_lock($1)", int.from_bytes(hashed[:8], "big", signed=True)
        )
        return int(await self._connection.fetchval(_FAILURES_ON_ACCOUNT, hashed, since))

    async def record_failure(self, chat: ChatId, ref: AccountRef, at: datetime) -> None:
        await self._connection.execute(_RECORD_FAILURE, chat, _hash(ref), at)


def read_premises(premises: PremisesId, rows: Sequence[Record]) -> Premises:
    """A flat of rows that hold its address and an account each; `id` is NULL in the row of one without accounts."""
    first = rows[0]
    address = Address(first["street"], first["building"], first["unit"], first["city"])
    return Premises(premises, address, tuple(_account(row) for row in rows if row["id"] is not None))


def _account(row: Record) -> Account:
    return Account(
        id=AccountId(row["id"]),
        provider=ProviderCode(row["provider"]),
        number=row["number"],
        premises=PremisesId(row["premises_id"]),
        closed_on=row["closed_on"],
    )


def _kopecks(value: int | None) -> Kopecks | None:
    return None if value is None else Kopecks(value)


def _hash(ref: AccountRef) -> bytes:
    return sha256(f"{ref.provider}\0{ref.number}".encode("utf-8", "surrogatepass")).digest()
