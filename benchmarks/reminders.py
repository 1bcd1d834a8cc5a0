"""Reminders of a whole city: finding whom to tell, freezing them, and finding nobody new a minute later.

85,000 flats with an account at both providers, 170,000 meters, every flat linked by a resident of its own; nobody has
sent readings, everybody owes. It is the hour at which all of them are told: the worst there is.
"""

import asyncio
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine

from core.clock import CityClock, ShiftedClock
from core.outages.desk import Entry
from core.services import Service
from core.support.model import Operator
from infra.city_file import load_city
from infra.db.engine import create_engine, driver_connection
from infra.db.migrate import migrate
from infra.db.outage_desk import outage_desk
from infra.db.reminders import ReminderRounds
from infra.embedded import embedded_servers
from infra.paths import DEFAULT_CITY

FLATS = 85_000
DAYS = {"last day": 25, "receipt and payment due": 7, "window opens": 15}
"""Days of February 2022 at noon in Magnitogorsk."""

_FILL = (
    """
    INSERT INTO premises (address_key, city, street, building, unit)
    SELECT 'м|улица ' || n / 2000 || '|' || n / 72 || '|' || n, 'М', 'улица ' || n / 2000, (n / 72)::text, n::text
    FROM generate_series(1, $1::integer) AS n
    """,
    """
    INSERT INTO accounts (provider, number, premises_id)
    SELECT provider, premises.id::text, premises.id
    FROM premises, unnest(ARRAY['vodokanal', 'teplofikaciya']) AS provider WHERE premises.id <= $1
    """,
    """
    INSERT INTO meters (provider, number, service, account_id, digits)
    SELECT provider, number, CASE provider WHEN 'vodokanal' THEN 'cold_water' ELSE 'hot_water' END, id, 5
    FROM accounts WHERE premises_id <= $1
    """,
    """
    INSERT INTO statements (account_id, period, opening, paid, to_pay)
    SELECT id, '2022-01-01', 0, 0, 5000 FROM accounts WHERE premises_id <= $1
    """,
    "INSERT INTO residents (language) SELECT 'ru' FROM generate_series(1, $1::integer)",
    """
    INSERT INTO chats (messenger, bot, peer, resident_id, used_at)
    SELECT CASE WHEN id % 5 < 3 THEN 'telegram' ELSE 'vk' END, '1', id::text, id, now() FROM residents WHERE id <= $1
    """,
    """
    INSERT INTO links (resident_id, premises_id, name, linked_at, stored_at)
    SELECT id, id, '', now(), now() - interval '1 month' FROM residents WHERE id <= $1
    """,
)


def measure(scale: float) -> dict[str, float]:
    """Seconds by what was done."""
    with tempfile.TemporaryDirectory(prefix="vt") as folder, embedded_servers(Path(folder), redis=False) as servers:
        return asyncio.run(_measure(servers.database_url, int(FLATS * scale)))


async def _measure(url: str, flats: int) -> dict[str, float]:
    engine = create_engine(url)
    try:
        await migrate(engine)
        async with driver_connection(engine) as connection:
            for statement in _FILL:
                await connection.execute(statement, flats)
            await connection.execute("ANALYZE")
        found: dict[str, float] = {}
        for name, day in DAYS.items():
            rounds = ReminderRounds(engine, load_city(DEFAULT_CITY), _at(day))
            for again in ("", ", again"):
                begun = time.monotonic()
                await rounds.run()
                found[f"reminders, {name}{again}"] = time.monotonic() - begun
        return {**found, "outage of the whole city entered and frozen": await _outage(engine)}
    finally:
        await engine.dispose()


def _at(day: int) -> CityClock:
    noon = datetime(2022, 2, day, 7, tzinfo=UTC)
    return CityClock(ShiftedClock.starting_at(noon), load_city(DEFAULT_CITY).zone)


async def _outage(engine: AsyncEngine) -> float:
    clock = _at(16)
    async with driver_connection(engine) as connection, connection.transaction():
        streets = await connection.fetch("SELECT DISTINCT street FROM premises")
        desk = outage_desk(connection, load_city(DEFAULT_CITY), clock)
        now = clock.now()
        entry = Entry(
            *([Service.COLD_WATER], [row["street"] for row in streets], now, now + timedelta(hours=8), "порыв"),
            emergency=True,
            key="benchmark",
        )
        begun = time.monotonic()
        await desk.add(Operator("benchmark"), entry)
        return time.monotonic() - begun
