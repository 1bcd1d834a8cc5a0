"""A question to a person: topic, whose it is by service and time, a known answer if there is one, then the question.

It gets a number."""

from dataclasses import dataclass

from core.periods import Period
from core.services import Service
from core.support.model import Topic
from core.support.ports import SentFile
from core.support.use_cases import Question, QuestionTooLong, TooManyFiles
from dialogs import words
from dialogs.call_backs import CALL_ME, call_by, may_be_called
from dialogs.event import Event, Pressed, Said, Sent, chosen_period
from dialogs.questions_ticket import (
    FILE_KINDS,
    FILE_UNREADABLE,
    TOO_LONG,
    TOO_MANY_FILES,
    MyQuestions,
    TicketTalk,
    keep_files,
    sent_files,
)
from dialogs.questions_words import TOPICS, contact, expectation, owner
from dialogs.screen import Choice, Month, Plain, Screen, Text, lines, msg, paragraphs, rows
from dialogs.step import Context, Done, Go, Next, Pass, Stay, Step, Swap

PERIODS_OFFERED = 3
SHORTEST_QUESTION = 5
"""Signs: «ок» and «да» are not questions."""
MINE = Choice("mine", msg("Мои вопросы"))
HELPED = Choice("helped", msg("Помогло"))
OPERATOR = Choice("operator", msg("Спросить оператора"))


@dataclass(frozen=True)
class ChooseTopic(Step):
    name = "questions.topic"

    async def show(self, ctx: Context) -> Screen:
        choices = tuple(Choice(topic.value, label) for topic, label in TOPICS.items())
        pairs = tuple(choices[start : start + 2] for start in range(0, len(choices), 2))
        mine = rows(MINE) if await ctx.core.questions.mine(owner(ctx)) else ()
        return Screen(msg("О чём вопрос?"), (*pairs, *mine))

    async def answer(self, event: Event, ctx: Context) -> Next:
        if isinstance(event, Said | Sent):
            return await AskQuestion(Topic.OTHER).answer(event, ctx)
        if isinstance(event, Pressed) and event.choice == MINE.id:
            return Go(MyQuestions())
        if not (isinstance(event, Pressed) and event.choice in TOPICS):
            return Pass()
        topic = Topic(event.choice)
        return Go(_after_choices(topic, None, None, ctx) if topic is Topic.OTHER else ChooseService(topic))


@dataclass(frozen=True)
class ChooseService(Step):
    name = "questions.service"
    topic: Topic

    async def show(self, ctx: Context) -> Screen:
        services = tuple((Choice(service.value, words.SERVICE_NAMES[service]),) for service in Service)
        return Screen(msg("Какая услуга?"), services)

    async def answer(self, event: Event, ctx: Context) -> Next:
        if isinstance(event, Said | Sent):
            return await AskQuestion(self.topic).answer(event, ctx)
        if not (isinstance(event, Pressed) and event.choice in words.SERVICE_NAMES):
            return Pass()
        service = Service(event.choice)
        who = {ctx.core.questions.organisation(self.topic, service, period).name for period in _periods(ctx)}
        if len(who) > 1:
            return Go(ChooseTime(self.topic, service))
        return Go(_after_choices(self.topic, service, None, ctx))


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
        return Go(_after_choices(self.topic, self.service, period, ctx)) if period else Pass()


@dataclass(frozen=True)
class KnownAnswerStep(Step):
    """A short answer that needs nobody. It never stands in the way: words written here are the question."""

    name = "questions.known"
    topic: Topic
    service: Service | None = None
    period: Period | None = None

    async def show(self, ctx: Context) -> Screen:
        known = ctx.core.questions.known_answer(self.topic, self.service, self.period, ctx.language)
        if known is None:  # the city file has changed meanwhile
            return await self._ask.show(ctx)
        return Screen(paragraphs(Plain(known), msg("Это помогло?")), rows((HELPED, OPERATOR)))

    async def answer(self, event: Event, ctx: Context) -> Next:
        match event:
            case Pressed(HELPED.id):
                return Done(msg("Рады, что помогли!"))
            case Pressed(OPERATOR.id):
                return Go(self._ask)
        return await self._ask.answer(event, ctx)

    @property
    def _ask(self) -> "AskQuestion":
        return AskQuestion(self.topic, self.service, self.period)


@dataclass(frozen=True)
class AskQuestion(Step):
    name = "questions.ask"
    topic: Topic
    service: Service | None = None
    period: Period | None = None

    async def show(self, ctx: Context) -> Screen:
        organisation = ctx.core.questions.organisation(self.topic, self.service, self.period)
        who = msg("На это отвечает {organisation}.", organisation=Plain(organisation.name))
        return Screen(
            paragraphs(
                _emergency(ctx) if self.topic is Topic.QUALITY else None,
                lines(who, contact(organisation)),
                msg(
                    "Напишите вопрос одним сообщением, можно с фото, документом или голосом. "
                    "Паспорт, карту и коды из СМС не присылайте."
                ),
            ),
            rows(CALL_ME) if may_be_called(ctx, organisation.name) else (),
        )

    async def answer(self, event: Event, ctx: Context) -> Next:
        if isinstance(event, Pressed) and event.choice == CALL_ME.id:
            organisation = ctx.core.questions.organisation(self.topic, self.service, self.period)
            return await call_by(organisation.name, ctx)
        if not isinstance(event, Said | Sent) or (isinstance(event, Sent) and event.kind not in FILE_KINDS):
            return Pass()
        files = sent_files(event)
        if files is None:
            return Stay(FILE_UNREADABLE)
        if not files and len(event.text.strip()) < SHORTEST_QUESTION:
            return Stay(msg("Напишите вопрос подробнее, чтобы оператор понял."))
        try:
            return await self._asked(event, files, ctx)
        except QuestionTooLong:
            return Stay(TOO_LONG)
        except TooManyFiles:
            return Stay(TOO_MANY_FILES)

    async def _asked(self, event: Said | Sent, files: tuple[SentFile, ...], ctx: Context) -> Next:
        who = owner(ctx)
        about = (self.topic, self.service, self.period)
        question = Question(ctx.key, who.chat, who.resident, *about, event.text, event.message, files)
        ticket = await ctx.core.questions.ask(question)
        await keep_files(ticket.id, ctx)
        taken = msg(
            "Вопрос № {number} передан: {organisation}.",
            number=str(ticket.id),
            organisation=Plain(ticket.organisation),
        )
        return Swap(
            TicketTalk(ticket.id), lines(taken, expectation(ticket, ctx), msg("Ответ придёт сюда, в этот чат."))
        )


def _after_choices(topic: Topic, service: Service | None, period: Period | None, ctx: Context) -> Step:
    """A known answer first, where there is one."""
    known = ctx.core.questions.known_answer(topic, service, period, ctx.language)
    return (AskQuestion if known is None else KnownAnswerStep)(topic, service, period)


def _emergency(ctx: Context) -> Text | None:
    """An accident is not for a chat: who answers at once, as far as the city file knows."""
    phones = words.emergency_phones(ctx)
    return lines(msg("Если это авария, звоните сейчас:"), *phones) if phones else None


def _periods(ctx: Context) -> list[Period]:
    """The last months, the latest first. The present month is not billed yet."""
    return [ctx.clock.period().shifted(-months) for months in range(1, PERIODS_OFFERED + 1)]
