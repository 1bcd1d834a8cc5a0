"""Health of a process that serves, while the servers behind it come and go."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest

from cli.base import Base
from cli.serve import Process
from core.city import City
from infra.db.engine import create_engine
from infra.db.migrate import downgrade, migrate
from infra.embedded import Servers
from tests.databases import run_statement
from tests.journeys.conftest import free_port, grounds, serving

NOTICED_WITHIN = 5.0
"""Seconds (reliability.md O1)."""


@asynccontextmanager
async def served(ground: Base, role: str = "web") -> AsyncIterator[Process]:
    """A process of its own messengers' tokens: none, so nobody is called."""
    engine = create_engine(ground.database_url)
    async with serving(ground, engine, role) as process:
        yield process
    await engine.dispose()


async def asked(port: int, path: str) -> tuple[int, dict[str, object]]:
    async with aiohttp.ClientSession() as http, http.get(f"http://127.0.0.1:{port}{path}") as response:
        return response.status, await response.json()


async def becomes(port: int, status: int, state: str) -> dict[str, object]:
    """Waits until readiness is that, and is strict about the time it takes."""
    begun = time.monotonic()
    while True:
        code, answer = await asked(port, "/health/ready")
        if (code, answer["status"]) == (status, state):
            assert time.monotonic() - begun < NOTICED_WITHIN
            return answer
        assert time.monotonic() - begun < NOTICED_WITHIN, (code, answer)
        await asyncio.sleep(0.05)


@pytest.fixture
def ground(database_url: str, redis_url: str, city: City) -> Base:
    return grounds(database_url, redis_url, city, web_port=free_port())


async def test_a_process_with_all_its_parts_is_ready(ground: Base) -> None:
    async with served(ground):
        answer = await becomes(ground.settings.web_port, 200, "ready")
    assert answer["parts"] == {"database": "ok", "intake": "ok", "redis": "ok"}


async def test_without_redis_a_process_is_degraded_and_ready(database_url: str, city: City) -> None:
    ground = grounds(database_url, f"redis://127.0.0.1:{free_port()}/0", city, web_port=free_port())
    async with served(ground):
        answer = await becomes(ground.settings.web_port, 200, "degraded")
    assert answer["parts"] == {"database": "ok", "intake": "ok", "redis": "away"}


async def test_a_process_whose_database_goes_is_live_and_not_ready_until_it_is_back(
    ground: Base, servers: Servers
) -> None:
    name = ground.database_url.split("?")[0].rsplit("/", 1)[1]
    port = ground.settings.web_port
    async with served(ground):
        await becomes(port, 200, "ready")
        await run_statement(servers.database_url, f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        gone = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = "
        await run_statement(servers.database_url, f"{gone}'{name}'")
        answer = await becomes(port, 503, "unavailable")
        assert answer["parts"] == {"database": "away", "intake": "ok", "redis": "ok"}
        assert (await asked(port, "/health/live"))[0] == 200
        await run_statement(servers.database_url, f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
        await becomes(port, 200, "ready")


async def test_a_database_that_waits_for_a_migration_is_not_ready(ground: Base) -> None:
    async with served(ground):
        engine = create_engine(ground.database_url)
        await downgrade(engine, "0001")
        await becomes(ground.settings.web_port, 503, "unavailable")
        await migrate(engine)
        await becomes(ground.settings.web_port, 200, "ready")
        await engine.dispose()


async def test_a_database_that_a_newer_version_has_migrated_is_ready(ground: Base) -> None:
    """In an upgrade the migrations come first, and this process goes on until it is replaced."""
    async with served(ground):
        await becomes(ground.settings.web_port, 200, "ready")
        await run_statement(ground.database_url, "UPDATE alembic_version SET version_num = '9999'")
        await asyncio.sleep(0.1)
        await becomes(ground.settings.web_port, 200, "ready")


async def test_without_redis_and_behind_a_migration_of_newer_code_it_is_degraded_and_ready(
    database_url: str, city: City
) -> None:
    await run_statement(database_url, "UPDATE alembic_version SET version_num = '9999'")
    ground = grounds(database_url, f"redis://127.0.0.1:{free_port()}/0", city, web_port=free_port())
    async with served(ground):
        await becomes(ground.settings.web_port, 200, "degraded")


@pytest.mark.parametrize("role", ["bots", "worker"])
async def test_other_roles_tell_health_and_metrics_on_a_port_of_their_own_and_nothing_else(
    database_url: str, redis_url: str, city: City, role: str
) -> None:
    port = free_port()
    async with served(grounds(database_url, redis_url, city, metrics_port=port), role):
        await becomes(port, 200, "ready")
        async with aiohttp.ClientSession() as http:
            async with http.get(f"http://127.0.0.1:{port}/metrics") as response:
                assert "vodoteplo_waiting_rows" in (await response.text())
            async with http.post(f"http://127.0.0.1:{port}/telegram/webhook", data="{}") as response:
                assert response.status == 404
