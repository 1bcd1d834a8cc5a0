"""Until when readings are taken, and a later last day: for seniors."""

from collections.abc import Sequence
from datetime import date
from typing import Final

from aiohttp import web

from core.counter.scope import scope_of
from core.errors import NotFound
from core.ids import ProviderCode
from core.meters.windows import BadExtension, ExtensionProblem, NewExtension
from core.periods import Period
from core.staff.model import Role
from web.desk.shell import Shell
from web.desk.trade import Trade
from web.desk.visit import Visit
from web.desk.words import word

PATH: Final = "/windows"
PROBLEMS: Final = {
    ExtensionProblem.NOT_LATER: word("И так принимают до {day}: нужен более поздний день."),
    ExtensionProblem.TOO_LATE: word("В этот день закрывается приём следующего месяца ({day}): нужен более ранний."),
    ExtensionProblem.NO_REASON: word("Напишите, почему."),
}
UNREADABLE: Final = word("Проверьте месяц и день.")
NO_HOUSE: Final = word("В таком доме по счетам никто не живёт. Проверьте улицу и дом.")
HALF: Final = word("Улица и дом нужны вместе.")


def add_windows(shell: Shell) -> None:
    shell.door(PATH, word("Приём"), "calendar", role=Role.SENIOR)
    shell.get(PATH, page, role=Role.SENIOR)
    shell.post(PATH, extend, role=Role.SENIOR)


async def page(visit: Visit) -> web.Response:
    return await _page(visit)


async def extend(visit: Visit) -> web.Response:
    new = _understood(visit)
    if isinstance(new, str):
        return await _page(visit, 422, visit.words.t(new))
    try:
        async with visit.cases() as cases:
            extension, _ = await cases.counter.acts.extend(visit.member, new)
    except BadExtension as bad:
        problem = visit.words.t(PROBLEMS[bad.problem], day=f"{bad.closes_on:%d.%m.%Y}")
        return await _page(visit, 422, problem)
    except NotFound:
        return await _page(visit, 422, visit.words.t(NO_HOUSE))
    return visit.go(PATH, word("Приём продлён до {day}."), day=f"{extension.until:%d.%m.%Y}")


def _understood(visit: Visit) -> NewExtension | str:
    """What was asked for, or what is wrong with it."""
    form = visit.form
    try:
        period, until = Period.parse(form.text("period")), date.fromisoformat(form.text("until"))
    except ValueError:
        return UNREADABLE
    street, house = form.text("street").strip(), form.text("house").strip()
    if bool(street) != bool(house):
        return HALF
    provider = ProviderCode(form.text("provider")) if form.text("provider") else None
    building = (street, house) if street else None
    return NewExtension(period, until, form.text("reason")[:200], visit.member.name, provider, building)


async def _page(visit: Visit, status: int = 200, problem: str | None = None) -> web.Response:
    parts, member = visit.house.parts, visit.member
    async with visit.cases() as cases:
        windows = await cases.counter.windows.of_providers()
        listed = await cases.counter.windows.listed()
    own = scope_of(parts.city, member, parts.clock.today()).providers
    trade = Trade(visit.words, parts.city)

    def names(codes: Sequence[str]) -> str:
        return ", ".join(trade.provider(code) for code in codes)

    return visit.page(
        "windows.html",
        status,
        windows=windows,
        listed=listed,
        providers=[one.code for one in parts.city.providers if one.code in own],
        whole=member.organisations is None,
        period=parts.clock.period(),
        form=visit.form,
        names=names,
        trade=trade,
        problem=problem,
    )
