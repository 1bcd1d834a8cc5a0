"""Meters (ИПУ) and what was read off them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from core.errors import NotFound
from core.ids import AccountId, MeterId, PremisesId, ProviderCode, ReadingId, ResidentId
from core.money import Kopecks
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


class Claim(StrEnum):
    """What the resident says of a value that looks wrong."""

    AS_SHOWN = "as_shown"
    REPLACED = "replaced"
    ROLLED_OVER = "rolled_over"
    LAST_WRONG = "last_wrong"
    DIAL = "dial"
    """The dial is not as billing has it: other digits before or after the comma."""


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
    resident: ResidentId | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """A current reading, as far as later ones are judged by it."""

    period: Period
    value: Decimal
    submitted_at: datetime
    flags: tuple[Flag, ...] = ()


@dataclass(frozen=True, slots=True)
class Window:
    """What a reading of some instant counts for. `late`: it has missed the window of its own month."""

    period: Period
    opens_on: date
    closes_on: date
    """The last day on which it still counts for the period, and may be corrected."""
    late: bool = False
    extended: bool = False
    """An operator has moved the last day."""


@dataclass(frozen=True, slots=True)
class MeterState:
    """A meter with what is known of it: the window that is asked about, the reading before its period, that of the
    period itself, and usual consumption."""

    meter: Meter
    window: Window
    previous: Decimal | None
    submitted: Standing | None
    usual: Decimal | None
    """Mean monthly consumption of the last months; None when there are fewer than two readings."""
    months: int = 1
    """Months that the consumption since `previous` covers: more than one where periods have no reading."""

    @property
    def missing(self) -> int:
        """Periods in a row before this one for which no reading came."""
        return self.months - 1


@dataclass(frozen=True, slots=True)
class WindowExtension:
    """A later last day for one period: of one provider or (None) of all, for one building or (None) for all."""

    provider: ProviderCode | None
    period: Period
    until: date
    building: str | None
    reason: str
    made_by: str
    made_at: datetime

    def covers(self, provider: ProviderCode, period: Period) -> bool:
        """The store has looked at the building."""
        return self.period == period and self.provider in {None, provider}


@dataclass(frozen=True, slots=True)
class Sheet:
    """All that readings of a flat are judged by, as it is at one moment.

    `meters` are the open ones: cold water first, then hot, then heating; by place within a service. `standing` holds
    the current readings of each, newest first; `extensions` are those for everybody and for the flat's building.
    """

    meters: tuple[Meter, ...]
    standing: Mapping[MeterId, Sequence[Standing]]
    extensions: Sequence[WindowExtension]

    def meter(self, meter: MeterId) -> Meter:
        """Raises NotFound for a meter that is not of the flat, or not open."""
        for one in self.meters:
            if one.id == meter:
                return one
        raise NotFound

    def latest(self, meter: MeterId, period: Period, count: int) -> Sequence[Standing]:
        """Of that period and of earlier ones, newest first."""
        return [one for one in self.standing.get(meter, ()) if one.period <= period][:count]


@dataclass(frozen=True, slots=True)
class Tariff:
    """Roubles a unit, as the latest charge of the service had it."""

    rate: Decimal
    unit: str
    period: Period


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a volume would cost at a tariff: for orientation, billing decides."""

    cost: Kopecks
    tariff: Tariff


@dataclass(frozen=True, slots=True)
class Wastewater:
    """Volume of wastewater: cold plus hot water (R12)."""

    cold: Decimal
    hot: Decimal
    estimate: Estimate | None

    @property
    def volume(self) -> Decimal:
        return self.cold + self.hot
