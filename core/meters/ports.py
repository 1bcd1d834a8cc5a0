"""What meters need from outside. Every store works inside the caller's transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from core.ids import ChatId, MeterId, PremisesId, ReadingId, ResidentId
from core.meters.model import Channel, Flag, Meter, Reading, ReadingStatus, Tariff, WindowExtension
from core.periods import Period
from core.services import Service


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

    async def known(self, meter: MeterId) -> Meter:
        """A meter, open or closed. Raises NotFound."""
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

    async def stored(self, key: str) -> Reading | None:
        """What was stored under a key: whoever comes with it again is given that, and nothing is judged anew."""
        ...

    async def add(self, reading: NewReading) -> Reading:
        """Stores it; a current one takes the place of the one before. The same key again returns what was stored."""
        ...

    async def history(self, meters: Sequence[MeterId], since: Period) -> Sequence[Reading]:
        """All readings from that period on, declined and replaced ones too, oldest first."""
        ...

    async def tariff(self, premises: PremisesId, service: Service) -> Tariff | None:
        """Of the latest charge of the service in the flat, with a volume billed at it."""
        ...

    async def settle(self, reading: ReadingId, reason: str | None, by: str) -> None:
        """An operator accepts a flagged reading, or declines it for the reason. Accepted, it takes the place of the
        current one of its period, unless that came later."""
        ...

    async def verdict(self, reading: str, provider: str) -> Verdict:
        """What a provider's billing answered on a reading. Raises NotFound."""
        ...


@dataclass(frozen=True, slots=True)
class Building:
    """A house of the city: `key` is what all spellings of its address have in common."""

    key: str
    name: str
    flats: int


class WindowStore(Protocol):
    async def extensions(self, premises: PremisesId | None, since: Period) -> Sequence[WindowExtension]:
        """Extensions of that period and later ones: those for everybody, and those for the flat's building."""
        ...

    async def extend(self, extension: WindowExtension, building: str | None) -> None:
        """Stores an extension; `building` is the key of the house it is for."""
        ...

    async def listed(self, since: Period) -> Sequence[WindowExtension]:
        """All of them from that period on, the newest first."""
        ...

    async def building(self, street: str, house: str) -> Building | None:
        """The house of that address, if anybody lives there."""
        ...


class PhotoStore(Protocol):
    async def expect(self, chat: ChatId, meter: MeterId, key: str) -> bool:
        """Remembers that a photo of the meter's dial is on its way; `key` is that of the job which fetches it. False
        when the chat has sent too many of late: then nothing is remembered."""
        ...

    async def attach(self, chat: ChatId, meter: MeterId, reading: ReadingId) -> None:
        """Ties the photos of the meter that the chat has sent of late, and that belong to no reading yet, to it."""
        ...
