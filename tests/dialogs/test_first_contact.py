"""Somebody writes for the first time: consent comes before anything personal."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.ids import ChatId
from dialogs.consent import PURPOSE, VERSION, consent_hash
from dialogs.event import Command, Event, Kind, Pressed, Said, Sent
from tests.dialogs.talk import Talk
from tests.dialogs.world import LENINA, NUMBERS, TRUDA_WATER, World

FIRST = [
    Said("начать"),
    Said("здравствуйте"),
    Said("ХВС 123, ГВС 45"),
    Said(NUMBERS[TRUDA_WATER]),
    Said("баланс"),
    Command("start", "deep-link"),
    Command("menu"),
    Command("operator"),
    Pressed("readings", 5),
    Sent(Kind.PHOTO, "file"),
    Sent(Kind.CONTACT),
]


@pytest.mark.parametrize("event", FIRST, ids=repr)
async def test_whatever_comes_first_leads_to_the_consent(stranger: Talk, event: Event) -> None:
    await stranger.serve(event)
    assert "Согласны" in stranger.text
    assert "Храним" in stranger.text
    assert stranger.steps == ["consent"]


async def test_nothing_personal_is_stored_or_shown_before_consent(stranger: Talk, world: World) -> None:
    await stranger.say("начать")
    for words in ("привязать", "показания", "ХВС 123", "баланс", NUMBERS[TRUDA_WATER], "согласен", "да", "квитанция"):
        await stranger.say(words)
        assert stranger.steps == ["consent"], words
    assert world.residents.chats == {}
    assert world.attempts.failures == []
    assert world.readings.readings == []


async def test_consent_is_recorded_with_version_text_language_and_time(stranger: Talk, world: World) -> None:
    await stranger.say("привет")
    await stranger.press("Согласен")
    assert "Согласие записано" in stranger.text
    ((resident, consent),) = world.residents.consents
    assert resident == world.residents.chats[stranger.chat].id
    assert (consent.purpose, consent.version, consent.text_hash) == (PURPOSE, VERSION, consent_hash())
    assert (consent.language, consent.channel, consent.given_at) == ("ru", "telegram", world.clock.now())


async def test_a_typed_yes_is_no_consent(stranger: Talk, world: World) -> None:
    await stranger.say("привет")
    await stranger.say("Согласен")
    assert world.residents.consents == []
    assert "подтвердите кнопкой" in stranger.text


async def test_the_whole_text_of_the_consent_names_who_answers_for_the_data(stranger: Talk) -> None:
    await stranger.say("привет")
    await stranger.press("Подробнее")
    assert "МП трест «Водоканал»" in stranger.text
    assert "никогда не спрашиваем паспорт" in stranger.text
    await stranger.press("Согласен")
    assert stranger.steps == ["home"]


async def test_addresses_are_there_before_consent(stranger: Talk) -> None:
    await stranger.say("привет")
    await stranger.press("Адреса")
    for fact in ("51-51-31", "51-51-30", "пр. Карла Маркса, 56", "ул. Маяковского, 19/3", "23-25-25"):
        assert fact in stranger.text
    await stranger.press("Назад")
    assert stranger.steps == ["consent"]


@pytest.mark.parametrize("words", ["вопрос", "оператор", "Вопрос!"])
async def test_a_question_can_be_asked_before_consent(stranger: Talk, world: World, words: str) -> None:
    await stranger.say("привет")
    await stranger.say(words)
    await stranger.press("Другое")
    await stranger.say("Когда дадут воду?")
    assert "Вопрос № 1 передан" in stranger.text
    assert (world.tickets.opened[0].resident, world.tickets.opened[0].text) == (None, "Когда дадут воду?")
    assert stranger.steps == ["consent", "questions.topic", "questions.ticket"]


@pytest.mark.parametrize(("hint", "language"), [("tt", "tt"), ("en", "en"), ("de", "ru"), (None, "ru")])
async def test_the_messengers_language_is_taken_where_the_city_speaks_it(
    world: World, hint: str | None, language: str
) -> None:
    talk = Talk(world, hint=hint)
    await talk.say("hello")
    assert talk.language == language


async def test_the_language_is_chosen_before_consent_and_kept(stranger: Talk, world: World) -> None:
    await stranger.say("привет")
    await stranger.press("Language")
    await stranger.press("English")
    assert stranger.language == "en"
    assert stranger.steps == ["consent"]
    agree = stranger.buttons[0]
    await stranger.press(agree)
    assert world.residents.consents[0][1].language == "en"


async def test_help_is_told_before_consent_too(stranger: Talk) -> None:
    await stranger.say("привет")
    await stranger.say("помощь")
    assert "Живой человек" in stranger.text
    assert stranger.steps == ["consent"]


async def test_after_consent_the_menu_offers_linking_questions_and_addresses(agreed: Talk) -> None:
    assert agreed.buttons == [
        *("Привязать квартиру", "Есть код", "Вопрос", "Отключения", "Адреса и телефоны", "Настройки"),
    ]


async def test_a_menu_word_without_a_flat_leads_to_linking(agreed: Talk) -> None:
    await agreed.say("показания")
    assert "Сначала привяжем" in agreed.text
    assert agreed.steps[-1] == "linking.number"


async def test_without_consent_a_saved_conversation_is_not_resumed(talk: Talk, world: World) -> None:
    """A withdrawn or outdated consent closes what a session still remembers."""
    await talk.press("Баланс")
    world.residents.chats.clear()
    await talk.say("что там?")
    assert talk.steps == ["consent"]
    assert "к оплате" not in talk.text


async def test_without_consent_no_account_is_looked_up(agreed: Talk, world: World) -> None:
    await agreed.press("Привязать")
    await agreed.say(NUMBERS[TRUDA_WATER])
    world.residents.chats.clear()
    await agreed.say("WRONG")
    assert agreed.steps == ["consent"]
    assert world.attempts.failures == []


async def test_a_conversation_a_month_old_is_not_resumed(talk: Talk, world: World) -> None:
    await talk.press("Баланс")
    world.clock.instant += timedelta(days=31)
    await talk.press("Оплатить")
    assert talk.steps == ["home"]
    assert "старого сообщения" in talk.text


async def test_two_chats_do_not_know_each_other(talk: Talk, world: World) -> None:
    other = Talk(world, messenger="vk", chat=ChatId(8))
    await other.say("привет")
    await other.press("Согласен")
    other.state = {**(other.state or {}), "trail": [{"step": "balance", "data": {"premises": int(LENINA)}}]}
    await other.say("?")
    assert other.steps == ["home"]
    assert "Этого уже нет" in other.text


async def test_a_group_gets_one_neutral_line_once(world: World) -> None:
    group = Talk(world, private=False)
    assert "личных сообщениях" in await group.say("ХВС 123")
    assert group.buttons == []
    for event in (Said("начать"), Pressed("agree", 1), Sent(Kind.PHOTO, "file"), Command("start")):
        assert await group.serve(event) == ""
    assert world.residents.chats == {}


async def test_a_day_later_the_group_gets_the_line_again(world: World) -> None:
    group = Talk(world, private=False)
    await group.say("привет")
    world.clock.instant += timedelta(hours=23)
    assert await group.say("привет") == ""
    world.clock.instant += timedelta(hours=1, seconds=1)
    assert "личных сообщениях" in await group.say("привет")
    assert await group.say("привет") == ""


async def test_a_group_gets_the_line_though_the_clock_was_set_back(world: World) -> None:
    group = Talk(world, private=False)
    await group.say("привет")
    world.clock.instant -= timedelta(days=400)
    assert "личных сообщениях" in await group.say("привет")


async def test_no_group_is_told_anything_even_of_a_resident(talk: Talk) -> None:
    group = replace(talk, private=False, state=None)
    await group.say("баланс")
    assert "оплате" not in group.text
