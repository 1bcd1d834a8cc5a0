"""A helper submits readings and sees nothing else; the owner invites and dismisses; residents see and contest links."""

import re
from dataclasses import replace

import pytest

from core.accounts.model import LinkNews
from core.ids import ChatId
from core.link_settings import ProofLimits
from dialogs.event import Pressed
from tests.dialogs.talk import Talk
from tests.dialogs.test_linking import CODE, NUMBER, prove
from tests.dialogs.world import CODES, LENINA_WATER, NUMBERS, TRUDA, World

CODE_SHOWN = re.compile(r"([2-9A-HJ-NP-Z]{4})-([2-9A-HJ-NP-Z]{4})")
MONEY = ("Баланс", "Квитанция", "Оплатить", "История")


async def newcomer(world: World, chat: int = 8, messenger: str = "vk") -> Talk:
    talk = Talk(world, messenger=messenger, chat=ChatId(chat))
    await talk.say("начать")
    await talk.press("Согласен")
    return talk


async def invite(owner: Talk, called: str = "Соседка") -> str:
    await owner.say("меню")
    await owner.press("Настройки")
    await owner.press("Кто видит")
    await owner.press("Пригласить")
    found = CODE_SHOWN.search(await owner.say(called))
    assert found, owner.text
    return found[0]


async def accept(helper: Talk, code: str) -> str:
    await helper.say("меню")
    await helper.press("Есть код")
    return await helper.say(code)


@pytest.fixture
async def helper(talk: Talk, world: World) -> Talk:
    """Has typed the code of the owner of the flat in Труда street."""
    other = await newcomer(world)
    assert "Теперь вы передаёте показания: ул. Труда, 1•, кв. ••" in await accept(other, await invite(talk))
    return other


async def link_second(world: World, chat: int = 9) -> Talk:
    second = await newcomer(world, chat)
    await prove(second, NUMBER, CODE)
    await second.press("Верно")
    return second


# --- helpers


async def test_a_helpers_menu_has_readings_and_no_money(helper: Talk) -> None:
    await helper.say("меню")
    assert "Вы помогаете" in helper.text
    assert "Показания" in helper.buttons
    assert not any(word in label for word in MONEY for label in helper.buttons)


async def test_a_helper_submits_a_reading(helper: Talk, world: World) -> None:
    await helper.say("меню")
    await helper.press("Показания")
    assert "холодная вода" in helper.text
    await helper.say("104")
    await helper.press("Верно")
    assert [reading.value for reading in world.readings.readings] == [104]


@pytest.mark.parametrize("word", ["баланс", "квитанция", "оплатить", "история"])
async def test_what_a_helper_may_not_see_is_not_shown_when_asked_for_in_words(helper: Talk, word: str) -> None:
    assert "только хозяин" in await helper.say(word)
    assert "₽" not in helper.text
    assert helper.files == []
    assert helper.steps == ["home"]


@pytest.mark.parametrize(
    "step", ["balance", "receipts.period", "history", "helpers", "helpers.invite", "settings.unlink"]
)
async def test_a_session_that_stands_on_money_shows_none_to_a_helper(helper: Talk, step: str) -> None:
    """The menu hides it, but it is the use cases that refuse."""
    trail = [{"step": "home", "data": {}}, {"step": step, "data": {"premises": TRUDA}}]
    helper.state = {**(helper.state or {}), "trail": trail, "offered": {}}
    await helper.say("?!")
    await helper.serve(Pressed("nothing", 0))
    assert "₽" not in helper.text
    assert helper.files == []
    assert not CODE_SHOWN.search(await helper.say("Друг"))


async def test_a_helper_gives_the_right_up_in_the_settings(helper: Talk, world: World) -> None:
    await helper.say("меню")
    await helper.press("Настройки")
    assert not any("Кто видит" in label for label in helper.buttons)
    await helper.press("Отвязать")
    await helper.press("Отвязать")
    assert "отвязана" in helper.text
    assert world.links.rights == []


async def test_an_owner_of_one_flat_helps_with_another(helper: Talk, world: World) -> None:
    await prove(helper, NUMBERS[LENINA_WATER], CODES[LENINA_WATER])
    await helper.press("Верно")
    await helper.press("Баланс")
    assert "пр. Ленина" in helper.text, "money is asked for one's own flat, without a question which"
    await helper.say("меню")
    await helper.press("Показания")
    assert "О какой квартире" in helper.text


async def test_the_owner_sees_helpers_and_takes_the_right_back(talk: Talk, helper: Talk, world: World) -> None:
    await talk.say("меню")
    await talk.press("Настройки")
    await talk.press("Кто видит")
    assert "помощник «Соседка»: только показания" in talk.text
    await talk.press("Убрать: Соседка")
    await talk.press("Забрать")
    assert "больше нет этого права" in talk.text
    assert "Соседка" not in talk.text
    assert [news for _, news, _ in world.news.told] == [LinkNews.HELPER_CAME, LinkNews.HELP_ENDED]
    assert "привяжите квартиру" in await helper.say("меню")


async def test_an_unused_code_is_listed_and_withdrawn(talk: Talk, world: World) -> None:
    code = await invite(talk)
    assert "код ещё не введён" in talk.text
    await talk.press("Убрать: Соседка")
    await talk.press("Забрать")
    assert "не подошёл" in await accept(await newcomer(world), code)


