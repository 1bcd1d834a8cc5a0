"""The proxy under an echo server, and under the real PostgreSQL and Valkey."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
from redis.asyncio import Redis
from redis.exceptions import RedisError

from infra.embedded import Servers
from sandbox.proxy import Line, Proxy

Ends = tuple[asyncio.StreamReader, asyncio.StreamWriter]
BROKEN = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError)


@pytest.fixture
async def echo() -> AsyncIterator[str]:
    """A server that says back what it hears, and "bye" at the end of the stream."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while chunk := await reader.read(1000):
                writer.write(chunk)
            writer.write(b"bye")
            await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    server.close()


@pytest.fixture
async def proxy(echo: str) -> AsyncIterator[Proxy]:
    made = Proxy(echo)
    await made.start()
    yield made
    await made.stop()


async def connect(proxy: Proxy) -> Ends:
    host, port = proxy.address.split(":")
    return await asyncio.open_connection(host, int(port))


async def said(ends: Ends, words: bytes, timeout: float = 2.0) -> bytes:
    ends[1].write(words)
    return await asyncio.wait_for(ends[0].readexactly(len(words)), timeout)


async def test_a_good_line_changes_nothing(proxy: Proxy) -> None:
    ends = await connect(proxy)
    large = bytes(range(256)) * 2000
    assert await said(ends, large) == large
    ends[1].write_eof()
    assert await ends[0].read() == b"bye"
    ends[1].close()
    assert (proxy.connections, proxy.cuts) == (1, 0)


@pytest.mark.parametrize("direction", ["up", "down"])
async def test_a_line_can_be_slow_or_narrow(proxy: Proxy, direction: str) -> None:
    ends = await connect(proxy)
    for line, least in ((Line(delay=0.15), 0.15), (Line(rate=1000), 0.2)):
        setattr(proxy, direction, line)
        before = time.monotonic()
        await said(ends, b"x" * 200)
        assert least <= time.monotonic() - before < least + 0.5
    proxy.heal()
    before = time.monotonic()
    await said(ends, b"x" * 200)
    assert time.monotonic() - before < 0.1
    ends[1].close()


async def test_a_line_that_swallows_everything_passes_it_on_when_it_heals(proxy: Proxy) -> None:
    ends = await connect(proxy)
    proxy.down = Line(blackhole=True)
    with pytest.raises(TimeoutError):
        await said(ends, b"held", timeout=0.1)
    proxy.heal()
    assert await asyncio.wait_for(ends[0].readexactly(4), 1) == b"held"
    ends[1].close()


async def test_refused_connections_come_again_at_the_same_address_and_old_ones_stay(proxy: Proxy) -> None:
    old, address = await connect(proxy), proxy.address
    await proxy.refuse()
    with pytest.raises(ConnectionRefusedError):
        await connect(proxy)
    assert await said(old, b"still") == b"still"
    await proxy.listen()
    assert proxy.address == address
    new = await connect(proxy)
    assert await said(new, b"again") == b"again"
    old[1].close()
    new[1].close()


async def test_all_connections_can_be_reset(proxy: Proxy) -> None:
    both = [await connect(proxy), await connect(proxy)]
    for ends in both:
        await said(ends, b"x")
    assert proxy.cut() == 2
    for ends in both:
        with pytest.raises(ConnectionResetError):
            await said(ends, b"y")
        ends[1].close()
    assert proxy.cuts == 2


async def test_a_host_can_vanish_without_a_word_and_another_take_its_place(proxy: Proxy) -> None:
    old = await connect(proxy)
    await said(old, b"x")
    assert proxy.vanish() == 1
    proxy.heal()
    with pytest.raises(TimeoutError):
        await said(old, b"y", timeout=0.1)
    new = await connect(proxy)
    assert await said(new, b"z") == b"z"
    old[1].close()
    new[1].close()


async def test_one_side_can_end_while_the_other_speaks(proxy: Proxy) -> None:
    ends = await connect(proxy)
    await said(ends, b"x")
    proxy.half_close("up")
    assert await asyncio.wait_for(ends[0].read(), 1) == b"bye"
    ends[1].write(b"lost")
    ends[1].close()
    other = await connect(proxy)
    await said(other, b"x")
    proxy.half_close("down")
    assert await asyncio.wait_for(other[0].read(), 1) == b""
    other[1].write(b"heard by the server")
    await other[1].drain()
    other[1].close()


