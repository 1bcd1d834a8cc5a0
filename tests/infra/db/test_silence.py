"""A server that has gone without a word: nobody waits for it for ever, and what comes next goes on elsewhere."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager

import asyncpg
import pytest
import uvloop
from asyncpg import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

from core.city import City
from core.clock import Clock
from dialogs.ports import Incoming
from infra.codes import HmacCodeHasher
from infra.db.driver import UNANSWERED
from infra.db.engine import AWAY, connect_alone, create_engine, driver_connection
from infra.db.inbox import PostgresInbox
from infra.db.leases import ANSWER_WITHIN, Lease
from infra.db.turns import PostgresTurns
from sandbox.proxy import Proxy
from tests.infra.db.story import CHAT
from tests.lines import over_tcp

BOUND = 1.0
LATE = 3.0


@pytest.fixture
async def line(database_url: str) -> AsyncIterator[tuple[Proxy, str]]:
    async with over_tcp(database_url) as made:
        yield made


@pytest.fixture
async def path(line: tuple[Proxy, str]) -> AsyncIterator[AsyncEngine]:
    """The durable path's connections, over a line that can fall silent."""
    engine = create_engine(line[1], by_keys=True, answer_within=BOUND)
    yield engine
    await engine.dispose()


@asynccontextmanager
async def held(engine: AsyncEngine, count: int) -> AsyncIterator[list[Connection]]:
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(driver_connection(engine)) for _ in range(count)]


async def asked(engine: AsyncEngine) -> object:
    async with driver_connection(engine) as connection:
        return await connection.fetchval("SELECT 1")


async def seconds_of(work: Callable[[], Awaitable[object]]) -> float:
    begun = time.monotonic()
    await work()
    return time.monotonic() - begun


async def test_who_asks_a_silent_server_hears_in_time_that_it_is_away(
    path: AsyncEngine, line: tuple[Proxy, str]
) -> None:
    await asked(path)
    line[0].vanish()
    begun = time.monotonic()
    with pytest.raises(AWAY):
        await asked(path)
    assert BOUND <= time.monotonic() - begun < LATE
    assert await seconds_of(lambda: asked(path)) < BOUND / 2


async def test_without_the_bound_it_would_wait_for_ever(line: tuple[Proxy, str]) -> None:
    """The twin. Here even TCP lives, so that the kernel notices nothing."""
    engine = create_engine(line[1])
    await asked(engine)
    line[0].vanish()
    asking = asyncio.ensure_future(asked(engine))
    await asyncio.wait([asking], timeout=LATE)
    assert not asking.done()
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    await engine.dispose()


async def test_one_that_fell_silent_is_enough_to_trust_none_that_was_open_then(
    path: AsyncEngine, line: tuple[Proxy, str]
) -> None:
    async with held(path, 6) as connections:
        for connection in connections:
            await connection.fetchval("SELECT 1")
    line[0].vanish()
    with pytest.raises(TimeoutError):
        await asked(path)
    assert await seconds_of(lambda: asyncio.gather(*(asked(path) for _ in range(12)))) < BOUND


async def test_a_transaction_is_not_rolled_back_over_a_line_that_is_silent(
    path: AsyncEngine, line: tuple[Proxy, str]
) -> None:
    begun = time.monotonic()
    with pytest.raises(AWAY):  # noqa: PT012  # which of its lines raises is what is asked
        async with driver_connection(path) as connection, connection.transaction():
            await connection.fetchval("SELECT 1")
            line[0].vanish()
            await connection.fetchval("SELECT 1")
    assert time.monotonic() - begun < LATE


async def test_who_no_longer_waits_leaves_no_connection_on_which_an_answer_is_due(line: tuple[Proxy, str]) -> None:
    engine = create_engine(line[1])
    await asked(engine)
    line[0].vanish()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await asked(engine)
    assert await seconds_of(lambda: asked(engine)) < BOUND
    await engine.dispose()


async def test_a_statement_that_takes_too_long_is_ended_by_the_server_and_has_failed(path: AsyncEngine) -> None:
    """The server is there: it is the statement's own doing, and its connection goes on."""
    async with driver_connection(path) as connection:
        with pytest.raises(asyncpg.QueryCanceledError):
            await connection.execute("SELECT pg_sleep(10)")
        assert await connection.fetchval("SELECT 1") == 1


