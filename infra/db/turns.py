"""Turns: one transaction serves one update of one chat.

1. The chat's row is locked, and whoever else wants a turn of this chat waits there: turns of a chat follow each other,
   in whatever processes they run. A chat never seen is inserted on the way.
2. The same statement looks for the oldest update that is not done, and for what every turn asks: whose chat it is, and
   which flats that resident sees. But a statement sees what was committed before it *began*: one that waited for the
   lock sees the update that the turn before has just finished. Every turn writes the chat's row, so a row whose locked
   version is not the one seen at the beginning tells that; then, with the lock in hand, the question is asked again.
3. The oldest update blocks the younger ones of its chat, also while it is put off after its first failure: what was
   a hiccup is then over, and order holds. Failing again it steps aside: the chat goes on, and the update has its next
   turns when they are due (docs/adr/0010). Its revision tells whether the dialog has moved on meanwhile.
4. `finish` saves the session, marks the update done and stores the calls in one statement. It fails when the update
   is done already, so a turn that went on without its lock changes nothing.
5. The rows of the outbox are born leased to this process, which sends them right after the commit, unless earlier ones
   of the chat are still to be sent by somebody else (a process that was killed): `finish` names those.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import ClassVar, Final

from asyncpg import Connection, LockNotAvailableError, Record
from sqlalchemy.ext.asyncio import AsyncEngine

from core.accounts.ports import CodeHasher
from core.city import City
from core.clock import CityClock, Clock
from core.errors import Unavailable
from core.ids import ChatId
from core.live import Changed, DeskNews
from core.use_cases import UseCases
from dialogs.ports import Call, ChatAddress, Failure, Incoming, Json, Outgoing, SavedSession
from infra.db.calls import random_id, write_calls, write_json
from infra.db.engine import driver_connection
from infra.db.links import FLAT, FLATS
from infra.db.memory import RememberingConnection
from infra.db.queue import enqueue
from infra.db.residents import OF_CHAT
from infra.db.use_cases import build_use_cases

LEASE_SECONDS: Final = 8.0
"""How long a call belongs to the process that made it, or that swept it up, unless that one says again that it lives:
after a kill a resident waits no longer than this for the answer."""
RETRY_AFTER: Final = (1.0, 5.0, 30.0, 120.0, 600.0)
"""Seconds an update is put off after each failed turn; after one failure more it is given up."""
STEPS_ASIDE_AFTER: Final = 2
"""Failures after which an update no longer holds up its chat."""
HOLDS_ITS_PLACE: Final = f"(attempts < {STEPS_ASIDE_AFTER} OR due_at <= clock_timestamp())"
"""Whether a pending row stands in the line of its chat."""

_INSERT_CHAT: Final = "INSERT INTO chats (messenger, bot, peer) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"
_REV: Final = "CASE jsonb_typeof(state -> 'rev') WHEN 'number' THEN (state ->> 'rev')::numeric::bigint ELSE 0 END"
"""The revision of a saved session (dialogs.session); 0 before there is one."""
_FAILED: Final = f"""
WITH counted AS (
    UPDATE inbox SET
        attempts = attempts + 1,
        error = $4,
        rev = coalesce(rev, (SELECT {_REV} FROM chats WHERE chats.messenger = $1 AND chats.bot = $2
            AND chats.peer = inbox.peer), 0),
        due_at = clock_timestamp()
            + make_interval(secs => ($5::float8[])[least(attempts + 1, cardinality($5::float8[]))]),
        done_at = CASE WHEN attempts >= cardinality($5::float8[]) THEN clock_timestamp() END
    WHERE messenger = $1 AND bot = $2 AND key = $3 AND done_at IS NULL
    RETURNING *
), buried AS (
    INSERT INTO dead_letters (messenger, bot, peer, key, raw, internal, rev, received_at, attempts, error)
    SELECT messenger, bot, peer, key, raw, internal, rev, received_at, attempts, error
    FROM counted WHERE done_at IS NOT NULL
    ON CONFLICT DO NOTHING
)
SELECT attempts, done_at IS NOT NULL AS given_up FROM counted
"""  # noqa: S608 - only constants


class TurnConflict(Unavailable):
    """The update was served by another turn meanwhile: this one must leave no trace."""


@dataclass
class PostgresTurn:
    """`dialogs.ports.OpenTurn`."""

    update: Incoming
    attempt: int
    late: bool
    age: float
    session: SavedSession
    use_cases: UseCases
    changed: Changed
    _row: int
    _driver: Connection = field(repr=False)
    _finish: str = field(repr=False)
    finished: bool = False

    async def finish(self, state: Json, language: str, calls: Sequence[Call]) -> Sequence[Outgoing]:
        """Raises TurnConflict when the update has been served meanwhile."""
        chat = self.update.chat
        random_ids = [random_id() for _ in calls]
        done, ids, earlier = await self._driver.fetchrow(
            self._finish,
            *(self.session.chat, write_json(state), language, self._row, LEASE_SECONDS),
            *(chat.messenger, chat.bot, chat.peer),
            write_calls(calls, random_ids),
        )
        if not done:
            raise TurnConflict
        self.finished = True
        turn, behind = self.update.key, tuple(earlier or ())
        return [
            Outgoing(row, chat, call, random, turn=turn, behind=behind, reply=not self.update.internal)
            for row, call, random in zip(ids or (), calls, random_ids, strict=True)
        ]

    async def start_job(self, name: str, payload: Json, key: str) -> None:
        await enqueue(self._driver, name, payload, key)


class PostgresTurns:
    """`dialogs.ports.Turns`."""

    OPEN: ClassVar = f"""
    SELECT chats.id AS chat, chats.language, chats.state,
        chats.xmin = (SELECT seen.xmin FROM chats AS seen WHERE seen.id = chats.id) AS fresh,
        residents.id AS resident, residents.language AS resident_language, flats, oldest.*
    FROM chats LEFT JOIN residents ON residents.id = chats.resident_id
    LEFT JOIN LATERAL (
        SELECT array_agg(flat) AS flats FROM ({FLATS.replace("$1", "residents.id")}) AS flat
    ) AS seen ON true
    LEFT JOIN LATERAL (
        SELECT id, key, raw, internal, attempts, rev, due_at <= clock_timestamp() AS due,
            extract(epoch FROM clock_timestamp() - received_at)::float8 AS age
        FROM inbox
        WHERE messenger = $1 AND bot = $2 AND peer = $3 AND done_at IS NULL AND {HOLDS_ITS_PLACE}
        ORDER BY id LIMIT 1
    ) AS oldest ON true
    WHERE chats.messenger = $1 AND chats.bot = $2 AND chats.peer = $3
    FOR UPDATE OF chats
    """  # noqa: S608 - only constants
    FINISH: ClassVar = """
    WITH done AS (
        UPDATE inbox SET done_at = clock_timestamp() WHERE id = $4 AND done_at IS NULL RETURNING key
    ), saved AS (
        UPDATE chats SET state = $2::jsonb, language = $3 WHERE id = $1
    ), made AS (
        INSERT INTO outbox
            (messenger, bot, peer, method, params, file, file_name, random_id, leased_until, turn, attempts)
        SELECT $6, $7, $8, method, params, file, file_name, random_id, clock_timestamp() + make_interval(secs => $5),
            (SELECT key FROM done), 1
        FROM ROWS FROM (
            jsonb_to_recordset($9::jsonb) AS (method text, params jsonb, file jsonb, file_name text, random_id integer)
        ) WITH ORDINALITY AS call (method, params, file, file_name, random_id, place) ORDER BY place
        RETURNING id
    )
    SELECT EXISTS (SELECT FROM done), (SELECT array_agg(id ORDER BY id) FROM made), (
        SELECT array_agg(id) FROM outbox
        WHERE messenger = $6 AND bot = $7 AND peer = $8 AND sent_at IS NULL AND outcome IS NULL
    )
    """

    def __init__(
        self, engine: AsyncEngine, city: City, clock: Clock, hasher: CodeHasher, told: DeskNews | None = None
    ) -> None:
        """`told`: hears of what a turn has changed at the desk, once it is committed."""
        self._engine = engine
        self._told = told
        self._city = city
        self._clock = CityClock(clock, city.zone)
        self._hasher = hasher

    @asynccontextmanager
    async def open(self, chat: ChatAddress) -> AsyncIterator[PostgresTurn | None]:
        async with driver_connection(self._engine) as driver:
            await driver.execute("BEGIN")
            try:
                turn = await self._begin(driver, chat)
                yield turn
            except BaseException as error:
                if not driver.is_closed():  # else the server has rolled back, and what went wrong is to be told
                    await driver.execute("ROLLBACK")
                if isinstance(
                    error, LockNotAvailableError
                ):  # an import has its hand on the row: no fault of the update
                    raise TimeoutError from error
                raise
            if turn is not None and turn.finished:
                await driver.execute("COMMIT")
                if self._told is not None and turn.changed:
                    self._told(turn.changed)
            else:
                await driver.execute("ROLLBACK")

    async def failed(self, update: Incoming, error: str) -> Failure:
        """An update that is done (its commit was unknown, another turn served it) stays as it is."""
        chat = update.chat
        async with driver_connection(self._engine) as driver:
            row = await driver.fetchrow(_FAILED, chat.messenger, chat.bot, update.key, error, RETRY_AFTER)
        if row is None:
            return Failure.PUT_OFF
        if row["given_up"]:
            return Failure.GIVEN_UP
        return Failure.ASIDE if row["attempts"] >= STEPS_ASIDE_AFTER else Failure.PUT_OFF

    async def _begin(self, driver: Connection, chat: ChatAddress) -> PostgresTurn | None:
        address = (chat.messenger, chat.bot, chat.peer)
        found = await driver.fetchrow(self.OPEN, *address)
        if found is None:
            await driver.execute(_INSERT_CHAT, *address)
            found = await driver.fetchrow(self.OPEN, *address)
        if not found["fresh"]:
            found = await driver.fetchrow(self.OPEN, *address)
        if not found["due"]:
            return None
        chat_id, state = ChatId(found["chat"]), found["state"]
        changed: Changed = set()
        return PostgresTurn(
            update=Incoming(chat, found["key"], found["raw"], found["internal"]),
            attempt=found["attempts"],
            late=found["rev"] is not None and found["rev"] != _rev(state),
            age=found["age"],
            session=SavedSession(chat_id, found["language"], state),
            use_cases=build_use_cases(_memory(driver, found), self._city, self._clock, self._hasher, changed),
            changed=changed,
            _row=found["id"],
            _driver=driver,
            _finish=self.FINISH,
        )


def _rev(state: Json | None) -> int:
    """As _REV reads it."""
    rev = (state or {}).get("rev")
    return int(rev) if isinstance(rev, int | float) else 0


def _memory(driver: Connection, found: Record) -> RememberingConnection:
    """The turn's connection, which knows already what every turn asks."""
    memory, resident = RememberingConnection(driver), found["resident"]
    if resident is None:
        memory.know(OF_CHAT, (found["chat"],), [])
    else:
        memory.know(OF_CHAT, (found["chat"],), [{"id": resident, "language": found["resident_language"]}])
        memory.know(FLATS, (resident,), [dict(zip(FLAT, row, strict=True)) for row in found["flats"] or ()])
    return memory
