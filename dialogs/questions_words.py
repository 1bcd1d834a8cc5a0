"""How questions, their state and those who answer are called."""

from functools import reduce

from core.errors import NotFound
from core.support.model import Owner, Ticket, TicketStatus, Topic
from core.support.routing import Organisation
from core.support_settings import Desk, Shift
from dialogs import words
from dialogs.screen import Month, Msg, Plain, Text, Time, lines, msg
from dialogs.step import Context

TOPICS = {
    Topic.CHARGES: msg("Начисления"),
    Topic.READINGS: msg("Показания"),
    Topic.METER: msg("Счётчик"),
    Topic.PAYMENT: msg("Оплата"),
    Topic.QUALITY: msg("Качество, авария"),
    Topic.OTHER: msg("Другое"),
}
STATES = {
    TicketStatus.OPEN: msg("ждёт ответа"),
    TicketStatus.ANSWERED: msg("есть ответ"),
    TicketStatus.RESOLVED: msg("закрыт"),
}
WEEKDAYS = (msg("пн"), msg("вт"), msg("ср"), msg("чт"), msg("пт"), msg("сб"), msg("вс"))


def owner(ctx: Context) -> Owner:
    return Owner(ctx.chat, ctx.resident.id if ctx.resident else None)


def title(ticket: Ticket) -> Text:
    """«Вопрос № 12: начисления, холодная вода, декабрь 2021»."""
    about: list[Text] = [TOPICS[ticket.topic]]
    if ticket.service is not None:
        about.append(words.SERVICE_NAMES[ticket.service])
    if ticket.period is not None:
        about.append(Month(ticket.period).label())
    return msg("Вопрос № {number}: {about}", number=str(ticket.id), about=_joined(about))


def label(ticket: Ticket) -> Text:
    """A ticket on a button."""
    return msg(
        "№ {number} · {topic} · {state}",
        number=str(ticket.id),
        topic=TOPICS[ticket.topic],
        state=STATES[ticket.status],
    )


def contact(organisation: Organisation) -> Text:
    """The phone and the hours of work, as far as the city file knows them."""
    phone = msg("Телефон: {phone}", phone=Plain(organisation.phone)) if organisation.phone else None
    return lines(phone, *_hours(organisation.desk))


def expectation(ticket: Ticket, ctx: Context) -> Text | None:
    """When an answer may be hoped for; outside hours, that the question is not lost till then. None where unknown."""
    desk = ctx.core.questions.named(ticket.organisation).desk
    now = ctx.clock.local()
    by = msg("Обычно отвечают до {time}.", time=Time(ctx.clock.local(ticket.due_at))) if ticket.due_at else None
    if desk is None or not desk.shifts:
        return by
    if ticket.due_at is not None and ticket.due_at < ctx.clock.now():
        return msg("Обычно отвечают быстрее. Вопрос не потерян, за ним следят.")
    opens = desk.opens_after(now)
    if desk.open_at(now) or opens is None:
        return by
    closed = msg("Сейчас операторы не работают. Вопрос принят, ответят после открытия: {opens}.", opens=Time(opens))
    return lines(closed, by)


def number_of(text: str) -> int:
    """The number that a subject or a choice bears. Raises NotFound for anything else."""
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise NotFound
    return int(text)


def _hours(desk: Desk | None) -> list[Text]:
    if desk is None or not desk.shifts:
        return []
    return [msg("Отвечают:"), *map(_shift, desk.shifts)]


def _shift(shift: Shift) -> Text:
    return msg(
        "{days} с {opens} до {closes}",
        days=_days(shift.days),
        opens=f"{shift.opens:%H:%M}",
        closes=f"{shift.closes:%H:%M}",
    )


def _days(days: tuple[int, ...]) -> Text:
    """«пн–пт» for days that follow each other, else each of them."""
    first, last = min(days), max(days)
    if last - first == len(days) - 1 and len(days) > 2:
        return msg("{first}–{last}", first=WEEKDAYS[first], last=WEEKDAYS[last])
    return _joined([WEEKDAYS[day] for day in sorted(days)])


def _joined(texts: list[Text]) -> Text:
    return reduce(_and, texts)


def _and(one: Text, other: Text) -> Msg:
    return msg("{one}, {other}", one=one, other=other)
