"""The second messenger: by a code, by a link, and what a stranger's code must never do."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from core.ids import ChatId
from core.messengers import Messenger
from core.personal.second_chat import MAX_CHATS, ChatNews
from dialogs.event import Command, Said
from tests.dialogs.talk import Talk
from tests.dialogs.test_linking import prove
from tests.dialogs.world import CITY, CODES, LENINA_WATER, NUMBERS, TRUDA_WATER, World

KNOWN = (
    Messenger("telegram", "Telegram", "https://t.me/voda_bot"),
    Messenger("vk", "ВКонтакте", "https://vk.me/voda", "ref"),
)


@pytest.fixture
async def other(world: World) -> Talk:
    """The same person's chat in the other messenger, agreed and nothing more."""
    chat = Talk(world, messenger="vk", chat=ChatId(8))
    await chat.say("начать")
    await chat.press("Согласен")
    return chat


def code_in(text: str) -> str:
    found = re.search(r"[0-9A-Z]{4}-[0-9A-Z]{4}", text)
    assert found, text
    return found[0]


def payload_in(text: str, messenger: str) -> str:
    found = re.search(rf"{messenger}: https://\S+\?(?:start|ref)=([0-9A-Z]+)", text)
    assert found, text
    return found[1]


async def code_of(talk: Talk) -> str:
    await talk.say("настройки")
    await talk.press("второй мессенджер")
    return code_in(talk.text)


async def type_code(talk: Talk, code: str) -> None:
    await talk.say("есть код")
    await talk.say(code)


async def link_lenina(talk: Talk, *names: str) -> None:
    await prove(talk, NUMBERS[LENINA_WATER], CODES[LENINA_WATER])
    await talk.press("Верно")
    for name in names:
        await talk.say(name)


# --- by a code


async def test_a_code_makes_both_chats_one_resident(talk: Talk, other: Talk, world: World) -> None:
    code = await code_of(talk)
    assert "Не говорите его никому, даже сотруднику" in talk.text
    await type_code(other, code)
    assert "Telegram" in other.text
    assert world.residents.chats[talk.chat].id != world.residents.chats[other.chat].id, "asked before it is done"
    await other.press("Да, это мой код")
    assert "один житель" in other.text
    assert world.residents.chats[talk.chat].id == world.residents.chats[other.chat].id
    assert "ул. Труда, 1•" in other.text
    assert world.chats.told == [(world.residents.chats[talk.chat].id, ChatNews.JOINED, other.chat)]
    await talk.notice("chat_joined", str(other.chat))
    assert "ВКонтакте" in talk.text
    assert "Отключить" in talk.text


async def test_the_code_is_used_once(talk: Talk, other: Talk, world: World) -> None:
    code = await code_of(talk)
    third = Talk(world, messenger="vk", chat=ChatId(9))
    await third.say("начать")
    await third.press("Согласен")
    for chat in (other, third):
        await type_code(chat, code)
    await other.press("Да, это мой код")
    await third.press("Да, это мой код")
    assert "Код больше не действует" in third.text
    assert world.residents.chats[third.chat].id != world.residents.chats[talk.chat].id


async def test_a_code_lives_ten_minutes(talk: Talk, other: Talk, world: World) -> None:
    code = await code_of(talk)
    world.clock.instant += timedelta(minutes=10)
    await type_code(other, code)
    assert "Код не подошёл" in other.text


async def test_a_code_that_ends_while_it_is_confirmed_leads_home(talk: Talk, other: Talk, world: World) -> None:
    await type_code(other, await code_of(talk))
    world.clock.instant += timedelta(minutes=10)
    await other.press("Да, это мой код")
    assert "больше не действует" in other.text
    await other.say("меню")
    assert other.steps == ["home"]


async def test_a_new_code_ends_the_one_before(talk: Talk, other: Talk) -> None:
    code = await code_of(talk)
    await talk.press("Новый код")
    assert code_in(talk.text) != code
    await type_code(other, code)
    assert "Код не подошёл" in other.text


async def test_a_typed_yes_joins_nothing(talk: Talk, other: Talk, world: World) -> None:
    await type_code(other, await code_of(talk))
    await other.say("Да, это мой код")
    assert world.residents.chats[talk.chat].id != world.residents.chats[other.chat].id


