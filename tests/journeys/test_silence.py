"""The database's host vanishes: what stood with it is silent for ever, and new connections find another one."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from core.city import City
from sandbox.phone import Phone
from sandbox.proxy import Proxy
from tests.journeys.conftest import House, Town, opened_house
from tests.lines import over_tcp

BOUND = 1.5
WITHIN = 12.0
PEOPLE = 24
"""More than turns are had at once."""


@asynccontextmanager
async def house_on_a_line(mode: str, town: Town, city: City, redis_url: str) -> AsyncIterator[tuple[House, Proxy]]:
    lines: list[Proxy] = []

    @asynccontextmanager
    async def line(url: str) -> AsyncIterator[str]:
        async with over_tcp(url) as (proxy, address):
            lines.append(proxy)
            yield address

    async with opened_house(mode, town, city, redis_url, line) as house:
        yield house, lines[0]
        lines[0].cut()  # so that the end need not wait for what never comes


async def greeted(phone: Phone, timeout: float) -> None:
    await phone.say("меню")
    await phone.wait_for("Соглас", timeout=timeout)


async def everybody_is_greeted(house: House, timeout: float) -> float:
    """Seconds until the last one was."""
    begun = time.monotonic()
    phones = [house.phone(messenger) for _ in range(PEOPLE // 2) for messenger in ("telegram", "vk")]
    await asyncio.gather(*(greeted(phone, timeout) for phone in phones))
    return time.monotonic() - begun


@pytest.mark.parametrize("mode", ["polling", "webhook"])
async def test_the_bots_go_on_within_the_bound_when_the_database_vanishes(
    mode: str, town: Town, city: City, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("infra.db.engine.ANSWER_WITHIN", BOUND)
    monkeypatch.setattr("infra.db.leases.ANSWER_WITHIN", BOUND)
    async with house_on_a_line(mode, town, city, redis_url) as (house, line):
        await everybody_is_greeted(house, WITHIN)
        assert line.vanish() > 0
        await everybody_is_greeted(house, WITHIN)


async def test_without_a_bound_nobody_would_be_answered_any_more(
    town: Town, city: City, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin."""
    monkeypatch.setattr("infra.db.engine.ANSWER_WITHIN", 1000.0)
    monkeypatch.setattr("infra.db.leases.ANSWER_WITHIN", BOUND)
    async with house_on_a_line("polling", town, city, redis_url) as (house, line):
        await everybody_is_greeted(house, WITHIN)
        line.vanish()
        with pytest.raises(AssertionError):
            await greeted(house.phone("telegram"), WITHIN)
