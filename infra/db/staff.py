"""Members of the desk, their keys and tries to sign in: ports of core.staff over one connection. All times are the
database's."""

# ruff: noqa: S608 - statements are put together of constants of this module only

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import ClassVar, Final

from asyncpg import Connection, Record, UniqueViolationError

from core.errors import NotFound
from core.staff.model import Member, MemberId, MemberState, NewMember
from core.staff.ports import Failures, Keys
from infra.db.member_rows import MEMBER, read_member
from infra.db.sessions import IN_FORCE

MADE_LIVES: Final = "interval '7 days'"
"""Within which a made password must be used."""

_KEYS: Final = f"""
SELECT {MEMBER}, password, password_made_at IS NOT NULL AS made,
    coalesce(password_made_at < statement_timestamp() - {MADE_LIVES}, false) AS dead, seed, confirmed
FROM members WHERE active AND
"""
_EVERYBODY: Final = f"""
SELECT {MEMBER}, confirmed, password_made_at IS NOT NULL AS made, last.seen_at,
    coalesce(last.signed_in, false) AS signed_in
FROM members LEFT JOIN (
    SELECT member_id, max(seen_at) AS seen_at, bool_or(proved AND {IN_FORCE}) AS signed_in
    FROM desk_sessions GROUP BY member_id) AS last ON last.member_id = members.id
ORDER BY active DESC, name
"""
_SAVE: Final = """
UPDATE members SET name = $2, role = $3, organisations = $4, active = $5 WHERE id = $1
"""
_RESET: Final = """
UPDATE members SET password = $2, password_made_at = clock_timestamp(), seed = NULL, confirmed = false, step = NULL
WHERE id = $1
"""


class PostgresStaff:
    """`core.staff.ports.StaffStore`."""

    HOLD: ClassVar = "SELECT pg_advisory_xact_lock(1400791398)"
    """«Staf»: any number of our own. Such acts are rare, and wait for each other."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add(self, new: NewMember, password: str) -> MemberId | None:
        number = await self._connection.fetchval(
            "INSERT INTO members (login, name, role, organisations, language, password, password_made_at)"
            " VALUES ($1, $2, $3, $4, $5, $6, clock_timestamp()) ON CONFLICT DO NOTHING RETURNING id",
            *(new.login, new.name, new.role.value, _stored(new.organisations), new.language, password),
        )
        return None if number is None else MemberId(number)

    async def member(self, member: MemberId) -> Member:
        row = await self._connection.fetchrow(f"SELECT {MEMBER} FROM members WHERE id = $1", member)
        return read_member(_there(row))

    async def by_login(self, login: str) -> Member:
        row = await self._connection.fetchrow(f"SELECT {MEMBER} FROM members WHERE login = $1", login)
        return read_member(_there(row))

    async def everybody(self) -> Sequence[MemberState]:
        rows = await self._connection.fetch(_EVERYBODY)
        return [
            MemberState(read_member(row), row["confirmed"], row["made"], row["signed_in"], row["seen_at"])
            for row in rows
        ]

    async def hold(self) -> None:
        await self._connection.execute(self.HOLD)

    async def admins(self) -> int:
        return int(await self._connection.fetchval("SELECT count(*) FROM members WHERE role = 'admin' AND active"))

    async def speak(self, member: MemberId, language: str) -> None:
        await self._connection.execute("UPDATE members SET language = $2 WHERE id = $1", member, language)

    async def save(self, member: Member) -> bool:
        try:
            async with self._connection.transaction():
                await self._connection.execute(
                    *(_SAVE, member.id, member.name, member.role.value),
                    *(_stored(member.organisations), member.active),
                )
        except UniqueViolationError:
            return False
        return True

    async def reset(self, member: MemberId, password: str) -> None:
        await self._connection.execute(_RESET, member, password)
        await self._connection.execute("DELETE FROM backup_codes WHERE member_id = $1", member)


class PostgresKeys:
    """`core.staff.ports.KeyStore`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def find(self, login: str) -> Keys | None:
        row = await self._connection.fetchrow(f"{_KEYS} login = $1 FOR UPDATE", login)
        return None if row is None else _keys(row)

    async def of(self, member: MemberId) -> Keys:
        return _keys(_there(await self._connection.fetchrow(f"{_KEYS} id = $1 FOR UPDATE", member)))

    async def set_password(self, member: MemberId, password: str) -> None:
        await self._connection.execute(
            "UPDATE members SET password = $2, password_made_at = NULL WHERE id = $1", member, password
        )

    async def set_seed(self, member: MemberId, seed: bytes) -> bytes:
        row = await self._connection.fetchrow(
            "UPDATE members SET seed = coalesce(seed, $2) WHERE id = $1 RETURNING seed", member, seed
        )
        return bytes(_there(row)["seed"])

    async def confirm_seed(self, member: MemberId) -> None:
        await self._connection.execute("UPDATE members SET confirmed = true WHERE id = $1", member)

    async def use_step(self, member: MemberId, step: int) -> bool:
        used = await self._connection.fetchval(
            "UPDATE members SET step = $2 WHERE id = $1 AND (step IS NULL OR step < $2) RETURNING id", member, step
        )
        return used is not None

    async def set_backup_codes(self, member: MemberId, digests: Collection[bytes]) -> None:
        await self._connection.execute("DELETE FROM backup_codes WHERE member_id = $1", member)
        await self._connection.executemany(
            "INSERT INTO backup_codes (member_id, digest) VALUES ($1, $2)", [(member, digest) for digest in digests]
        )

    async def use_backup_code(self, member: MemberId, digest: bytes) -> bool:
        used = await self._connection.fetchval(
            "DELETE FROM backup_codes WHERE member_id = $1 AND digest = $2 RETURNING member_id", member, digest
        )
        return used is not None

    async def backup_codes_left(self, member: MemberId) -> int:
        return int(await self._connection.fetchval("SELECT count(*) FROM backup_codes WHERE member_id = $1", member))

    async def now(self) -> datetime:
        now: datetime = await self._connection.fetchval("SELECT clock_timestamp()")
        return now


