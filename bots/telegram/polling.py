"""getUpdates: an own loop, because libraries' loops lose or reorder updates (messengers.md §3.1).

The offset of the next poll confirms what came before, so it moves only after the inbox has committed. It is not kept
anywhere: after a restart Telegram gives the unconfirmed updates again, and the inbox knows those it has. An empty
answer means that everything is confirmed; the next poll then names no offset, since after a quiet week ids may fall.
"""

import asyncio
from typing import Final

import structlog

from bots.http import UnreachableError
from bots.intake import Begun, Intake, nobody_waits
from bots.raw import as_list, as_object, integer, write
from bots.telegram.api import ApiError, TelegramApi
from bots.telegram.updates import ALLOWED_UPDATES

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

WAIT: Final = 25
LONGEST_BACK_OFF: Final = 30.0


class Polling:
    """Takes one bot's updates in, for as long as it runs."""

    def __init__(self, api: TelegramApi, intake: Intake, begun: Begun = nobody_waits, wait: int = WAIT) -> None:
        self._begun = begun
        self._api = api
        self._intake = intake
        self._wait = wait
        self._offset: int | None = None
        self._webhook_off = False

    async def run(self) -> None:
        """Polls until cancelled; trouble of any kind is waited out, longer each time."""
        back_off = 0.0
        while True:
            try:
                await self._step()
                back_off = 0.0
            except Exception as error:  # Telegram or the database is away: nothing is confirmed, ask again
                back_off = min(LONGEST_BACK_OFF, max(1.0, back_off * 2))
                wait = max(back_off, (error.retry_after or 0.0) if isinstance(error, ApiError) else 0.0)
                log.warning("polling failed", reason=_reason(error), wait=wait)
                await asyncio.sleep(wait)

    async def _step(self) -> None:
        if not self._webhook_off:
            await self._api.call("deleteWebhook", {"drop_pending_updates": False})
            self._webhook_off = True
            self._begun()
        asked: dict[str, object] = {"timeout": self._wait, "limit": 100, "allowed_updates": ALLOWED_UPDATES}
        if self._offset is not None:
            asked["offset"] = self._offset
        updates = as_list(await self._api.call("getUpdates", asked, timeout=self._wait + 15.0))
        await self._intake.take([write(update) for update in updates])
        ids = [number for update in updates if (number := integer(as_object(update).get("update_id"))) is not None]
        self._offset = ids[-1] + 1 if ids else None


def _reason(error: Exception) -> str:
    """What a log may say: texts of the API and of our own errors, else only the class."""
    return str(error) if isinstance(error, ApiError | UnreachableError) else type(error).__name__
