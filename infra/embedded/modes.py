"""As whom PostgreSQL runs: it refuses to be root, and we refuse to make users or open other people's folders.

* *Plain*: we are not root: as we are.
* *Owner*: the data folder belongs to someone else already: as its owner.
* *Namespace*: as root in a user namespace where our 0 is called 1000. PostgreSQL is content, the files stay root's.
* *Nobody*: namespaces are refused (containers do that): as user 65534, who is given the data folder and nothing else.
"""

import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from infra.embedded import kernel

NOBODY = 65534


@dataclass(frozen=True)
class Mode:
    """`enter` is called in the child, between fork and exec; `owner` is whose its files are, seen from outside."""

    name: str
    owner: int
    group: int
    enter: Callable[[], None]


def choose_mode(folder: Path, harmless: list[str]) -> Mode:
    """The mode for a data folder, which may not exist yet; `harmless` is a command to try a namespace with."""
    if os.geteuid() != 0:
        return Mode("plain", os.geteuid(), os.getegid(), _stay)
    if folder.exists() and folder.stat().st_uid != 0:
        return _user_mode("owner", folder.stat().st_uid, folder.stat().st_gid)
    if _works(harmless, kernel.enter_user_namespace):
        return Mode("namespace", 0, os.getegid(), kernel.enter_user_namespace)
    return _user_mode("nobody", NOBODY, NOBODY)


def give_to(mode: Mode, folder: Path) -> None:
    """Make the folder and all in it the property of the mode's user, private to them. No other folder is touched."""
    folder.chmod(0o700)
    if folder.stat().st_uid == mode.owner:
        return
    for parent, _, files in os.walk(folder):
        for path in (parent, *(os.path.join(parent, name) for name in files)):  # noqa: PTH118 - thousands of paths
            os.chown(path, mode.owner, mode.group, follow_symlinks=False)


def _stay() -> None:
    """Nothing to change."""


def _user_mode(name: str, user: int, group: int) -> Mode:
    def become() -> None:
        os.setgroups([])
        os.setgid(group)
        os.setuid(user)

    return Mode(name, user, group, become)


def _works(command: list[str], enter: Callable[[], None]) -> bool:
    try:
        tried = subprocess.run(  # noqa: S603 - our own program with a fixed argument
            command,
            preexec_fn=enter,  # safe: the supervisor has one thread
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=10,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return tried.returncode == 0
