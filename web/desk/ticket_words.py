"""How the desk calls what a ticket is about, and what has happened to it."""

from collections.abc import Mapping
from typing import Final

from core.services import Service
from core.support.model import EventKind, Mark, TicketStatus, Topic
from web.desk.words import word

TOPICS: Final[Mapping[Topic, str]] = {
    Topic.CHARGES: word("Начисления"),
    Topic.READINGS: word("Показания"),
    Topic.METER: word("Счётчик"),
    Topic.PAYMENT: word("Оплата"),
    Topic.QUALITY: word("Качество, авария"),
    Topic.OTHER: word("Другое"),
}
SERVICES: Final[Mapping[Service, str]] = {
    Service.COLD_WATER: word("холодная вода"),
    Service.HOT_WATER: word("горячая вода"),
    Service.WASTEWATER: word("водоотведение"),
    Service.HEATING: word("отопление"),
}
STATUSES: Final[Mapping[TicketStatus, str]] = {
    TicketStatus.OPEN: word("ждёт ответа"),
    TicketStatus.ANSWERED: word("отвечен"),
    TicketStatus.RESOLVED: word("закрыт"),
}
MARKS: Final[Mapping[Mark, str]] = {
    Mark.WAITING: word("ждёт отправки"),
    Mark.SENT: word("отправляется"),
    Mark.DELIVERED: word("доставлено"),
    Mark.BLOCKED: word("не доставлено: житель закрыл чат с ботом"),
    Mark.UNKNOWN: word("неизвестно, доставлено ли"),
}
EVENTS: Final[Mapping[EventKind, str]] = {
    EventKind.OPENED: word("вопрос задан: {to}"),
    EventKind.ADDED: word("житель дополнил вопрос"),
    EventKind.EDITED: word("житель исправил написанное"),
    EventKind.READ: word("{by}: прочитано"),
    EventKind.ANSWERED: word("{by}: дан ответ"),
    EventKind.NOTED: word("{by}: добавлена заметка"),
    EventKind.TRANSFERRED: word("{by}: передано из {origin} в {to}"),
    EventKind.CLOSED: word("{by}: вопрос закрыт"),
    EventKind.REOPENED: word("житель открыл вопрос снова"),
    EventKind.RATED: word("житель оценил ответ: {stars} из 5"),
    EventKind.TAKEN_UP: word("{by}: взято в работу"),
    EventKind.LET_GO: word("{by}: больше не в работе"),
    EventKind.GIVEN: word("{by}: поручено, {name}"),
}
CLOSED_BY_RESIDENT: Final = word("житель закрыл вопрос")
