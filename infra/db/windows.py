"""Extensions of reading windows: the port of core.meters.windows over one connection."""

from collections.abc import Sequence
from typing import Final

from asyncpg import Connection, Record

from core.ids import PremisesId, ProviderCode
from core.meters.model import WindowExtension
from core.meters.ports import Building
from core.periods import Period
from infra.exchange.addresses import address_key

EXTENSION: Final = "provider, period, until, building, reason, made_by, made_at"
# The key of a house stands in the key of every flat of it: «магнитогорск|улица труда|14|» in «…|14|27».
EXTENSIONS: Final = f"""
SELECT {EXTENSION} FROM window_extensions
WHERE period >= $1 AND (building_key IS NULL OR EXISTS (
    SELECT FROM premises WHERE premises.id = $2 AND starts_with(address_key, window_extensions.building_key)
))
ORDER BY id
"""  # noqa: S608 - only constants
_LISTED: Final = f"SELECT {EXTENSION} FROM window_extensions WHERE period >= $1 ORDER BY id DESC"  # noqa: S608 - only constants
_EXTEND: Final = """
INSERT INTO window_extensions (provider, period, until, building, reason, made_by, made_at, building_key)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""
_BUILDING: Final = """
SELECT left(address_key, length(address_key) - strpos(reverse(address_key), '|') + 1) AS key,
    min(street) AS street, min(building) AS building, count(*) AS flats
FROM premises WHERE strpos(address_key, $1) > 0 GROUP BY 1 ORDER BY 1 LIMIT 1
"""


class PostgresWindows:
    """`core.meters.ports.WindowStore`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def extensions(self, premises: PremisesId | None, since: Period) -> Sequence[WindowExtension]:
        rows = await self._connection.fetch(EXTENSIONS, since.first_day, premises)
        return [read_extension(row) for row in rows]

    async def extend(self, extension: WindowExtension, building: str | None) -> None:
        await self._connection.execute(
            _EXTEND,
            *(extension.provider, extension.period.first_day, extension.until, extension.building),
            *(extension.reason, extension.made_by, extension.made_at, building),
        )

    async def listed(self, since: Period) -> Sequence[WindowExtension]:
        return [read_extension(row) for row in await self._connection.fetch(_LISTED, since.first_day)]

    async def building(self, street: str, house: str) -> Building | None:
        """Of two towns with the same street, the first: a city file is of one."""
        key = address_key("", street, house, "")
        row = await self._connection.fetchrow(_BUILDING, key)
        return Building(row["key"], f"{row['street']}, {row['building']}", row["flats"]) if row else None


def read_extension(row: Record) -> WindowExtension:
    """Of the columns of EXTENSION, in their order."""
    provider, period, until, building, reason, made_by, made_at = row
    code = ProviderCode(provider) if provider else None
    return WindowExtension(code, Period.of(period), until, building, reason, made_by, made_at)
