"""Tasks as the desk lists them: the port of core.counter over one connection."""

from collections.abc import Collection, Sequence
from typing import Final

from asyncpg import Connection, Record

from core.accounts.model import Address
from core.counter.ports import Place
from core.errors import NotFound
from core.ids import ProviderCode, ReadingId
from core.services import Service
from core.tasks import Task, TaskId
from infra.db.tasks import read_task

_COLUMNS: Final = """
tasks.id, kind, facts, opened_at, status, tasks.premises_id, meter_id, reading_id, period, note,
city, street, building, unit, service,
(SELECT count(*) FROM dial_photos WHERE dial_photos.reading_id = tasks.reading_id AND content IS NOT NULL) AS photos
"""
# Of a meter: by its service. Of a flat alone: whoever has an open account there. Of neither (false bots, alarms): all.
_FROM: Final = """
FROM tasks LEFT JOIN premises ON premises.id = tasks.premises_id LEFT JOIN meters ON meters.id = meter_id
WHERE CASE WHEN meter_id IS NOT NULL THEN service = ANY ($1::text[])
    WHEN tasks.premises_id IS NOT NULL THEN EXISTS (SELECT FROM accounts
        WHERE accounts.premises_id = tasks.premises_id AND accounts.closed_on IS NULL
            AND accounts.provider = ANY ($2::text[]))
    ELSE true END
"""
_WAITING: Final = f"""
SELECT {_COLUMNS} {_FROM} AND status = 'open' AND ($3::bigint IS NULL OR tasks.id > $3) ORDER BY tasks.id LIMIT $4
"""
_FIND: Final = f"SELECT {_COLUMNS} {_FROM} AND tasks.id = $3"
_PHOTOS: Final = "SELECT content FROM dial_photos WHERE reading_id = $1 AND content IS NOT NULL ORDER BY id"


class PostgresWork:
    """`core.counter.ports.WorkStore`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def waiting(
        self, services: Collection[Service], providers: Collection[ProviderCode], after: TaskId | None, limit: int
    ) -> Sequence[tuple[Task, Place]]:
        rows = await self._connection.fetch(_WAITING, *_theirs(services, providers), after, limit)
        return [(read_task(row), _place(row)) for row in rows]

    async def find(
        self, task: TaskId, services: Collection[Service], providers: Collection[ProviderCode]
    ) -> tuple[Task, Place]:
        row = await self._connection.fetchrow(_FIND, *_theirs(services, providers), task)
        if row is None:
            raise NotFound
        return read_task(row), _place(row)

    async def photos(self, reading: ReadingId) -> Sequence[bytes]:
        return [row["content"] for row in await self._connection.fetch(_PHOTOS, reading)]


def _theirs(services: Collection[Service], providers: Collection[ProviderCode]) -> tuple[list[str], list[str]]:
    return sorted(service.value for service in services), sorted(providers)


def _place(row: Record) -> Place:
    address = None
    if row["street"] is not None:
        address = Address(row["street"], row["building"], row["unit"], row["city"])
    return Place(address, Service(row["service"]) if row["service"] else None, row["photos"])
