"""Making a backup: pg_dump and the counts of rows look at the same snapshot, while the house goes on."""

import asyncio
import os
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from asyncpg import Connection

from infra.backup.archive import DUMP, Manifest, sha256_of, write_archive
from infra.backup.programs import address, program
from infra.db.engine import connect_alone

_TABLES: Final = """
SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY relname
"""


class BackupFailed(Exception):
    """One of PostgreSQL's programs did not do its work. The text is what it said."""


async def make_backup(url: str, file: Path) -> Manifest:
    """Writes the whole database into a file. Raises BackupFailed, OSError, and what PostgreSQL raises."""
    connection = await connect_alone(url, "vodoteplo backup")
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            with tempfile.TemporaryDirectory(prefix=f".{file.name}.", dir=file.parent) as folder:
                dump = Path(folder) / DUMP
                await _dump(url, await connection.fetchval("SELECT pg_export_snapshot()"), dump)
                manifest = await _manifest(connection, dump)
                await asyncio.to_thread(write_archive, file, dump, manifest)
    finally:
        await connection.close()
    return manifest


async def _dump(url: str, snapshot: str, file: Path) -> None:
    target, environment = address(url)
    process = await asyncio.create_subprocess_exec(
        program("pg_dump"),
        *("--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}", f"--file={file}"),
        *("--dbname", target),
        env=dict(environment),
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        _, errors = await process.communicate()
    except BaseException:
        process.kill()
        await process.wait()
        raise
    if process.returncode != 0:
        raise BackupFailed(errors.decode("utf-8", "replace").strip())


async def _manifest(connection: Connection, dump: Path) -> Manifest:
    """What the snapshot holds. `synced`: what is not on the disk is no backup."""
    revision = await connection.fetchval("SELECT version_num FROM alembic_version")
    return Manifest(
        revision=revision,
        made_at=datetime.now(UTC).isoformat(timespec="seconds"),
        sha256=await asyncio.to_thread(_digest, dump),
        rows=await count_rows(connection),
    )


async def count_rows(connection: Connection) -> dict[str, int]:
    """How many rows each table has."""
    counts = {}
    for (table,) in await connection.fetch(_TABLES):
        counts[table] = await connection.fetchval(f'SELECT count(*) FROM public."{table}"')  # noqa: S608 - a catalogue's name
    return counts


def _digest(file: Path) -> str:
    with file.open("rb") as content:
        digest = sha256_of(content)
        os.fsync(content.fileno())
    return digest
