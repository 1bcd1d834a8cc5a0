"""Tickets: the port of core.support over one connection."""

# ruff: noqa: S608 - statements are put together of constants of this module only

from typing import Final

from asyncpg import Connection, Record

from core.errors import NotFound
from core.ids import TicketId
from core.support.model import Ticket, TicketStatus, Topic
from core.support.ports import NewTicket

_TICKET: Final = "id, topic, organisation, status, opened_at"
_OPEN: Final = f"""
INSERT INTO tickets (key, chat_id, resident_id, topic, organisation, opened_at) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (key) DO NOTHING RETURNING {_TICKET}
"""
_OF_KEY: Final = f"SELECT {_TICKET} FROM tickets WHERE key = $1"
_WRITE: Final = "INSERT INTO ticket_messages (ticket_id, at, from_resident, text) VALUES ($1, $2, true, $3)"
_ANSWER: Final = "SELECT text FROM ticket_messages WHERE ticket_id = $1 AND id = $2 AND NOT from_resident"


class PostgresTickets:
    """`core.support.ports.TicketStore`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def open(self, new: NewTicket) -> Ticket:
        row = await self._connection.fetchrow(
            _OPEN, new.key, new.chat, new.resident, new.topic.value, new.organisation, new.at
        )
        if row is None:
            return _ticket(await self._connection.fetchrow(_OF_KEY, new.key))
        await self._connection.execute(_WRITE, row["id"], new.at, new.text)
        return _ticket(row)

    async def message_text(self, ticket: TicketId, message: int) -> str:
        text: str | None = await self._connection.fetchval(_ANSWER, ticket, message)
        if text is None:
            raise NotFound
        return text


def _ticket(row: Record) -> Ticket:
    return Ticket(
        id=TicketId(row["id"]),
        topic=Topic(row["topic"]),
        organisation=row["organisation"],
        status=TicketStatus(row["status"]),
        opened_at=row["opened_at"],
    )
