"""The book of looks, for admins: who did what, who saw whose data. Nobody can change a line of it, they neither."""

from collections.abc import Mapping
from typing import Final

from aiohttp import web

from core.staff.looks import PAGE
from core.staff.model import Role
from web.desk.shell import Shell
from web.desk.visit import Visit
from web.desk.words import word

ACTS: Final[Mapping[str, str]] = {
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
    "counter.searched": word("искал квартиру"),
    "flat.seen": word("смотрел квартиру"),
    "flat.opened": word("открыл адрес, счета и имена"),
    "resident.seen": word("смотрел карточку жителя"),
    "reading.stored": word("записал показание"),
    "link_code.made": word("выдал код для привязки"),
    "bot_word.confirmed": word("подтвердил слово бота"),
    "task.seen": word("смотрел задачу"),
    "task.photos": word("смотрел снимки счётчика"),
    "task.settled": word("решил задачу"),
    "window.extended": word("продлил приём показаний"),
    "call.taken": word("взял звонок"),
    "call.seen": word("смотрел звонок"),
    "call.settled": word("закончил звонок"),
    "outage.added": word("ввёл отключение"),
    "outage.updated": word("дополнил отключение"),
    "outage.ended": word("закончил отключение"),
}
"""What acts are called; one that is not here is shown by its own name."""


def add_looks(shell: Shell) -> None:
    shell.door("/looks", word("Журнал"), "book", role=Role.ADMIN)
    shell.get("/looks", book, role=Role.ADMIN)


async def book(visit: Visit) -> web.Response:
    """The newest lines first; `before` is the last line of the page before."""
    query = visit.request.query
    by, what, before = query.get("by", "").strip().casefold(), query.get("what", "").strip(), query.get("before", "")
    number = int(before) if before.isascii() and before.isdecimal() and len(before) < 19 else None
    async with visit.cases() as cases:
        lines = await cases.looks.page(by=by, what=what, before=number)
    older = lines[-1].id if len(lines) == PAGE else None
    return visit.page("looks.html", lines=lines, acts=ACTS, by=by, what=what, older=older)
