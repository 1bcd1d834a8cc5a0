"""Answers kept ready: who leads writes them, all operators of the organisation send them."""

from dataclasses import dataclass
from typing import Final

from aiohttp import web

from core.staff.model import Role
from core.support.canned import BadCanned, CannedId
from core.support.desk import LONGEST_ANSWER
from core.support.routing import FACTS, organisations
from web.desk.shell import Shell
from web.desk.visit import Visit
from web.desk.words import word

BAD: Final = word("Нужны название до 60 знаков и текст до {limit}; в фигурных скобках — только факты из списка.")
KEPT: Final = word("Ответ сохранён.")
DROPPED: Final = word("Ответ удалён.")


@dataclass(frozen=True, slots=True)
class _Draft:
    """What stands in the form of a new answer."""

    organisation: str = ""
    title: str = ""
    text: str = ""


def add_canned(shell: Shell) -> None:
    shell.door("/canned", word("Ответы"), "book", role=Role.SENIOR)
    shell.get("/canned", canned, role=Role.SENIOR)
    shell.post("/canned", write, role=Role.SENIOR)
    shell.post("/canned/{canned}/drop", drop, role=Role.SENIOR)


async def canned(visit: Visit) -> web.Response:
    return await _page(visit, _Draft(), None)


async def write(visit: Visit) -> web.Response:
    form = visit.form
    draft = _Draft(form.text("organisation"), form.text("title"), form.text("text"))
    try:
        async with visit.cases() as cases:
            await cases.canned.write(visit.operator, draft.organisation, draft.title, draft.text)
            await cases.looks.record(visit.member, "canned.written", f"organisation:{draft.organisation}")
    except BadCanned:
        return await _page(visit, draft, visit.words.t(BAD, limit=LONGEST_ANSWER))
    return visit.go("/canned", KEPT)


async def drop(visit: Visit) -> web.Response:
    number = visit.number("canned")
    async with visit.cases() as cases:
        await cases.canned.drop(visit.operator, CannedId(number))
        await cases.looks.record(visit.member, "canned.dropped", f"canned:{number}")
    return visit.go("/canned", DROPPED)


async def _page(visit: Visit, draft: _Draft, problem: str | None) -> web.Response:
    async with visit.cases() as cases:
        kept = await cases.canned.of(visit.operator)
    own = [name for name in organisations(visit.house.parts.city) if visit.operator.may_see(name)]
    return visit.page(
        "canned.html",
        200 if problem is None else 422,
        canned=kept,
        organisations=own,
        several=len(own) > 1,
        draft=draft,
        problem=problem,
        facts=", ".join(f"{{{name}}}" for name in sorted(FACTS)),
        longest=LONGEST_ANSWER,
    )
