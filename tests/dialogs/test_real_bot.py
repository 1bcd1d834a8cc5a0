"""The word that proves the bot, the standing promise, and reports of false bots."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from core.errors import NotFound
from core.messengers import Messenger
from core.personal.bot_check import NOUNS
from core.personal.reports import FAKE_BOT, LONGEST_REPORT
from dialogs.event import Kind
from tests.dialogs.talk import Talk
from tests.dialogs.world import CITY, World

PROMISE = "Мы никогда не спрашиваем паспорт, СНИЛС, номер карты и коды из СМС."


def word_in(text: str) -> str:
    found = re.search(r"Ваше слово: (\S+ \d{4})", text)
    assert found, text
    return found[1]


async def test_before_any_consent_the_bot_can_be_checked(stranger: Talk, world: World) -> None:
    await stranger.say("начать")
    assert PROMISE in stranger.text
    await stranger.press("настоящий бот")
    assert PROMISE in stranger.text
    await stranger.press("Получить слово")
    word = word_in(stranger.text)
    assert "51-51-31" in stranger.text
    confirmed = await world.use_cases().bot_checks.confirm(word)
    assert (confirmed.chat, confirmed.messenger) == (stranger.chat, "telegram")
    await stranger.notice("word_confirmed", "1")
    assert "Оператор подтвердил" in stranger.text


@pytest.mark.parametrize(
    "heard", [str.upper, str.lower, lambda word: word.replace("ё", "е"), lambda word: f"  {word} "]
)
async def test_a_word_is_understood_as_it_is_heard(talk: Talk, world: World, heard: object) -> None:
    await talk.say("мошенники")
    await talk.press("Получить слово")
    assert callable(heard)
    assert await world.use_cases().bot_checks.confirm(heard(word_in(talk.text)))


async def test_a_word_is_confirmed_once_and_within_its_time(talk: Talk, world: World) -> None:
    checks = world.use_cases().bot_checks
    await talk.say("проверить бота")
    await talk.press("Получить слово")
    first = word_in(talk.text)
    await talk.press("Получить слово")
    second = word_in(talk.text)
    with pytest.raises(NotFound):
        await checks.confirm(first)
    await checks.confirm(second)
    with pytest.raises(NotFound):
        await checks.confirm(second)
    await talk.press("Получить слово")
    world.clock.instant += timedelta(minutes=15)
    with pytest.raises(NotFound):
        await checks.confirm(word_in(talk.text))


async def test_a_word_somebody_else_has_now_is_not_given_out(world: World) -> None:
    """Two chats with one word: the operator would confirm the wrong one."""
    checks = world.use_cases().bot_checks
    words = {await checks.issue(chat) for chat in (7, 8, 9)}  # type: ignore[arg-type]  # any number names a chat here
    assert len(words) == 3


def test_no_two_nouns_sound_alike_by_their_letters() -> None:
    assert len(set(NOUNS)) == len(NOUNS) == 64
    assert len({noun.replace("ё", "е") for noun in NOUNS}) == len(NOUNS)


async def test_the_real_addresses_are_named_where_they_are_known(talk: Talk) -> None:
    await talk.say("проверить бота")
    assert "адрес" not in talk.text
    known = (Messenger("telegram", "Telegram", "https://t.me/voda_bot"), Messenger("vk", "ВКонтакте"))
    talk.world.city = replace(CITY, messengers=known)
    await talk.say("меню")
    await talk.say("проверить бота")
    assert "Telegram: https://t.me/voda_bot" in talk.text


async def test_a_false_bot_is_reported_in_words(talk: Talk, world: World) -> None:
    await talk.press("Адреса")
    await talk.press("настоящий бот")
    await talk.press("Сообщить о подделке")
    await talk.say("https://t.me/vodokanal_dolg_bot просит карту")
    assert "№ 1 передан" in talk.text
    (task,) = await world.tasks.waiting()
    assert task.kind == FAKE_BOT
    assert task.facts["text"] == "https://t.me/vodokanal_dolg_bot просит карту"
    assert task.facts["photo"] is False
    assert talk.steps == ["home"]


async def test_a_false_bot_is_reported_by_a_picture(talk: Talk, world: World) -> None:
    await talk.say("подделка")
    await talk.press("Сообщить о подделке")
    await talk.send(Kind.PHOTO, "file-9", "вот он")
    ((name, payload),) = talk.jobs
    assert (name, payload["file"]) == ("keep_report_photo", "file-9")
    assert payload["key"] == world.reports.reports[0].key
    (task,) = await world.tasks.waiting()
    assert (task.facts["text"], task.facts["photo"]) == ("вот он", True)


async def test_a_report_too_long_is_not_lost_but_asked_shorter(talk: Talk, world: World) -> None:
    await talk.say("подделка")
    await talk.press("Сообщить о подделке")
    await talk.say("я" * (LONGEST_REPORT + 1))
    assert "Слишком длинно" in talk.text
    assert talk.steps == ["home", "real", "real.report"]
    assert world.reports.reports == []


async def test_a_voice_is_no_report(talk: Talk, world: World) -> None:
    await talk.say("подделка")
    await talk.press("Сообщить о подделке")
    await talk.send(Kind.VOICE)
    assert "Голосовые" in talk.text
    assert world.reports.reports == []
