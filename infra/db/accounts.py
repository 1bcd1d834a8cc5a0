"""Accounts and what they can be proved against: the port of core.accounts over one connection."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from asyncpg import Connection, Record

from core.accounts.model import Access, Account, AccountRef, Address, Evidence, KnownFacts, Premises
from core.errors import NotFound
from core.ids import AccountId, MeterId, PremisesId, ProviderCode
from core.money import Kopecks

_PREMISES: Final = """
SELECT accounts.id, provider, number, premises_id, closed_on, street, building, unit, city
FROM premises LEFT JOIN accounts ON premises_id = premises.id AND closed_on IS NULL
WHERE premises.id = $1 ORDER BY accounts.id
"""
# One row for any number, with as much to do for one that nobody has: time must not tell them apart.
_EVIDENCE: Final = """
SELECT accounts.id, accounts.provider, accounts.number, premises_id, closed_on, code_digest, code_weak, phone, area_m2,
    (SELECT amount FROM payments WHERE account_id = coalesce(accounts.id, 0)
        ORDER BY paid_on DESC, id DESC LIMIT 1) AS last_paid,
    (SELECT to_pay FROM statements WHERE account_id = coalesce(accounts.id, 0)
        ORDER BY period DESC LIMIT 1) AS last_owed
FROM (VALUES ($1::text, $2::text)) AS named (provider, number)
LEFT JOIN accounts ON accounts.provider = named.provider AND accounts.number = named.number AND closed_on IS NULL
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
NOBODY: Final = 0
"""No account has this id."""


class PostgresAccounts:
    """`core.accounts.ports.AccountStore`. An account is open while billing has given no closing day."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def premises(self, premises: PremisesId) -> Premises:
        rows = await self._connection.fetch(_PREMISES, premises)
        if not rows:
            raise NotFound
        return read_premises(premises, rows)

    async def evidence(self, ref: AccountRef) -> Evidence:
        provider, number = (_storable(part) for part in (ref.provider, ref.number))
        row = await self._connection.fetchrow(_EVIDENCE, provider, number)
        there = row["id"] is not None
        readings = await self._connection.fetch(_LAST_READINGS, row["id"] if there else NOBODY)
        return Evidence(
            account=_account(row) if there else None,
            code_digest=row["code_digest"],
            code_weak=bool(row["code_weak"]),
            phone=row["phone"],
            facts=KnownFacts(
                last_paid=_kopecks(row["last_paid"]),
                last_owed=_kopecks(row["last_owed"]),
                last_readings=_values(readings),
                area=row["area_m2"],
            ),
        )


def read_premises(premises: PremisesId, rows: Sequence[Record], access: Access = Access.OWNER) -> Premises:
    """A flat of rows that hold its address and an account each; `id` is NULL in the row of one without accounts."""
    first = rows[0]
    address = Address(first["street"], first["building"], first["unit"], first["city"])
    accounts = tuple(_account(row) for row in rows if row["id"] is not None)
    return Premises(premises, address, accounts, access)


def _account(row: Record) -> Account:
    return Account(
        id=AccountId(row["id"]),
        provider=ProviderCode(row["provider"]),
        number=row["number"],
        premises=PremisesId(row["premises_id"]),
        closed_on=row["closed_on"],
    )


def _values(rows: Sequence[Record]) -> dict[MeterId, Decimal]:
    return {MeterId(row["id"]): row["value"] for row in rows if row["value"] is not None}


def _kopecks(value: int | None) -> Kopecks | None:
    return None if value is None else Kopecks(value)


def _storable(text: str) -> str:
    # A stranger's input: PostgreSQL takes neither NUL nor lone surrogates, and no account has them.
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")
