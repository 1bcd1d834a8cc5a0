"""The road of what many are told, as the worker sees it: deliveries out of the database, letters to a messenger.

    Deliveries.waiting ─► Composer ─► Courier.render ─► Deliveries.begin ─► Courier.carry ─► Deliveries.settle
                                                        (committed)

A letter is one call for one recipient. It is carried at most once: it is begun, durably, before it leaves, and whatever
has begun and has no outcome when a process dies is `unknown`. Only where a messenger drops repeats by itself is what is
unclear carried again. A third messenger is one more courier.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from core.broadcasts.model import DeliveryState, MailingKind
from core.ids import ChatId, DeliveryId, MailingId, PremisesId, ResidentId
from dialogs.ports import Call, ChatAddress, FileContent
from dialogs.screen import Screen, Translator

Token = tuple[str, str]
"""A bot: the messenger's code and the bot's own."""


@dataclass(frozen=True, slots=True)
class Mailing:
    """A mailing that is being sent. `not_after` is by the city's clock."""

    id: MailingId
    key: str
    kind: MailingKind
    topic: str
    not_after: datetime | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """A delivery that waits for its turn. `random_id` stays the same however often it is tried."""

    id: DeliveryId
    mailing: MailingId
    chat: ChatAddress
    chat_id: ChatId
    resident: ResidentId
    language: str
    random_id: int
    subject: str = ""
    premises: PremisesId | None = None
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class Settled:
    """What has become of a delivery that was begun. `reason` holds no personal data."""

    id: DeliveryId
    state: DeliveryState
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Batch:
    """Deliveries of one mailing that leave in one call. What was unclear longer ago than `repeats_within` is not begun
    again."""

    token: Token
    mailing: MailingId
    ids: Collection[DeliveryId]
    repeats_within: float | None


class Composer(Protocol):
    """Makes what deliveries of one kind of mailing say, from facts as they are now."""

    async def compose(self, mailing: Mailing, due: Sequence[Due]) -> Sequence[Screen | None]:
        """A screen for each, in their order; None where there is nothing to say any more. The same object where it says
        the same in the same language."""
        ...


@dataclass(frozen=True, slots=True)
class Letter:
    """One call for one recipient. `remote` is the messenger's own name of the file that goes with it; `attempts` are
    those made before."""

    id: DeliveryId
    chat: ChatAddress
    call: Call
    random_id: int
    remote: str | None = None
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class Taken:
    """The messenger has it. `remote` is its name for the file that was uploaded with it."""

    remote: str | None = None


@dataclass(frozen=True, slots=True)
class NotTaken:
    """Surely not taken: it may be carried again after so many seconds.

    `everyone`: nothing of this bot is taken until then. `apart`: several together were refused for one's sake: one by
    one. `stale`: the file's name is no longer known: with its content.
    """

    after: float
    everyone: bool = False
    apart: bool = False
    stale: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """Will never be taken: the person will not have us (BLOCKED), or it is wrong (FAILED)."""

    state: DeliveryState
    reason: str


@dataclass(frozen=True, slots=True)
class Unclear:
    """Perhaps taken, perhaps not: there was no answer, or none that can be read."""

    reason: str


Fate = Taken | NotTaken | Refused | Unclear


class Courier(Protocol):
    """One bot of one messenger, for letters to many."""

    messenger: str
    bot: str
    repeats_within: float | None
    """Seconds after the first attempt within which the messenger drops a repeat by itself; None where it never does."""
    at_once: int
    """Calls on their way side by side: what a crash may leave unknown."""
    holds: int
    """Letters that are kept ready to go, so that none is waited for."""

    def render(self, screen: Screen, kind: MailingKind, translator: Translator) -> Sequence[Call]:
        """The calls that show a screen. Pure."""
        ...

    def parcels(self, letters: Sequence[Letter]) -> Sequence[Sequence[Letter]]:
        """The letters as they leave: what can go in one call stands together. Pure."""
        ...

    async def upload(self, file: FileContent, chat: ChatAddress, *, picture: bool) -> str | None:
        """The messenger's name of a file; None where it is only told with the first letter. Raises Unavailable."""
        ...

    async def carry(self, parcel: Sequence[Letter], file: FileContent | None) -> Sequence[Fate]:
        """One call; the fate of each letter, in their order. `file` goes along as it is. Never raises."""
        ...


class Deliveries(Protocol):
    """Deliveries as the one sender of a bot sees them. What it writes is taken only while it holds the bot's lease."""

    async def take_over(self, token: Token, repeats_within: float | None) -> None:
        """What an earlier sender had begun waits once more where a repeat is safe, and is unknown otherwise. Broadcasts
        that nobody has had in hand for long are paused: somebody should look first."""
        ...

    async def mailings(self, token: Token) -> Sequence[Mailing]:
        """Those with something to send now, in the order of their turn."""
        ...

    async def waiting(self, token: Token, mailing: MailingId, after: int, limit: int) -> Sequence[Due]:
        """Deliveries whose turn has come, by number, from the one after `after`."""
        ...

    async def begin(self, batch: Batch) -> Collection[DeliveryId]:
        """Begins, durably, those that still may be sent, and gives them; the others are settled, or wait."""
        ...

    async def settle(self, settled: Sequence[Settled]) -> None: ...

    async def put_back(
        self, token: Token, ids: Collection[DeliveryId], seconds: float, *, unclear: bool = False
    ) -> None:
        """Begun, and to be begun again after so many seconds: surely not sent, or unclear where repeats are dropped.
        Nothing once the lease is another's: what was begun under ours is settled then."""
        ...

    async def skip(self, settled: Sequence[Settled]) -> None:
        """Settles what was never begun."""
        ...

    async def end(self, now: datetime) -> None:
        """Ends what is settled whole; and what may not be sent any more at that instant of the city's clock, where who
        has not been told by then will not be."""
        ...

    async def touch(self, mailings: Collection[MailingId]) -> None:
        """Says that they are in hand."""
        ...
