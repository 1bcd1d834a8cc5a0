"""A sandbox of both messengers for tests of the edges, and the edges to it."""

import io
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import pytest
from PIL import Image

from bots.telegram.edge import TelegramEdge
from bots.vk.edge import VkEdge
from dialogs.ports import Call, ChatAddress, FileContent, Outgoing
from dialogs.screen import File, Form
from sandbox.schemas import load_schemas
from sandbox.servers import Sandbox
from sandbox.telegram.server import TelegramServer
from sandbox.vk.server import VkServer

TELEGRAM_TOKEN = "4242:TEST-token_of-the-sandbox-000000000000"
VK_TOKEN = "vk1.a.secret-token-of-the-sandbox"
GROUP = 77
ANNA = 7

PDF = FileContent("pdf-key", "Квитанция.pdf", b"%PDF-1.7 content")


def picture() -> FileContent:
    content = io.BytesIO()
    Image.new("RGB", (64, 48), "white").save(content, "PNG")
    return FileContent("png-key", "qr.png", content.getvalue())


@dataclass
class Stand:
    """A started sandbox, and the edges to it."""

    base: str
    telegram_server: TelegramServer
    vk_server: VkServer
    telegram: TelegramEdge
    vk: VkEdge


@pytest.fixture
async def stand() -> AsyncIterator[Stand]:
    schemas = load_schemas()
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


Row = Callable[..., Outgoing]


def row(bot: tuple[str, str], call: Call, number: int = 1, peer: object = ANNA) -> Outgoing:
    return Outgoing(number, ChatAddress(*bot, str(peer)), call, number)


def a_file(form: Form) -> File:
    return File(form)


Wait = Callable[[], Awaitable[None]]
