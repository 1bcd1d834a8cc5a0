"""Accounts, what is known of them, and failed proofs: ports of core.accounts over one connection."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from typing import Final

from sqlalchemy import and_, func, insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from core.accounts.model import Account, AccountRef, Address, KnownFacts, Premises
from core.errors import NotFound
from core.ids import AccountId, ChatId, MeterId, PremisesId, ProviderCode
from core.money import Kopecks
from infra.db.rows import AnyRow
from infra.db.tables import accounts, link_failures, premises

_ACCOUNT = (accounts.c.id, accounts.c.provider, accounts.c.number, accounts.c.premises_id, accounts.c.closed_on)

_FACTS: Final = text("""
    SELECT area_m2, phone,
        (SELECT amount FROM payments WHERE account_id = accounts.id ORDER BY paid_on DESC, id DESC LIMIT 1)
            AS last_paid,
        (SELECT to_pay FROM statements WHERE account_id = accounts.id ORDER BY period DESC LIMIT 1) AS last_owed
    FROM accounts WHERE id = :account
""")
# The newer of our own current reading and the one billing went by: what the holder saw last.
_LAST_READINGS: Final = text("""
    SELECT meters.id,
        CASE WHEN own.value IS NULL OR last_date > own.taken_on AND last_value IS NOT NULL
            THEN last_value ELSE own.value END AS value
    FROM meters LEFT JOIN LATERAL (
        SELECT value, (submitted_at AT TIME ZONE 'UTC')::date AS taken_on FROM readings
        WHERE meter_id = meters.id AND current ORDER BY period DESC LIMIT 1
    ) AS own ON true
    WHERE account_id = :account AND closed_on IS NULL
""")


class PostgresAccounts:
    """`core.accounts.ports.AccountStore`. An account is open while billing has given no closing day."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def find(self, ref: AccountRef) -> Account | None:
        query = select(*_ACCOUNT).where(
            accounts.c.provider == ref.provider, accounts.c.number == ref.number, accounts.c.closed_on.is_(None)
        )
        row = (await self._connection.execute(query)).one_or_none()
        return _account(row) if row else None

    async def premises(self, premises_id: PremisesId) -> Premises:
        open_ones = and_(accounts.c.premises_id == premises.c.id, accounts.c.closed_on.is_(None))
        query = (
            select(*_ACCOUNT, premises.c.street, premises.c.building, premises.c.unit, premises.c.city)
            .select_from(premises.outerjoin(accounts, open_ones))
            .where(premises.c.id == premises_id)
            .order_by(accounts.c.id)
        )
        rows = (await self._connection.execute(query)).all()
        if not rows:
            raise NotFound
        address = Address(rows[0].street, rows[0].building, rows[0].unit, rows[0].city)
        return Premises(premises_id, address, tuple(_account(row) for row in rows if row.id is not None))

    async def code_digest(self, account: AccountId) -> bytes | None:
        return await self._connection.scalar(select(accounts.c.code_digest).where(accounts.c.id == account))

    async def facts(self, account: AccountId) -> KnownFacts:
        row = (await self._connection.execute(_FACTS, {"account": account})).one_or_none()
        if row is None:
            return KnownFacts()
        return KnownFacts(
            last_paid=_kopecks(row.last_paid),
            last_owed=_kopecks(row.last_owed),
            last_readings=await self._last_readings(account),
            area=row.area_m2,
            phone=row.phone,
        )

    async def _last_readings(self, account: AccountId) -> Mapping[MeterId, Decimal]:
        rows = await self._connection.execute(_LAST_READINGS, {"account": account})
        return {MeterId(row.id): row.value for row in rows if row.value is not None}


class PostgresAttempts:
    """`core.accounts.ports.AttemptStore`. Account numbers are kept as hashes: the table is no list of tries."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def failures_of_chat(self, chat: ChatId, since: datetime) -> Sequence[datetime]:
        query = (
            select(link_failures.c.failed_at)
            .where(link_failures.c.chat_id == chat, link_failures.c.failed_at >= since)
            .order_by(link_failures.c.failed_at)
        )
        return (await self._connection.execute(query)).scalars().all()

    async def failures_on_account(self, ref: AccountRef, since: datetime) -> int:
        """Holds the account until the transaction ends: proofs tried from many chats at once are counted in turn."""
        hashed = _hash(ref)
        lock = int.from_bytes(hashed[:8], "big", signed=True)
        await self._connection.execute(select(func.pg_advisory_xact_lock(lock)))
        count = select(func.count()).where(link_failures.c.account_hash == hashed, link_failures.c.failed_at >= since)
        return (await self._connection.execute(count)).scalar_one()

    async def record_failure(self, chat: ChatId, ref: AccountRef, at: datetime) -> None:
        row = {"chat_id": chat, "account_hash": _hash(ref), "failed_at": at}
        await self._connection.execute(insert(link_failures), row)


def _account(row: AnyRow) -> Account:
    return Account(
        id=AccountId(row.id),
        provider=ProviderCode(row.provider),
        number=row.number,
        premises=PremisesId(row.premises_id),
        closed_on=row.closed_on,
    )


def _kopecks(value: int | None) -> Kopecks | None:
    return None if value is None else Kopecks(value)


def _hash(ref: AccountRef) -> bytes:
    return sha256(f"{ref.provider}\0{ref.number}".encode("utf-8", "surrogatepass")).digest()
