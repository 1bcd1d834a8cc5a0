"""Tickets: the resident's side of core.support over one connection, and what both sides share."""

# ruff: noqa: S608 - statements are put together of constants of this module only

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from asyncpg import Connection, Record

from core.errors import NotFound
from core.ids import ChatId, TicketId
from core.live import Changed, ticket_changed
from core.periods import Period
from core.services import Service
from core.support.model import (
    Author,
    EventKind,
    FileId,
    FileKind,
    FileState,
    Message,
    Owner,
    Ticket,
    TicketFile,
    TicketStatus,
    Topic,
)
from core.support.ports import Line, NewEvent, NewMessage, NewTicket, SentFile, Waiting

TICKET: Final = """
tickets.id, topic, organisation, status, opened_at, service, period, due_at, closed_at, rating, unread, assignee_id
"""
_OPEN: Final = f"""
INSERT INTO tickets (key, chat_id, resident_id, topic, organisation, opened_at, service, period, due_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (key) DO NOTHING RETURNING {TICKET}
"""
_OF_KEY: Final = f"SELECT {TICKET} FROM tickets WHERE key = $1"
_TAKE: Final = f"SELECT {TICKET} FROM tickets WHERE id = $1 AND NOT erased FOR UPDATE"
_SAVE: Final = """
UPDATE tickets
SET organisation = $2, status = $3, due_at = $4, closed_at = $5, rating = $6, unread = $7, assignee_id = $8
WHERE id = $1
"""
_EVENT: Final = "INSERT INTO ticket_events (ticket_id, at, kind, by, facts) VALUES ($1, $2, $3, $4, $5::jsonb)"
_WRITE: Final = """
INSERT INTO ticket_messages (ticket_id, at, from_resident, text, key, kind, by, chat_id, message)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (key) DO NOTHING RETURNING id
"""
_SENT_FILE: Final = "INSERT INTO ticket_files (ticket_id, message_id, kind, name, remote) VALUES ($1, $2, $3, $4, $5)"
_MADE_FILE: Final = """
INSERT INTO ticket_files (ticket_id, message_id, kind, name, state, media_type, size, content)
VALUES ($1, $2, $3, $4, 'kept', $5, $6, $7)
"""
_MESSAGES: Final = """
SELECT id, at, from_resident, kind, by, text, replaces FROM ticket_messages WHERE ticket_id = $1 ORDER BY id
"""
FILE: Final = "ticket_files.id, kind, name, state, media_type, size"
_FILES: Final = f"SELECT message_id, {FILE} FROM ticket_files WHERE ticket_id = $1 ORDER BY id"
# Tickets of before the consent bear no resident: they are the chat's, whoever holds it.
_OWN: Final = """
NOT erased AND (resident_id = $1 OR (resident_id IS NULL
    AND chat_id = ANY (ARRAY(SELECT chats.id FROM chats WHERE chats.resident_id = $1) || $2::bigint)))
"""
_LAST_WORDS: Final = """
(SELECT text FROM ticket_messages AS asked WHERE asked.ticket_id = tickets.id AND from_resident
    ORDER BY asked.id LIMIT 1) AS asked,
(SELECT text FROM ticket_messages AS told WHERE told.ticket_id = tickets.id AND NOT from_resident AND kind = 'said'
    ORDER BY told.id DESC LIMIT 1) AS answered
"""
_OF: Final = f"SELECT {TICKET}, {_LAST_WORDS} FROM tickets WHERE {_OWN} ORDER BY tickets.id DESC LIMIT $3"
_GET: Final = f"SELECT {TICKET} FROM tickets WHERE {_OWN} AND tickets.id = $3"
_WAITING: Final = """
SELECT files.id, files.kind, files.name, files.remote
FROM ticket_files AS files JOIN ticket_messages ON ticket_messages.id = files.message_id
WHERE files.ticket_id = $1 AND chat_id = $2 AND state = 'waiting' AND remote IS NOT NULL ORDER BY files.id
"""
_SAID_AS: Final = """
SELECT first.id, first.ticket_id, (
    SELECT text FROM ticket_messages AS version WHERE version.id = first.id OR version.replaces = first.id
    ORDER BY version.id DESC LIMIT 1
) AS text
FROM ticket_messages AS first JOIN tickets ON tickets.id = first.ticket_id
WHERE first.chat_id = $1 AND first.message = $2 AND NOT erased ORDER BY first.id LIMIT 1
"""
_UNREAD: Final = "UPDATE tickets SET unread = true WHERE id = $1 RETURNING organisation"
_VERSION: Final = """
INSERT INTO ticket_messages (ticket_id, at, from_resident, text, replaces) VALUES ($1, $2, true, $3, $4)
"""


