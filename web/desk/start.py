"""The first page of somebody who has signed in, and the language of the desk."""

from aiohttp import web

from web.desk.shell import Shell
from web.desk.visit import Visit, page_of_the_desk


def add_start(shell: Shell) -> None:
    shell.get("", start)
    shell.get("/", start)
    shell.post("/language", language)


async def start(visit: Visit) -> web.Response:
    """Where a member's work is: the first door of the menu that is theirs."""
    return visit.go(next(door.path for door in visit.house.doors if visit.member.role.covers(door.role)))


async def language(visit: Visit) -> web.Response:
    """The desk in another language, from here on; back to the page that was open."""
    wanted = visit.form.text("language")
    async with visit.cases() as cases:
        await cases.staff.speak(visit.member, wanted)
    return visit.speak(visit.go(page_of_the_desk(visit.form.text("back"))), wanted)
