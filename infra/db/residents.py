"""Residents, their consents and links, what is kept about them, and its erasure: ports of core.accounts."""

from datetime import datetime
from typing import Final

from sqlalchemy import delete, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from core.accounts.model import AccountLink, Consent, Resident
from core.ids import ChatId, LinkId, PremisesId, ResidentId
from infra.db.export import export_resident
from infra.db.rows import AnyRow
from infra.db.tables import chats, consents, links, residents

_LINK = (links.c.id, links.c.premises_id, links.c.name, links.c.linked_at)

# What the resident wrote or was told in these chats. Failed proofs stay: erasing one's data must not unlock a door.
_FORGET: Final = tuple(
    text(statement)
    for statement in (
        """
        UPDATE ticket_messages SET text = '' FROM tickets
        WHERE tickets.id = ticket_id AND from_resident AND (tickets.resident_id = :resident
            OR tickets.chat_id IN (SELECT id FROM chats WHERE resident_id = :resident))
        """,
        """
        UPDATE inbox SET raw = '' FROM chats
        WHERE resident_id = :resident AND done_at IS NOT NULL
            AND inbox.messenger = chats.messenger AND inbox.bot = chats.bot AND inbox.peer = chats.peer
        """,
        """
        UPDATE outbox SET params = '{}', file = NULL, file_name = '' FROM chats
        WHERE resident_id = :resident AND (sent_at IS NOT NULL OR outcome IS NOT NULL)
            AND outbox.messenger = chats.messenger AND outbox.bot = chats.bot AND outbox.peer = chats.peer
        """,
        "UPDATE chats SET resident_id = NULL, state = NULL WHERE resident_id = :resident",
        "DELETE FROM residents WHERE id = :resident",
    )
)


class PostgresLinks:
    """`core.accounts.ports.LinkStore`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def of_resident(self, resident: ResidentId) -> tuple[AccountLink, ...]:
        query = select(*_LINK).where(links.c.resident_id == resident).order_by(links.c.linked_at, links.c.id)
        return tuple(_link(row) for row in await self._connection.execute(query))

    async def add(self, resident: ResidentId, premises: PremisesId, name: str, at: datetime) -> AccountLink:
        new = insert(links).values(resident_id=resident, premises_id=premises, name=name, linked_at=at)
        # Setting the name to itself makes PostgreSQL return the row that is there, also one of a parallel turn.
        kept = new.on_conflict_do_update(
            index_elements=[links.c.resident_id, links.c.premises_id], set_={"name": links.c.name}
        )
        return _link((await self._connection.execute(kept.returning(*_LINK))).one())

    async def rename(self, link: LinkId, name: str) -> None:
        await self._connection.execute(update(links).where(links.c.id == link).values(name=name))

    async def remove(self, resident: ResidentId, link: LinkId) -> None:
        await self._connection.execute(delete(links).where(links.c.id == link, links.c.resident_id == resident))


class PostgresResidents:
    """`core.accounts.ports.ResidentStore`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def of_chat(self, chat: ChatId) -> Resident | None:
        query = (
            select(residents.c.id, residents.c.language)
            .join(chats, chats.c.resident_id == residents.c.id)
            .where(chats.c.id == chat)
        )
        row = (await self._connection.execute(query)).one_or_none()
        return Resident(ResidentId(row.id), row.language) if row else None

    async def create(self, chat: ChatId, language: str) -> Resident:
        # Whoever creates holds the chat, so that one chat never gets two residents.
        await self._connection.execute(select(chats.c.id).where(chats.c.id == chat).with_for_update())
        known = await self.of_chat(chat)
        if known is not None:
            return known
        new = insert(residents).values(language=language).returning(residents.c.id)
        made = ResidentId((await self._connection.execute(new)).scalar_one())
        await self._connection.execute(update(chats).where(chats.c.id == chat).values(resident_id=made))
        return Resident(made, language)

    async def record_consent(self, resident: ResidentId, consent: Consent) -> None:
        """Keeps the first consent to a version: when it was given does not change by giving it again."""
        new = insert(consents).values(
            resident_id=resident,
            purpose=consent.purpose,
            version=consent.version,
            text_hash=consent.text_hash,
            language=consent.language,
            channel=consent.channel,
            given_at=consent.given_at,
        )
        await self._connection.execute(new.on_conflict_do_nothing())

    async def set_language(self, resident: ResidentId, language: str) -> None:
        await self._connection.execute(update(residents).where(residents.c.id == resident).values(language=language))

    async def export(self, resident: ResidentId) -> dict[str, object]:
        return await export_resident(self._connection, resident)

    async def forget(self, resident: ResidentId) -> None:
        """Questions stay with their numbers and without their texts; raw updates and sent calls lose what they say."""
        for statement in _FORGET:
            await self._connection.execute(statement, {"resident": resident})


def _link(row: AnyRow) -> AccountLink:
    return AccountLink(LinkId(row.id), PremisesId(row.premises_id), row.name, row.linked_at)
