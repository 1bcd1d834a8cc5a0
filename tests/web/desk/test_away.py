"""The database is away, or goes in the middle of a request: operators are asked to try again, and can."""

import asyncio

import asyncpg

from core.city import City
from core.clock import CityClock
from infra.db.engine import create_engine
from tests.desks import DeskSite, desk_site

TRY_AGAIN = "Попробуйте через минуту"
_HELD_UP = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


async def test_a_database_that_goes_in_the_middle_of_a_request(desk: DeskSite, database_url: str) -> None:
    browser = await desk.seat(await desk.hire("anna"))
    other = await asyncpg.connect(database_url)
    async with other.transaction():
        await other.execute("LOCK TABLE tickets IN ACCESS EXCLUSIVE MODE")
        asked = asyncio.create_task(browser.get("/tickets"))
        async with asyncio.timeout(10):
            while (pid := await other.fetchval(_HELD_UP)) is None:
                await asyncio.sleep(0.01)
        await other.execute("SELECT pg_terminate_backend($1, 5000)", pid)
        answer = await asked
    await other.close()
    assert (answer.status, TRY_AGAIN in answer.text) == (503, True)
    assert (await browser.get("/tickets")).status == 200


async def test_a_database_that_is_not_there(city: City, city_clock: CityClock) -> None:
    engine = create_engine("postgresql://nobody@/nothing?host=/nowhere")
    async with desk_site(engine, city, city_clock) as site:
        browser = await site.browser()
        assert (await browser.get("/sign-in")).status == 200
        browser.plant("desk", "t" * 43)
        for path in ("/tickets", "/live"):
            answer = await browser.get(path, Accept="text/html")
            assert (answer.status, TRY_AGAIN in answer.text) == (503, True)
    await engine.dispose()
