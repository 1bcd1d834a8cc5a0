"""The days on which readings are expected, and an operator's right to move the last of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from core.city import City
from core.clock import CityClock
from core.errors import NotFound, Rejected
from core.ids import PremisesId, ProviderCode
from core.meters.model import Window, WindowExtension
from core.meters.ports import Building, WindowStore
from core.meters.rules import window_at
from core.periods import Period


class ExtensionProblem(StrEnum):
    NOT_LATER = "not_later"
    """The window already lasts until that day, or longer."""
    TOO_LATE = "too_late"
    """On that day the next period's window closes: two months would be one."""
    NO_REASON = "no_reason"


@dataclass
class BadExtension(Rejected):
    problem: ExtensionProblem
    closes_on: date
    """The day on which the window closes now, or on which the next one does."""


@dataclass(frozen=True, slots=True)
class NewExtension:
    """What an operator asks for. `building` is a street and a house as people write them."""

    period: Period
    until: date
    reason: str
    made_by: str
    provider: ProviderCode | None = None
    building: tuple[str, str] | None = None


@dataclass(frozen=True)
class Windows:
    """Windows of a city's providers. Nobody is refused for being late: a window says what a reading counts for."""

    store: WindowStore
    city: City
    clock: CityClock

    async def at(
        self, provider: ProviderCode, premises: PremisesId | None = None, at: datetime | None = None
    ) -> Window:
        """What a reading of that instant (now) counts for; without a flat, by what is extended for everybody."""
        day = self.clock.local(at).date()
        extensions = await self.store.extensions(premises, Period.of(day).previous)
        return window_at(self.city, provider, day, extensions)

    async def of_providers(
        self, premises: PremisesId | None = None
    ) -> Sequence[tuple[Window, tuple[ProviderCode, ...]]]:
        """The windows of today with the providers each is for: of all that have meters, in the city file's order."""
        found: dict[Window, list[ProviderCode]] = {}
        for provider in self.city.providers:
            if any(service.measured_by == (service,) for service in provider.services):
                found.setdefault(await self.at(provider.code, premises), []).append(provider.code)
        return [(window, tuple(codes)) for window, codes in found.items()]

    async def extend(self, new: NewExtension) -> tuple[WindowExtension, Building | None]:
        """Moves the last day of a period. Raises BadExtension; NotFound for a house nobody lives in."""
        if not new.reason.strip():
            raise BadExtension(ExtensionProblem.NO_REASON, new.until)
        building = await self.store.building(*new.building) if new.building else None
        if new.building and building is None:
            raise NotFound
        known = await self.store.extensions(None, new.period)
        for provider in self.city.providers:
            if new.provider in {None, provider.code}:
                self._check(new, provider.code, known)
        extension = WindowExtension(
            new.provider,
            new.period,
            new.until,
            building.name if building else None,
            new.reason.strip(),
            new.made_by,
            self.clock.now(),
        )
        await self.store.extend(extension, building.key if building else None)
        return extension, building

    async def listed(self) -> Sequence[WindowExtension]:
        """Extensions of the last months, the newest first."""
        return await self.store.listed(self.clock.period().shifted(-12))

    def _check(self, new: NewExtension, provider: ProviderCode, known: Sequence[WindowExtension]) -> None:
        regular = self.city.window_on(new.period.first_day, provider).closes_on(new.period)
        following = self.city.window_on(new.period.next.first_day, provider).closes_on(new.period.next)
        closes = max([regular, *(one.until for one in known if one.covers(provider, new.period))])
        if new.until <= closes:
            raise BadExtension(ExtensionProblem.NOT_LATER, closes)
        if new.until >= following:
            raise BadExtension(ExtensionProblem.TOO_LATE, following)
