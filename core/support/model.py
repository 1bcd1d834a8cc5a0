"""Questions of residents: the ticket that remembers one, what was said in it, the files, and its history."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

from core.ids import ChatId, MemberId, ResidentId, TicketId
from core.periods import Period
from core.services import Service
from core.support_settings import Topic

__all__ = [
    "Author",
    "Colleague",
    "EventKind",
    "FileId",
    "FileKind",
    "FileState",
    "Mark",
    "Message",
    "Operator",
    "Owner",
    "Ticket",
    "TicketEvent",
    "TicketFile",
    "TicketStatus",
    "Topic",
]

FileId = NewType("FileId", int)


class TicketStatus(StrEnum):
    """`open`: an operator's turn; `answered`: the resident's; `resolved`: closed."""

    OPEN = "open"
    ANSWERED = "answered"
    RESOLVED = "resolved"


class Author(StrEnum):
    """Whose words a message is. Notes are for operators alone."""

    RESIDENT = "resident"
    OPERATOR = "operator"
    NOTE = "note"


class FileKind(StrEnum):
    """What was attached, as the messenger called it."""

    PHOTO = "photo"
    FILE = "file"
    VOICE = "voice"


class FileState(StrEnum):
    """`waiting`: not fetched yet; `kept`: there; `lost`: could not be had, or was no file that is kept."""

    WAITING = "waiting"
    KEPT = "kept"
    LOST = "lost"


class Mark(StrEnum):
    """How far an operator's answer has come. `waiting`: no chat has been written to yet; `sent`: on its way;
    `delivered`: the messenger's API has taken it; `blocked`: the resident lets us write no more; `unknown`: given up,
    or nobody can say any more."""

    WAITING = "waiting"
    SENT = "sent"
    DELIVERED = "delivered"
    BLOCKED = "blocked"
    UNKNOWN = "unknown"


class EventKind(StrEnum):
    """What happened to a ticket; the values stand in rows that never change."""

    OPENED = "opened"
    ADDED = "added"
    EDITED = "edited"
    READ = "read"
    ANSWERED = "answered"
    NOTED = "noted"
    TRANSFERRED = "transferred"
    CLOSED = "closed"
    REOPENED = "reopened"
    RATED = "rated"
    TAKEN_UP = "taken_up"
    LET_GO = "let_go"
    GIVEN = "given"


@dataclass(frozen=True, slots=True)
class Ticket:
    """A question with its number and the organisation that answers. `due_at`: by when an answer is usual. `assignee`
    is the operator who has taken it up; it is nobody else's until they let go of it, or it is taken from them."""

    id: TicketId
    topic: Topic
    organisation: str
    status: TicketStatus
    opened_at: datetime
    service: Service | None = None
    period: Period | None = None
    due_at: datetime | None = None
    closed_at: datetime | None = None
    rating: int | None = None
    unread: bool = False
    assignee: MemberId | None = None


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose tickets: the resident's in every messenger; before consent, those of the chat alone."""

    chat: ChatId
    resident: ResidentId | None


@dataclass(frozen=True, slots=True)
class Operator:
    """Who answers. `organisations` are those whose tickets they may see; None is all of them. Residents never learn
    the name. `member` is who they are at the desk: the command line is nobody there, and takes up no ticket. Who
    `leads` gives tickets to others."""

    name: str
    organisations: frozenset[str] | None = None
    member: MemberId | None = None
    leads: bool = False

    def may_see(self, organisation: str) -> bool:
        return self.organisations is None or organisation in self.organisations


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody who works, or has worked, at the desk. `organisations` as an operator's."""

    id: MemberId
    name: str
    organisations: frozenset[str] | None = None
    active: bool = True

    def may_see(self, organisation: str) -> bool:
        return self.active and (self.organisations is None or organisation in self.organisations)


@dataclass(frozen=True, slots=True)
class TicketFile:
    """An attachment. `media_type` is one of a closed list (infra.attachments): never HTML, and nothing to be run."""

    id: FileId
    kind: FileKind
    name: str
    state: FileState
    media_type: str | None = None
    size: int | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """Something said in a ticket, as it reads now; `earlier` are its former versions, oldest first."""

    id: int
    author: Author
    text: str
    at: datetime
    by: str = ""
    files: tuple[TicketFile, ...] = ()
    earlier: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TicketEvent:
    """A line of a ticket's history. `by` is an operator's name, empty for the resident."""

    kind: EventKind
    at: datetime
    by: str
    facts: Mapping[str, object]
