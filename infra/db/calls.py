"""Calls of the outbox as they lie in its rows."""

import json
import secrets
from collections.abc import Iterable
from typing import Final

from core.ids import PremisesId
from core.periods import Period
from dialogs.ports import Call, Json
from dialogs.screen import File, Form

_LARGEST_RANDOM: Final = 2**31 - 1
_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def random_id() -> int:
    """VK's guard against doubles: a positive int32 that nobody has used before, as far as chance can promise."""
    return secrets.randbelow(_LARGEST_RANDOM) + 1


def write_json(value: object) -> str:
    return _ENCODER.encode(value)


def write_calls(calls: Iterable[Call], random_ids: Iterable[int]) -> str:
    """Calls as an array of records, named as the outbox's columns are."""
    return write_json(
        [
            {
                "method": call.method,
                "params": call.params,
                "file": _file(call.file) if call.file else None,
                "file_name": call.file_name,
                "random_id": random,
            }
            for call, random in zip(calls, random_ids, strict=True)
        ]
    )


def write_file(file: File) -> str:
    return write_json(_file(file))


def _file(file: File) -> Json:
    period = str(file.period) if file.period else None
    return {"form": file.form.value, "premises": file.premises, "period": period, "detail": file.detail}


def read_call(method: str, params: Json, file: Json | None, file_name: str) -> Call:
    """The call of a row, its JSON read already (see `infra.db.engine.driver_connection`).

    A file of a form that only a newer version of the code knows makes a call that no edge knows: it is left to others,
    as are calls of methods that this version does not know, and holds up nobody but its chat.
    """
    try:
        return Call(method, params, _read_file(file) if file else None, file_name)
    except (KeyError, TypeError, ValueError):
        return Call(f"{method} of another version", params)


def _read_file(stored: Json) -> File:
    premises, period, detail = stored["premises"], stored["period"], stored["detail"]
    return File(
        form=Form(str(stored["form"])),
        premises=PremisesId(premises) if isinstance(premises, int) else None,
        period=Period.parse(period) if isinstance(period, str) else None,
        detail=detail if isinstance(detail, str) else None,
    )
