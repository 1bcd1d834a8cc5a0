"""Taking a billing file: whole, or not at all.

    file ─► Source (encoding, separator, header) ─► Parser (grammars) ─► COPY ─► staged ─► checks ─► sets of SQL ─► commit

One transaction from the first COPY to the last row, so readers see the old facts or the new ones, and an error anywhere
leaves nothing behind. Rows with a bad cell are staged as well, with NULL there: the checks that need the database find
what else is wrong with them, and the report is complete. Imports take turns by an advisory lock; nobody else waits.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
from sqlalchemy.ext.asyncio import AsyncEngine

from core.accounts.ports import CodeHasher
from core.city import City, Provider
from core.clock import CityClock, ShiftedClock
from infra.exchange.acceptance import ACCEPTANCE
from infra.exchange.accounts import ACCOUNTS
from infra.exchange.billing import BALANCES, CHARGES, PAYMENTS
from infra.exchange.kinds import Kind, Taking
from infra.exchange.layouts import Layout, Rules
from infra.exchange.merging import Merged, duplicates
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
    whose = _provider(city, provider)
    what = KINDS[kind]
    clock = clock or CityClock(ShiftedClock(), city.zone)
    async with _connection(engine) as connection:
        transaction = connection.transaction()
        await transaction.start()
        try:
            await connection.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
            await connection.execute("SET LOCAL work_mem = '64MB'")
            ids = await _account_ids(connection, whose) if what.names_accounts else {}
            layout = what.layout(Rules(city, whose, hasher, clock, ids))
            parser = Parser(open_source(path, layout.names), layout)
            await stage(connection, parser, whose.code, progress)
            taking = Taking(connection, whose, parser.staged, accept_drop, accept_total)
            await _check(taking, what, parser)
            merged = await what.take(taking)
            await _record(connection, kind, taking, parser, merged)
        except BaseException:
            await transaction.rollback()
            raise
        await (transaction.rollback() if dry_run else transaction.commit())
    return _result(parser, merged)
