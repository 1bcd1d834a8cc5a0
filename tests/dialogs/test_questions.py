"""Questions go to whoever answers for that service at that time; notices come back."""

from decimal import Decimal

import pytest

from core.meters.ports import Verdict
from core.support.model import Topic
from core.support.ports import NewTicket
from core.support.use_cases import LONGEST_QUESTION
from tests.dialogs.talk import Talk
from tests.dialogs.world import COLD, HEAT, MORNING, World


async def ask(talk: Talk, *choices: str) -> str:
    """From the menu through the buttons, past a known answer, to where the question is written."""
    await talk.say("меню")
    await talk.press("Вопрос")
    for choice in choices:
        await talk.press(choice)
    if talk.steps[-1] == "questions.known":
        await talk.press("Спросить оператора")
    assert talk.steps[-1] == "questions.ask"
    return talk.text


async def asked(talk: Talk, text: str = "Где вы?") -> None:
    await ask(talk, "Другое")
    await talk.say(text)


@pytest.mark.parametrize(
    ("choices", "organisation", "phone"),
    [
        (("Начисления", "холодная", "декабрь 2021"), "ООО «ЕРКЦ»", "49-50-50"),
        (("Начисления", "водоотведение", "ноябрь 2021"), "ООО «ЕРКЦ»", "49-50-50"),
        (("Начисления", "холодная", "январь 2022"), "МП трест «Водоканал»", "51-51-31"),
        (("Начисления", "отопление"), "МП трест «Теплофикация»", "51-51-31"),
        (("Начисления", "горячая"), "МП трест «Теплофикация»", "51-51-31"),
        (("Показания", "холодная"), "МП трест «Водоканал»", "51-51-31"),
        (("Оплата", "холодная", "декабрь 2021"), "ООО «ЕРКЦ»", "49-50-50"),
        (("Счётчик", "водоотведение"), "МП трест «Водоканал»", "51-51-31"),
        (("Качество", "горячая"), "МП трест «Теплофикация»", "51-51-31"),
    ],
)
async def test_a_question_goes_to_who_answers_for_it(
    talk: Talk, world: World, choices: tuple[str, ...], organisation: str, phone: str
) -> None:
    await ask(talk, *choices)
    assert f"На это отвечает {organisation}" in talk.text
    assert phone in talk.text
    await talk.say("Почему так много?")
    assert f"Вопрос № 1 передан: {organisation}" in talk.text
    (ticket,) = world.tickets.opened
    assert (ticket.organisation, ticket.text, ticket.chat) == (organisation, "Почему так много?", talk.chat)
    assert ticket.resident == world.residents.chats[talk.chat].id


async def test_a_question_served_again_after_a_crash_is_one_question(talk: Talk, world: World) -> None:
    await ask(talk, "Другое")
    state = talk.state
    await talk.say("Где вы?")
    talk.state = state
    await talk.say("Где вы?")
    assert len(world.tickets.opened) == 1
    assert "Вопрос № 1" in talk.text


async def test_a_question_of_five_thousand_signs_is_asked_to_be_shorter(talk: Talk, world: World) -> None:
    await ask(talk, "Другое")
    await talk.say("я" * 5000)
    assert f"уместите вопрос в {LONGEST_QUESTION} знаков" in talk.text
    assert world.tickets.opened == []
    await talk.say("я" * LONGEST_QUESTION)
    assert len(world.tickets.opened) == 1


async def test_global_words_lead_out_of_a_question(talk: Talk, world: World) -> None:
    await ask(talk, "Другое")
    await talk.say("отмена")
    assert talk.steps == ["home"]
    assert world.tickets.opened == []


async def test_an_answer_is_told_without_disturbing_the_step(talk: Talk, world: World) -> None:
    await asked(talk)
    subject = world.tickets.answered(1, "Приедем завтра.")
    await talk.say("меню")
    await talk.press("Показания")
    await talk.say("104")
    before = (talk.steps, talk.buttons)
    await talk.notice("answer", subject)
    assert talk.text == "Ответ на вопрос № 1:\nПриедем завтра."
    assert (talk.steps, talk.buttons) == before
    await talk.press("Верно")
    assert world.readings.values(COLD) == [Decimal(104)]


async def test_a_declined_reading_is_told_with_its_reason(talk: Talk, world: World) -> None:
    meter = next(meter for meter in world.meters.meters if meter.id == COLD)
    world.readings.verdicts["r1", HEAT] = Verdict(meter, Decimal(104), "Поверка истекла")
    await talk.press("Баланс")
    await talk.notice("reading_declined", f"r1:{HEAT}")
    assert talk.text.startswith("Теплофикация")
    assert "не принят" in talk.text.splitlines()[0]
    assert "холодная вода, кухня, № 41000001: 104" in talk.text
    assert "Причина: Поверка истекла" in talk.text
    assert talk.steps == ["home", "balance"]


async def test_an_apology_disturbs_nothing(talk: Talk) -> None:
    await talk.press("Баланс")
    assert "ошибка" in await talk.notice("sorry")
    assert talk.steps == ["home", "balance"]


@pytest.mark.parametrize(
    ("kind", "subject"),
    [("answer", "1:2"), ("answer", ""), ("answer", "x:y"), ("reading_declined", "r9"), ("no such kind", "1")],
)
async def test_a_notice_of_what_is_gone_is_not_told(talk: Talk, kind: str, subject: str) -> None:
    assert await talk.notice(kind, subject) == ""
    assert talk.steps == ["home"]


async def test_a_notice_to_a_chat_never_seen_leaves_it_new(stranger: Talk, world: World) -> None:
    new = NewTicket("0:0", stranger.chat, None, Topic.OTHER, "МП трест «Водоканал»", "Кто вы?", MORNING)
    await world.tickets.open(new)
    assert "Здравствуйте!" in await stranger.notice("answer", world.tickets.answered(1, "Здравствуйте!"))
    await stranger.say("что?")
    assert "Согласны" in stranger.text


async def test_who_answers_is_decided_by_the_months_that_are_offered(talk: Talk) -> None:
    await talk.press("Вопрос")
    await talk.press("Начисления")
    await talk.press("холодная")
    assert talk.buttons[:3] == ["январь 2022", "декабрь 2021", "ноябрь 2021"]


async def test_a_question_written_before_a_topic_is_chosen_is_taken(agreed: Talk, world: World) -> None:
    await agreed.press("Вопрос")
    await agreed.say("Почему вода ржавая?")
    assert "Вопрос № " in agreed.text


async def test_an_accident_is_told_whom_to_ring(agreed: Talk) -> None:
    await agreed.press("Вопрос")
    await agreed.press("авария")
    await agreed.press("холодная")
    assert "23-25-25" in agreed.text
    await agreed.say("ок")
    assert "подробнее" in agreed.text
    assert "Вопрос № " not in agreed.text
