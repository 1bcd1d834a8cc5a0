"""Whom to call back: taken by one operator at a time, who sees the number then and says what came of it."""

from datetime import datetime
from typing import Final

from aiohttp import web

from core.call_backs.model import CallOutcome
from core.counter.calls import CallChanged, CallTaken, NoSuchHour
from core.counter.model import CallOpen
from core.ids import CallBackId
from web.desk.shell import Shell
from web.desk.visit import Visit
from web.desk.words import word

PATH: Final = "/calls"
CHANGED: Final = word("Этот звонок уже изменился: его взяли, перенесли или закончили. Вот как сейчас.")
TAKEN: Final = word("Уже звонит {name}.")
NO_HOUR: Final = word("В этот час звонить нельзя. Выберите другой.")


def add_call_backs(shell: Shell) -> None:
    shell.door(PATH, word("Звонки"), "phone")
    shell.get(PATH, waiting)
    shell.get(f"{PATH}/list", part)
    shell.get(f"{PATH}/{{call}}", show)
    shell.post(f"{PATH}/{{call}}", settle)
    shell.post(f"{PATH}/{{call}}/take", take)
    shell.says(NoSuchHour, NO_HOUR)


async def waiting(visit: Visit) -> web.Response:
    return await _list(visit)


async def part(visit: Visit) -> web.Response:
    """The list, for a page that is open already."""
    async with visit.cases() as cases:
        calls = await cases.counter.calls.waiting(visit.member)
    return visit.part("calls_part.html", 200, calls=calls)


async def show(visit: Visit) -> web.Response:
    """A call this member has taken; any other leads to the list."""
    try:
        async with visit.cases() as cases:
            found = await cases.counter.calls.shown(visit.member, _call(visit))
    except CallChanged:
        return visit.go(PATH, CHANGED)
    return _page(visit, found)


async def take(visit: Visit) -> web.Response:
    try:
        async with visit.cases() as cases:
            await cases.counter.calls.take(visit.member, _call(visit), _rev(visit), over=visit.form.ticked("over"))
    except CallTaken as taken:
        return await _list(visit, 409, visit.words.t(TAKEN, name=taken.by))
    except CallChanged:
        return await _list(visit, 409, visit.words.t(CHANGED))
    return visit.go(f"{PATH}/{_call(visit)}")


async def settle(visit: Visit) -> web.Response:
    said = visit.form.text("outcome")
    if said not in set(CallOutcome):
        raise web.HTTPBadRequest
    try:
        async with visit.cases() as cases:
            await cases.counter.calls.settle(
                visit.member, _call(visit), _rev(visit), CallOutcome(said), _hour(visit.form.text("again"))
            )
    except CallChanged:
        return await _list(visit, 409, visit.words.t(CHANGED))
    return visit.go(PATH, word("Записано."))


async def _list(visit: Visit, status: int = 200, problem: str | None = None) -> web.Response:
    async with visit.cases() as cases:
        calls = await cases.counter.calls.waiting(visit.member)
    return visit.page("calls.html", status, calls=calls, problem=problem)


def _page(visit: Visit, found: CallOpen) -> web.Response:
    return visit.page("call.html", open=found, flats=found.flats, problem=None)


def _call(visit: Visit) -> CallBackId:
    return CallBackId(visit.number("call"))


def _rev(visit: Visit) -> int:
    """What is no revision is none of the call's."""
    found = visit.form.number("rev")
    return found if found is not None and found < 2**31 else 2**31 - 1


def _hour(said: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(said)
    except ValueError:
        return None
    return found if found.tzinfo is not None else None
