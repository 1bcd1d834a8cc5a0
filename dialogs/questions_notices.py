"""News of tickets: an answer, a close, a transfer, a file that could not be kept; and the buttons under them.

A button of a notice works whenever it is pressed, also twice: it opens the ticket, or sets what is set already.
"""

from core.errors import NotFound
from core.ids import TicketId
from core.support.model import FileId, FileKind, FileState, Message, TicketStatus
from dialogs.event import Notice, NoticeKind
from dialogs.link_notices import BUTTON
from dialogs.questions_ticket import RATED, REOPEN, SOLVED, TicketTalk, rating_row, reopened
from dialogs.questions_words import contact, expectation, number_of, owner
from dialogs.read_on_page import read_row, their_words
from dialogs.screen import Choice, File, Form, Plain, Screen, lines, msg, rows
from dialogs.step import Context, Go, Next, Stay

TICKET_BUTTON = f"{BUTTON}ticket."
_ANSWER_BACK = msg("Ответить")


async def ticket_notice(notice: Notice, ctx: Context) -> Screen | None:
    """The message of a notice about tickets; None when it is about something else. Raises NotFound."""
    match notice.kind:
        case NoticeKind.ANSWER:
            return await _answer(notice.subject, ctx)
        case NoticeKind.TICKET_CLOSED:
            return await _closed(notice.subject, ctx)
        case NoticeKind.TICKET_TRANSFERRED:
            return await _transferred(notice.subject, ctx)
        case NoticeKind.FILE_LOST:
            return await _file_lost(notice.subject, ctx)
    return None


async def ticket_button(choice: str, ctx: Context) -> Next:
    """What a button under such a notice does: `notice.ticket.<act>.<ticket>[.<stars>]`. Raises NotFound."""
    act, _, rest = choice.removeprefix(TICKET_BUTTON).partition(".")
    number, _, stars = rest.partition(".")
    ticket = TicketId(number_of(number))
    match act:
        case "open":
            await ctx.core.questions.get(ticket, owner(ctx))
            return Go(TicketTalk(ticket))
        case "solved":
            await ctx.core.questions.solve(ticket, owner(ctx))
            return Go(TicketTalk(ticket), msg("Рады, что помогли!"))
        case "reopen":
            return Go(TicketTalk(ticket), await reopened(ticket, ctx))
        case "rate":
            rated = await ctx.core.questions.rate(ticket, owner(ctx), number_of(stars))
            return Stay(RATED) if rated.rating is not None else Go(TicketTalk(ticket))
    raise NotFound


async def _answer(subject: str, ctx: Context) -> Screen:
    """`subject` is `ticket:message`."""
    number, _, message = subject.partition(":")
    ticket = TicketId(number_of(number))
    answer = await ctx.core.questions.answer(ticket, number_of(message), owner(ctx))
    return Screen(
        lines(msg("Ответ на вопрос № {number}:", number=number), their_words(answer.text) if answer.text else None),
        rows(
            read_row(NoticeKind.ANSWER, subject, ctx),
            Choice(f"{TICKET_BUTTON}open.{ticket}", _ANSWER_BACK),
            Choice(f"{TICKET_BUTTON}solved.{ticket}", SOLVED.label),
        ),
        file=_file(answer),
    )


def _file(answer: Message) -> File | None:
    kept = next((file for file in answer.files if file.state is FileState.KEPT), None)
    if kept is None:
        return None
    form = Form.TICKET_PICTURE if kept.kind is FileKind.PHOTO else Form.TICKET_DOCUMENT
    return File(form, detail=str(kept.id))


async def _closed(subject: str, ctx: Context) -> Screen:
    """`subject` is `ticket:key`, as each close is news of its own."""
    ticket = await ctx.core.questions.get(TicketId(number_of(subject.partition(":")[0])), owner(ctx))
    if ticket.status is not TicketStatus.RESOLVED:
        raise NotFound
    return Screen(
        lines(
            msg("Вопрос № {number} закрыт.", number=str(ticket.id)),
            msg("Оцените ответ: 1 — плохо, 5 — отлично."),
        ),
        rows(
            rating_row(f"{TICKET_BUTTON}rate.{ticket.id}."),
            Choice(f"{TICKET_BUTTON}reopen.{ticket.id}", REOPEN.label),
        ),
    )


async def _transferred(subject: str, ctx: Context) -> Screen:
    """`subject` is `ticket:key`."""
    ticket = await ctx.core.questions.get(TicketId(number_of(subject.partition(":")[0])), owner(ctx))
    organisation = ctx.core.questions.named(ticket.organisation)
    return Screen(
        lines(
            msg(
                "Вопрос № {number} передан: {organisation}. Ответят они, писать заново не нужно.",
                number=str(ticket.id),
                organisation=Plain(organisation.name),
            ),
            contact(organisation),
            expectation(ticket, ctx),
        )
    )


async def _file_lost(subject: str, ctx: Context) -> Screen:
    """`subject` is the number of a file."""
    ticket, _ = await ctx.core.questions.file(FileId(number_of(subject)), owner(ctx))
    return Screen(
        lines(
            msg("Файл к вопросу № {number} сохранить не получилось.", number=str(ticket.id)),
            msg("Пришлите фото (JPEG, PNG) или документ до 20 МБ ещё раз или опишите словами."),
        ),
        rows(Choice(f"{TICKET_BUTTON}open.{ticket.id}", _ANSWER_BACK)),
    )
