"""Facts for reminders and outages as they are told, for many residents at once: the port of core.telling."""

# ruff: noqa: S608 - statements are put together of constants of this module only

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Final
from uuid import UUID

from asyncpg import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

from core.ids import MeterId, PremisesId, ProviderCode, ReadingId, ResidentId
from core.meters.model import Meter
from core.meters.ports import Verdict
from core.money import Kopecks
from core.outages.model import OutageEventKind, OutageTold
from core.periods import Period
from core.telling import Home, HomeFacts, Paid
from infra.db.audience import OWED
from infra.db.engine import driver_connection
from infra.db.meters import METER, read_meter
from infra.db.outages import OUTAGE, read_outage
from infra.db.reminders import UNREAD

_WITHOUT: Final = f"""
SELECT DISTINCT resident_id FROM (
    SELECT resident_id, premises_id FROM links WHERE resident_id = ANY ($1::bigint[])
    UNION ALL SELECT helpers.resident_id, links.premises_id FROM helpers JOIN links ON links.id = link_id
    WHERE helpers.resident_id = ANY ($1::bigint[])
) AS people
JOIN accounts ON accounts.premises_id = people.premises_id AND accounts.closed_on IS NULL
JOIN meters ON meters.account_id = accounts.id AND meters.closed_on IS NULL
WHERE {UNREAD.format(period="$2::date")}
"""
_HOMES: Final = f"""
SELECT links.resident_id, links.premises_id, links.name, provider, {OWED} AS owed,
    (SELECT count(*) FROM links AS own WHERE own.resident_id = links.resident_id) AS flats
FROM unnest($1::bigint[], $2::bigint[]) AS asked (resident_id, premises_id)
JOIN links USING (resident_id, premises_id)
LEFT JOIN accounts ON accounts.premises_id = links.premises_id AND accounts.closed_on IS NULL
"""
_METERS: Final = f"""
SELECT {METER} FROM meters JOIN accounts ON accounts.id = account_id
WHERE meters.closed_on IS NULL AND accounts.closed_on IS NULL AND meters.id = ANY ($1::bigint[])
"""
_VERDICTS: Final = """
SELECT verdicts.reading_id || ':' || verdicts.provider AS subject, meter_id, value, verdicts.reason
FROM verdicts JOIN readings ON readings.id = reading_id
WHERE (reading_id, verdicts.provider) IN (SELECT * FROM unnest($1::uuid[], $2::text[])) AND verdicts.status = 'declined'
"""
_PAYMENTS: Final = "SELECT id, provider, amount, paid_on FROM payments WHERE id = ANY ($1::bigint[])"
_EVENT: Final = f"""
SELECT kind, text, {OUTAGE.replace("ends_at", "outages.ends_at")}
FROM outage_events JOIN outages ON outages.id = outage_id WHERE outage_events.id = $1
"""
_HIT: Final = """
SELECT links.resident_id, links.name, outage_buildings.outage_id IS NOT NULL AS hit
FROM links JOIN premises ON premises.id = links.premises_id
LEFT JOIN outage_buildings ON outage_buildings.building_key = premises.building_key
    AND outage_id = (SELECT outage_id FROM outage_events WHERE id = $1)
WHERE links.resident_id = ANY ($2::bigint[]) ORDER BY links.linked_at, links.id
"""


class PostgresTellingFacts:
    """`core.telling.TellingFacts`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def without_reading(self, residents: Collection[ResidentId], period: Period) -> Collection[ResidentId]:
        rows = await self._connection.fetch(_WITHOUT, list(residents), period.first_day)
        return {ResidentId(row["resident_id"]) for row in rows}

    async def homes(self, homes: Sequence[Home]) -> Mapping[Home, HomeFacts]:
        asked = list(dict.fromkeys(homes))
        rows = await self._connection.fetch(_HOMES, [one for one, _ in asked], [flat for _, flat in asked])
        names: dict[Home, str | None] = {}
        owed: dict[Home, dict[ProviderCode, Kopecks]] = {}
        for row in rows:
            home = (ResidentId(row["resident_id"]), PremisesId(row["premises_id"]))
            names[home] = row["name"] if row["flats"] > 1 else None
            own = owed.setdefault(home, {})
            if row["owed"] is not None:
                own[ProviderCode(row["provider"])] = Kopecks(int(row["owed"]))
        return {home: HomeFacts(name, owed[home]) for home, name in names.items()}

    async def meters(self, meters: Collection[MeterId]) -> Mapping[MeterId, Meter]:
        found = [read_meter(row) for row in await self._connection.fetch(_METERS, list(meters))]
        return {meter.id: meter for meter in found}

    async def verdicts(self, subjects: Collection[str]) -> Mapping[str, Verdict]:
        asked = [subject.partition(":") for subject in subjects]
        readings, providers = [ReadingId(one) for one, _, _ in asked], [provider for _, _, provider in asked]
        rows = await self._connection.fetch(_VERDICTS, [UUID(one) for one in readings], providers)
        meters = await self.meters([MeterId(row["meter_id"]) for row in rows])
        return {
            row["subject"]: Verdict(meters[MeterId(row["meter_id"])], row["value"], row["reason"])
            for row in rows
            if row["meter_id"] in meters
        }

    async def payments(self, numbers: Collection[int]) -> Mapping[int, Paid]:
        rows = await self._connection.fetch(_PAYMENTS, list(numbers))
        return {row["id"]: Paid(ProviderCode(row["provider"]), Kopecks(row["amount"]), row["paid_on"]) for row in rows}

    async def outage(self, event: int) -> OutageTold | None:
        row = await self._connection.fetchrow(_EVENT, event)
        return OutageTold(OutageEventKind(row["kind"]), row["text"], read_outage(row)) if row else None

    async def hit(self, event: int, residents: Collection[ResidentId]) -> Mapping[ResidentId, Sequence[str]]:
        flats: dict[ResidentId, list[tuple[str, bool]]] = {}
        for row in await self._connection.fetch(_HIT, event, list(residents)):
            flats.setdefault(ResidentId(row["resident_id"]), []).append((row["name"], row["hit"]))
        return {
            resident: [name for name, hit in own if hit and len(own) > 1]
            for resident, own in flats.items()
            if any(hit for _, hit in own)
        }


@asynccontextmanager
async def telling_facts(engine: AsyncEngine) -> AsyncIterator[PostgresTellingFacts]:
    """Facts over a connection of their own."""
    async with driver_connection(engine) as connection:
        yield PostgresTellingFacts(connection)
