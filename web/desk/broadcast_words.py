"""Words of broadcasts at the desk: where one is, what became of letters, what a draft lacks, why an act is refused."""

from collections.abc import Mapping
from typing import Final

from core.broadcasts.model import Broadcast, DeliveryState, Halt, MailingKind, Status
from core.broadcasts.rules import Problem, ProblemKind
from core.broadcasts.use_cases import NotDone, RefusalKind
from web.desk.words import Words, word

KINDS: Final[Mapping[MailingKind, str]] = {
    MailingKind.ANNOUNCEMENT: word("объявление"),
    MailingKind.EMERGENCY: word("экстренное: и ночью"),
}
STATUSES: Final[Mapping[Status, str]] = {
    Status.DRAFT: word("черновик"),
    Status.SCHEDULED: word("запланирована"),
    Status.SENDING: word("идёт"),
    Status.PAUSED: word("приостановлена"),
    Status.FINISHED: word("закончена"),
    Status.CANCELLED: word("отменена"),
    Status.EXPIRED: word("срок прошёл"),
}
HALTS: Final[Mapping[Halt, str]] = {
    Halt.OPERATOR: word("Приостановлена оператором."),
    Halt.LATE: word("Долго не отправлялась. Проверьте, нужна ли она ещё, и продолжите."),
    Halt.NEEDS_APPROVAL: word("Получателей слишком много для одного человека: пусть её одобрит второй."),
    Halt.RESTORED: word("Эта копия базы восстановлена: рассылку могли уже отправить."),
}
STATES: Final[Mapping[DeliveryState, str]] = {
    DeliveryState.SENT: word("доставлено"),
    DeliveryState.WAITING: word("ждут"),
    DeliveryState.SENDING: word("в пути"),
    DeliveryState.UNKNOWN: word("неизвестно"),
    DeliveryState.BLOCKED: word("бот заблокирован"),
    DeliveryState.OPTED_OUT: word("отказались"),
    DeliveryState.FAILED: word("не вышло"),
    DeliveryState.DROPPED: word("не отправлено"),
}
ACTS: Final[Mapping[str, str]] = {
    "create": word("написана"),
    "change": word("изменена"),
    "approve": word("одобрена"),
    "try_out": word("отправлена на пробу"),
    "start": word("начата"),
    "undo": word("возвращена в черновики"),
    "pause": word("приостановлена"),
    "resume": word("продолжена"),
    "cancel": word("остановлена"),
}
"""What was done to a broadcast, as its history says it."""
PLACES: Final[Mapping[str, str]] = {
    "readings": word("Показания"),
    "balance": word("Баланс"),
    "receipt": word("Квитанция"),
    "pay": word("Оплатить"),
    "history": word("История показаний"),
    "question": word("Вопрос"),
    "contacts": word("Адреса и телефоны"),
    "settings": word("Настройки"),
    "link": word("Привязать квартиру"),
}
"""Conversations that a button may open."""
PROBLEMS: Final[Mapping[ProblemKind, str]] = {
    ProblemKind.NO_TITLE: word("Напишите название: его видят только операторы."),
    ProblemKind.TITLE_TOO_LONG: word("Название слишком длинное: до {about} знаков."),
    ProblemKind.NO_TEXT: word("Нет текста на основном языке ({where})."),
    ProblemKind.UNKNOWN_LANGUAGE: word("Такого языка нет: {where}{about}."),
    ProblemKind.EMPTY_TEXT: word("Текст пустой ({where})."),
    ProblemKind.TEXT_TOO_LONG: word("Текст не поместится в одно сообщение ({where}): до {about} знаков."),
    ProblemKind.BRACES: word("Скобка без пары ({where}). Если она нужна в тексте, напишите её дважды."),
    ProblemKind.UNKNOWN_PLACEHOLDER: word("Такой подстановки нет ({where}): {about}."),
    ProblemKind.NEEDS_FLAT: word("Подстановка «{about}» есть лишь у тех, кто привязал квартиру: уточните, кому."),
    ProblemKind.TOO_MANY_BUTTONS: word("Слишком много кнопок: до {about}."),
    ProblemKind.BUTTON: word("Кнопка {where}: выберите раздел или впишите ссылку https://… {about}"),
    ProblemKind.LABEL: word("Кнопка {where}: подпись ({about}) пустая или длиннее 40 знаков."),
    ProblemKind.FILE_TOO_LARGE: word("Файл пустой или больше {about} байт."),
    ProblemKind.UNKNOWN_PROVIDER: word("Такой организации нет: {about}."),
    ProblemKind.UNKNOWN_PLACE: word("По этому адресу никто не живёт: {about}."),
    ProblemKind.UNKNOWN_MESSENGER: word("Такого мессенджера нет: {about}."),
    ProblemKind.NOT_LINKED: word("Кто не привязал квартиру, того нельзя найти по квартире."),
    ProblemKind.DEBT: word("Долг «до» меньше долга «от»."),
    ProblemKind.KIND: word("Выберите вид рассылки."),
    ProblemKind.TOO_LATE: word("Этот срок уже прошёл."),
}
REFUSALS: Final[Mapping[RefusalKind, str]] = {
    RefusalKind.WRONG_STATUS: word("Сейчас так сделать нельзя: рассылка уже в другом состоянии."),
    RefusalKind.OWN_WORK: word("Свою рассылку одобрить нельзя: нужен второй человек."),
    RefusalKind.NEEDS_SECOND: word("Получателей {recipients}, это больше {alone}: пусть её одобрит второй."),
    RefusalKind.NOBODY: word("Отправлять некому: проверьте получателей."),
    RefusalKind.TOO_LATE: word("К этому времени отправлять её уже нельзя."),
    RefusalKind.TOO_LATE_TO_UNDO: word("Рассылка уже ушла: отменить её как не начатую нельзя, можно остановить."),
}


def problem_lines(problems: tuple[Problem, ...], words: Words) -> list[str]:
    return [words.t(PROBLEMS[one.kind], where=one.where, about=one.about) for one in problems]


def why_not(refused: NotDone, alone: int, words: Words) -> str:
    return words.t(REFUSALS[refused.kind], recipients=refused.recipients, alone=alone)


def where_it_is(broadcast: Broadcast, words: Words) -> str:
    return words.t(STATUSES[broadcast.status])
