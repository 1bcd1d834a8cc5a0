"""The first page of somebody who has signed in, and the language of the desk."""

import re
from typing import Final

from aiohttp import web

from web.desk.front import ROOT
from web.desk.shell import Shell
from web.desk.visit import Visit

_PAGE: Final = re.compile(rf"{ROOT}((?:/[A-Za-z0-9_-]+)*)")


def add_start(shell: Shell) -> None:
    shell.get("", start)
    shell.get("/", start)
    shell.post("/language", language)


async def start(visit: Visit) -> web.Response:
    return visit.page("start.html")


async def language(visit: Visit) -> web.Response:
    """The desk in another language, from here on; back to the page that was open."""
    wanted = visit.form.text("language")
    async with visit.cases() as cases:
        await cases.staff.speak(visit.member, wanted)
    page = _PAGE.fullmatch(visit.form.text("back"))
    return visit.speak(visit.go(page[1] if page else ""), wanted)
