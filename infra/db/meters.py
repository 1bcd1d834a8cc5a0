"""Meters and readings: ports of core.meters over one connection."""

# ruff: noqa: S608 - statements are put together of constants of this module only

from collections.abc import Sequence
from decimal import Decimal
from typing import ClassVar, Final
from uuid import UUID

from asyncpg import Connection, Record

from core.errors import NotFound
from core.ids import AccountId, MeterId, PremisesId, ProviderCode, ReadingId, ResidentId
from core.meters.model import Channel, Flag, Meter, Reading, ReadingKind, ReadingStatus, Tariff
from core.meters.ports import NewReading, Verdict
from core.periods import Period
from core.services import Service

SERVICE_ORDER: Final = tuple(service.value for service in Service)
"""The order in which services are shown; for array_position."""

METER: Final = """
meters.id, premises_id, account_id, meters.provider, meters.number, service, digits, decimals, place, verified_until,
last_value, last_date, meters.closed_on
"""
_KNOWN: Final = f"SELECT {METER} FROM meters JOIN accounts ON accounts.id = account_id WHERE meters.id = $1"

_READING: Final = """
id, meter_id, period, value, submitted_at, channel, kind, status, current, flags, reason, resident_id
"""
_STORED: Final = f"SELECT {_READING} FROM readings WHERE key = $1"
# One statement is one round trip. The count makes the replaced reading step down before the new one comes in. Of photos
# the database's clock tells how old they are: with the setting NOW the city's may rewind.
_ADD: Final = f"""
WITH known AS (
    SELECT {_READING} FROM readings WHERE key = $1
), replaced AS (
    UPDATE readings SET current = false
    WHERE meter_id = $2 AND period = $3 AND current AND $8 AND NOT EXISTS (SELECT FROM known) RETURNING id
), added AS (
    INSERT INTO readings (key, meter_id, period, value, submitted_at, channel, status, current, flags, resident_id)
    SELECT $1, $2, $3, $4::numeric, $5::timestamptz, $6, $7, $8, $9::text[], $10::bigint
    WHERE NOT EXISTS (SELECT FROM known) AND (SELECT count(*) FROM replaced) >= 0
    RETURNING {_READING}
), shown AS (
    UPDATE dial_photos SET reading_id = added.id FROM added
    WHERE chat_id = $11 AND dial_photos.meter_id = $2 AND dial_photos.reading_id IS NULL
        AND sent_at > clock_timestamp() - interval '1 day'
), superseded AS (
    UPDATE tasks SET status = 'superseded', settled_at = clock_timestamp() FROM added
    WHERE tasks.meter_id = $2 AND tasks.period = $3 AND tasks.reading_id IS NOT NULL AND tasks.status = 'open' AND $8
)
SELECT * FROM known UNION ALL SELECT * FROM added
"""
_HISTORY: Final = f"""
SELECT {_READING} FROM readings WHERE meter_id = ANY($1::bigint[]) AND period >= $2 ORDER BY seq
"""
# As after all (infra.exchange.acceptance): a later reading of the period that stands stays before it.
_ACCEPT: Final = """
WITH accepted AS (
    SELECT id, meter_id, period, NOT EXISTS (
        SELECT FROM readings AS other
        WHERE other.meter_id = readings.meter_id AND other.period = readings.period
            AND other.seq > readings.seq AND other.status = 'accepted'
    ) AS wins
    FROM readings WHERE id = $1 AND status = 'flagged'
), replaced AS (
    UPDATE readings SET current = false FROM accepted
    WHERE readings.meter_id = accepted.meter_id AND readings.period = accepted.period AND current AND wins
    RETURNING readings.id
)
UPDATE readings SET status = 'accepted', current = wins FROM accepted
WHERE readings.id = accepted.id AND (SELECT count(*) FROM replaced) >= 0
"""
_DECLINE: Final = """
UPDATE readings SET status = 'declined', reason = $2, current = false WHERE id = $1 AND status = 'flagged'
"""
ACTOR: Final = "SELECT set_config('vodoteplo.actor', $1, true)"
"""Names whoever changes readings in this transaction, for their history."""
_TARIFF: Final = """
SELECT tariff, unit, period FROM charges JOIN accounts ON accounts.id = account_id
WHERE premises_id = $1 AND service = $2 AND tariff > 0 ORDER BY period DESC LIMIT 1
"""
_VERDICT: Final = f"""
SELECT {METER}, value, verdicts.reason FROM verdicts JOIN readings ON readings.id = reading_id
    JOIN meters ON meters.id = meter_id JOIN accounts ON accounts.id = account_id
WHERE reading_id = $1 AND verdicts.provider = $2
"""
# A month's volume is billed for the service as a whole; several meters of it in a flat are taken to run alike.
_CHARGED: Final = """
SELECT volume / (
    SELECT greatest(count(*), 1) FROM meters AS other JOIN accounts ON accounts.id = other.account_id
    WHERE premises_id = $3 AND other.service = $2 AND other.closed_on IS NULL AND accounts.closed_on IS NULL
)
FROM charges WHERE account_id = $1 AND service = $2 AND method = 'meter' ORDER BY period DESC LIMIT $4
"""


