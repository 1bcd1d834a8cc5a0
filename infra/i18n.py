"""Words of a language: gettext catalogues and the formats of numbers, sums and dates.

Catalogues are read as .po files at the start, so there is nothing to compile. The msgid is the Russian text; a message
that a catalogue lacks is shown in Russian.
"""

import gettext
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache, lru_cache
from pathlib import Path

from babel.core import Locale
from babel.dates import format_date
from babel.messages.pofile import read_po
from babel.numbers import NumberPattern, parse_pattern

from core.money import roubles
from dialogs.screen import Day, Lines, Month, Msg, Number, Personal, Plain, Plural, Rub, Text, Time, Value

DOMAIN = "vodoteplo"
SOURCE_LANGUAGE = "ru"

_NUMBERS_OF = {"ba": "tt"}
"""CLDR has no number formats for Bashkir: those of its closest kin are the same in print."""
_MONTHS = {
    "ba": (
        *("ғинуар", "февраль", "март", "апрель", "май", "июнь"),
        *("июль", "август", "сентябрь", "октябрь", "ноябрь", "декабрь"),
    )
}
"""CLDR has no Bashkir months; like the Tatar ones they have one form, in a date and alone."""
_ALONE = {"tt": "MMMM"}
"""CLDR has Tatar months in the form for dates only. What it lacks Babel takes by an alias, which it fills for all
languages with the months of whichever asked first: so the other form must not be asked for."""


@dataclass(frozen=True)
class _Catalogue:
    messages: Mapping[str, tuple[str, ...]]
    plural_index: Callable[[int], int]


@dataclass(frozen=True)
class CatalogueTranslator:
    """A `dialogs.screen.Translator` for one language."""

    language: str
    catalogue: _Catalogue

    def text(self, text: Text) -> str:
        match text:
            case Plain(shown):
                return shown
            case Lines(parts, gap):
                return ("\n\n" if gap else "\n").join(self.text(part) for part in parts)
            case Msg(msgid, arguments):
                found = self.catalogue.messages.get(msgid)
                return self._filled(found[0] if found else msgid, arguments)
            case Plural(one, many, n, arguments):
                return self._filled(self._plural(one, many, n), {**arguments, "n": n})
            case Personal(whole):
                return self.text(whole)

    def _plural(self, one: str, many: str, n: int) -> str:
        forms = self.catalogue.messages.get(one)
        if not forms:
            return one if n == 1 else many
        return forms[min(self.catalogue.plural_index(n), len(forms) - 1)]

    def _filled(self, template: str, arguments: Mapping[str, Value]) -> str:
        return _kept_together(template).format_map({name: self._value(value) for name, value in arguments.items()})

    def _value(self, value: Value) -> str:
        match value:
            case str():
                return value
            case int():
                return str(value)
            case Rub(kopecks):
                return f"{self._number(roubles(kopecks), '#,##0.00')}\u00a0₽"
            case Number(number):
                return self._number(number, "#,##0.######")
            case Month(period):
                return f"{self._month(period.first_day, _ALONE.get(self.language, 'LLLL'))} {period.year}"
            case Day(day, full):
                return self._day(day, full)
            case Time(local):
                return f"{local:%H:%M}, {self._day(local.date(), full=False)}"
        return self.text(value)

    def _number(self, number: Decimal, pattern: str) -> str:
        shown: str = _pattern(pattern).apply(number, _locale(_NUMBERS_OF.get(self.language, self.language)))
        return shown

    def _day(self, day: date, full: bool) -> str:
        shown = f"{day.day} {self._month(day, 'MMMM')}"
        return f"{shown} {day.year}" if full else shown

    def _month(self, day: date, pattern: str) -> str:
        own = _MONTHS.get(self.language)
        return own[day.month - 1] if own else _month_name(day.month, pattern, self.language)


@lru_cache(maxsize=2048)
def _kept_together(template: str) -> str:
    """«№ 123», «кв. 5», «3 м³» and «5 ₽» are not broken at the end of a line."""
    return re.sub(r"\} (м³|₽)", "}\u00a0\\1", re.sub(r"(№|кв\.) \{", "\\1\u00a0{", template))


class Catalogues:
    """Every language of the `locales` folder; asks for an unknown one are answered in Russian."""

    def __init__(self, folder: Path) -> None:
        self.translators = {
            path.parent.parent.name: CatalogueTranslator(path.parent.parent.name, _read(path))
            for path in sorted(folder.glob(f"*/LC_MESSAGES/{DOMAIN}.po"))
        }
        self.translators.setdefault(SOURCE_LANGUAGE, CatalogueTranslator(SOURCE_LANGUAGE, _Catalogue({}, _first)))

    def __call__(self, language: str) -> CatalogueTranslator:
        return self.translators.get(language, self.translators[SOURCE_LANGUAGE])


@cache
def _pattern(pattern: str) -> NumberPattern:
    """Babel's own way reads the pattern anew for each number, which takes longer than to write it."""
    return parse_pattern(pattern)


@cache
def _month_name(month: int, pattern: str, language: str) -> str:
    return format_date(date(2000, month, 1), pattern, locale=language)


@cache
def _locale(language: str) -> Locale:
    return Locale.parse(language)


def _first(_: int) -> int:
    return 0


def _read(path: Path) -> _Catalogue:
    with path.open("rb") as file:
        catalogue = read_po(file, locale=Locale.parse(path.parent.parent.name))
    messages: dict[str, tuple[str, ...]] = {}
    for message in catalogue:
        given: Iterable[str | None] = message.string if isinstance(message.string, tuple | list) else [message.string]
        forms = tuple(form or "" for form in given)
        msgid = message.id[0] if isinstance(message.id, tuple | list) else message.id
        if msgid and all(forms) and not message.fuzzy:
            messages[msgid] = forms
    return _Catalogue(messages, gettext.c2py(catalogue.plural_expr))
