"""What the acts in the book of looks are called. A test finds every act that is recorded and wants its name here."""

from collections.abc import Mapping
from typing import Final

from web.desk.words import word

ACTS: Final[Mapping[str, str]] = {
    "ticket.opened": word("открыл вопрос"),
    "ticket.file": word("скачал файл жителя"),
    "ticket.answered": word("ответил на вопрос"),
    "ticket.noted": word("оставил заметку"),
    "ticket.transferred": word("передал вопрос"),
    "ticket.closed": word("закрыл вопрос"),
    "ticket.taken_up": word("взял вопрос"),
    "ticket.let_go": word("отпустил вопрос"),
    "ticket.given": word("поручил вопрос"),
    "canned.written": word("записал готовый ответ"),
    "canned.dropped": word("удалил готовый ответ"),
    "counter.searched": word("искал квартиру"),
    "flat.seen": word("смотрел квартиру"),
    "flat.opened": word("открыл адрес, счета и имена"),
    "resident.seen": word("смотрел карточку жителя"),
    "reading.stored": word("записал показание"),
    "link_code.made": word("выдал код для привязки"),
    "bot_word.confirmed": word("подтвердил слово бота"),
    "window.extended": word("продлил приём показаний"),
    "task.seen": word("смотрел задачу"),
    "task.photos": word("смотрел снимки счётчика"),
    "task.settled": word("решил задачу"),
    "call.taken": word("взял звонок"),
    "call.seen": word("смотрел звонок"),
    "call.settled": word("закончил звонок"),
    "outage.added": word("ввёл отключение"),
    "outage.updated": word("дополнил отключение"),
    "outage.ended": word("закончил отключение"),
    "numbers.taken": word("выгрузил показатели"),
    "staff.added": word("принял сотрудника"),
    "staff.changed": word("изменил сотрудника"),
    "staff.dismissed": word("закрыл доступ сотруднику"),
    "staff.reset": word("сбросил вход сотрудника"),
    "staff.signed_in": word("вошёл"),
    "staff.signed_out": word("вышел"),
    "staff.signed_out_everywhere": word("вышел на всех устройствах"),
    "staff.password_set": word("сменил свой пароль"),
    "staff.factor_set": word("настроил второй ключ"),
    "staff.backup_codes": word("получил запасные коды"),
    "staff.backup_code_used": word("вошёл по запасному коду"),
}
"""One that is not here is shown by its own name."""
