"""Linking a flat: number, proof, the masked address."""

import re
from dataclasses import replace
from datetime import date, timedelta

import pytest

from core.billing.payment_code import payment_qr
from core.ids import ChatId
from core.money import Kopecks
from dialogs.event import Kind, PhotoRead
from tests.dialogs.talk import Talk
from tests.dialogs.world import (
    CITY,
    CODES,
    JANUARY,
    LENINA_WATER,
    NUMBERS,
    TRUDA,
    TRUDA_HEAT,
    TRUDA_WATER,
    WATER,
    World,
)

NUMBER, CODE = NUMBERS[TRUDA_WATER], CODES[TRUDA_WATER]
NOT_MATCHED = "Номер и код не сошлись."


async def prove(talk: Talk, number: str, code: str) -> str:
    """From the menu to the answer on a proof."""
    await talk.say("меню")
    await talk.press("Привязать")
    await talk.say(number)
    return await talk.say(code)


@pytest.fixture
def receipt_code() -> str:
    details = CITY.provider(WATER).details_on(date(2022, 2, 1))
    assert details is not None
    return payment_qr(WATER, details, NUMBER, JANUARY, Kopecks(123450)).payload


async def test_a_flat_is_linked_by_the_code_on_the_receipt(agreed: Talk, world: World) -> None:
    await agreed.press("Привязать")
    assert CITY.provider(WATER).account_example in agreed.text
    await agreed.say(NUMBER)
    assert "код доступа" in agreed.text
    await agreed.say(CODE)
    assert "ул. Труда, 1•, кв. ••" in agreed.text
    assert "14" not in agreed.text
    assert "27" not in agreed.text
    await agreed.press("Верно")
    assert "квартира привязана" in agreed.text
    assert "••••••0001" in agreed.text
    assert [link.premises for link in world.links.links[world.residents.chats[agreed.chat].id]] == [TRUDA]
    assert "Показания" in agreed.buttons


@pytest.mark.parametrize("typed", ["30 0000 0001", "№ 3000000001", "л/с 3000000001", " 3000-000-001 "])
async def test_the_number_is_taken_as_people_write_it(agreed: Talk, typed: str) -> None:
    assert "Нашёл" in await prove(agreed, typed, CODE)


async def test_a_number_said_before_it_is_asked_for_begins_the_linking(agreed: Talk) -> None:
    await agreed.say(f"№ {NUMBER}")
    assert "код доступа" in agreed.text
    await agreed.press("Назад")
    assert "привяжите квартиру" in agreed.text
    await agreed.say(NUMBER)
    assert "Нашёл" in await agreed.say(CODE)


async def test_a_photo_sent_before_it_is_asked_for_is_looked_at(agreed: Talk, receipt_code: str) -> None:
    await agreed.send_photo(receipt_code)
    assert agreed.steps == ["home", "linking.number", "linking.proof"]


async def test_with_a_flat_a_number_or_a_photo_begins_no_linking(agreed: Talk) -> None:
    await prove(agreed, NUMBER, CODE)
    await agreed.press("Верно")
    assert "Не понял" in await agreed.say(NUMBERS[LENINA_WATER])
    assert "Картинка сейчас не нужна" in await agreed.send(Kind.PHOTO)


async def test_a_number_said_at_home_is_no_way_around_the_lock(agreed: Talk) -> None:
    for _ in range(5):
        await prove(agreed, NUMBER, "WRONG777")
    await agreed.say("меню")
    assert "Слишком много неудачных попыток" in await agreed.say(NUMBER)


@pytest.mark.parametrize("typed", ["trud a7kq", "TRUDA-7KQ", "  truda7kq "])
async def test_the_code_is_taken_as_people_copy_it(agreed: Talk, typed: str) -> None:
    assert "Нашёл" in await prove(agreed, NUMBER, typed)


@pytest.mark.parametrize("typed", ["123", "хочу привязать", "3" * 200, "٣٠٠٠٠٠٠٠٠١", "30000000011", "-"])
async def test_what_cannot_be_a_number_is_asked_again(agreed: Talk, typed: str) -> None:
    await agreed.press("Привязать")
    await agreed.say(typed)
    assert "не похоже на номер" in agreed.text
    assert agreed.steps[-1] == "linking.number"


async def test_any_account_of_the_flat_proves_it(agreed: Talk) -> None:
    await prove(agreed, NUMBERS[TRUDA_HEAT], CODES[TRUDA_HEAT])
    assert "ул. Труда, 1•" in agreed.text


