"""Fixtures of the edges' tests."""

from collections.abc import AsyncIterator

import pytest

from bots.telegram.edge import TelegramEdge
from bots.vk.edge import VkEdge
from sandbox.schemas import Schemas
from sandbox.servers import Sandbox
from sandbox.telegram.server import TelegramServer
from sandbox.vk.server import VkServer
from tests.bots.stands import GROUP, TELEGRAM_TOKEN, VK_TOKEN, Stand


@pytest.fixture
async def stand() -> AsyncIterator[Stand]:
    schemas = Schemas.load()
    telegram = TelegramServer(TELEGRAM_TOKEN, schemas=schemas)
    vk = VkServer(VK_TOKEN, GROUP, schemas=schemas)
    sandbox = Sandbox(telegram, vk)
    base = await sandbox.start()
    made = Stand(
        base, telegram, vk, TelegramEdge(TELEGRAM_TOKEN, f"{base}/telegram"), VkEdge(VK_TOKEN, GROUP, f"{base}/vk")
    )
    yield made
    await made.telegram.close()
    await made.vk.close()
    await sandbox.stop()
