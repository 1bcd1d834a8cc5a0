"""Broadcasts as residents meet them: the port of core.broadcasts.announcements over one connection."""

# ruff: noqa: S608 - statements are put together of constants only

from collections.abc import Sequence
from typing import Final

from asyncpg import Connection, Record
from sqlalchemy.ext.asyncio import AsyncEngine

from core.accounts.model import Address
from core.broadcasts.model import Draft, PersonalFacts
from core.ids import ChatId, MailingId, PremisesId, ResidentId
from core.money import Kopecks
from infra.db.audience import OWED
from infra.db.broadcasts import PostgresBroadcasts
from infra.db.engine import driver_connection

_FACTS: Final = f"""
SELECT links.id IS NOT NULL AS there, links.name, street, building, unit, city, (
    SELECT coalesce(sum(greatest({OWED}, 0)), 0)::bigint FROM accounts
    WHERE accounts.premises_id = links.premises_id AND accounts.closed_on IS NULL
) AS owed
FROM unnest($1::bigint[], $2::bigint[]) WITH ORDINALITY AS asked (resident_id, premises_id, place)
LEFT JOIN links ON links.id = (
    SELECT own.id FROM links AS own
    WHERE own.resident_id = asked.resident_id AND (asked.premises_id IS NULL OR own.premises_id = asked.premises_id)
    ORDER BY own.id LIMIT 1
)
LEFT JOIN premises ON premises.id = links.premises_id
ORDER BY place
"""


class PostgresAnnouncements:
    """`core.broadcasts.announcements.AnnouncementStore`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def draft(self, broadcast: MailingId) -> Draft:
        return (await PostgresBroadcasts(self._connection).get(broadcast)).draft

    async def facts(self, flats: Sequence[tuple[ResidentId, PremisesId | None]]) -> Sequence[PersonalFacts | None]:
        residents, premises = [resident for resident, _ in flats], [flat for _, flat in flats]
        return [_facts(row) for row in await self._connection.fetch(_FACTS, residents, premises)]

    async def set_blocked(self, chat: ChatId, *, blocked: bool) -> None:
        await self._connection.execute(
            "UPDATE chats SET blocked_at = CASE WHEN $2 THEN clock_timestamp() END WHERE id = $1", chat, blocked
        )

    async def opted_out(self, resident: ResidentId) -> frozenset[str]:
        rows = await self._connection.fetch("SELECT topic FROM opt_outs WHERE resident_id = $1", resident)
        return frozenset(row["topic"] for row in rows)

    async def opt_out(self, resident: ResidentId, topic: str) -> None:
        await self._connection.execute(
            "INSERT INTO opt_outs (resident_id, topic) VALUES ($1, $2) ON CONFLICT DO NOTHING", resident, topic
        )

    async def opt_in(self, resident: ResidentId, topic: str) -> None:
        await self._connection.execute("DELETE FROM opt_outs WHERE resident_id = $1 AND topic = $2", resident, topic)

    async def prefers(self, resident: ResidentId) -> str | None:
        found: str | None = await self._connection.fetchval("SELECT prefers FROM residents WHERE id = $1", resident)
        return found

    async def prefer(self, resident: ResidentId, messenger: str | None) -> None:
        await self._connection.execute("UPDATE residents SET prefers = $2 WHERE id = $1", resident, messenger)


class PostgresLetters:
    """`worker.broadcasts.Letters`: what the composer of broadcasts reads, each time as it is now."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def draft(self, broadcast: MailingId) -> Draft:
        async with driver_connection(self._engine) as connection:
            return await PostgresAnnouncements(connection).draft(broadcast)

    async def facts(self, flats: Sequence[tuple[ResidentId, PremisesId | None]]) -> Sequence[PersonalFacts | None]:
        async with driver_connection(self._engine) as connection:
            return await PostgresAnnouncements(connection).facts(flats)


def _facts(row: Record) -> PersonalFacts | None:
    if not row["there"]:
        return None
    address = Address(row["street"], row["building"], row["unit"], row["city"])
    return PersonalFacts(row["name"], address, Kopecks(row["owed"]))
