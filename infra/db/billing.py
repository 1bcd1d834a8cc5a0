"""Charges, statements and payments: the port of core.billing over one connection."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import case, func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from core.billing.model import Charge, Method, ReceiptMeter, Statement
from core.ids import AccountId, PremisesId
from core.money import Kopecks
from core.periods import Period
from core.services import Service
from infra.db.meters import SERVICE_ORDER
from infra.db.rows import AnyRow
from infra.db.tables import accounts, charges, payments, statements

_STATEMENT = (statements.c.period, statements.c.opening, statements.c.paid, statements.c.to_pay)
_CHARGE = (
    *(charges.c.period, charges.c.service, charges.c.unit, charges.c.volume, charges.c.method, charges.c.tariff),
    *(charges.c.charged, charges.c.recalculated, charges.c.benefit, charges.c.penalty),
)

# Meters that were in place some day of the period. Billing's last reading is shown where it is not of a later time.
_RECEIPT_METERS: Final = text("""
    SELECT number, service, place, verified_until, own.value, own.taken_on,
        CASE WHEN last_date IS NULL OR last_date <= :last_day THEN last_value END AS last_value,
        CASE WHEN last_date <= :last_day THEN last_date END AS last_date
    FROM meters LEFT JOIN LATERAL (
        SELECT value, (submitted_at AT TIME ZONE :zone)::date AS taken_on FROM readings
        WHERE meter_id = meters.id AND period = :first_day AND current
    ) AS own ON true
    WHERE account_id = :account AND (closed_on IS NULL OR closed_on >= :first_day)
        AND (installed_on IS NULL OR installed_on <= :last_day)
    ORDER BY meters.id
""")


class PostgresBilling:
    """`core.billing.ports.BillingStore`. `zone` is the city's: days of readings are its days."""

    def __init__(self, connection: AsyncConnection, zone: ZoneInfo) -> None:
        self._connection = connection
        self._zone = zone

    async def last_statement(self, account: AccountId) -> Statement | None:
        query = select(*_STATEMENT).where(statements.c.account_id == account)
        row = (await self._connection.execute(query.order_by(statements.c.period.desc()).limit(1))).one_or_none()
        return _statement(row) if row else None

    async def statement(self, account: AccountId, period: Period) -> Statement | None:
        query = select(*_STATEMENT).where(statements.c.account_id == account, statements.c.period == period.first_day)
        row = (await self._connection.execute(query)).one_or_none()
        return _statement(row) if row else None

    async def periods(self, premises: PremisesId) -> Sequence[Period]:
        query = (
            select(statements.c.period)
            .distinct()
            .join(accounts, accounts.c.id == statements.c.account_id)
            .where(accounts.c.premises_id == premises)
            .order_by(statements.c.period.desc())
        )
        return [Period.of(day) for day in (await self._connection.execute(query)).scalars()]

    async def charges(self, account: AccountId, since: Period, until: Period) -> Sequence[Charge]:
        query = (
            select(*_CHARGE)
            .where(charges.c.account_id == account)
            .where(charges.c.period.between(since.first_day, until.first_day))
            .order_by(charges.c.period, case(SERVICE_ORDER, value=charges.c.service))
        )
        return [_charge(row) for row in await self._connection.execute(query)]

    async def paid_after(self, account: AccountId, day: date) -> Kopecks:
        query = select(func.sum(payments.c.amount)).where(payments.c.account_id == account, payments.c.paid_on > day)
        return Kopecks(int(await self._connection.scalar(query) or 0))

    async def paid_by_month(self, account: AccountId, since: Period) -> Mapping[Period, Kopecks]:
        query = (
            select(payments.c.paid_on, func.sum(payments.c.amount).label("paid"))
            .where(payments.c.account_id == account, payments.c.paid_on >= since.first_day)
            .group_by(payments.c.paid_on)
        )
        paid: dict[Period, Kopecks] = {}
        for row in await self._connection.execute(query):
            period = Period.of(row.paid_on)
            paid[period] = Kopecks(paid.get(period, 0) + int(row.paid))
        return paid

    async def unified_account(self, account: AccountId) -> str | None:
        return await self._connection.scalar(select(accounts.c.unified_account).where(accounts.c.id == account))

    async def receipt_meters(self, account: AccountId, period: Period) -> Sequence[ReceiptMeter]:
        """The account's own meters: a meter comes only in the file of the provider of its service (DESIGN §5)."""
        days = {"first_day": period.first_day, "last_day": period.last_day}
        rows = await self._connection.execute(_RECEIPT_METERS, {"account": account, "zone": self._zone.key, **days})
        found = [_receipt_meter(row) for row in rows]
        return sorted(found, key=lambda meter: (SERVICE_ORDER[meter.service], meter.place))


def _statement(row: AnyRow) -> Statement:
    return Statement(Period.of(row.period), Kopecks(row.opening), Kopecks(row.paid), Kopecks(row.to_pay))


def _charge(row: AnyRow) -> Charge:
    return Charge(
        period=Period.of(row.period),
        service=Service(row.service),
        unit=row.unit,
        volume=row.volume,
        method=Method(row.method),
        tariff=row.tariff,
        charged=Kopecks(row.charged),
        recalculated=Kopecks(row.recalculated),
        benefit=Kopecks(row.benefit),
        penalty=Kopecks(row.penalty),
    )


def _receipt_meter(row: AnyRow) -> ReceiptMeter:
    own = row.value is not None
    return ReceiptMeter(
        number=row.number,
        service=Service(row.service),
        place=row.place,
        value=row.value if own else row.last_value,
        value_on=row.taken_on if own else row.last_date,
        verified_until=row.verified_until,
    )
