"""Residents, their consents, what is kept about them, and its erasure: the port of core.accounts."""

# ruff: noqa: S608 - statements are put together of constants of this module only

from typing import Final

from asyncpg import Connection

from core.accounts.model import Consent, Resident
from core.ids import ChatId, ResidentId
from infra.db.chats import NOTHING_BUT_REV
from infra.db.export import export_resident

OF_CHAT: Final = """
SELECT residents.id, residents.language FROM chats JOIN residents ON residents.id = resident_id WHERE chats.id = $1
"""
_CONSENT: Final = """
INSERT INTO consents (resident_id, purpose, version, text_hash, language, channel, given_at)
VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING
"""
_AGREED_TO: Final = """
SELECT version FROM consents WHERE resident_id = $1 AND purpose = $2 ORDER BY id DESC LIMIT 1
"""
_SAME_CHAT: Final = "{0}.messenger = chats.messenger AND {0}.bot = chats.bot AND {0}.peer = chats.peer"
# What the resident wrote or was told in these chats. Failed proofs stay: erasing one's data must not unlock a door.
_FORGET: Final = (
    """
    UPDATE ticket_messages SET text = '' FROM tickets
    WHERE tickets.id = ticket_id AND from_resident
        AND (tickets.resident_id = $1 OR tickets.chat_id IN (SELECT id FROM chats WHERE resident_id = $1))
    """,
    """
    UPDATE ticket_files SET content = NULL, state = 'lost', remote = NULL, name = '' FROM tickets
    WHERE tickets.id = ticket_id
        AND (tickets.resident_id = $1 OR tickets.chat_id IN (SELECT id FROM chats WHERE resident_id = $1))
    """,
    """
    UPDATE tickets SET erased = true, status = 'resolved', due_at = NULL
    WHERE resident_id = $1 OR chat_id IN (SELECT id FROM chats WHERE resident_id = $1)
    """,
    f"""
    UPDATE inbox SET raw = '' FROM chats
    WHERE resident_id = $1 AND {_SAME_CHAT.format("inbox")} AND done_at IS NOT NULL
    """,
    f"""
    UPDATE outbox SET params = '{{}}', file = NULL, file_name = '' FROM chats
    WHERE resident_id = $1 AND {_SAME_CHAT.format("outbox")} AND (sent_at IS NOT NULL OR outcome IS NOT NULL)
    """,
    """
    UPDATE tasks SET facts = facts - 'note' FROM readings
    WHERE readings.id = reading_id AND readings.resident_id = $1 AND facts ? 'note'
    """,
    "DELETE FROM link_proofs WHERE chat_id IN (SELECT id FROM chats WHERE resident_id = $1)",
    """
    UPDATE call_backs SET phone = '', word = '', settled_at = coalesce(settled_at, clock_timestamp()), rev = rev + 1,
        status = CASE status WHEN 'open' THEN 'cancelled' ELSE status END
    WHERE resident_id = $1 OR chat_id IN (SELECT id FROM chats WHERE resident_id = $1)
    """,
    "UPDATE link_claims SET name = '' WHERE resident_id = $1",
    "DELETE FROM bot_words WHERE chat_id IN (SELECT id FROM chats WHERE resident_id = $1)",
    """
    UPDATE tasks SET facts = facts - 'text' FROM fake_reports JOIN chats ON chats.id = chat_id
    WHERE chats.resident_id = $1 AND tasks.key = 'fake_bot:' || fake_reports.id
    """,
    "DELETE FROM dial_photos WHERE chat_id IN (SELECT id FROM chats WHERE resident_id = $1)",
    "DELETE FROM fake_reports WHERE chat_id IN (SELECT id FROM chats WHERE resident_id = $1)",
    "DELETE FROM chat_requests WHERE chat_id IN (SELECT id FROM chats WHERE resident_id = $1)",
    # Counts of a broadcast stay; whom they were stands in them no longer.
    """
    UPDATE deliveries SET resident_id = NULL, chat_id = NULL, premises_id = NULL,
        state = CASE state WHEN 'waiting' THEN 'opted_out' ELSE state END,
        settled_at = CASE state WHEN 'waiting' THEN clock_timestamp() ELSE settled_at END
    WHERE resident_id = $1
    """,
    f"UPDATE chats SET resident_id = NULL, state = {NOTHING_BUT_REV} WHERE resident_id = $1",
    "DELETE FROM residents WHERE id = $1",
)


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
        """Keeps the first consent to a version by a channel: when it was given does not change by giving it again."""
        await self._connection.execute(
            _CONSENT,
            *(resident, consent.purpose, consent.version, consent.text_hash),
            *(consent.language, consent.channel, consent.given_at),
        )

    async def agreed_to(self, resident: ResidentId, purpose: str) -> str | None:
        version: str | None = await self._connection.fetchval(_AGREED_TO, resident, purpose)
        return version

    async def set_language(self, resident: ResidentId, language: str) -> None:
        await self._connection.execute("UPDATE residents SET language = $2 WHERE id = $1", resident, language)

    async def export(self, resident: ResidentId) -> dict[str, object]:
        return await export_resident(self._connection, resident)

    async def forget(self, resident: ResidentId) -> None:
        """Questions stay with their numbers and without their texts; raw updates and sent calls lose what they say."""
        for statement in _FORGET:
            await self._connection.execute(statement, resident)
