"""Outages over one connection: what residents see, what operators keep. Ports of core.outages."""

# ruff: noqa: S608 - statements are put together of constants of this module only

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import ClassVar, Final

from asyncpg import Connection, Record

from core.errors import NotFound
from core.ids import OutageId, PremisesId
from core.outages.model import (
    BuildingReports,
    CountedOutage,
    Counts,
    NewReport,
    Outage,
    OutageEvent,
    OutageEventKind,
)
from core.outages.ports import NewOutage, NewOutageEvent
from core.services import Service

OUTAGE: Final = """
outages.id, services, emergency, starts_at, ends_at, cause, places, made_by, updated_at, ended_at
"""
_RECENT: Final = "(ended_at IS NULL OR ended_at >= {0})"
_AT: Final = f"""
SELECT premises.id AS premises, {OUTAGE}
FROM premises JOIN outage_buildings USING (building_key) JOIN outages ON outages.id = outage_id
WHERE premises.id = ANY ($1::bigint[]) AND {_RECENT.format("$2")} ORDER BY starts_at, outages.id
"""
_BUILDING_OF: Final = """
SELECT building_key FROM premises JOIN outage_buildings USING (building_key)
WHERE outage_id = $1 AND premises.id = ANY ($2::bigint[])
ORDER BY array_position($2::bigint[], premises.id) LIMIT 1
"""
_ADD: Final = f"""
INSERT INTO outages (key, services, emergency, starts_at, ends_at, cause, places, made_by, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (key) DO NOTHING RETURNING {OUTAGE}
"""
_OF_KEY: Final = f"SELECT {OUTAGE} FROM outages WHERE key = $1"
_REACH: Final = """
INSERT INTO outage_buildings (outage_id, building_key) SELECT $1, unnest($2::text[]) ON CONFLICT DO NOTHING
"""
_NAMED: Final = """
UPDATE outages SET places = places || ARRAY(SELECT unnest($2::text[]) EXCEPT SELECT unnest(places)) WHERE id = $1
"""
_SAVE: Final = "UPDATE outages SET ends_at = $2, cause = $3, updated_at = $4, ended_at = $5 WHERE id = $1"
_RECORD: Final = """
INSERT INTO outage_events (key, outage_id, kind, at, by, text, ends_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (key) DO NOTHING RETURNING id
"""
_COUNTS: Final = """
(SELECT count(*) FROM outage_buildings WHERE outage_id = outages.id) AS buildings,
(SELECT count(*) FROM outage_buildings JOIN premises USING (building_key) WHERE outage_id = outages.id) AS flats,
(SELECT count(DISTINCT resident_id) FROM outage_buildings JOIN premises USING (building_key)
    JOIN links ON links.premises_id = premises.id WHERE outage_id = outages.id) AS residents,
(SELECT count(*) FROM outage_reports WHERE outage_id = outages.id AND report = 'also') AS also,
(SELECT count(*) FROM outage_reports WHERE outage_id = outages.id AND report = 'still') AS still
"""
_GET: Final = f"SELECT {OUTAGE}, {_COUNTS} FROM outages WHERE id = $1"
_LISTED: Final = f"SELECT {OUTAGE}, {_COUNTS} FROM outages WHERE {_RECENT.format('$1')} ORDER BY id DESC"
_HISTORY: Final = "SELECT kind, at, by, text, ends_at FROM outage_events WHERE outage_id = $1 ORDER BY id"
_REPORTS: Final = """
SELECT coalesce((SELECT street || ', ' || building FROM premises WHERE premises.building_key = said.building_key
        ORDER BY id LIMIT 1), (SELECT street || ', ' || building FROM buildings WHERE key = said.building_key), '')
    AS building, also, still
FROM (
    SELECT building_key, count(*) FILTER (WHERE report = 'also') AS also,
        count(*) FILTER (WHERE report = 'still') AS still
    FROM outage_reports WHERE outage_id = $1 GROUP BY 1
) AS said ORDER BY still DESC, also DESC, building
"""


