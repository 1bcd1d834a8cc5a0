"""What can happen in a chat, the same for every messenger."""

from collections.abc import Iterable
from dataclasses import dataclass
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
    text: str


@dataclass(frozen=True, slots=True)
class Pressed:
    """A button was pressed: the choice and the revision of the screen that offered it, as the button carried them."""

    choice: str
    rev: int


@dataclass(frozen=True, slots=True)
class Command:
    """A command such as /start; `argument` is what came with it (a deep link)."""

    name: str
    argument: str = ""


@dataclass(frozen=True, slots=True)
class Sent:
    """An attachment. `file` names it for the messenger it came from; `text` is its caption."""

    kind: Kind
    file: str | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class PhotoRead:
    """A job has read the codes on a photo sent earlier: their raw bytes; none where nothing could be read."""

    codes: tuple[bytes, ...]


class NoticeKind(StrEnum):
    """What residents are told without having asked; the values stand in rows of the inbox."""

    SORRY = "sorry"
    READING_DECLINED = "reading_declined"
    ANSWER = "answer"


@dataclass(frozen=True, slots=True)
class Notice:
    """Something of ours to tell the resident: `kind` picks the text, `subject` the thing it is about.

    The kind is text: a newer version of the code may have written one that this version does not know.
    """

    kind: str
    subject: str


@dataclass(frozen=True, slots=True)
class Unreadable:
    """An update that means nothing to us (a sticker set, a poll vote, an edit): answered politely or not at all."""

    silent: bool = False


Event = Said | Pressed | Command | Sent | PhotoRead | Notice | Unreadable


def chosen_period(event: Event, periods: Iterable[Period]) -> Period | None:
    """The period whose button was pressed: choices of periods are written `2022-01`."""
    if not isinstance(event, Pressed):
        return None
    return next((period for period in periods if str(period) == event.choice), None)
