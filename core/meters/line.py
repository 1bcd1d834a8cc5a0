"""One line for all meters: «ХВС 123, ГВС 45,5», «кухня хол 123 гор 45», «№ 40123456 12,5».

A line is words, each group followed by one number. Words name a service, a place or the meter's own number, and must
fit exactly one open meter. Whatever cannot be told apart is handed back, never guessed.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from core.meters.model import Meter
from core.meters.numbers import BadNumber, parse_reading
from core.services import Service

LONGEST_LINE = 300

_SERVICE_WORDS: tuple[tuple[Service, tuple[str, ...]], ...] = (
    (Service.COLD_WATER, ("хвс", "хв", "хол", "cold", "салкын", "һыуыҡ")),
    (Service.HOT_WATER, ("гвс", "гв", "гор", "hot", "кайнар", "ҡайнар", "эҫе")),
    (Service.HEATING, ("отоп", "тепло", "heat", "җылы", "йылы")),
)
_FILLERS = frozenset({"и", "на", "в", "вода", "воды", "water", "счетчик", "счетчика", "показания", "показание", "no"})
_NUMBER = r"[0-9]+(?:[ \u00a0\u202f][0-9]{3})*(?:[.,][0-9]+)?"


@dataclass(frozen=True, slots=True)
class LinePart:
    """A piece of the line: the words as typed, the value if it is a number, the meters the words fit."""

    words: str
    value: Decimal | None
    meters: tuple[Meter, ...]

    @property
    def clear(self) -> bool:
        return self.value is not None and len(self.meters) == 1


def parse_line(text: str, meters: Sequence[Meter]) -> tuple[LinePart, ...] | None:
    """The parts of a line of readings, or None when the text is not such a line at all (no word with a number).

    Two parts for one meter, a number without words and a meter that two words fit come back as unclear parts.
    """
    text = _lower(text)
    if len(text) > LONGEST_LINE or not any(sign.isdigit() for sign in text):
        return None
    parts = [_part(words, number, meters) for words, number in _pieces(text, meters)]
    if not parts or not any(part.meters for part in parts):
        return None
    return tuple(_without_doubles(parts))


def _lower(text: str) -> str:
    return text.strip().lower().replace("ё", "е")


def _pieces(text: str, meters: Sequence[Meter]) -> list[tuple[str, str]]:
    """Cuts the line into (words, number). Numbers of meters are words, so they are found first."""
    serials = sorted((meter.number.lower() for meter in meters), key=len, reverse=True)
    named = "|".join(re.escape(serial) for serial in serials if serial)
    token = re.compile(
        (rf"(?P<serial>(?<!\w)(?:{named})(?=[\s:=]+[-\u2212]?[0-9]))|" if named else "")
        + rf"(?P<number>(?<![\w])[-\u2212]?{_NUMBER}(?![\w]))"
        r"(?:\s*(?:м3|м³|m3|куб[а-я]*|гкал)(?!\w))?|(?P<word>[^\W\d]\w*)"
    )
    pieces: list[tuple[str, str]] = []
    words: list[str] = []
    for found in token.finditer(text):
        if found["number"]:
            pieces.append((" ".join(words), found["number"]))
            words = []
        else:
            words.append(found[0].strip())
    return pieces


def _part(words: str, number: str, meters: Sequence[Meter]) -> LinePart:
    try:
        value: Decimal | None = parse_reading(number)
    except BadNumber:
        value = None
    return LinePart(words, value, tuple(meter for meter in meters if _fits(meter, words.split())) if words else ())


def _fits(meter: Meter, words: Sequence[str]) -> bool:
    known = [word for word in words if word not in _FILLERS]
    return bool(known) and all(_word_fits(meter, word) for word in known)


def _word_fits(meter: Meter, word: str) -> bool:
    if word == meter.number.lower():
        return True
    for service, beginnings in _SERVICE_WORDS:
        if word.startswith(beginnings):
            return meter.service is service
    place = _lower(meter.place)
    return len(word) >= 2 and any(part.startswith(word[:4]) for part in place.split())


def _without_doubles(parts: Sequence[LinePart]) -> list[LinePart]:
    taken = [part.meters[0].id for part in parts if part.clear]
    return [
        LinePart(part.words, None, part.meters) if part.clear and taken.count(part.meters[0].id) > 1 else part
        for part in parts
    ]
