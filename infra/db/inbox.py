"""The inbox: raw updates, durable before they are acknowledged.

Calls of `add` that come while a batch is being written wait together and become the next one: one INSERT and one
commit for all of them. Each caller returns when its own batch is committed, so nothing is promised early, and order of
arrival is the order of ids. An update is stored once because its key is unique, not because somebody looked before.
"""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

import asyncpg
from sqlalchemy.ext.asyncio import AsyncEngine

from dialogs.ports import ChatAddress, Incoming
from infra.db.engine import driver_connection
from infra.db.turns import HOLDS_ITS_PLACE
from infra.db.wake import CHANNEL

LARGEST_BATCH: Final = 500
"""Updates of one INSERT."""
TRIES: Final = 3
"""Two processes that are sent the same updates in another order may wait for each other: one of them tries again."""

# Bot by bot: so of the index of pending rows only these are read, whatever waits for others.
PENDING: Final = f"""
SELECT served.messenger, served.bot, peer FROM unnest($1::text[], $2::text[]) AS served (messenger, bot)
CROSS JOIN LATERAL (
    SELECT DISTINCT ON (peer) peer, due_at FROM inbox
    WHERE inbox.messenger = served.messenger AND inbox.bot = served.bot AND done_at IS NULL AND {HOLDS_ITS_PLACE}
    ORDER BY peer, id
) AS oldest WHERE due_at <= clock_timestamp() ORDER BY due_at LIMIT $3
"""  # noqa: S608 - only constants
_BAD_ROW: Final = (asyncpg.DataError, asyncpg.ProgramLimitExceededError)


@dataclass(eq=False, slots=True)
class _Waiting:
    updates: Sequence[Incoming]
    done: "asyncio.Future[Sequence[ChatAddress]]"

    def succeed(self, new: set[tuple[str, str, str]]) -> None:
        if not self.done.done():  # its caller may have been cancelled; the row stays
            chats = (one.chat for one in self.updates if (one.chat.messenger, one.chat.bot, one.key) in new)
            self.done.set_result(tuple(dict.fromkeys(chats)))


class PostgresInbox:
    """`dialogs.ports.Inbox`. With `notify` other processes hear of new updates (infra.db.wake)."""

    INSERT: ClassVar = """
    WITH new AS (
        INSERT INTO inbox (messenger, bot, peer, key, raw, internal)
        SELECT messenger, bot, peer, key, raw, internal
        FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::boolean[])
            WITH ORDINALITY AS given (messenger, bot, peer, key, raw, internal, place) ORDER BY place
        ON CONFLICT DO NOTHING
        RETURNING messenger, bot, peer, key
    )
    """

    def __init__(self, engine: AsyncEngine, *, notify: bool = False) -> None:
        self._engine = engine
        told = f", pg_notify('{CHANNEL}', json_build_array(messenger, bot, peer)::text)" if notify else ""
        self._insert = f"{self.INSERT} SELECT messenger, bot, key{told} FROM new"  # noqa: S608 - only constants
        self._waiting: list[_Waiting] = []
        self._writer: asyncio.Task[None] | None = None

    async def add(self, updates: Sequence[Incoming]) -> Sequence[ChatAddress]:
        """Committed when it returns. The chats are those of updates that were not there before."""
        if not updates:
            return ()
        waiting = _Waiting(updates, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        if self._writer is None:
            self._writer = asyncio.create_task(self._write_all())
        return await waiting.done

    async def pending(self, served: Iterable[tuple[str, str]], limit: int) -> Sequence[ChatAddress]:
        bots = list(served)
        columns = [messenger for messenger, _bot in bots], [bot for _messenger, bot in bots]
        async with driver_connection(self._engine) as connection:
            return [ChatAddress(*row) for row in await connection.fetch(PENDING, *columns, limit)]

    async def _write_all(self) -> None:
        batch: Sequence[_Waiting] = ()
        try:
            while self._waiting:
                batch = self._next_batch()
                await self._write(batch)
        finally:
            self._writer = None
            # Only when this task was cancelled is anybody left: nobody would write for them any more.
            for waiting in (*batch, *self._waiting):
                waiting.done.cancel()
            self._waiting.clear()

    def _next_batch(self) -> Sequence[_Waiting]:
        size = count = 0
        for waiting in self._waiting:
            if count and size + len(waiting.updates) > LARGEST_BATCH:
                break
            size, count = size + len(waiting.updates), count + 1
        batch, self._waiting = self._waiting[:count], self._waiting[count:]
        return batch

    async def _write(self, batch: Sequence[_Waiting]) -> None:
        """Writes a batch. When PostgreSQL will not have one of its rows, the callers are served one by one."""
        try:
            new = await self._store([update for waiting in batch for update in waiting.updates])
        except _BAD_ROW as error:
            if len(batch) == 1:
                _fail(batch, error)
            else:
                for waiting in batch:
                    await self._write([waiting])
        except Exception as error:  # the database is away, in any of its ways: it is the callers' to know
            _fail(batch, error)
        else:
            for waiting in batch:
                waiting.succeed(new)

    async def _store(self, updates: Sequence[Incoming]) -> set[tuple[str, str, str]]:
        """Inserts what is not there yet; (messenger, bot, key) of that."""
        columns = (
            [update.chat.messenger for update in updates],
            [update.chat.bot for update in updates],
            [update.chat.peer for update in updates],
            [update.key for update in updates],
            [_keepable(update.raw) for update in updates],
            [update.internal for update in updates],
        )
        for _ in range(TRIES - 1):
            try:
                return await self._run(columns)
            except asyncpg.DeadlockDetectedError:
                continue
        return await self._run(columns)

    async def _run(self, columns: Sequence[Sequence[object]]) -> set[tuple[str, str, str]]:
        async with driver_connection(self._engine) as connection:
            rows = await connection.fetch(self._insert, *columns)
        return {(row[0], row[1], row[2]) for row in rows}


def _fail(batch: Sequence[_Waiting], error: Exception) -> None:
    for waiting in batch:
        if not waiting.done.done():
            waiting.done.set_exception(error)


def _keepable(raw: str) -> str:
    """PostgreSQL keeps no NUL, UTF-8 no lone surrogates; inside of JSON neither means anything."""
    if raw.isascii():
        return raw.replace("\0", "\ufffd") if "\0" in raw else raw
    return raw.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")
