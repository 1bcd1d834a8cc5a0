"""One-time codes: the port of core.accounts.codes over one connection. Time is the database's."""

from typing import Final

from asyncpg import Connection, Record

from core.accounts.codes import CodePurpose, NewCode, Redeemed
from core.ids import ResidentId

_ADD: Final = """
INSERT INTO one_time_codes (digest, purpose, subject, issued_by, expires_at, made_by)
VALUES ($1, $2, $3, $4, clock_timestamp() + $5::interval, $6)
"""
_FIND: Final = """
SELECT subject, issued_by FROM one_time_codes
WHERE digest = $1 AND purpose = $2 AND used_at IS NULL AND expires_at > clock_timestamp()
"""
# Of two at once the second waits for the first, and then finds the row used.
_BURN: Final = """
UPDATE one_time_codes SET used_at = clock_timestamp()
WHERE digest = $1 AND purpose = $2 AND used_at IS NULL AND expires_at > clock_timestamp()
RETURNING subject, issued_by
"""
_WITHDRAW: Final = """
UPDATE one_time_codes SET expires_at = clock_timestamp()
WHERE purpose = $1 AND subject = $2 AND used_at IS NULL AND expires_at > clock_timestamp()
"""


class PostgresCodes:
    """`core.accounts.codes.CodeStore`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add(self, code: NewCode) -> None:
        await self._connection.execute(
            _ADD, code.digest, code.purpose.value, code.subject, code.by, code.lives, code.made_by
        )

    async def find(self, purpose: CodePurpose, digest: bytes) -> Redeemed | None:
        return _redeemed(await self._connection.fetchrow(_FIND, digest, purpose.value))

    async def burn(self, purpose: CodePurpose, digest: bytes) -> Redeemed | None:
        return _redeemed(await self._connection.fetchrow(_BURN, digest, purpose.value))

    async def withdraw(self, purpose: CodePurpose, subject: str) -> None:
        await self._connection.execute(_WITHDRAW, purpose.value, subject)


def _redeemed(row: Record | None) -> Redeemed | None:
    if row is None:
        return None
    by = row["issued_by"]
    return Redeemed(row["subject"], None if by is None else ResidentId(by))
