"""Advisory locks on files, let go by the kernel when their holder dies.

A descriptor made by Python is closed when a program is executed, so what a user starts does not keep the lock.
"""

import fcntl
import os
import time
from pathlib import Path

from infra.embedded.errors import EmbeddedServerError

SHARED = fcntl.LOCK_SH
ALONE = fcntl.LOCK_EX

_PAUSE_SECONDS = 0.005


def open_lock(path: Path) -> int:
    """A descriptor to lock; each has locks of its own, even inside one process."""
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise EmbeddedServerError(f"cannot use the data folder {path.parent}: {path.name}: {error.strerror}") from error


def try_lock(descriptor: int, kind: int) -> bool:
    """Take the lock if that needs no waiting. A lock of the other kind held here is lost even when this fails."""
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def wait_lock(descriptor: int, kind: int, seconds: float) -> bool:
    """Take the lock within a time (flock itself knows no limit): False when it ran out."""
    deadline = time.monotonic() + seconds
    while not try_lock(descriptor, kind):
        if time.monotonic() > deadline:
            return False
        time.sleep(_PAUSE_SECONDS)
    return True
