"""Parts of a broadcast as they lie in its row: texts, buttons, the audience. Written by the product alone and read
strictly: what cannot be read is a bug, not a guess."""

from collections.abc import Mapping, Sequence
from typing import Final

from core.broadcasts.model import Audience, Button, Debt, House
from core.ids import ProviderCode
from core.money import Kopecks
from core.services import Service
from infra.db.calls import write_json

_NAMES: Final = ("providers", "services", "streets", "districts", "languages", "messengers")


def write_texts(texts: Mapping[str, str]) -> str:
    return write_json(dict(texts))


def read_texts(stored: object) -> dict[str, str]:
    return {str(language): str(text) for language, text in _object(stored).items()}


def write_buttons(buttons: Sequence[Button]) -> str:
    return write_json([{"labels": dict(one.labels), "opens": one.opens, "link": one.link} for one in buttons])


def read_buttons(stored: object) -> tuple[Button, ...]:
    return tuple(
        Button(read_texts(one["labels"]), _text(one["opens"]), _text(one["link"]))
        for one in (_object(item) for item in _list(stored))
    )


def write_audience(audience: Audience) -> str:
    """What is empty is left out."""
    stored: dict[str, object] = {name: list(getattr(audience, name)) for name in _NAMES}
    stored["houses"] = [[house.street, house.building] for house in audience.houses]
    stored["debts"] = [[debt.provider, debt.least, debt.most] for debt in audience.debts]
    kept = {name: value for name, value in stored.items() if value}
    kept |= {name: getattr(audience, name) for name in ("linked", "reading") if getattr(audience, name) is not None}
    return write_json(kept)


def read_audience(stored: object) -> Audience:
    row = _object(stored)
    return Audience(
        providers=tuple(ProviderCode(code) for code in _texts(row, "providers")),
        services=tuple(Service(name) for name in _texts(row, "services")),
        houses=tuple(House(str(street), str(building)) for street, building in _rows(row, "houses")),
        streets=_texts(row, "streets"),
        districts=_texts(row, "districts"),
        languages=_texts(row, "languages"),
        messengers=_texts(row, "messengers"),
        linked=_flag(row.get("linked")),
        reading=_flag(row.get("reading")),
        debts=tuple(
            Debt(ProviderCode(str(code)), Kopecks(_whole(least)), None if most is None else Kopecks(_whole(most)))
            for code, least, most in _rows(row, "debts")
        ),
    )


def _texts(row: Mapping[str, object], name: str) -> tuple[str, ...]:
    return tuple(str(item) for item in _list(row.get(name, [])))


def _rows(row: Mapping[str, object], name: str) -> list[list[object]]:
    return [_list(item) for item in _list(row.get(name, []))]


def _object(stored: object) -> dict[str, object]:
    if not isinstance(stored, dict):
        raise TypeError(f"not an object: {type(stored).__name__}")
    return stored


def _list(stored: object) -> list[object]:
    if not isinstance(stored, list):
        raise TypeError(f"not a list: {type(stored).__name__}")
    return stored


def _text(stored: object) -> str | None:
    return None if stored is None else str(stored)


def _flag(stored: object) -> bool | None:
    return None if stored is None else bool(stored)


def _whole(stored: object) -> int:
    return int(str(stored))
