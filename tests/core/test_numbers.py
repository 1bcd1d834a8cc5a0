"""How people write a reading: what is taken, what is refused and why."""

from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.meters.numbers import LONGEST, BadNumber, NumberProblem, parse_reading

TAKEN = {
    "0": "0",
    "123": "123",
    "00012345": "12345",
    "12,5": "12.5",
    "12.5": "12.5",
    "12,500": "12.500",
    "123456789": "123456789",
    "1,123456": "1.123456",
    "  77 \n": "77",
    "\u00a077\u2009": "77",
    "12 345": "12345",
    "12\u00a0345,6": "12345.6",
    "1\u202f234\u2009567": "1234567",
    "１２，５": "12.5",
    "１２．５": "12.5",
    "45 м3": "45",
    "45м3": "45",
    "45 м³": "45",
    "45 m3": "45",
    "45 m³": "45",
    "45,5 куб": "45.5",
    "45 куб.": "45",
    "45 кубов": "45",
    "45 кубометров": "45",
    "45 куб.м": "45",
    "45 куб. м.": "45",
    "1,5 Гкал": "1.5",
    "12 345,6 М3": "12345.6",
}

REFUSED = {
    "": NumberProblem.EMPTY,
    " \t\n": NumberProblem.EMPTY,
    "-5": NumberProblem.NEGATIVE,
    "\u22125": NumberProblem.NEGATIVE,
    "\u20135": NumberProblem.NEGATIVE,
    "\u2014 5": NumberProblem.NEGATIVE,
    "-0": NumberProblem.NEGATIVE,
    "- 12,5 м3": NumberProblem.NEGATIVE,
    "1.234,56": NumberProblem.AMBIGUOUS,
    "1,234.56": NumberProblem.AMBIGUOUS,
    "1.234.567": NumberProblem.AMBIGUOUS,
    "123 45": NumberProblem.SEVERAL,
    "123 и 45": NumberProblem.SEVERAL,
    "123; 45,5": NumberProblem.SEVERAL,
    "1234 567": NumberProblem.SEVERAL,
    "1_000": NumberProblem.SEVERAL,
    "1e5": NumberProblem.SEVERAL,
    "1234567890": NumberProblem.TOO_LONG,
    "1 234 567 890": NumberProblem.TOO_LONG,
    "1,1234567": NumberProblem.TOO_LONG,
    "9" * 41: NumberProblem.TOO_LONG,
    "+5": NumberProblem.NOT_A_NUMBER,
    ".5": NumberProblem.NOT_A_NUMBER,
    "5,": NumberProblem.NOT_A_NUMBER,
    ",": NumberProblem.NOT_A_NUMBER,
    "NaN": NumberProblem.NOT_A_NUMBER,
    "Infinity": NumberProblem.NOT_A_NUMBER,
    "0x1F": NumberProblem.NOT_A_NUMBER,
    "пять": NumberProblem.NOT_A_NUMBER,
    "5 литров": NumberProblem.NOT_A_NUMBER,
    "№ 5": NumberProblem.NOT_A_NUMBER,
    "5\x00": NumberProblem.NOT_A_NUMBER,
    "\ud8005": NumberProblem.NOT_A_NUMBER,
    "٥": NumberProblem.NOT_A_NUMBER,
    "१२": NumberProblem.NOT_A_NUMBER,
    "𝟓": NumberProblem.NOT_A_NUMBER,
    "²": NumberProblem.NOT_A_NUMBER,
    "5²": NumberProblem.NOT_A_NUMBER,
    "Ⅻ": NumberProblem.NOT_A_NUMBER,
    "м3": NumberProblem.NOT_A_NUMBER,
}


@pytest.mark.parametrize(("text", "value"), TAKEN.items())
def test_a_number_is_taken_as_people_write_it(text: str, value: str) -> None:
    assert str(parse_reading(text)) == value


@pytest.mark.parametrize(("text", "problem"), REFUSED.items(), ids=[ascii(text)[:30] for text in REFUSED])
def test_what_is_not_one_plain_number_is_refused_with_the_reason(text: str, problem: NumberProblem) -> None:
    with pytest.raises(BadNumber) as refused:
        parse_reading(text)
    assert refused.value.problem is problem


UNITS = ("м3", "м³", "m3", "m³", "гкал", "куб", "куба", "кубов", "кубометр", "кубометра", "кубометров", "кубм", "куб м")
SPACES = " \u00a0\u202f\u2009"


def slow_reading(text: str) -> Decimal | None:
    """The grammar again, sign by sign and without regular expressions: None for what is no reading."""
    text = text.strip()
    if len(text) > LONGEST:
        return None
    text = "".join(dict(zip("０１２３４５６７８９，．", "0123456789,.", strict=True)).get(sign, sign) for sign in text)
    text = _without_unit(text)
    whole, mark, part = text.partition(next((sign for sign in text if sign in ",."), ","))
    groups = _split(whole)
    if len(groups) > 1 and not (1 <= len(groups[0]) <= 3 and all(len(group) == 3 for group in groups[1:])):
        return None
    digits = "".join(groups)
    if not (_digits(digits) and len(digits) <= 9) or (mark and not (_digits(part) and len(part) <= 6)):
        return None
    value = Decimal(0)
    for place, sign in enumerate(reversed(digits)):
        value += "0123456789".index(sign) * Decimal(10) ** place
    for place, sign in enumerate(part if mark else "", start=1):
        value += "0123456789".index(sign) * Decimal(10) ** -place
    return value


def _without_unit(text: str) -> str:
    low = text.lower().removesuffix(".")
    for unit in sorted((*UNITS, "куб.м", *(f"куб{dot}{gap}м" for dot in ("", ".") for gap in SPACES)), key=len)[::-1]:
        if low.endswith(unit):
            return text[: len(low) - len(unit)].rstrip(SPACES)
    return text


def _split(whole: str) -> list[str]:
    groups = [""]
    for sign in whole:
        if sign in SPACES:
            groups.append("")
        else:
            groups[-1] += sign
    return groups


def _digits(text: str) -> bool:
    return text != "" and all(sign in "0123456789" for sign in text)


PIECES = st.sampled_from(
    [*"0123456789", "00", "12", "345", "678", ",", ".", " ", "\u00a0", "\u2009", "-", "\u2212", "+", "е", "e", "_",
     "м3", " м³", "куб", " куб.м", "Гкал", "５", "，", "٣", "२", "²", "\x00", "\n", "и", "№"]
)  # fmt: skip


@given(st.lists(PIECES, max_size=12).map("".join) | st.text(max_size=45))
@example("12 345,6 м3")
@example("123 456 789")
@example("1 234 567 890")
@example("9" * 40)
def test_what_is_taken_is_what_a_slow_reader_takes(text: str) -> None:
    try:
        value = parse_reading(text)
    except BadNumber:
        value = None
    assert value == slow_reading(text)


@given(st.lists(PIECES, max_size=12).map("".join) | st.text(max_size=45))
def test_nothing_is_taken_that_was_not_typed(text: str) -> None:
    try:
        value = parse_reading(text)
    except BadNumber:
        return
    assert value.is_finite()
    assert value >= 0
    typed = [sign for sign in text if sign in "0123456789０１２３４５６７８９"]
    assert len(value.as_tuple().digits) <= len(typed)
    assert not value.is_signed()


@given(st.decimals(0, 999_999_999, places=3), st.sampled_from([",", "."]), st.sampled_from(["", " м3", " куб."]))
def test_every_reading_of_a_dial_is_taken(value: Decimal, mark: str, unit: str) -> None:
    assert parse_reading(str(value).replace(".", mark) + unit) == value
