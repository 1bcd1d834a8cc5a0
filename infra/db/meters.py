"""Meters and readings: ports of core.meters over one connection."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final
from uuid import UUID

from sqlalchemy import case, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.errors import NotFound
from core.ids import AccountId, MeterId, PremisesId, ProviderCode, ReadingId
from core.meters.model import Channel, Flag, Meter, Reading, ReadingKind, ReadingStatus
from core.meters.ports import NewReading, Verdict
from core.periods import Period
from core.services import Service
from infra.db.rows import AnyRow, AnySelect
from infra.db.tables import accounts, meters, readings, verdicts

_METER = (
    meters.c.id,
    accounts.c.premises_id,
    *(meters.c.account_id, meters.c.provider, meters.c.number, meters.c.service),
    *(meters.c.digits, meters.c.decimals, meters.c.place, meters.c.verified_until),
    *(meters.c.last_value, meters.c.last_date, meters.c.closed_on),
)
_READING = (
    *(readings.c.id, readings.c.meter_id, readings.c.period, readings.c.value, readings.c.submitted_at),
    *(readings.c.channel, readings.c.kind, readings.c.status, readings.c.current, readings.c.flags, readings.c.reason),
)
SERVICE_ORDER: Final = {service.value: place for place, service in enumerate(Service)}

# A month's volume is billed for the service as a whole; several meters of it in a flat are taken to run alike.
_CHARGED: Final = text("""
    SELECT volume / (
        SELECT greatest(count(*), 1) FROM meters AS other JOIN accounts ON accounts.id = other.account_id
        WHERE accounts.premises_id = :premises AND other.service = :service
            AND other.closed_on IS NULL AND accounts.closed_on IS NULL
    )
    FROM charges WHERE account_id = :account AND service = :service AND method = 'meter'
    ORDER BY period DESC LIMIT :months
""")


class PostgresMeters:
    """`core.meters.ports.MeterStore`. A meter is open while neither it nor its account has a closing day."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def open_of(self, premises: PremisesId) -> tuple[Meter, ...]:
        by_service = case(SERVICE_ORDER, value=meters.c.service)
        query = _open_meters().where(accounts.c.premises_id == premises)
        rows = await self._connection.execute(query.order_by(by_service, meters.c.place, meters.c.id))
        return tuple(_meter(row) for row in rows)

    async def open(self, meter: MeterId) -> Meter:
        row = (await self._connection.execute(_open_meters().where(meters.c.id == meter))).one_or_none()
        if row is None:
            raise NotFound
        return _meter(row)

    async def lock(self, meter: MeterId) -> None:
        # "No key": rows that point at the meter can still be written by others.
        await self._connection.execute(select(meters.c.id).where(meters.c.id == meter).with_for_update(key_share=True))


class PostgresReadings:
    """`core.meters.ports.ReadingStore`. Rows are only added; what changes in one is whether it is current."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def current(self, meter: MeterId, period: Period) -> Reading | None:
        return await self._one(
            _readings().where(readings.c.meter_id == meter, readings.c.period == period.first_day, readings.c.current)
        )

    async def before(self, meter: MeterId, period: Period, count: int) -> Sequence[Reading]:
        query = _readings().where(
            readings.c.meter_id == meter, readings.c.period < period.first_day, readings.c.current
        )
        rows = await self._connection.execute(query.order_by(readings.c.period.desc()).limit(count))
        return [_reading(row) for row in rows]

    async def charged_volumes(self, meter: Meter, months: int) -> Sequence[Decimal]:
        which = {"account": meter.account, "service": meter.service.value, "premises": meter.premises}
        return (await self._connection.execute(_CHARGED, {**which, "months": months})).scalars().all()

    async def add(self, reading: NewReading) -> Reading:
        """The unique index of current readings guards against two channels at once: the second one's turn fails."""
        stored = await self._one(_readings().where(readings.c.key == reading.key))
        if stored is not None:
            return stored
        if reading.current:
            await self._connection.execute(
                update(readings)
                .where(readings.c.meter_id == reading.meter, readings.c.period == reading.period.first_day)
                .where(readings.c.current)
                .values(current=False)
            )
        new = insert(readings).values(**_values(reading)).returning(*_READING)
        return _reading((await self._connection.execute(new)).one())

    async def history(self, meters: Sequence[MeterId], since: Period) -> Sequence[Reading]:
        query = _readings().where(readings.c.meter_id.in_(meters), readings.c.period >= since.first_day)
        return [_reading(row) for row in await self._connection.execute(query.order_by(readings.c.seq))]

    async def verdict(self, reading: str, provider: str) -> Verdict:
        query = (
            select(*_METER, readings.c.value, verdicts.c.reason)
            .select_from(verdicts.join(readings).join(meters).join(accounts))
            .where(verdicts.c.reading_id == reading, verdicts.c.provider == provider)
        )
        row = (await self._connection.execute(query)).one_or_none() if _is_uuid(reading) else None
        if row is None:
            raise NotFound
        return Verdict(_meter(row), row.value, row.reason)

    async def _one(self, query: AnySelect) -> Reading | None:
        row = (await self._connection.execute(query)).one_or_none()
        return _reading(row) if row else None


def _open_meters() -> AnySelect:
    both_open = (meters.c.closed_on.is_(None), accounts.c.closed_on.is_(None))
    return select(*_METER).join(accounts, accounts.c.id == meters.c.account_id).where(*both_open)


def _readings() -> AnySelect:
    return select(*_READING)


def _values(reading: NewReading) -> dict[str, object]:
    return {
        "key": reading.key,
        "meter_id": reading.meter,
        "period": reading.period.first_day,
        "value": reading.value,
        "submitted_at": reading.submitted_at,
        "channel": reading.channel.value,
        "status": reading.status.value,
        "current": reading.current,
        "flags": [flag.value for flag in reading.flags],
        "resident_id": reading.resident,
    }


def _meter(row: AnyRow) -> Meter:
    return Meter(
        id=MeterId(row.id),
        premises=PremisesId(row.premises_id),
        account=AccountId(row.account_id),
        provider=ProviderCode(row.provider),
        number=row.number,
        service=Service(row.service),
        digits=row.digits,
        decimals=row.decimals,
        place=row.place,
        verified_until=row.verified_until,
        last_value=row.last_value,
        last_date=row.last_date,
        closed_on=row.closed_on,
    )


def _reading(row: AnyRow) -> Reading:
    return Reading(
        id=ReadingId(row.id),
        meter=MeterId(row.meter_id),
        period=Period.of(row.period),
        value=row.value,
        submitted_at=row.submitted_at,
        channel=Channel(row.channel),
        kind=ReadingKind(row.kind),
        status=ReadingStatus(row.status),
        current=row.current,
        flags=tuple(Flag(flag) for flag in row.flags),
        reason=row.reason,
    )


def _is_uuid(text_of_id: str) -> bool:
    try:
        UUID(text_of_id)
    except ValueError:
        return False
    return True
