"""A chat's session: the trail of steps, the choices offered on the last screen, and its revision.

Saved as JSON: {"rev", "page", "offered": {choice: label}, "trail": [{"step", "data"}], "saved": instant}. Anything that
cannot be read (an older or newer version of the code, a broken row) means home, never an exception: one step that has
gone, or a field that does not fit, drops the trail and with it what its last screen offered.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Union, get_args, get_origin, get_type_hints

from core.periods import Period
from dialogs.ports import Json
from dialogs.step import Step

LONGEST_TRAIL = 12
EXPIRES_AFTER = timedelta(days=30)

_PLAIN_DECIMAL = re.compile(r"[0-9]{1,40}(?:\.[0-9]{1,40})?", re.ASCII)


@dataclass(frozen=True)
class Session:
    """`offered` maps the choices of the last screen to their labels; an empty label is never matched by typed text."""

    trail: tuple[Step, ...] = ()
    offered: Mapping[str, str] = field(default_factory=dict)
    rev: int = 0
    page: int = 0
    agreed: str = ""
    """The version of the consent that was last found given: it is not looked up in every turn."""


def dump(session: Session, now: datetime) -> dict[str, object]:
    return {
        "rev": session.rev,
        "page": session.page,
        "offered": dict(session.offered),
        "trail": [{"step": step.name, "data": _dump_fields(step)} for step in session.trail[-LONGEST_TRAIL:]],
        "saved": now.isoformat(),
        **({"agreed": session.agreed} if session.agreed else {}),
    }


def load(state: Json | None, now: datetime) -> Session:
    """The saved session; what cannot be read is left out. The revision survives, so old buttons stay old.

    A revision that cannot be read starts anew far above any that was: neither old buttons nor old keys come back.
    """
    if not state:
        return Session()
    saved = state if isinstance(state, Mapping) else {}
    rev = _integer(saved.get("rev"), int(now.timestamp()))
    trail = () if _expired(saved.get("saved"), now) else _load_trail(saved.get("trail"))
    if not trail:
        return Session(rev=rev)
    offered = saved.get("offered")
    labels = {str(key): str(label) for key, label in offered.items()} if isinstance(offered, Mapping) else {}
    agreed = saved.get("agreed")
    return Session(trail, labels, rev, _integer(saved.get("page"), 0), agreed if isinstance(agreed, str) else "")


def said_within(state: Json, now: datetime, time: timedelta) -> bool:
    """Whether a state was saved so lately; the future, too, may be late or early: NOW may rewind at a restart."""
    try:
        return abs(now - datetime.fromisoformat(str(state.get("saved")))) < time
    except (ValueError, TypeError):
        return False


def _integer(value: object, otherwise: int) -> int:
    return value if type(value) is int and 0 <= value < 2**53 else otherwise


def _expired(saved: object, now: datetime) -> bool:
    """A date in the future is no reason: with the setting NOW, time may rewind at a restart."""
    try:
        return datetime.fromisoformat(str(saved)) < now - EXPIRES_AFTER
    except (ValueError, TypeError):
        return True


def _load_trail(saved: object) -> tuple[Step, ...]:
    trail: list[Step] = []
    for entry in saved if isinstance(saved, list) else []:
        step = _load_step(entry)
        if step is None:
            return ()
        trail.append(step)
    return tuple(trail)


def _load_step(entry: object) -> Step | None:
    if not isinstance(entry, Mapping):
        return None
    kind = Step.registry.get(str(entry.get("step")))
    data = entry.get("data")
    if kind is None or not isinstance(data, Mapping):
        return None
    try:
        known = _kinds_of_fields(kind.name)
        return kind(**{name: _read(known[name], value) for name, value in data.items()})
    except (KeyError, TypeError, ValueError):
        return None


@cache
def _kinds_of_fields(step: str) -> Mapping[str, object]:
    kind = Step.registry[step]
    hints = get_type_hints(kind)
    return {one.name: hints[one.name] for one in fields(kind)}  # type: ignore[arg-type]  # every step is a dataclass


def _dump_fields(step: Step) -> dict[str, object]:
    if not is_dataclass(step):
        raise TypeError(f"{step.name} must be a dataclass")
    return {one.name: _write(getattr(step, one.name)) for one in fields(step)}


def _write(value: object) -> object:
    match value:
        case Enum():
            return value.value
        case Decimal() | Period():
            return str(value)
        case tuple():
            return [_write(item) for item in value]
        case Mapping():
            return {str(key): _write(item) for key, item in value.items()}
        case None | bool() | int() | str():
            return value
    raise TypeError(f"a step cannot remember a {type(value).__name__}")


def _read(kind: object, value: object) -> object:
    """The value as the annotated type. Raises ValueError or TypeError when it is not one."""
    kind = getattr(kind, "__supertype__", kind)
    origin = get_origin(kind)
    if origin in {Union, UnionType}:
        return _read_union(get_args(kind), value)
    if origin is tuple and isinstance(value, list):
        return tuple(_read(get_args(kind)[0], item) for item in value)
    if isinstance(origin, type) and issubclass(origin, Mapping) and isinstance(value, Mapping):
        key_kind, item_kind = get_args(kind)
        return {_read_key(key_kind, key): _read(item_kind, item) for key, item in value.items()}
    if kind is Decimal and isinstance(value, str) and _PLAIN_DECIMAL.fullmatch(value):
        return Decimal(value)
    if kind is int and (type(value) is not int or abs(value) >= 2**63):
        raise TypeError(f"{value!r} is no id")
    return _read_plain(kind, value)


def _read_plain(kind: object, value: object) -> object:
    if kind is Period and isinstance(value, str):
        return Period.parse(value)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind(value)
    if kind in {int, str, bool, NoneType} and type(value) is kind:
        return value
    raise TypeError(f"{value!r} does not fit {kind}")


def _read_key(kind: object, key: object) -> object:
    """Keys of JSON are text: an id stands there as its digits."""
    whole = getattr(kind, "__supertype__", kind) is int
    return _read(kind, int(key) if whole and isinstance(key, str) and key.isdecimal() else key)


def _read_union(kinds: tuple[object, ...], value: object) -> object:
    for kind in kinds:
        try:
            return _read(kind, value)
        except (TypeError, ValueError):
            continue
    raise TypeError(f"{value!r} fits none of {kinds}")
