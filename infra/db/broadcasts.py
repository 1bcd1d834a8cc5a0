"""Broadcasts: the port of core.broadcasts over one connection."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from asyncpg import Connection, Record

from core.broadcasts.model import (
    Audience,
    Broadcast,
    DeliveryState,
    Draft,
    Enclosure,
    Halt,
    Line,
    MailingKind,
    Minute,
    Reach,
    Status,
    Tally,
)
from core.broadcasts.ports import Act, Chat, Wanted
from core.errors import NotFound
from core.ids import DeliveryId, MailingId
from dialogs.event import Notice, NoticeKind
from dialogs.internal import write_notice
from infra.db import audience as whom
from infra.db.broadcast_json import (
    read_audience,
    read_buttons,
    read_texts,
    write_audience,
    write_buttons,
    write_texts,
)
from infra.db.calls import random_id
from infra.db.wake import CHANNEL

RECENT: Final = 10
"""Seconds over which the present rate is taken."""

_CREATE: Final = """
WITH made AS (
    INSERT INTO mailings (key, kind, topic, status, random_id, not_after) VALUES ($1, $2, $2, 'draft', $3, $4)
    ON CONFLICT (key) DO NOTHING RETURNING id
)
INSERT INTO broadcasts (mailing_id, title, author, written_at, texts, buttons, audience, file_name, file_picture, file)
SELECT id, $5, $6, $7, $8, $9, $10, $11, $12, $13 FROM made
"""
_BY_KEY: Final = "SELECT id FROM mailings WHERE key = $1"
_CHANGE: Final = """
WITH changed AS (UPDATE mailings SET kind = $2, topic = $2, not_after = $3 WHERE id = $1)
UPDATE broadcasts SET title = $4, texts = $5, buttons = $6, audience = $7, approver = NULL,
    file_name = $8, file_picture = $9, file = $10
WHERE mailing_id = $1
"""
_SELECT: Final = """
SELECT id, kind, status, halt, not_after, starts_at, created_at, title, author, approver, started_by, written_at, texts,
    buttons, audience, file_name, file_picture, recipients,
    CASE WHEN status = 'sending'
        THEN greatest(0, ceil(extract(epoch FROM begins_at - clock_timestamp())))::integer ELSE 0 END AS undo_seconds
FROM broadcasts JOIN mailings ON mailings.id = mailing_id
"""
_GET: Final = f"{_SELECT} WHERE id = $1"
_TAKE: Final = f"{_SELECT} WHERE id = $1 FOR UPDATE OF mailings"
_LISTED: Final = f"{_SELECT} ORDER BY id DESC LIMIT $1"
_DUE: Final = "SELECT id FROM mailings WHERE status = 'scheduled' AND starts_at <= $1 ORDER BY starts_at, id"
_SET_STATUS: Final = """
UPDATE mailings SET status = $2, halt = $3,
    finished_at = CASE WHEN $2 IN ('finished', 'cancelled', 'expired') THEN clock_timestamp() END,
    alive_at = CASE WHEN $2 = 'sending' THEN clock_timestamp() ELSE alive_at END
WHERE id = $1
"""
_SCHEDULE: Final = """
WITH scheduled AS (UPDATE mailings SET status = 'scheduled', starts_at = $2 WHERE id = $1)
UPDATE broadcasts SET started_by = $3 WHERE mailing_id = $1
"""
_BEGIN: Final = """
WITH begun AS (
    UPDATE mailings SET status = 'sending', halt = NULL, alive_at = clock_timestamp(),
        begins_at = clock_timestamp() + make_interval(secs => $3)
    WHERE id = $1
)
UPDATE broadcasts SET started_by = $2, recipients = (SELECT count(*) FROM deliveries WHERE mailing_id = $1)
WHERE broadcasts.mailing_id = $1
"""
# A sender takes nothing before `begins_at`; whatever it has begun since then cannot be taken back.
_THAW: Final = """
WITH thawed AS (
    UPDATE mailings SET status = 'draft', begins_at = NULL, starts_at = NULL
    WHERE id = $1 AND status = 'sending' AND begins_at > clock_timestamp() RETURNING id
)
UPDATE broadcasts SET recipients = NULL, started_by = NULL FROM thawed WHERE mailing_id = id RETURNING id
"""
_UNFREEZE: Final = "DELETE FROM deliveries WHERE mailing_id = $1 AND attempts = 0"
_DROP_WAITING: Final = """
UPDATE deliveries SET state = 'dropped', settled_at = clock_timestamp() WHERE mailing_id = $1 AND state = 'waiting'
"""
_TALLIES: Final = """
SELECT split_part(token, ':', 1) AS messenger, state, count(*) AS times,
    count(*) FILTER (WHERE settled_at > clock_timestamp() - make_interval(secs => $2)) AS recent
