"""All readings in one line, at any time."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from core.ids import MeterId
from tests.dialogs.talk import Talk
from tests.dialogs.test_linking import prove
from tests.dialogs.world import CODES, COLD, HOT, LENINA_COLD, LENINA_HOT, LENINA_WATER, NUMBERS, WARMTH, World

BATH_COLD = MeterId(150)


@pytest.fixture
async def two_flats(talk: Talk) -> Talk:
    await prove(talk, NUMBERS[LENINA_WATER], CODES[LENINA_WATER])
    await talk.press("Верно")
    await talk.press("Родители")
    return talk


@pytest.fixture
def bath(world: World) -> World:
    """A second cold-water meter in the flat in Труда street."""
    cold = next(meter for meter in world.meters.meters if meter.id == COLD)
    world.meters.meters.append(replace(cold, id=BATH_COLD, number="46000001", place="ванная", last_value=Decimal(10)))
    return world


@pytest.mark.parametrize("begin", [[], ["Показания"], ["Баланс"], ["Настройки", "Language"], ["История"]])
async def test_a_line_is_understood_wherever_one_is(talk: Talk, world: World, begin: list[str]) -> None:
    for word in begin:
        await talk.press(word)
    await talk.say("ХВС 104, ГВС 52,5")
    assert "Проверьте:" in talk.text
    assert "холодная вода, кухня, № 41000001: 104" in talk.text
    assert "горячая вода, кухня, № 42000001: 52,5" in talk.text
    await talk.press("Верно")
    assert "Приняты показания за февраль 2022" in talk.text
    assert talk.steps == ["home"]
    assert (world.readings.values(COLD), world.readings.values(HOT)) == ([Decimal(104)], [Decimal("52.5")])


@pytest.mark.parametrize("begin", [["Привязать"], ["Привязать", NUMBERS[LENINA_WATER]], ["Настройки", "Назвать"]])
async def test_a_line_is_understood_where_any_words_are_taken(talk: Talk, world: World, begin: list[str]) -> None:
    for word in begin:
        await (talk.press(word) if any(word in label for label in talk.buttons) else talk.say(word))
    await talk.say("ХВС 104, ГВС 52,5")
    assert "Проверьте:" in talk.text
    await talk.press("Верно")
    assert (world.readings.values(COLD), world.readings.values(HOT)) == ([Decimal(104)], [Decimal("52.5")])


async def test_a_name_that_only_sounds_like_a_line_is_a_name(talk: Talk) -> None:
    await talk.press("Настройки")
    await talk.press("Кто видит")
    await talk.press("Назвать")
    await talk.say("Горячая 5 дней")
    assert "Запомнил" in talk.text


async def test_a_line_in_place_of_a_number_at_the_confirmation_is_understood(talk: Talk, world: World) -> None:
    await talk.press("Показания")
    await talk.say("103")
    await talk.say("ХВС 104 ГВС 52")
    assert "Проверьте" in talk.text
    await talk.press("Верно")
    assert world.readings.values(COLD) == [Decimal(104)]


async def test_a_line_is_not_taken_where_a_question_is_written(talk: Talk, world: World) -> None:
    await talk.press("Вопрос")
    await talk.press("Другое")
    await talk.say("ХВС 104, ГВС 52")
    assert world.tickets.opened[0].text == "ХВС 104, ГВС 52"


async def test_pressing_confirm_twice_stores_a_line_once(talk: Talk, world: World) -> None:
    await talk.say("ХВС 104, ГВС 52")
    await talk.press("Верно")
    await talk.press_old("Верно")
    assert len(world.readings.readings) == 2


async def test_a_typed_yes_confirms_no_line(talk: Talk, world: World) -> None:
    await talk.say("ХВС 104, ГВС 52")
    await talk.say("верно")
    assert world.readings.readings == []
    assert talk.steps[-1] == "readings.line"


async def test_a_line_may_be_written_anew_before_it_is_confirmed(talk: Talk, world: World) -> None:
    await talk.say("ХВС 104, ГВС 52")
    await talk.say("ХВС 105, ГВС 53")
    await talk.press("Верно")
    assert world.readings.values(COLD) == [Decimal(105)]


async def test_correct_leads_home_and_stores_nothing(talk: Talk, world: World) -> None:
    await talk.say("ХВС 104, ГВС 52")
    await talk.press("Исправить")
    assert "Напишите строку ещё раз" in talk.text
    assert world.readings.readings == []


async def test_a_line_is_shown_in_the_order_of_the_meters(talk: Talk) -> None:
    first = await talk.say("ГВС 52, ХВС 104")
    assert first.index("холодная") < first.index("горячая")


async def test_a_doubtful_value_in_a_line_is_asked_about_and_kept_for_an_operator(talk: Talk, world: World) -> None:
    await talk.say("ХВС 99, ГВС 52")
    assert "меньше прошлого показания (100)" in talk.text
    assert talk.buttons[0] == "Верно, так на счётчике"
    await talk.press("Верно")
    assert "Записано: холодная вода, кухня, № 41000001: 99. Оператор проверит." in talk.text
    assert "горячая вода, кухня, № 42000001: 52" in talk.text
    assert [(one.meter, one.current) for one in world.readings.readings] == [(COLD, False), (HOT, True)]


@pytest.mark.parametrize(
    ("button", "claim"),
    [
        ("Верно", "as_shown"),
        ("Счётчик заменили", "replaced"),
        ("Прошлое неверно", "last_wrong"),
        ("полный круг", "rolled_over"),
    ],
)
async def test_what_is_doubtful_in_a_line_has_its_one_tap_ways_out(
    talk: Talk, world: World, button: str, claim: str
) -> None:
    """What is said is about the doubtful one alone: the other is simply taken."""
    await talk.say("ХВС 99, ГВС 52")
    await talk.press(button)
    assert "Записано: холодная вода, кухня, № 41000001: 99. Оператор проверит." in talk.text
    (task,) = world.tasks.opened
    assert (task.meter, task.facts["claim"]) == (COLD, claim)
    assert [(one.meter, one.current) for one in world.readings.readings] == [(COLD, False), (HOT, True)]


async def test_of_two_doubts_in_a_line_nothing_is_said_at_once(talk: Talk, world: World) -> None:
    await talk.say("ХВС 99, ГВС 40")
    assert "Счётчик заменили" not in talk.buttons
    assert talk.buttons[:2] == ["Верно, так на счётчике", "Исправить"]


async def test_a_typed_label_never_stores_a_line(talk: Talk, world: World) -> None:
    await talk.say("ХВС 99, ГВС 52")
    await talk.say("Счётчик заменили")
    assert world.readings.readings == []


async def test_a_line_of_one_doubtful_value_does_not_say_that_nothing_was_sent(talk: Talk) -> None:
    await talk.say("ХВС 99")
    await talk.press("Верно")
    assert "Оператор проверит" in talk.text
    assert "не переданы" not in talk.text


async def test_too_many_decimals_in_a_line_name_the_meter(talk: Talk, world: World) -> None:
    await talk.say("ХВС 104,1234, ГВС 52")
    assert "холодная вода, кухня" in talk.text
    assert "после запятой" in talk.text
    assert world.readings.readings == []


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("ХВС 104, ХВС 105", "показание: «хвс 104», «хвс 105»"),
        ("ХВС −5, ГВС 52", "показание: «хвс −5»"),
        ("ХВС 104, −5", "какой это счётчик: «−5»"),
        ("газ 7, ХВС 104", "какой это счётчик: «газ 7»"),
        ("ХВС 104, ГВС", "показание: «гвс»"),
        ("ХВС 104, ГВС 52, отопление 8, 9", "какой это счётчик: «9»"),
    ],
)
async def test_what_is_unclear_in_a_line_is_named(talk: Talk, world: World, line: str, answer: str) -> None:
    await talk.say(line)
    assert f"{'Уточните, пожалуйста,' if 'какой' in answer else 'Не понял'} {answer}." in talk.text
    assert talk.steps == ["home"]
    assert world.readings.readings == []


async def test_a_number_without_a_name_asks_which_meter_it_is_of(talk: Talk, world: World) -> None:
    await talk.say("ХВС 104, 52")
    assert "Уточните, пожалуйста, какой это счётчик: «52»." in talk.text
    assert talk.buttons[:2] == ["№ 42000001, горячая вода, кухня", "№ 43000001, отопление"]
    await talk.press("42000001")
    assert "холодная вода, кухня, № 41000001: 104" in talk.text
    assert "горячая вода, кухня, № 42000001: 52" in talk.text
    await talk.press("Верно")
    assert (world.readings.values(COLD), world.readings.values(HOT)) == ([Decimal(104)], [Decimal(52)])


async def test_words_that_fit_two_meters_ask_which_of_the_two(talk: Talk, world: World) -> None:
    await talk.say("кухня 104, кухня 52")
    assert "«кухня 104»" in talk.text
    assert talk.buttons[:2] == ["№ 41000001, холодная вода, кухня", "№ 42000001, горячая вода, кухня"]
    await talk.press("41000001")
    assert "«кухня 52»" in talk.text
    assert talk.buttons[0] == "№ 42000001, горячая вода, кухня"
    await talk.press("42000001")
    await talk.press("Верно")
    assert (world.readings.values(COLD), world.readings.values(HOT)) == ([Decimal(104)], [Decimal(52)])


async def test_a_number_whose_meter_is_gone_while_it_is_chosen_goes_to_an_operator(talk: Talk, world: World) -> None:
    await talk.say("ХВС 104, 52")
    world.meters.change(HOT, closed_on=date(2022, 2, 16))
    world.meters.change(WARMTH, closed_on=date(2022, 2, 16))
    await talk.press("42000001")
    assert "Число 52 передал оператору" in talk.text
    assert [(task.meter, task.facts["value"]) for task in world.tasks.opened] == [(HOT, "52")]
    await talk.press("Верно")
    assert (world.readings.values(COLD), world.readings.values(HOT)) == ([Decimal(104)], [])


@pytest.mark.parametrize("said", ["104; 52,5; 8", "104, 52.5, 8", "104\n52,5\n8 Гкал", "104 52,5 8", "104 и 52,5 и 8"])
async def test_a_bare_list_is_taken_in_the_order_in_which_meters_are_asked_for(
    talk: Talk, world: World, said: str
) -> None:
    await talk.press("Показания")
    await talk.say(said)
    assert "Проверьте:" in talk.text
    assert "отопление, № 43000001: 8" in talk.text
    await talk.press("Верно")
    values = {one.meter: one.value for one in world.readings.readings}
    assert values == {COLD: Decimal(104), HOT: Decimal("52.5"), WARMTH: Decimal(8)}


@pytest.mark.parametrize("said", ["104; 52,5", "104; 52; 8; 9", "104; −5; 8", "104; 1.234,56; 8"])
async def test_a_list_of_another_length_is_never_taken(talk: Talk, world: World, said: str) -> None:
    await talk.press("Показания")
    await talk.say(said)
    assert talk.steps == ["home", "readings.enter"]
    assert world.readings.readings == []


@pytest.mark.parametrize("said", ["104; 52,5; 8", "104 52 8"])
async def test_a_bare_list_is_not_taken_outside_of_the_readings_menu(talk: Talk, world: World, said: str) -> None:
    await talk.say(said)
    assert talk.steps == ["home"]
    assert "Не понял. Выберите кнопку" in talk.text


async def test_waters_exchanged_in_a_line_are_exchanged_by_one_press(talk: Talk, world: World) -> None:
    await talk.say("ХВС 53, ГВС 104")
    assert "меньше прошлого показания (100)" in talk.text
    await talk.press("Поменять местами")
    assert "холодная вода, кухня, № 41000001: 104" in talk.text
    await talk.press("Верно")
    assert (world.readings.values(COLD), world.readings.values(HOT)) == ([Decimal(104)], [Decimal(53)])
    assert world.tasks.opened == []


async def test_values_that_fit_neither_way_are_not_offered_an_exchange(talk: Talk) -> None:
    await talk.say("ХВС 53, ГВС 49")
    assert "Поменять местами" not in talk.buttons


async def test_two_meters_of_a_service_are_told_apart_by_place(talk: Talk, bath: World) -> None:
    await talk.say("ХВС 104")
    assert "какой это счётчик: «хвс 104»" in talk.text
    assert [label[:10] for label in talk.buttons[:2]] == ["№ 46000001", "№ 41000001"]
    await talk.say("кухня хол 104 гор 52, ванна хол 12")
    await talk.press("Верно")
    values = {one.meter: one.value for one in bath.readings.readings}
    assert values == {COLD: Decimal(104), HOT: Decimal(52), BATH_COLD: Decimal(12)}


async def test_with_several_flats_the_line_waits_for_its_flat(two_flats: Talk, world: World) -> None:
    await two_flats.say("ХВС 305, ГВС 203")
    assert "О какой квартире" in two_flats.text
    await two_flats.press("Родители")
    assert "№ 44000001: 305" in two_flats.text
    await two_flats.press("Верно")
    assert (world.readings.values(LENINA_COLD), world.readings.values(LENINA_HOT)) == ([Decimal(305)], [Decimal(203)])
    assert world.readings.values(COLD) == []


async def test_with_several_flats_an_unclear_line_is_told_after_the_flat(two_flats: Talk, world: World) -> None:
    await two_flats.say("ХВС 305, 203")
    await two_flats.press("Родители")
    assert "Уточните, пожалуйста, какой это счётчик: «203»" in two_flats.text
    assert two_flats.steps == ["home", "readings.which"]
    assert world.readings.readings == []


async def test_in_the_middle_of_a_flat_its_line_needs_no_question(two_flats: Talk, world: World) -> None:
    await two_flats.press("Показания")
    await two_flats.press("Родители")
    await two_flats.say("ХВС 305, ГВС 203")
    await two_flats.press("Верно")
    assert world.readings.values(LENINA_COLD) == [Decimal(305)]


async def test_several_flats_are_told_apart_by_name_and_masked_address(two_flats: Talk) -> None:
    await two_flats.press("Показания")
    assert "Квартира: ул. Труда, 1•, кв. ••" in two_flats.text
    assert "Родители: пр. Ленина, •, кв. •" in two_flats.text
    assert two_flats.buttons[:2] == ["Квартира", "Родители"]
    await two_flats.say("родители")
    assert "№ 44000001" in two_flats.text


@pytest.mark.parametrize(
    "said", ["у меня 2 вопроса", "позвоните 49-50-50", "горячая вода 3 дня не идёт", "123", "52 и 104"]
)
async def test_other_sentences_with_numbers_are_no_readings(talk: Talk, world: World, said: str) -> None:
    await talk.say(said)
    assert talk.steps == ["home"]
    assert "Не понял. Выберите кнопку" in talk.text