async def test_an_update_is_not_blamed_for_a_lock_that_others_hold(
    path: AsyncEngine, engine: AsyncEngine, db: Connection, city: City, clock: Clock, hasher: HmacCodeHasher
) -> None:
    """As an import does with the rows that it changes. The worker goes on with somebody else meanwhile."""
    await PostgresInbox(engine).add([Incoming(CHAT, "1", "{}")])
    await db.execute("INSERT INTO chats (messenger, bot, peer) VALUES ('telegram', '1', '500')")
    turns = PostgresTurns(path, city, clock, hasher)
    async with driver_connection(engine) as importing, importing.transaction():
        await importing.execute("LOCK TABLE premises")
        with pytest.raises(TimeoutError):  # noqa: PT012  # as above
            async with turns.open(CHAT) as turn:
                assert turn is not None
                await turn._driver.fetch("SELECT FROM premises FOR NO KEY UPDATE")
    async with driver_connection(path) as connection:
        assert not connection.is_in_transaction()
    assert await db.fetchval("SELECT attempts FROM inbox") == 0


async def test_what_a_vanished_process_had_locked_is_free_in_time(
    path: AsyncEngine, line: tuple[Proxy, str], db: Connection
) -> None:
    await db.execute(
        "INSERT INTO leases (name, number, backend, backend_start, until) VALUES ('x', 1, 1, now(), now())"
    )
    with pytest.raises(AWAY):  # noqa: PT012  # as above
        async with driver_connection(path) as connection, connection.transaction():
            await connection.fetchval("SELECT 1 FROM leases FOR UPDATE")
            line[0].vanish()
            await connection.fetchval("SELECT 1")
    async with asyncio.timeout(LATE):
        assert await db.fetchval("SELECT 1 FROM leases FOR UPDATE") == 1


async def test_updates_that_come_while_the_server_is_silent_are_refused_and_then_taken(
    path: AsyncEngine, line: tuple[Proxy, str], db: Connection
) -> None:
    inbox = PostgresInbox(path)
    await inbox.add([Incoming(CHAT, "1", "{}")])
    line[0].vanish()
    with pytest.raises(AWAY):
        await inbox.add([Incoming(CHAT, "2", "{}")])
    assert await seconds_of(lambda: inbox.add([Incoming(CHAT, "2", "{}")])) < BOUND
    assert await db.fetchval("SELECT count(*) FROM inbox") == 2


async def test_a_lease_is_taken_anew_over_another_connection(
    line: tuple[Proxy, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("infra.db.leases.ANSWER_WITHIN", BOUND)
    monkeypatch.setattr("infra.db.leases.RENEW_EVERY", 0.1)
    assert ANSWER_WITHIN > BOUND
    engine = create_engine(line[1])
    async with held(engine, 3):
        pass
    begun: list[float] = []

    async def work() -> None:
        begun.append(time.monotonic())
        await asyncio.sleep(60)

    holding = asyncio.ensure_future(Lease(engine, "poll", term=1.0).hold(work))
    async with asyncio.timeout(15):
        while not begun:
            await asyncio.sleep(0.01)
        line[0].vanish()
        while len(begun) < 2:
            await asyncio.sleep(0.01)
    holding.cancel()
    await asyncio.gather(holding, return_exceptions=True)
    await engine.dispose()


@pytest.mark.parametrize("loop", [asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def test_the_kernel_asks_whether_a_server_is_there(loop: Callable[[], asyncio.AbstractEventLoop], servers) -> None:
    """A host that vanished acknowledges nothing: the kernel ends the connection, whatever runs on it."""

    async def options() -> list[int]:
        async with over_tcp(servers.database_url) as (_proxy, url):
            connection = await connect_alone(url)
            wire = connection._transport.get_extra_info("socket")
            names = ("TCP_KEEPIDLE", "TCP_KEEPINTVL", "TCP_KEEPCNT", "TCP_USER_TIMEOUT")
            found = [wire.getsockopt(socket.IPPROTO_TCP, getattr(socket, name)) for name in names]
            found.insert(0, wire.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE))
            await connection.close()
            return found

    with asyncio.Runner(loop_factory=loop) as runner:
        assert runner.run(options()) == [1, 10, 5, 3, UNANSWERED * 1000]
