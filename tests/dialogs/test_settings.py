"""Settings: language, flats, one's own data."""

import pytest

from dialogs.screen import File, Form
from tests.dialogs.talk import Talk
from tests.dialogs.test_linking import prove
from tests.dialogs.world import CODES, LENINA, LENINA_WATER, NUMBERS, World


@pytest.mark.parametrize(("language", "code"), [("Татарча", "tt"), ("Башҡортса", "ba"), ("English", "en")])
async def test_the_language_is_changed_and_remembered(talk: Talk, world: World, language: str, code: str) -> None:
    await talk.press("Настройки")
    await talk.press("Language")
    await talk.press(language)
    assert talk.language == code
    assert world.residents.chats[talk.chat].language == code
    await talk.command("menu")
    assert talk.language == code


async def test_the_language_may_be_asked_for_by_command(talk: Talk) -> None:
    await talk.command("language")
    assert talk.buttons[:4] == ["Русский", "Татарча", "Башҡортса", "English"]


async def test_a_flat_is_renamed(talk: Talk, world: World) -> None:
    await talk.press("Настройки")
    await talk.press("Кто видит")
    await talk.press("Назвать")
    await talk.say("Дом <b>милый</b> дом, где я живу с детства")
    assert "Запомнил" in talk.text
    (links,) = world.links.links.values()
    assert links[0].name == "Дом <b>милый</b> дом, где я жи"
    assert "Дом <b>милый</b> дом, где я жи: ул. Труда, 1•" in talk.text


async def test_a_flat_may_keep_its_own_name_but_not_take_anothers(talk: Talk, world: World) -> None:
    await prove(talk, NUMBERS[LENINA_WATER], CODES[LENINA_WATER])
    await talk.press("Верно")
    await talk.press("Родители")
    await talk.press("Настройки")
    await talk.press("Кто видит")
    await talk.press("Родители")
    await talk.press("Назвать")
    await talk.say("Квартира")
    assert "Так уже называется" in talk.text
    await talk.say("Родители")
    assert "Запомнил" in talk.text
    await talk.press("Настройки")
    assert "Родители: пр. Ленина" in talk.text


async def test_a_flat_is_unlinked_and_its_readings_stay(talk: Talk, world: World) -> None:
    await talk.say("ХВС 104")
    await talk.press("Верно")
    await talk.press("Настройки")
    await talk.press("Отвязать")
    assert "ул. Труда, 1•" in talk.text
    await talk.press("Отвязать")
    assert "Квартира отвязана" in talk.text
    assert "Привязать квартиру" in talk.buttons
    assert len(world.readings.readings) == 1


async def test_a_typed_word_unlinks_nothing(talk: Talk, world: World) -> None:
    await talk.press("Настройки")
    await talk.press("Отвязать")
    await talk.say("Отвязать")
    assert [len(links) for links in world.links.links.values()] == [1]


async def test_with_several_flats_the_one_that_was_chosen_is_unlinked(talk: Talk, world: World) -> None:
    await prove(talk, NUMBERS[LENINA_WATER], CODES[LENINA_WATER])
    await talk.press("Верно")
    await talk.press("Родители")
    await talk.press("Настройки")
    await talk.press("Отвязать")
    await talk.press("Квартира")
    await talk.press("Отвязать")
    (links,) = world.links.links.values()
    assert [link.premises for link in links] == [LENINA]


async def test_my_data_comes_as_a_file(talk: Talk) -> None:
    await talk.press("Настройки")
    await talk.press("Скачать")
    assert talk.files == [File(Form.MY_DATA, detail="pdf"), File(Form.MY_DATA)]


async def test_all_is_forgotten_after_a_confirmation_and_consent_is_asked_anew(talk: Talk, world: World) -> None:
    await talk.press("Настройки")
    await talk.press("Удалить")
    await talk.say("Да, удалить всё")
    assert world.residents.chats, "a typed yes deletes nothing"
    await talk.press("удалить всё")
    assert "Всё удалено" in talk.text
    assert (world.residents.chats, world.links.links) == ({}, {})
    assert talk.steps == ["consent"]


async def test_before_all_is_forgotten_it_is_said_what_the_law_keeps_and_why(talk: Talk) -> None:
    await talk.press("Настройки")
    await talk.press("Удалить")
    assert "402-ФЗ" in talk.text
    assert "не меньше пяти лет" in talk.text
    await talk.press("Назад")
    assert talk.steps == ["home", "settings"]


async def test_the_settings_repeat_what_is_never_asked(talk: Talk) -> None:
    await talk.press("Настройки")
    assert "никогда не спрашиваем паспорт, СНИЛС, номер карты и коды из СМС" in talk.text


async def test_without_a_flat_only_language_and_data_are_there(agreed: Talk) -> None:
    await agreed.press("Настройки")
    assert agreed.buttons == [
        "Язык · Language",
        "Напоминания",
        "Подключить второй мессенджер",
        "Скачать мои данные",
        "Удалить мои данные",
        "‹ Назад",
        "Меню",
        "Вопрос",
    ]