FROM deliveries WHERE mailing_id = $1 GROUP BY 1, 2 ORDER BY 1, 2
"""
_MINUTES: Final = """
SELECT date_trunc('minute', settled_at) AS begins, split_part(token, ':', 1) AS messenger, count(*) AS sent
FROM deliveries WHERE mailing_id = $1 AND state = 'sent' GROUP BY 1, 2 ORDER BY 1, 2
"""
_LINES: Final = """
SELECT deliveries.id, split_part(token, ':', 1) AS messenger, coalesce(peer, '') AS peer,
    coalesce(language, '') AS language, deliveries.state, reason, settled_at,
    coalesce(street || ', ' || building, '') AS place
FROM deliveries LEFT JOIN chats ON chats.id = chat_id LEFT JOIN premises ON premises.id = premises_id
WHERE mailing_id = $1 AND deliveries.state = ANY ($2::text[]) AND deliveries.id > $3 ORDER BY deliveries.id LIMIT $4
"""
_RECORD: Final = "INSERT INTO broadcast_events (mailing_id, at, what, by) VALUES ($1, $2, $3, $4)"
_ACTS: Final = "SELECT what, by, at FROM broadcast_events WHERE mailing_id = $1 ORDER BY id"


# As any notice of ours; a resident who has not agreed to anything is told nothing.
_TRY_OUT: Final = f"""
WITH told AS (
    INSERT INTO inbox (messenger, bot, peer, key, raw, internal)
    SELECT messenger, bot, peer, $3, $4, true FROM chats
    WHERE messenger = $1 AND peer = $2 AND resident_id IS NOT NULL
    ON CONFLICT (messenger, bot, key) DO NOTHING
    RETURNING messenger, bot, peer
)
SELECT count(pg_notify('{CHANNEL}', json_build_array(messenger, bot, peer)::text)) FROM told
"""  # noqa: S608 - only constants


class PostgresBroadcasts:
    """`core.broadcasts.ports.BroadcastStore`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    # --- what it says

    async def create(self, key: str, draft: Draft, author: str, at: datetime) -> MailingId:
        await self._connection.execute(
            *(_CREATE, key, draft.kind.value, random_id(), draft.not_after, draft.title, author, at),
            *_written(draft),
        )
        return MailingId(await self._connection.fetchval(_BY_KEY, key))

    async def change(self, broadcast: MailingId, draft: Draft) -> None:
        await self._connection.execute(
            _CHANGE, broadcast, draft.kind.value, draft.not_after, draft.title, *_written(draft)
        )

    async def get(self, broadcast: MailingId) -> Broadcast:
        return _found(await self._connection.fetchrow(_GET, broadcast))

    async def take(self, broadcast: MailingId) -> Broadcast:
        return _found(await self._connection.fetchrow(_TAKE, broadcast))

    async def enclosure(self, broadcast: MailingId) -> Enclosure | None:
        row = await self._connection.fetchrow(
            "SELECT file_name, file_picture, file FROM broadcasts WHERE mailing_id = $1", broadcast
        )
        if row is None or row["file"] is None:
            return None
        return Enclosure(row["file_name"], row["file_picture"], row["file"])

    async def listed(self, limit: int) -> Sequence[Broadcast]:
        return [_broadcast(row) for row in await self._connection.fetch(_LISTED, limit)]

    # --- where it is

    async def due(self, now: datetime) -> Sequence[MailingId]:
        return [MailingId(row["id"]) for row in await self._connection.fetch(_DUE, now)]

    async def set_status(self, broadcast: MailingId, status: Status, halt: Halt | None = None) -> None:
        await self._connection.execute(_SET_STATUS, broadcast, status.value, halt.value if halt else None)

    async def set_approver(self, broadcast: MailingId, approver: str | None) -> None:
        await self._connection.execute("UPDATE broadcasts SET approver = $2 WHERE mailing_id = $1", broadcast, approver)

    async def schedule(self, broadcast: MailingId, starts_at: datetime, by: str) -> None:
        await self._connection.execute(_SCHEDULE, broadcast, starts_at, by)

    async def freeze(self, broadcast: MailingId, wanted: Wanted) -> int:
        return await whom.freeze(self._connection, broadcast, wanted)

    async def unfreeze(self, broadcast: MailingId) -> None:
        await self._connection.execute(_UNFREEZE, broadcast)

    async def begin(self, broadcast: MailingId, by: str, undo_seconds: int) -> None:
        await self._connection.execute(_BEGIN, broadcast, by, float(undo_seconds))

    async def thaw(self, broadcast: MailingId) -> bool:
        if await self._connection.fetchval(_THAW, broadcast) is None:
            return False
        await self.unfreeze(broadcast)
        return True

    async def drop_waiting(self, broadcast: MailingId) -> int:
        return int((await self._connection.execute(_DROP_WAITING, broadcast)).split()[-1])

    # --- looking

    async def unknown_places(self, audience: Audience) -> Sequence[str]:
        return await whom.unknown_places(self._connection, audience)

    async def reach(self, wanted: Wanted) -> Sequence[Reach]:
        return await whom.reach(self._connection, wanted)

    async def tallies(self, broadcast: MailingId) -> Sequence[Tally]:
        rows = await self._connection.fetch(_TALLIES, broadcast, float(RECENT))
        messengers = dict.fromkeys(row["messenger"] for row in rows)
        return [_tally(messenger, [row for row in rows if row["messenger"] == messenger]) for messenger in messengers]

    async def minutes(self, broadcast: MailingId) -> Sequence[Minute]:
        rows = await self._connection.fetch(_MINUTES, broadcast)
        return [Minute(row["begins"], row["messenger"], row["sent"]) for row in rows]

    async def lines(
        self, broadcast: MailingId, states: Sequence[DeliveryState], after: int, limit: int
    ) -> Sequence[Line]:
        rows = await self._connection.fetch(_LINES, broadcast, [state.value for state in states], after, limit)
        return [_line(row) for row in rows]

    async def record(self, broadcast: MailingId, act: Act) -> None:
        await self._connection.execute(_RECORD, broadcast, act.at, act.what, act.by)

    async def acts(self, broadcast: MailingId) -> Sequence[Act]:
        return [Act(row["what"], row["by"], row["at"]) for row in await self._connection.fetch(_ACTS, broadcast)]

    async def try_out(self, broadcast: MailingId, chat: Chat, key: str) -> None:
        notice = write_notice(Notice(NoticeKind.BROADCAST_TRIAL, f"{broadcast}:{key}"))
        name = f"notice:broadcast:{broadcast}:{key}"
        if not await self._connection.fetchval(_TRY_OUT, chat.messenger, chat.peer, name, notice):
            raise NotFound