async def test_a_word_is_found_also_where_it_is_split_between_packets(proxy: Proxy) -> None:
    ends = await connect(proxy)
    await said(ends, b"SECRET SEC")
    proxy.cut_before(b"SECRET")
    assert await said(ends, b"RET SEC") == b"RET SEC"
    ends[1].write(b"RET")
    with pytest.raises(ConnectionResetError):
        await ends[0].readexactly(1)
    ends[1].close()


async def test_a_server_that_is_not_there_is_a_connection_lost() -> None:
    proxy = Proxy("127.0.0.1:1")
    await proxy.start()
    ends = await connect(proxy)
    with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
        await said(ends, b"x")
    ends[1].close()
    await proxy.stop()


async def test_it_listens_on_a_unix_socket_as_well(echo: str, tmp_path: Path) -> None:
    proxy = Proxy(echo)
    path = await proxy.start(str(tmp_path / "s"))
    for _attempt in range(2):
        ends = await asyncio.open_unix_connection(path)
        assert await said(ends, b"x") == b"x"
        ends[1].close()
        await proxy.refuse()
        with pytest.raises(OSError):
            await asyncio.open_unix_connection(path)
        await proxy.listen()
    await proxy.stop()
    assert not Path(path).exists()


# --- PostgreSQL and Valkey


@pytest.fixture
async def postgres(servers: Servers) -> AsyncIterator[Proxy]:
    folder = servers.database_url.partition("?host=")[2]
    made = Proxy(f"{folder}/.s.PGSQL.5432")
    await made.start()
    yield made
    await made.stop()


async def to_postgres(proxy: Proxy, database_url: str) -> asyncpg.Connection:
    database = database_url.partition("@/")[2].partition("?")[0]
    host, port = proxy.address.split(":")
    return await asyncpg.connect(user="postgres", host=host, port=int(port), database=database, timeout=5)


async def rows(url: str) -> list[int]:
    connection = await asyncpg.connect(url)
    try:
        return [row["n"] for row in await connection.fetch("SELECT n FROM trial ORDER BY n")]
    finally:
        await connection.close()


@pytest.mark.parametrize(("when", "kept"), [("cut_before", []), ("cut_after", [7])])
async def test_a_commit_is_lost_or_done_though_the_client_sees_the_same_error(
    postgres: Proxy, empty_database_url: str, when: str, kept: list[int]
) -> None:
    connection = await to_postgres(postgres, empty_database_url)
    await connection.execute("CREATE TABLE trial (n int)")
    getattr(postgres, when)(b"COMMIT")
    with pytest.raises(BROKEN):
        async with connection.transaction():
            await connection.execute("INSERT INTO trial VALUES (7)")
    connection.terminate()
    assert await rows(empty_database_url) == kept
    assert postgres.cuts == 1


async def test_a_database_that_does_not_answer_runs_into_the_clients_patience(
    postgres: Proxy, empty_database_url: str
) -> None:
    connection = await to_postgres(postgres, empty_database_url)
    postgres.down = Line(blackhole=True)
    with pytest.raises(TimeoutError):
        await connection.fetchval("SELECT 1", timeout=0.2)
    connection.terminate()
    postgres.heal()
    again = await to_postgres(postgres, empty_database_url)
    assert await again.fetchval("SELECT 1") == 1
    await again.close()


async def test_redis_counts_although_its_answer_is_lost(redis_url: str) -> None:
    proxy = Proxy(redis_url.removeprefix("unix://"))
    host, port = (await proxy.start()).split(":")
    async with Redis(host=host, port=int(port), retry=None) as redis:
        assert await redis.incr("n") == 1
        proxy.cut_after(b"INCR")
        with pytest.raises((RedisError, OSError)):
            await redis.incr("n")
        assert await redis.get("n") == b"2"
        await proxy.refuse()
        proxy.cut()
        with pytest.raises((RedisError, OSError)):
            await redis.get("n")
        await proxy.listen()
        assert await redis.get("n") == b"2"
    await proxy.stop()
