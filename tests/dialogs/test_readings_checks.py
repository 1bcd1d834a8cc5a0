"""Values that look wrong: each with its reason and a tap out of it; the rest goes to an operator with all facts."""

from datetime import date
from decimal import Decimal

import pytest

from core.ids import MeterId
from core.meters.model import Flag, ReadingStatus, Tariff
from core.services import Service
from core.tasks import READING, TaskStatus
from dialogs.event import NoticeKind
from tests.dialogs.talk import Talk
from tests.dialogs.test_helpers import helper
from tests.dialogs.world import COLD, FEBRUARY, HOT, JANUARY, TRUDA, World

__all__ = ["helper"]


async def typed(talk: Talk, value: str) -> Talk:
    await talk.press("Показания")
    await talk.say(value)
    return talk


# --- lower than the last


async def test_every_way_out_of_a_value_below_the_last_is_offered(talk: Talk) -> None:
    await typed(talk, "99")
    for way in ("Верно, так на счётчике", "Исправить", "Счётчик заменили", "Прошлое неверно", "Прошёл полный круг"):
        assert way in talk.buttons


@pytest.mark.parametrize(
    ("press", "claim", "flags"),
    [
        ("Верно", "as_shown", ()),
        ("Прошлое неверно", "last_wrong", ()),
        ("Прошёл полный круг", "rolled_over", (Flag.ROLLOVER,)),
    ],
)
async def test_what_the_resident_says_of_it_reaches_the_operator_with_all_facts(
    talk: Talk, world: World, press: str, claim: str, flags: tuple[Flag, ...]
) -> None:
    await typed(talk, "99")
    await talk.press(press)
    assert "Записано: холодная вода, кухня, № 41000001: 99. Оператор проверит." in talk.text
    (reading,) = world.readings.readings
    assert (reading.status, reading.current, reading.flags) == (ReadingStatus.FLAGGED, False, flags)
    (task,) = world.tasks.opened
    assert (task.kind, task.premises, task.meter, task.reading, task.period) == (
        READING,
        TRUDA,
        COLD,
        reading.id,
        FEBRUARY,
    )
    expected = {"value": "99", "previous": "100", "usual": "5", "doubt": "below_last", "claim": claim}
    assert expected.items() <= task.facts.items()
    assert (task.facts["meter"], task.facts["channel"]) == ("41000001", "telegram")


async def test_a_replaced_meter_is_described_in_the_residents_own_words(talk: Talk, world: World) -> None:
    await typed(talk, "5")
    await talk.press("Счётчик заменили")
    assert "Напишите номер нового счётчика" in talk.text
    await talk.say("новый 55512, старый был 103,2")
    assert "Оператор проверит" in talk.text
    assert "Счётчик 2 из 3" in talk.text
    (task,) = world.tasks.opened
    assert (task.facts["claim"], task.facts["note"]) == ("replaced", "новый 55512, старый был 103,2")
    assert world.readings.values(COLD) == [Decimal(5)]


async def test_a_replaced_meter_need_not_be_described(talk: Talk, world: World) -> None:
    await typed(talk, "5")
    await talk.press("Счётчик заменили")
    await talk.press("Пропустить")
    assert world.tasks.opened[0].facts["claim"] == "replaced"
    assert world.tasks.opened[0].facts["note"] == ""


async def test_back_from_the_description_stores_nothing(talk: Talk, world: World) -> None:
    await typed(talk, "5")
    await talk.press("Счётчик заменили")
    await talk.press("Назад")
    assert talk.steps[-1] == "readings.confirm"
    assert (world.readings.readings, world.tasks.opened) == ([], [])


async def test_a_claim_twice_pressed_opens_one_task(talk: Talk, world: World) -> None:
    await typed(talk, "99")
    press, state = next(button.press for button in talk.keyboard if "Прошлое" in button.label), talk.state
    await talk.serve(press)
    talk.state = state
    await talk.serve(press)
    assert (len(world.tasks.opened), len(world.readings.readings)) == (1, 1)


# --- cold and hot exchanged


async def test_a_value_that_fits_the_other_water_is_exchanged_by_one_tap(talk: Talk, world: World) -> None:
    await typed(talk, "53")
    assert "Похоже на показание другого счётчика: горячая вода, кухня, № 42000001." in talk.text
    await talk.press("Перепутаны")
    assert "Понял: 53 — это горячая вода, кухня, № 42000001." in talk.text
    assert "А что показывает этот счётчик?" in talk.text
    await talk.say("104")
    await talk.press("Верно")
    assert (world.readings.values(COLD), world.readings.values(HOT)) == ([Decimal(104)], [Decimal(53)])
    assert {one.current for one in world.readings.readings} == {True}
    assert world.tasks.opened == []


