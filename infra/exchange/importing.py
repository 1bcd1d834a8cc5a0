"""Taking a billing file: whole, or not at all.

    file ─► Source (encoding, header) ─► Parser (grammars) ─► COPY ─► staged ─► checks ─► sets of SQL ─► commit

One transaction from the first COPY to the last row, so readers see the old facts or the new ones, and an error anywhere
leaves nothing behind. Rows with a bad cell are staged as well, with NULL there: the checks that need the database find
what else is wrong with them, and the report is complete. Imports take turns by an advisory lock; nobody else waits.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import asyncpg
from sqlalchemy.ext.asyncio import AsyncEngine

from core.accounts.ports import CodeHasher
from core.city import City, Provider
from core.clock import CityClock, ShiftedClock
from infra.db.engine import driver_connection
from infra.exchange.acceptance import ACCEPTANCE
from infra.exchange.accounts import ACCOUNTS
from infra.exchange.billing import BALANCES, CHARGES, PAYMENTS
from infra.exchange.kinds import Kind, Taking
from infra.exchange.layouts import Layout, Rules
from infra.exchange.merging import duplicates
from infra.exchange.meters import METERS
from infra.exchange.model import FileRefused, ImportResult, Progress, RowError
from infra.exchange.source import Source, open_source
from infra.exchange.staging import Parser, stage

KINDS = {
    "accounts": ACCOUNTS,
    "meters": METERS,
    "charges": CHARGES,
    "balances": BALANCES,
    "payments": PAYMENTS,
    "acceptance": ACCEPTANCE,
}

_RECORD = """INSERT INTO imports (kind, provider, file_name, sha256, rows, changed) VALUES ($1, $2, $3, $4, $5, $6)"""
_SETTINGS = "SET LOCAL work_mem = '64MB'; SET LOCAL default_statistics_target = 10; SET LOCAL jit = off"
"""Sets of a city's size are joined in memory; a rough idea of what was staged is enough to choose how."""
_LOCK = 0x766F6474  # "vodt": any number of our own


async def import_file(  # noqa: PLR0913 - the options of the command, one by one
    engine: AsyncEngine,
    city: City,
    hasher: CodeHasher,
    kind: str,
    provider: str,
    path: Path,
    *,
    dry_run: bool = False,
    accept_drop: bool = False,
    accept_total: bool = False,
    progress: Progress | None = None,
    clock: CityClock | None = None,
) -> ImportResult:
    """Takes a file of a provider's billing system. `kind`: a key of KINDS; without a clock, today is today.

    Raises FileRefused, with every bad row, and changes nothing. With `dry_run` nothing changes either. A file that was
    taken before changes 0 rows.
    """
    if kind not in KINDS:
        raise FileRefused([], f"no kind of file {kind!r}; there are {', '.join(KINDS)}")
    whose, what = _provider(city, provider), KINDS[kind]
    rules = Rules(city, whose, hasher, clock or CityClock(ShiftedClock(), city.zone))
    source = _source(path, what.layout(rules))
    async with _transaction(engine, keep=not dry_run) as connection:
        if what.names_accounts:
            rules = replace(rules, account_ids=await _account_ids(connection, whose))
        parser = Parser(source, what.layout(rules))
        await stage(connection, parser, whose.code, progress)
        taking = Taking(connection, whose, parser.staged, accept_drop, accept_total)
        await _check(taking, what, parser)
        merged = await what.take(taking)
        await connection.execute(_RECORD, kind, whose.code, path.name, source.sha256, parser.rows, merged.touched)
    warnings = (*_unknown_columns(parser), *merged.warnings)
    return ImportResult(parser.rows, merged.inserted, merged.changed, parser.rows - merged.touched, warnings)


async def taken_files(engine: AsyncEngine) -> set[tuple[str, str]]:
    """Kind and provider of every file that was ever taken."""
    async with driver_connection(engine) as connection:
        return {(kind, provider) for kind, provider in await connection.fetch("SELECT kind, provider FROM imports")}


def _provider(city: City, code: str) -> Provider:
    try:
        return city.provider(code)
    except LookupError as error:
        raise FileRefused([], str(error)) from error


def _source(path: Path, layout: Layout) -> Source:
    """The file, if it has every required column."""
    source = open_source(path, layout.names)
    missing = [column.name for column in layout.columns if column.required and column.name not in source.header]
    if missing:
        errors = [RowError(1, name, "", "the column is missing") for name in missing]
        raise FileRefused(errors, f"{path.name} lacks {', '.join(missing)}: nothing was taken")
    return source


def _unknown_columns(parser: Parser) -> tuple[str, ...]:
    unknown = [name or "without a name" for name in parser.source.header if name not in parser.layout.names]
    return (f"columns kept out: {', '.join(unknown)}",) if unknown else ()


@asynccontextmanager
async def _transaction(engine: AsyncEngine, *, keep: bool) -> AsyncIterator[asyncpg.Connection]:
    """The driver's connection in a transaction, alone among imports; rolled back unless the result is to be kept."""
    async with driver_connection(engine) as connection:
        transaction = connection.transaction()
        await transaction.start()
        try:
            await connection.execute(_SETTINGS)
            await connection.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
            yield connection
        except BaseException:
            await transaction.rollback()
            raise
        await (transaction.commit() if keep else transaction.rollback())


async def _account_ids(connection: asyncpg.Connection, provider: Provider) -> dict[str, str]:
    """Number → id of every account of the provider, closed ones too: 170 000 take 30 MB and spare a join a check."""
    records = await connection.fetch("SELECT number, id::text FROM accounts WHERE provider = $1", provider.code)
    return dict(records)


async def _check(taking: Taking, kind: Kind, parser: Parser) -> None:
    """Raises FileRefused with everything that is wrong with the rows."""
    layout = parser.layout
    errors = [
        *parser.errors,
        *await duplicates(taking.connection, layout.key, layout.key_column),
        *await kind.check(taking),
    ]
    if errors:
        errors.sort(key=lambda error: error.line)
        lines = len({error.line for error in errors})
        raise FileRefused(errors, f"errors: {len(errors)}, on lines: {lines}")
