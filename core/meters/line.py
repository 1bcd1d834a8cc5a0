"""One line for all meters: «ХВС 123, ГВС 45,5», «кухня хол 123 гор 45», «№ 40123456 12,5».

A line is words, each group followed by one number. Words name a service, a place or the meter's own number, and must
fit exactly one open meter. Where they fit several, the word that headed an earlier group is added, as people mean it:
the kitchen in «кухня хол 123 гор 45», cold water in «ХВС: кухня 123, ванная 45». Whatever cannot be told apart is
handed back, never guessed.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from core.meters.model import Meter
from core.meters.numbers import BadNumber, ascii_digits, parse_reading
from core.services import Service

LONGEST_LINE = 300

_SERVICE_WORDS: tuple[tuple[Service, re.Pattern[str]], ...] = (
    (Service.COLD_WATER, re.compile(r"хвс?[0-9]?|хол(?:одн\w*)?|cold|салкын\w*|һалҡын\w*|һыуыҡ\w*")),
    (Service.HOT_WATER, re.compile(r"гвс?[0-9]?|гор(?:яч\w*)?|hot|кайнар\w*|ҡайнар\w*|эҫе\w*")),
    (Service.HEATING, re.compile(r"отоп\w*|тепло\w*|heat\w*|җылы\w*|йылы\w*")),
)
_FILLERS = re.compile(
    r"и|на|в|за|по|это|м|куб\w*|вод[аыу]|water|су|һыу|счетчик\w*|мои|передаю|показани[яеюй]|no"
    r"|спасибо|пожалуйста|рәхмәт|thanks|please"
    r"|январ\w|феврал\w|март\w?|апрел\w|ма[йя]|июн\w|июл\w|август\w?|(?:сент|окт|но|дек)[а-я]*бр\w"
)
"""Words that name no meter and stand beside those that do."""

_SEPARATORS = (r"\s*[;\n]\s*", r"\s*,\s+|\s+и\s+", r"\s+")
"""Of a bare list: the surest first. A comma stands between values only with a space after it."""

_NUMBER = r"[0-9]+(?:[ \u00a0\u202f][0-9]{3})*(?:[.,][0-9]+)?"
_SIGNED = rf"(?:(?<!\w)[-\u2013\u2014+.,]|\u2212|(?<!\w)){_NUMBER}(?!\w)"
"""What stands before the digits belongs to them, so that «-5» and «,5» are never 5. In «ХВС-123» the hyphen is none."""
_TOKEN = rf"(?P<number>{_SIGNED})(?:\s*(?:[мm][3³]|куб[а-я]*|гкал)(?!\w))?|(?P<word>[^\W\d]\w*)"


@dataclass(frozen=True, slots=True)
class LinePart:
    """A piece of the line: words and number as typed, the value if it is one, the meters the words fit."""

    words: str
    number: str
    value: Decimal | None
    meters: tuple[Meter, ...]

    @property
    def clear(self) -> bool:
        return self.value is not None and len(self.meters) == 1

    @property
    def said(self) -> str:
        return f"{self.words} {self.number}".strip()


def parse_line(text: str, meters: Sequence[Meter]) -> tuple[LinePart, ...] | None:
    """The parts of a line of readings, or None when the text is no such line: no meter's word before a number, or
    other words after the last one («горячая вода 3 дня не идёт»).

    Two parts for one meter, a number without words and a meter that two words fit come back as unclear parts.
    """
    text = _lower(text)
    if len(text) > LONGEST_LINE:
        return None
    pieces, rest = _pieces(text, meters)
    parts = list(_parts(pieces, meters))
    if after := _known(rest):
        parts.append(LinePart(" ".join(after), "", None, _fitting(after, meters)))
        if not parts[-1].meters:
            return None
    if not pieces or not any(part.meters for part in parts):
        return None
    return tuple(_without_doubles(parts))


def parse_part(said: str, meters: Sequence[Meter]) -> LinePart | None:
    """One piece of a line as its `said` has it: «хвс 104», «52»."""
    pieces, _ = _pieces(_lower(said), meters)
    parts = list(_parts(pieces, meters))
    return parts[0] if len(parts) == 1 else None


def parse_list(text: str) -> tuple[Decimal, ...] | None:
    """The values of a bare list, «104; 53 м3; 8,25» or one a line: numbers and nothing else. None for anything else.

    Which meter a value is of, only the order can say: so a list is taken where meters are asked for in that order.
    """
    text = ascii_digits(text.strip())
    if len(text) > LONGEST_LINE:
        return None
    for separator in _SEPARATORS:
        written = [piece for piece in re.split(separator, text) if piece]
        values = [_value(piece) for piece in written]
        if len(values) > 1 and None not in values:
            return tuple(value for value in values if value is not None)
    return None


def _lower(text: str) -> str:
    return ascii_digits(text.strip().lower().replace("ё", "е"))


def _pieces(text: str, meters: Sequence[Meter]) -> tuple[list[tuple[list[str], str]], list[str]]:
    """Cuts the line into groups of words with their number, and the words after the last number."""
    pieces: list[tuple[list[str], str]] = []
    words: list[str] = []
    for found in re.finditer(_names(meters) + _TOKEN, text):
        if found["number"]:
            pieces.append((words, found["number"]))
            words = []
        else:
            words.append(found[0])
    return pieces, words


def _names(meters: Sequence[Meter]) -> str:
    """Numbers of meters, and places such as «стояк 2», are words: they are found before numbers are."""
    places = (meter.place for meter in meters if any(sign.isdigit() for sign in meter.place))
    names = {_lower(name) for name in (*(meter.number for meter in meters), *places)} - {""}
    named = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    return rf"(?<!\w)(?:{named})(?=[\s:=\u2013\u2014-]+[0-9\u2212])|" if named else ""


def _parts(pieces: Iterable[tuple[list[str], str]], meters: Sequence[Meter]) -> Iterable[LinePart]:
    heading: list[str] = []
    for words, number in pieces:
        known = _known(words)
        fitting = _fitting(known, meters)
        if len(fitting) > 1:
            fitting = _fitting([*heading, *known], meters) or fitting
        if len(known) > 1:
            heading = known[:1]
        yield LinePart(" ".join(words), number, _value(number), fitting)


def _value(number: str) -> Decimal | None:
    try:
        return parse_reading(number)
    except BadNumber:
        return None


def _known(words: Sequence[str]) -> list[str]:
    return [word for word in words if not _FILLERS.fullmatch(word)]


def _fitting(words: Sequence[str], meters: Sequence[Meter]) -> tuple[Meter, ...]:
    """The meters that every word fits; no words fit none. A whole number or place is nobody else's beginning."""
    fitting = tuple(meters) if words else ()
    for word in words:
        exact = [meter.id for meter in meters if word in {_lower(meter.number), _lower(meter.place)}]
        fits = exact or [meter.id for meter in meters if _word_fits(meter, word)]
        fitting = tuple(meter for meter in fitting if meter.id in fits)
    return fitting


def _word_fits(meter: Meter, word: str) -> bool:
    for service, names in _SERVICE_WORDS:
        if names.fullmatch(word):
            return meter.service is service
    return len(word) >= 2 and any(part.startswith(word[:4]) for part in _lower(meter.place).split())


def _without_doubles(parts: Sequence[LinePart]) -> Iterable[LinePart]:
    taken = [part.meters[0].id for part in parts if part.clear]
    for part in parts:
        double = part.clear and taken.count(part.meters[0].id) > 1
        yield LinePart(part.words, part.number, None, part.meters) if double else part
