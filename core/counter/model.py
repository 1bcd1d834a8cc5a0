"""What the people at the counter and on the telephone see of a flat and of whoever lives there."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from core.accounts.model import Address
from core.billing.model import Balance, Month, UnifiedReceipt
from core.call_backs.model import CallBack
from core.ids import AccountId, PremisesId, ProviderCode, TicketId
from core.meters.model import Claim, Meter, MeterState, Reading, Window
from core.meters.rules import Check
from core.support.model import Ticket
from core.tasks import Task


@dataclass(frozen=True, slots=True)
class Row:
    """An account as the store finds it: nothing is masked yet, so it never leaves the core."""

    premises: PremisesId
    address: Address = field(repr=False)
    provider: ProviderCode
    number: str = field(repr=False)
    holder: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class FoundAccount:
    provider: ProviderCode
    number: str
    holder: str


@dataclass(frozen=True, slots=True)
class Found:
    """A flat that was searched for, masked but for what was typed."""

    premises: PremisesId
    address: Address
    accounts: tuple[FoundAccount, ...]


@dataclass(frozen=True, slots=True)
class Search:
    """`more`: there are others, so more words are needed. `alike`: nothing was spelt so, these come near."""

    found: tuple[Found, ...]
    more: bool = False
    alike: bool = False


@dataclass(frozen=True, slots=True)
class CardAccount:
    """`number` and `holder` are masked until the flat is opened; who lives there, billing may not have told."""

    id: AccountId
    provider: ProviderCode
    number: str
    holder: str


@dataclass(frozen=True, slots=True)
class CardMeter:
    """`own`: doubts about it are settled here; else it is only read out for charges that need it."""

    state: MeterState
    window: Window
    own: bool

    @property
    def meter(self) -> Meter:
        return self.state.meter


@dataclass(frozen=True, slots=True)
class FlatCard:
    """A flat with all of it that an organisation may see. `opened`: with its numbers and names.

    `readings`: of the last months, newest first. `residents`: how many have linked it.
    """

    premises: PremisesId
    address: Address
    opened: bool
    accounts: tuple[CardAccount, ...]
    meters: tuple[CardMeter, ...]
    readings: tuple[Reading, ...]
    balances: tuple[Balance, ...]
    receipts: tuple[UnifiedReceipt, ...]
    months: tuple[Month, ...]
    tickets: tuple[Ticket, ...]
    residents: int


@dataclass(frozen=True, slots=True)
class FlatHead:
    """A flat beside a conversation: the resident's name for it, the masked address, whether there is more to see."""

    premises: PremisesId
    name: str
    address: Address
    owned: bool
    ours: bool


@dataclass(frozen=True, slots=True)
class ResidentCard:
    """Who asks in a ticket, as far as that is known: nobody before the consent."""

    ticket: TicketId
    known: bool
    language: str = ""
    messengers: tuple[str, ...] = ()
    flats: tuple[FlatHead, ...] = ()
    tickets: tuple[Ticket, ...] = ()
    calls: tuple[CallBack, ...] = ()
    cards: tuple[FlatCard, ...] = ()
    """Of the first flats that are theirs to see, masked."""
    months: tuple[tuple[PremisesId, Month], ...] = ()
    """Charges that the organisation billed in the past, of flats where it has no account now."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A value as it was read out, before it is stored: what it means, and what may be said of it."""

    meter: Meter
    value: Decimal
    check: Check
    window: Window
    previous: Decimal | None
    claims: tuple[Claim, ...]
    swapped: Meter | None = None


@dataclass(frozen=True, slots=True)
class Work:
    """A task of an operator with the flat it is about, its address masked. `own`: theirs to settle."""

    task: Task
    address: Address | None
    own: bool
    photos: int = 0


@dataclass(frozen=True, slots=True)
class CallLine:
    """A call in the list: the number is masked; `late`: its hour has gone by."""

    call: CallBack
    phone: str
    late: bool


@dataclass(frozen=True, slots=True)
class CallOpen:
    """A call that this operator makes now: the whole number, and where the resident lives."""

    call: CallBack
    phone: str
    messenger: str
    flats: Sequence[PremisesId]
    hours: Sequence[datetime]
    """Other hours they may agree on."""
