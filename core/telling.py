"""What is read when reminders and outages are told: facts as they are at that moment, for many residents at once."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from core.ids import MeterId, PremisesId, ProviderCode, ResidentId
from core.meters.model import Meter
from core.meters.ports import Verdict
from core.money import Kopecks
from core.outages.model import OutageTold
from core.periods import Period

Home = tuple[ResidentId, PremisesId]
"""A resident and one of the flats."""


@dataclass(frozen=True, slots=True)
class HomeFacts:
    """A linked flat. `name` is the resident's own, None where it is the only flat; `owed` is by provider, of those who
    have billed it, in no order; what is owed is positive."""

    name: str | None
    owed: Mapping[ProviderCode, Kopecks]


@dataclass(frozen=True, slots=True)
class Paid:
    provider: ProviderCode
    amount: Kopecks
    paid_on: date


class TellingFacts(Protocol):
    """What is gone is left out of every answer: then nothing is told."""

    async def without_reading(self, residents: Collection[ResidentId], period: Period) -> Collection[ResidentId]:
        """Those who still have a meter, of an own flat or one they help with, without a reading of the month."""
        ...

    async def homes(self, homes: Sequence[Home]) -> Mapping[Home, HomeFacts]: ...

    async def meters(self, meters: Collection[MeterId]) -> Mapping[MeterId, Meter]:
        """Open ones."""
        ...

    async def verdicts(self, subjects: Collection[str]) -> Mapping[str, Verdict]:
        """Declined readings by `reading:provider`."""
        ...

    async def payments(self, numbers: Collection[int]) -> Mapping[int, Paid]: ...

    async def outage(self, event: int) -> OutageTold | None: ...

    async def hit(self, event: int, residents: Collection[ResidentId]) -> Mapping[ResidentId, Sequence[str]]:
        """Who has a flat where the outage is; with the flats' names for those who have others as well."""
        ...
