"""Log files of the servers: appended to, kept small, quoted when something fails."""

import os
import shutil
from pathlib import Path

KEEP_BYTES = 8 * 1024 * 1024
_TAIL_BYTES = 4096
_TAIL_LINES = 15


def open_log(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)


def trim_log(path: Path, keep_bytes: int = KEEP_BYTES) -> None:
    """Move a log grown over the limit to `<name>.1`.

    It is copied and emptied, not renamed: the server keeps its descriptor and, appending, goes on from the start.
    """
    if path.exists() and path.stat().st_size > keep_bytes:
        shutil.copyfile(path, path.with_name(path.name + ".1"))
        os.truncate(path, 0)


def log_size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def log_tail(path: Path, since: int = 0) -> str:
    """The last lines written after position `since`, indented and headed; empty when nothing was."""
    if not path.exists():
        return ""
    with path.open("rb") as log:
        log.seek(max(since, log_size(path) - _TAIL_BYTES))
        lines = log.read().decode("utf-8", "replace").splitlines()[-_TAIL_LINES:]
    return "\n".join([f"\nThe end of {path}:", *(f"    {line}" for line in lines)]) if lines else ""
