"""The operators' side of tickets. An answer and the notice that tells it are one transaction; the notice is an update
of the resident's chat."""

# ruff: noqa: S608 - statements are put together of constants of this module only

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Final

from asyncpg import Connection, Record
from sqlalchemy.ext.asyncio import AsyncEngine

from core.city import City
from core.clock import CityClock
from core.errors import NotFound
from core.ids import MemberId, TicketId
from core.live import Changed, DeskNews, ticket_changed
from core.support.desk import OperatorDesk
from core.support.model import Colleague, EventKind, FileId, TicketEvent, TicketFile
from core.support.ports import MadeFile, News, QueueFilter, QueueLine, Tally, Told
from dialogs.event import Notice, NoticeKind
from dialogs.internal import write_notice
from infra.db.desk_queue import count_queue, read_queue
from infra.db.engine import driver_connection
from infra.db.support import FILE, SharedTickets, read_file
from infra.db.wake import CHANNEL

_KNOWS: Final = "SELECT EXISTS (SELECT FROM ticket_messages WHERE key = $1)"
_COLLEAGUES: Final = "SELECT id, name, organisations, active FROM members ORDER BY name"
_EVENTS: Final = "SELECT kind, at, by, facts FROM ticket_events WHERE ticket_id = $1 ORDER BY id"
_CONTENT: Final = f"""
SELECT {FILE}, content FROM ticket_files WHERE id = $1 AND ticket_id = $2 AND state = 'kept'
"""
# What a trigger has noted of the calls of each answer. A turn that was given up has made none, and lies aside.
_TOLD: Final = """
SELECT said.id, count(calls.outbox_id) AS calls, count(calls.sent_at) AS taken,
    coalesce(bool_or(calls.outcome = 'blocked'), false) AS blocked,
    coalesce(bool_or(calls.outcome <> 'blocked'), false) OR EXISTS (
        SELECT FROM dead_letters WHERE dead_letters.key = 'notice:answer:' || said.ticket_id || ':' || said.id
    ) AS given_up,
    clock_timestamp() - coalesce(said.stored_at, said.at) AS age
FROM ticket_messages AS said LEFT JOIN answer_calls AS calls ON calls.message_id = said.id
WHERE said.ticket_id = $1 AND NOT said.from_resident AND said.kind = 'said' GROUP BY said.id ORDER BY said.id
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
FROM tickets WHERE ticket_files.id = $1 AND state = 'waiting' AND tickets.id = ticket_id
RETURNING tickets.id, organisation
"""
_LOSE: Final = """
UPDATE ticket_files SET state = 'lost' FROM tickets
WHERE ticket_files.id = $1 AND state <> 'kept' AND tickets.id = ticket_id RETURNING tickets.id, organisation
"""


class PostgresDesk(SharedTickets):
    """`core.support.ports.DeskStore`."""

    async def queue(self, wanted: QueueFilter) -> Sequence[QueueLine]:
        return await read_queue(self._connection, wanted)

    async def tally(self, organisations: frozenset[str] | None, member: MemberId | None, now: datetime) -> Tally:
        return await count_queue(self._connection, organisations, member, now)

    async def knows(self, key: str) -> bool:
        return bool(await self._connection.fetchval(_KNOWS, key))

    async def told(self, ticket: TicketId) -> Mapping[int, Told]:
        rows = await self._connection.fetch(_TOLD, ticket)
        return {
            row["id"]: Told(row["calls"], row["taken"], row["blocked"], row["given_up"], row["age"]) for row in rows
        }

    async def colleagues(self) -> Sequence[Colleague]:
        rows = await self._connection.fetch(_COLLEAGUES)
        return [
            Colleague(
                *(MemberId(row["id"]), row["name"]),
                None if row["organisations"] is None else frozenset(row["organisations"]),
                row["active"],
            )
            for row in rows
        ]

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

    def __init__(self, engine: AsyncEngine, told: DeskNews | None = None) -> None:
        """`told`: hears of the ticket when its file is there, or will never be."""
        self._engine = engine
        self._told = told

    async def keep(self, file: int, made: MadeFile) -> None:
        """A file nobody waits for (its resident has been forgotten) is not kept."""
        async with driver_connection(self._engine) as connection:
            self._tell(await keep_file(connection, file, made))

    async def lose(self, file: int) -> bool:
        async with driver_connection(self._engine) as connection:
            lost = await connection.fetchrow(_LOSE, file)
        self._tell(lost)
        return lost is not None

    def _tell(self, changed: Record | None) -> None:
        if changed is not None and self._told is not None:
            self._told({ticket_changed(TicketId(changed["id"]), changed["organisation"])})


async def keep_file(connection: Connection, file: int, made: MadeFile) -> Record | None:
    """Keeps what was fetched for a file that waits for it; its ticket (id, organisation), None if nothing waited."""
    return await connection.fetchrow(
        _KEEP, file, made.kind.value, made.name, made.media_type, len(made.content), made.content
    )


@asynccontextmanager
async def operator_desk(
    engine: AsyncEngine, city: City, clock: CityClock, told: DeskNews | None = None
) -> AsyncIterator[OperatorDesk]:
    """The operators' use cases inside one transaction, committed when the block ends without an error; then `told`
    hears of what it has changed."""
    changed: Changed = set()
    async with driver_connection(engine) as connection, connection.transaction():
        yield OperatorDesk(PostgresDesk(connection, changed), city, clock)
    if told is not None and changed:
        told(changed)


def _facts(stored: object) -> dict[str, object]:
    facts: object = json.loads(stored) if isinstance(stored, str) else stored
    return dict(facts) if isinstance(facts, dict) else {}
