"""What tests of the edges stand on: a sandbox, the edges to it, things to send."""

import io
from dataclasses import dataclass

from PIL import Image

from bots.telegram.edge import TelegramEdge
from bots.vk.edge import VkEdge
from dialogs.ports import Call, ChatAddress, FileContent, Outgoing
from sandbox.telegram.server import TelegramServer
from sandbox.vk.server import VkServer

TELEGRAM_TOKEN = "4242:TEST-token_of-the-sandbox-000000000000"
VK_TOKEN = "vk1.a.secret-token-of-the-sandbox"
TELEGRAM_BOT = ("telegram", "4242")
GROUP = 77
VK_BOT = ("vk", "77")
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


def row(bot: tuple[str, str], call: Call, number: int = 1, peer: object = ANNA) -> Outgoing:
    """An outbox row; its `random_id` is its number."""
    return Outgoing(number, ChatAddress(*bot, str(peer)), call, number)
