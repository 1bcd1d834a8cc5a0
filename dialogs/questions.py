"""A question to a person: topic, then whose it is by service and time, then the question itself. It gets a number."""

from dataclasses import dataclass

from core.periods import Period
from core.services import Service
from core.support.model import Topic
from core.support.use_cases import LONGEST_QUESTION, Organisation, Question, QuestionTooLong
from dialogs import words
from dialogs.event import Event, Pressed, Said, chosen_period
from dialogs.screen import Choice, Month, Plain, Screen, Text, lines, msg, paragraphs
from dialogs.step import Context, Done, Go, Next, Pass, Stay, Step

TOPICS = {
    Topic.CHARGES: msg("Начисления"),
    Topic.READINGS: msg("Показания"),
    Topic.METER: msg("Счётчик"),
    Topic.PAYMENT: msg("Оплата"),
    Topic.QUALITY: msg("Качество, авария"),
    Topic.OTHER: msg("Другое"),
}
PERIODS_OFFERED = 3
SHORTEST_QUESTION = 5
"""Signs: «ок» and «да» are not questions."""


@dataclass(frozen=True)
class ChooseTopic(Step):
    name = "questions.topic"

    async def show(self, ctx: Context) -> Screen:
        rows = tuple(Choice(topic.value, label) for topic, label in TOPICS.items())
        pairs = tuple(rows[start : start + 2] for start in range(0, len(rows), 2))
        return Screen(msg("О чём вопрос?"), pairs)

    async def answer(self, event: Event, ctx: Context) -> Next:
        if isinstance(event, Said):
            return await AskQuestion(Topic.OTHER).answer(event, ctx)
        if not (isinstance(event, Pressed) and event.choice in TOPICS):
            return Pass()
        topic = Topic(event.choice)
        return Go(AskQuestion(topic) if topic is Topic.OTHER else ChooseService(topic))


@dataclass(frozen=True)
class ChooseService(Step):
    name = "questions.service"
    topic: Topic

    async def show(self, ctx: Context) -> Screen:
        rows = tuple((Choice(service.value, words.SERVICE_NAMES[service]),) for service in Service)
        return Screen(msg("Какая услуга?"), rows)

    async def answer(self, event: Event, ctx: Context) -> Next:
        if isinstance(event, Said):
            return await AskQuestion(self.topic).answer(event, ctx)
        if not (isinstance(event, Pressed) and event.choice in words.SERVICE_NAMES):
            return Pass()
        service = Service(event.choice)
        agents = {ctx.core.questions.organisation(service, period).name for period in _periods(ctx)}
        if self.topic is Topic.CHARGES and len(agents) > 1:
            return Go(ChooseTime(self.topic, service))
        return Go(AskQuestion(self.topic, service))


@dataclass(frozen=True)
class ChooseTime(Step):
    """Asked only where the answer depends on it: charges of different months were made by different organisations."""

    name = "questions.period"
    topic: Topic
    service: Service

    async def show(self, ctx: Context) -> Screen:
        items = tuple(Choice(str(period), Month(period).label()) for period in _periods(ctx))
        return Screen(msg("За какой месяц? Если раньше, выберите самый ранний."), items=items)

    async def answer(self, event: Event, ctx: Context) -> Next:
        period = chosen_period(event, _periods(ctx))
        return Go(AskQuestion(self.topic, self.service, period)) if period else Pass()


@dataclass(frozen=True)
class AskQuestion(Step):
    name = "questions.ask"
    topic: Topic
    service: Service | None = None
    period: Period | None = None

    async def show(self, ctx: Context) -> Screen:
        organisation = ctx.core.questions.organisation(self.service, self.period)
        emergency = _emergency(ctx) if self.topic is Topic.QUALITY else None
        return Screen(
            paragraphs(
                emergency,
                lines(
                    msg("На это отвечает {organisation}.", organisation=Plain(organisation.name)), _phone(organisation)
                ),
                msg("Напишите вопрос одним сообщением. Паспорт, карту и коды из СМС не присылайте."),
            )
        )

    async def answer(self, event: Event, ctx: Context) -> Next:
        if not isinstance(event, Said):
            return Pass()
        if len(event.text.strip()) < SHORTEST_QUESTION:
            return Stay(msg("Напишите вопрос подробнее, чтобы оператор понял."))
        resident = ctx.resident.id if ctx.resident else None
        question = Question(ctx.key, ctx.chat, resident, self.topic, self.service, self.period, event.text)
        try:
            ticket = await ctx.core.questions.ask(question)
        except QuestionTooLong:
            return Stay(msg("Слишком длинно: уместите вопрос в {limit} знаков.", limit=LONGEST_QUESTION))
        return Done(
            lines(
                msg(
                    "Вопрос № {number} передан: {organisation}.",
                    number=str(ticket.id),
                    organisation=Plain(ticket.organisation),
                ),
                msg("Ответ придёт сюда, в этот чат."),
            )
        )


def _emergency(ctx: Context) -> Text | None:
    """An accident is not for a chat: who answers at once, as far as the city file knows."""
    phones = words.emergency_phones(ctx)
    return lines(msg("Если это авария, звоните сейчас:"), *phones) if phones else None


def _phone(organisation: Organisation) -> Text | None:
    return msg("Телефон: {phone}", phone=Plain(organisation.phone)) if organisation.phone else None


def _periods(ctx: Context) -> list[Period]:
    """The last months, the latest first. The present month is not billed yet."""
    return [ctx.clock.period().shifted(-months) for months in range(1, PERIODS_OFFERED + 1)]
