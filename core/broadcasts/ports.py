"""What broadcasts need from outside. Every store works inside the caller's transaction.

Rules of reminders and outages use `MailingStore` alone: they open a mailing by its key and add recipients, as often as
they like; `core.broadcasts.model.Recipient` says by what each is told once. What is sent then is the worker's business.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from core.broadcasts.model import (
    Audience,
    Broadcast,
    DeliveryState,
    Draft,
    Enclosure,
    Halt,
    Line,
    MailingKind,
    Minute,
    Reach,
    Recipient,
    Status,
    Tally,
)
from core.ids import MailingId
from core.periods import Period


@dataclass(frozen=True, slots=True)
class NewMailing:
    """Notices of one rule or outage. `key` makes repeating it harmless.

    `topic` is what a resident opts out of; `open`: recipients may be added while it is sent, so it does not end by
    itself; `not_after` is by the city's clock.
    """

    key: str
    kind: MailingKind
    topic: str
    open: bool = True
    not_after: datetime | None = None


class MailingStore(Protocol):
    """Mailings that rules make."""

    async def open(self, new: NewMailing) -> MailingId:
        """The mailing of that key; made, and sent from now on, when there is none."""
        ...

    async def add(self, mailing: MailingId, recipients: Sequence[Recipient]) -> int:
        """Adds those who are not there yet and can be told; how many. Who has opted out, or blocked every chat, is left
        out; of several chats each gets the preferred one. After the mailing's end nothing is added."""
        ...

    async def close(self, mailing: MailingId) -> None:
        """Nothing more is added: it ends when all that is there is settled."""
        ...


@dataclass(frozen=True, slots=True)
class Wanted:
    """An audience as a store looks for it. `period` is the month that readings are asked for, by the city's clock;
    `messengers` are those that may carry the text; `topic` is what people may have opted out of."""

    audience: Audience
    period: Period
    topic: str
    messengers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Act:
    """Something that was done to a broadcast, for its history."""

    what: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Chat:
    """A chat by its messenger and the messenger's own number of the person."""

    messenger: str
    peer: str


class BroadcastStore(Protocol):
    """Broadcasts, their recipients and their history."""

    async def create(self, key: str, draft: Draft, author: str, at: datetime) -> MailingId:
        """The same key again is the same broadcast, as it was first."""
        ...

    async def change(self, broadcast: MailingId, draft: Draft) -> None:
        """What it says; nobody has agreed to that yet. Without an enclosure in the draft the stored one goes."""
        ...

    async def get(self, broadcast: MailingId) -> Broadcast:
        """Raises NotFound. The enclosure's content is not read."""
        ...

    async def take(self, broadcast: MailingId) -> Broadcast:
        """As `get`; held against everybody else until the transaction ends."""
        ...

    async def enclosure(self, broadcast: MailingId) -> Enclosure | None: ...

    async def listed(self, limit: int) -> Sequence[Broadcast]:
        """The newest first."""
        ...

    async def due(self, now: datetime) -> Sequence[MailingId]:
        """Scheduled ones whose time has come by the city's clock."""
        ...

    async def set_status(self, broadcast: MailingId, status: Status, halt: Halt | None = None) -> None: ...

    async def set_approver(self, broadcast: MailingId, approver: str | None) -> None: ...

    async def schedule(self, broadcast: MailingId, starts_at: datetime, by: str) -> None: ...

    async def freeze(self, broadcast: MailingId, wanted: Wanted) -> int:
        """Makes a delivery for everybody who can be told; how many."""
        ...

    async def unfreeze(self, broadcast: MailingId) -> None:
        """Forgets them again: nothing has begun."""
        ...

    async def begin(self, broadcast: MailingId, by: str, undo_seconds: int) -> None:
        """It is sent from so many seconds on, by the database's clock."""
        ...

    async def thaw(self, broadcast: MailingId) -> bool:
        """Takes a start back while nothing can have been sent; False when that is over."""
        ...

    async def drop_waiting(self, broadcast: MailingId) -> int:
        """Whoever has not had a turn will have none; how many."""
        ...

    async def unknown_places(self, audience: Audience) -> Sequence[str]:
        """Houses, streets and districts of it where, by the accounts on file, nobody lives."""
        ...

    async def reach(self, wanted: Wanted) -> Sequence[Reach]:
        """How many can be told, exactly, and how many cannot."""
        ...

    async def tallies(self, broadcast: MailingId) -> Sequence[Tally]: ...

    async def minutes(self, broadcast: MailingId) -> Sequence[Minute]: ...

    async def lines(
        self, broadcast: MailingId, states: Sequence[DeliveryState], after: int, limit: int
    ) -> Sequence[Line]:
        """Recipients in these states, by number, from the one after `after`."""
        ...

    async def record(self, broadcast: MailingId, act: Act) -> None: ...

    async def acts(self, broadcast: MailingId) -> Sequence[Act]: ...

    async def try_out(self, broadcast: MailingId, chat: Chat, key: str) -> None:
        """Shows the broadcast in one chat, by the road of replies: it is no delivery. Raises NotFound for a chat whose
        person has not agreed to anything."""
        ...
