"""Outages, the residents' side: an exact look-up by the building of the flat. Nothing is guessed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.accounts.residents import Residents
from core.clock import CityClock
from core.errors import NotFound
from core.ids import OutageId, PremisesId, ResidentId
from core.outages.model import NewReport, Outage, Report
from core.outages.ports import ResidentOutages
from core.outages.rules import SHOWN_AFTER_END


@dataclass(frozen=True)
class Outages:
    residents: Residents
    store: ResidentOutages
    clock: CityClock

    async def of(self, resident: ResidentId) -> Mapping[PremisesId, Sequence[Outage]]:
        """What is known for each of the resident's flats, linked or helped with; the earliest start first."""
        flats = [flat.premises.id for flat in await self.residents.flats(resident)]
        found = await self.store.at(flats, self.clock.now() - SHOWN_AFTER_END)
        return {flat: found.get(flat, ()) for flat in flats}

    async def report(self, resident: ResidentId, outage: OutageId, report: Report) -> bool:
        """Counts «у меня тоже» or «воды всё ещё нет»; False when the resident has said so before.

        Raises NotFound where the outage is not (any more) at one of the resident's flats, or that cannot be said now.
        """
        now = self.clock.now()
        found = await self.of(resident)
        known = [one for outages in found.values() for one in outages if one.id == outage]
        if not known or report not in known[0].reports(now):
            raise NotFound
        building = await self.store.building_of(outage, list(found))
        if building is None:
            raise NotFound
        return await self.store.report(NewReport(outage, report, resident, building, now))
