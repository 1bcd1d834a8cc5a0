"""Addresses as they are compared: accounts without a premises key are tied to one flat by them, exactly or not at all.

Only what surely means the same is made equal: capitals, «ё», spaces, the kind of street in its short and long form
and before or after the name, «д.» and «кв.». The kind is never dropped («улица Набережная» is not «Набережная»), and
«пр.» stays as it is: it may be a проспект or a проезд.
"""

import re
import unicodedata
from functools import lru_cache

_KINDS = {
    "ул": "улица",
    "пр-т": "проспект",
    "пр-кт": "проспект",
    "просп": "проспект",
    "пер": "переулок",
    "пр-д": "проезд",
    "ш": "шоссе",
    "б-р": "бульвар",
    "бул": "бульвар",
    "пл": "площадь",
    "наб": "набережная",
    "мкр": "микрорайон",
    "мкрн": "микрорайон",
}
_LONG_KINDS = frozenset(_KINDS.values()) - {"набережная"}  # «Набережная» alone is a street's name
_BUILDING = re.compile(r"^(?:дом|д\.)\s*")
_UNIT = re.compile(r"^(?:квартира|кв\.?)\s*(?=[0-9])")
_AREA_KINDS = frozenset({"квартал", "кв-л", "район", "р-н"})
_ORDINAL = re.compile(r"(?<=[0-9])-(?:й|го|м|ый|ой)$")
_AROUND_MARKS = re.compile(r"\s*([/.,-])\s*")
_SPACE = re.compile(r"\s+")


def address_key(city: str, street: str, building: str, unit: str) -> str:
    """What two spellings of one address have in common: «магнитогорск|улица труда|14а|5»."""
    return "|".join((_plain(city), _street(street), _building(building), _unit(unit)))


def area_key(name: str) -> str:
    """What two spellings of a quarter or a district have in common: «109а» of «квартал 109 А», «109-й квартал»."""
    words = [_ORDINAL.sub("", word) for word in _plain(name).split(" ") if word.rstrip(".") not in _AREA_KINDS]
    return _close(" ".join(words))


@lru_cache(maxsize=4096)
def _plain(text: str) -> str:
    text = unicodedata.normalize("NFC", text).casefold().replace("ё", "е").replace("|", "/").replace("\0", "")
    return _SPACE.sub(" ", text).strip()


@lru_cache(maxsize=4096)
def _street(text: str) -> str:
    tokens = _plain(text.replace(".", ". ")).split(" ")
    tokens = [_KINDS.get(token.rstrip("."), token) for token in tokens]
    kinds = [token for token in tokens if token in _LONG_KINDS]
    if len(kinds) == 1:
        tokens.remove(kinds[0])
        tokens.insert(0, kinds[0])
    return " ".join(tokens)


@lru_cache(maxsize=4096)
def _building(text: str) -> str:
    return _close(_BUILDING.sub("", _plain(text)))


@lru_cache(maxsize=4096)
def _unit(text: str) -> str:
    return _close(_UNIT.sub("", _plain(text)))


def _close(text: str) -> str:
    """Without spaces around marks, and between a number and its letter: «14 а» and «14а» are one house."""
    return re.sub(r"(?<=[0-9]) (?=[^\W\d]\b)", "", _AROUND_MARKS.sub(r"\1", text))
