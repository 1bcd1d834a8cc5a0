"""A conversation: everything that was said and happened in a ticket, read whole at every look, with its files."""

import uuid
from dataclasses import dataclass
from urllib.parse import quote

from aiohttp import web

from core.desk import DeskCases
from core.ids import TicketId
from core.support.desk import LONGEST_ANSWER, Dossier
from core.support.model import FileId, Ticket, TicketFile
from core.support.routing import organisations
from web.desk.live import Hub
from web.desk.queue import choices, filter_of, read_page
from web.desk.shell import Shell
from web.desk.talk import PICTURE, Teller
from web.desk.ticket_words import SERVICES, STATUSES, TOPICS
from web.desk.visit import Visit


@dataclass(frozen=True, slots=True)
class Draft:
    """What stands in the form of a ticket: as it is opened, or as it was sent and came back with a `trouble`. `form`
    names this form, so that sending it twice is sending it once. `seen`: what the operator had read when something
    newer held their answer back. `file_again`: a browser gives no file back; it is to be chosen once more."""

    form: str
    text: str = ""
    trouble: str | None = None
    seen: int | None = None
    act: str = "answer"
    file_again: bool = False


def new_draft(text: str = "") -> Draft:
    return Draft(uuid.uuid4().hex, text)


class Conversations:
    """The pages of a ticket. `hub` knows who is writing."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    async def show(self, visit: Visit) -> web.Response:
        """The page of a ticket, beside the queue it was chosen from. Opening it is a look, and reads it."""
        async with visit.cases() as cases:
            return await self.page(visit, cases, new_draft(), opened=True)

    async def page(self, visit: Visit, cases: DeskCases, draft: Draft, *, opened: bool = False) -> web.Response:
        """Raises NotFound. 409 when a form has come back with a question."""
        number = TicketId(visit.number("ticket"))
        if opened:
            await cases.tickets.read(visit.operator, number)
            await cases.looks.record(visit.member, "ticket.opened", f"ticket:{number}")
        queue = await read_page(visit, cases)
        dossier = await cases.tickets.show(visit.operator, number)
        values = await self._values(visit, cases, dossier, draft.seen)
        ready = await cases.canned.ready(dossier.ticket, visit.house.parts.city.languages[0])
        status = 409 if draft.trouble is not None else 200
        own = [name for name in organisations(visit.house.parts.city) if name != dossier.ticket.organisation]
        colleagues = await cases.assignments.may_hold(dossier.ticket) if visit.operator.leads else ()
        return visit.page(
            "conversation.html",
            status,
            **values,
            queue=queue,
            here=number,
            choices=choices(visit),
            ready=ready,
            draft=draft,
            others=own,
            colleagues=colleagues,
            longest=LONGEST_ANSWER,
        )

    async def part(self, visit: Visit) -> web.Response:
        """What was said, for a page that is open already. Somebody who looks at it reads it (`?read=1`)."""
        number = TicketId(visit.number("ticket"))
        async with visit.cases() as cases:
            if visit.request.query.get("read") == "1":
                await cases.tickets.read(visit.operator, number)
            dossier = await cases.tickets.show(visit.operator, number)
            values = await self._values(visit, cases, dossier, None)
        return visit.part("talk_part.html", 200, **values)

    async def file(self, visit: Visit) -> web.Response:
        """A file, to be saved. Its name is for the person: no path is made of it."""
        file, content = await self._content(visit, "ticket.file")
        disposition = f"attachment; filename*=UTF-8''{quote(file.name or 'file', safe='')}"
        media_type = file.media_type or "application/octet-stream"
        return web.Response(body=content, content_type=media_type, headers={"Content-Disposition": disposition})

    async def picture(self, visit: Visit) -> web.Response:
        """A picture that was made anew when it came, shown in the page. Anything else is not there."""
        file, content = await self._content(visit, None)
        if file.media_type != PICTURE:
            raise web.HTTPNotFound
        return web.Response(body=content, content_type=PICTURE, headers={"Content-Disposition": "inline"})

    async def _content(self, visit: Visit, look: str | None) -> tuple[TicketFile, bytes]:
        ticket, number = TicketId(visit.number("ticket")), FileId(visit.number("file"))
        async with visit.cases() as cases:
            file, content = await cases.tickets.content(visit.operator, ticket, number)
            if look is not None:
                await cases.looks.record(visit.member, look, f"ticket:{ticket}", {"file": number})
        return file, content

    async def _values(self, visit: Visit, cases: DeskCases, dossier: Dossier, seen: int | None) -> dict[str, object]:
        names = {one.id: one.name for one in await cases.tickets.colleagues()}
        whole = visit.request.query.get("whole") == "1"
        teller = Teller(visit.words, visit.house.parts.clock, names, visit.operator.name, seen, whole)
        ticket, me = dossier.ticket, visit.operator.member
        writing = self._hub.writing(ticket.id, besides=me)
        now = visit.house.parts.clock.now()
        return {
            "ticket": ticket,
            "talk": teller.talk(dossier),
            "about": about(ticket),
            "state": STATUSES[ticket.status],
            "holder": names.get(ticket.assignee) if ticket.assignee is not None else None,
            "mine": ticket.assignee is not None and ticket.assignee == me,
            "late": ticket.due_at is not None and ticket.due_at < now,
            "writing": [names[one] for one in writing if one in names],
            "query": filter_of(visit.request.query).query,
        }


def about(ticket: Ticket) -> tuple[str, ...]:
    """The topic and the service, as texts of the catalogue."""
    return (TOPICS[ticket.topic], *([SERVICES[ticket.service]] if ticket.service else []))


def add_conversations(shell: Shell, pages: Conversations) -> None:
    shell.get("/tickets/{ticket}", pages.show)
    shell.get("/tickets/{ticket}/talk", pages.part)
    shell.get("/tickets/{ticket}/files/{file}", pages.file)
    shell.get("/tickets/{ticket}/pictures/{file}", pages.picture)
