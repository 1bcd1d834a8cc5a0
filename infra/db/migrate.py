"""Bringing a database to the newest shape, from code: there is no alembic.ini.

A run is one transaction, so a failed migration leaves nothing half done. Processes that start together take an
advisory lock one after another, and the second finds the work done. Waits for locks are bounded: a migration that
cannot get a table must not hold up the residents behind it.

In an upgrade the migrations come first, and the processes of the version before go on beside the new ones. So a
database ahead of this code is one to work on, and only one behind it is not (ADR 0021).
"""

from collections.abc import Callable
from enum import Enum
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


class Shape(Enum):
    """How the shape of a database stands to the newest one that this code knows."""

    BEHIND = "behind"
    PRESENT = "present"
    AHEAD = "ahead"


async def migrate(engine: AsyncEngine, revision: str = HEAD) -> None:
    """Upgrades to a revision; a database ahead of this code is left alone. Raises what PostgreSQL raises; then nothing
    has changed."""
    async with engine.begin() as connection:
        await connection.run_sync(_locked, _upgrade, revision)


async def downgrade(engine: AsyncEngine, revision: str) -> None:
    """Takes the database back to a revision (`base`: an empty one). For tests and emergencies: data goes with it."""
    async with engine.begin() as connection:
        await connection.run_sync(_locked, command.downgrade, revision)


async def shape_of(engine: AsyncEngine) -> Shape:
    """Raises what the driver raises when the database does not answer."""
    async with engine.connect() as connection:
        return await connection.run_sync(_shape)


@cache
def heads() -> tuple[str, ...]:
    """The revision of the newest shape this code knows."""
    return tuple(ScriptDirectory(str(MIGRATIONS)).get_heads())


@cache
def _passed() -> frozenset[str]:
    """The revisions that lead to the newest one."""
    known = {one.revision for one in ScriptDirectory(str(MIGRATIONS)).walk_revisions()}
    return frozenset(known.difference(heads()))


def ours(name: str | None, kind: Kind, parents: object) -> bool:
    """Whether a database object is one of tables.py: the queue's own tables are pgqueuer's business."""
    return kind != "table" or name is None or not name.startswith(_QUEUE)


def _shape(connection: Connection) -> Shape:
    found = set(MigrationContext.configure(connection).get_current_heads())
    if not found or found & _passed():
        return Shape.BEHIND
    # What this code does not know was written after it.
    return Shape.PRESENT if found == set(heads()) else Shape.AHEAD


def _upgrade(config: Config, revision: str) -> None:
    # Looked at under the lock: the migration of a newer version may just have ended.
    if _shape(config.attributes["connection"]) is not Shape.AHEAD:
        command.upgrade(config, revision)


def _locked(connection: Connection, run: Callable[[Config, str], None], revision: str) -> None:
    connection.execute(text(_WAIT_FOR_OTHERS))
    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    connection.execute(text(_WAIT_FOR_TABLES))
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    run(config, revision)
