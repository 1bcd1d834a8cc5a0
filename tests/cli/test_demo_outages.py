"""The demo's outages: at the examples' houses, entered once however often it starts."""

from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from cli.base import Base
from cli.demo_outages import make_outages
from core.city import City
from core.clock import ShiftedClock
from infra.db.engine import driver_connection
from infra.demo_city import Sample
from infra.settings import load_settings


@pytest.fixture
async def samples(engine: AsyncEngine) -> list[Sample]:
    """Accounts of two houses."""
    async with driver_connection(engine) as db:
        for number in ("1", "2", "3"):
            await db.execute(
                "WITH made AS (INSERT INTO premises (address_key, city, street, building, unit) "
                "VALUES ($1, 'М', 'улица Труда', $2, '1') RETURNING id) "
                "INSERT INTO accounts (provider, number, premises_id) SELECT 'vodokanal', $2, id FROM made",
                *(f"м|улица труда|{number}|1", number),
            )
    return [Sample(number, "vodokanal", "", "", "") for number in ("1", "2", "3")]


async def test_they_are_there_once(
    engine: AsyncEngine, database_url: str, redis_url: str, city: City, samples: list[Sample], tmp_path: Path
) -> None:
    settings = load_settings({"VODOTEPLO_DATA_DIR": str(tmp_path)}, env_file=None)
    ground = Base(settings, city, database_url, redis_url, ShiftedClock())
    for _ in range(2):
        await make_outages(ground, engine, samples)
    async with driver_connection(engine) as db:
        rows = await db.fetch("SELECT places, emergency FROM outages ORDER BY id")
    assert [(row["places"], row["emergency"]) for row in rows] == [
        (["улица Труда: 1"], True),
        (["улица Труда: 3"], False),
    ]