async def test_ones_own_code_in_the_same_chat_changes_nothing(talk: Talk) -> None:
    code = await code_of(talk)
    await type_code(talk, code)
    await talk.press("Да, это мой код")
    assert "уже подключён" in talk.text


async def test_the_same_flat_linked_twice_is_one_flat_after_that(talk: Talk, other: Talk, world: World) -> None:
    await prove(other, NUMBERS[TRUDA_WATER], CODES[TRUDA_WATER])
    await other.press("Верно")
    await type_code(other, await code_of(talk))
    await other.press("Да, это мой код")
    assert "один житель" in other.text
    assert [len(links) for links in world.links.links.values()] == [1]


async def test_a_strangers_code_shows_the_stranger_no_flat(talk: Talk, other: Talk, world: World) -> None:
    """A swindler has the victim type a code: the victim's flats must not become the swindler's to see."""
    await link_lenina(other)
    code = await code_of(talk)
    await type_code(other, code)
    await other.press("Да, это мой код")
    assert "есть квартиры, которых нет в том" in other.text
    assert "Квартира" in other.text
    assert world.residents.chats[talk.chat].id != world.residents.chats[other.chat].id
    assert [one.text for one in [talk] if "Ленина" in one.text] == []
    await link_lenina(talk, "Родители")
    await type_code(other, code)
    assert "один житель" not in other.text
    await other.press("Да, это мой код")
    assert "один житель" in other.text, "the code was left whole, and now there is nothing to give away"


async def test_a_chat_with_a_contested_link_gives_nothing_away_either(talk: Talk, other: Talk, world: World) -> None:
    await link_lenina(other)
    (link,) = world.links.links[world.residents.chats[other.chat].id]
    await world.claims.suspend(link.id, "contested", None)  # type: ignore[arg-type]  # any reason is open
    await type_code(other, await code_of(talk))
    await other.press("Да, это мой код")
    assert world.residents.chats[talk.chat].id != world.residents.chats[other.chat].id


async def test_a_resident_has_a_handful_of_chats(talk: Talk, other: Talk, world: World) -> None:
    for number in range(100, 100 + MAX_CHATS - 1):
        world.residents.chats[ChatId(number)] = world.residents.chats[talk.chat]
    await type_code(other, await code_of(talk))
    await other.press("Да, это мой код")
    assert "очень много чатов" in other.text


async def test_a_chat_is_disconnected_from_the_other(talk: Talk, other: Talk, world: World) -> None:
    await type_code(other, await code_of(talk))
    await other.press("Да, это мой код")
    await talk.say("настройки")
    await talk.press("второй мессенджер")
    assert "• Telegram (этот чат)" in talk.text
    await talk.press("Отключить: ВКонтакте")
    assert "тот чат больше ничего не видит" in talk.text
    assert set(world.residents.chats) == {talk.chat}
    await other.say("баланс")
    assert other.steps == ["consent"]


async def test_somebody_elses_chat_cannot_be_disconnected(talk: Talk, other: Talk, world: World) -> None:
    await talk.say("настройки")
    await talk.press("второй мессенджер")
    offered = {**dict((talk.state or {})["offered"]), f"off.{other.chat}": "x"}  # type: ignore[call-overload]  # JSON
    talk.state = {**(talk.state or {}), "offered": offered}
    await talk.serve(replace(talk.keyboard[0].press, choice=f"off.{other.chat}"))
    assert "Этого уже нет" in talk.text
    assert other.chat in world.residents.chats


# --- by guessing


async def test_guessed_codes_are_counted_among_failed_proofs(talk: Talk, other: Talk, world: World) -> None:
    code = await code_of(talk)
    await other.press("Есть код")
    for guess in ("AAAA-AAAA", "BBBB-BBBB", "CCCC-CCCC", "DDDD-DDDD"):
        await other.say(guess)
        assert "Код не подошёл" in other.text
    await other.say("EEEE-EEEE")
    await other.press("Есть код") if "Есть код" in other.buttons else None
    await other.say(code)
    if other.steps[-1] == "second.confirm":
        await other.press("Да, это мой код")
    assert "Слишком много неудачных попыток" in other.text
    assert world.residents.chats[talk.chat].id != world.residents.chats[other.chat].id


# --- by a link


@pytest.fixture
def named(world: World) -> World:
    world.city = replace(CITY, messengers=KNOWN)
    return world


