"""What an operator does to a ticket. A form that cannot be taken as it is comes back with its words and the reason;
sending the same form twice is sending it once."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from aiohttp import web

from core.desk import DeskCases
from core.errors import Rejected
from core.ids import MemberId, TicketId
from core.live import TYPING, Live
from core.staff.model import Role
from core.support.assignments import HeldByAnother
from core.support.desk import LONGEST_ANSWER, BadAnswer, SaidMeanwhile, UnknownOrganisation
from core.support.model import FileKind
from core.support.ports import MadeFile
from web.desk.conversation import Conversations, Draft, new_draft
from web.desk.forms import BadForm
from web.desk.parts import MakeFile
from web.desk.queue import filter_of
from web.desk.shell import Shell
from web.desk.visit import Visit
from web.desk.words import word

AT_ONCE: Final = 2
"""Files that are made at the same time: a picture of many pixels takes memory while it is decoded."""
_FORM: Final = re.compile(r"[0-9a-f]{32}")

SAID_MEANWHILE: Final = word("Пока вы писали, в разговоре появилось новое. Прочитайте и отправьте ещё раз, если нужно.")
HELD: Final = word("Вопрос в работе у другого оператора: {name}. Отправить всё равно?")
HELD_NOW: Final = word("Вопрос уже в работе у другого оператора: {name}.")
FREE_AGAIN: Final = word("Вопрос уже никто не держит: его можно взять.")
BAD_TEXT: Final = word("Напишите от 1 до {limit} знаков или приложите файл.")
BAD_NOTE: Final = word("Напишите от 1 до {limit} знаков.")
BAD_FILE: Final = word("Этот файл не принят: нужна картинка (JPEG, PNG, WebP) или документ до 20 МБ. Текст сохранён.")
BAD_ORGANISATION: Final = word("Выберите организацию, которой передаёте вопрос.")
GONE: Final = word("Вопрос № {number} передан: {name}.")


Act = Callable[[DeskCases, TicketId], Awaitable[None]]


class UnfitUpload(Rejected):
    """A file that is not kept: the words of the form are."""


@dataclass(frozen=True)
class Acts:
    pages: Conversations
    make_file: MakeFile
    live: Live
    room: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    async def answer(self, visit: Visit) -> web.Response:
        """Answers; with `then=close` the question is closed as well."""
        form, operator = visit.form, visit.operator
        holder = form.number("holder")

        async def act(cases: DeskCases, ticket: TicketId) -> None:
            await cases.assignments.expect(operator, ticket, MemberId(holder) if holder else None)
            seen, key = form.number("seen"), _key(visit)
            await cases.tickets.answer(operator, ticket, form.text("text"), key, file=file, seen=seen)
            await _look(visit, cases, "answered", ticket)
            if form.text("then") == "close":
                await cases.tickets.close(operator, ticket, key)
                await _look(visit, cases, "closed", ticket)

        try:
            file = await self._file(visit)
        except UnfitUpload:
            return await self._back(visit, "answer", UnfitUpload())
        return await self._done(visit, "answer", act)

    async def note(self, visit: Visit) -> web.Response:
        async def act(cases: DeskCases, ticket: TicketId) -> None:
            await cases.tickets.note(visit.operator, ticket, visit.form.text("text"), _key(visit))
            await _look(visit, cases, "noted", ticket)

        return await self._done(visit, "note", act)

    async def transfer(self, visit: Visit) -> web.Response:
        """Hands it over; who may not see it there goes back to the queue."""
        form, to = visit.form, visit.form.text("organisation")

        async def act(cases: DeskCases, ticket: TicketId) -> None:
            await cases.tickets.transfer(visit.operator, ticket, to, form.text("text"), _key(visit))
            await _look(visit, cases, "transferred", ticket)

        done = await self._done(visit, "transfer", act)
        if done.status != 303 or visit.operator.may_see(to):
            return done
        return visit.go(f"/tickets{_query(visit)}", GONE, number=visit.number("ticket"), name=to)

    async def close(self, visit: Visit) -> web.Response:
        async def act(cases: DeskCases, ticket: TicketId) -> None:
            await cases.tickets.close(visit.operator, ticket, _key(visit))
            await _look(visit, cases, "closed", ticket)

        return await self._done(visit, "close", act)

    async def take_up(self, visit: Visit) -> web.Response:
        over = visit.form.number("holder")

        async def act(cases: DeskCases, ticket: TicketId) -> None:
            await cases.assignments.take_up(visit.operator, ticket, MemberId(over) if over else None)
            await _look(visit, cases, "taken_up", ticket)

        return await self._done(visit, "take-up", act)

    async def let_go(self, visit: Visit) -> web.Response:
        async def act(cases: DeskCases, ticket: TicketId) -> None:
            await cases.assignments.let_go(visit.operator, ticket)
            await _look(visit, cases, "let_go", ticket)

        return await self._done(visit, "let-go", act)

    async def give(self, visit: Visit) -> web.Response:
        to = MemberId(visit.form.number("member") or 0)

        async def act(cases: DeskCases, ticket: TicketId) -> None:
            await cases.assignments.give(visit.operator, ticket, to)
            await _look(visit, cases, "given", ticket, to=to)

        return await self._done(visit, "give", act)

    async def typing(self, visit: Visit) -> web.Response:
        """An answer is being written, or is not any more; colleagues who look at the ticket see it."""
        ticket = TicketId(visit.number("ticket"))
        async with visit.cases() as cases:
            organisation = (await cases.tickets.get(visit.operator, ticket)).organisation
        news = {"ticket": ticket, "organisation": organisation, "member": visit.operator.member}
        self.live.publish(TYPING, {**news, "on": visit.form.ticked("on")})
        return web.Response(status=204)

    async def _done(self, visit: Visit, name: str, act: Act) -> web.Response:
        """Does it in one transaction and goes back to the ticket; the form again, with the reason, if it cannot be."""
        ticket = TicketId(visit.number("ticket"))
        try:
            async with visit.cases() as cases:
                await act(cases, ticket)
        except (BadAnswer, SaidMeanwhile, HeldByAnother, UnknownOrganisation) as refusal:
            return await self._back(visit, name, refusal)
        return visit.go(f"/tickets/{ticket}{_query(visit)}")

    async def _back(self, visit: Visit, name: str, refusal: Rejected) -> web.Response:
        """The ticket as it is now, with what was written and why it was not taken. Raises NotFound."""
        form = visit.form
        async with visit.cases() as cases:
            names = {one.id: one.name for one in await cases.tickets.colleagues()}
            draft = Draft(
                form=form.text("form") if _FORM.fullmatch(form.text("form")) else new_draft().form,
                text=form.text("text")[: 2 * LONGEST_ANSWER],
                trouble=_trouble(visit, name, refusal, names),
                seen=form.number("seen") if isinstance(refusal, SaidMeanwhile) else None,
                act=name,
                file_again=form.upload("file") is not None,
            )
            return await self.pages.page(visit, cases, draft)

    async def _file(self, visit: Visit) -> MadeFile | None:
        """The attachment, made harmless. Raises UnfitUpload."""
        upload = visit.form.upload("file")
        if upload is None:
            return None
        try:
            async with self.room:
                return await asyncio.to_thread(self.make_file, FileKind.FILE, upload.name, upload.content)
        except Rejected as error:
            raise UnfitUpload from error


def _trouble(visit: Visit, name: str, refusal: Rejected, names: Mapping[MemberId, str]) -> str:
    t = visit.words.t
    match refusal:
        case SaidMeanwhile():
            return t(SAID_MEANWHILE)
        case HeldByAnother(holder=None):
            return t(FREE_AGAIN)
        case HeldByAnother(holder=holder):
            return t(HELD if name == "answer" else HELD_NOW, name=names.get(holder, "?") if holder else "?")
        case UnknownOrganisation():
            return t(BAD_ORGANISATION)
        case UnfitUpload():
            return t(BAD_FILE)
    return t(BAD_TEXT if name == "answer" else BAD_NOTE, limit=LONGEST_ANSWER)


def _key(visit: Visit) -> str:
    """The form's own name: the same form again has no second effect. Another member's form is another one."""
    said = visit.form.text("form")
    if not _FORM.fullmatch(said):
        raise BadForm
    return f"desk:{visit.member.id}:{visit.number('ticket')}:{said}"


def _query(visit: Visit) -> str:
    return filter_of(visit.request.query).query


async def _look(visit: Visit, cases: DeskCases, what: str, ticket: TicketId, **facts: object) -> None:
    await cases.looks.record(visit.member, f"ticket.{what}", f"ticket:{ticket}", facts)


def add_acts(shell: Shell, acts: Acts) -> None:
    for name, view in (
        *(("answer", acts.answer), ("note", acts.note), ("transfer", acts.transfer), ("close", acts.close)),
        *(("take-up", acts.take_up), ("let-go", acts.let_go), ("typing", acts.typing)),
    ):
        shell.post(f"/tickets/{{ticket}}/{name}", view)
    shell.post("/tickets/{ticket}/give", acts.give, role=Role.SENIOR)
