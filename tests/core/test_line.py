"""One line for all meters: whose number is whose, and what is handed back."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.ids import AccountId, MeterId, PremisesId, ProviderCode
from core.meters.line import LONGEST_LINE, LinePart, parse_line, parse_list, parse_part
from core.meters.model import Meter
from core.services import Service


def meter(number: int, service: Service, serial: str, place: str = "") -> Meter:
    return Meter(MeterId(number), PremisesId(1), AccountId(1), ProviderCode("x"), serial, service, 5, place=place)


COLD = meter(1, Service.COLD_WATER, "40123456", "кухня")
HOT = meter(2, Service.HOT_WATER, "A-77", "кухня")
HEAT = meter(3, Service.HEATING, "50123456")
BATH_COLD = meter(4, Service.COLD_WATER, "40999999", "ванная")
BATH_HOT = meter(5, Service.HOT_WATER, "41999999", "ванная")
RISERS = (meter(6, Service.COLD_WATER, "1", "стояк 1"), meter(7, Service.COLD_WATER, "2", "стояк 2"))

SIMPLE = (COLD, HOT, HEAT)
ROOMS = (COLD, HOT, BATH_COLD, BATH_HOT)
ONE_HOT = (COLD, BATH_COLD, HOT)

CLEAR: list[tuple[tuple[Meter, ...], str, dict[Meter, str]]] = [
    (SIMPLE, "ХВС 123, ГВС 45,5", {COLD: "123", HOT: "45.5"}),
    (SIMPLE, "хвс 123 гвс 45.5 отопление 7", {COLD: "123", HOT: "45.5", HEAT: "7"}),
    (SIMPLE, "ГВС 45,5; ХВС 123", {HOT: "45.5", COLD: "123"}),
    (SIMPLE, "ХВС: 123\nГВС: 45", {COLD: "123", HOT: "45"}),
    (SIMPLE, "хвс=123 гвс=45", {COLD: "123", HOT: "45"}),
    (SIMPLE, "хвс-123, гвс - 45, отоп — 7", {COLD: "123", HOT: "45", HEAT: "7"}),
    (SIMPLE, "хол.123 гор.45", {COLD: "123", HOT: "45"}),
    (SIMPLE, "Холодная вода 123, горячая вода 45", {COLD: "123", HOT: "45"}),
    (SIMPLE, "показания: холодная 123 и горячая 45", {COLD: "123", HOT: "45"}),
    (SIMPLE, "хвс 123 м3, гвс 45 куб.м.", {COLD: "123", HOT: "45"}),
    (SIMPLE, "хвс 123 кубометра гвс 45 м³", {COLD: "123", HOT: "45"}),
    (SIMPLE, "хвс 12 345 гвс 1 234,5", {COLD: "12345", HOT: "1234.5"}),
    (SIMPLE, "хвс 123,456 гвс 0,5", {COLD: "123.456", HOT: "0.5"}),
    (SIMPLE, "ХВС 123", {COLD: "123"}),
    (SIMPLE, "хвс １２３", {COLD: "123"}),
    (SIMPLE, "хвс 00123", {COLD: "123"}),
    (SIMPLE, "№ 40123456 12,5", {COLD: "12.5"}),
    (SIMPLE, "40123456 12,5, a-77 45", {COLD: "12.5", HOT: "45"}),
    (SIMPLE, "хвс № 40123456 - 12,5", {COLD: "12.5"}),
    (SIMPLE, "40123456: 12 345", {COLD: "12345"}),
    (SIMPLE, "cold 123 hot 45 heating 7", {COLD: "123", HOT: "45", HEAT: "7"}),
    (SIMPLE, "салкын су 123, кайнар су 45", {COLD: "123", HOT: "45"}),
    (SIMPLE, "һыуыҡ һыу 123, эҫе һыу 45, йылылыҡ 7", {COLD: "123", HOT: "45", HEAT: "7"}),
    (SIMPLE, "хвс 123 гвс 45 за февраль, спасибо", {COLD: "123", HOT: "45"}),
    (SIMPLE, "счётчик хвс 123", {COLD: "123"}),
    (ROOMS, "ХВС кухня 1, ХВС ванная 2", {COLD: "1", BATH_COLD: "2"}),
    (ROOMS, "на кухне холодная 1, в ванной холодная 2", {COLD: "1", BATH_COLD: "2"}),
    (ROOMS, "кухня хол 123 гор 45", {COLD: "123", HOT: "45"}),
    (ROOMS, "кухня хол 1 гор 2 ванная хол 3 гор 4", {COLD: "1", HOT: "2", BATH_COLD: "3", BATH_HOT: "4"}),
    (ROOMS, "ХВС: кухня 1, ванная 2; ГВС: кухня 3, ванная 4", {COLD: "1", BATH_COLD: "2", HOT: "3", BATH_HOT: "4"}),
    (ROOMS, "40999999 2 41999999 4", {BATH_COLD: "2", BATH_HOT: "4"}),
    (ONE_HOT, "кухня хол 1, ванная хол 2, гор 3", {COLD: "1", BATH_COLD: "2", HOT: "3"}),
    (RISERS, "стояк 1 123, стояк 2 45", {RISERS[0]: "123", RISERS[1]: "45"}),
    (RISERS, "хвс стояк 2: 45,5", {RISERS[1]: "45.5"}),
]

UNCLEAR: list[tuple[tuple[Meter, ...], str, list[str]]] = [
    (SIMPLE, "ХВС 123, 45", ["45"]),
    (SIMPLE, "ХВС −5", ["хвс −5"]),
    (SIMPLE, "ХВС -5 ГВС 45", ["хвс -5"]),
    (SIMPLE, "ХВС –5", ["хвс –5"]),
    (SIMPLE, "ХВС—5 ГВС —6", ["гвс —6"]),
    (SIMPLE, "ХВС\u22125", ["хвс −5"]),
    (SIMPLE, "ХВС ,5", ["хвс ,5"]),
    (SIMPLE, "ХВС .5", ["хвс .5"]),
    (SIMPLE, "ХВС +5", ["хвс +5"]),
    (SIMPLE, "ХВС 1.234,56", ["56"]),
    (SIMPLE, "ХВС 1234 567", ["хвс 1234 567"]),
    (SIMPLE, "ХВС 1234567890", ["хвс 1234567890"]),
    (SIMPLE, "ХВС 1'234", ["234"]),
    (SIMPLE, "ХВС 123 ХВС 124", ["хвс 123", "хвс 124"]),
    (SIMPLE, "123 хвс 45 гвс", ["123", "гвс"]),
    (SIMPLE, "ХВС 123 ГВС", ["гвс"]),
    (SIMPLE, "газ 5 хвс 123", ["газ 5"]),
    (SIMPLE, "хвс гвс 5, отоп 7", ["хвс гвс 5"]),
    (SIMPLE, "хвс 12 литров гвс 45", ["литров гвс 45"]),
    (SIMPLE, "16.02.2022 хвс 123", ["16.02", "2022"]),
    (ROOMS, "ХВС 123", ["хвс 123"]),
    (ROOMS, "кухня 123", ["кухня 123"]),
    (ROOMS, "хол 123 гор 45", ["хол 123", "гор 45"]),
    (ROOMS, "хол кухня 1, гор 2", ["гор 2"]),
    (ROOMS, "кухня хол 1 гор 2 гор 3", ["гор 2", "гор 3"]),
    (ROOMS, "ХВС кухня 1 2", ["2"]),
]

NO_LINE: list[str] = [
    "",
    "   ",
    "здравствуйте",
    "123",
    "123 45",
    "12,5",
    "у меня 2 вопроса",
    "позвоните 49-50-50",
    "позвоните 51-51-31, пожалуйста",
    "горячая вода 3 дня не идёт",
    "отопление 2 батареи холодные",
    "холодная 5 рублей",
    "нет горячей воды 3 дня",
    "долг за горячую воду 500",
    "показания 123",
    "квартира 27",
    "хватит 5",
    "город 5",
    "гвоздь 3",
    "холодильник 2",
    "хвс",
    "хвс гвс",
    "хвс ١٢٣",
    "хвс 1e5",
    "хвс 12٣",
    "хвс сто",
    "ул. Труда, 14, кв. 27",
    "\x00",
    "№",
    "ХВС " + "1" * LONGEST_LINE,
]


@pytest.mark.parametrize(("meters", "line", "values"), CLEAR, ids=[line for _, line, _ in CLEAR])
def test_a_clear_line_gives_each_meter_its_number(
    meters: tuple[Meter, ...], line: str, values: dict[Meter, str]
) -> None:
    parts = parse_line(line, meters)
    assert parts is not None
    assert [part.said for part in parts if not part.clear] == []
    assert {part.meters[0]: str(part.value) for part in parts} == {**values}


@pytest.mark.parametrize(("meters", "line", "said"), UNCLEAR, ids=[line for _, line, _ in UNCLEAR])
def test_what_cannot_be_told_apart_is_handed_back(meters: tuple[Meter, ...], line: str, said: list[str]) -> None:
    parts = parse_line(line, meters)
    assert parts is not None
    assert [part.said for part in parts if not part.clear] == said


@pytest.mark.parametrize("meters", [SIMPLE, ROOMS, RISERS], ids=["simple", "rooms", "risers"])
@pytest.mark.parametrize("text", NO_LINE, ids=[text[:30] for text in NO_LINE])
def test_other_texts_are_no_line(text: str, meters: tuple[Meter, ...]) -> None:
    assert parse_line(text, meters) is None


def test_without_meters_nothing_is_a_line() -> None:
    assert parse_line("ХВС 123", ()) is None


WORDS = st.sampled_from(
    ["хвс", "гвс", "кухня", "ванная", "газ", "отоп", "40123456", "A-77", "№", "и", "м3", ",", "\n", "-", "\u2212", "."]
)
NUMBERS = st.sampled_from(["1", "12", "123", "12 345", "12,5", "0,5", "99999"])


@given(st.lists(WORDS | NUMBERS, max_size=10).map(" ".join) | st.text(max_size=60))
def test_a_clear_part_has_a_value_that_was_typed_and_words_of_its_meter(text: str) -> None:
    for part in parse_line(text, SIMPLE) or ():
        assert isinstance(part, LinePart)
        if part.clear:
            assert part.words
            assert part.value is not None
            assert part.value >= 0
            assert part.number in text.translate(str.maketrans("０１２３４５６７８９，．", "0123456789,."))


@given(st.lists(WORDS | NUMBERS, max_size=10).map(" ".join))
def test_no_meter_gets_two_clear_numbers(text: str) -> None:
    clear = [part.meters[0].id for part in parse_line(text, ROOMS) or () if part.clear]
    assert len(clear) == len(set(clear))


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("104; 53", ["104", "53"]),
        ("104;53 м3;8,25", ["104", "53", "8.25"]),
        ("104\n53\n8,25 Гкал\n", ["104", "53", "8.25"]),
        ("104, 53.5", ["104", "53.5"]),
        ("104,5, 53,5", ["104.5", "53.5"]),
        ("104 и 53", ["104", "53"]),
        ("12 345; 678", ["12345", "678"]),
        ("104 53 8", ["104", "53", "8"]),
        ("１０４ 53", ["104", "53"]),
        ("104", None),
        ("", None),
        ("104,53", None),
        ("ХВС 104 53", None),
        ("104; −5", None),
        ("104; 1.234,56", None),
        ("104; пять", None),
        ("1; " * 200, None),
    ],
)
def test_a_bare_list_is_numbers_and_nothing_else(text: str, values: list[str] | None) -> None:
    found = parse_list(text)
    assert (None if found is None else [*found]) == (None if values is None else [Decimal(value) for value in values])


@given(st.lists(st.integers(0, 99999), min_size=2, max_size=6), st.sampled_from(["; ", "\n", ", ", " и "]))
def test_a_list_keeps_its_numbers_in_order(numbers: list[int], separator: str) -> None:
    assert parse_list(separator.join(map(str, numbers))) == tuple(map(Decimal, numbers))


@pytest.mark.parametrize(
    ("said", "value", "meters"),
    [
        ("52", "52", ()),
        ("кухня 104,5", "104.5", (COLD, HOT)),
        ("№ 40123456 7", "7", (COLD,)),
        ("хвс −5", None, (COLD,)),
    ],
)
def test_a_piece_of_a_line_is_understood_alone(said: str, value: str | None, meters: tuple[Meter, ...]) -> None:
    part = parse_part(said, (COLD, HOT))
    assert part is not None
    assert (part.value, part.meters) == (Decimal(value) if value else None, meters)


def test_two_pieces_are_not_one() -> None:
    assert parse_part("хвс 1 гвс 2", (COLD, HOT)) is None
    assert parse_part("хвс", (COLD, HOT)) is None