async def test_no_link_is_offered_where_no_address_is_known(talk: Talk) -> None:
    await code_of(talk)
    assert "https://" not in talk.text


async def test_a_link_asks_for_a_number_in_the_first_chat(named: World, talk: Talk, other: Talk) -> None:
    await code_of(talk)
    assert "t.me" not in talk.text, "the chat one is in needs no link"
    payload = payload_in(talk.text, "ВКонтакте")
    assert len(payload) == 26, "130 bits"
    await other.serve(Command("start", payload))
    number = re.search(r"Число: (\d{3})", other.text)
    assert number
    assert named.residents.chats[talk.chat].id != named.residents.chats[other.chat].id
    assert "ул. Труда" not in other.text
    await talk.notice("chat_asks")
    assert number[1] in talk.text
    assert "ВКонтакте" in talk.text
    await talk.press_told("Да, подключить")
    assert "Подключено: ВКонтакте" in talk.text
    assert named.residents.chats[talk.chat].id == named.residents.chats[other.chat].id
    await other.notice("chat_joined", str(other.chat))
    assert "один житель" in other.text


async def test_a_link_sent_on_opens_nothing_by_itself(named: World, talk: Talk, other: Talk) -> None:
    await code_of(talk)
    await other.serve(Command("start", payload_in(talk.text, "ВКонтакте")))
    await talk.notice("chat_asks")
    await talk.press_told("Нет")
    assert "не подключаем" in talk.text
    await talk.press_told("Да, подключить")
    assert "уже устарел" in talk.text
    assert named.residents.chats[talk.chat].id != named.residents.chats[other.chat].id


async def test_of_two_chats_that_press_a_link_one_gets_on(named: World, talk: Talk, other: Talk) -> None:
    third = Talk(named, messenger="vk", chat=ChatId(9))
    await third.say("начать")
    await third.press("Согласен")
    await code_of(talk)
    payload = payload_in(talk.text, "ВКонтакте")
    await other.serve(Command("start", payload))
    assert "Число" in other.text
    await third.serve(Command("start", payload))
    assert "уже не действует" in third.text


async def test_a_link_waits_for_the_consent(named: World, talk: Talk) -> None:
    await code_of(talk)
    new = Talk(named, messenger="vk", chat=ChatId(8))
    await new.serve(Command("start", payload_in(talk.text, "ВКонтакте")))
    assert "Согласны" in new.text
    await new.press("Подробнее")
    await new.press("Назад")
    assert new.steps == ["consent", "consent.link"]
    await new.press("Согласен")
    assert "Число" in new.text
    assert new.steps == ["home"]


async def test_a_link_that_ended_meanwhile_says_so_after_the_consent(named: World, talk: Talk) -> None:
    await code_of(talk)
    new = Talk(named, messenger="vk", chat=ChatId(8))
    await new.serve(Command("start", payload_in(talk.text, "ВКонтакте")))
    named.clock.instant += timedelta(minutes=10)
    await new.press("Согласен")
    assert "уже не действует" in new.text
    assert new.steps == ["home"]


async def test_a_payload_that_comes_with_words_counts_while_it_lives(named: World, talk: Talk, other: Talk) -> None:
    await code_of(talk)
    payload = payload_in(talk.text, "ВКонтакте")
    await other.serve(Said("Здравствуйте!", ref=payload))
    assert "Число" in other.text
    await other.serve(Said("настройки", ref=payload))
    assert other.steps == ["home", "settings"], "used up: the words are heard"


@pytest.mark.parametrize("mark", ["leaflet-3", "a" * 26, "O" * 26, "", "?" * 26])
async def test_what_is_no_payload_is_an_ordinary_start(talk: Talk, mark: str) -> None:
    await talk.press("Баланс")
    await talk.serve(Command("start", mark))
    assert talk.steps == ["home"]
    assert "не действует" not in talk.text


async def test_a_forged_answer_joins_nobody(named: World, talk: Talk, other: Talk) -> None:
    await code_of(talk)
    await other.serve(Command("start", payload_in(talk.text, "ВКонтакте")))
    press = talk.keyboard[0].press
    for forged in ("notice.chat.yes.", "notice.chat.yes.1", "notice.chat.", "notice.chat.yes.999999999999999999999"):
        await talk.serve(replace(press, choice=forged))
    assert named.residents.chats[talk.chat].id != named.residents.chats[other.chat].id
