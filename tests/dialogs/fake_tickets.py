"""Tickets kept in memory: the resident's side of core.support, and an operator's hand for the tests."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from core.errors import NotFound
from core.ids import ChatId, TicketId
from core.support.model import (
    Author,
    FileId,
    FileKind,
    FileState,
    Message,
    Owner,
    Ticket,
    TicketFile,
    TicketStatus,
)
from core.support.ports import Line, NewEvent, NewMessage, NewTicket, SentFile, Waiting

NOON = datetime.fromisoformat("2022-02-16T07:00:00+00:00")


@dataclass
class FakeTickets:
    """`opened` are the questions as asked; `events` the history of each ticket. `residents` tells whose a chat is."""

    opened: list[NewTicket] = field(default_factory=list)
    tickets: dict[TicketId, Ticket] = field(default_factory=dict)
    said: dict[TicketId, list[Message]] = field(default_factory=dict)
    events: dict[TicketId, list[NewEvent]] = field(default_factory=dict)
    _keys: dict[str, TicketId] = field(default_factory=dict)
    _sent: dict[FileId, tuple[TicketId, ChatId | None, SentFile]] = field(default_factory=dict)
    _names: dict[tuple[ChatId | None, str], tuple[TicketId, int]] = field(default_factory=dict)
    _messages: int = 0

    async def open(self, new: NewTicket) -> Ticket:
        if new.key in self._keys:
            return self.tickets[self._keys[new.key]]
        self.opened.append(new)
        number = TicketId(len(self.opened))
        self._keys[new.key] = number
        self.tickets[number] = Ticket(
            *(number, new.topic, new.organisation, TicketStatus.OPEN, new.at, new.service, new.period, new.due_at),
            unread=True,
        )
        await self.add(
            number,
            NewMessage(f"{new.key} open", Author.RESIDENT, new.text, new.at, new.chat, new.message, "", new.files),
        )
        return self.tickets[number]

    async def of(self, owner: Owner, limit: int) -> Sequence[Line]:
        mine = [number for number in sorted(self.tickets, reverse=True) if self._theirs(number, owner)]
        return [Line(self.tickets[number], *self._last_words(number)) for number in mine[:limit]]

    async def get(self, ticket: TicketId, owner: Owner) -> Ticket:
        if ticket not in self.tickets or not self._theirs(ticket, owner):
            raise NotFound
        return self.tickets[ticket]

    async def take(self, ticket: TicketId) -> Ticket:
        return self.tickets[ticket]

    async def save(self, ticket: Ticket, event: NewEvent) -> None:
        self.tickets[ticket.id] = ticket
        self.events.setdefault(ticket.id, []).append(event)

    async def add(self, ticket: TicketId, new: NewMessage) -> int | None:
        if new.key in self._keys:
            return None
        self._keys[new.key] = ticket
        self._messages += 1
        files = tuple(self._file(ticket, new.chat, sent) for sent in new.sent)
        message = Message(self._messages, new.author, new.text, new.at, new.by, files)
        self.said.setdefault(ticket, []).append(message)
        if new.message is not None:
            self._names[new.chat, new.message] = (ticket, message.id)
        return message.id

    async def messages(self, ticket: TicketId) -> Sequence[Message]:
        return self.said[ticket]

    async def count_files(self, ticket: TicketId) -> int:
        return sum(one[0] == ticket for one in self._sent.values())

    async def waiting(self, ticket: TicketId, chat: ChatId) -> Sequence[Waiting]:
        return [Waiting(file, one[2]) for file, one in self._sent.items() if one[:2] == (ticket, chat)]

    async def answer(self, ticket: TicketId, message: int) -> Message:
        for one in self.said[ticket]:
            if one.id == message and one.author is Author.OPERATOR:
                return one
        raise NotFound

    async def edit(self, chat: ChatId, message: str, text: str, at: datetime) -> TicketId | None:
        found = self._names.get((chat, message))
        if found is None:
            return None
        ticket, number = found
        self.said[ticket] = [
            replace(one, text=text, earlier=(*one.earlier, one.text)) if one.id == number and one.text != text else one
            for one in self.said[ticket]
        ]
        return ticket

    async def file(self, file: FileId) -> tuple[TicketId, TicketFile]:
        if file not in self._sent:
            raise NotFound
        ticket, _, sent = self._sent[file]
        return ticket, TicketFile(file, sent.kind, sent.name, FileState.LOST)

    def answered(self, ticket: int, text: str, picture: bool = False) -> str:
        """An operator answers; the subject of the notice that tells it."""
        number = TicketId(ticket)
        self._messages += 1
        kind = FileKind.PHOTO if picture else FileKind.FILE
        files = (TicketFile(FileId(900), kind, "схема.jpg", FileState.KEPT, "image/jpeg", 9),) if picture else ()
        self.said[number].append(Message(self._messages, Author.OPERATOR, text, NOON, "Анна", files))
        self.tickets[number] = replace(self.tickets[number], status=TicketStatus.ANSWERED)
        return f"{ticket}:{self._messages}"

    def closed(self, ticket: int, at: datetime) -> str:
        """An operator closes it; the subject of the notice."""
        number = TicketId(ticket)
        self.tickets[number] = replace(self.tickets[number], status=TicketStatus.RESOLVED, closed_at=at)
        return f"{ticket}:k"

    def texts(self, ticket: int) -> list[str]:
        return [one.text for one in self.said[TicketId(ticket)]]

    def _theirs(self, ticket: TicketId, owner: Owner) -> bool:
        new = self.opened[ticket - 1]
        return new.chat == owner.chat if new.resident is None else new.resident == owner.resident

    def _last_words(self, ticket: TicketId) -> tuple[str, str]:
        said = self.said[ticket]
        answers = [one.text for one in said if one.author is Author.OPERATOR]
        return said[0].text, answers[-1] if answers else ""

    def _file(self, ticket: TicketId, chat: ChatId | None, sent: SentFile) -> TicketFile:
        number = FileId(len(self._sent) + 1)
        self._sent[number] = (ticket, chat, sent)
        return TicketFile(number, sent.kind, sent.name, FileState.WAITING)
