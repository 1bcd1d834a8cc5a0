"""Meters (ИПУ) and what was read off them."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from core.ids import AccountId, MeterId, PremisesId, ProviderCode, ReadingId
from core.periods import Period
from core.services import Service


class Channel(StrEnum):
    TELEGRAM = "telegram"
    VK = "vk"
    VOICE = "voice"
    PAPER = "paper"
    PHONE = "phone"
    WEB = "web"
    OFFICE = "office"


class ReadingKind(StrEnum):
    CURRENT = "current"
    CONTROL = "control"
    VERIFICATION = "verification"


class ReadingStatus(StrEnum):
    """`flagged`: an operator must settle it; `declined`: billing refused it, with a reason."""

    ACCEPTED = "accepted"
    FLAGGED = "flagged"
    DECLINED = "declined"


class Flag(StrEnum):
    """Marks that travel with a reading to billing (contracts: exchange)."""

    VERIFICATION_EXPIRED = "verification_expired"
    ROLLOVER = "rollover"
    LARGE = "large"
    LATE = "late"


@dataclass(frozen=True, slots=True)
class Meter:
    """A meter in a flat. `last_value` is billing's last reading before ours; values are m³ (heat: Gcal)."""

    id: MeterId
    premises: PremisesId
    account: AccountId
    provider: ProviderCode
    number: str
    service: Service
    digits: int
    decimals: int = 3
    place: str = ""
    verified_until: date | None = None
    last_value: Decimal | None = None
    last_date: date | None = None
    closed_on: date | None = None

    @property
    def capacity(self) -> Decimal:
        """The first value the dial cannot show."""
        return Decimal(10) ** self.digits


@dataclass(frozen=True, slots=True)
class Reading:
    """One reading of one meter for one period. At most one reading of a meter and period is `current`."""

    id: ReadingId
    meter: MeterId
    period: Period
    value: Decimal
    submitted_at: datetime
    channel: Channel
    kind: ReadingKind
    status: ReadingStatus
    current: bool
    flags: tuple[Flag, ...] = ()
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class MeterState:
    """A meter with what is known of it: the reading before the period, this period's own, and usual consumption."""

    meter: Meter
    previous: Decimal | None
    submitted: Reading | None
    usual: Decimal | None
    """Mean monthly consumption of up to the last six months; None when there are fewer than two readings."""
