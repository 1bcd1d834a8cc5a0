"""What support needs from outside. Every store works inside the caller's transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum, StrEnum
from typing import Protocol

from core.ids import ChatId, MemberId, ResidentId, TicketId
from core.periods import Period
from core.services import Service
from core.support.model import (
    Author,
    Colleague,
    EventKind,
    FileId,
    FileKind,
    Message,
    Owner,
    Ticket,
    TicketEvent,
    TicketFile,
    TicketStatus,
    Topic,
)


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file a resident sent, by the messenger's own name for it: it is fetched later."""

    kind: FileKind
    remote: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class MadeFile:
    """A file an operator attached, checked and ready to be kept."""

    kind: FileKind
    name: str
    media_type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class NewTicket:
    """A question to store. `key` makes repeating it harmless; without consent there is no resident yet.

    `message` is the messenger's name of the message within its chat: an edit of it is found by that.
    """

    key: str
    chat: ChatId
    resident: ResidentId | None
    topic: Topic
    organisation: str
    text: str
    at: datetime
    service: Service | None = None
    period: Period | None = None
    due_at: datetime | None = None
    message: str | None = None
    files: tuple[SentFile, ...] = ()


@dataclass(frozen=True, slots=True)
class NewMessage:
    """Something to add to a ticket. `key` makes repeating it harmless."""

    key: str
    author: Author
    text: str
    at: datetime
    chat: ChatId | None = None
    message: str | None = None
    by: str = ""
    sent: tuple[SentFile, ...] = ()
    made: MadeFile | None = None


@dataclass(frozen=True, slots=True)
class NewEvent:
    """A line to add to the history of a ticket."""

    kind: EventKind
    at: datetime
    by: str = ""
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A file to be fetched: where it is kept, and what it is."""

    id: FileId
    sent: SentFile


@dataclass(frozen=True, slots=True)
class Line:
    """A ticket in a list, with the last words of each side; empty where there are none."""

    ticket: Ticket
    asked: str
    answered: str


class News(Enum):
    """What a resident is told of a ticket; dialogs make the words."""

    ANSWER = "answer"
    CLOSED = "ticket_closed"
    TRANSFERRED = "ticket_transferred"


class Tickets(Protocol):
    """What both sides of a ticket need."""

    async def take(self, ticket: TicketId) -> Ticket:
        """The ticket, held until the transaction ends. Raises NotFound."""
        ...

    async def save(self, ticket: Ticket, event: NewEvent) -> None:
        """Stores what a ticket has become, and the line of its history that says so."""
        ...

    async def add(self, ticket: TicketId, new: NewMessage) -> int | None:
        """Adds a message with its files; its number, or None when one with that key is there already."""
        ...

    async def messages(self, ticket: TicketId) -> Sequence[Message]:
        """Everything said, in order, notes included."""
        ...

    async def count_files(self, ticket: TicketId) -> int: ...


class TicketStore(Tickets, Protocol):
    """The resident's side."""

    async def open(self, new: NewTicket) -> Ticket:
        """Opens a ticket with its first message; the same key again returns the ticket that is there."""
        ...

    async def of(self, owner: Owner, limit: int) -> Sequence[Line]:
        """Their tickets, the newest first."""
        ...

    async def get(self, ticket: TicketId, owner: Owner) -> Ticket:
        """Raises NotFound for a ticket that is not theirs."""
        ...

    async def waiting(self, ticket: TicketId, chat: ChatId) -> Sequence[Waiting]:
        """Files of the ticket that came by this chat and are not fetched yet."""
        ...

    async def answer(self, ticket: TicketId, message: int) -> Message:
        """An operator's message in the ticket. Raises NotFound."""
        ...

    async def edit(self, chat: ChatId, message: str, text: str, at: datetime) -> TicketId | None:
        """A new version of what was said in a chat under that name; None when it is in no ticket, or says the same."""
        ...

    async def file(self, file: FileId) -> tuple[TicketId, TicketFile]:
        """A file with its ticket. Raises NotFound."""
        ...


class Order(StrEnum):
    """`asked`: the oldest first; `due`: by when an answer is usual, those without a time last; `newest` first."""

    ASKED = "asked"
    DUE = "due"
    NEWEST = "newest"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page of the queue ended: its last ticket, as it stood there."""

    ticket: TicketId
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """Which tickets an operator looks at; None and empty mean all. `free`: taken up by nobody. `late`: an answer was
    usual before this instant. `after`: where the page before ended."""

    organisations: frozenset[str] | None = None
    statuses: frozenset[TicketStatus] = frozenset({TicketStatus.OPEN})
    topic: Topic | None = None
    unread: bool = False
    assignee: MemberId | None = None
    free: bool = False
    late: datetime | None = None
    order: Order = Order.ASKED
    limit: int = 50
    after: Place | None = None


@dataclass(frozen=True, slots=True)
class QueueLine:
    """A ticket in the queue: the first words of the resident, and the newest of either side, with their time."""

    ticket: Ticket
    asked: str
    last: str
    last_at: datetime
    last_by: Author


@dataclass(frozen=True, slots=True)
class Tally:
    """How many tickets wait, as far as `COUNTED`: more is «many»."""

    open: int
    unread: int
    late: int
    free: int
    mine: int


COUNTED = 1000


@dataclass(frozen=True, slots=True)
class Told:
    """What became of telling a resident an answer: calls made to the messenger and taken by it, whether the resident
    has us blocked, whether a call was given up for another reason, and how long ago the answer was written."""

    calls: int
    taken: int
    blocked: bool
    given_up: bool
    age: timedelta


class DeskStore(Tickets, Protocol):
    """The operators' side."""

    async def queue(self, wanted: QueueFilter) -> Sequence[QueueLine]:
        """A page of tickets in the order asked for."""
        ...

    async def tally(self, organisations: frozenset[str] | None, member: MemberId | None, now: datetime) -> Tally:
        """How many open tickets there are of these organisations; those of the member are not closed yet."""
        ...

    async def knows(self, key: str) -> bool:
        """Whether a message with that key is there."""
        ...

    async def events(self, ticket: TicketId) -> Sequence[TicketEvent]:
        """The history, oldest first."""
        ...

    async def told(self, ticket: TicketId) -> Mapping[int, Told]:
        """What became of each answer of the ticket, by the number of the message."""
        ...

    async def content(self, ticket: TicketId, file: FileId) -> tuple[TicketFile, bytes]:
        """A kept file of the ticket. Raises NotFound."""
        ...

    async def tell(self, ticket: TicketId, news: News, subject: str) -> None:
        """Has the resident told, in the chat they used last, in this transaction. Telling the same twice is once."""
        ...

    async def colleagues(self) -> Sequence[Colleague]:
        """Everybody who works or has worked at the desk, by name."""
        ...
