"""What measured processes stand on: the sandbox's messengers, and settings that point there."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from benchmarks.town import KEY
from cli.demo import STARTS_AT, TELEGRAM_TOKEN, VK_GROUP, VK_TOKEN
from core.clock import ShiftedClock
from infra.embedded import Servers
from sandbox.servers import Sandbox
from sandbox.telegram.limits import Limits as TelegramLimits
from sandbox.telegram.server import TelegramServer
from sandbox.vk.limits import Limits as VkLimits
from sandbox.vk.server import VkServer

SECRET = "secret-of-the-benchmark"
CONFIRMATION = "0a1b2c3d"


@asynccontextmanager
async def sandboxes(
    telegram_limits: TelegramLimits | None = None, vk_limits: VkLimits | None = None
) -> AsyncIterator[tuple[TelegramServer, VkServer, str]]:
    """Both stand-ins, without pace if no limits are given; what a call may hold is checked by the limits, not against
    the schemas."""
    clock = ShiftedClock.starting_at(STARTS_AT)

    def seconds() -> float:
        return clock.now().timestamp()

    telegram = TelegramServer(TELEGRAM_TOKEN, limits=telegram_limits or TelegramLimits().without_pace(), clock=seconds)
    limits = vk_limits or VkLimits().without_pace()
    vk = VkServer(VK_TOKEN, VK_GROUP, limits=limits, secret=SECRET, confirmation=CONFIRMATION, clock=seconds)
    sandbox = Sandbox(telegram, vk)
    base = await sandbox.start()
    try:
        yield telegram, vk, base
    finally:
        await sandbox.stop()


def environment(servers: Servers, api: str, port: int) -> dict[str, str]:
    """The settings of a process with both bots on the sandbox at `api`."""
    settings = {
        "DATABASE_URL": servers.database_url,
        "REDIS_URL": servers.redis_url,
        "NOW": STARTS_AT.isoformat(),
        "DEMO": "1",
        "SECRET_KEY": KEY,
        "WEB_PORT": str(port),
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "TELEGRAM_TOKEN": TELEGRAM_TOKEN,
        "TELEGRAM_API_URL": f"{api}/telegram",
        "TELEGRAM_MODE": "webhook",
        "TELEGRAM_WEBHOOK_SECRET": SECRET,
        "VK_TOKEN": VK_TOKEN,
        "VK_GROUP_ID": str(VK_GROUP),
        "VK_API_URL": f"{api}/vk",
        "VK_MODE": "callback",
        "VK_SECRET": SECRET,
        "VK_CONFIRMATION": CONFIRMATION,
        "LOG_FORMAT": "json",
    }
    return {f"VODOTEPLO_{name}": value for name, value in settings.items()}


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
