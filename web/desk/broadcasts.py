"""Broadcasts at the desk: written, looked at as the messengers will show them, approved, started, watched, reported."""

import re
import secrets
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final

from aiohttp import web

from core.broadcasts.model import BROADCAST_KINDS, ENDS, Broadcast, Draft
from core.broadcasts.ports import Chat
from core.broadcasts.rules import FACTS, MOST_BUTTONS, PERSONAL, BadDraft
from core.broadcasts.use_cases import NotDone
from core.desk import DeskCases
from core.errors import NotFound
from core.ids import MailingId
from core.staff.model import Role
from web.desk.broadcast_form import Unreadable, read_draft, read_time, shown_draft
from web.desk.broadcast_report import add_report, progress_of
from web.desk.broadcast_words import ACTS, HALTS, KINDS, PLACES, STATUSES, problem_lines, why_not
from web.desk.forms import BadForm, Form
from web.desk.shell import Shell
from web.desk.ticket_words import SERVICES
from web.desk.visit import Visit
from web.desk.words import word

PATH: Final = "/broadcasts"
NO_TIME: Final = word("Поле не прочитать: {name}.")
NO_CHAT: Final = word("Такого чата нет, или его владелец ещё не дал согласия.")
FIELDS: Final = {
    "not_after": word("не позже"),
    "at": word("когда начать"),
    "houses": word("дома: по одному в строке, «улица Труда, 14»"),
    "debt": word("долг: сумма в рублях"),
}
DONE: Final = {
    "approve": word("Одобрено."),
    "start": word("Получатели выбраны. Ещё несколько секунд её можно вернуть."),
    "undo": word("Возвращена в черновики: никто ничего не получил."),
    "pause": word("Приостановлена."),
    "resume": word("Продолжена."),
    "cancel": word("Остановлена: кто не получил, уже не получит."),
    "test": word("Отправлена в этот чат, на пробу."),
}
_KEY: Final = re.compile(r"[A-Za-z0-9_-]{8,40}")

Act = Callable[[Visit, DeskCases, MailingId], Awaitable[object]]


def add_broadcasts(shell: Shell) -> None:
    shell.door(PATH, word("Рассылки"), "send", role=Role.SENIOR)
    shell.get(PATH, everything, role=Role.SENIOR)
    shell.get(f"{PATH}/new", new, role=Role.SENIOR)
    shell.post(PATH, create, role=Role.SENIOR)
    add_report(shell, PATH)
    shell.get(f"{PATH}/{{broadcast}}", one, role=Role.SENIOR)
    shell.get(f"{PATH}/{{broadcast}}/edit", edit, role=Role.SENIOR)
    shell.post(f"{PATH}/{{broadcast}}/edit", change, role=Role.SENIOR)
    for name, act in _ACTS.items():
        shell.post(f"{PATH}/{{broadcast}}/{name}", partial(do, name=name, act=act), role=Role.SENIOR)


# --- looking


async def everything(visit: Visit) -> web.Response:
    async with visit.cases() as cases:
        found = await cases.broadcasts.listed()
    ahead = visit.house.parts.written_ahead
    return visit.page("broadcasts.html", broadcasts=found, ahead=ahead, kinds=KINDS, statuses=STATUSES)


async def one(visit: Visit) -> web.Response:
    return await _show(visit)


async def _show(visit: Visit, status: int = 200, problem: str | None = None) -> web.Response:
    parts = visit.house.parts
    async with visit.cases() as cases:
        found = await cases.broadcasts.get(_number(visit))
        reach = await cases.broadcasts.reach(found.draft) if _is_to_come(found) else ()
        acts = await cases.broadcasts.acts(found.id)
        progress = await progress_of(visit, cases, found.id)
    languages = [language for language in parts.city.languages if language in found.draft.texts]
    looks = {language: parts.previews(found.draft, found.id, language) for language in languages}
    return visit.page(
        "broadcast.html",
        status,
        one=found,
        reach=reach,
        acts=acts,
        act_words=ACTS,
        looks=looks,
        problem=problem,
        form=visit.form,
        kinds=KINDS,
        statuses=STATUSES,
        halts=HALTS,
        messengers=parts.city.messengers,
        alone=parts.city.broadcasts.alone_up_to,
        **progress,
    )


def _is_to_come(broadcast: Broadcast) -> bool:
    """Whether whom it reaches is still a question: before its recipients are frozen."""
    return broadcast.recipients is None and broadcast.status not in ENDS


# --- writing


async def new(visit: Visit) -> web.Response:
    """An empty form, or one of those that are written ahead."""
    ahead = dict(visit.house.parts.written_ahead)
    draft = ahead.get(visit.request.query.get("from", ""))
    return _form(visit, shown_draft(draft, visit.house.parts.clock) if draft is not None else Form())


async def create(visit: Visit) -> web.Response:
    try:
        draft = _read(visit)
        async with visit.cases() as cases:
            made = await cases.broadcasts.create(_key(visit), draft, visit.member.login)
            await cases.looks.record(visit.member, "broadcast.create", f"broadcast:{made.id}")
    except (BadDraft, Unreadable) as wrong:
        return _form(visit, visit.form, _wrong(visit, wrong))
    return visit.go(f"{PATH}/{made.id}", word("Сохранено. Пока никто ничего не получил."))


