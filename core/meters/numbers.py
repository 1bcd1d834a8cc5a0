"""How people write a reading, and the one grammar that takes it (reliability.md §3.3).

Python's own parsers accept foreign digits, exponents and underscores, so none of them is asked: the text is trimmed,
full-width signs are mapped by an explicit table, groups of three digits are joined, and one regular expression decides.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from core.errors import Rejected

LONGEST = 40
"""Signs of the longest answer that is looked at."""

_SPACES = " \u00a0\u202f\u2009"
_FULL_WIDTH = str.maketrans("０１２３４５６７８９，．", "0123456789,.")
_UNIT = re.compile(rf"[{_SPACES}]*(?:[мm][3³]|куб\.?[{_SPACES}]?м|куб(?:ов|а|ометр(?:а|ов)?)?|гкал)\.?$", re.IGNORECASE)
_GROUPS = re.compile(rf"[0-9]{{1,3}}(?:[{_SPACES}][0-9]{{3}})+(?:[.,][0-9]{{1,6}})?", re.ASCII)
_NUMBER = re.compile(r"[0-9]{1,9}(?:[.,][0-9]{1,6})?", re.ASCII)
_MANY = re.compile(r"[0-9]+(?:[.,][0-9]+)?(?:[^0-9.,]+[0-9]+(?:[.,][0-9]+)?)+", re.ASCII)
_SIGNED = re.compile(r"[-\u2212\u2013\u2014]\s*[0-9]")


class NumberProblem(StrEnum):
    EMPTY = "empty"
    NOT_A_NUMBER = "not_a_number"
    NEGATIVE = "negative"
    SEVERAL = "several"
    AMBIGUOUS = "ambiguous"
    TOO_LONG = "too_long"


@dataclass
class BadNumber(Rejected):
    """The text is not one plain number; `problem` says why."""

    problem: NumberProblem


def ascii_digits(text: str) -> str:
    """The text with full-width digits and separators as plain ones; digits of other scripts stay what they are."""
    return text.translate(_FULL_WIDTH)


def parse_reading(text: str) -> Decimal:
    """The number a text means: «00012 345,6 м3» → 12345.6. Raises BadNumber; never guesses, never rounds."""
    text = ascii_digits(text.strip())
    if not text:
        raise BadNumber(NumberProblem.EMPTY)
    if len(text) > LONGEST:
        raise BadNumber(NumberProblem.TOO_LONG)
    text = _UNIT.sub("", text)
    if _GROUPS.fullmatch(text):
        text = re.sub(f"[{_SPACES}]", "", text)
    if _NUMBER.fullmatch(text):
        return Decimal(text.replace(",", "."))
    raise BadNumber(_problem(text))


def _problem(text: str) -> NumberProblem:
    if _SIGNED.match(text):
        return NumberProblem.NEGATIVE
    if re.fullmatch(r"[0-9]+(?:[.,][0-9]+){2,}", text, re.ASCII):
        return NumberProblem.AMBIGUOUS
    if _MANY.fullmatch(text):
        return NumberProblem.SEVERAL
    if re.fullmatch(r"[0-9]{10,}(?:[.,][0-9]+)?|[0-9]+[.,][0-9]{7,}", text, re.ASCII):
        return NumberProblem.TOO_LONG
    return NumberProblem.NOT_A_NUMBER