class PostgresResidentOutages:
    """`core.outages.ports.ResidentOutages`."""

    REPORT: ClassVar = """
    INSERT INTO outage_reports (outage_id, report, resident_id, building_key, at) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (outage_id, report, resident_id) DO NOTHING RETURNING id
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def at(self, premises: Sequence[PremisesId], ended_since: datetime) -> Mapping[PremisesId, Sequence[Outage]]:
        found: dict[PremisesId, list[Outage]] = {}
        for row in await self._connection.fetch(_AT, list(premises), ended_since):
            found.setdefault(PremisesId(row["premises"]), []).append(read_outage(row))
        return found

    async def building_of(self, outage: OutageId, premises: Sequence[PremisesId]) -> str | None:
        key: str | None = await self._connection.fetchval(_BUILDING_OF, outage, list(premises))
        return key

    async def report(self, new: NewReport) -> bool:
        given = (new.outage, new.report.value, new.resident, new.building, new.at)
        return await self._connection.fetchval(self.REPORT, *given) is not None


class PostgresOutages:
    """`core.outages.ports.OutageStore`."""

    TAKE: ClassVar = f"SELECT {OUTAGE} FROM outages WHERE id = $1 FOR UPDATE"

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add(self, new: NewOutage) -> tuple[Outage, bool]:
        row = await self._connection.fetchrow(
            *(_ADD, new.key, [service.value for service in new.services], new.emergency, new.starts_at, new.ends_at),
            *(new.cause, list(new.where), new.made_by, new.at),
        )
        if row is None:
            return read_outage(await self._connection.fetchrow(_OF_KEY, new.key)), False
        outage = read_outage(row)
        await self._connection.execute(_REACH, outage.id, sorted(new.buildings))
        return outage, True

    async def take(self, outage: OutageId) -> Outage:
        row = await self._connection.fetchrow(self.TAKE, outage)
        if row is None:
            raise NotFound
        return read_outage(row)

    async def recorded(self, key: str) -> bool:
        return bool(await self._connection.fetchval("SELECT EXISTS (SELECT FROM outage_events WHERE key = $1)", key))

    async def record(self, outage: OutageId, event: NewOutageEvent) -> int | None:
        made: int | None = await self._connection.fetchval(
            _RECORD, event.key, outage, event.kind.value, event.at, event.by, event.text, event.ends_at
        )
        return made

    async def save(self, outage: Outage) -> None:
        await self._connection.execute(
            _SAVE, outage.id, outage.ends_at, outage.cause, outage.updated_at, outage.ended_at
        )

    async def reach(self, outage: OutageId, buildings: frozenset[str], where: Sequence[str]) -> int:
        status = await self._connection.execute(_REACH, outage, sorted(buildings))
        await self._connection.execute(_NAMED, outage, list(where))
        return int(status.split()[-1])

    async def get(self, outage: OutageId) -> CountedOutage:
        row = await self._connection.fetchrow(_GET, outage)
        if row is None:
            raise NotFound
        return _counted(row)

    async def listed(self, ended_since: datetime) -> Sequence[CountedOutage]:
        return [_counted(row) for row in await self._connection.fetch(_LISTED, ended_since)]

    async def history(self, outage: OutageId) -> Sequence[OutageEvent]:
        rows = await self._connection.fetch(_HISTORY, outage)
        return [
            OutageEvent(OutageEventKind(row["kind"]), row["at"], row["by"], row["text"], row["ends_at"]) for row in rows
        ]

    async def reports(self, outage: OutageId) -> Sequence[BuildingReports]:
        rows = await self._connection.fetch(_REPORTS, outage)
        return [BuildingReports(row["building"], row["also"], row["still"]) for row in rows]


def read_outage(row: Record) -> Outage:
    return Outage(
        id=OutageId(row["id"]),
        services=tuple(Service(one) for one in row["services"]),
        emergency=row["emergency"],
        starts_at=row["starts_at"],
        ends_at=row["ends_at"],
        cause=row["cause"],
        where=tuple(row["places"]),
        made_by=row["made_by"],
        updated_at=row["updated_at"],
        ended_at=row["ended_at"],
    )


def _counted(row: Record) -> CountedOutage:
    counts = Counts(row["buildings"], row["flats"], row["residents"], row["also"], row["still"])
    return CountedOutage(read_outage(row), counts)
