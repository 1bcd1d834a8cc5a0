"""Real servers for the tests: a PostgreSQL and a Valkey a test process, a fresh database a test."""

import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from redis import Redis
from sqlalchemy.ext.asyncio import AsyncEngine

from core.city import City
from core.clock import CityClock
from infra.city_file import load_city
from infra.db.engine import create_engine
from infra.db.migrate import migrate
from infra.embedded import Servers, embedded_servers
from infra.paths import DEFAULT_CITY
from tests.databases import DatabasePool, fresh_name, named, run_statement

TEMPLATE = "template_of_tests"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--screenshots", action="store_true", help="make the pictures of the documentation anew")


@dataclass
class FakeClock:
    """A clock that tests set; it stands still. 10:00 in Magnitogorsk on the day the demo starts."""

    instant: datetime = datetime(2022, 2, 16, 5, 0, tzinfo=UTC)
    offset: timedelta = timedelta()

    def now(self) -> datetime:
        return self.instant

    def set(self, instant: datetime) -> None:
        self.instant = instant.astimezone(UTC)

    def move(self, **delta: float) -> None:
        self.instant += timedelta(**delta)


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    """The embedded servers of this test process. The folder's name is short: a socket's path has a limit."""
    folder = Path(tempfile.mkdtemp(prefix="vt", dir="/tmp"))
    try:
        with embedded_servers(folder) as running:
            yield running
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def redis_url(servers: Servers) -> str:
    """An empty Valkey."""
    with Redis.from_url(servers.redis_url) as redis:
        redis.flushall()
    return servers.redis_url


@pytest.fixture(scope="session")
async def template_database(servers: Servers) -> str:
    """Name of a migrated database that others are copied from."""
    await run_statement(servers.database_url, f"CREATE DATABASE {TEMPLATE}")
    engine = create_engine(named(servers.database_url, TEMPLATE))
    await migrate(engine)
    await engine.dispose()
    # A copy is refused while somebody is connected to the original.
    await run_statement(servers.database_url, f"ALTER DATABASE {TEMPLATE} ALLOW_CONNECTIONS false")
    return TEMPLATE


@pytest.fixture(scope="session")
def databases(servers: Servers, template_database: str) -> DatabasePool:
    return DatabasePool(servers, template_database)


@pytest.fixture
async def database_url(databases: DatabasePool) -> AsyncIterator[str]:
    """A migrated database of the test's own."""
    async with databases.database() as url:
        yield url


@pytest.fixture
async def empty_database_url(servers: Servers) -> AsyncIterator[str]:
    """A database without any table."""
    name = fresh_name()
    await run_statement(servers.database_url, f"CREATE DATABASE {name}")
    yield named(servers.database_url, name)
    await run_statement(servers.database_url, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(database_url)
    yield engine
    await engine.dispose()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(scope="session")
def city() -> City:
    """Magnitogorsk, as shipped."""
    return load_city(DEFAULT_CITY)


@pytest.fixture
def city_clock(clock: FakeClock, city: City) -> CityClock:
    return CityClock(clock, city.zone)
