"""Tickets: the port of core.support over one connection."""

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from core.errors import NotFound
from core.ids import TicketId
from core.support.model import Ticket, TicketStatus, Topic
from core.support.ports import NewTicket
from infra.db.rows import AnyRow
from infra.db.tables import ticket_messages, tickets

_TICKET = (tickets.c.id, tickets.c.topic, tickets.c.organisation, tickets.c.status, tickets.c.opened_at)


class PostgresTickets:
    """`core.support.ports.TicketStore`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def open(self, new: NewTicket) -> Ticket:
        ticket = insert(tickets).values(
            key=new.key,
            chat_id=new.chat,
            resident_id=new.resident,
            topic=new.topic.value,
            organisation=new.organisation,
            opened_at=new.at,
        )
        made = ticket.on_conflict_do_nothing(index_elements=[tickets.c.key]).returning(*_TICKET)
        row = (await self._connection.execute(made)).one_or_none()
        if row is None:
            return _ticket((await self._connection.execute(select(*_TICKET).where(tickets.c.key == new.key))).one())
        message = {"ticket_id": row.id, "at": new.at, "from_resident": True, "text": new.text}
        await self._connection.execute(insert(ticket_messages), message)
        return _ticket(row)

    async def get(self, ticket: TicketId) -> Ticket:
        row = (await self._connection.execute(select(*_TICKET).where(tickets.c.id == ticket))).one_or_none()
        if row is None:
            raise NotFound
        return _ticket(row)

    async def message_text(self, ticket: TicketId, message: int) -> str:
        query = select(ticket_messages.c.text).where(
            ticket_messages.c.id == message,
            ticket_messages.c.ticket_id == ticket,
            ticket_messages.c.from_resident.is_(False),
        )
        found = await self._connection.scalar(query)
        if found is None:
            raise NotFound
        return str(found)


def _ticket(row: AnyRow) -> Ticket:
    return Ticket(TicketId(row.id), Topic(row.topic), row.organisation, TicketStatus(row.status), row.opened_at)
