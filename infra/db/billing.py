"""Charges, statements and payments: the port of core.billing over one connection."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final
from zoneinfo import ZoneInfo

from asyncpg import Connection, Record

from core.billing.model import Charge, Method, ReceiptMeter, Statement
from core.ids import AccountId, PremisesId
from core.money import Kopecks
from core.periods import Period
from core.services import Service
from infra.db.meters import SERVICE_ORDER

_STATEMENT: Final = "SELECT period, opening, paid, to_pay FROM statements WHERE account_id = $1"
_LAST_STATEMENT: Final = f"{_STATEMENT} ORDER BY period DESC LIMIT 1"
_ONE_STATEMENT: Final = f"{_STATEMENT} AND period = $2"
_PERIODS: Final = """
SELECT DISTINCT period FROM statements JOIN accounts ON accounts.id = account_id
WHERE premises_id = $1 ORDER BY period DESC
"""
_CHARGES: Final = """
SELECT period, service, unit, volume, method, tariff, charged, recalculated, benefit, penalty FROM charges
WHERE account_id = $1 AND period BETWEEN $2 AND $3 ORDER BY period, array_position($4::text[], service)
"""
_PAID_AFTER: Final = "SELECT coalesce(sum(amount), 0)::bigint FROM payments WHERE account_id = $1 AND paid_on > $2"
_PAID_BY_MONTH: Final = """
SELECT date_trunc('month', paid_on::timestamp)::date AS period, sum(amount)::bigint AS paid FROM payments
WHERE account_id = $1 AND paid_on >= $2 GROUP BY 1 ORDER BY 1
"""
# Meters that were in place some day of the period. Billing's last reading is shown where it is not of a later time.
_RECEIPT_METERS: Final = """
SELECT number, service, place, verified_until, own.value, own.taken_on,
    CASE WHEN last_date IS NULL OR last_date <= $3 THEN last_value END AS last_value,
    CASE WHEN last_date <= $3 THEN last_date END AS last_date
FROM meters LEFT JOIN LATERAL (
    SELECT value, (submitted_at AT TIME ZONE $4)::date AS taken_on FROM readings
    WHERE meter_id = meters.id AND period = $2 AND current
) AS own ON true
WHERE account_id = $1 AND (closed_on IS NULL OR closed_on >= $2) AND (installed_on IS NULL OR installed_on <= $3)
ORDER BY array_position($5::text[], service), place, meters.id
"""


class PostgresBilling:
    """`core.billing.ports.BillingStore`. `zone` is the city's: days of readings are its days."""

    def __init__(self, connection: Connection, zone: ZoneInfo) -> None:
        self._connection = connection
        self._zone = zone

    async def last_statement(self, account: AccountId) -> Statement | None:
        row = await self._connection.fetchrow(_LAST_STATEMENT, account)
        return _statement(row) if row else None

    async def statement(self, account: AccountId, period: Period) -> Statement | None:
        row = await self._connection.fetchrow(_ONE_STATEMENT, account, period.first_day)
        return _statement(row) if row else None

    async def periods(self, premises: PremisesId) -> Sequence[Period]:
        return [Period.of(row["period"]) for row in await self._connection.fetch(_PERIODS, premises)]

    async def charges(self, account: AccountId, since: Period, until: Period) -> Sequence[Charge]:
        rows = await self._connection.fetch(_CHARGES, account, since.first_day, until.first_day, SERVICE_ORDER)
        return [_charge(row) for row in rows]

    async def paid_after(self, account: AccountId, day: date) -> Kopecks:
        return Kopecks(await self._connection.fetchval(_PAID_AFTER, account, day))

    async def paid_by_month(self, account: AccountId, since: Period) -> Mapping[Period, Kopecks]:
        rows = await self._connection.fetch(_PAID_BY_MONTH, account, since.first_day)
        return {Period.of(row["period"]): Kopecks(row["paid"]) for row in rows}

    async def unified_account(self, account: AccountId) -> str | None:
        query = "SELECT unified_account FROM accounts WHERE id = $1"
        number: str | None = await self._connection.fetchval(query, account)
        return number

    async def receipt_meters(self, account: AccountId, period: Period) -> Sequence[ReceiptMeter]:
        """The account's own meters: a meter comes only in the file of the provider of its service (DESIGN §5)."""
        rows = await self._connection.fetch(
            _RECEIPT_METERS, account, period.first_day, period.last_day, self._zone.key, SERVICE_ORDER
        )
        return [_receipt_meter(row) for row in rows]


def _statement(row: Record) -> Statement:
    return Statement(Period.of(row["period"]), Kopecks(row["opening"]), Kopecks(row["paid"]), Kopecks(row["to_pay"]))


def _charge(row: Record) -> Charge:
    return Charge(
        period=Period.of(row["period"]),
        service=Service(row["service"]),
        unit=row["unit"],
        volume=row["volume"],
        method=Method(row["method"]),
        tariff=row["tariff"],
        charged=Kopecks(row["charged"]),
        recalculated=Kopecks(row["recalculated"]),
        benefit=Kopecks(row["benefit"]),
        penalty=Kopecks(row["penalty"]),
    )


def _receipt_meter(row: Record) -> ReceiptMeter:
    own = row["value"] is not None
    return ReceiptMeter(
        number=row["number"],
        service=Service(row["service"]),
        place=row["place"],
        value=row["value"] if own else row["last_value"],
        value_on=row["taken_on"] if own else row["last_date"],
        verified_until=row["verified_until"],
    )
