"""What the picture of consumption shows: billed volumes of the services that meters measure, month by month."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Final

from core.accounts.model import Premises
from core.billing.use_cases import Billing
from core.periods import Period
from core.services import Service
from infra.receipts.plot import Series

MONTHS: Final = 12
MEASURED: Final = tuple(service for service in Service if service.measured_by == (service,))
"""Wastewater is left out: it is the sum of two that are shown."""


async def consumption(billing: Billing, premises: Premises, name: Callable[[Service], str]) -> Sequence[Series]:
    """A series for each service that has charges; all of them end in the latest billed month, gaps are zeros.

    `name` gives the words for a service.
    """
    volumes: dict[Service, dict[Period, Decimal]] = {}
    units: dict[Service, str] = {}
    for month in await billing.history(premises, MONTHS):
        for line in month.lines:
            charge = line.charge
            of_service = volumes.setdefault(charge.service, {})
            of_service[charge.period] = of_service.get(charge.period, Decimal(0)) + charge.volume
            units.setdefault(charge.service, charge.unit)
    last = max((max(months) for months in volumes.values()), default=None)
    if last is None:
        return []
    return [
        Series(name(service), units[service], _points(volumes[service], last), service)
        for service in MEASURED
        if service in volumes
    ]


def _points(volumes: dict[Period, Decimal], last: Period) -> tuple[tuple[str, Decimal], ...]:
    months = [last.shifted(-back) for back in reversed(range(MONTHS)) if last.shifted(-back) >= min(volumes)]
    return tuple((f"{month.month:02}.{month.year % 100:02}", volumes.get(month, Decimal(0))) for month in months)
