"""Import of a city's accounts and charges, beside the bare COPY of the same rows (contract: at most six times).

Two providers, 170,000 accounts of 85,000 flats and 680,000 charges in one go: encoding, grammars, checks, flats tied,
rows merged, committed. Bare COPY is PostgreSQL reading the very rows that came out of it, in its own text form, into
empty tables of the same columns: with all the keys and references of the real ones, with primary and unique keys only,
and without any key.
"""

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable
from itertools import product
from pathlib import Path
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncEngine

from core.city import City, Provider
from infra.city_file import load_city
from infra.codes import HmacCodeHasher
from infra.db.engine import connect_alone, create_engine
from infra.db.migrate import migrate
from infra.embedded import embedded_servers
from infra.exchange import ImportResult, import_file
from infra.paths import DEFAULT_CITY

FLATS = 85_000
PERIODS = ("2021-12", "2022-01")
T = TypeVar("T")
TABLES = {
    "accounts": "(premises_id) REFERENCES premises (id)",
    "charges": "(account_id) REFERENCES accounts (id)",
}
FORMS = {
    "copy": "INCLUDING ALL",
    "copy_without_references": "INCLUDING ALL",
    "copy_without_keys": "INCLUDING DEFAULTS",
}
"""Names of the measures, and how their tables are made like the real ones; the first has their references as well."""
FLATS_IN_BUILDING = 80


def measure(scale: float = 1.0) -> dict[str, float]:
    """Seconds and ratios; `scale` 1 is the whole city. Runs servers of its own in a temporary folder."""
    with tempfile.TemporaryDirectory(prefix="vt", dir="/tmp") as folder:
        files = write_files(Path(folder), load_city(DEFAULT_CITY), max(100, int(FLATS * scale)))
        with embedded_servers(Path(folder) / "data", redis=False) as servers:
            return asyncio.run(_measure(servers.database_url, files))


def write_files(folder: Path, city: City, flats: int) -> list[tuple[str, str, Path]]:
    """Accounts and charges of both providers: kind, provider, path."""
    files: list[tuple[str, str, Path]] = []
    for kind, provider in product(TABLES, city.providers):
        path = folder / f"{provider.code}-{kind}.csv"
        lines = _accounts(provider, flats) if kind == "accounts" else _charges(provider, flats)
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        files.append((kind, provider.code, path))
    return files


def _number(provider: Provider, flat: int) -> str:
    example = provider.account_example
    return example[0] + f"{flat:0{len(example) - 1}d}"


def _accounts(provider: Provider, flats: int) -> list[str]:
    lines = ["account;street;building;unit;premises;holder;phone;area_m2;residents;pin"]
    for flat in range(flats):
        house, unit = divmod(flat, FLATS_IN_BUILDING)
        lines.append(
            f"{_number(provider, flat)};улица {house % 40}-я;{house // 40 + 1};{unit + 1};flat-{flat};"
            f"Собственник {flat};+7900{flat:07};{30 + flat % 60},{flat % 10};{flat % 5};K{flat:07}"
        )
    return lines


def _charges(provider: Provider, flats: int) -> list[str]:
    lines = ["period;account;service;unit;volume;method;tariff;charged;recalculated;benefit;penalty"]
    for flat, period, service in product(range(flats), PERIODS, provider.services):
        volume = flat * 37 % 20_000
        charged = volume * 2935 // 1000
        lines.append(
            f"{period};{_number(provider, flat)};{service};м³;{volume // 1000},{volume % 1000:03};meter;29,35;"
            f"{charged // 100},{charged % 100:02};0;0;{flat % 7},{flat % 100:02}"
        )
    return lines


async def _measure(url: str, files: list[tuple[str, str, Path]]) -> dict[str, float]:
    engine = create_engine(url)
    await migrate(engine)
    first, taken = await _timed(lambda: _import(engine, files))
    again, retaken = await _timed(lambda: _import(engine, files))
    copies = {form: await _bare_copy(url, form) for form in FORMS}
    await engine.dispose()
    return {
        "rows": float(sum(result.rows for result in taken)),
        "rows_changed_again": float(sum(result.inserted + result.changed for result in retaken)),
        "import_seconds": first,
        "again_seconds": again,
        **{f"{form}_seconds": seconds for form, seconds in copies.items()},
        **{f"import_to_{form}": first / seconds for form, seconds in copies.items()},
        "again_to_copy": again / copies["copy"],
    }


async def _import(engine: AsyncEngine, files: list[tuple[str, str, Path]]) -> list[ImportResult]:
    city, hasher = load_city(DEFAULT_CITY), HmacCodeHasher(b"k" * 32)
    return [await import_file(engine, city, hasher, kind, provider, path) for kind, provider, path in files]


async def _bare_copy(url: str, form: str) -> float:
    """Seconds that PostgreSQL takes to read the imported rows into empty tables of the same columns."""
    connection = await connect_alone(url)
    seconds = 0.0
    try:
        for table, reference in TABLES.items():
            with tempfile.TemporaryFile() as rows:
                await connection.copy_from_table(table, output=rows)
                rows.seek(0)
                await connection.execute(f"CREATE TABLE bare (LIKE {table} {FORMS[form]})")
                if form == "copy":
                    await connection.execute(f"ALTER TABLE bare ADD FOREIGN KEY {reference}")
                started = time.perf_counter()
                await connection.copy_to_table("bare", source=rows)
                seconds += time.perf_counter() - started
                await connection.execute("DROP TABLE bare")
    finally:
        await connection.close()
    return seconds


async def _timed(work: Callable[[], Awaitable[T]]) -> tuple[float, T]:
    started = time.perf_counter()
    result = await work()
    return time.perf_counter() - started, result


if __name__ == "__main__":
    for name, value in measure().items():
        print(f"{name:32} {value:12.2f}")
