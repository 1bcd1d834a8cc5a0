"""What we tell residents of our own accord. Facts are read when it is told; what is gone is not told."""

from core.errors import NotFound
from core.meters.numbers import parse_reading
from core.tasks import TaskId, TaskStatus
from dialogs import words
from dialogs.broadcasts import broadcast_notice
from dialogs.call_backs import call_notice
from dialogs.event import Notice, NoticeKind
from dialogs.link_notices import link_notice
from dialogs.pages import notice_page
from dialogs.questions_notices import ticket_notice
from dialogs.read_on_page import notice_of, read_row, their_words
from dialogs.screen import Month, Number, Screen, Text, lines, msg, rows
from dialogs.second_chat import chat_asks, chat_joined
from dialogs.step import Context, Next
from dialogs.telling import declined_text

_PLAIN: dict[str, Text] = {
    NoticeKind.SORRY: msg(
        "Простите, на нашей стороне ошибка. Последнее сообщение не обработано: повторите его, пожалуйста."
    ),
    NoticeKind.DIAL_PHOTO_LOST: msg("Фото счётчика сохранить не удалось. Показания это не меняет."),
    NoticeKind.WORD_CONFIRMED: msg("Оператор подтвердил: это настоящий бот, слово верное."),
}


async def notice_screen(notice: Notice, ctx: Context) -> Screen:
    """The message of a notice. Raises NotFound when its subject is gone; the engine then says nothing."""
    for of_area in (link_notice, ticket_notice, call_notice, broadcast_notice):
        if (told := await of_area(notice, ctx)) is not None:
            return told
    if notice.kind in _PLAIN:
        return Screen(_PLAIN[notice.kind])
    match notice.kind:
        case NoticeKind.READING_DECLINED:
            return await _declined(notice.subject, ctx)
        case NoticeKind.TASK_SETTLED:
            return await _settled(notice.subject, ctx)
        case NoticeKind.CHAT_ASKS:
            return await chat_asks(ctx)
        case NoticeKind.CHAT_JOINED:
            return await chat_joined(notice.subject, ctx)
    raise NotFound


async def read_whole(choice: str, ctx: Context) -> Next:
    """A page with the notice that the button names, as it would be told just now. Raises NotFound."""
    notice = notice_of(choice, ctx)
    await notice_screen(notice, ctx)
    return await notice_page(notice, ctx)


async def _declined(subject: str, ctx: Context) -> Screen:
    """`subject` is `reading:provider`: the verdict of one receiver. Only code before reminders wrote such notices."""
    reading, _, provider = subject.partition(":")
    verdict = await ctx.core.readings.verdict(reading, provider)
    await ctx.flat(verdict.meter.premises)
    button = rows(read_row(NoticeKind.READING_DECLINED, subject, ctx))
    return Screen(declined_text(provider, verdict, ctx), button)


async def _settled(subject: str, ctx: Context) -> Screen:
    """`subject` is the number of a task: what an operator has decided about a reading."""
    if not (subject.isascii() and subject.isdigit()):
        raise NotFound
    task = await ctx.core.tasks.get(TaskId(int(subject)))
    if task.premises is None or task.meter is None or task.period is None:
        raise NotFound
    await ctx.flat(task.premises)
    meter = await ctx.core.readings.gone_meter(task.premises, task.meter)
    value = Number(parse_reading(str(task.facts.get("value"))))
    shown = msg("{meter}: {value}", meter=words.meter_name(meter), value=value)
    match task.status:
        case TaskStatus.ACCEPTED:
            told = msg("Показание проверили и приняли за {month}.", month=Month(task.period))
            return Screen(lines(told, shown))
        case TaskStatus.DECLINED:
            told = msg("Оператор проверил показание и не принял его.")
            why = msg("Причина: {reason}", reason=their_words(task.note))
            again = msg("Проверьте счётчик и передайте показание ещё раз.")
            return Screen(lines(told, shown, why, again), rows(read_row(NoticeKind.TASK_SETTLED, subject, ctx)))
        case TaskStatus.CLOSED:
            told = msg("Оператор разобрался с показанием.")
            answer = msg("Ответ: {reason}", reason=their_words(task.note))
            return Screen(lines(told, shown, answer), rows(read_row(NoticeKind.TASK_SETTLED, subject, ctx)))
    raise NotFound
