"""Outages (отключения): what is off, where, from when until when, and what residents say of it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.ids import OutageId, ResidentId
from core.services import Service


class Phase(StrEnum):
    """Where an outage stands at an instant. Nothing ends by itself: only an operator knows that it has."""

    PLANNED = "planned"
    NOW = "now"
    OVERDUE = "overdue"
    """The time it was to be over by has passed, and nobody has said that it is."""
    ENDED = "ended"


class Report(StrEnum):
    """What a resident may say of an outage at home, each once."""

    ALSO = "also"
    """«У меня тоже»."""
    STILL = "still"
    """«Воды всё ещё нет»: it was to be over, or is said to be."""


class OutageEventKind(StrEnum):
    """What happened to an outage; the values stand in the database and in notices."""

    OPENED = "opened"
    UPDATED = "updated"
    ENDED = "ended"
    REOPENED = "reopened"


@dataclass(frozen=True, slots=True)
class Outage:
    """An outage as it stands. `ends_at`: when it is to be over, None where nobody knows. `updated_at`: the latest
    that an operator has said of it. `where`: the places as the operator named them."""

    id: OutageId
    services: tuple[Service, ...]
    emergency: bool
    starts_at: datetime
    ends_at: datetime | None
    cause: str
    where: tuple[str, ...]
    made_by: str
    updated_at: datetime
    ended_at: datetime | None = None

    def phase(self, now: datetime) -> Phase:
        if self.ended_at is not None:
            return Phase.ENDED
        if now < self.starts_at:
            return Phase.PLANNED
        if self.ends_at is not None and now >= self.ends_at:
            return Phase.OVERDUE
        return Phase.NOW

    def reports(self, now: datetime) -> tuple[Report, ...]:
        """What may be said of it now."""
        match self.phase(now):
            case Phase.NOW:
                return (Report.ALSO,)
            case Phase.OVERDUE | Phase.ENDED:
                return (Report.STILL,)
        return ()


@dataclass(frozen=True, slots=True)
class OutageEvent:
    """One line of an outage's history."""

    kind: OutageEventKind
    at: datetime
    by: str
    text: str
    ends_at: datetime | None


@dataclass(frozen=True, slots=True)
class OutageTold:
    """What a resident is told of: an event, and the outage as it is by now."""

    kind: OutageEventKind
    text: str
    outage: Outage


@dataclass(frozen=True, slots=True)
class Counts:
    """How far an outage reaches and what residents say of it. `residents`: those who have linked a flat there."""

    buildings: int
    flats: int
    residents: int
    also: int = 0
    still: int = 0


@dataclass(frozen=True, slots=True)
class CountedOutage:
    outage: Outage
    counts: Counts


@dataclass(frozen=True, slots=True)
class BuildingReports:
    """What residents of one building say: where it is still dry is where the crew goes."""

    building: str
    also: int
    still: int


@dataclass(frozen=True, slots=True)
class NewReport:
    """A resident's word, from home: `building` is the key of the house."""

    outage: OutageId
    report: Report
    resident: ResidentId
    building: str
    at: datetime
