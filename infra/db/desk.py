"""What operators do: see the questions that wait, and answer them.

An answer and the notice that tells it are one transaction; the notice is an update of the resident's chat.
"""

import json
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from core.errors import NotFound
from core.ids import TicketId
from core.support.model import Ticket, TicketStatus, Topic
from dialogs.event import Notice, NoticeKind
from dialogs.internal import write_notice
from infra.db.tables.accounts import chats
from infra.db.tables.path import inbox
from infra.db.tables.support import ticket_messages, tickets
from infra.db.wake import CHANNEL


async def open_tickets(engine: AsyncEngine) -> Sequence[tuple[Ticket, str]]:
    """Unanswered questions with the text of each, oldest first."""
    query = (
        select(tickets, ticket_messages.c.text)
        .join(ticket_messages, ticket_messages.c.ticket_id == tickets.c.id)
        .where(tickets.c.status == TicketStatus.OPEN.value, ticket_messages.c.from_resident)
        .order_by(tickets.c.id)
    )
    async with engine.connect() as connection:
        rows = (await connection.execute(query)).all()
    return [
        (
            Ticket(TicketId(row.id), Topic(row.topic), row.organisation, TicketStatus(row.status), row.opened_at),
            row.text,
        )
        for row in rows
    ]


async def answer_ticket(engine: AsyncEngine, ticket: int, text: str, at: datetime) -> None:
    """Stores an answer and has it told in the chat the question came from. Raises NotFound."""
    async with engine.begin() as connection:
        answered = update(tickets).where(tickets.c.id == ticket).values(status=TicketStatus.ANSWERED.value)
        chat = await connection.scalar(answered.returning(tickets.c.chat_id))
        if chat is None:
            raise NotFound
        message = insert(ticket_messages).values(ticket_id=ticket, at=at, from_resident=False, text=text)
        number = await connection.scalar(message.returning(ticket_messages.c.id))
        await _notify(connection, chat, Notice(NoticeKind.ANSWER, f"{ticket}:{number}"))


async def _notify(connection: AsyncConnection, chat: int, notice: Notice) -> None:
    row = (await connection.execute(select(chats).where(chats.c.id == chat))).one()
    told = upsert(inbox).values(
        messenger=row.messenger,
        bot=row.bot,
        peer=row.peer,
        key=f"notice:{notice.kind}:{notice.subject}",
        raw=write_notice(notice),
        internal=True,
    )
    await connection.execute(told.on_conflict_do_nothing())
    address = json.dumps([row.messenger, row.bot, row.peer])
    await connection.execute(select(func.pg_notify(CHANNEL, address)))
