"""The consent's text and its version; what becomes of a conversation when the text changes."""

from dataclasses import replace

import pytest

from dialogs.consent import PURPOSE, VERSION, consent_hash
from dialogs.event import Kind
from tests.dialogs.talk import Talk
from tests.dialogs.world import COLD, World

TEXTS = {"2": "da121b4272a9ab8d37174608bafe5905c49414c694d8c409b8c814f7232b55df"}
"""The hash of every version's text. A text that changes needs a version of its own: all are then asked anew."""


def test_the_text_of_a_version_never_changes() -> None:
    assert {VERSION: consent_hash()} == {VERSION: TEXTS[VERSION]}
    assert max(TEXTS, key=int) == VERSION


def agreed_to(version: str, talk: Talk) -> None:
    """As if the resident had agreed to another text, and not been here since this one is there."""
    talk.world.residents.consents = [
        (whose, replace(one, version=version)) for whose, one in talk.world.residents.consents
    ]
    talk.state = {**(talk.state or {}), "agreed": version}


@pytest.fixture
def later(talk: Talk) -> Talk:
    """A resident who agreed to an earlier text."""
    agreed_to("1", talk)
    return talk


async def test_what_was_typed_waits_for_the_new_consent_and_is_heard_then(later: Talk, world: World) -> None:
    await later.say("ХВС 104")
    assert "изменили текст согласия" in later.text
    assert world.readings.readings == []
    await later.press("Согласен")
    assert "Согласие записано" in later.text
    assert "Всё верно?" in later.text
    assert later.steps == ["home", "readings.line"]
    await later.press("Верно")
    assert [str(one) for one in world.readings.values(COLD)] == ["104"]
    assert [one.version for _, one in world.residents.consents] == ["1", VERSION]


async def test_the_step_that_was_being_answered_goes_on(talk: Talk) -> None:
    await talk.press("Показания")
    agreed_to("1", talk)
    await talk.say("104,5")
    assert talk.steps[-1] == "consent.again"
    await talk.press("Согласен")
    assert talk.steps == ["home", "readings.enter", "readings.confirm"]
    assert "104,5" in talk.text


async def test_a_press_is_pressed_again(later: Talk) -> None:
    await later.press("Баланс")
    assert later.steps == ["home", "consent.again"]
    await later.press("Согласен")
    assert later.steps == ["home"]
    await later.press("Баланс")
    assert "Всего к оплате" in later.text


async def test_a_word_of_the_menu_is_obeyed_after_the_consent(later: Talk) -> None:
    await later.say("помощь")
    await later.press("Согласен")
    assert "Живой человек" in later.text


async def test_consent_is_asked_anew_once_and_not_looked_up_in_every_turn(later: Talk, world: World) -> None:
    await later.say("баланс")
    await later.press("Согласен")
    await later.say("меню")
    world.residents.consents.clear()
    await later.press("Баланс")
    assert later.steps == ["home", "balance"]


async def test_a_question_and_the_menu_do_not_lead_around_it(later: Talk) -> None:
    await later.say("баланс")
    await later.say("меню")
    assert later.steps == ["home"]
    await later.say("баланс")
    assert later.steps == ["home", "consent.again"]
    assert "к оплате" not in later.text
    await later.press("Вопрос")
    assert "О чём вопрос?" in later.text
    await later.press("Назад")
    assert later.steps == ["home", "consent.again"]


async def test_who_does_not_agree_may_have_everything_erased_or_come_back(later: Talk, world: World) -> None:
    await later.say("баланс")
    await later.press("Не согласен")
    assert "Без согласия хранить ваши данные нельзя" in later.text
    assert later.steps == ["home", "consent.again", "settings.forget"]
    await later.press("Назад")
    assert later.steps == ["home", "consent.again"]
    await later.press("Не согласен")
    await later.press("удалить всё")
    assert world.residents.chats == {}
    assert later.steps == ["consent"]


async def test_a_typed_yes_agrees_to_nothing_new(later: Talk, world: World) -> None:
    await later.say("баланс")
    await later.say("Согласен")
    assert [one.version for _, one in world.residents.consents] == ["1"]


async def test_notices_are_told_meanwhile(later: Talk) -> None:
    await later.notice("sorry")
    assert "ошибка" in later.text
    assert later.steps == ["home"]


async def test_a_sticker_asks_nothing(later: Talk) -> None:
    await later.send(Kind.OTHER)
    assert later.steps == ["home", "consent.again"]


async def test_a_version_of_a_newer_program_counts(talk: Talk) -> None:
    """Two versions run side by side while a release goes out: the older one must not ask back and forth."""
    agreed_to("99", talk)
    await talk.press("Баланс")
    assert talk.steps == ["home", "balance"]


async def test_a_version_that_cannot_be_read_is_asked_anew(talk: Talk) -> None:
    agreed_to("old", talk)
    await talk.press("Баланс")
    assert talk.steps == ["home", "consent.again"]


async def test_the_ledger_says_for_what_by_which_channel_and_to_which_text(later: Talk, world: World) -> None:
    await later.say("баланс")
    await later.press("Согласен")
    entry = world.residents.consents[-1][1]
    assert (entry.purpose, entry.version, entry.channel) == (PURPOSE, VERSION, "telegram")
    assert entry.text_hash == consent_hash()
