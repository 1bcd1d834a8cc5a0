"""The key made once under DATA_DIR when the setting SECRET_KEY is unset."""

import os
import secrets
import tempfile
from pathlib import Path

KEY_BYTES = 32
_NAME = "secret_key"


class SecretKeyError(Exception):
    """The kept key cannot be used; the message names the file, never what is in it."""


def kept_secret_key(data_dir: Path) -> bytes:
    """The key kept in the data folder, made at the first call (64 hexadecimal digits, readable by the owner only).

    Several processes may start at once: each writes a key of its own aside, the first to link it under the shared
    name wins, and all read that one. It is never replaced: what it has signed must stay valid.
    """
    place = data_dir / _NAME
    if not place.exists():
        _make(place)
    key = place.read_bytes().strip()
    if len(key) < KEY_BYTES:
        raise SecretKeyError(
            f"the key in {place} is damaged: restore the file from a backup, or remove it to make a new one"
        )
    return key


def _make(place: Path) -> None:
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=place.parent, prefix=f".{_NAME}.")  # created 0600
    draft = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_hex(KEY_BYTES).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        place.hardlink_to(draft)
    except FileExistsError:
        pass  # another process was first
    finally:
        draft.unlink()
