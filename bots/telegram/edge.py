"""Telegram as `bots.edge.Edge`."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bots.edge import Outcome, Parsed
from bots.http import ANSWER_WITHIN, LARGEST_FILE, UnreachableError
from bots.raw import as_object, integer, string
from bots.telegram.api import PUBLIC, ApiError, TelegramApi
from bots.telegram.render import render
from bots.telegram.updates import MESSENGER, identify, press_id
from core.errors import Rejected, Unavailable
from dialogs.ports import Call, FileContent, Incoming, Outgoing
from dialogs.screen import Screen, Translator

if TYPE_CHECKING:
    from bots.telegram.sending import Sender


class TelegramEdge:
    """One bot. `api` is for polling and set-up; aiogram is loaded by the first parse or send.

    `timeout`: seconds that a send waits for its answer.
    """

    messenger: str = MESSENGER
    shares_phone: bool = True
    knows_again: float | None = None

    def __init__(self, token: str, api_url: str = PUBLIC, timeout: float = ANSWER_WITHIN) -> None:
        self.bot: str = token.partition(":")[0]
        self.api = TelegramApi(token, api_url)
        self._token = token
        self._api_url = api_url
        self._timeout = timeout
        self._sender: Sender | None = None

    def load(self) -> None:
        """Loads aiogram now (seconds), so that no resident waits for it."""
        from bots.telegram import parse, sending  # noqa: F401, PLC0415  # late on purpose, as the class says

    def identify(self, raw: str) -> Incoming | None:
        return identify(raw, self.bot)

    def parse(self, update: Incoming) -> Parsed:
        from bots.telegram.parse import parse  # noqa: PLC0415  # late on purpose, as the class says

        return parse(update.raw)

    def render(self, screen: Screen, rev: int, translator: Translator) -> Sequence[Call]:
        return render(screen, rev, translator)

    async def send(self, outgoing: Outgoing, file: FileContent | None, remote: str | None) -> Outcome:
        return await self.sender().send(outgoing, file, remote)

    async def acknowledge(self, raw: str) -> None:
        press = press_id(raw)
        if press is not None:
            await self.api.call("answerCallbackQuery", {"callback_query_id": press}, timeout=10.0)

    async def fetch(self, file: str) -> bytes:
        try:
            described = as_object(await self.api.call("getFile", {"file_id": file}))
        except ApiError as error:
            if error.code == 400:
                raise Rejected(error.description) from None
            raise Unavailable(error.description) from None
        except UnreachableError as error:
            raise Unavailable(str(error)) from None
        if (integer(described.get("file_size")) or 0) > LARGEST_FILE:
            raise Rejected("too big")
        return await self.api.download(string(described.get("file_path")))

    async def close(self) -> None:
        await self.api.close()
        if self._sender is not None:
            await self._sender.close()

    def sender(self) -> "Sender":
        """What sends for this bot; the first time it is asked for, aiogram is loaded."""
        if self._sender is None:
            from bots.telegram.sending import Sender  # noqa: PLC0415  # late on purpose, as the class says

            self._sender = Sender(self._token, self._api_url, self._timeout)
        return self._sender
