"""What somebody at the counter types to find a flat: an account's number, an address, a name, or pieces of these.

All words must be found, each in the address or in the holder's name: «иванова труда 14» is Ivanova of that house. What
was typed may be read back to the operator, who knows it already; everything else of a hit is masked.
"""

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from core.accounts.model import Address
from core.accounts.rules import mask, masked_account
from core.errors import Rejected

LONGEST: Final = 100
MOST_WORDS: Final = 6
SHORTEST_NUMBER: Final = 4
SHORTEST_WORD: Final = 3

_WORD: Final = re.compile(r"[^\W_]+(?:[-/][^\W_]+)*")
_HOUSE_AND_FLAT: Final = re.compile(r"[0-9]+-[0-9]+", re.ASCII)
_FILLERS: Final = frozenset(
    {
        *("г", "город", "д", "дом", "кв", "квартира", "лс", "л/с", "счет", "номер"),
        *("ул", "улица", "пр", "пр-т", "пр-кт", "просп", "проспект", "пер", "переулок", "пр-д", "проезд", "ш", "шоссе"),
        *("б-р", "бул", "бульвар", "пл", "площадь", "мкр", "мкрн", "микрорайон"),
    }
)
"""Said with an address, and written in many ways: they tell nothing apart. «Набережная» is a street's name as well."""


class SearchTooShort(Rejected):
    """Too little to look for: it would list half the city."""


@dataclass(frozen=True, slots=True)
class NumberWanted:
    """Digits that stand together somewhere in an account's number."""

    digits: str


@dataclass(frozen=True, slots=True)
class WordsWanted:
    """Beginnings of words, folded as `folded` does. `rarest` narrows most: the longest one with letters."""

    words: tuple[str, ...]

    @property
    def rarest(self) -> str:
        return max(self.words, key=lambda word: (not word[0].isdigit(), len(word)))


Wanted = NumberWanted | WordsWanted


def folded(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold().replace("ё", "е").replace("\0", "")


def understood(text: str, town: str = "") -> Wanted:
    """The town, which tells nothing apart, is not looked for. Raises SearchTooShort."""
    said = folded(text[:LONGEST])
    digits = re.sub(r"[\s-]", "", said)
    if digits.isascii() and digits.isdigit() and len(digits) >= SHORTEST_NUMBER:
        return NumberWanted(digits)
    fillers = {*_FILLERS, *folded(town).split()}
    words = [piece for word in _WORD.findall(said) if word not in fillers for piece in _pieces(word)]
    if not any(len(word) >= SHORTEST_WORD and not word.isdigit() for word in words):
        raise SearchTooShort
    return WordsWanted(tuple(dict.fromkeys(words))[:MOST_WORDS])


def _pieces(word: str) -> list[str]:
    """«14-27» is a house and a flat; «50-летия» is one word."""
    return word.split("-") if _HOUSE_AND_FLAT.fullmatch(word) else [word]


def shown_address(address: Address, wanted: Wanted) -> Address:
    """The street, and of house and flat what was typed; the rest masked."""
    typed = _typed(wanted)
    return Address(
        address.street,
        address.building if folded(address.building) in typed else mask(address.building, 1),
        address.unit if folded(address.unit) in typed else mask(address.unit, 0),
        address.city,
    )


def shown_number(number: str, wanted: Wanted) -> str:
    return number if number in _typed(wanted) else masked_account(number)


def shown_name(name: str, wanted: Wanted) -> str:
    """«Иванова М•••• П••••••» to whoever typed the surname."""
    typed = _typed(wanted)
    return " ".join(word if folded(word) in typed else mask(word, 1) for word in name.split())


def _typed(wanted: Wanted) -> Collection[str]:
    return {wanted.digits} if isinstance(wanted, NumberWanted) else set(wanted.words)