@pytest.mark.parametrize("facts", [("Последний платёж", "910,50"), ("Сумма", "1 234,50"), ("Показание", "50,5 м3")])
async def test_a_flat_is_linked_by_two_facts(agreed: Talk, facts: tuple[str, str]) -> None:
    await agreed.press("Привязать")
    await agreed.say(NUMBER)
    await agreed.press("Кода нет")
    await agreed.press(facts[0])
    await agreed.say(facts[1])
    assert not any(facts[0] in label for label in agreed.buttons), "the fact that was given is not asked again"
    await agreed.press("Площадь")
    await agreed.say("45.3")
    assert "Нашёл" in agreed.text


async def test_one_right_and_one_wrong_fact_do_not_prove(agreed: Talk) -> None:
    await agreed.press("Привязать")
    await agreed.say(NUMBER)
    await agreed.press("Кода нет")
    await agreed.press("Площадь")
    await agreed.say("45,3")
    await agreed.press("Сумма")
    await agreed.say("1,00")
    assert agreed.texts[0].startswith("Номер и ответы не сошлись.")


async def test_a_wrong_number_and_a_wrong_code_get_the_very_same_screens(world: World) -> None:
    told = []
    for chat, number, code in ((1, NUMBER, "WRONG123"), (2, "3999999999", CODE), (3, NUMBERS[TRUDA_HEAT], CODE)):
        talk = Talk(world, chat=ChatId(chat))
        await talk.say("начать")
        await talk.press("Согласен")
        await talk.press("Привязать")
        asked = await talk.say(number)
        told.append((asked, await talk.say(code), tuple(talk.buttons), tuple(talk.steps)))
    assert told[0] == told[1] == told[2]
    assert told[0][1].startswith(NOT_MATCHED)
    assert not re.search(r"подожд|после|позже", told[0][1])


async def test_a_proof_given_for_another_account_does_not_hold(agreed: Talk) -> None:
    assert (await prove(agreed, NUMBERS[LENINA_WATER], CODE)).startswith(NOT_MATCHED)


async def test_after_five_failures_the_chat_is_told_until_when(agreed: Talk, world: World) -> None:
    for _ in range(5):
        assert (await prove(agreed, NUMBER, "WRONG")).startswith(NOT_MATCHED), "which never speaks of waiting"
        world.clock.instant += timedelta(minutes=1)
    assert len(world.attempts.failures) == 5
    await agreed.say(NUMBER)
    assert "Слишком много" in agreed.text
    assert "после 11:00, 16 февраля" in agreed.text
    assert agreed.steps == ["home"]
    assert len(world.attempts.failures) == 5, "a locked chat's proofs are not looked at"


async def test_a_locked_chat_may_try_again_later_and_another_chat_at_once(agreed: Talk, world: World) -> None:
    for _ in range(5):
        await prove(agreed, NUMBER, "WRONG")
    other = Talk(world, chat=ChatId(99))
    await other.say("начать")
    await other.press("Согласен")
    assert "Нашёл" in await prove(other, NUMBER, CODE)
    world.clock.instant += timedelta(hours=1, seconds=1)
    assert "Нашёл" in await prove(agreed, NUMBER, CODE)


async def test_right_proofs_are_not_counted_as_failures(agreed: Talk, world: World) -> None:
    for _ in range(7):
        await prove(agreed, NUMBER, CODE)
    assert world.attempts.failures == []


async def test_facts_stop_working_on_an_account_many_have_tried_but_the_code_does_not(
    agreed: Talk, world: World
) -> None:
    for chat in range(10):
        other = Talk(world, chat=ChatId(100 + chat))
        await other.say("начать")
        await other.press("Согласен")
        await prove(other, NUMBER, "WRONG")
    await agreed.press("Привязать")
    await agreed.say(NUMBER)
    await agreed.press("Кода нет")
    await agreed.press("Площадь")
    await agreed.say("45,3")
    await agreed.press("Сумма")
    await agreed.say("1234,50")
    assert agreed.texts[0].startswith("Номер и ответы не сошлись.")
    assert "Нашёл" in await prove(agreed, NUMBER, CODE)


async def test_a_number_two_providers_could_have_is_asked_about(agreed: Talk, world: World) -> None:
    water, heat = world.city.providers
    world.city = replace(world.city, providers=(water, replace(heat, account_pattern=water.account_pattern)))
    await agreed.press("Привязать")
    await agreed.say(NUMBER)
    assert "Чей это номер" in agreed.text
    assert agreed.buttons[:2] == ["Водоканал", "Теплофикация"]
    await agreed.press("Теплофикация")
    assert (await agreed.say(CODE)).startswith(NOT_MATCHED)
    await agreed.press("Назад")
    await agreed.say(NUMBER)
    await agreed.say("водоканал")
    assert "Нашёл" in await agreed.say(CODE)


