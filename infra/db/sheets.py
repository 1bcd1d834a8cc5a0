"""Sheets: all that readings of a flat are judged by, in one question."""

# ruff: noqa: S608 - statements are put together of constants only

from collections.abc import Sequence
from typing import Final

from asyncpg import Connection, Record

from core.ids import PremisesId
from core.meters.model import Flag, Sheet, Standing
from core.periods import Period
from infra.db.meters import METER, SERVICE_ORDER, read_meter
from infra.db.windows import EXTENSION, EXTENSIONS, read_extension

# A row for each open meter, and one without a meter where there is none: the extensions come with the first.
_SHEET: Final = f"""
SELECT {METER}, standing, extensions
FROM (SELECT array_agg(ROW({EXTENSION})) AS extensions FROM ({EXTENSIONS}) AS extended) AS of_all
LEFT JOIN (meters JOIN accounts ON accounts.id = account_id)
    ON premises_id = $2 AND meters.closed_on IS NULL AND accounts.closed_on IS NULL
LEFT JOIN LATERAL (
    SELECT array_agg(ROW(period, value, submitted_at, flags)) AS standing FROM (
        SELECT period, value, submitted_at, flags FROM readings
        WHERE meter_id = meters.id AND period <= $3 AND current ORDER BY period DESC LIMIT $4
    ) AS latest
) AS newest ON true
ORDER BY array_position($5::text[], service), place, meters.id
"""


class PostgresSheets:
    """`core.meters.ports.SheetStore`. A meter is open while neither it nor its account has a closing day."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._rows: Sequence[Record] = ()
        self._read = Sheet((), {}, ())

    async def sheet(self, premises: PremisesId, month: Period, count: int) -> Sheet:
        """A turn's memory gives the same rows again until something has changed: they are read once."""
        rows = await self._connection.fetch(
            _SHEET, month.previous.first_day, premises, month.next.first_day, count, SERVICE_ORDER
        )
        if rows is not self._rows:
            self._rows, self._read = rows, _sheet(rows)
        return self._read


def _sheet(rows: Sequence[Record]) -> Sheet:
    meters = [(read_meter(row), row["standing"]) for row in rows if row["id"] is not None]
    return Sheet(
        meters=tuple(meter for meter, _ in meters),
        standing={meter.id: tuple(_standing(one) for one in standing or ()) for meter, standing in meters},
        extensions=tuple(read_extension(one) for one in rows[0]["extensions"] or ()),
    )


def _standing(row: Record) -> Standing:
    period, value, submitted_at, flags = row
    return Standing(Period.of(period), value, submitted_at, tuple(Flag(flag) for flag in flags))
