"""Outages at the desk: entered, updated, ended; how many residents say what, and where."""

import re
import secrets
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Final

from aiohttp import web

from core.desk import DeskCases
from core.ids import OutageId
from core.outages.desk import Change, Entered, Entry
from core.outages.model import OutageEventKind, Phase
from core.outages.rules import LONGEST_CAUSE, BadOutage, OutageProblem, UnknownPlaces
from core.services import Service
from web.desk.forms import BadForm, Form
from web.desk.shell import Shell
from web.desk.ticket_words import SERVICES
from web.desk.visit import Visit
from web.desk.words import Words, word

PATH: Final = "/outages"
PHASES: Final[Mapping[Phase, str]] = {
    Phase.PLANNED: word("ещё не началось"),
    Phase.NOW: word("идёт"),
    Phase.OVERDUE: word("срок прошёл"),
    Phase.ENDED: word("закончилось"),
}
EVENTS: Final[Mapping[OutageEventKind, str]] = {
    OutageEventKind.OPENED: word("введено"),
    OutageEventKind.UPDATED: word("дополнено"),
    OutageEventKind.ENDED: word("закончено"),
    OutageEventKind.REOPENED: word("открыто снова"),
}
PROBLEMS: Final[Mapping[OutageProblem, str]] = {
    OutageProblem.NO_SERVICE: word("Отметьте, что отключено."),
    OutageProblem.NO_CAUSE: word("Напишите причину: её прочтут жители."),
    OutageProblem.LONG_CAUSE: word("Слишком длинно: до 300 знаков."),
    OutageProblem.NO_PLACE: word("Напишите, где: улицу с домами, улицу, квартал или район."),
    OutageProblem.MANY_PLACES: word("Слишком много мест: введите остальные отдельным отключением."),
    OutageProblem.ENDS_BEFORE_START: word("Конец раньше начала."),
    OutageProblem.PAST_END: word("Этот срок уже прошёл."),
    OutageProblem.TOO_LONG: word("Таких долгих отключений не бывает: проверьте даты."),
    OutageProblem.FAR_START: word("Начало слишком далеко от сегодня: проверьте дату."),
    OutageProblem.NO_END: word("У плановых работ есть срок. Без срока бывает только авария."),
    OutageProblem.ENDED: word("Это отключение уже закончено."),
    OutageProblem.NOTHING_NEW: word("Ничего нового: измените срок, добавьте слова или места."),
    OutageProblem.NOT_YOURS: word("Это отключение другой организации."),
}
NO_TIME: Final = word("Время не прочитать: выберите день и час.")
UNKNOWN: Final = word("Этого нет в списке домов: {places}. Проверьте, как написано, или отметьте «без них».")
AMBIGUOUS: Final = word("Это может значить разное: {places}. Напишите улицу с домами.")
SHOWN_PLACES: Final = 20
_KEY: Final = re.compile(r"[A-Za-z0-9_-]{8,40}")

Act = Callable[[DeskCases], Awaitable[Entered]]


class BadTime(Exception):
    """A time that is none."""


def add_outages(shell: Shell) -> None:
    shell.door(PATH, word("Отключения"), "alert")
    shell.get(PATH, everything)
    shell.post(PATH, enter)
    shell.get(f"{PATH}/{{outage}}", one)
    shell.post(f"{PATH}/{{outage}}/update", update)
    shell.post(f"{PATH}/{{outage}}/end", end)


async def everything(visit: Visit) -> web.Response:
    return await _list(visit)


async def enter(visit: Visit) -> web.Response:
    """A new outage; residents of the buildings are told at once."""

    async def add(cases: DeskCases) -> Entered:
        entered = await cases.outages.add(visit.operator, _entry(visit))
        await cases.looks.record(visit.member, "outage.added", f"outage:{entered.outage.id}", {"told": entered.told})
        return entered

    done = await _done(visit, add)
    if isinstance(done, str):
        return await _list(visit, 422, done)
    return visit.go(f"{PATH}/{done.outage.id}", word("Введено. Сообщаем жителям: {told}."), told=done.told)


async def one(visit: Visit) -> web.Response:
    return await _show(visit)


