"""A made-up city in a database, with people who have linked a flat in both messengers."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine

from dialogs.consent import PURPOSE, VERSION, consent_hash
from infra.city_file import load_city
from infra.codes import HmacCodeHasher
from infra.db.engine import create_engine, driver_connection
from infra.db.migrate import migrate
from infra.demo_city import write_demo_city
from infra.exchange import import_file
from infra.paths import DEFAULT_CITY

KEY = "k" * 32
FIRST_PERSON = 5000

# People have agreed and linked one flat: whoever is even in one messenger, whoever is odd in the other.
_PEOPLE = """
WITH flats AS (
    SELECT premises_id, row_number() OVER (ORDER BY premises_id) AS place FROM (
        SELECT DISTINCT premises_id FROM meters JOIN accounts ON accounts.id = account_id
        WHERE meters.closed_on IS NULL AND accounts.closed_on IS NULL AND last_value IS NOT NULL
    ) AS metered
), made AS (
    INSERT INTO residents (language) SELECT 'ru' FROM flats RETURNING id
), people AS (
    SELECT id, row_number() OVER (ORDER BY id) AS place FROM made
), linked AS (
    INSERT INTO links (resident_id, premises_id, name, linked_at)
    SELECT id, premises_id, '', clock_timestamp() FROM people JOIN flats USING (place)
)
INSERT INTO chats (messenger, bot, peer, resident_id)
SELECT
    ($1::text[])[1 + (place % 2)::integer], ($2::text[])[1 + (place % 2)::integer], ($3::bigint + place / 2)::text, id
FROM people
"""
_CONSENTS = """
INSERT INTO consents (resident_id, purpose, version, text_hash, language, channel, given_at)
SELECT resident_id, $1, $2, $3, 'ru', messenger, clock_timestamp() FROM chats
"""
# Who has used the product for a while has readings of two months behind, near what billing went by.
_READINGS = """
INSERT INTO readings (key, meter_id, period, value, submitted_at, channel, status, current)
SELECT
    'town:' || id || ':' || month, id, month, greatest(0, floor(last_value) - 2 + ago), month + interval '20 days',
    'telegram', 'accepted', true
FROM meters, unnest(ARRAY['2021-12-01', '2022-01-01']::date[]) WITH ORDINALITY AS months (month, ago)
WHERE closed_on IS NULL AND last_value IS NOT NULL
"""


@asynccontextmanager
async def filled(url: str, folder: Path, bots: dict[str, str], premises: int) -> AsyncIterator[int]:
    """Fills an empty database; yields how many people each messenger has, numbered from FIRST_PERSON.

    `bots` are the messengers' codes and the bots there, two of them.
    """
    engine = create_engine(url)
    try:
        await migrate(engine)
        await _import(engine, folder, premises)
        yield await _populate(engine, bots)
    finally:
        await engine.dispose()


async def _import(engine: AsyncEngine, folder: Path, premises: int) -> None:
    city, hasher = load_city(DEFAULT_CITY), HmacCodeHasher(KEY.encode())
    for kind, provider, file in write_demo_city(folder, premises).files:
        await import_file(engine, city, hasher, kind, provider, file)


async def _populate(engine: AsyncEngine, bots: dict[str, str]) -> int:
    async with driver_connection(engine) as driver:
        await driver.execute(_PEOPLE, list(bots), list(bots.values()), FIRST_PERSON)
        await driver.execute(_CONSENTS, PURPOSE, VERSION, consent_hash())
        await driver.execute(_READINGS)
        await driver.execute("ANALYZE")
        return int(await driver.fetchval("SELECT min(count) FROM (SELECT count(*) FROM chats GROUP BY bot) AS counted"))
