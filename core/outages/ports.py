"""What outages need from outside. Every store works inside the caller's transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from core.ids import OutageId, PremisesId
from core.outages.model import (
    BuildingReports,
    CountedOutage,
    NewReport,
    Outage,
    OutageEvent,
    OutageEventKind,
)
from core.outages.rules import Place
from core.services import Service


@dataclass(frozen=True, slots=True)
class FoundPlaces:
    """What the building list has for some lines: keys of buildings, and lines (or houses of lines) it has not."""

    buildings: frozenset[str]
    unknown: tuple[str, ...] = ()
    ambiguous: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NewOutage:
    """An outage to store. `key` makes repeating it harmless; `buildings` are keys of the building list."""

    key: str
    services: tuple[Service, ...]
    emergency: bool
    starts_at: datetime
    ends_at: datetime | None
    cause: str
    where: tuple[str, ...]
    buildings: frozenset[str]
    made_by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class NewOutageEvent:
    """A line of history to add. `key` makes repeating it harmless."""

    key: str
    kind: OutageEventKind
    at: datetime
    by: str
    text: str
    ends_at: datetime | None


class ResidentOutages(Protocol):
    """Outages as residents see them."""

    async def at(self, premises: Sequence[PremisesId], ended_since: datetime) -> Mapping[PremisesId, Sequence[Outage]]:
        """Outages of the flats' buildings that are not over, or ended since then; the earliest start first."""
        ...

    async def building_of(self, outage: OutageId, premises: Sequence[PremisesId]) -> str | None:
        """The key of the first of the flats' buildings that the outage reaches."""
        ...

    async def report(self, new: NewReport) -> bool:
        """Counts a resident's word; False when the same was said before."""
        ...


class BuildingList(Protocol):
    """The buildings of the city: those where somebody has an account, and those of the list of quarters."""

    async def find(self, places: Sequence[Place]) -> FoundPlaces: ...


class OutageStore(Protocol):
    """Outages as operators keep them."""

    async def add(self, new: NewOutage) -> tuple[Outage, bool]:
        """Stores it; the same key again gives what was stored, and False."""
        ...

    async def take(self, outage: OutageId) -> Outage:
        """The outage, held until the transaction ends. Raises NotFound."""
        ...

    async def recorded(self, key: str) -> bool:
        """Whether a line of history has this key: what comes with it again is done already."""
        ...

    async def record(self, outage: OutageId, event: NewOutageEvent) -> int | None:
        """Adds to the history; the number of the line, None when the key is there already."""
        ...

    async def save(self, outage: Outage) -> None:
        """Stores what may change: its times, its cause, its end."""
        ...

    async def reach(self, outage: OutageId, buildings: frozenset[str], where: Sequence[str]) -> int:
        """Adds buildings; how many are new."""
        ...

    async def get(self, outage: OutageId) -> CountedOutage:
        """Raises NotFound."""
        ...

    async def listed(self, ended_since: datetime) -> Sequence[CountedOutage]:
        """Those that are not over or ended since then, the newest first."""
        ...

    async def history(self, outage: OutageId) -> Sequence[OutageEvent]:
        """Oldest first."""
        ...

    async def reports(self, outage: OutageId) -> Sequence[BuildingReports]:
        """By building, where most say that it is still off first."""
        ...


class OutageNews(Protocol):
    async def tell(self, outage: Outage, event: int) -> int:
        """Has the residents of its buildings told of a line of its history, in this transaction, each once; how many
        that are."""
        ...
