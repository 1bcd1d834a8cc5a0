"""The city's list of buildings: which quarter and district each is in. Outages are announced by quarters, residents
know street and house; the list brings them together. It is the city's, not a provider's, and small: a file is the list.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from asyncpg import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

from infra.db.engine import driver_connection
from infra.exchange.addresses import address_key, area_key
from infra.exchange.cells import BadCell, trimmed, words
from infra.exchange.model import LONGEST_SHOWN, FileRefused, ImportResult, RowError
from infra.exchange.source import Source, batches, open_source

LONGEST: Final = {"street": 200, "building": 50, "quarter": 100, "district": 100}
REQUIRED: Final = ("street", "building")
ACCEPTED_DROP: Final = 5
"""Per cent of the list that may vanish without a word, as in billing's files (contracts: exchange)."""

_STAGE: Final = """
CREATE TEMPORARY TABLE listed ON COMMIT DROP AS
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[])
    AS given (key, street, building, quarter, district, quarter_key, district_key)
"""
_VALUES: Final = "street, building, quarter, district, quarter_key, district_key"
_GONE: Final = "DELETE FROM buildings WHERE key NOT IN (SELECT key FROM listed)"
_CHANGE: Final = f"""
UPDATE buildings SET ({_VALUES}) = (SELECT {_VALUES} FROM listed WHERE listed.key = buildings.key)
WHERE EXISTS (SELECT FROM listed WHERE listed.key = buildings.key AND ROW({_VALUES}) IS DISTINCT FROM
    ROW({", ".join(f"buildings.{name}" for name in _VALUES.split(", "))}))
"""  # noqa: S608 - only constants
_NEW: Final = f"INSERT INTO buildings (key, {_VALUES}) SELECT key, {_VALUES} FROM listed ON CONFLICT DO NOTHING"  # noqa: S608 - constants


@dataclass(frozen=True, slots=True)
class _Row:
    line: int
    cells: dict[str, str]

    @property
    def key(self) -> str:
        return address_key("", self.cells["street"], self.cells["building"], "")

    def values(self) -> tuple[str | None, ...]:
        quarter, district = (self.cells.get(name) or None for name in ("quarter", "district"))
        areas = (quarter and area_key(quarter), district and area_key(district))
        return (self.key, self.cells["street"], self.cells["building"], quarter, district, *areas)


async def import_buildings(
    engine: AsyncEngine, path: Path, *, dry_run: bool = False, accept_drop: bool = False
) -> ImportResult:
    """Makes the file the list. Raises FileRefused, with every bad row, and changes nothing."""
    rows = _rows(open_source(path, tuple(LONGEST)))
    async with driver_connection(engine) as connection:
        transaction = connection.transaction()
        await transaction.start()
        try:
            result = await _take(connection, rows, accept_drop=accept_drop)
        except BaseException:
            await transaction.rollback()
            raise
        await (transaction.rollback() if dry_run else transaction.commit())
    return result


async def _take(connection: Connection, rows: Sequence[_Row], *, accept_drop: bool) -> ImportResult:
    await connection.execute("LOCK TABLE buildings IN SHARE ROW EXCLUSIVE MODE")
    known = int(await connection.fetchval("SELECT count(*) FROM buildings"))
    columns = list(zip(*(row.values() for row in rows), strict=True))
    await connection.execute(_STAGE, *map(list, columns))
    gone = _affected(await connection.execute(_GONE))
    if gone * 100 > known * ACCEPTED_DROP and not accept_drop:
        raise FileRefused([], f"{gone} of {known} buildings would vanish from the list: --accept-drop if that is meant")
    changed = _affected(await connection.execute(_CHANGE))
    inserted = _affected(await connection.execute(_NEW))
    warnings = (f"{gone} buildings are not in the list any more",) if gone else ()
    return ImportResult(len(rows), inserted, changed, len(rows) - inserted - changed, warnings)


def _rows(source: Source) -> list[_Row]:
    """Raises FileRefused for a missing column, and with every bad row."""
    missing = [name for name in REQUIRED if name not in source.header]
    if missing:
        raise FileRefused(
            [RowError(1, name, "", "the column is missing") for name in missing], f"no column {', '.join(missing)}"
        )
    errors: list[RowError] = []
    rows = [
        _row(source, line, cells, errors)
        for batch in batches(source, errors)
        for line, cells in zip(batch.lines, batch.rows, strict=True)
    ]
    _check_once(rows, errors)
    if errors or not rows:
        raise FileRefused(errors, f"errors: {len(errors)}" if errors else "it has no rows")
    return rows


def _row(source: Source, line: int, cells: Sequence[str], errors: list[RowError]) -> _Row:
    kept = {name: trimmed(cell) for name, cell in zip(source.header, cells, strict=True) if name in LONGEST}
    for name, cell in kept.items():
        try:
            words(LONGEST[name])(cell)
        except BadCell as bad:
            errors.append(RowError(line, name, cell[:LONGEST_SHOWN], str(bad)))
    errors += [RowError(line, name, "", "it may not be empty") for name in REQUIRED if not kept[name]]
    return _Row(line, kept)


def _check_once(rows: Sequence[_Row], errors: list[RowError]) -> None:
    first: dict[str, int] = {}
    for row in rows:
        if row.key in first:
            errors.append(RowError(row.line, "building", "", f"it stands already in line {first[row.key]}"))
        first.setdefault(row.key, row.line)


def _affected(tag: str) -> int:
    return int(tag.rsplit(" ", 1)[1])
