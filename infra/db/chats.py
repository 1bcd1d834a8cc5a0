"""Chats of residents and what brings them together: the port of core.personal.second_chat over one connection."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from asyncpg import Connection

from core.errors import NotFound
from core.ids import ChatId, ResidentId
from core.personal.second_chat import ChatNews, ResidentChat
from dialogs.event import Notice
from dialogs.internal import write_notice
from infra.db.wake import CHANNEL

NOTHING_BUT_REV: Final = "jsonb_build_object('rev', coalesce(state -> 'rev', '0'::jsonb))"
"""A session that remembers nothing. Its revision stays: keys of effects are made of it, and must not come again."""

_OF_RESIDENT: Final = "SELECT id, messenger FROM chats WHERE resident_id = $1 ORDER BY id"
_HOLD: Final = "SELECT id FROM residents WHERE id = ANY($1::bigint[]) ORDER BY id FOR UPDATE"
_CLAIMS: Final = "SELECT EXISTS (SELECT FROM link_claims WHERE resident_id = $1 AND settled_at IS NULL)"
_MERGE: Final = (
    # Rights given with a link that both have hang on the one that stays.
    """
    UPDATE helpers SET link_id = kept.id FROM links AS gone JOIN links AS kept USING (premises_id)
    WHERE helpers.link_id = gone.id AND gone.resident_id = $1 AND kept.resident_id = $2
        AND NOT EXISTS (SELECT FROM helpers AS there
            WHERE there.link_id = kept.id AND there.resident_id = helpers.resident_id)
    """,
    """
    UPDATE helpers SET resident_id = $2 WHERE resident_id = $1
        AND NOT EXISTS (SELECT FROM helpers AS there WHERE there.link_id = helpers.link_id AND there.resident_id = $2)
        AND NOT EXISTS (SELECT FROM links WHERE links.id = helpers.link_id AND links.resident_id = $2)
    """,
    """
    UPDATE consents SET resident_id = $2 WHERE resident_id = $1
        AND NOT EXISTS (SELECT FROM consents AS there WHERE there.resident_id = $2
            AND (there.purpose, there.version, there.channel)
                = (consents.purpose, consents.version, consents.channel))
    """,
    """
    UPDATE outage_reports SET resident_id = $2 WHERE resident_id = $1
        AND NOT EXISTS (SELECT FROM outage_reports AS there WHERE there.resident_id = $2
            AND (there.outage_id, there.report) = (outage_reports.outage_id, outage_reports.report))
    """,
    "DELETE FROM outage_reports WHERE resident_id = $1 AND $2::bigint IS NOT NULL",
    # Two calls of one organisation to one person are one.
    """
    UPDATE call_backs SET status = 'cancelled', settled_at = clock_timestamp(), rev = rev + 1
    WHERE resident_id = $1 AND status = 'open' AND EXISTS (SELECT FROM call_backs AS there
        WHERE there.resident_id = $2 AND there.status = 'open' AND there.organisation = call_backs.organisation)
    """,
    "UPDATE call_backs SET resident_id = $2 WHERE resident_id = $1",
    "UPDATE link_claims SET resident_id = $2 WHERE resident_id = $1",
    "UPDATE link_claims SET contested_by = $2 WHERE contested_by = $1",
    "UPDATE readings SET resident_id = $2 WHERE resident_id = $1",
    "UPDATE tickets SET resident_id = $2 WHERE resident_id = $1",
    # Who is both is told once: what the one that stays has already, or has refused, the other is not told.
    """
    UPDATE deliveries SET resident_id = $2 WHERE resident_id = $1
        AND NOT EXISTS (SELECT FROM deliveries AS there WHERE there.resident_id = $2
            AND (there.mailing_id, there.subject) = (deliveries.mailing_id, deliveries.subject))
    """,
    "INSERT INTO opt_outs (resident_id, topic) SELECT $2, topic FROM opt_outs WHERE resident_id = $1"
    " ON CONFLICT DO NOTHING",
    "INSERT INTO reminder_times (resident_id, hour, last_day, due) SELECT $2, hour, last_day, due FROM reminder_times"
    " WHERE resident_id = $1 ON CONFLICT DO NOTHING",
    "UPDATE chats SET resident_id = $2 WHERE resident_id = $1",
)
_LEAVE: Final = f"""
UPDATE chats SET resident_id = NULL, state = {NOTHING_BUT_REV} WHERE id = $1 AND resident_id = $2 RETURNING id
"""  # noqa: S608 - only constants
_END: Final = """
UPDATE chat_requests SET settled_at = clock_timestamp() WHERE resident_id = $1 AND settled_at IS NULL
RETURNING chat_id, number, expires_at > clock_timestamp() AS alive
"""
_ASK: Final = """
INSERT INTO chat_requests (chat_id, resident_id, number, expires_at)
VALUES ($1, $2, $3, clock_timestamp() + $4::interval) RETURNING id
"""
_ASKING: Final = """
SELECT chats.id, messenger, number FROM chat_requests JOIN chats ON chats.id = chat_id
WHERE chat_requests.resident_id = $1 AND settled_at IS NULL AND expires_at > clock_timestamp()
"""
_TELL: Final = f"""
WITH told AS (
    INSERT INTO inbox (messenger, bot, peer, key, raw, internal)
    SELECT messenger, bot, peer, $2 || ':' || id, $3, true FROM chats
    WHERE resident_id = $1 AND id IS DISTINCT FROM $4::bigint
    ORDER BY messenger, bot, peer
    ON CONFLICT (messenger, bot, key) DO NOTHING
    RETURNING messenger, bot, peer
)
SELECT count(pg_notify('{CHANNEL}', json_build_array(messenger, bot, peer)::text)) FROM told
"""  # noqa: S608 - only constants


class PostgresChats:
    """`core.personal.second_chat.ChatStore`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def of_resident(self, resident: ResidentId) -> Sequence[ResidentChat]:
        rows = await self._connection.fetch(_OF_RESIDENT, resident)
        return [ResidentChat(ChatId(row["id"]), row["messenger"]) for row in rows]

    async def hold(self, *residents: ResidentId) -> None:
        held = await self._connection.fetch(_HOLD, sorted(residents))
        if len(held) < len(residents):
            raise NotFound

    async def has_open_claims(self, resident: ResidentId) -> bool:
        return bool(await self._connection.fetchval(_CLAIMS, resident))

    async def merge(self, gone: ResidentId, into: ResidentId) -> None:
        for statement in _MERGE:
            await self._connection.execute(statement, gone, into)
        await self._connection.execute("DELETE FROM residents WHERE id = $1", gone)

    async def leave(self, chat: ChatId, resident: ResidentId) -> None:
        if await self._connection.fetchval(_LEAVE, chat, resident) is None:
            raise NotFound

    async def ask(self, chat: ChatId, resident: ResidentId, number: str, lives: timedelta) -> int:
        await self._connection.execute(_END, resident)
        return int(await self._connection.fetchval(_ASK, chat, resident, number, lives))

    async def settle(self, resident: ResidentId, number: str) -> ResidentChat | None:
        row = await self._connection.fetchrow(_END, resident)
        if row is None or not row["alive"] or row["number"] != number:
            return None
        messenger = await self._connection.fetchval("SELECT messenger FROM chats WHERE id = $1", row["chat_id"])
        return ResidentChat(ChatId(row["chat_id"]), str(messenger))

    async def asking(self, resident: ResidentId) -> tuple[ResidentChat, str] | None:
        row = await self._connection.fetchrow(_ASKING, resident)
        return (ResidentChat(ChatId(row["id"]), row["messenger"]), row["number"]) if row else None

    async def tell(self, resident: ResidentId, news: ChatNews, about: ChatId, key: str, apart: ChatId | None) -> None:
        notice = write_notice(Notice(news.value, str(about)))
        await self._connection.execute(_TELL, resident, f"notice:{news.value}:{key}", notice, apart)
