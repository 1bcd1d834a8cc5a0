"""`vodoteplo backup` and `vodoteplo restore`."""

from functools import partial
from pathlib import Path

from cli.base import Base, run_with_base
from cli.refusal import fail, refuse
from infra.backup import BackupRefused, make_backup, restore_backup
from infra.backup.making import BackupFailed


def run_backup(file: Path) -> None:
    if not file.parent.is_dir():
        refuse([f"{file}: there is no folder {file.parent}"])
    run_with_base(partial(_backup, file=file))


async def _backup(ground: Base, *, file: Path) -> None:
    async with ground.database():
        try:
            manifest = await make_backup(ground.database_url, file)
        except (BackupFailed, OSError) as error:
            fail(f"{file}: not written: {error}")
    print(f"{file}: {sum(manifest.rows.values())} rows of {len(manifest.rows)} tables.")
    print("It holds personal data. SECRET_KEY is not in it: keep that elsewhere, without it no access code works.")


def run_restore(file: Path) -> None:
    run_with_base(partial(_restore, file=file))


async def _restore(ground: Base, *, file: Path) -> None:
    try:
        manifest = await restore_backup(ground.database_url, file)
    except BackupRefused as error:
        refuse([f"{file}: refused, nothing has changed: {error}"])
    except (BackupFailed, OSError) as error:
        fail(f"{file}: not restored, the database is empty: {error}")
    print(f"{file}: restored, as of {manifest.made_at}: {sum(manifest.rows.values())} rows.")
    print("Sending is off: nothing leaves this copy until `vodoteplo sending on`.")
