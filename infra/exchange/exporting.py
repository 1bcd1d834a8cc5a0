"""The readings a provider's charges need, written for its billing system (contracts: exchange)."""

import csv
import os
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Final

import asyncpg
from sqlalchemy.ext.asyncio import AsyncEngine

from core.city import City, Provider
from core.periods import Period
from infra.db.engine import driver_connection
from infra.exchange.model import FormatNotThere
from infra.workbooks import Workbook, safe_cell

COLUMNS = (
    "reading",
    "account",
    "meter",
    "service",
    "period",
    "value",
    "submitted_at",
    "channel",
    "kind",
    "status",
    "flags",
)
_AT_ONCE = 5000

Row = Sequence[str | Decimal]
Write = Callable[[Row], None]

# The account is the receiver's own: of its meters, the meter's; of another provider's, the one it has at the same flat
# (an open one before a closed one, then by number, should there be several).
_READINGS = """
    SELECT readings.id::text, receiver.number AS account, meters.number AS meter, service, value, submitted_at,
           channel, kind, status, flags
      FROM readings
      JOIN meters ON meters.id = meter_id
      JOIN accounts AS own ON own.id = account_id
      LEFT JOIN LATERAL (
           SELECT number FROM accounts
            WHERE accounts.provider = $1 AND premises_id = own.premises_id
            ORDER BY id <> own.id, closed_on IS NOT NULL, number LIMIT 1) AS receiver ON true
     WHERE period = $2 AND current AND service = ANY ($3)
     ORDER BY account, service, meter, readings.id"""


async def export_readings(  # noqa: PLR0913 - the options of the command, one by one
    engine: AsyncEngine,
    city: City,
    provider: str,
    period: Period,
    out: Path,
    *,
    file_format: str = "csv",
    warn: Callable[[str], None] | None = None,
) -> int:
    """Writes the current readings of a period that a provider needs, and gives their number.

    The file appears whole, in place of an older one, and is the same to the byte as long as the readings are. Readings
    of flats where the provider has no account are left out; `warn` is told how many. Raises FormatNotThere, OSError,
    and LookupError for a provider that the city does not have.
    """
    form = _FORMS.get(file_format)
    if form is None:
        raise FormatNotThere(f"readings are exported as {' or '.join(_FORMS)}; {file_format} is not there yet")
    receiver = city.provider(provider)
    written = skipped = 0
    with _replacing(out) as draft, form(draft, f"{receiver.code} {period}") as write:
        async for record in _readings(engine, receiver, period):
            if record["account"] is None:
                skipped += 1
                continue
            write(_row(record, period, city))
            written += 1
    if skipped and warn:
        warn(f"{skipped} readings left out: {receiver.code} has no account at their flats")
    return written


async def _readings(engine: AsyncEngine, receiver: Provider, period: Period) -> AsyncIterator[asyncpg.Record]:
    """One state of the database, a few thousand rows at a time."""
    needed = [service.value for service in receiver.readings_needed]
    async with (
        driver_connection(engine) as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        async for record in connection.cursor(_READINGS, receiver.code, period.first_day, needed, prefetch=_AT_ONCE):
            yield record


def _row(record: asyncpg.Record, period: Period, city: City) -> Row:
    return (
        record["id"],
        record["account"],
        record["meter"],
        record["service"],
        str(period),
        record["value"],
        record["submitted_at"].astimezone(city.zone).isoformat(timespec="seconds"),
        record["channel"],
        record["kind"],
        record["status"],
        ",".join(record["flags"]),
    )


@contextmanager
def _csv(draft: Path, _name: str) -> Iterator[Write]:
    with draft.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(COLUMNS)

        def write(row: Row) -> None:
            writer.writerow([safe_cell(cell) if isinstance(cell, str) else f"{cell:f}" for cell in row])

        yield write


@contextmanager
def _xlsx(draft: Path, name: str) -> Iterator[Write]:
    with draft.open("wb") as file, Workbook(file) as book:
        book.table(name, COLUMNS)
        yield book.add


_FORMS: Final[dict[str, Callable[[Path, str], AbstractContextManager[Write]]]] = {"csv": _csv, "xlsx": _xlsx}
"""How a file of each format is written: its path and the name of its table are given, rows are taken one by one."""


@contextmanager
def _replacing(out: Path) -> Iterator[Path]:
    """A file that takes the place of `out` when the block ends well; else nothing is left of it."""
    handle, name = tempfile.mkstemp(dir=out.parent, prefix=f".{out.name}.")
    os.close(handle)
    draft = Path(name)
    try:
        yield draft
        with draft.open("rb") as written:
            os.fsync(written.fileno())
        draft.replace(out)
    except BaseException:
        draft.unlink()
        raise
