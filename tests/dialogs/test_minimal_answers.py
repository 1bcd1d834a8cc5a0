"""`personal_data = "minimal"`: what operators and billing write is on a page that opens once, not in the messenger."""

import re

import pytest

from core.ids import ChatId, TicketId
from core.meters.ports import Verdict
from core.personal.pages import Shows
from core.tasks import TaskStatus
from dialogs.event import NoticeKind, Pressed
from dialogs.questions_ticket import TicketTalk
from tests.dialogs.talk import Talk
from tests.dialogs.test_minimal import Watched, settled
from tests.dialogs.test_questions import asked
from tests.dialogs.world import CITY, COLD

ANSWER = "Пётр Ильич, за пр. Ленина, 5, кв. 3 вы должны 812,40 ₽"
READING = "0b9c7a52-1111-4222-8333-0123456789ab"
LINK = re.compile(r"/page/([0-9A-Z]{26})")


@pytest.fixture
async def answered() -> tuple[Watched, str]:
    """Has asked, and is answered: the chat, and the subject of the notice."""
    talk = await settled(flats=1)
    await asked(talk)
    return talk, talk.world.tickets.answered(1, ANSWER, picture=True)


async def offered(talk: Talk) -> tuple[Shows, str]:
    """What the page of the link shows."""
    found = LINK.search(talk.text)
    assert found, talk.text
    of, _ = await talk.world.use_cases().pages.open_page(found[1])
    assert of.chat == talk.chat
    return of.shows, of.detail


def secrets(text: str) -> list[str]:
    return [word for word in ("Пётр", "812,40", "Ленина") if word in text]


async def test_an_answer_is_told_of_and_read_on_a_page(answered: tuple[Watched, str]) -> None:
    talk, subject = answered
    await talk.notice(NoticeKind.ANSWER, subject)
    assert "Ответ на вопрос № 1" in talk.text
    assert secrets(talk.text) == []
    assert talk.files == [], "what an operator attaches may hold anything"
    await talk.press_told("Прочитать")
    assert await offered(talk) == (Shows.NOTICE, f"answer:{subject}")
    assert "откроется один раз" in talk.text


async def test_everywhere_else_the_answer_is_told_and_has_no_such_button(answered: tuple[Watched, str]) -> None:
    """The twin."""
    talk, subject = answered
    open_talk = Talk(talk.world, state=talk.state)
    talk.world.city = CITY
    await open_talk.notice(NoticeKind.ANSWER, subject)
    assert len(secrets(open_talk.text)) == 3
    assert open_talk.files
    assert [button.label for button in open_talk.told if "Прочитать" in button.label] == []


async def test_neither_the_list_nor_the_ticket_quotes_it(answered: tuple[Watched, str]) -> None:
    talk, subject = answered
    await talk.press("Меню")
    await talk.press("Вопрос")
    await talk.press("Мои вопросы")
    assert "№ 1" in talk.text
    assert secrets(talk.text) == []
    await talk.serve(Pressed("notice.ticket.open.1", 1))
    assert talk.steps[-1] == TicketTalk(TicketId(1)).name
    assert secrets(talk.text) == []
    await talk.press("Прочитать")
    assert await offered(talk) == (Shows.NOTICE, f"answer:{subject}")
    assert talk.steps[-1] == TicketTalk(TicketId(1)).name, "and one is where one was"


async def test_the_button_shows_nobody_elses_answer(answered: tuple[Watched, str]) -> None:
    talk, subject = answered
    stranger = Watched(talk.world, chat=ChatId(9))
    await stranger.say("начать")
    await stranger.press("Согласен")
    for subject_of_another in (subject, "1:99", "7:1", "", "x", "9" * 40):
        await stranger.serve(Pressed(f"notice.read.answer.{subject_of_another}", 1))
        assert "/page/" not in stranger.text
        assert "Этого уже нет" in stranger.text


async def test_without_a_web_part_the_telephone_is_named(answered: tuple[Watched, str]) -> None:
    talk, subject = answered
    talk.public_url = None
    await talk.notice(NoticeKind.ANSWER, subject)
    await talk.press_told("Прочитать")
    assert "51-51-31" in talk.text
    assert "/page/" not in talk.text


# --- readings


async def declined(talk: Talk) -> str:
    """Billing has declined the reading for a reason with a name in it; the subject of the notice."""
    await talk.say("ХВС 104")
    await talk.press("Верно")
    (reading,) = talk.world.readings.readings
    meter = await talk.world.meters.known(COLD)
    talk.world.readings.verdicts[READING, "vodokanal"] = Verdict(meter, reading.value, ANSWER)
    talk.world.readings.verdicts[READING.replace("-", ""), "vodokanal"] = Verdict(meter, reading.value, ANSWER)
    return f"{READING}:vodokanal"


async def test_why_billing_has_declined_a_reading_is_read_on_a_page() -> None:
    talk = await settled(flats=1)
    await talk.notice(NoticeKind.READING_DECLINED, await declined(talk))
    assert "Водоканал: показание не принято" in talk.text
    assert "холодная вода, кухня" in talk.text
    assert secrets(talk.text) == []
    await talk.press_told("Прочитать")
    assert await offered(talk) == (Shows.NOTICE, f"reading_declined:{READING.replace('-', '')}:vodokanal")


async def test_nobody_reads_of_a_strangers_reading() -> None:
    talk = await settled(flats=1)
    await declined(talk)
    stranger = Watched(talk.world, chat=ChatId(9))
    await stranger.say("начать")
    await stranger.press("Согласен")
    hexadecimal = READING.replace("-", "")
    for subject in (f"{hexadecimal}:0", f"{hexadecimal}:1", f"{hexadecimal}:99", f"{hexadecimal}:", ":0", "x:²"):
        await stranger.serve(Pressed(f"notice.read.declined.{subject}", 1))
        assert "/page/" not in stranger.text


@pytest.mark.parametrize("status", [TaskStatus.DECLINED, TaskStatus.CLOSED])
async def test_what_an_operator_writes_of_a_reading_is_read_on_a_page(status: TaskStatus) -> None:
    talk = await settled(flats=1)
    await talk.say("ХВС 99")
    await talk.press("Верно")
    talk.world.tasks.settled[1] = (status, ANSWER, "anna")
    await talk.notice(NoticeKind.TASK_SETTLED, "1")
    assert "холодная вода, кухня" in talk.text
    assert secrets(talk.text) == []
    await talk.press_told("Прочитать")
    assert await offered(talk) == (Shows.NOTICE, "task_settled:1")
    stranger = Watched(talk.world, chat=ChatId(9))
    await stranger.say("начать")
    await stranger.press("Согласен")
    await stranger.serve(Pressed("notice.read.task.1", 1))
    assert "/page/" not in stranger.text


async def test_the_history_says_that_it_was_declined_and_not_why() -> None:
    talk = await settled(flats=1)
    await talk.say("ХВС 104")
    await talk.press("Верно")
    await talk.world.readings.settle(talk.world.readings.readings[0].id, ANSWER, "billing")
    await talk.say("история")
    assert "отклонено" in talk.text
    assert secrets(talk.text) == []
