"""A question lives on after it was asked: files, additions, edits, answers, the list, closing, rating."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from core.city import City
from core.ids import ChatId, TicketId
from core.support.model import FileKind, TicketStatus
from core.support.ports import SentFile
from core.support.use_cases import LONGEST_QUESTION, MOST_FILES
from dialogs.event import Attachment, Edited, Kind, Pressed, Said, Sent
from dialogs.screen import Form
from tests.dialogs.talk import Talk, forms
from tests.dialogs.test_questions import ask, asked
from tests.dialogs.world import COLD, MORNING, World

WATER = "МП трест «Водоканал»"


def status(world: World, ticket: int = 1) -> TicketStatus:
    return world.tickets.tickets[TicketId(ticket)].status


@pytest.fixture(params=["telegram", "vk"])
async def at_ticket(request: pytest.FixtureRequest, talk: Talk) -> Talk:
    """Has asked, and looks at the ticket; in either messenger."""
    talk.messenger = request.param
    await asked(talk)
    return talk


# --- known answers -----------------------------------------------------------------------------------------------


async def test_a_known_answer_comes_before_the_operator(talk: Talk, world: World) -> None:
    await talk.press("Вопрос")
    for choice in ("Начисления", "холодная", "декабрь 2021"):
        await talk.press(choice)
    assert talk.steps[-1] == "questions.known"
    assert "ООО «ЕРКЦ», телефон 49-50-50" in talk.text
    assert talk.buttons[:2] == ["Помогло", "Спросить оператора"]
    await talk.press("Помогло")
    assert "Рады" in talk.text
    assert talk.steps == ["home"]
    assert world.tickets.opened == []


async def test_back_leads_from_the_question_to_the_known_answer(talk: Talk) -> None:
    await ask(talk, "Показания", "холодная")
    await talk.press("Назад")
    assert talk.steps[-1] == "questions.known"
    assert "до 25-го" in talk.text
    assert "51-51-30" in talk.text


async def test_words_written_at_a_known_answer_are_the_question(talk: Talk, world: World) -> None:
    await talk.press("Вопрос")
    await talk.press("Показания")
    await talk.press("холодная")
    await talk.say("А если счётчик сломан?")
    assert f"Вопрос № 1 передан: {WATER}" in talk.text
    assert world.tickets.opened[0].text == "А если счётчик сломан?"


async def test_a_known_answer_speaks_the_language_of_the_chat(talk: Talk) -> None:
    talk.language = "en"
    await talk.command("operator")
    await talk.serve(Pressed("readings", _rev(talk)))
    await talk.serve(Pressed("cold_water", _rev(talk)))
    assert "Readings are taken until day 25" in talk.text


async def test_a_known_answer_that_is_gone_meanwhile_leads_to_the_question(talk: Talk, world: World) -> None:
    await talk.press("Вопрос")
    await talk.press("Показания")
    await talk.press("холодная")
    world.city = _without_answers(world.city)
    await talk.say("помощь")
    assert "Напишите вопрос" in talk.text
    await talk.say("Как передать?")
    assert "Вопрос № 1" in talk.text


# --- what is promised --------------------------------------------------------------------------------------------


async def test_hours_and_the_usual_time_of_an_answer_are_told(talk: Talk) -> None:
    await ask(talk, "Другое")
    assert "пн–пт с 08:00 до 20:00" in talk.text
    assert "сб с 09:00 до 15:00" in talk.text
    await talk.say("Где вы?")
    assert "Обычно отвечают до 14:00, 16 февраля" in talk.text
    assert "не работают" not in talk.text


@pytest.mark.parametrize(
    ("now", "opens", "by"),
    [
        (datetime(2022, 2, 16, 17, 0, tzinfo=UTC), "08:00, 17 февраля", "12:00, 17 февраля"),
        (datetime(2022, 2, 19, 12, 0, tzinfo=UTC), "08:00, 21 февраля", "12:00, 21 февраля"),
        (datetime(2022, 2, 22, 16, 0, tzinfo=UTC), "08:00, 24 февраля", "12:00, 24 февраля"),
    ],
)
async def test_outside_hours_a_question_is_taken_and_said_to_wait(
    talk: Talk, world: World, now: datetime, opens: str, by: str
) -> None:
    world.clock.instant = now
    await asked(talk)
    assert f"Вопрос принят, ответят после открытия: {opens}" in talk.text
    assert f"Обычно отвечают до {by}" in talk.text


async def test_who_waits_longer_than_was_promised_is_not_promised_the_past(talk: Talk, world: World) -> None:
    await asked(talk)
    world.clock.instant += timedelta(hours=5)
    await talk.say("Ну как там?")
    assert "Обычно отвечают до" not in talk.text
    assert "не потерян" in talk.text


async def test_of_an_organisation_without_known_hours_nothing_is_promised(talk: Talk, world: World) -> None:
    world.city = replace(world.city, support=replace(world.city.support, desks=()))
    await ask(talk, "Другое")
    assert "Отвечают:" not in talk.text
    await talk.say("Где вы?")
    assert "Вопрос № 1 передан" in talk.text
    assert "Обычно" not in talk.text


# --- files and additions -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "kept"), [(Kind.PHOTO, FileKind.PHOTO), (Kind.FILE, FileKind.FILE), (Kind.VOICE, FileKind.VOICE)]
)
async def test_a_question_may_be_a_file(talk: Talk, world: World, kind: Kind, kept: FileKind) -> None:
    await ask(talk, "Другое")
    await talk.serve(Sent(kind, "file-7", "вот", message="5", name="акт.pdf"))
    assert "Вопрос № 1 передан" in talk.text
    (ticket,) = world.tickets.opened
    assert (ticket.text, ticket.message, ticket.files) == ("вот", "5", (SentFile(kept, "file-7", "акт.pdf"),))
    ((name, payload),) = talk.jobs
    assert name == "keep_attachment"
    assert {**payload, "peer": "", "bot": ""} == {
        "number": 1,
        "kind": kept.value,
        "name": "акт.pdf",
        "file": "file-7",
        "key": "attachment:1",
        "messenger": "telegram",
        "peer": "",
        "bot": "",
    }


async def test_all_files_of_one_message_are_kept(talk: Talk, world: World) -> None:
    await ask(talk, "Другое")
    more = (Attachment(Kind.FILE, "file-2", "акт.pdf"), Attachment(Kind.PHOTO, "file-3"))
    await talk.serve(Sent(Kind.PHOTO, "file-1", "", more=more))
    assert [one.remote for one in world.tickets.opened[0].files] == ["file-1", "file-2", "file-3"]
    assert [payload["file"] for _, payload in talk.jobs] == ["file-1", "file-2", "file-3"]


async def test_a_file_that_cannot_be_fetched_is_said_so(talk: Talk, world: World) -> None:
    await ask(talk, "Другое")
    await talk.send(Kind.FILE, None)
    assert "не открылся" in talk.text
    assert world.tickets.opened == []


@pytest.mark.parametrize("kind", [Kind.CONTACT, Kind.LOCATION, Kind.OTHER])
async def test_other_things_are_no_question(talk: Talk, world: World, kind: Kind) -> None:
    await ask(talk, "Другое")
    await talk.send(kind, None)
    assert world.tickets.opened == []
    assert talk.steps[-1] == "questions.ask"


async def test_what_is_written_after_the_question_is_added_to_it(at_ticket: Talk, world: World) -> None:
    await at_ticket.serve(Said("Адрес: Труда, 14", message="8"))
    assert "Добавлено к вопросу № 1" in at_ticket.text
    assert "Вы: Адрес: Труда, 14" in at_ticket.text
    await at_ticket.send(Kind.VOICE, "voice-1")
    await at_ticket.send(Kind.PHOTO, "photo-1", "фото")
    assert world.tickets.texts(1) == ["Где вы?", "Адрес: Труда, 14", "", "фото"]
    assert [payload["file"] for _, payload in at_ticket.jobs][-1] == "photo-1"
    assert len(world.tickets.opened) == 1


async def test_an_addition_served_again_after_a_crash_is_one(at_ticket: Talk, world: World) -> None:
    state = at_ticket.state
    await at_ticket.say("И ещё")
    at_ticket.state = state
    await at_ticket.say("И ещё")
    assert world.tickets.texts(1) == ["Где вы?", "И ещё"]


async def test_menu_words_and_readings_are_not_added_to_a_question(at_ticket: Talk, world: World) -> None:
    await at_ticket.say("ХВС 104")
    assert "Всё верно?" in at_ticket.text
    await at_ticket.press("Верно")
    assert world.readings.values(COLD) != []
    await at_ticket.say("меню")
    await at_ticket.press("Вопрос")
    await at_ticket.press("Мои вопросы")
    await at_ticket.press("№ 1")
    await at_ticket.say("баланс")
    assert at_ticket.steps[-1] == "balance"
    assert world.tickets.texts(1) == ["Где вы?"]


async def test_a_long_addition_and_too_many_files_are_refused_kindly(at_ticket: Talk, world: World) -> None:
    await at_ticket.say("я" * (LONGEST_QUESTION + 1))
    assert f"{LONGEST_QUESTION} знаков" in at_ticket.text
    more = tuple(Attachment(Kind.PHOTO, f"file-{number}") for number in range(MOST_FILES))
    await at_ticket.serve(Sent(Kind.PHOTO, "file", "", more=more))
    assert f"не больше {MOST_FILES} файлов" in at_ticket.text
    assert world.tickets.texts(1) == ["Где вы?"]


async def test_an_edit_changes_what_was_said_and_answers_nothing(at_ticket: Talk, world: World) -> None:
    await at_ticket.serve(Said("Счёт 300", message="8"))
    before = (at_ticket.steps, at_ticket.buttons)
    assert await at_ticket.serve(Edited("8", "Счёт 301")) == ""
    assert (at_ticket.steps, at_ticket.buttons) == before
    assert await at_ticket.serve(Edited("77", "Это не в вопросе")) == ""
    assert await at_ticket.serve(Edited("8", "  ")) == ""
    message = world.tickets.said[TicketId(1)][-1]
    assert (message.text, message.earlier) == ("Счёт 301", ("Счёт 300",))


async def test_an_edit_in_a_chat_never_seen_is_passed_over(stranger: Talk) -> None:
    assert await stranger.serve(Edited("8", "Счёт 301")) == ""
    await stranger.say("привет")
    assert "Согласны" in stranger.text


# --- answers -----------------------------------------------------------------------------------------------------


async def test_an_answer_never_names_the_operator(at_ticket: Talk, world: World) -> None:
    await at_ticket.notice("answer", world.tickets.answered(1, "Мы на Ленина."))
    assert "Анна" not in at_ticket.text
    await at_ticket.press_under("Ответить")
    assert "Ответ: Мы на Ленина." in at_ticket.text
    assert "Анна" not in at_ticket.text


async def test_an_answer_may_bring_a_picture(at_ticket: Talk, world: World) -> None:
    await at_ticket.notice("answer", world.tickets.answered(1, "", picture=True))
    assert forms(at_ticket) == [Form.TICKET_PICTURE]
    assert at_ticket.files[0].detail == "900"
    assert "Ответ на вопрос № 1" in at_ticket.text


async def test_a_button_under_an_answer_works_however_late(at_ticket: Talk, world: World) -> None:
    await at_ticket.notice("answer", world.tickets.answered(1, "Мы на Ленина."))
    reply = next(button for button in at_ticket.under if button.label == "Ответить")
    await at_ticket.say("меню")
    await at_ticket.press("Баланс")
    await at_ticket.serve(reply.press)
    assert at_ticket.steps == ["home", "balance", "questions.ticket"]
    await at_ticket.say("А во сколько?")
    assert world.tickets.texts(1)[-1] == "А во сколько?"
    assert status(world) is TicketStatus.OPEN
    await at_ticket.serve(reply.press)
    assert at_ticket.steps == ["home", "balance", "questions.ticket"]
    await at_ticket.press("Назад")
    assert at_ticket.steps == ["home", "balance"]


async def test_thanks_neither_call_an_operator_nor_open_a_closed_question(at_ticket: Talk, world: World) -> None:
    world.tickets.answered(1, "Мы на Ленина.")
    await at_ticket.say("Спасибо!")
    assert "Пожалуйста" in at_ticket.text
    assert status(world) is TicketStatus.ANSWERED
    await at_ticket.press("Решено")
    await at_ticket.say("спасибо большое")
    assert status(world) is TicketStatus.RESOLVED
    await at_ticket.say("спасибо, но вода всё ещё ржавая и не идёт")
    assert status(world) is TicketStatus.OPEN


async def test_a_closed_question_is_rated_with_one_tap(at_ticket: Talk, world: World) -> None:
    await at_ticket.say("меню")
    await at_ticket.notice("ticket_closed", world.tickets.closed(1, MORNING))
    assert "Вопрос № 1 закрыт" in at_ticket.text
    assert [button.label for button in at_ticket.under] == ["1", "2", "3", "4", "5", "Открыть снова"]
    five, again = at_ticket.under[4], at_ticket.under[5]
    for _ in range(2):
        await at_ticket.serve(five.press)
        assert "Спасибо за оценку!" in at_ticket.text
        assert at_ticket.steps == ["home"]
    assert world.tickets.tickets[TicketId(1)].rating == 5
    await at_ticket.serve(again.press)
    assert "снова открыт" in at_ticket.text
    assert status(world) is TicketStatus.OPEN
    assert at_ticket.steps == ["home", "questions.ticket"]


async def test_rating_and_opening_again_are_in_the_ticket_too(at_ticket: Talk, world: World) -> None:
    await at_ticket.press("Решено")
    assert "Рады" in at_ticket.text
    await at_ticket.say("4")
    assert "Спасибо за оценку!" in at_ticket.text
    assert world.tickets.tickets[TicketId(1)].rating == 4
    await at_ticket.press("Открыть снова")
    assert status(world) is TicketStatus.OPEN


async def test_after_its_term_a_question_stays_closed(at_ticket: Talk, world: World) -> None:
    world.tickets.closed(1, MORNING)
    world.clock.instant += timedelta(days=15)
    await at_ticket.say("Всё ещё ржавая")
    assert "закрыт давно" in at_ticket.text
    assert "Открыть снова" not in at_ticket.buttons
    assert status(world) is TicketStatus.RESOLVED
    await at_ticket.serve(Pressed("notice.ticket.reopen.1", 1))
    assert "закрыт давно" in at_ticket.text


async def test_a_close_that_was_taken_back_is_not_told(at_ticket: Talk, world: World) -> None:
    subject = world.tickets.closed(1, MORNING)
    await at_ticket.say("Не решено")
    assert await at_ticket.notice("ticket_closed", subject) == ""


async def test_a_transfer_is_told_with_who_answers_now(at_ticket: Talk, world: World) -> None:
    tickets = world.tickets.tickets
    tickets[TicketId(1)] = replace(tickets[TicketId(1)], organisation="ООО «ЕРКЦ»", due_at=None)
    await at_ticket.notice("ticket_transferred", "1:k")
    assert "передан: ООО «ЕРКЦ»" in at_ticket.text
    assert "49-50-50" in at_ticket.text
    assert "пн–пт с 09:00 до 17:00" in at_ticket.text


async def test_a_lost_file_is_told(at_ticket: Talk) -> None:
    await at_ticket.send(Kind.FILE, "file-1")
    await at_ticket.notice("file_lost", "1")
    assert "Файл к вопросу № 1" in at_ticket.text
    await at_ticket.press_under("Ответить")
    assert at_ticket.steps[-1] == "questions.ticket"


@pytest.mark.parametrize(
    ("kind", "subject"),
    [
        *[("ticket_closed", subject) for subject in ("", "2:k", "x", "9" * 40)],
        *[("ticket_transferred", subject) for subject in ("", "2:k", "-1")],
        *[("file_lost", subject) for subject in ("", "77", "x", "9" * 40)],
        *[("answer", subject) for subject in ("1:", "1:1", "1:x", f"{'9' * 40}:1", "2:1")],
    ],
)
async def test_news_of_what_is_not_there_are_not_told(at_ticket: Talk, kind: str, subject: str) -> None:
    assert await at_ticket.notice(kind, subject) == ""


# --- whose it is -------------------------------------------------------------------------------------------------


async def test_both_messengers_of_a_resident_see_the_question(talk: Talk, world: World) -> None:
    await asked(talk)
    other = Talk(world, "vk", ChatId(8))
    await other.say("начать")
    await other.press("Согласен")
    world.residents.chats[ChatId(8)] = world.residents.chats[talk.chat]
    await other.say("меню")
    await other.press("Вопрос")
    await other.press("Мои вопросы")
    assert "№ 1, Другое: ждёт ответа" in other.text
    await other.press("№ 1")
    await other.say("Пишу из другого мессенджера")
    assert world.tickets.texts(1)[-1] == "Пишу из другого мессенджера"


@pytest.mark.parametrize(
    "choice",
    [
        *("notice.ticket.open.1", "notice.ticket.solved.1", "notice.ticket.reopen.1", "notice.ticket.rate.1.1"),
        *("notice.ticket.open.x", "notice.ticket.rate.1", "notice.ticket.", "notice.ticket.open." + "9" * 40),
    ],
)
async def test_a_strangers_press_of_a_forged_button_does_nothing(talk: Talk, world: World, choice: str) -> None:
    await asked(talk)
    world.tickets.closed(1, MORNING)
    before = world.tickets.tickets[TicketId(1)]
    stranger = Talk(world, "vk", ChatId(8))
    await stranger.say("начать")
    await stranger.press("Согласен")
    await stranger.serve(Pressed(choice, 1))
    assert stranger.steps == ["home"]
    assert "Где вы?" not in stranger.text
    assert world.tickets.tickets[TicketId(1)] == before


async def test_a_saved_ticket_of_somebody_else_leads_home(talk: Talk, world: World) -> None:
    await asked(talk)
    stranger = Talk(world, "vk", ChatId(8))
    await stranger.say("начать")
    await stranger.press("Согласен")
    assert stranger.state is not None
    trail = [{"step": "home", "data": {}}, {"step": "questions.ticket", "data": {"ticket": 1}}]
    stranger.state = {**stranger.state, "trail": trail}
    await stranger.say("Что там у них?")
    assert stranger.steps == ["home"]
    assert world.tickets.texts(1) == ["Где вы?"]


# --- the list ----------------------------------------------------------------------------------------------------


async def test_the_list_shows_number_state_and_last_answer(at_ticket: Talk, world: World) -> None:
    await asked(at_ticket, "Когда починят?")
    world.tickets.answered(2, "Завтра утром.")
    await at_ticket.say("меню")
    await at_ticket.press("Вопрос")
    await at_ticket.press("Мои вопросы")
    assert "№ 2, Другое: есть ответ\nОтвет: Завтра утром." in at_ticket.text
    assert "№ 1, Другое: ждёт ответа" in at_ticket.text
    assert [label.split(" ·")[0] for label in at_ticket.buttons[:2]] == ["№ 2", "№ 1"]
    await at_ticket.press("№ 1")
    assert "Отвечает МП трест «Водоканал», ответа пока нет." in at_ticket.text
    await at_ticket.press("Назад")
    assert at_ticket.steps[-1] == "questions.list"


async def test_who_has_asked_nothing_is_offered_no_list(talk: Talk) -> None:
    await talk.press("Вопрос")
    assert "Мои вопросы" not in talk.buttons


async def test_many_long_questions_fit_on_a_screen(at_ticket: Talk, world: World) -> None:
    for number in range(12):
        await asked(at_ticket, f"{number} " + "длинный вопрос " * 190)
        world.tickets.answered(number + 2, "длинный ответ " * 240)
        await at_ticket.say("и ещё " + "слово " * 480)
    await at_ticket.say("меню")
    await at_ticket.press("Вопрос")
    await at_ticket.press("Мои вопросы")
    await at_ticket.press("Ниже")
    await at_ticket.press("№ 6")
    assert "…" in at_ticket.text


async def test_a_question_before_the_consent_is_the_chats_own(stranger: Talk, world: World) -> None:
    await stranger.say("начать")
    await stranger.say("оператор")
    await stranger.press("Другое")
    await stranger.say("Кто вы такие?")
    assert "Вопрос № 1 передан" in stranger.text
    assert world.tickets.opened[0].resident is None
    await stranger.say("И зачем?")
    assert world.tickets.texts(1) == ["Кто вы такие?", "И зачем?"]


def _rev(talk: Talk) -> int:
    assert talk.state is not None
    rev = talk.state["rev"]
    assert isinstance(rev, int)
    return rev


def _without_answers(city: City) -> City:
    return replace(city, support=replace(city.support, known=()))