class SharedTickets:
    """`core.support.ports.Tickets`. `changed` gathers the tickets that became something else, each with the
    organisation it has now, and any it had before: open desks are told once that is committed."""

    def __init__(self, connection: Connection, changed: Changed | None = None) -> None:
        self._connection = connection
        self._changed: Changed = set() if changed is None else changed

    async def take(self, ticket: TicketId) -> Ticket:
        return found(await self._connection.fetchrow(_TAKE, ticket))

    async def save(self, ticket: Ticket, event: NewEvent) -> None:
        await self._connection.execute(
            *(_SAVE, ticket.id, ticket.organisation, ticket.status.value),
            *(ticket.due_at, ticket.closed_at, ticket.rating, ticket.unread, ticket.assignee),
        )
        self._changed.add(ticket_changed(ticket.id, ticket.organisation))
        if event.kind is EventKind.TRANSFERRED:
            self._changed.add(ticket_changed(ticket.id, str(event.facts["from"])))
        await self.record(ticket.id, event)

    async def record(self, ticket: TicketId, event: NewEvent) -> None:
        facts = json.dumps(event.facts, ensure_ascii=False)
        await self._connection.execute(_EVENT, ticket, event.at, event.kind.value, event.by, facts)

    async def add(self, ticket: TicketId, new: NewMessage) -> int | None:
        number: int | None = await self._connection.fetchval(
            *(_WRITE, ticket, new.at, new.author is Author.RESIDENT, storable(new.text), new.key),
            *("note" if new.author is Author.NOTE else "said", new.by, new.chat, new.message),
        )
        if number is None:
            return None
        for sent in new.sent:
            name, remote = storable(sent.name), storable(sent.remote)
            await self._connection.execute(_SENT_FILE, ticket, number, sent.kind.value, name, remote)
        if (made := new.made) is not None:
            await self._connection.execute(
                *(_MADE_FILE, ticket, number, made.kind.value, storable(made.name)),
                *(made.media_type, len(made.content), made.content),
            )
        return number

    async def messages(self, ticket: TicketId) -> Sequence[Message]:
        rows = await self._connection.fetch(_MESSAGES, ticket)
        files = await self._connection.fetch(_FILES, ticket)
        return read_messages(rows, files)

    async def count_files(self, ticket: TicketId) -> int:
        return int(await self._connection.fetchval("SELECT count(*) FROM ticket_files WHERE ticket_id = $1", ticket))


