"""The operators' side of tickets. An answer and the notice that tells it are one transaction; the notice is an update
of the resident's chat."""

# ruff: noqa: S608 - statements are put together of constants of this module only

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

from asyncpg import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

from core.city import City
from core.clock import CityClock
from core.errors import NotFound
from core.ids import TicketId
from core.support.desk import OperatorDesk
from core.support.model import EventKind, FileId, Ticket, TicketEvent, TicketFile
from core.support.ports import Line, MadeFile, News, QueueFilter
from dialogs.event import Notice, NoticeKind
from dialogs.internal import write_notice
from infra.db.engine import driver_connection
from infra.db.support import FILE, LAST_WORDS, TICKET, SharedTickets, read_file, read_line
from infra.db.wake import CHANNEL

_QUEUE: Final = f"""
SELECT {TICKET}, {LAST_WORDS} FROM tickets
WHERE NOT erased AND ($1::text[] IS NULL OR organisation = ANY ($1)) AND status = ANY ($2::text[])
    AND ($3::text IS NULL OR topic = $3) AND (NOT $4 OR unread) AND ($5::bigint IS NULL OR tickets.id > $5)
ORDER BY tickets.id LIMIT $6
"""
_EVENTS: Final = "SELECT kind, at, by, facts FROM ticket_events WHERE ticket_id = $1 ORDER BY id"
_CONTENT: Final = f"""
SELECT {FILE}, content FROM ticket_files WHERE id = $1 AND ticket_id = $2 AND state = 'kept'
"""
# The chat used last of those that may hear of the ticket: the resident's; before consent the one it was asked in.
_TELL: Final = f"""
WITH told AS (
    INSERT INTO inbox (messenger, bot, peer, key, raw, internal)
    SELECT messenger, bot, peer, 'notice:' || $2 || ':' || $3, $4, true
    FROM tickets JOIN chats ON CASE WHEN tickets.resident_id IS NOT NULL THEN chats.resident_id = tickets.resident_id
        ELSE chats.id = tickets.chat_id OR chats.resident_id = (
            SELECT own.resident_id FROM chats AS own WHERE own.id = tickets.chat_id) END
    WHERE tickets.id = $1 AND NOT erased
    ORDER BY used_at DESC NULLS LAST, chats.id = tickets.chat_id DESC, chats.id LIMIT 1
    ON CONFLICT DO NOTHING
    RETURNING messenger, bot, peer
)
SELECT count(pg_notify('{CHANNEL}', json_build_array(messenger, bot, peer)::text)) FROM told
"""
_KEEP: Final = """
UPDATE ticket_files SET state = 'kept', kind = $2, name = $3, media_type = $4, size = $5, content = $6
WHERE id = $1 AND state = 'waiting'
"""
_LOSE: Final = "UPDATE ticket_files SET state = 'lost' WHERE id = $1 AND state <> 'kept' RETURNING id"


class PostgresDesk(SharedTickets):
    """`core.support.ports.DeskStore`."""

    async def queue(self, wanted: QueueFilter) -> Sequence[Line]:
        rows = await self._connection.fetch(
            *(_QUEUE, None if wanted.organisations is None else sorted(wanted.organisations)),
            *(sorted(wanted.statuses), wanted.topic, wanted.unread, wanted.after, wanted.limit),
        )
        return [read_line(row) for row in rows]

    async def events(self, ticket: TicketId) -> Sequence[TicketEvent]:
        rows = await self._connection.fetch(_EVENTS, ticket)
        return [TicketEvent(EventKind(row["kind"]), row["at"], row["by"], _facts(row["facts"])) for row in rows]

    async def content(self, ticket: TicketId, file: FileId) -> tuple[TicketFile, bytes]:
        row = await self._connection.fetchrow(_CONTENT, file, ticket)
        if row is None:
            raise NotFound
        return read_file(row), row["content"]

    async def tell(self, ticket: TicketId, news: News, subject: str) -> None:
        kind = NoticeKind(news.value)
        await self._connection.execute(_TELL, ticket, kind.value, subject, write_notice(Notice(kind, subject)))


class PostgresTicketFiles:
    """`worker.attachments.Archive`: where the job that fetched a file leaves it."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def keep(self, file: int, made: MadeFile) -> None:
        """A file nobody waits for (its resident has been forgotten) is not kept."""
        async with driver_connection(self._engine) as connection:
            await keep_file(connection, file, made)

    async def lose(self, file: int) -> bool:
        async with driver_connection(self._engine) as connection:
            return await connection.fetchval(_LOSE, file) is not None


async def keep_file(connection: Connection, file: int, made: MadeFile) -> None:
    """Keeps what was fetched for a file that waits for it."""
    await connection.execute(_KEEP, file, made.kind.value, made.name, made.media_type, len(made.content), made.content)


@asynccontextmanager
async def operator_desk(engine: AsyncEngine, city: City, clock: CityClock) -> AsyncIterator[OperatorDesk]:
    """The operators' use cases inside one transaction, committed when the block ends without an error."""
    async with driver_connection(engine) as connection, connection.transaction():
        yield OperatorDesk(PostgresDesk(connection), city, clock)


async def open_tickets(engine: AsyncEngine) -> Sequence[tuple[Ticket, str]]:
    """Unanswered questions with the first words of each, oldest first."""
    async with driver_connection(engine) as connection:
        waiting = await PostgresDesk(connection).queue(QueueFilter(limit=1000))
    return [(line.ticket, line.asked) for line in waiting]


def _facts(stored: object) -> dict[str, object]:
    facts: object = json.loads(stored) if isinstance(stored, str) else stored
    return dict(facts) if isinstance(facts, dict) else {}
