"""Where a server's unix socket may lie: its address is at most about 100 bytes and must survive inside a URL."""

import hashlib
import os
import re
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

from infra.embedded.errors import EmbeddedServerError

# sockaddr_un has 108 bytes on Linux and 104 on macOS, the closing zero among them.
_PLAIN_AND_SHORT = re.compile(r"[A-Za-z0-9_./-]{1,100}")


def socket_folder(folder: Path, socket_name: str, owner: int) -> Path:
    """The server's own folder, or a private short one under the system's temporary folder when its path will not do."""
    if _PLAIN_AND_SHORT.fullmatch(str(folder / socket_name)):
        return folder
    short = _temporary_root(socket_name) / _short_name(folder)
    short.mkdir(mode=0o700, exist_ok=True)
    _refuse_a_strangers(short, owner)
    short.chmod(0o700)
    if short.stat().st_uid != owner:
        os.chown(short, owner, -1)
    return short


def forget_socket_folder(sockets: Path, folder: Path) -> None:
    """Remove the short folder, if there was one, after its server is gone."""
    if sockets != folder:
        with suppress(OSError):
            sockets.rmdir()


def _short_name(folder: Path) -> str:
    digest = hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
    return f"vodoteplo-{os.geteuid()}-{digest}"


def _temporary_root(socket_name: str) -> Path:
    root = Path(tempfile.gettempdir())
    longest = root / _short_name(root) / socket_name
    return root if _PLAIN_AND_SHORT.fullmatch(str(longest)) else Path("/tmp")  # noqa: S108 - the folder in it is checked


def _refuse_a_strangers(folder: Path, owner: int) -> None:
    """Anyone may make a folder of this name first, and would then own our sockets."""
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in (os.geteuid(), owner):
        raise EmbeddedServerError(f"{folder} is not a folder of ours: remove it, the sockets belong there")
