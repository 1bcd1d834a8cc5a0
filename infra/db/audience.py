"""Whom a broadcast reaches, as one set-based question: counted for the dry run, frozen at the start.

The question is put together of constant parts, one for each thing an audience asks; what it asks for are arguments.
Flats are looked for as sets (semi-joins), people by their links to them, and of each person one chat: not blocked, in
the preferred messenger, used last. The same question counts and freezes, so that the two cannot disagree.
"""

# ruff: noqa: S608 - statements are put together of constants of this module only

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from asyncpg import Connection

from core.broadcasts.model import Audience, House, Reach
from core.broadcasts.ports import Wanted
from core.ids import MailingId
from infra.db.best_chat import BEST_CHAT
from infra.exchange.addresses import address_key, area_key

_STREET: Final = "split_part(address_key, '|', 2)"
_HOUSE: Final = "split_part(address_key, '|', 2) || '|' || split_part(address_key, '|', 3)"
# Districts and quarters of the city's building list.
_OF_AREAS: Final = "SELECT key FROM buildings WHERE district_key = ANY ({0}::text[]) OR quarter_key = ANY ({0}::text[])"
_OPEN_ACCOUNT: Final = "accounts.closed_on IS NULL"

_OF_PROVIDER: Final = f"SELECT premises_id FROM accounts WHERE {_OPEN_ACCOUNT} AND provider = ANY ({{}}::text[])"
# Wastewater has no meters, heating often none: what was charged within a year tells as well.
_OF_SERVICE: Final = f"""
SELECT premises_id FROM accounts JOIN meters ON account_id = accounts.id
WHERE {_OPEN_ACCOUNT} AND meters.closed_on IS NULL AND service = ANY ({{0}}::text[])
UNION SELECT premises_id FROM accounts JOIN charges ON account_id = accounts.id
WHERE {_OPEN_ACCOUNT} AND service = ANY ({{0}}::text[]) AND period >= {{1}}::date - interval '1 year'
"""
_OF_READING: Final = f"""
SELECT premises_id FROM accounts JOIN meters ON account_id = accounts.id
LEFT JOIN readings ON meter_id = meters.id AND period = {{0}}::date AND current
WHERE {_OPEN_ACCOUNT} AND meters.closed_on IS NULL
GROUP BY premises_id HAVING bool_and(readings.id IS NOT NULL) = {{1}}::boolean
"""
# As core.billing: what the latest statement asks for, less what was paid after its month.
OWED: Final = """
(SELECT to_pay - coalesce((
    SELECT sum(amount) FROM payments
    WHERE payments.account_id = accounts.id AND paid_on >= period + interval '1 month'
), 0) FROM statements WHERE statements.account_id = accounts.id ORDER BY period DESC LIMIT 1)
"""
_OF_DEBT: Final = f"""
SELECT premises_id FROM accounts
WHERE {_OPEN_ACCOUNT} AND provider = {{0}}::text AND {OWED} BETWEEN {{1}}::bigint AND {{2}}::bigint
"""
_NO_END: Final = 2**62

_CANDIDATES: Final = f"""
SELECT DISTINCT ON (residents.id) residents.id AS resident_id, chats.id AS chat_id, chats.messenger,
    chats.messenger || ':' || chats.bot AS token, chats.language, {{premises}} AS premises_id,
    chats.blocked_at IS NOT NULL AS blocked,
    EXISTS (SELECT FROM opt_outs WHERE opt_outs.resident_id = residents.id AND topic = {{topic}}) AS opted_out
FROM residents JOIN chats ON chats.resident_id = residents.id {{people}}
WHERE {{where}} ORDER BY {BEST_CHAT}
"""
_PEOPLE: Final = """
JOIN (
    SELECT resident_id, min(premises_id) AS premises_id FROM links
    WHERE premises_id IN (SELECT premises.id FROM premises WHERE {}) GROUP BY resident_id
) AS people ON people.resident_id = residents.id
"""
_UNLINKED: Final = "NOT EXISTS (SELECT FROM links WHERE links.resident_id = residents.id)"

_REACH: Final = """
WITH candidates AS ({})
SELECT messenger, language, count(*) FILTER (WHERE NOT opted_out AND NOT blocked) AS reached,
    count(*) FILTER (WHERE opted_out) AS opted_out, count(*) FILTER (WHERE blocked AND NOT opted_out) AS blocked
FROM candidates GROUP BY messenger, language ORDER BY messenger, language
"""
_FREEZE: Final = """
WITH candidates AS ({})
INSERT INTO deliveries (mailing_id, resident_id, chat_id, token, premises_id)
SELECT {}, resident_id, chat_id, token, premises_id FROM candidates WHERE NOT opted_out AND NOT blocked
"""
_KNOWN_HOUSES: Final = f"SELECT DISTINCT {_HOUSE} FROM premises WHERE {_HOUSE} = ANY ($1::text[])"
_KNOWN_AREAS: Final = """
SELECT DISTINCT unnest(ARRAY[district_key, quarter_key]) FROM buildings
WHERE district_key = ANY ($1::text[]) OR quarter_key = ANY ($1::text[])
"""
_KNOWN_STREETS: Final = f"SELECT DISTINCT {_STREET} FROM premises WHERE {_STREET} = ANY ($1::text[])"


