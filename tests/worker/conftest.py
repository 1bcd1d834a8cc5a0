"""Fixtures of the worker's tests."""

from collections.abc import AsyncIterator

import pytest
from asyncpg import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

from core.city import City
from infra.db.engine import driver_connection
from tests.bots.conftest import stand
from tests.bots.stands import Stand
from tests.conftest import FakeClock
from tests.worker.office import Office

__all__ = ["stand"]


@pytest.fixture
async def db(engine: AsyncEngine) -> AsyncIterator[Connection]:
    async with driver_connection(engine) as connection:
        yield connection


@pytest.fixture(scope="session", autouse=True)
def libraries() -> None:
    """Loaded now: while the messengers' libraries load, nothing else is done."""
    import bots.telegram.carrying  # noqa: PLC0415
    import bots.vk.sending  # noqa: F401, PLC0415


@pytest.fixture
def office(engine: AsyncEngine, db: Connection, stand: Stand, city: City, clock: FakeClock) -> Office:
    return Office(engine, db, stand, city, clock)


@pytest.fixture(params=["telegram", "vk"])
def messenger(request: pytest.FixtureRequest) -> str:
    return str(request.param)