class PostgresMeters:
    """`core.meters.ports.MeterStore`."""

    # "No key": rows that point at the meter can still be written by others.
    LOCK: ClassVar = "SELECT id FROM meters WHERE id = $1 FOR NO KEY UPDATE"

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def known(self, meter: MeterId) -> Meter:
        row = await self._connection.fetchrow(_KNOWN, meter)
        if row is None:
            raise NotFound
        return read_meter(row)

    async def lock(self, meter: MeterId) -> None:
        await self._connection.execute(self.LOCK, meter)


class PostgresReadings:
    """`core.meters.ports.ReadingStore`. Rows are only added; what changes in one is whether it is current, and how it
    was judged: the database sees to that, and remembers every change (migration 0004)."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def charged_volumes(self, meter: Meter, months: int) -> Sequence[Decimal]:
        """The latest month first."""
        rows = await self._connection.fetch(_CHARGED, meter.account, meter.service.value, meter.premises, months)
        return [row[0] for row in rows]

    async def stored(self, key: str) -> Reading | None:
        row = await self._connection.fetchrow(_STORED, key)
        return _reading(row) if row else None

    async def add(self, reading: NewReading) -> Reading:
        """The unique index of current readings guards against two channels at once: the second one's turn fails."""
        row = await self._connection.fetchrow(
            _ADD,
            *(reading.key, reading.meter, reading.period.first_day, reading.value, reading.submitted_at),
            *(reading.channel.value, reading.status.value, reading.current),
            [flag.value for flag in reading.flags],
            *(reading.resident, reading.chat),
        )
        return _reading(row)

    async def history(self, meters: Sequence[MeterId], since: Period) -> Sequence[Reading]:
        return [_reading(row) for row in await self._connection.fetch(_HISTORY, list(meters), since.first_day)]

    async def tariff(self, premises: PremisesId, service: Service) -> Tariff | None:
        row = await self._connection.fetchrow(_TARIFF, premises, service.value)
        return Tariff(row["tariff"], row["unit"], Period.of(row["period"])) if row else None

    async def settle(self, reading: ReadingId, reason: str | None, by: str) -> None:
        await self._connection.execute(ACTOR, f"operator:{by}")
        if reason is None:
            await self._connection.execute(_ACCEPT, reading)
        else:
            await self._connection.execute(_DECLINE, reading, reason)
        await self._connection.execute(ACTOR, "")

    async def verdict(self, reading: str, provider: str) -> Verdict:
        row = await self._connection.fetchrow(_VERDICT, reading, provider) if _is_uuid(reading) else None
        if row is None:
            raise NotFound
        return Verdict(read_meter(row), row["value"], row["reason"])


def read_meter(row: Record) -> Meter:
    """Of the columns of METER."""
    return Meter(
        id=MeterId(row["id"]),
        premises=PremisesId(row["premises_id"]),
        account=AccountId(row["account_id"]),
        provider=ProviderCode(row["provider"]),
        number=row["number"],
        service=Service(row["service"]),
        digits=row["digits"],
        decimals=row["decimals"],
        place=row["place"],
        verified_until=row["verified_until"],
        last_value=row["last_value"],
        last_date=row["last_date"],
        closed_on=row["closed_on"],
    )


def _reading(row: Record) -> Reading:
    return Reading(
        id=ReadingId(str(row["id"])),
        meter=MeterId(row["meter_id"]),
        period=Period.of(row["period"]),
        value=row["value"],
        submitted_at=row["submitted_at"],
        channel=Channel(row["channel"]),
        kind=ReadingKind(row["kind"]),
        status=ReadingStatus(row["status"]),
        current=row["current"],
        flags=tuple(Flag(flag) for flag in row["flags"]),
        reason=row["reason"],
        resident=ResidentId(row["resident_id"]) if row["resident_id"] is not None else None,
    )


def _is_uuid(written: str) -> bool:
    try:
        UUID(written)
    except ValueError:
        return False
    return True
