"""What is owed: the balance, the receipt with its payment pictures, paying, the history of charges."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from core.periods import Period
from dialogs.screen import File, Form
from tests.dialogs.talk import Talk, forms
from tests.dialogs.world import FEBRUARY, HEAT, JANUARY, TRUDA, TRUDA_HEAT, TRUDA_WATER, WATER, World

PDF = File(Form.RECEIPT_PDF, TRUDA, JANUARY)
WATER_QR = File(Form.PAYMENT_QR, TRUDA, JANUARY, WATER)
HEAT_QR = File(Form.PAYMENT_QR, TRUDA, JANUARY, HEAT)


@pytest.fixture
def real(world: World) -> World:
    """The same city with payment details that are not marked as invented."""
    providers = tuple(
        replace(one, payment_details=tuple(replace(details, demo=False) for details in one.payment_details))
        for one in world.city.providers
    )
    world.city = replace(world.city, providers=providers)
    return world


async def test_the_balance_tells_each_provider_and_the_total(talk: Talk) -> None:
    await talk.press("Баланс")
    assert "Водоканал: к оплате 1 234,50 ₽\nОплатить до 10 февраля" not in talk.text
    assert "Водоканал: к оплате 1 234,50 ₽\nСрок оплаты был 10 февраля" in talk.text
    assert "Теплофикация: к оплате 3 456,00 ₽" in talk.text
    assert "Всего к оплате: 4 690,50 ₽" in talk.text
    assert talk.buttons[:2] == ["Оплатить", "Квитанция"]


async def test_until_the_due_day_the_balance_tells_by_when(talk: Talk, world: World) -> None:
    world.clock.instant = datetime(2022, 2, 10, 18, 59, tzinfo=UTC)
    await talk.press("Баланс")
    assert "Водоканал: к оплате 1 234,50 ₽\nОплатить до 10 февраля" in talk.text


async def test_an_overpayment_is_not_netted_against_another_debt(talk: Talk, world: World) -> None:
    world.pay(TRUDA_WATER, date(2022, 2, 3), 200000)
    await talk.press("Баланс")
    assert "Водоканал: переплата 765,50 ₽" in talk.text
    assert "Всего к оплате: 3 456,00 ₽" in talk.text


async def test_where_nothing_is_owed_nothing_is_asked_for(talk: Talk, world: World) -> None:
    world.pay(TRUDA_WATER, date(2022, 2, 3), 123450)
    world.pay(TRUDA_HEAT, date(2022, 2, 3), 345600)
    await talk.press("Баланс")
    assert "Водоканал: долга нет" in talk.text
    assert "Долгов нет, спасибо!" in talk.text
    assert not any("Оплатить" in label for label in talk.buttons)


async def test_a_provider_that_has_sent_no_bill_is_named(talk: Talk, world: World) -> None:
    world.billing.statements.pop(TRUDA_HEAT)
    await talk.press("Баланс")
    assert "Теплофикация: начислений пока нет" in talk.text
    assert "Всего к оплате: 1 234,50 ₽" in talk.text


async def test_the_receipt_is_a_pdf_and_then_a_picture_for_each_provider_that_is_owed(talk: Talk, real: World) -> None:
    await talk.press("Квитанция")
    assert "За какой месяц" in talk.text
    assert talk.buttons[0] == "январь 2022"
    await talk.press("январь")
    assert talk.files == [PDF, WATER_QR, HEAT_QR]
    pdf, water, heat, menu = talk.texts
    assert pdf == "Единая квитанция за январь 2022.\nВсего к оплате: 4 690,50 ₽\nСрок оплаты был 10 февраля"
    assert water == "Водоканал: 1 234,50 ₽\nЛицевой счёт 3000000001, за январь 2022\nСрок оплаты был 10 февраля"
    assert heat == "Теплофикация: 3 456,00 ₽\nЛицевой счёт 700000001, за январь 2022\nСрок оплаты был 10 февраля"
    assert "Что сделать?" in menu


async def test_receipts_with_invented_details_say_so(talk: Talk) -> None:
    await talk.press("Квитанция")
    await talk.press("январь")
    assert [("ОБРАЗЕЦ" in text) for text in talk.texts] == [True, True, True, False]


async def test_december_2021_is_not_offered_while_water_was_billed_by_another(talk: Talk) -> None:
    await talk.press("Квитанция")
    assert not any("декабрь" in label for label in talk.buttons)


async def test_the_latest_receipt_comes_first_and_only_it_has_pictures(talk: Talk, world: World) -> None:
    world.bill(TRUDA_WATER, FEBRUARY, 100000)
    world.bill(TRUDA_HEAT, FEBRUARY, 200000)
    await talk.press("Квитанция")
    assert talk.buttons[:2] == ["февраль 2022", "январь 2022"]
    await talk.press("январь")
    assert talk.files == [PDF]
    assert "Всего к оплате" not in talk.texts[0]


async def test_an_overpaid_provider_gets_a_line_and_no_picture(talk: Talk, world: World) -> None:
    world.pay(TRUDA_WATER, date(2022, 2, 3), 200000)
    await talk.press("Квитанция")
    await talk.press("январь")
    assert talk.files == [PDF, HEAT_QR]
    assert "Всего к оплате: 3 456,00 ₽" in talk.texts[0]
    assert "Водоканал: переплата 765,50 ₽" in talk.texts[-1]


async def test_a_receipt_without_debt_is_the_pdf_alone(talk: Talk, world: World) -> None:
    world.pay(TRUDA_WATER, date(2022, 2, 3), 123450)
    world.pay(TRUDA_HEAT, date(2022, 2, 3), 345600)
    await talk.press("Квитанция")
    await talk.press("январь")
    assert talk.files == [PDF]
    assert "Теплофикация: долга нет" in talk.texts[-1]


async def test_before_the_first_unified_receipt_the_history_is_named(talk: Talk, world: World) -> None:
    for account in (TRUDA_WATER, TRUDA_HEAT):
        world.billing.statements[account] = world.billing.statements[account][:1]
    await talk.press("Квитанция")
    assert "Единых квитанций пока нет" in talk.text
    assert talk.files == []


async def test_many_receipts_are_paged(talk: Talk, world: World) -> None:
    world.clock.instant = datetime(2023, 1, 16, tzinfo=UTC)
    for month in range(2, 13):
        world.bill(TRUDA_WATER, Period(2022, month), 100)
    await talk.say("меню")
    await talk.press("Квитанция")
    assert talk.buttons[:5] == ["декабрь 2022", "ноябрь 2022", "октябрь 2022", "сентябрь 2022", "Ниже »"]
    await talk.press("Ниже »")
    await talk.press("Ниже »")
    assert talk.buttons[:5] == ["апрель 2022", "март 2022", "февраль 2022", "январь 2022", "« Выше"]
    await talk.press("« Выше")
    await talk.press("май")
    assert talk.files[0] == File(Form.RECEIPT_PDF, TRUDA, Period(2022, 5))


async def test_paying_shows_the_pictures_of_what_is_owed_now(talk: Talk, world: World) -> None:
    world.pay(TRUDA_WATER, date(2022, 2, 3), 23450)
    await talk.press("Баланс")
    await talk.press("Оплатить")
    assert talk.files == [WATER_QR, HEAT_QR]
    assert "Водоканал: 1 000,00 ₽" in talk.texts[0]
    assert "Оплата по QR" in talk.texts[-1]


async def test_paying_with_nothing_owed_says_so(talk: Talk, world: World) -> None:
    world.pay(TRUDA_WATER, date(2022, 2, 3), 200000)
    world.pay(TRUDA_HEAT, date(2022, 2, 3), 345600)
    await talk.press("Оплатить")
    assert talk.files == []
    assert "Сейчас платить не за что" in talk.text
    assert "Водоканал: переплата 765,50 ₽" in talk.text


async def test_the_history_shows_a_picture_and_the_months(talk: Talk) -> None:
    await talk.press("История")
    assert forms(talk) == [Form.CONSUMPTION_PLOT]
    assert "январь 2022: 2 469,00 ₽" in talk.texts[-1]
    assert talk.buttons[:2] == ["январь 2022", "декабрь 2021"]


async def test_december_2021_names_who_billed_it(talk: Talk) -> None:
    await talk.press("История")
    await talk.press("декабрь")
    assert "Начисляет ООО «ЕРКЦ»:" in talk.text
    assert "Начисляет МП трест «Теплофикация»:" in talk.text
    await talk.press("январь")
    assert "ЕРКЦ" not in talk.text
    assert "Начисляет МП трест «Водоканал»:" in talk.text


async def test_a_month_shows_what_was_paid_in_it(talk: Talk, world: World) -> None:
    world.pay(TRUDA_WATER, date(2022, 1, 20), 50000)
    await talk.press("История")
    await talk.press("январь")
    assert "Оплачено за месяц: 500,00 ₽" in talk.text


async def test_the_history_of_readings_tells_what_became_of_each(talk: Talk) -> None:
    for line in ("ХВС 104", "ХВС 105", "ГВС 40"):
        await talk.say(line)
        await talk.press("Верно")
    await talk.press("История")
    await talk.press("Мои показания")
    assert "• февраль 2022: 104, передано 16 февраля\n  исправлено позже" in talk.text
    assert "• февраль 2022: 105, передано 16 февраля" in talk.text
    assert "• февраль 2022: 40, передано 16 февраля\n  проверяет оператор" in talk.text


async def test_a_flat_without_charges_has_a_history_of_readings(talk: Talk, world: World) -> None:
    world.billing.billed.clear()
    await talk.press("История")
    assert "Начислений пока нет" in talk.text
    assert "не передавали показания" in talk.text
