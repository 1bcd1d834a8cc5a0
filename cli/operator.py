"""`vodoteplo operator …`: questions of residents, with everything an operator may do to them (core.support.desk)."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from cli.base import Base, console_key, run_with_base, shown_time
from cli.refusal import refuse
from core.errors import NotFound
from core.ids import TicketId
from core.live import tell_of
from core.support.desk import LONGEST_ANSWER, BadAnswer, Dossier, OperatorDesk, UnknownOrganisation
from core.support.model import FileId, FileKind, Mark, Message, Operator, Ticket, TicketFile, TicketStatus
from core.support.ports import MadeFile, QueueFilter, QueueLine
from core.support.routing import find_organisation, organisations
from infra.attachments import UnfitFile, made_file
from infra.db.desk import operator_desk
from infra.live import RedisLive
from infra.redis import connect

_OBEYED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
FIRST_WORDS = 200
"""Signs of a question that a list shows."""

Act = Callable[[OperatorDesk, Base], Awaitable[None]]


@dataclass(frozen=True)
class Said:
    """What an operator writes: the ticket, the words, a file, and who writes."""

    ticket: int
    text: str
    file: Path | None
    operator: str


def run_tickets(organisation: str | None, *, everything: bool, unread: bool) -> None:
    statuses = frozenset(TicketStatus) if everything else frozenset({TicketStatus.OPEN})
    wanted = QueueFilter(statuses=statuses, unread=unread, limit=1000)
    run_with_base(partial(_tickets, organisation=organisation, wanted=wanted))


async def _tickets(ground: Base, *, organisation: str | None, wanted: QueueFilter) -> None:
    operator = Operator("console", frozenset({_organisation(ground, organisation)}) if organisation else None)
    async with _desk(ground) as desk:
        found = await desk.queue(operator, wanted)
    if not found:
        print("No question waits for an answer.")
    for line in found:
        print(_line(line, ground))


def run_show(ticket: int, operator: str) -> None:
    """Shows a ticket and marks it as read."""

    async def show(desk: OperatorDesk, ground: Base) -> None:
        dossier = await desk.show(Operator(operator), TicketId(ticket))
        await desk.read(Operator(operator), TicketId(ticket))
        _print_dossier(dossier, ground)

    _run(show)


def run_answer(said: Said) -> None:
    file = _made(said.file)

    async def answer(desk: OperatorDesk, _: Base) -> None:
        await desk.answer(Operator(said.operator), TicketId(said.ticket), said.text, console_key(), file=file)
        print(f"№ {said.ticket}: the answer is on its way.")

    _run(answer)


def run_note(said: Said) -> None:
    file = _made(said.file)

    async def note(desk: OperatorDesk, _: Base) -> None:
        await desk.note(Operator(said.operator), TicketId(said.ticket), said.text, console_key(), file=file)
        print(f"№ {said.ticket}: noted, for operators alone.")

    _run(note)


def run_transfer(ticket: int, to: str, note: str, operator: str) -> None:
    async def transfer(desk: OperatorDesk, _: Base) -> None:
        moved = await desk.transfer(Operator(operator), TicketId(ticket), to, note, console_key())
        print(f"№ {ticket}: it is now with {moved.organisation}.")

    _run(transfer)


def run_close(ticket: int, operator: str) -> None:
    async def close(desk: OperatorDesk, _: Base) -> None:
        await desk.close(Operator(operator), TicketId(ticket), console_key())
        print(f"№ {ticket}: closed; the resident is asked how well it was answered.")

    _run(close)


def run_file(ticket: int, file: int, out: Path) -> None:
    """Writes a file of a ticket where it is told to; the name a resident gave it is never used as a path."""

    async def save(desk: OperatorDesk, _ground: Base) -> None:
        _, content = await desk.content(Operator("console"), TicketId(ticket), FileId(file))
        with out.open("xb") as written:
            written.write(content)
        print(f"{out}: {len(content)} bytes.")

    try:
        _run(save)
    except FileExistsError:
        refuse([f"{out}: there is such a file already: choose another name"])


def _run(act: Act) -> None:
    run_with_base(partial(_with_desk, act=act))


async def _with_desk(ground: Base, *, act: Act) -> None:
    try:
        async with _desk(ground) as desk:
            await act(desk, ground)
    except NotFound:
        refuse(["there is no such question or file"])
    except BadAnswer:
        refuse([f"the text must have 1 to {LONGEST_ANSWER} characters"])
    except UnknownOrganisation:
        refuse([f"choose another organisation: {', '.join(organisations(ground.city))}"])


@asynccontextmanager
async def _desk(ground: Base) -> AsyncIterator[OperatorDesk]:
    """Open desks see at once what is done here."""
    redis = connect(ground.redis_url)
    live = RedisLive(redis)
    told = partial(tell_of, live)
    try:
        async with ground.database() as engine, operator_desk(engine, ground.city, ground.city_clock, told) as desk:
            yield desk
        await live.aclose()
    finally:
        await redis.aclose()


def _made(path: Path | None) -> MadeFile | None:
    if path is None:
        return None
    try:
        return made_file(FileKind.FILE, path.name, path.read_bytes())
    except UnfitFile as error:
        refuse([f"{path}: {error}"])


def _organisation(ground: Base, said: str) -> str:
    found = find_organisation(ground.city, said)
    if found is None:
        refuse([f"no organisation {said!r}: write one of {', '.join(organisations(ground.city))}"])
    return found


def _line(line: QueueLine, ground: Base) -> str:
    ticket = line.ticket
    due = f", due {shown_time(ticket.due_at, ground)}" if ticket.due_at else ""
    late = " LATE" if ticket.due_at and ticket.due_at < ground.clock.now() else ""
    mark = "*" if ticket.unread else " "
    asked = _plain(line.asked if len(line.asked) <= FIRST_WORDS else f"{line.asked[:FIRST_WORDS]}…")
    opened = shown_time(ticket.opened_at, ground)
    return f"{mark}№ {ticket.id}  {opened}  {_about(ticket)}{due}{late}\n    {asked or '(file)'}"


def _about(ticket: Ticket) -> str:
    about = [ticket.topic.value, *([ticket.service.value] if ticket.service else [])]
    about += [str(ticket.period)] if ticket.period else []
    return f"{ticket.organisation}  ({', '.join(about)})  {ticket.status.value}"


def _print_dossier(dossier: Dossier, ground: Base) -> None:
    ticket = dossier.ticket
    rating = f", rated {ticket.rating}" if ticket.rating else ""
    print(f"№ {ticket.id}  {shown_time(ticket.opened_at, ground)}  {_about(ticket)}{rating}")
    for message in dossier.messages:
        print(_message(message, dossier.marks, ground))
    print("History:")
    for event in dossier.events:
        facts = "".join(f"  {name}: {value}" for name, value in event.facts.items())
        print(f"  {shown_time(event.at, ground)}  {event.kind.value}  {event.by or 'resident'}{facts}")


def _message(message: Message, marks: Mapping[int, Mark], ground: Base) -> str:
    who = f"{message.author.value} {message.by}".strip()
    mark = f"\n    ({marks[message.id].value})" if message.id in marks else ""
    before = [f"\n    before: {_plain(text)}" for text in message.earlier]
    files = [f"\n    {_file(file)}" for file in message.files]
    below = "".join((mark, *before, *files))
    return f"  {shown_time(message.at, ground)}  {who}: {_plain(message.text) or '(file)'}{below}"


def _file(file: TicketFile) -> str:
    about = f"{file.media_type}, {file.size} bytes" if file.media_type else file.state.value
    return f"file {file.id}: {file.name or file.kind.value} ({about})"


def _plain(text: str) -> str:
    """Words of people without what a terminal would obey: escapes, and signs that turn the reading order round."""
    lines = _OBEYED.sub("", text).splitlines()
    return "\n    ".join(lines)
