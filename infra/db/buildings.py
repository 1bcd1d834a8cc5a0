"""The city's building list: the port of core.outages over one connection.

A building is known when somebody has an account in it, or when the list of quarters has it. Names are compared as
addresses are (infra.exchange.addresses): exactly, or not at all.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from asyncpg import Connection

from core.outages.ports import FoundPlaces
from core.outages.rules import Place
from infra.exchange.addresses import address_key, area_key

_HOUSES: Final = """
SELECT building_key AS key FROM premises WHERE building_key = ANY ($1::text[])
UNION SELECT key FROM buildings WHERE key = ANY ($1::text[])
"""
# «|улица труда|»: what keys of all buildings of a street begin with.
_STREETS: Final = """
SELECT street, key FROM unnest($1::text[]) AS street JOIN (
    SELECT DISTINCT building_key AS key FROM premises UNION SELECT key FROM buildings
) AS known ON starts_with(key, street)
"""
_AREAS: Final = """
SELECT 'quarter ' || quarter_key AS area, key FROM buildings WHERE quarter_key = ANY ($1::text[])
UNION SELECT 'district ' || district_key, key FROM buildings WHERE district_key = ANY ($1::text[])
"""
_LISTED: Final = """
SELECT kind, min(name) AS name, count(DISTINCT key) AS buildings, count(premises.id) AS flats FROM (
    SELECT 'district' AS kind, district AS name, district_key AS area, key FROM buildings WHERE district IS NOT NULL
    UNION ALL SELECT 'quarter', quarter, quarter_key, key FROM buildings WHERE quarter IS NOT NULL
) AS listed LEFT JOIN premises ON building_key = key GROUP BY kind, area ORDER BY kind, length(area), area
"""
_KINDS: Final = ("quarter", "district")


@dataclass
class _Found:
    buildings: set[str] = field(default_factory=set)
    unknown: list[str] = field(default_factory=list)
    ambiguous: list[str] = field(default_factory=list)


class PostgresBuildings:
    """`core.outages.ports.BuildingList`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def find(self, places: Sequence[Place]) -> FoundPlaces:
        found = _Found()
        await self._houses([place for place in places if place.houses], found)
        await self._whole([place for place in places if not place.houses], found)
        return FoundPlaces(frozenset(found.buildings), tuple(found.unknown), tuple(found.ambiguous))

    async def _houses(self, places: Sequence[Place], found: _Found) -> None:
        houses = [(place.name, house) for place in places for house in place.houses]
        named = {building_key(street, house): f"{street}: {house}" for street, house in houses}
        rows = await self._connection.fetch(_HOUSES, list(named)) if named else ()
        known = {row["key"] for row in rows}
        found.buildings |= known
        found.unknown += [said for key, said in named.items() if key not in known]

    async def _whole(self, places: Sequence[Place], found: _Found) -> None:
        """Streets, quarters and districts. A name that means two of them is asked back, never chosen."""
        if not places:
            return
        streets = await self._sets(_STREETS, [street_key(place.name) for place in places], "street")
        areas = await self._sets(_AREAS, [area_key(place.name) for place in places], "area")
        for place in places:
            area = area_key(place.name)
            senses = (streets.get(street_key(place.name)), *(areas.get(f"{kind} {area}") for kind in _KINDS))
            meant = [buildings for buildings in senses if buildings]
            if len(meant) == 1:
                found.buildings |= meant[0]
            else:
                (found.ambiguous if meant else found.unknown).append(place.said)

    async def _sets(self, query: str, names: Iterable[str], column: str) -> dict[str, set[str]]:
        sets: dict[str, set[str]] = {}
        for row in await self._connection.fetch(query, list(names)):
            sets.setdefault(row[column], set()).add(row["key"])
        return sets


def building_key(street: str, building: str) -> str:
    """As `premises.building_key`: «|улица труда|14|»."""
    return address_key("", street, building, "")


def street_key(street: str) -> str:
    """What the keys of a street's buildings begin with: «|улица труда|»."""
    return address_key("", street, "", "").removesuffix("|")


async def areas(connection: Connection) -> Sequence[tuple[str, str, int, int]]:
    """Kind (quarter or district), name, buildings and flats of each."""
    return [(row["kind"], row["name"], row["buildings"], row["flats"]) for row in await connection.fetch(_LISTED)]
