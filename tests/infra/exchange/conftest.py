"""The billing office of these tests."""

from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from core.city import City
from core.clock import CityClock
from tests.infra.exchange.office import Office


@pytest.fixture
def office(engine: AsyncEngine, city: City, city_clock: CityClock, tmp_path: Path, database_url: str) -> Office:
    return Office(engine, city, city_clock, tmp_path, database_url)
