"""What is told to Telegram once, at start."""

import asyncio
from typing import Final

import structlog

from bots.http import UnreachableError
from bots.telegram.api import ApiError, TelegramApi
from bots.telegram.updates import ALLOWED_UPDATES

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

COMMANDS: Final = (
    ("menu", "Меню"),
    ("help", "Что я умею"),
    ("cancel", "Отменить"),
    ("start", "Начать сначала"),
)
LONGEST_BACK_OFF: Final = 30.0


async def register_webhook(api: TelegramApi, url: str, secret: str) -> None:
    """Registers the address of our webhook; tries until Telegram has taken it. Raises ApiError when it is refused."""
    asked = {"url": url, "secret_token": secret, "allowed_updates": ALLOWED_UPDATES, "max_connections": 40}
    wait = 1.0
    while True:
        try:
            await api.call("setWebhook", asked)
        except UnreachableError as error:
            reason = str(error)
        except ApiError as error:
            if error.code == 400:
                raise
            reason, wait = str(error), max(wait, error.retry_after or 0.0)
        else:
            return
        log.warning("webhook was not registered", reason=reason, wait=wait)
        await asyncio.sleep(wait)
        wait = min(LONGEST_BACK_OFF, wait * 2)


async def describe_commands(api: TelegramApi) -> None:
    """Shows our commands in the menu of the bot; best effort."""
    commands = [{"command": name, "description": description} for name, description in COMMANDS]
    try:
        await api.call("setMyCommands", {"commands": commands})
    except (ApiError, UnreachableError) as error:
        log.info("commands were not described", reason=str(error))
