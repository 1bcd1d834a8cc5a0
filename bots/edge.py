"""What a messenger is to the turn runner and to delivery: a third one is one new folder with these methods."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from dialogs.event import Event, Pressed, Said, Sent
from dialogs.ports import Call, FileContent, Incoming, Outgoing
from dialogs.screen import Screen, Translator


@dataclass(frozen=True, slots=True)
class Parsed:
    """What an update means. `language` is the messenger's hint (an ISO code) for a chat seen for the first time."""

    event: Event
    private: bool = True
    language: str | None = None


def dated(event: Event, at: datetime | None, message: int | None = None) -> Event:
    """The event with the messenger's date, where a person wrote or pressed, and its number of the message."""
    match event:
        case Pressed():
            return replace(event, at=at)
        case Said() | Sent():
            return replace(event, at=at, message=None if message is None else str(message))
    return event


@dataclass(frozen=True, slots=True)
class Delivered:
    """Accepted by the messenger; `remote` is its name for the uploaded file, to be used again."""

    remote: str | None = None


@dataclass(frozen=True, slots=True)
class TryAgain:
    """Not accepted, or not known to be (`unclear`): send again in so many seconds. `everyone`: the whole bot waits."""

    after: float
    everyone: bool = False
    unclear: bool = False


@dataclass(frozen=True, slots=True)
class GivenUp:
    """Will never be accepted: the person blocked the bot (`blocked`), or the call is wrong (`dead`).

    `unknown`: it may have been, and to send it once more would show it twice."""

    outcome: str
    reason: str = ""


Outcome = Delivered | TryAgain | GivenUp


class Edge(Protocol):
    """One bot of one messenger."""

    messenger: str
    bot: str
    shares_phone: bool
    """Whether people can hand over their own phone number, vouched for by the messenger."""
    knows_again: float | None
    """Seconds for which the messenger shows a call once, however often it comes; None: it shows each one."""

    def identify(self, raw: str) -> Incoming | None:
        """The event's key and chat, read shallowly; None for an update without a chat. Never raises."""
        ...

    def parse(self, update: Incoming) -> Parsed:
        """The event, by the messenger library's own parser. Unknown updates are Unreadable; never raises."""
        ...

    def render(self, screen: Screen, rev: int, translator: Translator) -> Sequence[Call]:
        """The calls that show a screen: translated, fitted to the messenger's limits, built. Pure."""
        ...

    async def send(self, outgoing: Outgoing, file: FileContent | None, remote: str | None) -> Outcome:
        """One API call. `remote` is an earlier upload of the same file; uploads when there is none. Never raises."""
        ...

    async def acknowledge(self, raw: str) -> None:
        """Stops the spinner of a press, best effort: nothing depends on it."""
        ...

    async def fetch(self, file: str) -> bytes:
        """Downloads what a person sent, up to 20 MB. Raises core.errors.Unavailable or Rejected (too big, gone)."""
        ...