async def update(visit: Visit) -> web.Response:
    form, number = visit.form, _number(visit)

    async def change(cases: DeskCases) -> Entered:
        unknown = form.ticked("until_unknown")
        new = Change(
            key=_key(visit),
            text=form.text("text"),
            ends_at=None if unknown else _time(form, "until", visit),
            end_unknown=unknown,
            where=form.text("where").splitlines(),
            leave_unknown=form.ticked("leave_unknown"),
        )
        entered = await cases.outages.update(visit.operator, number, new)
        await cases.looks.record(visit.member, "outage.updated", f"outage:{number}", {"told": entered.told})
        return entered

    done = await _done(visit, change)
    if isinstance(done, str):
        return await _show(visit, 422, done)
    return visit.go(f"{PATH}/{number}", word("Сохранено. Сообщаем жителям: {told}."), told=done.told)


async def end(visit: Visit) -> web.Response:
    number = _number(visit)

    async def finish(cases: DeskCases) -> Entered:
        entered = await cases.outages.end(visit.operator, number, visit.form.text("text"), _key(visit))
        await cases.looks.record(visit.member, "outage.ended", f"outage:{number}", {"told": entered.told})
        return entered

    done = await _done(visit, finish)
    if isinstance(done, str):
        return await _show(visit, 422, done)
    return visit.go(f"{PATH}/{number}", word("Отключение закончено. Сообщаем жителям: {told}."), told=done.told)


async def _done(visit: Visit, act: Act) -> Entered | str:
    """What came of it, or what is wrong, in words."""
    try:
        async with visit.cases() as cases:
            return await act(cases)
    except BadTime:
        return visit.words.t(NO_TIME)
    except BadOutage as bad:
        return visit.words.t(PROBLEMS[bad.problem])
    except UnknownPlaces as places:
        return _places(places, visit.words)


def _places(places: UnknownPlaces, words: Words) -> str:
    text, named = (AMBIGUOUS, places.ambiguous) if places.ambiguous else (UNKNOWN, places.unknown)
    more = " …" if len(named) > SHOWN_PLACES else ""
    return words.t(text, places="; ".join(named[:SHOWN_PLACES]) + more)


async def _list(visit: Visit, status: int = 200, problem: str | None = None) -> web.Response:
    async with visit.cases() as cases:
        outages = await cases.outages.listed(visit.operator)
    chosen = frozenset(visit.form.texts("service"))
    return visit.page(
        "outages.html", status, **_shared(visit), outages=outages, problem=problem, form=visit.form, chosen=chosen
    )


async def _show(visit: Visit, status: int = 200, problem: str | None = None) -> web.Response:
    async with visit.cases() as cases:
        counted, events, buildings = await cases.outages.show(visit.operator, _number(visit))
    return visit.page(
        "outage.html",
        status,
        **_shared(visit),
        one=counted.outage,
        counts=counted.counts,
        events=events,
        buildings=buildings,
        problem=problem,
        form=visit.form,
    )


def _shared(visit: Visit) -> dict[str, object]:
    clock = visit.house.parts.clock
    return {
        "services": SERVICES,
        "phases": PHASES,
        "event_words": EVENTS,
        "now": clock.now(),
        "local_now": clock.local().strftime("%Y-%m-%dT%H:%M"),
        "key": secrets.token_urlsafe(12),
        "longest": LONGEST_CAUSE,
    }


def _entry(visit: Visit) -> Entry:
    form = visit.form
    return Entry(
        services=[Service(one) for one in form.texts("service") if one in set(Service)],
        where=form.text("where").splitlines(),
        starts_at=_time(form, "from", visit) or visit.house.parts.clock.now(),
        ends_at=_time(form, "until", visit),
        cause=form.text("cause"),
        emergency=form.ticked("emergency"),
        key=_key(visit),
        leave_unknown=form.ticked("leave_unknown"),
    )


def _time(form: Form, name: str, visit: Visit) -> datetime | None:
    """A time of the city's clock as a browser's field gives it. Raises BadTime."""
    said = form.text(name).strip()
    if not said:
        return None
    try:
        return visit.house.parts.clock.typed(said)
    except ValueError:
        raise BadTime from None


def _key(visit: Visit) -> str:
    """Of the form as it was drawn: sent twice, it is done once."""
    said = visit.form.text("key")
    if not _KEY.fullmatch(said):
        raise BadForm
    return f"desk:{visit.member.id}:{said}"


def _number(visit: Visit) -> OutageId:
    return OutageId(visit.number("outage"))
