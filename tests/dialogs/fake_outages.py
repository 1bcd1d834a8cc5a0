"""Outages kept in memory, as strict as the port's words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from core.ids import OutageId, PremisesId
from core.outages.model import NewReport, Outage, Report
from core.services import Service
from tests.dialogs.fakes import FakeClock


@dataclass
class FakeOutages:
    """`homes`: flats of each outage's buildings."""

    clock: FakeClock
    outages: dict[OutageId, Outage] = field(default_factory=dict)
    homes: dict[OutageId, set[PremisesId]] = field(default_factory=dict)
    said: dict[tuple[OutageId, Report, int], NewReport] = field(default_factory=dict)

    def begin(self, *homes: PremisesId, services: Sequence[Service] = (Service.COLD_WATER,), **more: object) -> Outage:
        """A new outage, an emergency of now unless said otherwise."""
        number = OutageId(len(self.outages) + 1)
        now = self.clock.now()
        outage = Outage(number, tuple(services), True, now, None, "порыв трубы", ("улица Труда",), "anna", now)
        return self.put(replace(outage, **more), *homes)  # type: ignore[arg-type]  # fields by name

    def put(self, outage: Outage, *homes: PremisesId) -> Outage:
        self.outages[outage.id] = outage
        self.homes.setdefault(outage.id, set()).update(homes)
        return outage

    async def at(self, premises: Sequence[PremisesId], ended_since: datetime) -> Mapping[PremisesId, Sequence[Outage]]:
        recent = [one for one in self.outages.values() if one.ended_at is None or one.ended_at >= ended_since]
        recent.sort(key=lambda one: (one.starts_at, one.id))
        return {home: [one for one in recent if home in self.homes[one.id]] for home in premises}

    async def building_of(self, outage: OutageId, premises: Sequence[PremisesId]) -> str | None:
        return next((f"|{home}|" for home in premises if home in self.homes[outage]), None)

    async def report(self, new: NewReport) -> bool:
        key = (new.outage, new.report, new.resident)
        return self.said.setdefault(key, new) is new
