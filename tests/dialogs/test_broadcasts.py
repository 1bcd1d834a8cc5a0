"""A broadcast in a chat: its trial, its buttons, and that the chat's person has shut us out."""

import pytest

from core.broadcasts.announcements import TOPIC
from core.broadcasts.model import Audience, Button, Draft, MailingKind, PersonalFacts
from core.ids import MailingId
from core.money import Kopecks
from dialogs.broadcasts import OPEN_BUTTON, STOP_BUTTON
from dialogs.event import Notice, NoticeKind, Pressed, Reachable
from tests.dialogs.talk import FIRST_CHAT, Talk
from tests.dialogs.world import World

DRAFT = Draft(
    "Переход",
    {"ru": "{city}: с января новая квитанция. {{Вопросы}} — {phone}.", "en": "{city}: a new bill."},
    buttons=(Button({"ru": "Баланс"}, opens="balance"), Button({"ru": "Подробнее"}, link="https://example.org")),
)
TRIAL = Notice(NoticeKind.BROADCAST_TRIAL, "1:a")


@pytest.fixture(params=["telegram", "vk"])
def chat(request: pytest.FixtureRequest, talk: Talk, world: World) -> Talk:
    talk.messenger = request.param
    world.announcements.drafts[MailingId(1)] = DRAFT
    return talk


async def test_a_trial_is_shown_as_it_will_be(chat: Talk) -> None:
    await chat.serve(TRIAL)
    assert chat.text == "Магнитогорск: с января новая квитанция. {Вопросы} — 51-51-31."
    assert [button.label for button in chat.under] == ["Баланс", "Подробнее", "Не присылать объявления"]
    chat.language = "en"
    await chat.serve(TRIAL)
    assert "a new bill" in chat.text


@pytest.mark.parametrize("subject", ["9:a", "", "x:a", "²:a"])
async def test_a_trial_of_nothing_says_nothing(chat: Talk, subject: str) -> None:
    await chat.serve(Notice(NoticeKind.BROADCAST_TRIAL, subject))
    assert chat.text == ""


async def test_a_trial_with_placeholders_needs_a_flat(chat: Talk, world: World) -> None:
    personal = Draft("Долг", {"ru": "«{flat}»: {owed}"}, Audience(linked=True), MailingKind.EMERGENCY)
    world.announcements.drafts[MailingId(2)] = personal
    await chat.serve(Notice(NoticeKind.BROADCAST_TRIAL, "2:a"))
    assert chat.text == ""
    resident = world.residents.chats[FIRST_CHAT].id
    world.announcements.known[resident] = PersonalFacts("Дача", None, Kopecks(123_450))
    await chat.serve(Notice(NoticeKind.BROADCAST_TRIAL, "2:a"))
    assert chat.text.startswith("«Дача»: 1 234,50")
    assert [button.label for button in chat.under] == []


async def test_its_buttons_work_whenever_they_are_pressed(chat: Talk, world: World) -> None:
    await chat.press("Настройки")
    await chat.serve(Pressed(f"{OPEN_BUTTON}balance", 0))
    assert chat.steps == ["home", "balance"]
    await chat.serve(Pressed(f"{STOP_BUTTON}{TOPIC}", 0))
    await chat.serve(Pressed(f"{STOP_BUTTON}{TOPIC}", 0))
    assert "Объявлений больше не будет" in chat.text
    assert chat.steps == ["home", "balance"]
    assert world.announcements.refused == {(world.residents.chats[FIRST_CHAT].id, TOPIC)}


@pytest.mark.parametrize("choice", [f"{OPEN_BUTTON}forget", f"{OPEN_BUTTON}", f"{STOP_BUTTON}everything"])
async def test_a_forged_button_does_nothing(chat: Talk, world: World, choice: str) -> None:
    await chat.serve(Pressed(choice, 0))
    assert chat.steps == ["home"]
    assert world.announcements.refused == set()


async def test_who_shuts_us_out_and_lets_us_in_again_is_told_nothing(chat: Talk, world: World) -> None:
    for allowed in (False, True):
        await chat.serve(Reachable(allowed))
        assert chat.text == ""
        assert (FIRST_CHAT in world.announcements.blocked) is not allowed