def _written(draft: Draft) -> tuple[object, ...]:
    file = draft.enclosure
    return (
        *(write_texts(draft.texts), write_buttons(draft.buttons), write_audience(draft.audience)),
        *((file.name, file.picture, file.content) if file is not None else (None, None, None)),
    )


def _found(row: Record | None) -> Broadcast:
    if row is None:
        raise NotFound
    return _broadcast(row)


def _broadcast(row: Record) -> Broadcast:
    named = row["file_name"]
    draft = Draft(
        title=row["title"],
        texts=read_texts(row["texts"]),
        audience=read_audience(row["audience"]),
        kind=MailingKind(row["kind"]),
        buttons=read_buttons(row["buttons"]),
        not_after=row["not_after"],
        # Its content stays where it is: `enclosure` reads it.
        enclosure=Enclosure(named, row["file_picture"], b"") if named is not None else None,
    )
    return Broadcast(
        id=MailingId(row["id"]),
        draft=draft,
        author=row["author"],
        status=Status(row["status"]),
        created_at=row["written_at"],
        approver=row["approver"],
        halt=Halt(row["halt"]) if row["halt"] else None,
        starts_at=row["starts_at"],
        started_by=row["started_by"],
        recipients=row["recipients"],
        undo_seconds=row["undo_seconds"],
    )


def _tally(messenger: str, rows: Sequence[Record]) -> Tally:
    counts = {DeliveryState(row["state"]): row["times"] for row in rows}
    return Tally(messenger, counts, sum(row["recent"] for row in rows), RECENT)


def _line(row: Record) -> Line:
    return Line(
        id=DeliveryId(row["id"]),
        messenger=row["messenger"],
        peer=row["peer"],
        language=row["language"],
        state=DeliveryState(row["state"]),
        reason=row["reason"],
        settled_at=row["settled_at"],
        place=row["place"],
    )
