"""Calls that residents have asked for: both ports of core.call_backs over one connection.

How long a call is held by whoever calls, and how many were asked for in a day, go by the database's clock; the hour
that was chosen is the city's.
"""

# ruff: noqa: S608 - statements are put together of constants of this module only

from collections.abc import Sequence
from typing import Final

from asyncpg import Connection, Record

from core.call_backs.model import CallBack, Caller, CallStatus
from core.call_backs.ports import Change, NewCallBack
from core.errors import NotFound
from core.ids import CallBackId, ResidentId
from core.live import Changed, call_changed
from dialogs.event import Notice, NoticeKind
from dialogs.internal import write_notice
from infra.db.wake import CHANNEL

_HELD: Final = "CASE WHEN taken_at > clock_timestamp() - interval '15 minutes' THEN taken_by ELSE '' END"
_CALL: Final = f"""
call_backs.id, organisation, phone, vouched, word, wanted_at, asked_at, status, attempts, rev, {_HELD} AS taken_by
"""
_STORED: Final = f"SELECT {_CALL} FROM call_backs WHERE key = $1"
# Of two turns at once, in two messengers of one resident, the second waits for the first and changes its row.
_ASK: Final = f"""
INSERT INTO call_backs (key, chat_id, resident_id, organisation, phone, vouched, word, wanted_at, asked_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (resident_id, organisation) WHERE status = 'open' DO UPDATE SET
    key = excluded.key, chat_id = excluded.chat_id, phone = excluded.phone, vouched = excluded.vouched,
    wanted_at = excluded.wanted_at, attempts = 0, rev = call_backs.rev + 1, taken_by = '', taken_at = NULL
RETURNING {_CALL}
"""
_LATELY: Final = """
SELECT count(*) FROM call_backs WHERE resident_id = $1 AND stored_at > clock_timestamp() - interval '1 day'
"""
_OPEN_OF: Final = f"SELECT {_CALL} FROM call_backs WHERE resident_id = $1 AND status = 'open' ORDER BY id"
_GET: Final = f"SELECT {_CALL} FROM call_backs WHERE id = $1 AND resident_id = $2"
_CANCEL: Final = """
UPDATE call_backs SET status = 'cancelled', settled_at = clock_timestamp(), rev = rev + 1
WHERE id = $1 AND status = 'open' RETURNING organisation
"""
_WAITING: Final = f"""
SELECT {_CALL} FROM call_backs WHERE status = 'open' AND ($1::text[] IS NULL OR organisation = ANY ($1))
ORDER BY wanted_at, call_backs.id LIMIT $2
"""
_FIND: Final = f"""
SELECT {_CALL}, messenger, ARRAY(
    SELECT premises_id FROM links WHERE links.resident_id = call_backs.resident_id ORDER BY links.id
) AS flats
FROM call_backs JOIN chats ON chats.id = chat_id WHERE call_backs.id = $1
"""
_TAKE: Final = f"""
UPDATE call_backs SET taken_by = $3, taken_at = clock_timestamp(), rev = rev + 1
WHERE id = $1 AND rev = $2 AND status = 'open' AND ($4 OR {_HELD} IN ('', $3))
RETURNING {_CALL}
"""
_CHANGE: Final = """
UPDATE call_backs SET status = $3, wanted_at = $4, attempts = $5, rev = rev + 1, taken_by = '', taken_at = NULL,
    settled_by = CASE WHEN $3 = 'open' THEN '' ELSE $6 END,
    settled_at = CASE WHEN $3 = 'open' THEN NULL ELSE clock_timestamp() END
WHERE id = $1 AND rev = $2 AND status = 'open' RETURNING organisation
"""
# As news of tickets: the chat the resident used last.
_TELL: Final = f"""
WITH told AS (
    INSERT INTO inbox (messenger, bot, peer, key, raw, internal)
    SELECT messenger, bot, peer, 'notice:' || $2 || ':' || call_backs.id || ':' || rev, $3, true
    FROM call_backs JOIN chats USING (resident_id) WHERE call_backs.id = $1
    ORDER BY used_at DESC NULLS LAST, chats.id = call_backs.chat_id DESC, chats.id LIMIT 1
    ON CONFLICT (messenger, bot, key) DO NOTHING
    RETURNING messenger, bot, peer
)
SELECT count(pg_notify('{CHANNEL}', json_build_array(messenger, bot, peer)::text)) FROM told
"""


