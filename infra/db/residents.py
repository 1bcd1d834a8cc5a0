"""Residents, their consents and links, what is kept about them, and its erasure: ports of core.accounts."""

# ruff: noqa: S608 - statements are put together of constants of this module only

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Final

from asyncpg import Connection, Record

from core.accounts.model import AccountLink, Consent, Premises, Resident
from core.ids import ChatId, LinkId, PremisesId, ResidentId
from infra.db.accounts import read_premises
from infra.db.export import export_resident

_LINKS: Final = """
SELECT id, premises_id, name, linked_at FROM links WHERE resident_id = $1 ORDER BY linked_at, id
"""
_FLATS: Final = """
SELECT links.id AS link_id, links.premises_id, name, linked_at, street, building, unit, city,
    accounts.id, provider, number, closed_on
FROM links JOIN premises ON premises.id = links.premises_id
    LEFT JOIN accounts ON accounts.premises_id = premises.id AND closed_on IS NULL
WHERE resident_id = $1 ORDER BY linked_at, links.id, accounts.id
"""
# Setting the name to itself makes PostgreSQL return the link that is there, also one of a parallel turn.
_LINK: Final = """
INSERT INTO links (resident_id, premises_id, name, linked_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (resident_id, premises_id) DO UPDATE SET name = links.name
RETURNING id, premises_id, name, linked_at
"""
OF_CHAT: Final = """
SELECT residents.id, residents.language FROM chats JOIN residents ON residents.id = resident_id WHERE chats.id = $1
"""
_CONSENT: Final = """
INSERT INTO consents (resident_id, purpose, version, text_hash, language, channel, given_at)
VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING
"""
_SAME_CHAT: Final = "{0}.messenger = chats.messenger AND {0}.bot = chats.bot AND {0}.peer = chats.peer"
# What the resident wrote or was told in these chats. Failed proofs stay: erasing one's data must not unlock a door.
_FORGET: Final = (
    """
    UPDATE ticket_messages SET text = '' FROM tickets
    WHERE tickets.id = ticket_id AND from_resident
        AND (tickets.resident_id = $1 OR tickets.chat_id IN (SELECT id FROM chats WHERE resident_id = $1))
    """,
    f"""
    UPDATE inbox SET raw = '' FROM chats
    WHERE resident_id = $1 AND {_SAME_CHAT.format("inbox")} AND done_at IS NOT NULL
    """,
    f"""
    UPDATE outbox SET params = '{{}}', file = NULL, file_name = '' FROM chats
    WHERE resident_id = $1 AND {_SAME_CHAT.format("outbox")} AND (sent_at IS NOT NULL OR outcome IS NOT NULL)
    """,
    "UPDATE chats SET resident_id = NULL, state = NULL WHERE resident_id = $1",
    "DELETE FROM residents WHERE id = $1",
)


class PostgresLinks:
    """`core.accounts.ports.LinkStore`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def of_resident(self, resident: ResidentId) -> tuple[AccountLink, ...]:
        return tuple(_link(row) for row in await self._connection.fetch(_LINKS, resident))

    async def flats(self, resident: ResidentId) -> Sequence[tuple[AccountLink, Premises]]:
        rows = await self._connection.fetch(_FLATS, resident)
        return [_flat(list(own)) for _, own in groupby(rows, key=itemgetter("link_id"))]

    async def add(self, resident: ResidentId, premises: PremisesId, name: str, at: datetime) -> AccountLink:
        return _link(await self._connection.fetchrow(_LINK, resident, premises, name, at))

    async def rename(self, link: LinkId, name: str) -> None:
        await self._connection.execute("UPDATE links SET name = $2 WHERE id = $1", link, name)

    async def remove(self, resident: ResidentId, link: LinkId) -> None:
        await self._connection.execute("DELETE FROM links WHERE id = $1 AND resident_id = $2", link, resident)


class PostgresResidents:
    """`core.accounts.ports.ResidentStore`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def of_chat(self, chat: ChatId) -> Resident | None:
        row = await self._connection.fetchrow(OF_CHAT, chat)
        return Resident(ResidentId(row["id"]), row["language"]) if row else None

    async def create(self, chat: ChatId, language: str) -> Resident:
        # Whoever creates holds the chat, so that one chat never gets two residents.
        await self._connection.execute("SELECT FROM chats WHERE id = $1 FOR UPDATE", chat)
        known = await self.of_chat(chat)
        if known is not None:
            return known
        made = await self._connection.fetchval("INSERT INTO residents (language) VALUES ($1) RETURNING id", language)
        await self._connection.execute("UPDATE chats SET resident_id = $2 WHERE id = $1", chat, made)
        return Resident(ResidentId(made), language)

    async def record_consent(self, resident: ResidentId, consent: Consent) -> None:
        """Keeps the first consent to a version: when it was given does not change by giving it again."""
        await self._connection.execute(
            _CONSENT,
            *(resident, consent.purpose, consent.version, consent.text_hash),
            *(consent.language, consent.channel, consent.given_at),
        )

    async def set_language(self, resident: ResidentId, language: str) -> None:
        await self._connection.execute("UPDATE residents SET language = $2 WHERE id = $1", resident, language)

    async def export(self, resident: ResidentId) -> dict[str, object]:
        return await export_resident(self._connection, resident)

    async def forget(self, resident: ResidentId) -> None:
        """Questions stay with their numbers and without their texts; raw updates and sent calls lose what they say."""
        for statement in _FORGET:
            await self._connection.execute(statement, resident)


def _flat(rows: Sequence[Record]) -> tuple[AccountLink, Premises]:
    first = rows[0]
    premises = PremisesId(first["premises_id"])
    link = AccountLink(LinkId(first["link_id"]), premises, first["name"], first["linked_at"])
    return link, read_premises(premises, rows)


def _link(row: Record) -> AccountLink:
    return AccountLink(LinkId(row["id"]), PremisesId(row["premises_id"]), row["name"], row["linked_at"])
