"""The desk: one on a database of the test's own, and one that the tests share which only look."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from core.city import City
from core.clock import CityClock
from infra.db.engine import create_engine
from infra.embedded import Servers
from tests.conftest import FakeClock
from tests.databases import copied_database
from tests.desks import DeskSite, desk_site


@pytest.fixture
async def desk(engine: AsyncEngine, city: City, city_clock: CityClock) -> AsyncIterator[DeskSite]:
    """Of the test's own; it costs a database."""
    async with desk_site(engine, city, city_clock) as site:
        yield site


@pytest.fixture(scope="session")
async def desk_for_all(servers: Servers, template_database: str, city: City) -> AsyncIterator[DeskSite]:
    async with copied_database(servers, template_database, "desk_for_all") as url:
        engine = create_engine(url)
        async with desk_site(engine, city, CityClock(FakeClock(), city.zone)) as site:
            yield site
        await engine.dispose()


@pytest.fixture
async def shared(desk_for_all: DeskSite) -> DeskSite:
    """With all that earlier tests have left in it but failed tries to sign in. `hire()` makes new logins."""
    await desk_for_all.sql("DELETE FROM sign_in_failures RETURNING id")
    return desk_for_all