async def test_a_wrong_code_is_asked_again_and_locks_like_any_proof(world: World) -> None:
    guesser = await newcomer(world)
    assert "не подошёл" in await accept(guesser, "ABCD-2345")
    for _ in range(4):
        await guesser.say("ABCD-2346")
    assert "Слишком много" in await guesser.say("ABCD-2347")


async def test_the_owners_own_code_is_for_somebody_else(talk: Talk) -> None:
    code = await invite(talk)
    await talk.say("меню")
    await talk.press("Привязать")
    await talk.press("Есть код")
    assert "и так ваша" in await talk.say(code)


async def test_there_are_five_helpers_at_most(talk: Talk) -> None:
    for called in ("Аня", "Боря", "Вера", "Гена", "Дима"):
        await invite(talk, called)
    await talk.say("меню")
    await talk.press("Настройки")
    await talk.press("Кто видит")
    await talk.press("Пригласить")
    assert "уже много" in await talk.say("Егор")


# --- other residents


async def test_a_new_link_is_told_and_contested_by_one_tap(talk: Talk, world: World) -> None:
    second = await link_second(world)
    assert [(news, subject) for _, news, subject in world.news.told] == [(LinkNews.NEW_LINK, "2")]
    await talk.say("меню")
    await talk.press("Баланс")
    before = talk.steps
    notice = await talk.notice("new_link", "2")
    assert "привязался ещё один человек" in notice
    assert "ул. Труда, 1•" in notice
    await talk.serve(Pressed("notice.contest.2", 1))
    assert "Доступ этому человеку закрыт" in talk.text
    assert talk.steps == before, "the dialog stands where it stood"
    assert "привяжите квартиру" in await second.say("меню")
    assert "не знает вас" in await second.notice("link_contested", "1")
    assert [task.kind for task in world.tasks.opened] == ["link_claim"]
    await talk.serve(Pressed("notice.contest.2", 1))
    assert "уже нет" in talk.text


async def test_a_contested_resident_cannot_link_anew_before_the_operator(talk: Talk, world: World) -> None:
    second = await link_second(world)
    await talk.serve(Pressed("notice.contest.2", 1))
    await prove(second, NUMBER, CODE)
    await second.press("Верно")
    assert "подтвердит оператор" in second.text
    assert "51-51-31" in second.text


@pytest.mark.parametrize(
    ("keep", "to_second", "to_first"), [(True, "подтвердил", "по праву"), (False, "не подтвердил", "больше не видит")]
)
async def test_both_sides_hear_how_it_was_settled(
    talk: Talk, world: World, keep: bool, to_second: str, to_first: str
) -> None:
    second = await link_second(world)
    await talk.serve(Pressed("notice.contest.2", 1))
    (claim,) = await world.claims.waiting()
    await world.use_cases().claims.settle(claim.id, keep=keep, by="Иванова")
    assert to_second in await second.notice("link_settled", str(claim.id))
    assert to_first in await talk.notice("contest_settled", str(claim.id))
    stranger = await newcomer(world, 77)
    assert await stranger.notice("link_settled", str(claim.id)) == "", "nobody else is told"


async def test_others_are_seen_in_the_settings_and_contested_there(talk: Talk, world: World) -> None:
    await link_second(world)
    await talk.press("Настройки")
    await talk.press("Кто видит")
    assert "ещё один житель, привязан 16 февраля 2022" in talk.text
    await talk.press("Не знаю, кто")
    assert "Доступ этому человеку закрыт" in talk.text
    assert "ещё один житель" not in talk.text


async def test_a_newcomer_cannot_contest_who_was_there_before(talk: Talk, world: World) -> None:
    second = await link_second(world)
    await second.press("Настройки")
    await second.press("Кто видит")
    assert "ещё один житель" in second.text
    assert not any("Не знаю" in label for label in second.buttons)
    await second.serve(Pressed("notice.contest.1", 1))
    assert "уже нет" in second.text
    assert len(world.links.links[world.residents.chats[talk.chat].id]) == 1


@pytest.mark.parametrize("payload", ["notice.contest.", "notice.contest.-1", "notice.contest.9" + "9" * 40, "notice.x"])
async def test_a_hand_made_press_of_a_notice_does_nothing(talk: Talk, world: World, payload: str) -> None:
    await talk.serve(Pressed(payload, 1))
    assert "уже нет" in talk.text
    assert world.claims.claims == []


async def test_a_sixth_resident_waits_for_the_operator(talk: Talk, world: World) -> None:
    world.city = replace(world.city, proofs=ProofLimits(residents_a_flat=1))
    second = await newcomer(world)
    await prove(second, NUMBER, CODE)
    await second.press("Верно")
    assert "подтвердит оператор" in second.text
    assert second.steps == ["home"]


@pytest.mark.parametrize("kind", [kind.value for kind in LinkNews])
@pytest.mark.parametrize("subject", ["", "0", "999", "abc", "9" * 30])
async def test_a_notice_whose_subject_is_gone_says_nothing_about_anybody(talk: Talk, kind: str, subject: str) -> None:
    told = await talk.notice(kind, subject)
    assert told == "" or (kind == "help_ended" and "забрал право" in told)