@dataclass
class _Question:
    """A statement being put together: arguments get their places as they are named."""

    arguments: list[object] = field(default_factory=list)

    def place(self, argument: object) -> str:
        self.arguments.append(argument)
        return f"${len(self.arguments)}"

    def candidates(self, wanted: Wanted) -> str:
        audience = wanted.audience
        flats = self._flats(audience, wanted)
        return _CANDIDATES.format(
            premises="people.premises_id" if flats else "NULL::bigint",
            people=_PEOPLE.format(" AND ".join(flats)) if flats else "",
            topic=self.place(wanted.topic),
            where=" AND ".join(self._people(audience, wanted)),
        )

    def _people(self, audience: Audience, wanted: Wanted) -> list[str]:
        where = [f"chats.messenger = ANY ({self.place(list(wanted.messengers))}::text[])"]
        if audience.languages:
            where.append(f"chats.language = ANY ({self.place(list(audience.languages))}::text[])")
        if audience.linked is False:
            where.append(_UNLINKED)
        return where

    def _flats(self, audience: Audience, wanted: Wanted) -> list[str]:
        where: list[str] = []
        if audience.places:
            where.append(self._places(audience))
        if audience.providers:
            where.append(_in(_OF_PROVIDER.format(self.place(list(audience.providers)))))
        if audience.services:
            services = self.place([service.value for service in audience.services])
            where.append(_in(_OF_SERVICE.format(services, self.place(wanted.period.first_day))))
        if audience.reading is not None:
            month = self.place(wanted.period.first_day)
            where.append(_in(_OF_READING.format(month, self.place(audience.reading))))
        if audience.debts:
            where.append(self._debts(audience))
        return where or (["true"] if audience.linked else [])

    def _places(self, audience: Audience) -> str:
        houses = self.place([house_key(house) for house in audience.houses])
        streets = self.place([street_key(street) for street in audience.streets])
        areas = _OF_AREAS.format(self.place([area_key(name) for name in audience.districts]))
        named = f"{_HOUSE} = ANY ({houses}::text[]) OR {_STREET} = ANY ({streets}::text[])"
        return f"({named} OR building_key IN ({areas}))"

    def _debts(self, audience: Audience) -> str:
        asked = [
            _OF_DEBT.format(
                self.place(debt.provider),
                self.place(debt.least),
                self.place(_NO_END if debt.most is None else debt.most),
            )
            for debt in audience.debts
        ]
        return f"({' OR '.join(_in(one) for one in asked)})"


async def reach(connection: Connection, wanted: Wanted) -> Sequence[Reach]:
    """How many an audience is, by messenger and language of the chat that would be written to."""
    question = _Question()
    rows = await connection.fetch(_REACH.format(question.candidates(wanted)), *question.arguments)
    return [Reach(row["messenger"], row["language"], row["reached"], row["opted_out"], row["blocked"]) for row in rows]


async def freeze(connection: Connection, mailing: MailingId, wanted: Wanted) -> int:
    """A delivery for each of them; how many."""
    question = _Question()
    candidates = question.candidates(wanted)
    statement = _FREEZE.format(candidates, f"{question.place(mailing)}::bigint")
    return int((await connection.execute(statement, *question.arguments)).split()[-1])


async def unknown_places(connection: Connection, audience: Audience) -> Sequence[str]:
    """Places of an audience that no flat on file is in."""
    houses = {house_key(house): f"{house.street}, {house.building}" for house in audience.houses}
    streets = {street_key(street): street for street in audience.streets}
    known = {row[0] for row in await connection.fetch(_KNOWN_HOUSES, list(houses))} if houses else set()
    known |= {row[0] for row in await connection.fetch(_KNOWN_STREETS, list(streets))} if streets else set()
    areas = {area_key(name): name for name in audience.districts}
    listed = {row[0] for row in await connection.fetch(_KNOWN_AREAS, list(areas))} if areas else set()
    return [
        *(name for key, name in {**houses, **streets}.items() if key not in known),
        *(name for key, name in areas.items() if key not in listed),
    ]


def house_key(house: House) -> str:
    """«улица труда|14»: the part of an address key that all flats of a house share, without the town."""
    return "|".join(address_key("", house.street, house.building, "").split("|")[1:3])


def street_key(street: str) -> str:
    return address_key("", street, "", "").split("|")[1]


def _in(flats: str) -> str:
    return f"premises.id IN ({flats})"