async def test_two_readings_sent_for_each_other_are_exchanged_by_one_tap(talk: Talk, world: World) -> None:
    """The cold meter took the hot one's value without a doubt; the hot one is then below its last."""
    world.meters.change(COLD, last_value=Decimal(50))
    world.meters.change(HOT, last_value=Decimal("55.5"))
    await typed(talk, "59")
    await talk.press("Верно")
    await talk.say("53")
    assert "Похоже на показание другого счётчика: холодная вода" in talk.text
    await talk.press("Перепутаны")
    assert "холодная вода, кухня, № 41000001: 53" in talk.text
    assert "горячая вода, кухня, № 42000001: 59" in talk.text
    await talk.press("Верно")
    current = {one.meter: one.value for one in world.readings.readings if one.current}
    assert current == {COLD: Decimal(53), HOT: Decimal(59)}


@pytest.mark.parametrize("value", ["30", "1045"])
async def test_an_exchange_that_fits_nothing_is_not_offered(talk: Talk, value: str) -> None:
    await typed(talk, value)
    assert not [label for label in talk.buttons if "Перепутаны" in label]


@pytest.mark.parametrize("gone", [COLD, HOT])
async def test_the_number_of_an_exchange_is_still_there_when_one_of_its_meters_goes(
    talk: Talk, world: World, gone: MeterId
) -> None:
    await typed(talk, "53")
    await talk.press("Перепутаны")
    world.meters.change(gone, closed_on=date(2022, 2, 16))
    await talk.say("помощь")
    assert "53" in talk.text
    await talk.press("Верно")
    stored = [(one.meter, one.value) for one in world.readings.readings]
    kept = [(task.meter, task.facts["value"]) for task in world.tasks.opened]
    assert (stored, kept) == (([], [(HOT, "53")]) if gone == HOT else ([(HOT, Decimal(53))], []))


async def test_the_other_number_of_an_exchange_is_checked_like_any(talk: Talk, world: World) -> None:
    await typed(talk, "53")
    await talk.press("Перепутаны")
    await talk.say("сто")
    assert "не похоже на число" in talk.text
    await talk.say("104,1234")
    assert "после запятой" in talk.text
    await talk.say("99")
    assert "меньше прошлого" in talk.text
    await talk.press("Верно")
    assert [(one.meter, one.current) for one in world.readings.readings] == [(COLD, False), (HOT, True)]


# --- the dial


async def test_the_dial_that_began_anew_offers_its_way_out(talk: Talk, world: World) -> None:
    world.meters.change(COLD, last_value=Decimal(99998))
    await typed(talk, "00003")
    await talk.press("Прошёл полный круг")
    (task,) = world.tasks.opened
    assert (task.facts["doubt"], task.facts["claim"], task.facts["consumption"]) == ("rolled_over", "rolled_over", "5")


async def test_more_digits_than_the_dial_says_where_the_red_ones_go(talk: Talk, world: World) -> None:
    await typed(talk, "0123456")
    assert "На этом счётчике 5 цифр до запятой" in talk.text
    assert "Красные цифры пишите после запятой" in talk.text
    assert {"Верно, так на счётчике", "Исправить", "Счётчик заменили"} <= set(talk.buttons)
    await talk.press("Верно")
    assert world.tasks.opened[0].facts["doubt"] == "beyond_dial"


async def test_too_many_decimals_are_cut_off_by_one_tap_and_shown_before_they_are_stored(
    talk: Talk, world: World
) -> None:
    await typed(talk, "104,1239")
    assert talk.buttons[:2] == ["Записать 104,123", "На счётчике столько цифр"]
    await talk.press("Записать")
    assert "№ 41000001: 104,123" in talk.text
    assert world.readings.readings == []
    await talk.press("Верно")
    assert world.readings.values(COLD) == [Decimal("104.123")]


async def test_a_dial_with_more_decimals_than_billing_knows_goes_to_an_operator(talk: Talk, world: World) -> None:
    await typed(talk, "104,1239")
    await talk.press("столько цифр")
    assert "Оператор проверит" in talk.text
    (task,) = world.tasks.opened
    assert (task.facts["doubt"], task.facts["claim"], task.facts["value"]) == ("beyond_decimals", "dial", "104.1239")
    assert [one.current for one in world.readings.readings] == [False]


async def test_another_number_takes_the_place_of_one_with_too_many_decimals(talk: Talk) -> None:
    await typed(talk, "104,1239")
    await talk.say("105,1239")
    assert talk.buttons[0] == "Записать 105,123"
    await talk.say("105,1")
    assert "Всё верно?" in talk.text


# --- much and nothing


