"""The book of looks, for admins: who did what, who saw whose data. Nobody can change a line of it, they neither."""

from aiohttp import web

from core.staff.looks import PAGE
from core.staff.model import Role
from web.desk.look_words import ACTS
from web.desk.shell import Shell
from web.desk.visit import Visit
from web.desk.words import word


def add_looks(shell: Shell) -> None:
    shell.door("/looks", word("Журнал"), "eye", role=Role.ADMIN)
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
