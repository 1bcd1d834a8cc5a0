"""The desk on a database of the test's own."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from core.city import City
from core.clock import CityClock
from tests.desks import DeskSite, desk_site


@pytest.fixture
async def desk(engine: AsyncEngine, city: City, city_clock: CityClock) -> AsyncIterator[DeskSite]:
    async with desk_site(engine, city, city_clock) as site:
        yield site
