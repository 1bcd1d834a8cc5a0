"""What the card of a flat shows beside what residents see, and whose a ticket is: the port of core.counter."""

# ruff: noqa: S608 - statements are put together of constants of this module only

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from asyncpg import Connection

from core.counter.ports import Asker
from core.errors import NotFound
from core.ids import AccountId, PremisesId, ResidentId, TicketId
from core.support.model import Ticket
from infra.db.meters import ACTOR
from infra.db.support import TICKET, read_ticket

_HOLDERS: Final = "SELECT id, holder FROM accounts WHERE premises_id = $1 AND closed_on IS NULL AND holder IS NOT NULL"
_RESIDENTS: Final = "SELECT resident_id FROM links WHERE premises_id = $1 ORDER BY id"
# As those of a chat: questions of before the consent bear no resident.
_TICKETS: Final = f"""
SELECT {TICKET} FROM tickets
WHERE NOT erased AND ($2::text[] IS NULL OR organisation = ANY ($2)) AND (resident_id = ANY ($1::bigint[])
    OR (resident_id IS NULL AND chat_id = ANY (ARRAY(SELECT id FROM chats WHERE resident_id = ANY ($1::bigint[])))))
ORDER BY tickets.id DESC LIMIT $3
"""
_ASKER: Final = """
SELECT organisation, who.id AS resident, coalesce(who.language, own.language) AS language,
    CASE WHEN who.id IS NULL THEN ARRAY[own.messenger]
        ELSE ARRAY(SELECT messenger FROM chats WHERE chats.resident_id = who.id ORDER BY chats.id) END AS messengers
FROM tickets JOIN chats AS own ON own.id = tickets.chat_id
    LEFT JOIN residents AS who ON who.id = coalesce(tickets.resident_id, own.resident_id)
WHERE tickets.id = $1 AND NOT erased
"""


class PostgresCards:
    """`core.counter.ports.CardStore`, and its `Actor`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def holders(self, premises: PremisesId) -> Mapping[AccountId, str]:
        return {AccountId(row["id"]): row["holder"] for row in await self._connection.fetch(_HOLDERS, premises)}

    async def residents(self, premises: PremisesId) -> Sequence[ResidentId]:
        return [ResidentId(row["resident_id"]) for row in await self._connection.fetch(_RESIDENTS, premises)]

    async def tickets(
        self, residents: Collection[ResidentId], organisations: Collection[str] | None, limit: int
    ) -> Sequence[Ticket]:
        own = None if organisations is None else sorted(organisations)
        return [read_ticket(row) for row in await self._connection.fetch(_TICKETS, list(residents), own, limit)]

    async def asker(self, ticket: TicketId) -> Asker:
        row = await self._connection.fetchrow(_ASKER, ticket)
        if row is None:
            raise NotFound
        resident = None if row["resident"] is None else ResidentId(row["resident"])
        return Asker(row["organisation"], resident, row["language"], tuple(dict.fromkeys(row["messengers"])))

    async def act_as(self, name: str) -> None:
        await self._connection.execute(ACTOR, f"operator:{name}")