class PostgresCallBacks:
    """`core.call_backs.ports.CallBackStore`. `changed` gathers the calls that open desks are to be told of."""

    def __init__(self, connection: Connection, changed: Changed | None = None) -> None:
        self._connection = connection
        self._changed: Changed = set() if changed is None else changed

    async def stored(self, key: str) -> CallBack | None:
        row = await self._connection.fetchrow(_STORED, key)
        return _call(row) if row else None

    async def ask(self, new: NewCallBack) -> CallBack:
        row = await self._connection.fetchrow(
            _ASK,
            *(new.key, new.chat, new.resident, new.organisation, new.phone, new.vouched, new.word),
            *(new.wanted_at, new.asked_at),
        )
        self._changed.add(call_changed(CallBackId(row["id"]), row["organisation"]))
        return _call(row)

    async def asked_lately(self, resident: ResidentId) -> int:
        return int(await self._connection.fetchval(_LATELY, resident))

    async def open_of(self, resident: ResidentId) -> Sequence[CallBack]:
        return [_call(row) for row in await self._connection.fetch(_OPEN_OF, resident)]

    async def get(self, call: CallBackId, resident: ResidentId) -> CallBack:
        row = await self._connection.fetchrow(_GET, call, resident)
        if row is None:
            raise NotFound
        return _call(row)

    async def cancel(self, call: CallBackId) -> None:
        organisation = await self._connection.fetchval(_CANCEL, call)
        if organisation is not None:
            self._changed.add(call_changed(call, organisation))


class PostgresCallList:
    """`core.call_backs.ports.CallListStore`. `changed`: as above."""

    def __init__(self, connection: Connection, changed: Changed | None = None) -> None:
        self._connection = connection
        self._changed: Changed = set() if changed is None else changed

    async def waiting(self, organisations: frozenset[str] | None, limit: int) -> Sequence[CallBack]:
        own = None if organisations is None else sorted(organisations)
        return [_call(row) for row in await self._connection.fetch(_WAITING, own, limit)]

    async def find(self, call: CallBackId) -> tuple[CallBack, Caller]:
        row = await self._connection.fetchrow(_FIND, call)
        if row is None:
            raise NotFound
        return _call(row), Caller(row["messenger"], tuple(row["flats"]))

    async def take(self, call: CallBackId, rev: int, by: str, *, over: bool) -> CallBack | None:
        row = await self._connection.fetchrow(_TAKE, call, rev, by, over)
        if row is None:
            return None
        self._changed.add(call_changed(call, row["organisation"]))
        return _call(row)

    async def change(self, call: CallBackId, rev: int, change: Change) -> bool:
        given = (change.status.value, change.wanted_at, change.attempts, change.by)
        organisation = await self._connection.fetchval(_CHANGE, call, rev, *given)
        if organisation is None:
            return False
        self._changed.add(call_changed(call, organisation))
        return True

    async def tell_missed(self, call: CallBackId) -> None:
        kind = NoticeKind.CALL_MISSED
        await self._connection.execute(_TELL, call, kind.value, write_notice(Notice(kind, str(call))))


def _call(row: Record) -> CallBack:
    return CallBack(
        id=CallBackId(row["id"]),
        organisation=row["organisation"],
        phone=row["phone"],
        vouched=row["vouched"],
        word=row["word"],
        wanted_at=row["wanted_at"],
        asked_at=row["asked_at"],
        status=CallStatus(row["status"]),
        attempts=row["attempts"],
        rev=row["rev"],
        taken_by=row["taken_by"],
    )
