"""Mailings that rules make: the port of core.broadcasts.ports.MailingStore over one connection."""

# ruff: noqa: S608 - statements are put together of constants only

from collections.abc import Sequence
from typing import Final

from asyncpg import Connection

from core.broadcasts.model import Recipient
from core.broadcasts.ports import NewMailing
from core.ids import MailingId
from infra.db.best_chat import BEST_CHAT
from infra.db.calls import random_id

_OPEN: Final = """
INSERT INTO mailings (key, kind, topic, status, open, random_id, not_after, begins_at, alive_at)
VALUES ($1, $2, $3, 'sending', $4, $5, $6, clock_timestamp(), clock_timestamp())
ON CONFLICT (key) DO NOTHING
"""
_GIVEN: Final = """
SELECT resident_id, subject, premises_id
FROM unnest($2::bigint[], $3::text[], $4::bigint[]) AS given (resident_id, subject, premises_id)
"""
# Who was added before stays as they were, whatever has become of them: each is told once. The key alone makes sure of
# that; that they are not even tried spares a rule, which finds the same people again and again, its time.
_ADD: Final = f"""
WITH wanted (resident_id, subject, premises_id) AS ({{}}), chosen AS (
    SELECT DISTINCT ON (residents.id) residents.id, chats.id AS chat_id, messenger || ':' || bot AS token
    FROM residents JOIN chats ON chats.resident_id = residents.id
    WHERE residents.id IN (SELECT resident_id FROM wanted) AND blocked_at IS NULL AND NOT EXISTS (
        SELECT FROM opt_outs JOIN mailings ON mailings.topic = opt_outs.topic
        WHERE mailings.id = $1 AND opt_outs.resident_id = residents.id
    )
    ORDER BY {BEST_CHAT}
)
INSERT INTO deliveries (mailing_id, resident_id, chat_id, token, subject, premises_id)
SELECT $1, chosen.id, chat_id, token, subject, premises_id FROM wanted JOIN chosen ON chosen.id = resident_id
WHERE EXISTS (SELECT FROM mailings WHERE id = $1 AND status IN ('sending', 'paused')) AND NOT EXISTS (
    SELECT FROM deliveries AS told
    WHERE (told.resident_id, told.mailing_id, told.subject) = (chosen.id, $1, wanted.subject)
)
ON CONFLICT (resident_id, mailing_id, subject) DO NOTHING
"""
_CLOSE: Final = "UPDATE mailings SET open = false WHERE id = $1"


def adding(wanted: str) -> str:
    """The statement that adds those whom a question finds: resident, subject, premises. $1 is the mailing's number."""
    return _ADD.format(wanted)


class PostgresMailings:
    """`core.broadcasts.ports.MailingStore`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def open(self, new: NewMailing) -> MailingId:
        await self._connection.execute(
            *(_OPEN, new.key, new.kind.value, new.topic, new.open, random_id(), new.not_after)
        )
        return MailingId(await self._connection.fetchval("SELECT id FROM mailings WHERE key = $1", new.key))

    async def add(self, mailing: MailingId, recipients: Sequence[Recipient]) -> int:
        done = await self._connection.execute(
            *(adding(_GIVEN), mailing, [one.resident for one in recipients]),
            *([one.subject for one in recipients], [one.premises for one in recipients]),
        )
        return int(done.split()[-1])

    async def close(self, mailing: MailingId) -> None:
        await self._connection.execute(_CLOSE, mailing)