async def test_nothing_used_is_always_taken(talk: Talk, world: World) -> None:
    await typed(talk, "100")
    assert "Расход: 0 м³. Так и бывает, если не пользовались." in talk.text
    assert talk.buttons[0] == "Верно"
    await talk.press("Верно")
    assert [one.current for one in world.readings.readings] == [True]
    assert world.tasks.opened == []


async def test_much_says_what_is_usual(talk: Talk, world: World) -> None:
    await typed(talk, "1045")
    assert "Обычно за месяц: 5 м³" in talk.text
    assert {"Верно, так на счётчике", "Исправить", "Прошлое неверно"} <= set(talk.buttons)
    await talk.press("Прошлое неверно")
    assert world.readings.readings[0].current
    assert world.readings.readings[0].flags == (Flag.LARGE,)


async def test_a_mended_value_takes_the_task_away(talk: Talk, world: World) -> None:
    await typed(talk, "99")
    await talk.press("Верно")
    await talk.say("ХВС 104")
    await talk.press("Верно")
    assert [status for status, _, _ in world.tasks.settled.values()] == [TaskStatus.SUPERSEDED]


# --- months without readings


@pytest.mark.parametrize(
    ("last", "line"),
    [
        (date(2022, 1, 24), None),
        (date(2021, 12, 20), "1-й месяц без показаний: считают по среднему, после 3-го будет норматив."),
        (date(2021, 11, 20), "2-й месяц без показаний: считают по среднему, после 3-го будет норматив."),
        (date(2021, 10, 20), "3-й месяц без показаний: считают по среднему, дальше норматив."),
        (date(2021, 9, 20), "4-й месяц без показаний: считают по нормативу."),
        (None, None),
    ],
)
async def test_months_without_readings_are_counted_and_shown(
    talk: Talk, world: World, last: date | None, line: str | None
) -> None:
    world.meters.change(COLD, last_date=last)
    await talk.press("Показания")
    assert ("без показаний" in talk.text) is (line is not None)
    assert line is None or line in talk.text


async def test_what_was_used_in_months_without_readings_is_not_far_above_the_usual(talk: Talk, world: World) -> None:
    world.meters.change(COLD, last_date=date(2021, 10, 20))
    await typed(talk, "155")
    assert "Расход: 55 м³" in talk.text
    assert "Это за 4 мес.: раньше показаний не было." in talk.text
    assert "намного больше" not in talk.text


# --- verification


@pytest.mark.parametrize(
    ("until", "line"),
    [
        (date(2022, 5, 18), None),
        (date(2022, 5, 17), "Поверка действует до 17 мая 2022: остал"),
        (date(2022, 3, 19), "Поверка действует до 19 марта 2022: остал"),
        (date(2022, 3, 18), ", до 18 марта 2022."),
        (date(2022, 2, 23), ", до 23 февраля 2022."),
        (date(2022, 2, 16), "Сегодня последний день поверки счётчика."),
        (date(2022, 2, 15), "Срок поверки вышел 15 февраля 2022"),
        (None, None),
    ],
)
async def test_the_end_of_a_verification_is_told_where_the_meter_is_shown(
    talk: Talk, world: World, until: date | None, line: str | None
) -> None:
    world.meters.change(COLD, verified_until=until)
    await talk.press("Показания")
    assert ("поверк" in talk.text.casefold()) is (line is not None)
    assert line is None or line in talk.text
    assert ("Как поверить счётчик" in talk.buttons) is (line is not None)


async def test_how_to_verify_is_explained_and_leads_back(talk: Talk, world: World) -> None:
    world.meters.change(COLD, verified_until=date(2022, 2, 15))
    await talk.press("Показания")
    await talk.press("Как поверить")
    assert "ФГИС «Аршин» (fgis.gost.ru)" in talk.text
    assert "после 3-го месяца — по нормативу" in talk.text
    assert "Водоканал" in talk.text
    await talk.press("Назад")
    assert "Счётчик 1 из 3" in talk.text


async def test_a_reading_of_an_expired_meter_is_taken_and_named_as_not_for_billing(talk: Talk, world: World) -> None:
    world.meters.change(COLD, verified_until=date(2022, 2, 15))
    await typed(talk, "104")
    await talk.press("Верно")
    assert "не для расчёта: вышел срок поверки" in talk.text
    assert world.readings.readings[0].flags == (Flag.VERIFICATION_EXPIRED,)
    assert world.readings.readings[0].current


# --- what it costs


async def test_the_cost_is_estimated_at_the_latest_tariff_and_named_an_estimate(talk: Talk, world: World) -> None:
    world.readings.tariffs[Service.COLD_WATER] = Tariff(Decimal("29.35"), "м3", JANUARY)
    await typed(talk, "104,5")
    assert "Расход: 4,5 м³" in talk.text
    assert "Примерно 132,08 ₽ (оценка по тарифу 29,35 ₽)." in talk.text


