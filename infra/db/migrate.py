"""Bringing a database to the newest shape, from code: there is no alembic.ini.

A run is one transaction, so a failed migration leaves nothing half done. Processes that start together take an
advisory lock one after another, and the second finds the work done. Waits for locks are bounded: a migration that
cannot get a table must not hold up the residents behind it.
"""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Final, Literal

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine

HEAD: Final = "head"
MIGRATIONS: Final = Path(__file__).with_name("migrations")

_LOCK: Final = 0x564F444F  # «VODO»: no meaning but being ours
_WAIT_FOR_OTHERS: Final = "SET LOCAL lock_timeout = '120s'"
_WAIT_FOR_TABLES: Final = "SET LOCAL lock_timeout = '5s'"
_QUEUE: Final = "pgqueuer"

Kind = Literal["schema", "table", "column", "index", "unique_constraint", "foreign_key_constraint", "check_constraint"]


async def migrate(engine: AsyncEngine, revision: str = HEAD) -> None:
    """Upgrades to a revision. Raises what PostgreSQL raises; then nothing has changed."""
    async with engine.begin() as connection:
        await connection.run_sync(_locked, command.upgrade, revision)


async def downgrade(engine: AsyncEngine, revision: str) -> None:
    """Takes the database back to a revision (`base`: an empty one). For tests and emergencies: data goes with it."""
    async with engine.begin() as connection:
        await connection.run_sync(_locked, command.downgrade, revision)


async def at_head(engine: AsyncEngine) -> bool:
    """Whether the database has the newest shape this code knows."""
    async with engine.connect() as connection:
        found = await connection.run_sync(lambda sync: MigrationContext.configure(sync).get_current_heads())
    return found == heads()


@cache
def heads() -> tuple[str, ...]:
    """The revision of the newest shape this code knows."""
    return tuple(ScriptDirectory(str(MIGRATIONS)).get_heads())


def ours(name: str | None, kind: Kind, parents: object) -> bool:
    """Whether a database object is one of tables.py: the queue's own tables are pgqueuer's business."""
    return kind != "table" or name is None or not name.startswith(_QUEUE)


def _locked(connection: Connection, run: Callable[[Config, str], None], revision: str) -> None:
    connection.execute(text(_WAIT_FOR_OTHERS))
    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    connection.execute(text(_WAIT_FOR_TABLES))
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    run(config, revision)
