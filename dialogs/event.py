"""What can happen in a chat, the same for every messenger.

`at` is when a person wrote or pressed, as the messenger dates it; None where it does not say. `message` is the
messenger's name of a message within its chat. Two events that say the same are equal, whenever they were written.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from core.periods import Period


class Kind(StrEnum):
    """Kinds of attachments a person can send."""

    PHOTO = "photo"
    FILE = "file"
    VOICE = "voice"
    CONTACT = "contact"
    LOCATION = "location"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Said:
    """A text. `ref` is what a deep link handed on with it, where the messenger has no command for that."""

    text: str
    at: datetime | None = field(default=None, compare=False)
    ref: str = ""
    message: str | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Pressed:
    """A button was pressed: the choice and the revision of the screen that offered it, as the button carried them."""

    choice: str
    rev: int
    at: datetime | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Command:
    """A command such as /start; `argument` is what came with it (a deep link)."""

    name: str
    argument: str = ""


@dataclass(frozen=True, slots=True)
class Attachment:
    """One of several things sent at once; `name` is what its sender calls a document."""

    kind: Kind
    file: str | None
    name: str = ""


@dataclass(frozen=True, slots=True)
class Sent:
    """An attachment. `file` names it for the messenger it came from, `name` is what its sender calls a document; `text`
    is its caption. `more` came in the same message."""

    kind: Kind
    file: str | None = None
    text: str = ""
    at: datetime | None = field(default=None, compare=False)
    message: str | None = field(default=None, compare=False)
    name: str = field(default="", compare=False)
    more: tuple[Attachment, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Edited:
    """The words of an earlier message were changed; `message` is the messenger's name of it within the chat."""

    message: str
    text: str


@dataclass(frozen=True, slots=True)
class PhotoRead:
    """A job has read the codes on a photo sent earlier: their raw bytes; none where nothing could be read."""

    codes: tuple[bytes, ...]


class NoticeKind(StrEnum):
    """What residents are told without having asked; the values stand in rows of the inbox."""

    SORRY = "sorry"
    READING_DECLINED = "reading_declined"
    TASK_SETTLED = "task_settled"
    DIAL_PHOTO_LOST = "dial_photo_lost"
    ANSWER = "answer"
    TICKET_CLOSED = "ticket_closed"
    TICKET_TRANSFERRED = "ticket_transferred"
    FILE_LOST = "file_lost"
    WORD_CONFIRMED = "word_confirmed"
    CHAT_JOINED = "chat_joined"
    CHAT_ASKS = "chat_asks"
    BROADCAST_TRIAL = "broadcast_trial"
    CALL_MISSED = "call_missed"


@dataclass(frozen=True, slots=True)
class Notice:
    """Something of ours to tell the resident: `kind` picks the text, `subject` the thing it is about.

    The kind is text: a newer version of the code may have written one that this version does not know.
    """

    kind: str
    subject: str


@dataclass(frozen=True, slots=True)
class Reachable:
    """The person has shut the bot out, or let it in again; nothing is said."""

    allowed: bool


@dataclass(frozen=True, slots=True)
class Unreadable:
    """An update that means nothing to us (a sticker set, a poll vote): answered politely or not at all."""

    silent: bool = False


Event = Said | Pressed | Command | Sent | Edited | PhotoRead | Notice | Reachable | Unreadable


def chosen_period(event: Event, periods: Iterable[Period]) -> Period | None:
    """The period whose button was pressed: choices of periods are written `2022-01`."""
    if not isinstance(event, Pressed):
        return None
    return next((period for period in periods if str(period) == event.choice), None)