async def test_the_number_is_read_off_the_receipts_code_and_still_has_to_be_proved(
    agreed: Talk, world: World, receipt_code: str
) -> None:
    await agreed.press("Привязать")
    await agreed.send_photo(receipt_code)
    name, payload = agreed.jobs[0]
    assert (name, payload["file"], payload["peer"]) == ("read_photo", "file-1", "7")
    assert "Прочитал код: Водоканал, лицевой счёт ••••••0001" in agreed.text
    assert "код доступа" in agreed.text
    assert world.links.links == {}
    assert "Нашёл" in await agreed.say(CODE)


@pytest.mark.parametrize(
    ("codes", "answer"),
    [
        ((), "не прочитался"),
        (("https://example.org",), "другой код"),
        ((b"\xff\x00\xfe",), "другой код"),
        (
            ("ST00012|Name=Чужой|PersonalAcc=1|BankName=Б|BIC=0|CorrespAcc=0|PayeeINN=1|PersAcc=3000000001",),
            "другой код",
        ),
    ],
)
async def test_a_photo_that_tells_nothing_is_answered(agreed: Talk, codes: tuple[str, ...], answer: str) -> None:
    await agreed.press("Привязать")
    await agreed.send_photo(*codes)
    assert answer in agreed.text
    assert agreed.steps[-1] == "linking.number"


async def test_of_several_codes_the_first_of_a_known_payee_counts(agreed: Talk, receipt_code: str) -> None:
    await agreed.press("Привязать")
    await agreed.send_photo("https://example.org", receipt_code)
    assert agreed.steps[-1] == "linking.proof"


async def test_a_photo_read_too_late_disturbs_nothing(agreed: Talk, receipt_code: str) -> None:
    await agreed.press("Привязать")
    await agreed.send(Kind.PHOTO)
    await agreed.say("меню")
    before = agreed.state
    assert await agreed.serve(PhotoRead((receipt_code.encode(),))) == ""
    assert {**(agreed.state or {}), "saved": None} == {**(before or {}), "saved": None}


async def test_an_address_that_is_not_mine_is_not_linked(agreed: Talk, world: World) -> None:
    await prove(agreed, NUMBER, CODE)
    await agreed.press("Не мой")
    assert agreed.steps == ["home", "linking.number"]
    assert world.links.links == {}


@pytest.mark.parametrize(("named", "name"), [("Родители", "Родители"), ("  У   бабушки \n", "У бабушки")])
async def test_a_second_flat_gets_a_name(talk: Talk, world: World, named: str, name: str) -> None:
    await prove(talk, NUMBERS[LENINA_WATER], CODES[LENINA_WATER])
    await talk.press("Верно")
    assert "Как назвать" in talk.text
    await talk.say(named)
    assert "привязана" in talk.text
    (links,) = world.links.links.values()
    assert [link.name for link in links] == ["", name]


@pytest.mark.parametrize("named", ["квартира", " \u200a ", "Квартира"])
async def test_two_flats_are_never_called_the_same(talk: Talk, world: World, named: str) -> None:
    await prove(talk, NUMBERS[LENINA_WATER], CODES[LENINA_WATER])
    await talk.press("Верно")
    await talk.say(named)
    assert talk.steps[-1] == "linking.name"
    assert [len(links) for links in world.links.links.values()] == [1]


async def test_linking_the_same_flat_again_asks_no_name_and_changes_nothing(talk: Talk, world: World) -> None:
    await prove(talk, NUMBERS[TRUDA_HEAT], CODES[TRUDA_HEAT])
    await talk.press("Верно")
    assert talk.steps == ["home"]
    assert [len(links) for links in world.links.links.values()] == [1]


async def test_several_residents_may_link_one_flat(talk: Talk, world: World) -> None:
    other = Talk(world, messenger="vk", chat=ChatId(8))
    await other.say("начать")
    await other.press("Согласен")
    await prove(other, NUMBER, CODE)
    await other.press("Верно")
    assert len(world.links.links) == 2


async def test_back_leads_from_the_proof_to_the_number(agreed: Talk) -> None:
    await agreed.press("Привязать")
    await agreed.say(NUMBER)
    await agreed.press("Назад")
    assert agreed.steps == ["home", "linking.number"]
    await agreed.press("Назад")
    assert agreed.steps == ["home"]
