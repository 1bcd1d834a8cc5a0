"""Three things of the Linux kernel that Python 3.11 has no words for."""

import ctypes
import os
import signal
import sys
from pathlib import Path

_CLONE_NEWUSER = 0x10000000
_PR_SET_PDEATHSIG = 1
_INSIDE = 1000

# Loaded before any fork: a child between fork and exec should only call.
_libc = ctypes.CDLL(None, use_errno=True)


def enter_user_namespace() -> None:
    """Move this process into a user namespace where its user and group are called 1000. OSError when refused."""
    user, group = os.geteuid(), os.getegid()
    if not sys.platform.startswith("linux"):
        raise OSError("user namespaces are Linux only")
    if _libc.unshare(_CLONE_NEWUSER) != 0:
        raise OSError(ctypes.get_errno(), "unshare was refused")
    Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
    Path("/proc/self/gid_map").write_text(f"{_INSIDE} {group} 1", encoding="ascii")
    Path("/proc/self/uid_map").write_text(f"{_INSIDE} {user} 1", encoding="ascii")


def die_with_parent(parent: int, last_signal: signal.Signals) -> None:
    """Have the kernel send us a signal when the *thread* that forked us ends. Elsewhere than on Linux: no such thing.

    To be called after any change of user, which would forget it. A parent already dead is noticed too.
    """
    if sys.platform.startswith("linux"):
        _libc.prctl(_PR_SET_PDEATHSIG, int(last_signal), 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


def processes_in(folder: Path, program: str) -> list[int]:
    """Ids of living processes that run `program` with `folder` as their working folder; none where /proc is missing."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            at_home = (entry / "cwd").readlink() == folder
            if at_home and (entry / "exe").readlink().name.startswith(program):
                found.append(int(entry.name))
        except OSError:
            continue  # gone in the meantime, or not ours to look at
    return found