class PostgresSignInAttempts:
    """`core.staff.ports.SignInAttempts`. Logins and addresses are kept as hashes: the table is no list of either."""

    HOLD: ClassVar = "SELECT pg_advisory_xact_lock($1)"

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def begin(self, login: str, address: str) -> Failures:
        hashes = (_hash("login", login), _hash("address", address))
        for key in sorted(int.from_bytes(one[:8], "big", signed=True) for one in hashes):
            await self._connection.execute(self.HOLD, key)
        return Failures(await self._ages("login", hashes[0]), await self._ages("address", hashes[1]))

    async def count(self, login: str, address: str) -> int:
        return int(
            await self._connection.fetchval(
                "INSERT INTO sign_in_failures (login, address) VALUES ($1, $2) RETURNING id",
                *(_hash("login", login), _hash("address", address)),
            )
        )

    async def held(self, attempt: int) -> None:
        await self._connection.execute("DELETE FROM sign_in_failures WHERE id = $1", attempt)

    async def forget(self, login: str) -> None:
        await self._connection.execute("DELETE FROM sign_in_failures WHERE login = $1", _hash("login", login))

    async def _ages(self, column: str, hashed: bytes) -> tuple[timedelta, ...]:
        rows = await self._connection.fetch(
            f"SELECT clock_timestamp() - failed_at AS age FROM sign_in_failures WHERE {column} = $1"
            " AND failed_at > statement_timestamp() - interval '1 day' ORDER BY failed_at",
            hashed,
        )
        return tuple(row["age"] for row in rows)


def _keys(row: Record) -> Keys:
    return Keys(read_member(row), row["password"], row["made"], row["dead"], row["seed"], row["confirmed"])


def _there(row: Record | None) -> Record:
    if row is None:
        raise NotFound
    return row


def _stored(organisations: frozenset[str] | None) -> list[str] | None:
    return None if organisations is None else sorted(organisations)


def _hash(kind: str, said: str) -> bytes:
    return sha256(f"{kind}\0{said}".encode("utf-8", "surrogatepass")).digest()