async def test_what_is_not_for_billing_is_not_said_to_cost_anything(talk: Talk, world: World) -> None:
    world.readings.tariffs[Service.COLD_WATER] = Tariff(Decimal("29.35"), "м3", JANUARY)
    world.meters.change(COLD, verified_until=date(2022, 2, 15))
    await typed(talk, "104,5")
    assert "Расход: 4,5 м³" in talk.text
    assert "В расчёт не пойдёт: вышел срок поверки." in talk.text
    assert "Примерно" not in talk.text


async def test_whoever_only_helps_hears_of_no_money(helper: Talk, world: World) -> None:
    world.readings.tariffs = {
        service: Tariff(Decimal("29.35"), "м3", JANUARY) for service in (Service.COLD_WATER, Service.WASTEWATER)
    }
    said = [await helper.say("ХВС 104,5, ГВС 52,5"), await helper.press("Верно")]
    assert "Расход: 4,5 м³" in said[0]
    assert "4,5 + 2 = 6,5 м³" in said[1]
    assert not any("₽" in text or "Примерно" in text for text in said)


async def test_heat_billed_by_area_is_not_estimated_by_its_tariff(talk: Talk, world: World) -> None:
    world.readings.tariffs[Service.HEATING] = Tariff(Decimal(40), "м2", JANUARY)
    await talk.say("отопление 8,25")
    assert "Расход: 1 Гкал" in talk.text
    assert "Примерно" not in talk.text


async def test_wastewater_is_explained_as_cold_and_hot_water_together(talk: Talk, world: World) -> None:
    world.readings.tariffs[Service.WASTEWATER] = Tariff(Decimal("25.67"), "м3", JANUARY)
    await talk.say("ХВС 104,5, ГВС 52,5")
    await talk.press("Верно")
    assert "Водоотведение считают как холодную и горячую воду вместе: 4,5 + 2 = 6,5 м³" in talk.text
    assert "Примерно 166,86 ₽ (оценка по тарифу 25,67 ₽)." in talk.text


@pytest.mark.parametrize("line", ["ХВС 104,5", "ГВС 52", "ХВС 104, ГВС 40"])
async def test_wastewater_waits_for_both_waters(talk: Talk, line: str) -> None:
    await talk.say(line)
    await talk.press("Верно")
    assert "Водоотведение" not in talk.text


# --- what an operator decides


async def test_an_operators_decision_is_told_with_its_reason(talk: Talk, world: World) -> None:
    await typed(talk, "99")
    await talk.press("Верно")
    world.tasks.settled[1] = (TaskStatus.DECLINED, "пломба сорвана", "anna")
    await talk.notice(NoticeKind.TASK_SETTLED, "1")
    assert "Оператор проверил показание и не принял его." in talk.text
    assert "холодная вода, кухня, № 41000001: 99" in talk.text
    assert "Причина: пломба сорвана" in talk.text
    world.tasks.settled[1] = (TaskStatus.ACCEPTED, "", "anna")
    await talk.notice(NoticeKind.TASK_SETTLED, "1")
    assert "приняли за февраль 2022" in talk.text
    world.tasks.settled[1] = (TaskStatus.CLOSED, "заменили счётчик в базе", "anna")
    await talk.notice(NoticeKind.TASK_SETTLED, "1")
    assert "Ответ: заменили счётчик в базе" in talk.text


@pytest.mark.parametrize("subject", ["2", "x", "", "²", "1:1"])
async def test_a_decision_about_nothing_is_not_told(talk: Talk, subject: str) -> None:
    await talk.notice(NoticeKind.TASK_SETTLED, subject)
    assert talk.text == ""


async def test_a_lost_photo_is_told_and_changes_nothing(talk: Talk) -> None:
    await talk.press("Показания")
    before = talk.steps
    await talk.notice(NoticeKind.DIAL_PHOTO_LOST, "7:3:dial")
    assert "Показания это не меняет" in talk.text
    assert talk.steps == before


# --- declined by billing, sent anew


async def test_a_declined_reading_may_be_sent_anew(talk: Talk, world: World) -> None:
    await typed(talk, "104")
    await talk.press("Верно")
    await world.readings.settle(world.readings.readings[0].id, "не та пломба", "billing")
    await talk.say("меню")
    await talk.press("История")
    await talk.press("Мои показания")
    assert "отклонено: не та пломба" in talk.text
    await talk.say("меню")
    await typed(talk, "105")
    await talk.press("Верно")
    assert [(one.value, one.current) for one in world.readings.readings] == [
        (Decimal(104), False),
        (Decimal(105), True),
    ]
