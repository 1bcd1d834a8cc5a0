"""Restoring a backup into an empty database, in one transaction.

pg_restore turns the dump into a script, psql runs it. After the script, and within its transaction, the rows are
counted and sending is switched off: there is no moment at which a restored copy could send. Nor does it look back into
the conversations (bots.vk.catching_up): what was said there since the backup, the original has answered. psql commits
when its input ends; so when pg_restore breaks off, psql is killed before that, and the server undoes everything.
"""

import asyncio
import subprocess
import threading
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import IO, Final

from infra.backup.archive import BackupRefused, Manifest, open_archive
from infra.backup.making import BackupFailed, count_rows
from infra.backup.programs import address, program
from infra.db.bookmarks import LOOKED
from infra.db.engine import connect_alone, create_engine
from infra.db.migrate import Shape, downgrade, heads, shape_of
from infra.db.switches import RESTORED, SENDING

MIGRATED: Final = "alembic_version"
_CHUNK: Final = 1 << 20
_OTHERS: Final = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""


async def restore_backup(url: str, file: Path) -> Manifest:
    """Raises BackupRefused before anything is touched; BackupFailed when PostgreSQL will not have it, and undoes it."""
    with open_archive(file) as (manifest, dump):
        if (manifest.revision,) != heads():
            raise BackupRefused(
                f"it has shape {manifest.revision}, this version {' '.join(heads())}: restore it with the version that "
                "made it, then run `vodoteplo migrate` with this one"
            )
        await _make_room(url)
        await asyncio.to_thread(_restore, url, dump, manifest)
    return manifest


async def _make_room(url: str) -> None:
    """The database must hold nothing but what a migration makes; that goes."""
    connection = await connect_alone(url, "vodoteplo restore")
    try:
        rows = await count_rows(connection)
        used = sorted(table for table, count in rows.items() if count and table != MIGRATED)
        if used:
            raise BackupRefused(f"the database is not empty ({', '.join(used)}): make a new one, or drop this one")
        if await connection.fetchval(_OTHERS):
            raise BackupRefused("somebody else is connected to the database: stop all of its processes first")
        if MIGRATED in rows:
            await _take_back(url)
            await connection.execute(f"DROP TABLE {MIGRATED}")
    finally:
        await connection.close()


async def _take_back(url: str) -> None:
    engine = create_engine(url)
    try:
        if await shape_of(engine) is Shape.AHEAD:
            raise BackupRefused("a newer version has migrated the database: make a new one, or drop this one")
        await downgrade(engine, "base")
    finally:
        await engine.dispose()


def _restore(url: str, dump: IO[bytes], manifest: Manifest) -> None:
    target, environment = address(url)
    convert = [str(program("pg_restore")), "--no-owner", "--no-privileges", "--file=-"]
    run = [
        *(str(program("psql")), "--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1"),
        *("--set=VERBOSITY=terse", "--output=/dev/null", "--file=-", "--dbname", target),
    ]
    with ExitStack() as stack:
        psql = stack.enter_context(_started(run, environment))
        restore = stack.enter_context(_started(convert, environment))
        assert psql.stdin is not None
        assert restore.stdin is not None
        assert restore.stdout is not None
        feeding = threading.Thread(target=_pump, args=(dump, restore.stdin), daemon=True)
        feeding.start()
        whole = _copy(restore.stdout, psql.stdin) and restore.wait() == 0
        if whole:
            with suppress(BrokenPipeError):
                psql.stdin.write(_ending(manifest).encode())
                psql.stdin.close()
        else:
            psql.kill()
            restore.kill()
        feeding.join()
        said = psql.stderr.read() if psql.stderr is not None else b""
        if psql.wait() != 0 or not whole:
            lines = said.decode("utf-8", "replace").strip().splitlines()
            raise BackupFailed(lines[0] if lines else "the dump cannot be read")


def _started(command: list[str], environment: Mapping[str, str]) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(  # noqa: S603 - our own programs; the address has been checked by the settings
        command, env=dict(environment), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def _ending(manifest: Manifest) -> str:
    """What is done last: every table has the rows that it had, sending is off, looks begin anew.

    What was to be told may have been told by the original since: the copy never tells it. A broadcast that was
    scheduled waits for somebody to look; mailings of rules go on with what is new.
    """
    counts = " UNION ALL ".join(
        f"SELECT '{table}', {count}, (SELECT count(*) FROM public.\"{table}\")"  # noqa: S608 - our own manifest's
        for table, count in manifest.rows.items()
        if table.replace("_", "").isalnum()
    )
    return f"""
    DO $check$ BEGIN
        IF EXISTS (SELECT FROM ({counts}) AS tables (name, had, has) WHERE had <> has) THEN
            RAISE 'the rows that were restored are not as many as the manifest says';
        END IF;
    END $check$;
    UPDATE public.deliveries SET state = 'unknown', reason = 'restored', settled_at = clock_timestamp()
        WHERE state IN ('waiting', 'sending');
    UPDATE public.mailings SET status = CASE WHEN status = 'scheduled' THEN 'paused' ELSE 'cancelled' END,
        halt = 'restored' WHERE status IN ('scheduled', 'sending', 'paused') AND NOT open;
    INSERT INTO public.switches (name, is_on) VALUES ('{SENDING}', false), ('{RESTORED}', true)
        ON CONFLICT (name) DO UPDATE SET is_on = excluded.is_on, changed_at = clock_timestamp();
    DELETE FROM public.bookmarks WHERE name LIKE '{LOOKED.format("%")}';
    """  # noqa: S608 - only constants


def _copy(source: IO[bytes], target: IO[bytes]) -> bool:
    """False when the target does not take it all."""
    try:
        while chunk := source.read(_CHUNK):
            target.write(chunk)
        target.flush()
    except (BrokenPipeError, ValueError):
        return False
    return True


def _pump(source: IO[bytes], target: IO[bytes]) -> None:
    _copy(source, target)
    with suppress(BrokenPipeError):
        target.close()
