"""A connection to the test's own database, and what the stores stand on."""

from collections.abc import AsyncIterator

import pytest
from asyncpg import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

from core.city import City
from core.clock import CityClock
from core.counter.use_cases import CounterCases
from core.staff.looks import Looks
from core.use_cases import UseCases
from infra.codes import HmacCodeHasher
from infra.db.counter import build_counter
from infra.db.engine import driver_connection
from infra.db.looks import PostgresLooks
from infra.db.use_cases import build_use_cases
from tests.infra.db.story import Story


@pytest.fixture
def hasher() -> HmacCodeHasher:
    return HmacCodeHasher(b"a secret of thirty-two bytes or so")


@pytest.fixture
async def db(engine: AsyncEngine) -> AsyncIterator[Connection]:
    """A connection outside of any transaction: what a test writes is there at once."""
    async with driver_connection(engine) as connection:
        yield connection


@pytest.fixture
def story(db: Connection, hasher: HmacCodeHasher) -> Story:
    return Story(db, hasher)


@pytest.fixture
def use_cases(db: Connection, city: City, city_clock: CityClock, hasher: HmacCodeHasher) -> UseCases:
    return build_use_cases(db, city, city_clock, hasher)


@pytest.fixture
def counter(db: Connection, city: City, city_clock: CityClock, hasher: HmacCodeHasher) -> CounterCases:
    return build_counter(db, city, city_clock, hasher, Looks(PostgresLooks(db)))
