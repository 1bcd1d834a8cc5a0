"""Words that prove the bot, and reports of false ones: ports of core.personal over one connection."""

from datetime import timedelta
from typing import Final

from asyncpg import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

from core.ids import ChatId
from core.personal.bot_check import ConfirmedWord
from core.personal.reports import NewReport
from dialogs.event import Notice, NoticeKind
from dialogs.internal import write_notice
from infra.db.engine import driver_connection
from infra.db.wake import CHANNEL

_END: Final = """
UPDATE bot_words SET expires_at = clock_timestamp() WHERE chat_id = $1 AND expires_at > clock_timestamp()
"""
_ADD: Final = """
INSERT INTO bot_words (chat_id, digest, expires_at)
SELECT $1, $2, clock_timestamp() + $3::interval
WHERE NOT EXISTS (
    SELECT FROM bot_words WHERE digest = $2 AND confirmed_at IS NULL AND expires_at > clock_timestamp())
RETURNING id
"""
# Of two operators at once the second waits for the first, and then finds the word confirmed.
_CONFIRM: Final = """
UPDATE bot_words SET confirmed_at = clock_timestamp()
WHERE digest = $1 AND confirmed_at IS NULL AND expires_at > clock_timestamp()
RETURNING id, chat_id, issued_at
"""
_TELL: Final = f"""
WITH told AS (
    INSERT INTO inbox (messenger, bot, peer, key, raw, internal)
    SELECT messenger, bot, peer, $2, $3, true FROM chats WHERE id = $1
    ON CONFLICT (messenger, bot, key) DO NOTHING
    RETURNING messenger, bot, peer
)
SELECT (SELECT messenger FROM chats WHERE id = $1),
    (SELECT count(pg_notify('{CHANNEL}', json_build_array(messenger, bot, peer)::text)) FROM told)
"""  # noqa: S608 - only constants
_REPORT: Final = """
INSERT INTO fake_reports (key, chat_id, reported_at, text) VALUES ($1, $2, clock_timestamp(), $3)
ON CONFLICT (key) DO UPDATE SET key = fake_reports.key RETURNING id
"""


class PostgresWords:
    """`core.personal.bot_check.WordStore`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add(self, chat: ChatId, digest: bytes, lives: timedelta) -> bool:
        await self._connection.execute(_END, chat)
        return await self._connection.fetchval(_ADD, chat, digest, lives) is not None

    async def confirm(self, digest: bytes) -> ConfirmedWord | None:
        row = await self._connection.fetchrow(_CONFIRM, digest)
        if row is None:
            return None
        notice = Notice(NoticeKind.WORD_CONFIRMED, str(row["id"]))
        key = f"notice:{notice.kind}:{notice.subject}"
        messenger = await self._connection.fetchval(_TELL, row["chat_id"], key, write_notice(notice))
        return ConfirmedWord(ChatId(row["chat_id"]), str(messenger), row["issued_at"])


class PostgresReports:
    """`core.personal.reports.ReportStore`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add(self, report: NewReport) -> int:
        return int(await self._connection.fetchval(_REPORT, report.key, report.chat, report.text))


class PostgresReportArchive:
    """`worker.report_photos.ReportArchive`, and where operators find the pictures."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def keep(self, key: str, content: bytes) -> None:
        async with driver_connection(self._engine) as connection:
            await connection.execute("UPDATE fake_reports SET photo = $2 WHERE key = $1", key, content)

    async def photo(self, report: int) -> bytes | None:
        async with driver_connection(self._engine) as connection:
            found: bytes | None = await connection.fetchval("SELECT photo FROM fake_reports WHERE id = $1", report)
        return found
