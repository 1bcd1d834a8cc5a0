"""What we tell residents of our own accord. Facts are read when it is told; what is gone is not told."""

from core.errors import NotFound
from core.ids import TicketId
from dialogs import words
from dialogs.event import Notice, NoticeKind
from dialogs.screen import Number, Plain, Screen, lines, msg
from dialogs.step import Context


async def notice_screen(notice: Notice, ctx: Context) -> Screen:
    """The message of a notice. Raises NotFound when its subject is gone; the engine then says nothing."""
    match notice.kind:
        case NoticeKind.SORRY:
            return Screen(
                msg("Простите, на нашей стороне ошибка. Последнее сообщение не обработано: повторите его, пожалуйста.")
            )
        case NoticeKind.READING_DECLINED:
            return await _declined(notice.subject, ctx)
        case NoticeKind.ANSWER:
            return await _answer(notice.subject, ctx)
    raise NotFound


async def _declined(subject: str, ctx: Context) -> Screen:
    """`subject` is `reading:provider`: the verdict of one receiver."""
    reading, _, provider = subject.partition(":")
    verdict = await ctx.core.readings.verdict(reading, provider)
    return Screen(
        lines(
            msg("{provider}: показание не принято.", provider=words.provider_name(ctx, provider)),
            msg("{meter}: {value}", meter=words.meter_name(verdict.meter), value=Number(verdict.value)),
            msg("Причина: {reason}", reason=Plain(verdict.reason or "—")),
            msg("Проверьте счётчик и передайте показание ещё раз."),
        )
    )


async def _answer(subject: str, ctx: Context) -> Screen:
    """`subject` is `ticket:message`."""
    ticket, _, message = subject.partition(":")
    if not (ticket.isdigit() and message.isdigit()):
        raise NotFound
    text = await ctx.core.questions.answer_text(TicketId(int(ticket)), int(message))
    return Screen(lines(msg("Ответ на вопрос № {number}:", number=ticket), Plain(text)))