async def edit(visit: Visit) -> web.Response:
    async with visit.cases() as cases:
        found = await cases.broadcasts.get(_number(visit))
    return _form(visit, shown_draft(found.draft, visit.house.parts.clock), found=found)


async def change(visit: Visit) -> web.Response:
    async with visit.cases() as cases:
        found = await cases.broadcasts.get(_number(visit))
        kept = await cases.broadcasts.enclosure(found.id)
    try:
        draft = read_draft(visit.form, visit.house.parts.city, visit.house.parts.clock, kept)
        async with visit.cases() as cases:
            await cases.broadcasts.change(found.id, draft, visit.member.login)
            await cases.looks.record(visit.member, "broadcast.change", f"broadcast:{found.id}")
    except (BadDraft, Unreadable) as wrong:
        return _form(visit, visit.form, _wrong(visit, wrong), found)
    except NotDone as refused:
        return await _show(visit, 422, _why(visit, refused))
    return visit.go(f"{PATH}/{found.id}", word("Сохранено. Пока никто ничего не получил."))


def _form(visit: Visit, form: Form, problems: list[str] | None = None, found: Broadcast | None = None) -> web.Response:
    city = visit.house.parts.city
    return visit.page(
        "broadcast_form.html",
        422 if problems else 200,
        form=form,
        found=found,
        problems=problems or [],
        key=secrets.token_urlsafe(12),
        city=city,
        services=SERVICES,
        places=PLACES,
        kinds=[(kind, KINDS[kind]) for kind in BROADCAST_KINDS],
        buttons=range(1, MOST_BUTTONS + 1),
        facts=sorted({*FACTS, *PERSONAL}),
    )


def _read(visit: Visit) -> Draft:
    return read_draft(visit.form, visit.house.parts.city, visit.house.parts.clock)


def _wrong(visit: Visit, wrong: BadDraft | Unreadable) -> list[str]:
    if isinstance(wrong, BadDraft):
        return problem_lines(wrong.problems, visit.words)
    return [_unread(visit, wrong)]


def _unread(visit: Visit, wrong: Unreadable) -> str:
    return visit.words.t(NO_TIME, name=visit.words.t(FIELDS[str(wrong)]))


# --- doing


async def do(visit: Visit, *, name: str, act: Act) -> web.Response:
    """Done and written down, or not done and said why."""
    number = _number(visit)
    try:
        async with visit.cases() as cases:
            await act(visit, cases, number)
            await cases.looks.record(visit.member, f"broadcast.{name}", f"broadcast:{number}")
    except NotDone as refused:
        return await _show(visit, 422, _why(visit, refused))
    except Unreadable as wrong:
        return await _show(visit, 422, _unread(visit, wrong))
    except NotFound:
        if name != "test":
            raise
        return await _show(visit, 422, visit.words.t(NO_CHAT))
    return visit.go(f"{PATH}/{number}", DONE[name])


async def _approve(visit: Visit, cases: DeskCases, number: MailingId) -> object:
    return await cases.broadcasts.approve(number, visit.member.login)


async def _start(visit: Visit, cases: DeskCases, number: MailingId) -> object:
    at = read_time(visit.form, "at", visit.house.parts.clock)
    return await cases.broadcasts.start(number, visit.member.login, at)


async def _test(visit: Visit, cases: DeskCases, number: MailingId) -> None:
    chat = Chat(visit.form.text("messenger"), visit.form.text("peer").strip())
    await cases.broadcasts.try_out(number, chat, secrets.token_urlsafe(8), visit.member.login)


async def _undo(visit: Visit, cases: DeskCases, number: MailingId) -> object:
    return await cases.broadcasts.undo(number, visit.member.login)


async def _pause(visit: Visit, cases: DeskCases, number: MailingId) -> object:
    return await cases.broadcasts.pause(number, visit.member.login)


async def _resume(visit: Visit, cases: DeskCases, number: MailingId) -> object:
    return await cases.broadcasts.resume(number, visit.member.login)


async def _cancel(visit: Visit, cases: DeskCases, number: MailingId) -> object:
    return await cases.broadcasts.cancel(number, visit.member.login)


_ACTS: Final[dict[str, Act]] = {
    "approve": _approve,
    "start": _start,
    "test": _test,
    "undo": _undo,
    "pause": _pause,
    "resume": _resume,
    "cancel": _cancel,
}


def _why(visit: Visit, refused: NotDone) -> str:
    return why_not(refused, visit.house.parts.city.broadcasts.alone_up_to, visit.words)


def _key(visit: Visit) -> str:
    """Of the form as it was drawn: sent twice, it is one broadcast."""
    said = visit.form.text("key")
    if not _KEY.fullmatch(said):
        raise BadForm
    return f"desk:{visit.member.id}:{said}"


def _number(visit: Visit) -> MailingId:
    return MailingId(visit.number("broadcast"))
