"""One's own questions: the list, and a single one to read, add to, close, open again and rate."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.ids import TicketId
from core.support.model import Author, FileKind, Message, Ticket, TicketStatus
from core.support.ports import Line, SentFile
from core.support.use_cases import (
    LONGEST_QUESTION,
    MOST_FILES,
    STARS,
    ClosedForGood,
    QuestionTooLong,
    TooManyFiles,
    Words,
)
from dialogs import words
from dialogs.event import Attachment, Event, Kind, NoticeKind, Pressed, Said, Sent
from dialogs.questions_words import STATES, TOPICS, expectation, label, number_of, owner, title
from dialogs.read_on_page import read_row, their_words
from dialogs.screen import Choice, Personal, Plain, Screen, Text, lines, msg, paragraphs, rows
from dialogs.step import Context, Go, Next, Pass, Stay, Step

SHOWN_IN_LIST = 6
SHOWN_WORDS = 4
QUOTED = 300
"""Signs of a message that the screen of a ticket quotes."""
QUOTED_IN_LIST = 100

FILE_KINDS = {Kind.PHOTO: FileKind.PHOTO, Kind.FILE: FileKind.FILE, Kind.VOICE: FileKind.VOICE}
SOLVED = Choice("solved", msg("Решено, спасибо"))
REOPEN = Choice("reopen", msg("Открыть снова"))
RATE = "rate."

FILE_UNREADABLE = msg("Этот файл не открылся. Пришлите его ещё раз или опишите словами.")
TOO_MANY_FILES = msg("К одному вопросу можно приложить не больше {limit} файлов.", limit=MOST_FILES)
TOO_LONG = msg("Слишком длинно: уместите вопрос в {limit} знаков.", limit=LONGEST_QUESTION)
TOO_LATE = msg("Этот вопрос закрыт давно. Задайте, пожалуйста, новый: меню, «Вопрос».")
RATED = msg("Спасибо за оценку!")
_THANKS = frozenset({"спасибо", "благодарю", "понятно", "хорошо", "ок", "рәхмәт", "рахмат", "thanks", "thank", "ok"})
_LONGEST_THANKS = 30


@dataclass(frozen=True)
class MyQuestions(Step):
    name = "questions.list"

    async def show(self, ctx: Context) -> Screen:
        mine = await ctx.core.questions.mine(owner(ctx))
        if not mine:
            return Screen(msg("Вопросов пока нет."))
        items = tuple(Choice(str(line.ticket.id), label(line.ticket)) for line in mine)
        return Screen(paragraphs(msg("Ваши вопросы:"), *map(_summary, mine[:SHOWN_IN_LIST])), items=items)

    async def answer(self, event: Event, ctx: Context) -> Next:
        if not isinstance(event, Pressed):
            return Pass()
        ticket = await ctx.core.questions.get(TicketId(number_of(event.choice)), owner(ctx))
        return Go(TicketTalk(ticket.id))


@dataclass(frozen=True)
class TicketTalk(Step):
    """A ticket. Whatever is written or sent here is added to it, but for words of the menu and lines of readings."""

    name = "questions.ticket"
    takes_any_words = True
    ticket: TicketId

    async def show(self, ctx: Context) -> Screen:
        ticket = await ctx.core.questions.get(self.ticket, owner(ctx))
        said = await ctx.core.questions.said(self.ticket, owner(ctx))
        text = paragraphs(
            lines(title(ticket), _state(ticket, ctx)), *map(_quoted, said[-SHOWN_WORDS:]), _hint(ticket, ctx)
        )
        return Screen(text, (*rows(_read(ticket, said, ctx)), *_choices(ticket, ctx)))

    async def answer(self, event: Event, ctx: Context) -> Next:
        match event:
            case Pressed(choice):
                return await self._pressed(choice, ctx)
            case Said(text) if words.menu_word(text):
                return Pass()
            case Said() | Sent(Kind.PHOTO | Kind.FILE | Kind.VOICE):
                return await self._said(event, ctx)
        return Pass()

    async def _pressed(self, choice: str, ctx: Context) -> Next:
        questions, who = ctx.core.questions, owner(ctx)
        if choice == SOLVED.id:
            await questions.solve(self.ticket, who)
            return Stay(msg("Рады, что помогли!"))
        if choice == REOPEN.id:
            return Stay(await reopened(self.ticket, ctx))
        if choice.startswith(RATE):
            await questions.rate(self.ticket, who, number_of(choice.removeprefix(RATE)))
            return Stay(RATED)
        return Pass()

    async def _said(self, event: Said | Sent, ctx: Context) -> Next:
        files = sent_files(event)
        if files is None:
            return Stay(FILE_UNREADABLE)
        present = await ctx.core.questions.get(self.ticket, owner(ctx))
        if not files and present.status is not TicketStatus.OPEN and thanks(event.text):
            return Stay(msg("Пожалуйста!"))
        try:
            await ctx.core.questions.add(self.ticket, owner(ctx), Words(ctx.key, event.text, event.message, files))
        except QuestionTooLong:
            return Stay(TOO_LONG)
        except TooManyFiles:
            return Stay(TOO_MANY_FILES)
        except ClosedForGood:
            return Stay(TOO_LATE)
        await keep_files(self.ticket, ctx)
        return Stay(msg("Добавлено к вопросу № {number}.", number=str(self.ticket)))


async def reopened(ticket: TicketId, ctx: Context) -> Text:
    """Opens a ticket again; what is said of it."""
    try:
        await ctx.core.questions.reopen(ticket, owner(ctx))
    except ClosedForGood:
        return TOO_LATE
    return msg("Вопрос № {number} снова открыт. Напишите, что осталось непонятным.", number=str(ticket))


async def keep_files(ticket: TicketId, ctx: Context) -> None:
    """A job for each file that came just now: it is fetched from the messenger and put away."""
    for waiting in await ctx.core.questions.to_fetch(ticket, ctx.chat):
        sent = waiting.sent
        payload = {"number": waiting.id, "kind": sent.kind.value, "name": sent.name, "file": sent.remote}
        await ctx.start_job("keep_attachment", payload, f"attachment:{waiting.id}")


def sent_files(event: Said | Sent) -> tuple[SentFile, ...] | None:
    """The files that came with a message; None when one of them cannot be fetched."""
    if isinstance(event, Said):
        return ()
    files: list[SentFile] = []
    for one in (Attachment(event.kind, event.file, event.name), *event.more):
        if one.file is None:
            return None
        files.append(SentFile(FILE_KINDS[one.kind], one.file, one.name))
    return tuple(files)


def rating_row(prefix: str) -> tuple[Choice, ...]:
    return tuple(Choice(f"{prefix}{stars}", Plain(str(stars))) for stars in STARS)


def thanks(text: str) -> bool:
    """«Спасибо!» is no question: it neither opens a ticket again nor calls an operator."""
    said = text.strip().casefold().strip(".!) ")
    return len(said) <= _LONGEST_THANKS and said.replace(",", " ").split(" ")[0] in _THANKS


def _summary(line: Line) -> Text:
    ticket = line.ticket
    head = msg(
        "№ {number}, {topic}: {state}",
        number=str(ticket.id),
        topic=TOPICS[ticket.topic],
        state=STATES[ticket.status],
    )
    answer = msg("Ответ: {text}", text=Plain(_cut(line.answered, QUOTED_IN_LIST))) if line.answered else None
    return lines(head, Personal(answer) if answer else None)


def _state(ticket: Ticket, ctx: Context) -> Text:
    who = Plain(ticket.organisation)
    match ticket.status:
        case TicketStatus.OPEN:
            return lines(msg("Отвечает {organisation}, ответа пока нет.", organisation=who), expectation(ticket, ctx))
        case TicketStatus.ANSWERED:
            return msg("Есть ответ: {organisation}.", organisation=who)
    return msg("Вопрос закрыт.")


def _quoted(message: Message) -> Text:
    """Words of people may hold names and addresses."""
    words_said: Text = Plain(_cut(message.text, QUOTED)) if message.text else msg("(файл)")
    if message.author is Author.RESIDENT:
        return Personal(msg("Вы: {text}", text=words_said))
    return Personal(msg("Ответ: {text}", text=words_said), msg("Ответ: {text}", text=their_words(None)))


def _read(ticket: Ticket, said: Sequence[Message], ctx: Context) -> tuple[Choice, ...]:
    """The button for the last answer, where it may not be quoted."""
    answers = [one.id for one in said if one.author is Author.OPERATOR]
    return read_row(NoticeKind.ANSWER, f"{ticket.id}:{answers[-1]}", ctx) if answers else ()


def _hint(ticket: Ticket, ctx: Context) -> Text:
    if ticket.status is not TicketStatus.RESOLVED:
        return msg("Чтобы дополнить, напишите сюда или пришлите фото, документ, голосовое.")
    rate = msg("Оцените ответ: 1 — плохо, 5 — отлично.") if ticket.rating is None else None
    again = msg("Если не помогло, откройте вопрос снова.") if ctx.core.questions.may_reopen(ticket) else None
    return lines(rate, again)


def _choices(ticket: Ticket, ctx: Context) -> tuple[tuple[Choice, ...], ...]:
    if ticket.status is not TicketStatus.RESOLVED:
        return rows(SOLVED)
    rate = rows(rating_row(RATE)) if ticket.rating is None else ()
    return (*rate, *(rows(REOPEN) if ctx.core.questions.may_reopen(ticket) else ()))


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 1].rstrip()}…"
