"""What many residents are told at once: mailings, their deliveries, and broadcasts, which are mailings with words of
their own.

A mailing is what deliveries belong to: one broadcast, or all notices of one rule or outage. Each of its recipients has
one delivery, found by a unique key; what becomes of that is an outcome. Texts of a broadcast stand in it by language.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from core.accounts.model import Address
from core.ids import DeliveryId, MailingId, PremisesId, ProviderCode, ResidentId
from core.money import Kopecks
from core.services import Service


class MailingKind(StrEnum):
    """Why residents are written to unasked; the values stand in rows and in the city file (`[vk.intents]`)."""

    ANNOUNCEMENT = "announcement"
    EMERGENCY = "emergency"
    OUTAGE = "outage"
    BREAKDOWN = "breakdown"
    """An outage that nobody has planned."""
    REMINDER = "reminder"

    @property
    def wakes(self) -> bool:
        """Whether it is told in quiet hours as well."""
        return self in {MailingKind.EMERGENCY, MailingKind.BREAKDOWN}

    @property
    def first(self) -> bool:
        """Whether it goes before announcements, which may take hours."""
        return self is not MailingKind.ANNOUNCEMENT


BROADCAST_KINDS: Final = (MailingKind.ANNOUNCEMENT, MailingKind.EMERGENCY)
RULE_KINDS: Final = (MailingKind.OUTAGE, MailingKind.BREAKDOWN, MailingKind.REMINDER)


class Status(StrEnum):
    """Where a mailing is. The last three are ends."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    SENDING = "sending"
    PAUSED = "paused"
    FINISHED = "finished"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


ENDS: Final = frozenset({Status.FINISHED, Status.CANCELLED, Status.EXPIRED})


class Halt(StrEnum):
    """Why a mailing is paused: somebody said so, or a person must look before it goes on."""

    OPERATOR = "operator"
    LATE = "late"
    NEEDS_APPROVAL = "needs_approval"
    RESTORED = "restored"


class DeliveryState(StrEnum):
    """What has become of a delivery. All but the first two are outcomes, and an outcome stays.

    `unknown`: the messenger may have taken it, nobody can tell; it is never sent again. `dropped`: the mailing ended
    before its turn came.
    """

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    BLOCKED = "blocked"
    OPTED_OUT = "opted_out"
    UNKNOWN = "unknown"
    DROPPED = "dropped"


UNSETTLED: Final = frozenset({DeliveryState.WAITING, DeliveryState.SENDING})


@dataclass(frozen=True, slots=True)
class House:
    """A house by its address; spelled in any way that imports understand."""

    street: str
    building: str


@dataclass(frozen=True, slots=True)
class Debt:
    """What is owed to one provider, in kopecks: from `least` to `most`, both inclusive; without `most`, no end."""

    provider: ProviderCode
    least: Kopecks
    most: Kopecks | None = None


@dataclass(frozen=True, slots=True)
class Audience:
    """Who is told. An empty field says nothing; of several values one must fit; all fields must fit together.

    Houses, streets and districts are one field: places. `linked`: has a flat of one's own. `reading`: whether all
    meters of the flat have a reading of this month. What asks about flats asks for owners, not for helpers.
    """

    providers: tuple[ProviderCode, ...] = ()
    services: tuple[Service, ...] = ()
    houses: tuple[House, ...] = ()
    streets: tuple[str, ...] = ()
    districts: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    messengers: tuple[str, ...] = ()
    linked: bool | None = None
    reading: bool | None = None
    debts: tuple[Debt, ...] = ()

    @property
    def places(self) -> bool:
        return bool(self.houses or self.streets or self.districts)

    @property
    def of_flats(self) -> bool:
        """Whether it asks something about flats."""
        return bool(self.places or self.providers or self.services or self.debts or self.reading is not None)


@dataclass(frozen=True, slots=True)
class Button:
    """A button under a broadcast: it opens a conversation of the bot, or a link. `labels` are by language."""

    labels: Mapping[str, str]
    opens: str | None = None
    link: str | None = None


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A picture or a document that goes with the text."""

    name: str
    picture: bool
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Draft:
    """A broadcast as it is written. `title` is for operators; texts are by language, the city's first is a must.

    `not_after`: whoever has not been told by then will not be.
    """

    title: str
    texts: Mapping[str, str]
    audience: Audience = field(default_factory=Audience)
    kind: MailingKind = MailingKind.ANNOUNCEMENT
    buttons: tuple[Button, ...] = ()
    not_after: datetime | None = None
    enclosure: Enclosure | None = None


@dataclass(frozen=True, slots=True)
class Broadcast:
    """A stored broadcast. `recipients` is None until they are frozen, `starts_at` is set for one that is scheduled.

    `approver` has agreed to what it says now; a change takes that back.
    """

    id: MailingId
    draft: Draft
    author: str
    status: Status
    created_at: datetime
    approver: str | None = None
    halt: Halt | None = None
    starts_at: datetime | None = None
    started_by: str | None = None
    recipients: int | None = None
    undo_seconds: int = 0
    """How long it can still be taken back as if it had never been started; 0 when that is over."""


@dataclass(frozen=True, slots=True)
class Reach:
    """How many residents of an audience can be told in one messenger and language, and how many cannot."""

    messenger: str
    language: str
    reached: int
    opted_out: int = 0
    blocked: int = 0


@dataclass(frozen=True, slots=True)
class Tally:
    """Deliveries of one messenger by what became of them. `recent`: how many were settled within `span` seconds."""

    messenger: str
    counts: Mapping[DeliveryState, int]
    recent: int = 0
    span: int = 10

    @property
    def recipients(self) -> int:
        return sum(self.counts.values())

    @property
    def left(self) -> int:
        return sum(count for state, count in self.counts.items() if state in UNSETTLED)

    def seconds_left(self) -> int | None:
        """At the present rate; None while nothing moves."""
        return -(-self.left * self.span // self.recent) if self.recent else None


@dataclass(frozen=True, slots=True)
class Progress:
    """A broadcast on its way."""

    broadcast: Broadcast
    tallies: tuple[Tally, ...]

    def total(self) -> Tally:
        """All messengers together."""
        states = {state: sum(one.counts.get(state, 0) for one in self.tallies) for state in DeliveryState}
        return Tally("", states, sum(one.recent for one in self.tallies))

    @property
    def whole(self) -> bool:
        """Whether every recipient has an outcome that tells what became of the message."""
        told = self.total().counts
        return not any(told[state] for state in (*UNSETTLED, DeliveryState.DROPPED))


@dataclass(frozen=True, slots=True)
class Line:
    """One recipient in a report: where, what became of it, when. `place` is the flat that made them one, if any."""

    id: DeliveryId
    messenger: str
    peer: str
    language: str
    state: DeliveryState
    reason: str = ""
    settled_at: datetime | None = None
    place: str = ""


@dataclass(frozen=True, slots=True)
class Minute:
    """How many were told in one minute, in one messenger."""

    begins: datetime
    messenger: str
    sent: int


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody a rule wants to tell. `subject` tells several notices of one mailing to one resident apart: a payment,
    a flat; with the mailing and the resident it is the key by which each is told once."""

    resident: ResidentId
    subject: str = ""
    premises: PremisesId | None = None


@dataclass(frozen=True, slots=True)
class PersonalFacts:
    """What fills a resident's own placeholders: the flat by the resident's name for it and its address, and what is
    owed for it to all providers together (an overpayment of one is not set off)."""

    name: str
    address: Address | None
    owed: Kopecks
