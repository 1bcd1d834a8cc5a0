"""Outages, the operators' side. Every act is checked here, whoever asks for it: the command line or the desk."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from core.city import City
from core.clock import CityClock
from core.errors import NotFound
from core.ids import OutageId
from core.outages.model import BuildingReports, CountedOutage, Outage, OutageEvent, OutageEventKind
from core.outages.ports import BuildingList, FoundPlaces, NewOutage, NewOutageEvent, OutageNews, OutageStore
from core.outages.rules import (
    BadOutage,
    OutageProblem,
    UnknownPlaces,
    check_end,
    check_start,
    checked_cause,
    checked_services,
    plain,
    read_places,
)
from core.services import Service
from core.support.model import Operator

LISTED_AFTER_END: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Entry:
    """What an operator enters. `where`: one place a line (`core.outages.rules.read_places`). With `leave_unknown`,
    places that the building list does not have are left out, where else they refuse the entry."""

    services: Sequence[Service]
    where: Sequence[str]
    starts_at: datetime
    ends_at: datetime | None
    cause: str
    emergency: bool
    key: str
    leave_unknown: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """What is new: another end, none known any more (`end_unknown`), words, more places; None changes nothing."""

    key: str
    text: str = ""
    ends_at: datetime | None = None
    end_unknown: bool = False
    where: Sequence[str] = ()
    leave_unknown: bool = False


@dataclass(frozen=True, slots=True)
class Entered:
    """An outage with what was left out of it, and how many residents are being told."""

    outage: Outage
    unknown: tuple[str, ...] = ()
    told: int = 0


@dataclass(frozen=True)
class OutageDesk:
    """What operators may do. An outage whose services are none of theirs does not exist for them (NotFound)."""

    store: OutageStore
    buildings: BuildingList
    news: OutageNews
    city: City
    clock: CityClock

    async def add(self, operator: Operator, entry: Entry) -> Entered:
        """Enters an outage and has residents told; the same key again changes nothing.

        Raises BadOutage, UnknownPlaces.
        """
        services = checked_services(entry.services)
        if not self._own(operator, services):
            raise BadOutage(OutageProblem.NOT_YOURS)
        check_start(entry.starts_at, self.clock.now())
        check_end(entry.starts_at, entry.ends_at, self.clock.now(), emergency=entry.emergency)
        cause = checked_cause(entry.cause)
        found = await self._places(entry.where, leave_unknown=entry.leave_unknown)
        new = NewOutage(
            key=entry.key,
            services=services,
            emergency=entry.emergency,
            starts_at=entry.starts_at,
            ends_at=entry.ends_at,
            cause=cause,
            where=tuple(place.said for place in read_places(entry.where)),
            buildings=found.buildings,
            made_by=operator.name,
            at=self.clock.now(),
        )
        outage, fresh = await self.store.add(new)
        if not fresh:
            return Entered(outage, found.unknown)
        return await self._happened(operator, outage, OutageEventKind.OPENED, entry.key, cause, found.unknown)

    async def update(self, operator: Operator, outage: OutageId, change: Change) -> Entered:
        """Says what is new of an outage; one that had ended is open again.

        Raises BadOutage, UnknownPlaces, NotFound.
        """
        present = await self._take(operator, outage)
        if await self.store.recorded(change.key):
            return Entered(present)
        changed = self._changed(present, change)
        unknown: tuple[str, ...] = ()
        if change.where:
            found = await self._places(change.where, leave_unknown=change.leave_unknown)
            unknown = found.unknown
            await self.store.reach(outage, found.buildings, [place.said for place in read_places(change.where)])
        kind = OutageEventKind.UPDATED if present.ended_at is None else OutageEventKind.REOPENED
        return await self._happened(operator, changed, kind, change.key, plain(change.text), unknown)

    def _changed(self, present: Outage, change: Change) -> Outage:
        """The outage as the change makes it. Raises BadOutage."""
        now = self.clock.now()
        cause = checked_cause(change.text) if change.text.strip() else present.cause
        ends_at = None if change.end_unknown else change.ends_at or present.ends_at
        if ends_at != present.ends_at:
            check_end(present.starts_at, ends_at, now, emergency=present.emergency)
        if (cause, ends_at) == (present.cause, present.ends_at) and not change.where and present.ended_at is None:
            raise BadOutage(OutageProblem.NOTHING_NEW)
        return replace(present, ends_at=ends_at, cause=cause, ended_at=None, updated_at=now)

    async def end(self, operator: Operator, outage: OutageId, text: str, key: str) -> Entered:
        """It is over. Raises BadOutage when it was already, NotFound."""
        present = await self._take(operator, outage)
        if await self.store.recorded(key):
            return Entered(present)
        if present.ended_at is not None:
            raise BadOutage(OutageProblem.ENDED)
        now = self.clock.now()
        over = replace(present, ended_at=now, updated_at=now)
        said = checked_cause(text) if text.strip() else ""
        return await self._happened(operator, over, OutageEventKind.ENDED, key, said, ())

    async def listed(self, operator: Operator) -> Sequence[CountedOutage]:
        """Those that are not over, and those of the last days; the newest first."""
        found = await self.store.listed(self.clock.now() - LISTED_AFTER_END)
        return [one for one in found if self._own(operator, one.outage.services)]

    async def show(
        self, operator: Operator, outage: OutageId
    ) -> tuple[CountedOutage, Sequence[OutageEvent], Sequence[BuildingReports]]:
        """An outage, its history, and what residents say by building. Raises NotFound."""
        counted = await self.store.get(outage)
        if not self._own(operator, counted.outage.services):
            raise NotFound
        return counted, await self.store.history(outage), await self.store.reports(outage)

    async def _happened(
        self,
        operator: Operator,
        outage: Outage,
        kind: OutageEventKind,
        key: str,
        text: str,
        unknown: tuple[str, ...],
    ) -> Entered:
        """Stores an outage as it is now, its line of history, and has it told: all once for a key."""
        event = NewOutageEvent(key, kind, self.clock.now(), operator.name, text, outage.ends_at)
        number = await self.store.record(outage.id, event)
        if number is None:
            return Entered((await self.store.get(outage.id)).outage, unknown)
        if kind is not OutageEventKind.OPENED:
            await self.store.save(outage)
        return Entered(outage, unknown, await self.news.tell(outage, number))

    async def _places(self, where: Sequence[str], *, leave_unknown: bool) -> FoundPlaces:
        places = read_places(where)
        found = await self.buildings.find(places)
        if found.ambiguous or (found.unknown and not leave_unknown):
            raise UnknownPlaces(found.unknown, found.ambiguous)
        if not found.buildings:
            raise UnknownPlaces(found.unknown)
        return found

    async def _take(self, operator: Operator, outage: OutageId) -> Outage:
        present = await self.store.take(outage)
        if not self._own(operator, present.services):
            raise NotFound
        return present

    def _own(self, operator: Operator, services: Sequence[Service]) -> bool:
        own = operator.organisations
        return own is None or any(self.city.provider_of(service).name in own for service in services)
