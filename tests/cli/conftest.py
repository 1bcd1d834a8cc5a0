"""Commands, run as they are typed, on a database of the test's own."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cli.main import app
from infra.paths import DEFAULT_CITY

Command = Callable[..., Awaitable[Result]]


@pytest.fixture
def environment(database_url: str, redis_url: str, tmp_path: Path) -> dict[str, str]:
    return {
        "VODOTEPLO_DATABASE_URL": database_url,
        "VODOTEPLO_REDIS_URL": redis_url,
        "VODOTEPLO_DATA_DIR": str(tmp_path),
        "VODOTEPLO_CITY": str(DEFAULT_CITY),
    }


@pytest.fixture
def command(environment: dict[str, str]) -> Command:
    """Runs `vodoteplo` with these words; its exit code and what it printed. A command has an event loop of its own."""

    async def run(*words: object, **more: str) -> Result:
        return await asyncio.to_thread(
            CliRunner().invoke, app, [str(word) for word in words], env={**environment, **more}
        )

    return run
