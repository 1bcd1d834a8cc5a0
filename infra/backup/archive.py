"""The file of a backup: a tar of two members.

database.dump   what `pg_dump --format=custom` wrote: in need it is read by `pg_restore` alone
manifest.json   {"format", "revision", "made_at", "sha256" of the dump, "rows": {table: count}}

The dump and the counts are of one snapshot. The manifest comes last: a file without one was not finished.
"""

import hashlib
import json
import os
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from io import BytesIO
from pathlib import Path
from typing import IO, Final

FORMAT: Final = 1
DUMP: Final = "database.dump"
MANIFEST: Final = "manifest.json"
_CHUNK: Final = 1 << 20
_LARGEST_MANIFEST: Final = 1 << 20


class BackupRefused(Exception):
    """The file is no whole backup, or may not be restored here. The text is for the operator."""


@dataclass(frozen=True)
class Manifest:
    """What a backup says of itself. `made_at` is ISO 8601 in UTC."""

    revision: str
    made_at: str
    sha256: str
    rows: Mapping[str, int]
    format: int = FORMAT


def write_archive(file: Path, dump: Path, manifest: Manifest) -> None:
    """Puts dump and manifest into a file that is there whole or not at all; only its owner may read it."""
    content = json.dumps(asdict(manifest), indent=2).encode()
    partial = file.with_name(f"{file.name}.partial")
    try:
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
            with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
                tar.add(dump, DUMP, filter=_plain)
                about = tarfile.TarInfo(MANIFEST)
                about.size = len(content)
                tar.addfile(_plain(about), BytesIO(content))
            out.flush()
            os.fsync(out.fileno())
        partial.replace(file)
    finally:
        partial.unlink(missing_ok=True)


@contextmanager
def open_archive(file: Path) -> Iterator[tuple[Manifest, IO[bytes]]]:
    """The manifest, and the dump to be read once. Raises BackupRefused unless the one says the truth of the other."""
    try:
        with tarfile.open(file, mode="r:") as tar:
            manifest, dump = _read_manifest(tar), _member(tar, DUMP)
            if sha256_of(dump) != manifest.sha256:
                raise BackupRefused("its content was changed since it was made: the checksum differs")
            dump.seek(0)
            yield manifest, dump
    except (tarfile.TarError, EOFError) as error:
        raise BackupRefused("it is no backup, or not a whole one") from error


def sha256_of(content: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while chunk := content.read(_CHUNK):
        digest.update(chunk)
    return digest.hexdigest()


def _read_manifest(tar: tarfile.TarFile) -> Manifest:
    try:
        read: object = json.loads(_member(tar, MANIFEST).read(_LARGEST_MANIFEST))
    except (ValueError, RecursionError):
        read = None
    match read:
        case {
            "format": int(form),
            "revision": str(revision),
            "made_at": str(made_at),
            "sha256": str(sha256),
            "rows": dict(rows),
        } if all(isinstance(count, int) for count in rows.values()):
            if form != FORMAT:
                raise BackupRefused(f"it has format {form}, this version knows {FORMAT}")
            return Manifest(revision, made_at, sha256, rows)
    raise BackupRefused("its manifest cannot be read")


def _member(tar: tarfile.TarFile, name: str) -> IO[bytes]:
    try:
        content = tar.extractfile(name)
    except KeyError:
        content = None
    if content is None:
        raise BackupRefused(f"it has no {name}: it is no backup, or not a whole one")
    return content


def _plain(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """Nothing about the machine and the person that made it."""
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mode = 0o600
    return member
