"""Passwords by argon2id: hashed in threads, so many at once as the machine's memory is meant for."""

import asyncio
import unicodedata
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

MEMORY_KIB: Final = 47104
"""With one pass and one lane: the first of the configurations that OWASP's cheat sheet on storing passwords names."""
AT_ONCE: Final = 2
ANSWERED_WITHIN: Final = 10.0
"""Seconds that a password waits for its turn."""


class ArgonPasswords:
    """`core.staff.ports.Passwords`."""

    def __init__(self, memory_kib: int = MEMORY_KIB) -> None:
        self._hasher = PasswordHasher(time_cost=1, memory_cost=memory_kib, parallelism=1)
        self._nobodys = self._hasher.hash("nobody's")
        self._threads = asyncio.Semaphore(AT_ONCE)

    async def make(self, password: str) -> str:
        async with self._thread():
            return await asyncio.to_thread(self._hasher.hash, _bytes(password))

    async def fits(self, kept: str | None, said: str) -> bool:
        async with self._thread():
            fits = await asyncio.to_thread(self._compare, kept or self._nobodys, _bytes(said))
        return fits and kept is not None

    def outdated(self, kept: str) -> bool:
        return self._hasher.check_needs_rehash(kept)

    @asynccontextmanager
    async def _thread(self) -> AsyncIterator[None]:
        """Raises TimeoutError when too many wait: somebody who floods the door must not fill the house."""
        async with asyncio.timeout(ANSWERED_WITHIN):
            await self._threads.acquire()
        try:
            yield
        finally:
            self._threads.release()

    def _compare(self, kept: str, said: bytes) -> bool:
        try:
            return self._hasher.verify(kept, said)
        except (VerificationError, InvalidHashError):
            return False


def _bytes(password: str) -> bytes:
    """One password however a keyboard composes its letters (й as one sign or as two)."""
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")
