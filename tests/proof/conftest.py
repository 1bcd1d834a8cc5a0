"""A town for the short proofs; the long ones are `make proof`."""

from collections.abc import AsyncIterator

import pytest

from infra.embedded import Servers
from proof.stage import Stage, Town, filled_town, staged


@pytest.fixture(scope="session")
async def place(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    async with filled_town(servers, tmp_path_factory.mktemp("proof"), 120) as made:
        yield made


@pytest.fixture
async def stage(place: Town) -> AsyncIterator[Stage]:
    async with staged(place) as opened:
        yield opened