class PostgresTickets(SharedTickets):
    """`core.support.ports.TicketStore`."""

    async def open(self, new: NewTicket) -> Ticket:
        row = await self._connection.fetchrow(
            *(_OPEN, new.key, new.chat, new.resident, new.topic.value, new.organisation, new.at),
            *(new.service.value if new.service else None, new.period.first_day if new.period else None, new.due_at),
        )
        if row is None:
            return found(await self._connection.fetchrow(_OF_KEY, new.key))
        ticket = read_ticket(row)
        said = NewMessage(new.key, Author.RESIDENT, new.text, new.at, new.chat, new.message, sent=new.files)
        await self.add(ticket.id, said)
        await self.record(ticket.id, NewEvent(EventKind.OPENED, new.at, facts={"to": new.organisation}))
        self._changed.add(ticket_changed(ticket.id, ticket.organisation))
        return ticket

    async def of(self, owner: Owner, limit: int) -> Sequence[Line]:
        rows = await self._connection.fetch(_OF, owner.resident, owner.chat, limit)
        return [_read_line(row) for row in rows]

    async def get(self, ticket: TicketId, owner: Owner) -> Ticket:
        return found(await self._connection.fetchrow(_GET, owner.resident, owner.chat, ticket))

    async def waiting(self, ticket: TicketId, chat: ChatId) -> Sequence[Waiting]:
        rows = await self._connection.fetch(_WAITING, ticket, chat)
        return [Waiting(FileId(row["id"]), SentFile(FileKind(row["kind"]), row["remote"], row["name"])) for row in rows]

    async def answer(self, ticket: TicketId, message: int) -> Message:
        for one in await self.messages(ticket):
            if one.id == message and one.author is Author.OPERATOR:
                return one
        raise NotFound

    async def edit(self, chat: ChatId, message: str, text: str, at: datetime) -> TicketId | None:
        first = await self._connection.fetchrow(_SAID_AS, chat, message)
        text = storable(text)
        if first is None or first["text"] == text:
            return None
        ticket = TicketId(first["ticket_id"])
        await self._connection.execute(_VERSION, ticket, at, text, first["id"])
        self._changed.add(ticket_changed(ticket, await self._connection.fetchval(_UNREAD, ticket)))
        await self.record(ticket, NewEvent(EventKind.EDITED, at, facts={"message": first["id"]}))
        return ticket

    async def file(self, file: FileId) -> tuple[TicketId, TicketFile]:
        row = await self._connection.fetchrow(f"SELECT ticket_id, {FILE} FROM ticket_files WHERE id = $1", file)
        if row is None:
            raise NotFound
        return TicketId(row["ticket_id"]), read_file(row)


def found(row: Record | None) -> Ticket:
    if row is None:
        raise NotFound
    return read_ticket(row)


def read_ticket(row: Record) -> Ticket:
    return Ticket(
        id=TicketId(row["id"]),
        topic=Topic(row["topic"]),
        organisation=row["organisation"],
        status=TicketStatus(row["status"]),
        opened_at=row["opened_at"],
        service=Service(row["service"]) if row["service"] else None,
        period=Period.of(row["period"]) if row["period"] else None,
        due_at=row["due_at"],
        closed_at=row["closed_at"],
        rating=row["rating"],
        unread=row["unread"],
        assignee=row["assignee_id"],
    )


def _read_line(row: Record) -> Line:
    return Line(read_ticket(row), row["asked"] or "", row["answered"] or "")


def read_file(row: Record) -> TicketFile:
    return TicketFile(
        *(FileId(row["id"]), FileKind(row["kind"]), row["name"], FileState(row["state"])),
        *(row["media_type"], row["size"]),
    )


def read_messages(rows: Sequence[Record], files: Sequence[Record]) -> list[Message]:
    """What was said, in order, each message with its versions and its files."""
    versions: dict[int, list[str]] = {}
    for row in rows:
        versions.setdefault(row["replaces"] or row["id"], []).append(row["text"])
    attached: dict[int, list[TicketFile]] = {}
    for row in files:
        attached.setdefault(row["message_id"], []).append(read_file(row))
    return [_message(row, versions, attached) for row in rows if row["replaces"] is None]


def _message(row: Record, versions: Mapping[int, list[str]], files: Mapping[int, list[TicketFile]]) -> Message:
    *earlier, text = versions[row["id"]]
    author = Author.RESIDENT if row["from_resident"] else Author.NOTE if row["kind"] == "note" else Author.OPERATOR
    return Message(
        id=row["id"],
        author=author,
        text=text,
        at=row["at"],
        by=row["by"],
        files=tuple(files.get(row["id"], ())),
        earlier=tuple(one for one in earlier if one),
    )


def storable(text: str) -> str:
    """Without what PostgreSQL's text cannot hold: NUL, and halves of surrogate pairs."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")
