"""Outages of the demo: a breakdown that goes on at the first example's house, planned work at the second's."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from asyncpg import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

from cli.base import Base
from core.outages.desk import Entry
from core.services import Service
from core.support.model import Operator
from infra.db.engine import driver_connection
from infra.db.outage_desk import outage_desk
from infra.demo_city import Sample

_HOUSE: Final = """
SELECT street || ': ' || building FROM premises JOIN accounts ON accounts.premises_id = premises.id
WHERE accounts.number = $1 AND accounts.provider = $2
"""
BY: Final = Operator("demo")


async def make_outages(ground: Base, engine: AsyncEngine, samples: Sequence[Sample]) -> None:
    """Enters them, unless an earlier start has: their keys are of the demo."""
    now = ground.clock.now()
    async with driver_connection(engine) as connection, connection.transaction():
        desk = outage_desk(connection, ground.city, ground.city_clock)
        breakdown = Entry(
            services=[Service.COLD_WATER],
            where=[await _house(connection, samples[0])],
            starts_at=now - timedelta(hours=1, minutes=30),
            ends_at=now + timedelta(hours=8),
            cause="Порыв трубы, бригада на месте",
            emergency=True,
            key="demo:breakdown",
        )
        planned = Entry(
            services=[Service.HOT_WATER, Service.HEATING],
            where=[await _house(connection, samples[2])],
            starts_at=now + timedelta(days=2),
            ends_at=now + timedelta(days=2, hours=6),
            cause="Замена задвижки",
            emergency=False,
            key="demo:planned",
        )
        for entry in (breakdown, planned):
            await desk.add(BY, entry)


async def _house(connection: Connection, sample: Sample) -> str:
    return str(await connection.fetchval(_HOUSE, sample.account, sample.provider))
