"""Sessions of the desk: `core.staff.ports.SessionStore` over one connection. All times are the database's."""

# ruff: noqa: S608 - statements are put together of constants of this module only

from collections.abc import Collection, Mapping
from typing import Final

from asyncpg import Connection, Record

from core.staff.model import DeskSession, Member, MemberId, SessionId, Stage
from infra.db.member_rows import MEMBER, read_member

IDLE: Final = "interval '1 hour'"
LONGEST: Final = "interval '12 hours'"
"""A shift."""
WAITING: Final = "interval '10 minutes'"
"""For a session that waits for the second factor."""
IN_FORCE: Final = f"""(desk_sessions.seen_at > statement_timestamp() - {IDLE}
    AND desk_sessions.opened_at > statement_timestamp() - CASE WHEN proved THEN {LONGEST} ELSE {WAITING} END)"""

# What a member does moves the end of the session, once a minute: not every request is a write.
_FIND: Final = f"""
WITH found AS (
    SELECT desk_sessions.id AS session, opened_at, seen_at, proved, members.*
    FROM desk_sessions JOIN members ON members.id = member_id WHERE digest = $1 AND active AND {IN_FORCE}
), touched AS (
    UPDATE desk_sessions SET seen_at = clock_timestamp() FROM found
    WHERE $2 AND desk_sessions.id = found.session AND found.seen_at < statement_timestamp() - interval '1 minute'
)
SELECT session, opened_at, proved, password_made_at IS NOT NULL AS made, confirmed,
    id, login, name, role, organisations, active, language FROM found
"""
_STANDING: Final = f"""
SELECT desk_sessions.id AS session, {MEMBER} FROM desk_sessions JOIN members ON members.id = member_id
WHERE desk_sessions.id = ANY ($1::bigint[]) AND active AND {IN_FORCE}
"""


class PostgresSessions:
    """`core.staff.ports.SessionStore`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def open(self, member: MemberId, digest: bytes, *, proved: bool) -> SessionId:
        number = await self._connection.fetchval(
            "INSERT INTO desk_sessions (member_id, digest, proved) VALUES ($1, $2, $3) RETURNING id",
            *(member, digest, proved),
        )
        return SessionId(number)

    async def find(self, digest: bytes, *, touch: bool) -> DeskSession | None:
        row = await self._connection.fetchrow(_FIND, digest, touch)
        return None if row is None else _session(row)

    async def standing(self, sessions: Collection[SessionId]) -> Mapping[SessionId, Member]:
        rows = await self._connection.fetch(_STANDING, list(sessions))
        return {SessionId(row["session"]): read_member(row) for row in rows}

    async def end(self, session: SessionId) -> bool:
        ended = await self._connection.fetchval("DELETE FROM desk_sessions WHERE id = $1 RETURNING id", session)
        return ended is not None

    async def end_all(self, member: MemberId) -> int:
        rows = await self._connection.fetch("DELETE FROM desk_sessions WHERE member_id = $1 RETURNING id", member)
        return len(rows)


def _session(row: Record) -> DeskSession:
    return DeskSession(SessionId(row["session"]), read_member(row), _stage(row), row["opened_at"])


def _stage(row: Record) -> Stage:
    if row["made"]:
        return Stage.PASSWORD
    if not row["confirmed"]:
        return Stage.ENROL
    return Stage.IN if row["proved"] else Stage.CODE
