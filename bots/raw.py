"""Raw updates: JSON from outside, looked at without trust. Nothing here raises on what a chat can send."""

import json
import re
from functools import lru_cache

from dialogs.ports import Json

# PostgreSQL keeps no NUL, UTF-8 has no lone surrogates: both become the replacement character.
_UNKEEPABLE = re.compile("[\x00\ud800-\udfff]")
_MAY_BE_UNKEEPABLE = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")
_DEEPEST = 64
_ENCODER = json.JSONEncoder(ensure_ascii=True, separators=(",", ":"))


@lru_cache(maxsize=64)
def read_object(raw: str) -> Json:
    """The JSON object in a text, its strings made keepable; an empty one for anything else.

    An update is read at each station of its way, and most often by the same process: it is remembered for as long.
    """
    try:
        value: object = json.loads(raw)
        if _MAY_BE_UNKEEPABLE.search(raw):
            value = _cleaned(value, _DEEPEST)
    except (ValueError, RecursionError):
        return {}
    return as_object(value)


def write(value: object) -> str:
    """JSON text in ASCII, so that any string of the value can be stored and sent."""
    return _ENCODER.encode(value)


def clean(text: str) -> str:
    """The text with what cannot be stored replaced."""
    return _UNKEEPABLE.sub("\ufffd", text)


def as_object(value: object) -> Json:
    """The value as a JSON object, an empty one when it is something else."""
    return value if isinstance(value, dict) else {}


def as_list(value: object) -> list[object]:
    """The value as a JSON array, an empty one when it is something else."""
    return value if isinstance(value, list) else []


def integer(value: object) -> int | None:
    """The value as a 64-bit integer; None for anything else, booleans included."""
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63 else None


def string(value: object) -> str:
    """The value as text, "" for anything else."""
    return value if isinstance(value, str) else ""


def _cleaned(value: object, depth: int) -> object:
    if isinstance(value, str):
        return clean(value)
    if depth == 0:
        return None
    if isinstance(value, dict):
        return {clean(key): _cleaned(item, depth - 1) for key, item in value.items()}
    if isinstance(value, list):
        return [_cleaned(item, depth - 1) for item in value]
    return value
