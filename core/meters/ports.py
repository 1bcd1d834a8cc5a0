"""What meters need from outside. Every store works inside the caller's transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from core.ids import MeterId, PremisesId, ResidentId
from core.meters.model import Channel, Flag, Meter, Reading, ReadingStatus
from core.periods import Period


@dataclass(frozen=True, slots=True)
class NewReading:
    """A reading to store. `key` makes repeating it harmless."""

    key: str
    meter: MeterId
    period: Period
    value: Decimal
    submitted_at: datetime
    channel: Channel
    status: ReadingStatus
    current: bool
    flags: tuple[Flag, ...]
    resident: ResidentId | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """A receiver's answer on a reading."""

    meter: Meter
    value: Decimal
    reason: str | None


class MeterStore(Protocol):
    async def open_of(self, premises: PremisesId) -> tuple[Meter, ...]:
        """Open meters of a flat, cold water first, then hot, then heating; by place within a service."""
        ...

    async def open(self, meter: MeterId) -> Meter:
        """Raises NotFound for a meter that is unknown or closed."""
        ...

    async def lock(self, meter: MeterId) -> None:
        """Holds the meter until the transaction ends: two channels cannot both make a reading current."""
        ...


class ReadingStore(Protocol):
    async def latest(self, meter: MeterId, period: Period, count: int) -> Sequence[Reading]:
        """Current readings of that period and of earlier ones, newest first."""
        ...

    async def charged_volumes(self, meter: Meter, months: int) -> Sequence[Decimal]:
        """Monthly volumes billed by meter for its service, shared among the flat's open meters of that service."""
        ...

    async def add(self, reading: NewReading) -> Reading:
        """Stores it; a current one takes the place of the one before. The same key again returns what was stored."""
        ...

    async def history(self, meters: Sequence[MeterId], since: Period) -> Sequence[Reading]:
        """All readings from that period on, declined and replaced ones too, oldest first."""
        ...

    async def verdict(self, reading: str, provider: str) -> Verdict:
        """What a provider's billing answered on a reading. Raises NotFound."""
        ...
