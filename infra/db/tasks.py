"""Work for operators: the port of core.tasks over one connection."""

import json
from collections.abc import Sequence
from typing import Final

from asyncpg import Connection, Record

from core.errors import NotFound
from core.ids import MeterId, PremisesId, ReadingId
from core.periods import Period
from core.tasks import NewTask, Task, TaskId, TaskStatus
from dialogs.event import NoticeKind
from infra.db.wake import CHANNEL

_TASK: Final = "id, kind, facts, opened_at, status, premises_id, meter_id, reading_id, period, note"
_OPEN: Final = """
INSERT INTO tasks (key, kind, facts, opened_at, premises_id, meter_id, reading_id, period)
VALUES ($1, $2, $3::jsonb, $4, $5, $6, $7, $8) ON CONFLICT (key) DO NOTHING
"""
_WAITING: Final = f"SELECT {_TASK} FROM tasks WHERE status = 'open' ORDER BY id"  # noqa: S608 - only constants
_GET: Final = f"SELECT {_TASK} FROM tasks WHERE id = $1"  # noqa: S608 - only constants
_TAKE: Final = f"{_GET} AND status = 'open' FOR UPDATE"
_SETTLE: Final = (
    "UPDATE tasks SET status = $2, note = $3, settled_by = $4, settled_at = clock_timestamp() WHERE id = $1"
)
# As infra.exchange.acceptance tells of verdicts: one update a chat of the resident, in the form of dialogs.internal.
_TELL: Final = f"""
WITH told AS (
    INSERT INTO inbox (messenger, bot, peer, key, raw, internal)
    SELECT messenger, bot, peer, 'notice:task:' || tasks.id || ':' || peer,
        json_build_object('notice', json_build_object('kind', $2::text, 'subject', tasks.id::text))::text, true
    FROM tasks JOIN readings ON readings.id = reading_id JOIN chats USING (resident_id)
    WHERE tasks.id = $1 ORDER BY messenger, bot, peer
    ON CONFLICT (messenger, bot, key) DO NOTHING
    RETURNING messenger, bot, peer
)
SELECT count(pg_notify('{CHANNEL}', json_build_array(messenger, bot, peer)::text)) FROM told
"""  # noqa: S608 - only constants


class PostgresTasks:
    """`core.tasks.TaskStore`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def open(self, new: NewTask) -> None:
        facts = json.dumps(new.facts, ensure_ascii=False)
        period = new.period.first_day if new.period else None
        await self._connection.execute(
            _OPEN, new.key, new.kind, facts, new.at, new.premises, new.meter, new.reading, period
        )

    async def waiting(self) -> Sequence[Task]:
        return [read_task(row) for row in await self._connection.fetch(_WAITING)]

    async def get(self, task: TaskId) -> Task:
        return _found(await self._connection.fetchrow(_GET, task))

    async def take(self, task: TaskId) -> Task:
        return _found(await self._connection.fetchrow(_TAKE, task))

    async def settle(self, task: TaskId, status: TaskStatus, note: str, by: str) -> None:
        await self._connection.execute(_SETTLE, task, status.value, note, by)

    async def tell(self, task: TaskId) -> None:
        await self._connection.execute(_TELL, task, NoticeKind.TASK_SETTLED.value)


def _found(row: Record | None) -> Task:
    if row is None:
        raise NotFound
    return read_task(row)


def read_task(row: Record) -> Task:
    facts = row["facts"]
    return Task(
        id=TaskId(row["id"]),
        kind=row["kind"],
        facts=json.loads(facts) if isinstance(facts, str) else facts,
        opened_at=row["opened_at"],
        status=TaskStatus(row["status"]),
        premises=PremisesId(row["premises_id"]) if row["premises_id"] is not None else None,
        meter=MeterId(row["meter_id"]) if row["meter_id"] is not None else None,
        reading=ReadingId(str(row["reading_id"])) if row["reading_id"] is not None else None,
        period=Period.of(row["period"]) if row["period"] else None,
        note=row["note"],
    )
