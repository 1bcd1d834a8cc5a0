"""«Мои данные» as a page to read: everything that is kept about a resident, in the order of the export."""

from collections.abc import Mapping, Sequence
from typing import TypedDict

from infra.receipts.paths import TEMPLATES
from infra.receipts.typesetter import Typesetter
from infra.receipts.words import NOTHING, breakable

TEMPLATE = TEMPLATES / "my_data.typ"


class Entry(TypedDict):
    label: str
    value: str


class Section(TypedDict):
    title: str
    things: list[list[Entry]]


class MyDataRenderer:
    """Safe to share between threads (CPU-bound: use one)."""

    def __init__(self) -> None:
        self._typesetter = Typesetter(TEMPLATE)

    def pdf(self, data: Mapping[str, object], made_on: str) -> bytes:
        """`data` as the export gives it: texts, numbers, None, lists and dictionaries under Russian names."""
        return self._typesetter.pdf({"made": made_on, "sections": _sections(data)})


def _sections(data: Mapping[str, object]) -> list[Section]:
    """Plain values of the top go together; each list is a section of its own."""
    plain = {name: value for name, value in data.items() if not isinstance(value, list)}
    sections = [Section(title="Общее", things=[_entries(plain)])] if plain else []
    for name, value in data.items():
        if isinstance(value, list):
            sections.append(Section(title=name.capitalize(), things=[_thing(one) for one in value]))
    return sections


def _thing(value: object) -> list[Entry]:
    return _entries(value) if isinstance(value, Mapping) else [{"label": "", "value": _words(value)}]


def _entries(values: Mapping[str, object]) -> list[Entry]:
    return [{"label": name, "value": _words(value)} for name, value in values.items()]


def _words(value: object) -> str:
    """Nested things on lines of their own."""
    match value:
        case None | "" | []:
            return NOTHING
        case Mapping():
            return "; ".join(f"{name}: {_words(one)}" for name, one in value.items())
        case str():
            return breakable(value)
        case Sequence():
            return "\n".join(_words(one) for one in value)
    return str(value)
