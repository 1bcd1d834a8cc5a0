"""What support needs from outside. Every store works inside the caller's transaction."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from core.ids import ChatId, ResidentId, TicketId
from core.support.model import Ticket, Topic


@dataclass(frozen=True, slots=True)
class NewTicket:
    """A question to store. `key` makes repeating it harmless; without consent there is no resident yet."""

    key: str
    chat: ChatId
    resident: ResidentId | None
    topic: Topic
    organisation: str
    text: str
    at: datetime


class TicketStore(Protocol):
    async def open(self, new: NewTicket) -> Ticket:
        """Opens a ticket with its first message; the same key again returns the ticket that is there."""
        ...

    async def message_text(self, ticket: TicketId, message: int) -> str:
        """The text of an operator's message in the ticket. Raises NotFound."""
        ...
