"""What meters need from outside. Every store works inside the caller's transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from core.ids import ChatId, MeterId, PremisesId, ReadingId, ResidentId
from core.meters.model import Channel, Flag, Meter, Reading, ReadingStatus, Sheet, Tariff, WindowExtension
from core.periods import Period
from core.services import Service


@dataclass(frozen=True, slots=True)
class NewReading:
    """A reading to store. `key` makes repeating it harmless; `chat` is where it was said, if in one."""

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
    chat: ChatId | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """A receiver's answer on a reading."""

    meter: Meter
    value: Decimal
    reason: str | None


class SheetStore(Protocol):
    async def sheet(self, premises: PremisesId, month: Period, count: int) -> Sheet:
        """The sheet of a flat for a day of that month: up to `count` readings of each meter, none of a period later
        than the next month, and extensions from the month before on."""
        ...


class MeterStore(Protocol):
    async def known(self, meter: MeterId) -> Meter:
        """A meter, open or closed. Raises NotFound."""
        ...

    async def lock(self, meter: MeterId) -> None:
        """Holds the meter until the transaction ends: two channels cannot both make a reading current."""
        ...


class ReadingStore(Protocol):
    async def charged_volumes(self, meter: Meter, months: int) -> Sequence[Decimal]:
        """Monthly volumes billed by meter for its service, shared among the flat's open meters of that service."""
        ...

    async def stored(self, key: str) -> Reading | None:
        """What was stored under a key: whoever comes with it again is given that, and nothing is judged anew."""
        ...

    async def add(self, reading: NewReading) -> Reading:
        """Stores it, with the photos of the dial that the chat has sent of late and that belong to no reading yet. A
        current one takes the place of the one before, and closes the open tasks about readings of its meter and period:
        it needs none. The same key again returns what was stored, and changes nothing."""
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
